//! How a lead is printed.

use super::customer_view::CustomerView;
use super::time;
use crate::csv::CsvRow;
use serde::Serialize;
use sunledger_domain::lead::Lead;
use utoipa::ToSchema;
use uuid::Uuid;

/// A lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Lead)]
pub struct LeadView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere.
    uuid: Uuid,
    /// First name.
    #[schema(example = "John")]
    first_name: String,
    /// Last name.
    #[schema(example = "Smith")]
    last_name: String,
    /// Mail address.
    #[schema(example = "john@example.com")]
    email: Option<String>,
    /// The company.
    #[schema(example = "Acme Corp")]
    company: Option<String>,
    /// Telephone.
    #[schema(example = "1234567890")]
    phone: Option<String>,
    /// Where it came from.
    #[schema(example = "Website")]
    source: Option<String>,
    /// `New`, or `Converted` once it is a customer.
    #[schema(example = "New")]
    status: &'static str,
    /// The number of the customer that it became.
    #[schema(example = 1)]
    customer_id: Option<i64>,
    /// The id of that customer on the other surfaces.
    customer_uuid: Option<Uuid>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When something last happened to it.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

/// The customer that a lead became.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::ConvertedLead)]
pub(super) struct ConvertedLead {
    #[serde(flatten)]
    pub(super) customer: CustomerView,
    /// The number of that customer.
    #[schema(example = 1)]
    pub(super) customer_id: i64,
    /// The number of the lead.
    #[schema(example = 1)]
    pub(super) lead_id: i64,
}

impl LeadView {
    /// A lead, printed; `customer` is the number of the one that it became.
    pub fn new(id: Uuid, lead: &Lead, customer: Option<i64>) -> Self {
        let details = &lead.details;
        Self {
            id: lead.number.get(),
            uuid: id,
            first_name: details.first_name.clone(),
            last_name: details.last_name.clone(),
            email: details.email.as_ref().map(|email| email.as_str().to_owned()),
            company: details.company.clone(),
            phone: details.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            source: details.source.clone(),
            status: if lead.client_id.is_some() { "Converted" } else { "New" },
            customer_id: customer,
            customer_uuid: lead.client_id,
            created_at: time(lead.created_at),
            updated_at: time(lead.updated_at),
        }
    }
}

impl CsvRow for LeadView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uuid",
        "first_name",
        "last_name",
        "email",
        "company",
        "phone",
        "source",
        "status",
        "customer_id",
        "customer_uuid",
        "created_at",
        "updated_at",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{CLIENT, INVOICE, at};
    use sunledger_domain::Number;
    use sunledger_domain::lead::LeadDetails;
    use sunledger_domain::value::{Email, Phone};

    #[test]
    fn a_lead_prints_as_it_came_in() {
        let some = |text: &str| Some(text.to_owned());
        let details = LeadDetails {
            first_name: "John".to_owned(),
            last_name: "Smith".to_owned(),
            email: Email::parse("john@example.com").ok(),
            company: some("Acme Corp"),
            phone: Phone::parse("1234567890").ok(),
            source: some("Website"),
        };
        let (created_at, updated_at) = (at("2024-01-15T10:00:00Z"), at("2024-01-15T10:00:00Z"));
        let lead = Lead { number: Number(1), details, created_at, updated_at, ..Lead::default() };
        let view = LeadView::new(INVOICE, &lead, None);
        crate::csv::assert_columns(&view, &[]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
        let converted = Lead { client_id: Some(CLIENT), ..lead };
        let printed = serde_json::to_value(LeadView::new(INVOICE, &converted, Some(7))).unwrap();
        assert_eq!((&printed["status"], &printed["customer_id"]), (&"Converted".into(), &7.into()));
    }
}
