//! The query string, decoded once and strictly: what is not text is refused before anybody looks at it.

use super::ApiError;

/// Decoded pairs, in the order of the query.
#[derive(Debug, Clone, Default)]
pub struct QueryParams(Vec<(String, String)>);

impl QueryParams {
    /// Decodes a query string (without the `?`).
    ///
    /// # Errors
    /// 400 where a value is not UTF-8 or has a control character.
    pub fn parse(query: Option<&str>) -> Result<Self, ApiError> {
        let mut pairs = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)
                .ok_or_else(|| ApiError::bad_request("The query string is not valid UTF-8 text"))?;
            let value = decode(value).ok_or_else(|| ApiError::invalid(&name, "must be valid UTF-8 text"))?;
            if value.chars().any(char::is_control) {
                return Err(ApiError::invalid(&name, "must not contain control characters"));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// A parameter's first value; one that is there and empty (`?status=`) counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// All values of a parameter, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// `+` and `%XX`; a `%` that stands for nothing is itself, as browsers have it.
fn decode(text: &str) -> Option<String> {
    let hex = |at: usize| text.as_bytes().get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match (hex(at + 1), hex(at + 2)) {
                (Some(high), Some(low)) => {
                    bytes.push(u8::try_from(high * 16 + low).ok()?);
                    at += 2;
                }
                _ => bytes.push(b'%'),
            },
            other => bytes.push(other),
        }
        at += 1;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs_are_decoded() {
        let query =
            QueryParams::parse(Some("search=Jos%C3%A9+%26+Co&page=2&page=3&flag&empty=&odd=5%")).unwrap();
        assert_eq!(query.get("search"), Some("José & Co"));
        assert_eq!(query.get("page"), Some("2"));
        assert_eq!(query.all("page").collect::<Vec<_>>(), ["2", "3"]);
        assert_eq!(query.get("flag"), None);
        assert_eq!(query.get("empty"), None);
        assert_eq!(query.get("odd"), Some("5%"));
        assert_eq!(query.get("nothing"), None);
    }

    #[test]
    fn what_is_not_text_is_refused_by_name() {
        for query in ["search=%ff", "search=a%00b", "search=%1b[2J"] {
            let error = QueryParams::parse(Some(query)).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.message.starts_with("search: "), "{}", error.message);
        }
        assert_eq!(QueryParams::parse(Some("%ff=1")).unwrap_err().status, 400);
    }

    proptest! {
        #[test]
        fn anything_parses_or_is_refused(query in ".{0,200}") {
            let _ = QueryParams::parse(Some(&query));
        }
    }
}
