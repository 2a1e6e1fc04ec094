//! The aggregates behind the resources: how each makes a command of checked fields, and how it is found.

use super::place::Place;
use super::resources::Resource;
use crate::app::App;
use crate::http::ApiError;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use sunledger_domain::overrides::{Override, OverrideCommand, OverrideFields, OverridePatch};
use sunledger_domain::paystub::{Paystub, PaystubCommand, PaystubFields, PaystubPatch};
use sunledger_domain::record::{CheckedFields, Record, RecordCommand, RecordKind};
use sunledger_domain::{DomainError, TenantId};
use sunledger_projections::models::records;
use sunledger_projections::{Filter, Listed, View};

/// An aggregate that is a resource here.
pub(super) trait Kept: Listed + Sized {
    /// The id that it is shown by.
    fn shown(&self) -> String;

    /// Its fields, in the form in which their description keeps them.
    fn fields(&self) -> Result<Map<String, Value>, ApiError>;

    /// When it was made, and when it last changed.
    fn times(&self) -> (Timestamp, Timestamp);

    /// Makes a new one.
    fn create(
        custom_id: Option<String>,
        fields: CheckedFields,
        place: &Place,
        at: Timestamp,
    ) -> Result<Self::Command, DomainError>;

    /// Changes it.
    fn update(fields: CheckedFields, place: &Place, at: Timestamp) -> Result<Self::Command, DomainError>;

    /// Deletes it.
    fn delete(kind: &'static RecordKind, place: &Place, at: Timestamp) -> Self::Command;

    /// Which rows are at a place.
    fn at(kind: &RecordKind, place: &Place) -> Vec<Filter>;

    /// Which rows have a value in a field that lists are filtered by.
    fn with_field(kind: &RecordKind, field: &'static str, value: &str) -> Filter;

    /// Which rows are shown by one of these ids.
    fn with_ids(ids: Vec<String>) -> Filter;
}

/// One of a resource, by its id.
///
/// # Errors
/// 404 where there is none at that place.
pub(super) async fn find<A: Kept>(
    resource: &Resource,
    app: &App,
    tenant: &TenantId,
    place: &Place,
    id: &str,
) -> Result<View<A>, ApiError> {
    let mut filters = A::at(resource.kind, place);
    filters.push(A::with_ids(vec![id.to_owned()]));
    app.reads.first::<A>(tenant, filters).await?.ok_or_else(|| ApiError::not_found(resource.kind.what))
}

impl Kept for Record {
    fn shown(&self) -> String {
        self.public_id().unwrap_or_default()
    }

    fn fields(&self) -> Result<Map<String, Value>, ApiError> {
        Ok(self.fields.clone())
    }

    fn times(&self) -> (Timestamp, Timestamp) {
        (self.created_at, self.updated_at)
    }

    fn create(
        custom_id: Option<String>,
        fields: CheckedFields,
        place: &Place,
        at: Timestamp,
    ) -> Result<RecordCommand, DomainError> {
        // Each where the kind has such a field.
        let mut fields = fields.set("created_by", place.caller.as_ref());
        if let Some(id) = place.override_id {
            fields = fields.set("override_id", id.to_string());
        }
        Ok(RecordCommand::Create { custom_id, fields, at })
    }

    fn update(fields: CheckedFields, _place: &Place, at: Timestamp) -> Result<RecordCommand, DomainError> {
        Ok(RecordCommand::Update { fields, at })
    }

    fn delete(kind: &'static RecordKind, _place: &Place, at: Timestamp) -> RecordCommand {
        RecordCommand::Delete { kind, at }
    }

    fn at(kind: &RecordKind, place: &Place) -> Vec<Filter> {
        let mut filters = vec![records::of_kind(kind)];
        if let Some(id) = place.override_id {
            filters.push(records::with_field(kind, "override_id", &id.to_string()));
        }
        filters
    }

    fn with_field(kind: &RecordKind, field: &'static str, value: &str) -> Filter {
        records::with_field(kind, field, value)
    }

    fn with_ids(ids: Vec<String>) -> Filter {
        records::with_public_ids(ids)
    }
}

impl Kept for Paystub {
    fn shown(&self) -> String {
        self.public_id()
    }

    fn fields(&self) -> Result<Map<String, Value>, ApiError> {
        as_map(&self.fields)
    }

    fn times(&self) -> (Timestamp, Timestamp) {
        (self.created_at, self.updated_at)
    }

    fn create(
        custom_id: Option<String>,
        fields: CheckedFields,
        _place: &Place,
        at: Timestamp,
    ) -> Result<PaystubCommand, DomainError> {
        let fields = Box::new(PaystubFields::of(fields)?);
        Ok(PaystubCommand::Create { custom_id, fields, at })
    }

    fn update(fields: CheckedFields, _place: &Place, at: Timestamp) -> Result<PaystubCommand, DomainError> {
        Ok(PaystubCommand::Update { patch: Box::new(PaystubPatch::of(fields)?), at })
    }

    fn delete(_kind: &'static RecordKind, _place: &Place, at: Timestamp) -> PaystubCommand {
        PaystubCommand::Delete { at }
    }

    fn at(_kind: &RecordKind, _place: &Place) -> Vec<Filter> {
        Vec::new()
    }

    fn with_field(_kind: &RecordKind, field: &'static str, value: &str) -> Filter {
        Filter::OneOf(field, vec![value.to_owned()])
    }

    fn with_ids(ids: Vec<String>) -> Filter {
        Filter::OneOf("public_id", ids)
    }
}

impl Kept for Override {
    fn shown(&self) -> String {
        self.public_id()
    }

    fn fields(&self) -> Result<Map<String, Value>, ApiError> {
        as_map(&self.fields)
    }

    fn times(&self) -> (Timestamp, Timestamp) {
        (self.created_at, self.updated_at)
    }

    fn create(
        custom_id: Option<String>,
        fields: CheckedFields,
        place: &Place,
        at: Timestamp,
    ) -> Result<OverrideCommand, DomainError> {
        let fields = Box::new(OverrideFields::of(fields)?);
        let manager_id = place.manager_id.clone().unwrap_or_else(|| fields.manager_id.clone());
        Ok(OverrideCommand::Create { manager_id, custom_id, fields, at })
    }

    fn update(fields: CheckedFields, place: &Place, at: Timestamp) -> Result<OverrideCommand, DomainError> {
        let patch = Box::new(OverridePatch::of(fields)?);
        Ok(OverrideCommand::Update { manager_id: place.manager_id.clone().unwrap_or_default(), patch, at })
    }

    fn delete(_kind: &'static RecordKind, place: &Place, at: Timestamp) -> OverrideCommand {
        OverrideCommand::Delete { manager_id: place.manager_id.clone().unwrap_or_default(), at }
    }

    fn at(_kind: &RecordKind, place: &Place) -> Vec<Filter> {
        let of = |manager: &String| Filter::OneOf("manager_id", vec![manager.clone()]);
        place.manager_id.iter().map(of).collect()
    }

    fn with_field(_kind: &RecordKind, field: &'static str, value: &str) -> Filter {
        Filter::OneOf(field, vec![value.to_owned()])
    }

    fn with_ids(ids: Vec<String>) -> Filter {
        Filter::OneOf("public_id", ids)
    }
}

fn as_map(fields: &impl Serialize) -> Result<Map<String, Value>, ApiError> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(ApiError::internal("fields that are no object")),
        Err(error) => Err(ApiError::internal(format!("printing: {error}"))),
    }
}
