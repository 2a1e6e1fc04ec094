//! The resources of the commissions surface, with the bodies that its document posts.

use crate::books::{document, shown};
use crate::client::Reply;
use crate::people::timeless;
use crate::tenant::Tenant;
use serde_json::{Map, Value, json};

/// A manager whose overrides the tests make.
pub const MANAGER: &str = "manager-123";

/// A resource: where it is under the tenant, and how the document speaks of it.
#[derive(Debug, Clone)]
pub struct Resource {
    /// `teams`
    pub path: String,
    /// `Team`
    pub one: &'static str,
    /// `Teams`
    pub many: &'static str,
    /// Its kind in the audit.
    pub kind: &'static str,
    /// What the document posts.
    pub sample: Value,
    /// Fields that a POST must have.
    pub required: &'static [&'static str],
    /// What the document changes, or something like it.
    pub change: Value,
}

impl Tenant {
    /// A path of this tenant.
    #[must_use]
    pub fn at(&self, rest: &str) -> String {
        format!("/api/v1/tenants/{}/{rest}", self.name)
    }

    /// Makes one of a resource and returns its id.
    pub async fn make(&self, path: &str, body: Value) -> String {
        shown(&self.post(&self.at(path), body).await.data(201)["id"])
    }

    /// Reads one of a resource.
    pub async fn read(&self, path: &str) -> Value {
        self.get(&self.at(path)).await.data(200)
    }

    /// Every resource, with the document's samples. An override is made, for its details.
    pub async fn resources(&self) -> Vec<Resource> {
        let of_override = self.make(&overrides(), override_body()).await;
        let tenant = json!(self.name);
        let with_tenant = |mut body: Value| {
            body["tenant_id"] = tenant.clone();
            body
        };
        vec![
            Resource {
                path: "teams".into(),
                one: "Team",
                many: "Teams",
                kind: "team",
                sample: with_tenant(team_body()),
                required: &["name", "is_active", "team_type", "tenant_id"],
                change: json!({"name": "Updated Team Name", "is_active": false, "team_type": "Region"}),
            },
            Resource {
                path: "users".into(),
                one: "User",
                many: "Users",
                kind: "sales_user",
                sample: json!({"email": "newuser@example.com", "first_name": "Jane", "last_name": "Smith",
                    "roles": ["user"], "is_active": true}),
                required: &["email", "first_name", "last_name", "roles"],
                change: json!({"roles": ["user", "admin"]}),
            },
            Resource {
                path: "projects".into(),
                one: "Project",
                many: "Projects",
                kind: "sales_project",
                sample: with_tenant(project_body()),
                required: &[
                    "tenant_id",
                    "address",
                    "closed_date",
                    "closer",
                    "customer_name",
                    "email",
                    "lead_token",
                    "phone",
                    "project_status",
                    "project_type",
                    "self_gen",
                    "state",
                    "rep_ids",
                ],
                change: json!({"project_status": "Cancelled"}),
            },
            Resource {
                path: "project-overviews".into(),
                one: "Project overview",
                many: "Project overviews",
                kind: "project_overview",
                sample: json!({"project_id": "project-id-123", "sales_professional_id": "user-id-123",
                    "total_sales": document("50000.00"), "commission": document("5000.00")}),
                required: &["project_id", "sales_professional_id"],
                change: json!({"commission": document("5500.50")}),
            },
            Resource {
                path: "paystubs".into(),
                one: "Paystub",
                many: "Paystubs",
                kind: "paystub",
                sample: with_tenant(paystub_body()),
                required: &["tenant_id", "pay_date", "sales_professional_id", "total_this_period", "scpfs"],
                change: json!({"pay_date": "2025-10-20", "net_pay": document("3500.00")}),
            },
            Resource {
                path: "paystub-overview".into(),
                one: "Paystub overview",
                many: "Paystub overviews",
                kind: "paystub_overview",
                sample: with_tenant(paystub_overview_body()),
                required: &["tenant_id", "pay_date", "sales_professional_id", "total_this_period"],
                change: json!({"pay_date": "2025-01-20", "total_this_period": document("1750.00"),
                    "project_status": "M4 Paid", "customer_name": "Jane Doe"}),
            },
            Resource {
                path: "scpfs".into(),
                one: "SCPF",
                many: "SCPFs",
                kind: "scpf",
                sample: with_tenant(scpf_body()),
                required: &[
                    "tenant_id",
                    "closed_date",
                    "closer",
                    "closer_id",
                    "customer_name",
                    "install",
                    "lead_name",
                    "lead_rep_id",
                    "pay_type",
                    "paystubId",
                    "sales_professional_id",
                    "scpf_id",
                    "total_this_period",
                ],
                change: json!({"customer_name": "Updated Customer Name", "total_this_period": document("1750.00"),
                    "notes": "Updated installation notes", "system_size": document("9.2")}),
            },
            Resource {
                path: overrides(),
                one: "Override",
                many: "Overrides",
                kind: "override",
                sample: override_body(),
                required: &["amount", "customer_name", "date_paid", "manager_id", "rep_id", "rep_name"],
                change: json!({"amount": document("1750.00"), "customer_name": "Updated Customer Name"}),
            },
            Resource {
                path: format!("{}/{of_override}/details", overrides()),
                one: "Override detail",
                many: "Override details",
                kind: "override_detail",
                sample: detail_body(),
                required: &["closed_date", "closer", "customer_name", "date_paid", "total_this_period"],
                change: json!({"total_this_period": document("2750.00"), "manager_override": document("600.00")}),
            },
        ]
    }
}

/// The overrides of [`MANAGER`].
#[must_use]
pub fn overrides() -> String {
    format!("users/{MANAGER}/overrides")
}

/// The document's team.
#[must_use]
pub fn team_body() -> Value {
    json!({"name": "Sales Team Alpha", "is_active": true, "team_type": "Office", "parent_id": "parent-team-id"})
}

/// The document's project.
#[must_use]
pub fn project_body() -> Value {
    json!({"address": "123 Main St, Anytown, ST 12345", "closed_date": "2025-07-07", "closer": "John Smith",
        "customer_name": "Martha Johnson", "email": "martha@example.com", "lead_token": "ABC123",
        "phone": "+12345678909", "project_status": "M3 Paid", "project_type": "Solar Only", "self_gen": "No",
        "state": "CA", "rep_ids": ["40", "2494"], "date_paid": "2025-10-01", "install_date": "2025-09-15",
        "m2_date": "2025-10-01", "installation_details": ["Detail 1", "Detail 2"],
        "manager_ids": ["manager1", "manager2"]})
}

/// A line of the document's paystub.
#[must_use]
pub fn line(customer: &str, pay_type: &str, related: &str, total: &str) -> Value {
    json!({"customer_name": customer, "pay_type": pay_type, "related_scpf_id": related,
        "sales_professional_id": "40", "total_this_period": document(total)})
}

/// The document's paystub.
#[must_use]
pub fn paystub_body() -> Value {
    json!({
        "pay_date": "2025-10-15", "sales_professional_id": "40", "total_this_period": document("6777.00"),
        "scpfs": {
            "1": line("George Harper", "Closer Override", "77133", "830.00"),
            "2": line("Kenneth Bowman", "Closer Override", "77132", "820.00"),
            "3": line("Kenneth Bowman", "M2 & M3", "77125", "5127.00"),
        },
        "period_start_date": "2025-10-01", "period_end_date": "2025-10-15",
        "gross_pay": document("5000.00"), "net_pay": document("4000.00"), "deductions": 100_000,
    })
}

/// The document's paystub overview.
#[must_use]
pub fn paystub_overview_body() -> Value {
    json!({"pay_date": "2025-01-15", "sales_professional_id": "user-id-123", "total_this_period": document("1500.00"),
        "assist_pay_pay_date": "2025-01-10", "assist_pay_period_start_date": "2025-01-01",
        "date_paid": "2025-01-15", "install_date": "2025-01-05", "m2_date": "2025-01-20",
        "build_partner": "SolarCorp", "customer_name": "John Smith", "lead_token": "ABC123",
        "project_status": "M3 Paid", "project_type": "Solar Only", "self_gen": "No",
        "rep_ids": ["40", "2494"], "manager_ids": ["manager1", "manager2"]})
}

/// The document's SCPF.
#[must_use]
pub fn scpf_body() -> Value {
    json!({"closed_date": "2025-01-15", "closer": "John Smith", "closer_id": "closer-123",
        "customer_name": "Jane Doe", "install": "2025-01-20", "lead_name": "Lead Source ABC",
        "lead_rep_id": "rep-456", "pay_type": "M2 & M3", "paystubId": "paystub-789",
        "sales_professional_id": "user-123", "scpf_id": "scpf-001", "total_this_period": document("1500.00"),
        "build_partner": "SolarCorp", "customer_ppw": document("3.25"), "dealer_fee": document("50.00"),
        "lead_deduction": document("20.00"), "lead_pay": document("80.00"), "lead_pkw": document("3.50"),
        "manager_override": document("10.00"), "net_commission_ppw": document("2.75"),
        "notes": "Special installation requirements", "opportunity_id": "opp-12345",
        "redline": document("15.00"), "paystub_name_alpha": "Doe_Jane", "sentinel_fee": document("3.00"),
        "sow_adder": document("5.00"), "system_size": document("8.5")})
}

/// The document's override.
#[must_use]
pub fn override_body() -> Value {
    json!({"amount": document("1500.00"), "customer_name": "John Smith", "date_paid": "2025-01-15",
        "manager_id": MANAGER, "rep_id": "rep-456", "rep_name": "Jane Doe"})
}

/// The document's override detail.
#[must_use]
pub fn detail_body() -> Value {
    json!({"closed_date": "2025-01-15", "closer": "John Smith", "customer_name": "Jane Doe",
        "date_paid": "2025-01-20", "total_this_period": document("2500.00"), "build_partner": "SolarCorp",
        "install_date": "2025-01-18", "lead_rep": "Lead Rep Name", "manager_override": document("500.00"),
        "system_size": document("8.5")})
}

/// A body with some fields of its own; `null` takes one out.
///
/// # Panics
/// When one of them is no object.
#[must_use]
pub fn with(mut body: Value, more: Value) -> Value {
    let fields = body.as_object_mut().expect("an object");
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }
    body
}

/// An instant as Firestore has it.
#[must_use]
pub fn firestore(seconds: i64) -> Value {
    json!({"_seconds": seconds, "_nanoseconds": 0})
}

/// The `error` of a refusal in this surface's form.
///
/// # Panics
/// When it has another status or form.
#[must_use]
#[track_caller]
pub fn refusal(reply: Reply, status: u16) -> String {
    let body = timeless(reply.json(status));
    let fields: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
    assert_eq!(
        (fields.len(), &body["success"], &body["statusCode"]),
        (3, &json!(false), &json!(status)),
        "{body}"
    );
    shown(&body["error"])
}
