//! How every list of this surface answers: a page as JSON, or all of it as CSV where `Accept: text/csv` asks for that.
//!
//! ```text
//! let filters = filters(&app, &call).await;
//! let print = each(|view: &View<Client>| CustomerView::new(view.id, &view.state));
//! lists::answer(&app, &call, "customers", filters, print).await
//! ```
//!
//! The export is read a few hundred rows at a time while the client takes it, so that its length costs no memory, and by number,
//! so that its end costs what its beginning does. It has what the filters and `search` leave. Who names a `page`, a `limit` or a
//! `cursor` gets that page.

use super::envelope::SuccessPage;
use crate::app::App;
use crate::auth::{Area, Call};
use crate::csv::{self, CsvRow};
use crate::http::{ApiError, PageRequest, Reply, both};
use crate::list::nothing;
use crate::streamed::{self, Form, Pages};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Ready, ready};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use http::{HeaderName, HeaderValue, StatusCode};
use std::marker::PhantomData;
use sunledger_domain::TenantId;
use sunledger_projections::{Filter, ListQuery, Listed, Paging, View};

/// Rows of an export that are read at a time.
const ROWS: u64 = 500;
const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

/// The filters that a query asks for, or everything that is wrong with it; `None` where nothing can match them.
pub type Filters = Result<Option<Vec<Filter>>, ApiError>;

/// Rows, printed at once.
type Printed<V> = Ready<Result<Vec<V>, ApiError>>;

/// Prints rows of which each says all that is shown of it.
pub fn each<A, V>(
    print: impl Fn(&View<A>) -> V + Send + 'static,
) -> impl Fn(App, TenantId, Vec<View<A>>) -> Printed<V> + Send + 'static {
    move |_, _, rows| ready(Ok(rows.iter().map(&print).collect()))
}

/// The answer of a list. `name` is that of the file; `print` prints rows, and finds what they show of other things.
///
/// # Errors
/// 400 naming every wrong parameter; the store's.
pub async fn answer<A, V, R, P, F>(
    app: &App,
    call: &Call<R>,
    name: &str,
    filters: Filters,
    print: P,
) -> Result<Response, ApiError>
where
    A: Listed,
    V: CsvRow,
    R: Area,
    P: Fn(App, TenantId, Vec<View<A>>) -> F + Send + 'static,
    F: Future<Output = Result<Vec<V>, ApiError>> + Send,
{
    let (request, filters) = both(PageRequest::read(&call.query), filters)?;
    let as_csv = csv::wanted(call);
    if as_csv && !names_a_page(call) {
        return export(app, call, name, filters, request.search, print).await;
    }
    let page = match filters {
        None => nothing(),
        Some(filters) => {
            let (search, paging, limit) = (request.search.clone(), request.paging(), request.limit);
            app.reads.list::<A>(&call.tenant, &ListQuery { filters, search, paging, limit }).await?
        }
    };
    let data = print(app.clone(), call.tenant.clone(), page.rows).await?;
    let reply = if as_csv {
        written(name, &data)?
    } else {
        Reply::ok(&SuccessPage::new(&request, page.total, data))?
    };
    Ok(reply.next_cursor(page.next_cursor).header(VARY, HeaderValue::from_static("accept")).into_response())
}

/// The answer of a list that is at hand as a whole and has no pages.
///
/// # Errors
/// 500 where it cannot be printed.
pub fn whole<R: Area, V: CsvRow>(call: &Call<R>, name: &str, data: Vec<V>) -> Result<Reply, ApiError> {
    let reply = if csv::wanted(call) {
        written(name, &data)?
    } else {
        Reply::ok(&super::envelope::Success::new(data))?
    };
    Ok(reply.header(VARY, HeaderValue::from_static("accept")))
}

fn names_a_page<R: Area>(call: &Call<R>) -> bool {
    ["page", "limit", "cursor"].iter().any(|name| call.query.all(name).next().is_some())
}

/// Rows as a file.
fn written<V: CsvRow>(name: &str, rows: &[V]) -> Result<Reply, ApiError> {
    let mut text = csv::header::<V>();
    for row in rows {
        text.push_str(&csv::line(row)?);
    }
    let reply = Reply::bytes(StatusCode::OK, CSV, text);
    Ok(match disposition(name) {
        Some(value) => reply.header(CONTENT_DISPOSITION, value),
        None => reply,
    })
}

fn disposition(name: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\"")).ok()
}

async fn export<A, V, R, P, F>(
    app: &App,
    call: &Call<R>,
    name: &str,
    filters: Option<Vec<Filter>>,
    search: Option<String>,
    print: P,
) -> Result<Response, ApiError>
where
    A: Listed,
    V: CsvRow,
    R: Area,
    P: Fn(App, TenantId, Vec<View<A>>) -> F + Send + 'static,
    F: Future<Output = Result<Vec<V>, ApiError>> + Send,
{
    let query = filters.map(|filters| ListQuery { filters, search, paging: Paging::Offset(0), limit: ROWS });
    let pages: Export<A, P> =
        Export { app: app.clone(), tenant: call.tenant.clone(), query, print, of: PhantomData };
    let form = Form { opening: csv::header::<V>(), between: "", closing: "" };
    let mut headers: Vec<(HeaderName, HeaderValue)> =
        vec![(CONTENT_TYPE, CSV), (VARY, HeaderValue::from_static("accept"))];
    headers.extend(disposition(name).map(|value| (CONTENT_DISPOSITION, value)));
    streamed::answer(pages, form, headers).await
}

/// An export under way.
struct Export<A, P> {
    app: App,
    tenant: TenantId,
    /// The next page; `None` where there is none.
    query: Option<ListQuery>,
    print: P,
    of: PhantomData<fn() -> A>,
}

impl<A, V, P, F> Pages for Export<A, P>
where
    A: Listed,
    V: CsvRow,
    P: Fn(App, TenantId, Vec<View<A>>) -> F + Send + 'static,
    F: Future<Output = Result<Vec<V>, ApiError>> + Send,
{
    async fn next(&mut self) -> Result<Option<Vec<String>>, ApiError> {
        let Some(query) = self.query.take() else { return Ok(None) };
        let rows = self.app.reads.rows::<A>(&self.tenant, &query).await?;
        if let Some(last) = rows.last() {
            self.query = Some(ListQuery { paging: Paging::Cursor(last.number), ..query });
        }
        let printed = (self.print)(self.app.clone(), self.tenant.clone(), rows).await?;
        printed.iter().map(csv::line).collect::<Result<_, _>>().map(Some)
    }
}
