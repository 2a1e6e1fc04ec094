//! What can be imported: which columns it has, how a line is read and how some of them are made.

use super::super::{batch, customer_body, customers, records};
use super::columns::Column;
use crate::app::App;
use crate::auth::Call;
use crate::auth::area::Backoffice;
use crate::fields::Fields;
use crate::http::ApiError;
use serde_json::{Map, Value};
use sunledger_commands::{CommandError, Context};
use sunledger_domain::client::{Client, ClientCommand, ClientDraft};
use sunledger_domain::record::{CheckedFields, PRODUCT, Record, RecordCommand, Unknown};
use uuid::Uuid;

/// Something that was made of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    /// Its number.
    pub(super) number: i64,
    /// True where an earlier request made it.
    pub(super) replayed: bool,
}

/// What can be imported.
pub(super) trait Importable: Send + Sync + 'static {
    /// The columns that are read.
    const COLUMNS: &'static [Column];

    /// A line that is right.
    type Draft: Clone + Send + Sync;

    /// Reads a line.
    ///
    /// # Errors
    /// 400 naming every wrong field.
    fn read(fields: Map<String, Value>, call: &Call<Backoffice>) -> Result<Self::Draft, ApiError>;

    /// What a line says, whenever it is read: by it a batch is known again.
    fn said(draft: &Self::Draft) -> Vec<u8>;

    /// Makes some, all or none.
    fn make(
        app: &App,
        context: &Context,
        drafts: Vec<Self::Draft>,
    ) -> impl Future<Output = Result<Vec<Made>, CommandError>> + Send;

    /// A refusal in the words of the thing's own routes.
    fn refusal(error: CommandError) -> ApiError;
}

const fn text(name: &'static str) -> Column {
    Column { name, required: false, number: false }
}

/// Customers.
pub(super) struct Customers;

impl Importable for Customers {
    const COLUMNS: &'static [Column] = &[
        Column { name: "account", required: true, number: false },
        text("email"),
        text("phone"),
        text("address"),
        text("city"),
        text("state"),
        text("zip"),
        text("country"),
    ];

    type Draft = (Map<String, Value>, ClientDraft);

    fn read(fields: Map<String, Value>, call: &Call<Backoffice>) -> Result<Self::Draft, ApiError> {
        let mut read = Fields::new(fields.clone());
        let draft = customer_body::draft(&mut read, &call.profile, &call.context);
        read.finish()?;
        // The rules of the domain too, so that a dry run tells what a real one would.
        Client::default()
            .decide(ClientCommand::Create(Box::new(draft.clone())))
            .map_err(customers::refusal)?;
        Ok((fields, draft))
    }

    fn said((fields, _): &Self::Draft) -> Vec<u8> {
        bytes(fields)
    }

    async fn make(app: &App, context: &Context, drafts: Vec<Self::Draft>) -> Result<Vec<Made>, CommandError> {
        let made = batch::make(app, context, drafts.into_iter().map(|(_, draft)| draft).collect()).await?;
        let number = |client: &Client| client.number.get();
        Ok(made.iter().map(|one| Made { number: number(&one.state), replayed: one.replayed }).collect())
    }

    fn refusal(error: CommandError) -> ApiError {
        customers::refusal(error)
    }
}

/// Products.
pub(super) struct Products;

impl Importable for Products {
    const COLUMNS: &'static [Column] = &[
        Column { name: "name", required: true, number: false },
        Column { name: "price", required: true, number: true },
        text("description"),
        text("type"),
        Column { name: "tax_rate", required: false, number: true },
    ];

    type Draft = CheckedFields;

    fn read(fields: Map<String, Value>, _: &Call<Backoffice>) -> Result<Self::Draft, ApiError> {
        PRODUCT.check(fields, false, Unknown::Ignore).map_err(|wrong| records::refused(&PRODUCT, &wrong))
    }

    fn said(draft: &Self::Draft) -> Vec<u8> {
        bytes(draft.as_map())
    }

    async fn make(app: &App, context: &Context, drafts: Vec<Self::Draft>) -> Result<Vec<Made>, CommandError> {
        let at = context.now;
        let rows: Vec<(Uuid, CheckedFields)> =
            drafts.into_iter().map(|fields| (app.commands.new_id(), fields)).collect();
        let done = app.commands.unit(context, |unit| {
            let rows = rows.clone();
            Box::pin(async move {
                for (id, fields) in rows {
                    let create = RecordCommand::Create { custom_id: None, fields, at };
                    unit.handle_as::<Record>(PRODUCT.name, id, create).await?;
                }
                Ok(())
            })
        });
        let made = done.await?.all::<Record>(PRODUCT.name)?;
        let number = |product: &Record| product.number.get();
        Ok(made.iter().map(|one| Made { number: number(&one.state), replayed: one.replayed }).collect())
    }

    fn refusal(error: CommandError) -> ApiError {
        error.into()
    }
}

fn bytes(fields: &Map<String, Value>) -> Vec<u8> {
    // A map of texts and numbers always prints.
    serde_json::to_vec(fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_products_are_the_fields_of_their_kind() {
        let columns: Vec<_> = Products::COLUMNS.iter().map(|column| (column.name, column.required)).collect();
        let fields: Vec<_> = PRODUCT.fields.iter().map(|field| (field.name, field.required)).collect();
        assert_eq!(columns, fields);
    }
}
