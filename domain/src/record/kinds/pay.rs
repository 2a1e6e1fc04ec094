//! What salespeople are paid for. Source of the fields: the commissions document's request tables. Paystubs and overrides
//! themselves are aggregates of their own ([`crate::paystub`], [`crate::overrides`]).

use super::{BY_REP, IDS, LINE, MAYBE_ID, NAME, NOTES, PAY, SYSTEM_SIZE};
use crate::record::{Field, FieldType, Filter, Printed, RecordKind, Shown};

/// What a paystub pays for one project, as it was when it was paid.
pub static PAYSTUB_OVERVIEW: RecordKind = RecordKind {
    name: "paystub_overview",
    what: "paystub overview",
    shown: Shown::ById { tenant: true },
    fields: &[
        Field::required("pay_date", FieldType::Timestamp),
        Field::required("sales_professional_id", FieldType::Reference),
        Field::required("total_this_period", PAY),
        Field::optional("assist_pay_pay_date", FieldType::Timestamp),
        Field::optional("assist_pay_period_start_date", FieldType::Timestamp),
        Field::optional("date_paid", FieldType::Timestamp),
        Field::optional("install_date", FieldType::Timestamp),
        Field::optional("m2_date", FieldType::Timestamp),
        Field::optional("build_partner", LINE),
        Field::optional("customer_name", LINE),
        Field::optional("lead_token", LINE),
        Field::optional("project_status", LINE),
        Field::optional("project_type", LINE),
        Field::optional("self_gen", LINE),
        Field::optional("rep_ids", IDS),
        Field::optional("manager_ids", IDS),
    ],
    filters: &[BY_REP],
};

/// A sales commission prep file: what one person gets for one sale at one milestone, and what it was computed from. The
/// document filters by a `status` that it has no field for; here it can be given.
pub static SCPF: RecordKind = RecordKind {
    name: "scpf",
    what: "SCPF",
    shown: Shown::ById { tenant: true },
    fields: &[
        Field::required("closed_date", FieldType::Timestamp),
        Field::required("closer", NAME),
        Field::required("closer_id", FieldType::Reference),
        Field::required("customer_name", NAME),
        Field::required("install", FieldType::Timestamp),
        Field::required("lead_name", NAME),
        Field::required("lead_rep_id", FieldType::Reference),
        Field::required("pay_type", NAME),
        Field::required("paystubId", FieldType::Reference),
        Field::required("sales_professional_id", FieldType::Reference),
        Field::required("scpf_id", FieldType::Reference),
        Field::required("total_this_period", PAY),
        Field::optional("build_partner", LINE),
        Field::optional("customer_ppw", PAY),
        Field::optional("dealer_fee", PAY),
        Field::optional("lead_deduction", PAY),
        Field::optional("lead_pay", PAY),
        Field::optional("lead_pkw", PAY),
        Field::optional("manager_override", PAY),
        Field::optional("net_commission_ppw", PAY),
        Field::optional("notes", NOTES),
        Field::optional("opportunity_id", MAYBE_ID),
        Field::optional("redline", PAY),
        Field::optional("paystub_name_alpha", LINE),
        Field::optional("sentinel_fee", PAY),
        Field::optional("sow_adder", PAY),
        Field::optional("system_size", SYSTEM_SIZE),
        Field::optional("status", LINE),
    ],
    filters: &[
        BY_REP,
        Filter { parameter: Some("status"), field: "status" },
        // Those of one paystub, for its reconciliation.
        Filter { parameter: None, field: "paystubId" },
    ],
};

/// What an override was paid for: one sale of the rep.
pub static OVERRIDE_DETAIL: RecordKind = RecordKind {
    name: "override_detail",
    what: "override detail",
    shown: Shown::ById { tenant: false },
    fields: &[
        Field::required("closed_date", FieldType::Timestamp),
        Field::required("closer", NAME),
        Field::required("customer_name", NAME),
        Field::required("date_paid", FieldType::Timestamp),
        Field::required("total_this_period", PAY),
        Field::optional("build_partner", LINE),
        Field::optional("install_date", FieldType::Timestamp),
        Field::optional("lead_rep", LINE),
        Field::optional("manager_override", PAY),
        Field::optional("system_size", SYSTEM_SIZE),
        // The UUID of the override that it belongs to: one that is made later under the same id has other details.
        Field::by_program("override_id", FieldType::Reference).printed(Printed::Not),
    ],
    filters: &[Filter { parameter: None, field: "override_id" }],
};
