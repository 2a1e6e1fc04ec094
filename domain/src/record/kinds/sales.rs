//! Who sells, and what was sold. Source of the fields: the commissions document's request and response tables. What it
//! prints of a project but has no request field for (`description`, `team_id`) can be given too: without it, its filter
//! by team would find nothing.

use super::{BY_REP, IDS, LINE, MAYBE_ID, NAME, NOTES, PAY, SOME_IDS};
use crate::record::{Field, FieldType, Filter, Printed, RecordKind, Shown};

/// A team of salespeople: an office, a region of offices, a division of regions.
pub static TEAM: RecordKind = RecordKind {
    name: "team",
    what: "team",
    shown: Shown::ById { tenant: true },
    fields: &[
        Field::required("name", NAME),
        Field::required("is_active", FieldType::Bool),
        Field::required("team_type", FieldType::Enum(&["Office", "Region", "Division"])),
        Field::optional("parent_id", MAYBE_ID).printed(Printed::OrNull),
        Field::by_program("created_by", LINE).printed(Printed::OrNull),
    ],
    filters: &[Filter { parameter: Some("is_active"), field: "is_active" }],
};

/// A person of the sales organisation. Nobody logs in by it.
pub static SALES_USER: RecordKind = RecordKind {
    name: "sales_user",
    what: "user",
    shown: Shown::ById { tenant: false },
    fields: &[
        Field::required("email", FieldType::Email),
        Field::required("first_name", NAME),
        Field::required("last_name", NAME),
        Field::required("roles", SOME_IDS),
        Field::optional("is_active", FieldType::Bool).initially(true),
    ],
    filters: &[
        Filter { parameter: Some("role"), field: "roles" },
        Filter { parameter: Some("is_active"), field: "is_active" },
    ],
};

/// A sale: a customer's installation on its way to being paid.
pub static SALES_PROJECT: RecordKind = RecordKind {
    name: "sales_project",
    what: "project",
    shown: Shown::ById { tenant: true },
    fields: &[
        Field::required("address", FieldType::Text { max: 500, non_empty: true }),
        Field::required("closed_date", FieldType::Timestamp),
        Field::required("closer", NAME),
        Field::required("customer_name", NAME).printed(Printed::Also("name")),
        Field::required("email", FieldType::Email),
        Field::required("lead_token", NAME),
        Field::required("phone", NAME),
        Field::required("project_status", NAME).printed(Printed::Also("status")),
        Field::required("project_type", NAME),
        Field::required("self_gen", NAME),
        Field::required("state", FieldType::Exact { length: 2 }),
        Field::required("rep_ids", SOME_IDS),
        Field::optional("date_paid", FieldType::Timestamp),
        Field::optional("install_date", FieldType::Timestamp),
        Field::optional("m2_date", FieldType::Timestamp),
        Field::optional("installation_details", FieldType::List { of: &NOTES, min: 0, max: 1_000 }),
        Field::optional("manager_ids", IDS),
        Field::optional("description", NOTES).printed(Printed::OrNull),
        Field::optional("team_id", MAYBE_ID).printed(Printed::OrNull),
    ],
    filters: &[
        Filter { parameter: Some("status"), field: "project_status" },
        Filter { parameter: Some("teamId"), field: "team_id" },
    ],
};

/// What a project came to for one salesperson.
pub static PROJECT_OVERVIEW: RecordKind = RecordKind {
    name: "project_overview",
    what: "project overview",
    shown: Shown::ById { tenant: false },
    fields: &[
        Field::required("project_id", FieldType::Reference),
        Field::required("sales_professional_id", FieldType::Reference),
        Field::optional("total_sales", PAY),
        Field::optional("commission", PAY),
    ],
    filters: &[BY_REP],
};
