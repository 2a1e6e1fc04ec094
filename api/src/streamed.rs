//! Answers that are written while they are read, page by page: however long they are, a page of them is in memory. The
//! next page is read when the client has taken the one before, so that a slow client slows nobody else.
//!
//! The first page is read before the answer begins: what cannot be read at all is a refusal with its status. What fails
//! later can only break the answer off, and the client sees that it did, since the end of the body is missing.

use crate::http::ApiError;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::HeaderValue;
use http::header::{CONTENT_TYPE, HeaderName};

/// What is read page by page.
pub(crate) trait Pages: Send + 'static {
    /// The rows of the next page, printed; `None` where there are no more. A page may be empty.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<String>>, ApiError>> + Send;
}

/// What stands around the rows.
#[derive(Debug)]
pub(crate) struct Form {
    /// Before the first.
    pub(crate) opening: String,
    /// Between two.
    pub(crate) between: &'static str,
    /// After the last.
    pub(crate) closing: &'static str,
}

/// The answer: 200 and these headers.
///
/// # Errors
/// Those of the first page.
pub(crate) async fn answer<P: Pages>(
    mut pages: P,
    form: Form,
    headers: Vec<(HeaderName, HeaderValue)>,
) -> Result<Response, ApiError> {
    let first = pages.next().await?;
    let mut writer = Writer { pages, form, rows: 0, ended: false };
    let opened: Result<Bytes, std::io::Error> = Ok(writer.write(first));
    let rest = stream::try_unfold(writer, |mut writer| async move {
        match writer.chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, writer))),
            Err(error) => {
                let cause = error.cause().unwrap_or(&error.message);
                tracing::error!(rows = writer.rows, cause, "an answer broke off");
                Err(std::io::Error::other("the answer could not be read to its end"))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(stream::iter([opened]).chain(rest)));
    response.headers_mut().extend(headers);
    Ok(response)
}

/// A content type as a header.
pub(crate) fn content_type(mime: &'static str) -> (HeaderName, HeaderValue) {
    (CONTENT_TYPE, HeaderValue::from_static(mime))
}

struct Writer<P> {
    pages: P,
    form: Form,
    /// Rows written so far.
    rows: u64,
    ended: bool,
}

impl<P: Pages> Writer<P> {
    /// What comes next; `None` behind the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, ApiError> {
        while !self.ended {
            let page = self.pages.next().await?;
            let chunk = self.write(page);
            // Of a page without rows there is nothing to send.
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }
}

impl<P> Writer<P> {
    fn write(&mut self, page: Option<Vec<String>>) -> Bytes {
        let mut text = std::mem::take(&mut self.form.opening);
        match page {
            Some(rows) => {
                for row in rows {
                    if self.rows > 0 {
                        text.push_str(self.form.between);
                    }
                    text.push_str(&row);
                    self.rows += 1;
                }
            }
            None => {
                text.push_str(self.form.closing);
                self.ended = true;
            }
        }
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    /// Pages, and whether it breaks off after them.
    struct Given(std::vec::IntoIter<Vec<&'static str>>, bool);

    impl Pages for Given {
        async fn next(&mut self) -> Result<Option<Vec<String>>, ApiError> {
            match self.0.next() {
                Some(page) => Ok(Some(page.into_iter().map(str::to_owned).collect())),
                None if self.1 => Err(ApiError::internal("the disk is gone")),
                None => Ok(None),
            }
        }
    }

    fn form() -> Form {
        Form { opening: "[".to_owned(), between: ",", closing: "]" }
    }

    async fn read(pages: Vec<Vec<&'static str>>) -> String {
        let given = Given(pages.into_iter(), false);
        let response = answer(given, form(), vec![content_type("text/plain")]).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn rows_are_put_between_the_ends_whatever_page_they_come_on() {
        assert_eq!(read(vec![]).await, "[]");
        assert_eq!(read(vec![vec![]]).await, "[]");
        assert_eq!(read(vec![vec!["1"]]).await, "[1]");
        assert_eq!(read(vec![vec![], vec!["1", "2"], vec![], vec!["3"]]).await, "[1,2,3]");
    }

    #[tokio::test]
    async fn what_cannot_begin_is_refused_and_what_breaks_off_has_no_end() {
        let refused = answer(Given(vec![].into_iter(), true), form(), vec![]).await;
        assert_eq!(refused.err().map(|error| error.status.as_u16()), Some(500));
        let broken = answer(Given(vec![vec!["1"]].into_iter(), true), form(), vec![]).await.unwrap();
        assert!(broken.into_body().collect().await.is_err());
    }
}
