//! What commissions ask of the read models: public ids, filters, totals.

use crate::support::{Server, World, context, now};
use serde_json::{Map, Value, json};
use sunledger_commands::Outcome;
use sunledger_domain::overrides::{OVERRIDE, Override, OverrideCommand, OverrideFields};
use sunledger_domain::paystub::{PAYSTUB, Paystub, PaystubCommand, PaystubFields};
use sunledger_domain::record::{Record, RecordCommand, RecordKind, SALES_USER, SCPF, TEAM, Unknown};
use sunledger_projections::model::instant;
use sunledger_projections::models::records;
use sunledger_projections::{Filter, ListQuery, Paging};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

async fn make(
    server: &Server,
    kind: &'static RecordKind,
    id: Option<&str>,
    fields: Value,
) -> Outcome<Record> {
    let fields = kind.check(object(fields), false, Unknown::Reject).unwrap();
    let custom_id = id.map(str::to_owned);
    let command = RecordCommand::Create { custom_id, fields, at: now() };
    let (new, context) = (server.commands.new_id(), context());
    let done = server.commands.unit(&context, |unit| {
        let command = command.clone();
        Box::pin(async move { unit.handle_as::<Record>(kind.name, new, command).await })
    });
    done.await.unwrap().one::<Record>(kind.name).unwrap()
}

fn team(active: bool) -> Value {
    json!({ "name": "A", "is_active": active, "team_type": "Office" })
}

fn user(email: &str, roles: &[&str], active: bool) -> Value {
    json!({ "email": email, "first_name": "A", "last_name": "B", "roles": roles, "is_active": active })
}

fn scpf(rep: &str, status: Option<&str>) -> Value {
    json!({
        "closed_date": "2025-01-15", "closer": "C", "closer_id": "1", "customer_name": "J", "install": "2025-01-20",
        "lead_name": "L", "lead_rep_id": "2", "pay_type": "M1", "paystubId": "p-1", "sales_professional_id": rep,
        "scpf_id": "s", "total_this_period": 1, "status": status,
    })
}

async fn total(server: &Server, kind: &'static RecordKind, filters: &[(&str, &str)]) -> (i64, usize) {
    let mut all = vec![records::of_kind(kind)];
    all.extend(filters.iter().map(|(field, value)| records::with_field(kind, field, value)));
    let query = ListQuery { filters: all, search: None, paging: Paging::Offset(0), limit: 100 };
    let page = server.reads().list::<Record>(&context().tenant, &query).await.unwrap();
    (page.total, page.rows.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_given_and_ids_that_are_made_never_meet() {
    for world in World::all().await {
        let server = world.server().await;
        let ids = [None, Some("alpha"), Some("000004"), None, None];
        let mut shown = Vec::new();
        for id in ids {
            shown.push(make(&server, &TEAM, id, team(true)).await.state.public_id().unwrap());
        }
        // The second number is alpha's, the third that of 000004, whose own form number 4 would have had.
        assert_eq!(shown, ["000001", "alpha", "000004", "000005", "000006"]);
        make(&server, &SCPF, Some("alpha"), scpf("40", None)).await;
        let tenant = context().tenant;
        for id in &shown {
            let filters = vec![records::of_kind(&TEAM), records::with_public_ids(vec![id.clone()])];
            let found = server.reads().first::<Record>(&tenant, filters).await.unwrap().unwrap();
            assert_eq!((found.state.public_id().as_ref(), found.state.kind.as_str()), (Some(id), "team"));
        }
        let some = [records::of_kind(&TEAM), records::with_public_ids(shown)];
        assert_eq!(server.reads().every::<Record>(&tenant, &some).await.unwrap().len(), 5);
        let nobody = vec![records::of_kind(&TEAM), records::with_public_ids(vec!["1".into()])];
        assert!(server.reads().first::<Record>(&tenant, nobody).await.unwrap().is_none());
        server.projections.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_as_their_kind_says() {
    for world in World::all().await {
        let server = world.server().await;
        for active in [true, false, true] {
            make(&server, &TEAM, None, team(active)).await;
        }
        make(&server, &SALES_USER, None, user("a@b.co", &["admin", "closer"], true)).await;
        make(&server, &SALES_USER, None, user("b@b.co", &["close"], false)).await;
        for (rep, status) in [("40", Some("open")), ("40", Some("paid")), ("41", Some("open")), ("40", None)]
        {
            make(&server, &SCPF, None, scpf(rep, status)).await;
        }
        assert_eq!(total(&server, &TEAM, &[]).await, (3, 3));
        assert_eq!(total(&server, &TEAM, &[("is_active", "true")]).await, (2, 2));
        assert_eq!(total(&server, &TEAM, &[("name", "A")]).await, (0, 0), "a team is not filtered by it");
        assert_eq!(total(&server, &SALES_USER, &[("is_active", "true")]).await, (1, 1));
        assert_eq!(total(&server, &SALES_USER, &[("roles", "close")]).await, (1, 1));
        assert_eq!(total(&server, &SALES_USER, &[("roles", "closer"), ("is_active", "false")]).await, (0, 0));
        assert_eq!(
            total(&server, &SALES_USER, &[("roles", "Closer")]).await,
            (0, 0),
            "capital letters count"
        );
        assert_eq!(total(&server, &SCPF, &[("sales_professional_id", "40")]).await, (3, 3));
        assert_eq!(total(&server, &SCPF, &[("status", "open")]).await, (2, 2));
        let both = [("sales_professional_id", "40"), ("status", "open")];
        assert_eq!(total(&server, &SCPF, &both).await, (1, 1));
        assert_eq!(total(&server, &SCPF, &[("paystubId", "p-1")]).await, (4, 4));
        server.projections.shutdown().await;
    }
}

fn paystub(rep: &str, pay_date: &str) -> PaystubCommand {
    let line = json!({ "customer_name": "C", "pay_type": "M1", "related_scpf_id": "1", "sales_professional_id": rep,
        "total_this_period": 1 });
    let fields = json!({ "pay_date": pay_date, "sales_professional_id": rep, "total_this_period": 1,
        "scpfs": { "1": line } });
    let checked = PAYSTUB.check(object(fields), false, Unknown::Reject).unwrap();
    let fields = Box::new(PaystubFields::of(checked).unwrap());
    PaystubCommand::Create { custom_id: None, fields, at: now() }
}

fn over(manager: &str, rep: &str) -> OverrideCommand {
    let fields = json!({ "amount": 1, "customer_name": "C", "date_paid": "2025-01-15", "manager_id": manager,
        "rep_id": rep, "rep_name": "R" });
    let checked = OVERRIDE.check(object(fields), false, Unknown::Reject).unwrap();
    let fields = Box::new(OverrideFields::of(checked).unwrap());
    OverrideCommand::Create { manager_id: manager.to_owned(), custom_id: None, fields, at: now() }
}

#[tokio::test(flavor = "multi_thread")]
async fn paystubs_and_overrides_are_found_by_person_and_day() {
    for world in World::all().await {
        let server = world.server().await;
        let (commands, tenant) = (&server.commands, context().tenant);
        for (rep, day) in [("40", "2025-10-01"), ("40", "2025-10-15"), ("41", "2025-10-15T12:00:00Z")] {
            let new = commands.new_id();
            commands.execute::<Paystub>(&context(), new, paystub(rep, day)).await.unwrap();
        }
        for (manager, rep) in [("m-1", "40"), ("m-1", "41"), ("m-2", "40")] {
            let new = commands.new_id();
            commands.execute::<Override>(&context(), new, over(manager, rep)).await.unwrap();
        }
        let is = |column, value: &str| Filter::OneOf(column, vec![value.to_owned()]);
        let at = |text: &str| instant(text.parse().unwrap());
        let reads = server.reads();
        let of_rep = [is("sales_professional_id", "40")];
        assert_eq!(reads.count::<Paystub>(&tenant, &of_rep).await.unwrap(), 2);
        let from = [Filter::AtLeast("pay_date", at("2025-10-15T00:00:00Z"))];
        assert_eq!(reads.count::<Paystub>(&tenant, &from).await.unwrap(), 2);
        let until = [Filter::AtMost("pay_date", at("2025-10-15T00:00:00Z"))];
        assert_eq!(reads.count::<Paystub>(&tenant, &until).await.unwrap(), 2);
        let of_manager = [is("manager_id", "m-1")];
        assert_eq!(reads.count::<Override>(&tenant, &of_manager).await.unwrap(), 2);
        let both = [is("manager_id", "m-1"), is("rep_id", "40")];
        assert_eq!(reads.count::<Override>(&tenant, &both).await.unwrap(), 1);
        let foreign = vec![is("manager_id", "m-1"), is("public_id", "000003")];
        assert!(reads.first::<Override>(&tenant, foreign).await.unwrap().is_none());
        server.projections.shutdown().await;
    }
}
