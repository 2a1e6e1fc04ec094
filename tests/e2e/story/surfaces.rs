//! A thing as each surface shows it: under its own paths, with its own form of ids, in its own words.

use super::book::Book;
use serde_json::{Value, json};
use sunledger_tests::books::shown;

/// Something that several surfaces show.
pub(crate) struct Thing {
    /// What `crm`, `energy` and `invoicing` call it by.
    pub(crate) uuid: String,
    /// What `backoffice` calls it by, and what the others take too.
    pub(crate) number: i64,
}

/// The CRM: `/v1`, in `{"success", "data"}`.
pub(crate) struct Crm<'a>(pub(crate) &'a Book);
/// The energy surface: `/energy`, bare.
pub(crate) struct Energy<'a>(pub(crate) &'a Book);
/// The back office: `/api/v2`, in `{"success", "data"}`, by numbers.
pub(crate) struct BackOffice<'a>(pub(crate) &'a Book);
/// Invoicing: `/api/v1`, in `{"data"}`.
pub(crate) struct Invoicing<'a>(pub(crate) &'a Book);

impl Crm<'_> {
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.0.get(&format!("/v1/{path}")).await;
        assert_eq!(answer["success"], true, "{path}");
        answer["data"].clone()
    }
}

impl Energy<'_> {
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.0.get(&format!("/energy/{path}")).await
    }
}

impl BackOffice<'_> {
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.0.get(&format!("/api/v2/{path}")).await;
        assert_eq!(answer["success"], true, "{path}");
        answer["data"].clone()
    }
}

impl Invoicing<'_> {
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.0.get(&format!("/api/v1/{path}")).await["data"].clone()
    }
}

/// Some fields of an answer, as they are written: `27500.00` is not `27500`.
pub(crate) fn written<const N: usize>(answer: &Value, fields: [&str; N]) -> [String; N] {
    fields.map(|field| shown(&answer[field]))
}

/// A customer, on all four surfaces that show her.
pub(crate) struct Customer<'a> {
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) phone: &'a str,
    pub(crate) tax_id: &'a str,
    /// On one line, and where it is.
    pub(crate) address: Option<(&'a str, &'a str)>,
    pub(crate) version: i64,
}

impl Customer<'_> {
    /// Checks that everybody sees her like this, by her UUID and by her number, and in every list.
    pub(crate) async fn is_seen(&self, book: &Book, client: &Thing) {
        let (crm, energy, office, invoicing) = (Crm(book), Energy(book), BackOffice(book), Invoicing(book));
        let (uuid, tax_id) = (client.uuid.as_str(), self.tax_id);
        let common = [self.name, self.email, self.phone, tax_id];
        for id in [uuid.to_owned(), client.number.to_string()] {
            let seen = crm.read(&format!("clients/{id}")).await;
            assert_eq!(written(&seen, ["id", "status"]), [uuid, "active"]);
            assert_eq!(written(&seen, ["name", "email", "phone", "taxId"]), common);
            let seen = invoicing.read(&format!("clients/{id}")).await;
            assert_eq!(written(&seen, ["id", "isActive"]), [uuid, "true"]);
            assert_eq!(written(&seen, ["name", "email", "phone", "taxId"]), common);
            let seen = energy.read(&format!("clients/{id}")).await;
            assert_eq!(
                written(&seen, ["code", "name", "email", "cpfCnpj"]),
                [uuid, self.name, self.email, tax_id]
            );
            let seen = office.read(&format!("customers/{id}")).await;
            assert_eq!((&seen["id"], &seen["uuid"]), (&json!(client.number), &json!(uuid)));
            assert_eq!(written(&seen, ["account", "email", "phone"]), [self.name, self.email, self.phone]);
            if let Some((line, city)) = self.address {
                assert_eq!(written(&seen, ["address", "city"]), [line, city]);
                assert_eq!(crm.read(&format!("clients/{id}")).await["address"]["city"], city);
                assert_eq!(energy.read(&format!("clients/{id}")).await["address"]["city"], city);
                let whole = shown(&invoicing.read(&format!("clients/{id}")).await["address"]);
                assert!(whole.starts_with(&format!("{line}, {city}")), "{whole}");
            }
            for path in ["/v1/clients", "/energy/clients", "/api/v2/customers", "/api/v1/clients"] {
                let version = book.version(&format!("{path}/{id}")).await;
                assert_eq!(version, format!("\"{}\"", self.version), "{path}");
            }
        }
        for (list, id) in [
            (crm.read("clients").await, "id"),
            (crm.read("clients?search=souza&status=active").await, "id"),
            (invoicing.read("clients").await, "id"),
            (invoicing.read("clients?search=maria").await, "id"),
            (energy.read("clients").await["data"].clone(), "code"),
            (office.read("customers").await, "uuid"),
            (office.read("customers?search=Maria%20Souza").await, "uuid"),
        ] {
            assert_eq!((list.as_array().unwrap().len(), &list[0][id]), (1, &json!(uuid)), "{list}");
        }
    }
}

/// What a status is called by `crm`, `backoffice`, `invoicing` and `energy`.
pub(crate) type Words = [&'static str; 4];
pub(crate) const DRAFT: Words = ["draft", "Unpaid", "DRAFT", "draft"];
pub(crate) const SENT: Words = ["sent", "Unpaid", "SENT", "pending"];
pub(crate) const VIEWED: Words = ["sent", "Unpaid", "VIEWED", "pending"];
pub(crate) const PARTIALLY_PAID: Words = ["sent", "Partially Paid", "PARTIALLY_PAID", "partially_paid"];
pub(crate) const PAID: Words = ["paid", "Paid", "PAID", "paid"];

/// An invoice, on all four surfaces that show it.
pub(crate) struct Bill<'a> {
    pub(crate) status: Words,
    pub(crate) number: &'a str,
    pub(crate) total: &'a str,
    pub(crate) paid: &'a str,
    pub(crate) balance: &'a str,
    pub(crate) version: i64,
}

impl Bill<'_> {
    /// Checks that everybody sees it like this, by its UUID and by its number, and in the lists of its status.
    pub(crate) async fn is_seen(&self, book: &Book, invoice: &Thing, client: &Thing) {
        let (crm, energy, office, invoicing) = (Crm(book), Energy(book), BackOffice(book), Invoicing(book));
        let [in_crm, in_office, in_invoicing, in_energy] = self.status;
        let (uuid, whose) = (invoice.uuid.as_str(), client.uuid.as_str());
        let amounts = [self.total, self.paid, self.balance];
        for id in [uuid.to_owned(), invoice.number.to_string()] {
            let seen = crm.read(&format!("invoices/{id}")).await;
            assert_eq!(
                written(&seen, ["id", "clientId", "invoiceNumber", "status"]),
                [uuid, whose, self.number, in_crm]
            );
            assert_eq!(written(&seen, ["total", "paidTotal", "balance"]), amounts);
            let seen = invoicing.read(&format!("invoices/{id}")).await;
            let named = written(&seen, ["id", "clientId", "invoiceNumber", "status"]);
            assert_eq!(named, [uuid, whose, self.number, in_invoicing]);
            assert_eq!(written(&seen, ["total", "paidTotal", "balance"]), amounts);
            assert_eq!(seen["client"]["name"], "Maria Souza");
            let seen = energy.read(&format!("invoices/{id}")).await;
            let named = written(&seen, ["code", "clientCode", "invoiceNumber", "status"]);
            assert_eq!(named, [uuid, whose, self.number, in_energy]);
            assert_eq!(written(&seen, ["total", "totalPago", "balance"]), amounts);
            let seen = office.read(&format!("invoices/{id}")).await;
            assert_eq!((&seen["id"], &seen["customer_id"]), (&json!(invoice.number), &json!(client.number)));
            assert_eq!(written(&seen, ["uuid", "invoice_number", "status"]), [uuid, self.number, in_office]);
            assert_eq!(written(&seen, ["amount", "paid", "balance"]), amounts);
            for path in ["/v1/invoices", "/api/v2/invoices", "/api/v1/invoices", "/energy/invoices"] {
                let version = book.version(&format!("{path}/{id}")).await;
                assert_eq!(version, format!("\"{}\"", self.version), "{path}");
            }
        }
        let in_office = in_office.replace(' ', "%20");
        for (list, id) in [
            (crm.read(&format!("invoices?clientId={whose}&status={in_crm}")).await, "id"),
            (invoicing.read(&format!("invoices?clientId={whose}&status={in_invoicing}")).await, "id"),
            (
                office.read(&format!("invoices?customer_id={}&status={in_office}", client.number)).await,
                "uuid",
            ),
        ] {
            let all = list.as_array().unwrap();
            assert!(all.iter().any(|one| one[id] == uuid), "{uuid} is not in {list}");
        }
    }
}
