//! The events of commissions: paystubs, overrides, and the kinds of records. One of each kind has an id of its own, the
//! others the one that the log makes.

use super::{Samples, record};
use crate::overrides::{OVERRIDE, Override, OverrideCommand, OverrideFields, OverridePatch};
use crate::paystub::{PAYSTUB, Paystub, PaystubCommand, PaystubFields, PaystubPatch};
use crate::record::*;
use crate::testing::*;
use serde_json::{Value, json};

pub(super) fn all(samples: &mut Samples) {
    team(samples);
    paystub(samples);
    override_(samples);
    for (kind, whole, part) in records() {
        record(samples, kind, whole, part);
    }
}

fn checked(kind: &'static RecordKind, fields: Value, partial: bool) -> CheckedFields {
    kind.check(fields.as_object().cloned().unwrap(), partial, Unknown::Reject).unwrap()
}

/// Made under the id that its number gives it.
fn team(samples: &mut Samples) {
    let whole = json!({ "name": "Sales Team Alpha", "is_active": true, "team_type": "Office" });
    let fields = checked(&TEAM, whole, false).set("created_by", "s4qmQCYqXrVNsQUMgOvr7yuXkQq1");
    let part = json!({ "is_active": false, "parent_id": "000002" });
    let commands = vec![
        RecordCommand::Create { custom_id: None, fields, at: at(0) },
        RecordCommand::Update { fields: checked(&TEAM, part, true), at: at(1) },
        RecordCommand::Delete { kind: &TEAM, at: at(2) },
    ];
    samples.story(Record::decide, commands);
}

fn paystub(samples: &mut Samples) {
    let line = json!({ "customer_name": "Kenneth Bowman", "pay_type": "M2 & M3", "related_scpf_id": "77125",
        "sales_professional_id": "40", "total_this_period": 5127 });
    let whole = json!({ "pay_date": "2025-10-15", "sales_professional_id": "40", "total_this_period": 512_700,
        "scpfs": { "1": line }, "period_start_date": "2025-10-01", "period_end_date": "2025-10-15",
        "gross_pay": 5000, "net_pay": 4000, "deductions": 1000 });
    let part = json!({ "pay_date": "2025-10-20", "total_this_period": 6000, "net_pay": null });
    let fields = Box::new(PaystubFields::of(checked(&PAYSTUB, whole, false)).unwrap());
    let patch = Box::new(PaystubPatch::of(checked(&PAYSTUB, part, true)).unwrap());
    let commands = vec![
        PaystubCommand::Create { custom_id: None, fields, at: at(0) },
        PaystubCommand::Update { patch, at: at(1) },
        PaystubCommand::Delete { at: at(2) },
    ];
    samples.story(Paystub::decide, commands);
}

fn override_(samples: &mut Samples) {
    let manager_id = "manager-123".to_owned();
    let whole = json!({ "amount": 1500, "customer_name": "John Smith", "date_paid": "2025-01-15",
        "manager_id": manager_id, "rep_id": "rep-456", "rep_name": "Jane Doe" });
    let part = json!({ "amount": 1750, "customer_name": "Updated Customer Name" });
    let fields = Box::new(OverrideFields::of(checked(&OVERRIDE, whole, false)).unwrap());
    let patch = Box::new(OverridePatch::of(checked(&OVERRIDE, part, true)).unwrap());
    let commands = vec![
        OverrideCommand::Create {
            manager_id: manager_id.clone(),
            custom_id: some("override-id-123"),
            fields,
            at: at(0),
        },
        OverrideCommand::Update { manager_id: manager_id.clone(), patch, at: at(1) },
        OverrideCommand::Delete { manager_id, at: at(2) },
    ];
    samples.story(Override::decide, commands);
}

/// Kind, what is made, what changes.
fn records() -> Vec<(&'static RecordKind, Value, Value)> {
    vec![
        (
            &SALES_USER,
            json!({ "email": "newuser@example.com", "first_name": "Jane", "last_name": "Smith", "roles": ["user"] }),
            json!({ "roles": ["user", "admin"], "is_active": false }),
        ),
        (
            &SALES_PROJECT,
            json!({ "address": "123 Main St", "closed_date": "2025-07-07", "closer": "John Smith",
                "customer_name": "Martha Johnson", "email": "martha@example.com", "lead_token": "ABC123",
                "phone": "+12345678909", "project_status": "Sold", "project_type": "Solar Only", "self_gen": "No",
                "state": "CA", "rep_ids": ["40", "2494"], "installation_details": ["Detail 1"], "team_id": "000001" }),
            json!({ "project_status": "M3 Paid", "date_paid": "2025-10-01T15:30:00.25Z", "team_id": null }),
        ),
        (
            &PROJECT_OVERVIEW,
            json!({ "project_id": "project-id-123", "sales_professional_id": "user-id-123", "total_sales": 50000 }),
            json!({ "commission": 5000 }),
        ),
        (
            &PAYSTUB_OVERVIEW,
            json!({ "pay_date": "2025-01-15", "sales_professional_id": "user-id-123", "total_this_period": 1500,
                "customer_name": "John Smith", "manager_ids": ["manager1"] }),
            json!({ "pay_date": "2025-01-20", "total_this_period": 1750, "customer_name": null }),
        ),
        (
            &SCPF,
            json!({ "closed_date": "2025-01-15", "closer": "John Smith", "closer_id": "closer-123",
                "customer_name": "Jane Doe", "install": "2025-01-20", "lead_name": "Lead Source ABC",
                "lead_rep_id": "rep-456", "pay_type": "M2 & M3", "paystubId": "paystub-789",
                "sales_professional_id": "user-123", "scpf_id": "scpf-001", "total_this_period": 1500,
                "lead_pkw": 3.5, "system_size": 8.5 }),
            json!({ "total_this_period": -200, "notes": "Updated installation notes", "system_size": 9.2 }),
        ),
        (
            &OVERRIDE_DETAIL,
            json!({ "closed_date": "2025-01-15", "closer": "John Smith", "customer_name": "Jane Doe",
                "date_paid": "2025-01-20", "total_this_period": 2500 }),
            json!({ "total_this_period": 2750, "manager_override": 600 }),
        ),
    ]
}
