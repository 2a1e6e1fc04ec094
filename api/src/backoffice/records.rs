//! What can be done with every resource that only holds checked fields: products, accounts, categories, departments. Their
//! files have their bodies and views.

use super::envelope::{Success, gone};
use super::lists::{self, each};
use super::read::field_message;
use super::{references, starters};
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::csv::CsvRow;
use crate::http::ids::AnyId;
use crate::http::{ApiError, Reply};
use axum::response::Response;
use serde_json::{Map, Value};
use sunledger_commands::{CommandError, Outcome};
use sunledger_domain::FieldErrors;
use sunledger_domain::record::{FieldType, Record, RecordCommand, RecordKind, Unknown};
use sunledger_projections::View;
use sunledger_projections::models::records::of_kind;
use uuid::Uuid;

/// A view of a kind's records.
pub trait RecordView: CsvRow + Send {
    /// The kind.
    const KIND: &'static RecordKind;
    /// The name of the file that its list is exported as.
    const FILE: &'static str;

    /// A record, printed.
    fn new(id: Uuid, record: &Record) -> Self;
}

/// The five routes of such a resource, in the module that calls it. Its documentation is the call's.
macro_rules! record_routes {
    (
        $view:ty, $new:ty, $change:ty, $path:tt, $path_of_one:tt,
        list $list:tt, create $create:tt, get $get:tt, update $update:tt, delete $delete:tt
    ) => {
        use crate::backoffice::envelope::{
            Gone, OnChange, OnCreate, OnDelete, OnList, OnRead, Success, SuccessPage,
        };
        use crate::backoffice::records;
        use crate::list::ListParams;

        pub(super) fn routes() -> utoipa_axum::router::OpenApiRouter<crate::app::App> {
            use utoipa_axum::routes;
            utoipa_axum::router::OpenApiRouter::default()
                .routes(routes!(list, create))
                .routes(routes!(get, update, delete))
        }

        type Server = axum::extract::State<crate::app::App>;
        type Asked = crate::auth::Call<crate::auth::area::Backoffice>;
        type Id = axum::extract::Path<String>;
        type Answer = Result<crate::http::Reply, crate::http::ApiError>;

        #[doc = $list]
        ///
        /// Newest first. `Accept: text/csv` gets them all as a file.
        #[utoipa::path(
                    get, path = $path, tag = "backoffice",
                    params(ListParams),
                    responses(
                        (
                            status = 200, description = "A page of the list",
                            content((SuccessPage<$view> = "application/json"), (String = "text/csv"))
                        ),
                        OnList
                    )
                )]
        async fn list(app: Server, call: Asked) -> Result<axum::response::Response, crate::http::ApiError> {
            records::list::<$view>(&app, &call).await
        }

        #[doc = $create]
        #[utoipa::path(
                    post, path = $path, tag = "backoffice",
                    request_body = $new,
                    responses((status = 201, description = "What was made", body = Success<$view>), OnCreate)
                )]
        async fn create(app: Server, call: Asked) -> Answer {
            records::create::<$view>(&app, &call).await
        }

        #[doc = $get]
        #[utoipa::path(
                    get, path = $path_of_one, tag = "backoffice",
                    params(("id" = String, Path, description = "Number or UUID")),
                    responses((status = 200, description = "As it is", body = Success<$view>), OnRead)
                )]
        async fn get(app: Server, id: Id, call: Asked) -> Answer {
            records::get::<$view>(&app, &call, &id).await
        }

        #[doc = $update]
        ///
        /// `PUT` and `PATCH` alike change what the body names and leave the rest.
        #[utoipa::path(
                    method(put, patch), path = $path_of_one, tag = "backoffice",
                    params(("id" = String, Path, description = "Number or UUID")),
                    request_body = $change,
                    responses((status = 200, description = "As it is now", body = Success<$view>), OnChange)
                )]
        async fn update(app: Server, id: Id, call: Asked) -> Answer {
            records::update::<$view>(&app, &call, &id).await
        }

        #[doc = $delete]
        ///
        /// Its history stays in the audit, and what refers to it goes on showing its number.
        #[utoipa::path(
                    delete, path = $path_of_one, tag = "backoffice",
                    params(("id" = String, Path, description = "Number or UUID")),
                    responses((status = 200, description = "It is gone", body = Gone), OnDelete)
                )]
        async fn delete(app: Server, id: Id, call: Asked) -> Answer {
            records::delete::<$view>(&app, &call, &id).await
        }
    };
}

pub(super) use record_routes;

pub(super) async fn list<V: RecordView + 'static>(
    app: &App,
    call: &Call<Backoffice>,
) -> Result<Response, ApiError> {
    starters::ensure(app, call, V::KIND).await?;
    let print = each(|view: &View<Record>| V::new(view.id, &view.state));
    lists::answer(app, call, V::FILE, Ok(Some(vec![of_kind(V::KIND)])), print).await
}

pub(super) async fn create<V: RecordView>(app: &App, call: &Call<Backoffice>) -> Result<Reply, ApiError> {
    let fields = V::KIND.check(without_blanks(call.json()?), false, Unknown::Ignore);
    let fields = fields.map_err(|wrong| refused(V::KIND, &wrong))?;
    starters::ensure(app, call, V::KIND).await?;
    let command = RecordCommand::Create { custom_id: None, fields, at: call.context.now };
    let made = carry_out::<V>(app, call, app.commands.new_id(), command).await?;
    Ok(Reply::created(&body::<V>(&made))?.version(made.version).replayed(made.replayed))
}

pub(super) async fn get<V: RecordView>(
    app: &App,
    call: &Call<Backoffice>,
    id: &str,
) -> Result<Reply, ApiError> {
    let view = find(app, call, V::KIND, id).await?;
    Ok(Reply::ok(&Success::new(V::new(view.id, &view.state)))?.version(view.version))
}

pub(super) async fn update<V: RecordView>(
    app: &App,
    call: &Call<Backoffice>,
    id: &str,
) -> Result<Reply, ApiError> {
    let view = find(app, call, V::KIND, id).await?;
    let fields = V::KIND.check(without_blanks(call.json()?), true, Unknown::Ignore);
    let fields = fields.map_err(|wrong| refused(V::KIND, &wrong))?;
    let command = RecordCommand::Update { fields, at: call.context.now };
    let changed = carry_out::<V>(app, call, view.id, command).await?;
    Ok(Reply::ok(&body::<V>(&changed))?.version(changed.version))
}

pub(super) async fn delete<V: RecordView>(
    app: &App,
    call: &Call<Backoffice>,
    id: &str,
) -> Result<Reply, ApiError> {
    let view = find(app, call, V::KIND, id).await?;
    let command = RecordCommand::Delete { kind: V::KIND, at: call.context.now };
    carry_out::<V>(app, call, view.id, command).await?;
    gone()
}

async fn find(
    app: &App,
    call: &Call<Backoffice>,
    kind: &'static RecordKind,
    id: &str,
) -> Result<View<Record>, ApiError> {
    let found = match AnyId::parse(id) {
        Some(id) => references::find(app, call, kind, id).await?,
        None => None,
    };
    found.ok_or_else(|| ApiError::not_found(kind.what))
}

async fn carry_out<V: RecordView>(
    app: &App,
    call: &Call<Backoffice>,
    id: Uuid,
    command: RecordCommand,
) -> Result<Outcome<Record>, CommandError> {
    let kind = V::KIND.name;
    let done = app.commands.unit(&call.context, |unit| {
        let command = command.clone();
        Box::pin(async move { unit.handle_as::<Record>(kind, id, command).await })
    });
    done.await?.one::<Record>(kind)
}

fn body<V: RecordView>(done: &Outcome<Record>) -> Success<V> {
    Success::new(V::new(done.id, &done.state))
}

/// A body in which what was left empty is null: forms send `""` for it.
pub(super) fn without_blanks(mut body: Map<String, Value>) -> Map<String, Value> {
    for value in body.values_mut() {
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            *value = Value::Null;
        }
    }
    body
}

/// The refusal of a record's fields, in this surface's words.
pub(super) fn refused(kind: &RecordKind, wrong: &FieldErrors) -> ApiError {
    let mut worded = FieldErrors::new();
    for (name, message) in wrong.iter() {
        let is_email = kind.field(name).is_some_and(|field| field.ty == FieldType::Email);
        worded.add(name, field_message(is_email, message));
    }
    ApiError::fields(worded)
}

/// A record's text.
pub(super) fn text(record: &Record, name: &str) -> Option<String> {
    record.fields.get(name).and_then(Value::as_str).map(str::to_owned)
}
