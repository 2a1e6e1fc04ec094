//! What to look at next: requests that work when they are pasted.

use super::calendar::{Calendar, day_of};
use super::company::Opened;
use super::webhooks::Endpoint;
use std::fmt::Write;
use sunledger_domain::value::Competence;

/// Things worth a look, by what they are shown by.
#[derive(Debug, Clone, Default)]
pub(super) struct Sights {
    /// The id of a client with a meter and a roof.
    pub(super) client: String,
    /// The number of an energy invoice.
    pub(super) invoice: i64,
    /// The id of a paystub.
    pub(super) paystub: String,
}

/// What to look at next.
pub(crate) struct Tour {
    /// The key, which is shown this once.
    pub(crate) key: String,
    tenant: String,
    email: &'static str,
    password: String,
    calendar: Calendar,
    endpoint: Endpoint,
    sights: Sights,
}

/// A request of the tour.
struct Stop {
    what: &'static str,
    path: String,
    /// Posted, where there is one.
    body: Option<String>,
}

impl Tour {
    pub(super) fn of(opened: &Opened, calendar: &Calendar, endpoint: Endpoint, sights: Sights) -> Self {
        Self {
            key: opened.key.clone(),
            tenant: opened.home.to_string(),
            email: opened.email,
            password: opened.password.clone(),
            calendar: calendar.clone(),
            endpoint,
            sights,
        }
    }

    /// The page, for a server at that address.
    pub(crate) fn page(&self, base: &str) -> String {
        let Self { key, tenant, email, password, endpoint, .. } = self;
        let mut page = String::new();
        // Writing to a text does not fail.
        let _ = writeln!(page, "Tenant {tenant} is a solar company at work. This is shown once:\n");
        let _ = writeln!(page, "  API key    {key}");
        let _ = writeln!(
            page,
            "  person     {email}, password {password} (signs in at /api/v1/auth with tenantId {tenant})"
        );
        let _ = writeln!(page, "  webhooks   secret {} of the endpoint {}\n", endpoint.secret, endpoint.url);
        let _ = writeln!(page, "While the server runs (sunledger serve), look at:\n");
        for stop in self.stops() {
            let _ = write!(
                page,
                "# {}\ncurl -s -H 'Authorization: Bearer {key}' '{base}{}'",
                stop.what, stop.path
            );
            if let Some(body) = stop.body {
                let _ = write!(page, " -H 'Content-Type: application/json' -d '{body}'");
            }
            let _ = writeln!(page, "\n");
        }
        let _ = writeln!(page, "# Every route, to read and to try (no key needed)\ncurl -s '{base}/docs'\n");
        let _ = writeln!(
            page,
            "The webhook endpoints are addresses of this machine, which the server only calls with\n\
             SUNLEDGER_WEBHOOK_ALLOW_PRIVATE=true. Nothing of the past is sent to them. To see a delivery:\n\n\
             python3 docs/receiver.py {secret} &\n\
             curl -s -X POST -H 'Authorization: Bearer {key}' '{base}/webhooks/{id}/test'",
            secret = endpoint.secret,
            id = endpoint.id,
        );
        page
    }

    fn stops(&self) -> Vec<Stop> {
        let Self { tenant, calendar, sights, .. } = self;
        let get = |what, path: String| Stop { what, path, body: None };
        let post = |what, path: &str, body: String| Stop { what, path: path.to_owned(), body: Some(body) };
        let (month, year) =
            (Competence::of(calendar.today).prev(), Competence::of(calendar.today).prev().year());
        let mm_yyyy = month.to_string().replace('/', "-");
        let known = day_of(month.prev().prev(), 15);
        let Sights { client, invoice, paystub } = sights;
        vec![
            get(
                "What came in and went out this year, and what is owed (back office)",
                format!("/api/v2/reports/financial?year={year}"),
            ),
            get(
                "The same, as it was known some months ago",
                format!("/api/v2/reports/financial?year={year}&as_of={known}"),
            ),
            get("A client's page of everything (CRM)", format!("/v1/clients/{client}/timeline?limit=10")),
            get(
                "What a client has paid, and what its roof produced",
                format!("/v1/reports/client-summary/{client}"),
            ),
            post(
                "What a system produced, by day and month",
                "/v1/reports/energy-production",
                format!(
                    r#"{{"installationId": "1", "startDate": "{}", "endDate": "{}", "format": "json"}}"#,
                    calendar.first_month.first_day(),
                    calendar.today
                ),
            ),
            get(
                "How each figure of an energy invoice came about",
                format!("/energy/invoices/{invoice}/explain"),
            ),
            post(
                "The billing report of a month",
                "/energy/reports/billing",
                format!(r#"{{"firstDate": "{mm_yyyy}", "secondDate": "{mm_yyyy}"}}"#),
            ),
            get("Who is late (invoicing)", "/api/v1/invoices?status=OVERDUE&limit=5".to_owned()),
            get(
                "What a team sold (commissions)",
                format!("/api/v1/tenants/{tenant}/projects?teamId=goias&limit=5"),
            ),
            get(
                "A paystub against what it pays for",
                format!("/api/v1/tenants/{tenant}/paystubs/{paystub}/reconciliation"),
            ),
            get("Who did what to that invoice, and when (audit)", format!("/audit/invoice/{invoice}")),
            get("The invoice as it was first issued", format!("/audit/invoice/{invoice}?version=1")),
            get("Everything that happened, from the beginning (feed)", "/feed?after=0&limit=10".to_owned()),
            get("The webhook endpoints", "/webhooks".to_owned()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sunledger_domain::value::CalendarDate;

    #[test]
    fn the_page_has_what_can_be_pasted() {
        let tour = Tour {
            key: "slk_KEY".to_owned(),
            tenant: "demo".to_owned(),
            email: "helena@soldocerrado.example",
            password: "PASSWORD".to_owned(),
            calendar: Calendar::ending(CalendarDate::parse("2026-11-22").unwrap()),
            endpoint: Endpoint {
                url: "http://127.0.0.1:9000/",
                id: "ENDPOINT".to_owned(),
                secret: "whsec_SECRET".to_owned(),
            },
            sights: Sights {
                client: "CLIENT".to_owned(),
                invoice: 900,
                paystub: "ps-2026-10-marina.prado".to_owned(),
            },
        };
        insta::assert_snapshot!(tour.page("http://127.0.0.1:8080"));
    }
}
