//! `/api/v2/products`.

use super::records::{RecordView, record_routes, text};
use super::time;
use crate::csv::CsvRow;
use crate::wire::{Amount, Number};
use rust_decimal::Decimal;
use serde::Serialize;
use sunledger_domain::record::{PRODUCT, Record, RecordKind};
use utoipa::ToSchema;
use uuid::Uuid;

record_routes! {
    ProductView, NewProduct, ProductChange, "/api/v2/products", "/api/v2/products/{id}",
    list "List products", create "Create a product", get "Get a product", update "Update a product",
    delete "Delete a product"
}

/// A new product or service.
#[derive(ToSchema)]
#[schema(as = backoffice::NewProduct)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct NewProduct {
    /// What it is called.
    #[schema(max_length = 200, example = "Web Hosting")]
    name: String,
    /// What one costs, before tax.
    #[schema(minimum = 0, example = 99.99)]
    price: f64,
    /// What it is.
    #[schema(max_length = 5000, example = "Annual web hosting package")]
    description: Option<String>,
    /// `service` or `product`.
    #[schema(example = "service", pattern = "^(service|product)$")]
    r#type: Option<String>,
    /// Tax in percent.
    #[schema(minimum = 0, maximum = 100, example = 10)]
    tax_rate: Option<f64>,
}

/// What changes in a product: what is absent stays, `null` empties.
#[derive(ToSchema)]
#[schema(as = backoffice::ProductChange)]
#[expect(dead_code, reason = "describes the body; the record's kind reads it")]
struct ProductChange {
    /// Another name.
    #[schema(max_length = 200, example = "Web Hosting", nullable = false)]
    name: Option<String>,
    /// Another price.
    #[schema(minimum = 0, example = 119.99, nullable = false)]
    price: Option<f64>,
    /// Another description.
    #[schema(max_length = 5000)]
    description: Option<String>,
    /// `service` or `product`.
    #[schema(pattern = "^(service|product)$")]
    r#type: Option<String>,
    /// Another tax, in percent.
    #[schema(minimum = 0, maximum = 100)]
    tax_rate: Option<f64>,
}

/// A product or service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = backoffice::Product)]
pub struct ProductView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// Its id elsewhere.
    uuid: Uuid,
    /// What it is called.
    #[schema(example = "Web Hosting")]
    name: Option<String>,
    /// What one costs, before tax.
    price: Option<Amount>,
    /// What it is.
    #[schema(example = "Annual web hosting package")]
    description: Option<String>,
    /// `service` or `product`.
    #[schema(example = "service")]
    r#type: Option<String>,
    /// Tax in percent.
    tax_rate: Option<Number>,
    /// When it was made.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    updated_at: String,
}

impl RecordView for ProductView {
    const KIND: &'static RecordKind = &PRODUCT;
    const FILE: &'static str = "products";

    fn new(id: Uuid, record: &Record) -> Self {
        // Numbers of records are kept as texts, so that they stay exact.
        let number = |name: &str| text(record, name)?.parse::<Decimal>().ok();
        Self {
            id: record.number.get(),
            uuid: id,
            name: text(record, "name"),
            price: number("price").map(Amount),
            description: text(record, "description"),
            r#type: text(record, "type"),
            tax_rate: number("tax_rate").map(Number),
            created_at: time(record.created_at),
            updated_at: time(record.updated_at),
        }
    }
}

impl CsvRow for ProductView {
    const COLUMNS: &'static [&'static str] =
        &["id", "uuid", "name", "price", "description", "type", "tax_rate", "created_at", "updated_at"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backoffice::records::{refused, without_blanks};
    use crate::samples::{CLIENT, at};
    use serde_json::{Map, Value, json};
    use sunledger_domain::record::Unknown;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn record() -> Record {
        let kept = json!({"name": "Web Hosting", "price": "99.99", "type": "service", "tax_rate": "10"});
        Record {
            kind: "product".to_owned(),
            number: sunledger_domain::Number(1),
            fields: object(kept),
            created_at: at("2024-01-15T10:00:00Z"),
            updated_at: at("2024-01-15T10:00:00Z"),
            ..Record::default()
        }
    }

    #[test]
    fn a_product_prints_as_it_came_in() {
        let view = ProductView::new(CLIENT, &record());
        crate::csv::assert_columns(&view, &[]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&view).unwrap());
    }

    #[test]
    fn every_wrong_field_is_named_and_a_blank_one_is_none() {
        let check = |body: Value, partial| {
            let checked = PRODUCT.check(without_blanks(object(body)), partial, Unknown::Ignore);
            checked.map_err(|wrong| refused(&PRODUCT, &wrong).message.into_owned())
        };
        let wrong =
            check(json!({"name": " ", "price": -1, "type": "thing", "tax_rate": "10", "color": 7}), false);
        let wrong = wrong.unwrap_err();
        for named in [
            "Missing required field: name",
            "price: ",
            "type: must be one of: service, product",
            "tax_rate: ",
        ] {
            assert!(wrong.contains(named), "{named} in {wrong}");
        }
        assert!(!wrong.contains("color"), "{wrong}");
        let fields = check(json!({"description": "", "price": 10}), true).unwrap();
        assert_eq!(Value::Object(fields.as_map().clone()), json!({"description": null, "price": "10.00"}));
    }
}
