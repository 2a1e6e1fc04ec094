//! `GET /energy/consumer-units/recent` and `GET /energy/invoices/recent`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::energy::wrong_fields;
use sunledger_tests::{Api, Tenant, both_backends};

const INVOICES: &str = "/energy/invoices/recent";
const UNITS: &str = "/energy/consumer-units/recent";

fn codes(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|thing| shown(&thing["code"])).collect()
}

async fn recent(t: &Api, path: &str) -> Vec<String> {
    codes(&t.get(path).await.json(200))
}

/// When a thing last changed, as a query takes it.
fn changed(thing: &Value) -> String {
    shown(&thing["modifyDate"]).replace("+00:00", "Z")
}

/// Follows the cursors from a path on, and returns the codes of each page.
async fn paged(t: &Api, first: &str) -> Vec<Vec<String>> {
    let (mut pages, mut path) = (Vec::new(), first.to_owned());
    while pages.len() < 50 {
        let reply = t.get(&path).await.expect(200);
        pages.push(codes(&reply.value()));
        let Some(cursor) = reply.find("x-next-cursor") else { return pages };
        path = format!("{first}&cursor={cursor}");
    }
    panic!("no end: {pages:?}")
}

both_backends! {
    async fn each_invoice_comes_once_as_it_is_in_the_order_of_the_last_changes(t: Tenant) {
        let client = t.client("Acme").await;
        let (a, b, c) = (t.sent(&client, "100").await, t.draft(&client, "200").await, t.sent(&client, "300").await);
        assert_eq!(recent(&t, INVOICES).await, [a.clone(), b.clone(), c.clone()]);
        // Changes of other surfaces are changes.
        let _ = t.pay(&a, "100").await;
        let _ = t.patch(&format!("/api/v1/invoices/{b}"), json!({"notes": "x"})).await.expect(200);
        let list = t.get(INVOICES).await.json(200);
        assert_eq!(codes(&list), [c.clone(), a.clone(), b.clone()]);
        let statuses: Vec<String> = list["data"].as_array().unwrap().iter().map(|row| shown(&row["status"])).collect();
        assert_eq!(statuses, ["pending", "paid", "draft"]);
        assert_eq!(list.as_object().unwrap().len(), 1, "nothing but data: {list}");
        // What is gone is gone.
        let _ = t.delete(&format!("/api/v1/invoices/{b}")).await.expect(204);
        assert_eq!(recent(&t, INVOICES).await, [c, a]);
        assert!(recent(&Tenant::on(t.server()), INVOICES).await.is_empty());
    }

    async fn only_what_changed_at_or_after_the_date_comes(t: Tenant) {
        let client = t.client("Acme").await;
        let first = t.sent(&client, "100").await;
        // Times are printed in milliseconds: these two must not share one.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let second = t.sent(&client, "200").await;
        let of = |code: &str| {
            let (t, path) = (t.clone(), format!("/energy/invoices/{code}"));
            async move { changed(&t.get(&path).await.json(200)) }
        };
        let (since_first, since_second) = (of(&first).await, of(&second).await);
        for name in ["startDate", "date"] {
            assert_eq!(recent(&t, &format!("{INVOICES}?{name}={since_first}")).await, [first.clone(), second.clone()]);
            assert_eq!(recent(&t, &format!("{INVOICES}?{name}={since_second}")).await, std::slice::from_ref(&second));
            assert!(recent(&t, &format!("{INVOICES}?{name}=2199-01-01")).await.is_empty());
            assert_eq!(recent(&t, &format!("{INVOICES}?{name}=2023-12-20")).await.len(), 2);
        }
        let both = format!("{INVOICES}?date=2023-12-20&startDate={since_second}");
        assert_eq!(recent(&t, &both).await, std::slice::from_ref(&second), "startDate counts");
        let wrong = wrong_fields(t.get(&format!("{INVOICES}?startDate=soon&date=x&limit=0&cursor=x")).await);
        assert_eq!(wrong, ["cursor", "date", "limit", "startDate"]);
    }

    async fn times_without_a_zone_are_the_tenants(t: Tenant) {
        let _ = t.put("/tenant", json!({"timeZone": "UTC"})).await.expect(200);
        let client = t.client("Acme").await;
        let invoice = t.sent(&client, "100").await;
        let local = shown(&t.get(&format!("/energy/invoices/{invoice}")).await.json(200)["inclusionDate"]);
        let path = format!("{INVOICES}?startDate={local}");
        assert_eq!(recent(&t, &path).await, [invoice]);
        // The same hour on a wall further west is yet to come.
        let _ = t.put("/tenant", json!({"timeZone": "America/Anchorage"})).await.expect(200);
        assert!(recent(&t, &path).await.is_empty());
    }

    async fn pages_miss_nothing_and_repeat_nothing_that_did_not_change(t: Tenant) {
        let client = t.client("Acme").await;
        let mut expected = Vec::new();
        for _ in 0..7 {
            expected.push(t.sent(&client, "100").await);
        }
        let (mut found, mut path) = (Vec::new(), format!("{INVOICES}?limit=2"));
        for page in 0.. {
            assert!(page < 20, "no end");
            let reply = t.get(&path).await.expect(200);
            let rows = codes(&reply.value());
            assert!(rows.len() <= 2);
            found.extend(rows);
            if page == 1 {
                // The first one, which was told, and the last one, which was not, change meanwhile.
                let _ = t.pay(&expected[6], "1").await;
                let _ = t.pay(&expected[0], "1").await;
            }
            match reply.find("x-next-cursor") {
                Some(cursor) => path = format!("{INVOICES}?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        expected.push(expected[0].clone());
        assert_eq!(found, expected);
        assert_eq!(recent(&t, INVOICES).await.len(), 7);
    }

    async fn a_change_counts_to_the_microsecond_on_every_page(t: Tenant) {
        let client = t.client("Acme").await;
        let first = t.sent(&client, "100").await;
        let millisecond = changed(&t.get(&format!("/energy/invoices/{first}")).await.json(200));
        let millisecond = millisecond.trim_end_matches('Z');
        let since = |micros: u32| format!("{INVOICES}?startDate={millisecond}{micros:03}Z");
        // The last microsecond of it at which the invoice is still told.
        let (mut at, mut past) = (0_u32, 1_000_u32);
        while past - at > 1 {
            let middle = at.midpoint(past);
            let told = !recent(&t, &since(middle)).await.is_empty();
            (at, past) = if told { (middle, past) } else { (at, middle) };
        }
        assert_eq!(recent(&t, &since(at)).await, std::slice::from_ref(&first));
        if past == 1_000 {
            // The next microsecond is the next millisecond's.
            return;
        }
        let second = t.sent(&client, "100").await;
        let both = vec![vec![first.clone()], vec![second.clone()]];
        assert_eq!(paged(&t, &format!("{}&limit=1", since(at))).await, both);
        assert_eq!(paged(&t, &format!("{}&limit=1", since(past))).await, both[1..]);
        // A payment on another surface is a change, which comes behind.
        let _ = t.pay(&first, "1").await;
        assert_eq!(recent(&t, &since(past)).await, [second, first]);
    }

    async fn pages_end_with_the_last_thing(t: Tenant) {
        let client = t.client("Acme").await;
        let mut expected = Vec::new();
        for account in ["a", "b", "c", "d"] {
            expected.push(t.unit(account, &client).await);
        }
        // What else happens is no change of a unit.
        let gone = t.draft(&client, "1").await;
        let chunks = |size: usize| expected.chunks(size).map(<[String]>::to_vec).collect::<Vec<_>>();
        for size in [1, 2, 3, 4, 100] {
            assert_eq!(paged(&t, &format!("{UNITS}?limit={size}")).await, chunks(size), "{size} a page");
        }
        for (page, told) in [(1, &expected[..3]), (2, &expected[3..]), (3, &expected[4..]), (1_000_000, &expected[4..])] {
            assert_eq!(recent(&t, &format!("{UNITS}?limit=3&page={page}")).await, told, "page {page}");
        }
        assert_eq!(recent(&t, &format!("{UNITS}?page=1")).await, expected);
        assert!(recent(&t, &format!("{UNITS}?page=2")).await.is_empty());
        assert_eq!(wrong_fields(t.get(&format!("{UNITS}?page=0&limit=x")).await), ["limit", "page"]);
        // What was deleted takes no place on a page.
        let kept = [t.draft(&client, "1").await, t.draft(&client, "1").await];
        let _ = t.delete(&format!("/api/v1/invoices/{gone}")).await.expect(204);
        let _ = t.patch(&format!("/api/v1/invoices/{}", kept[0]), json!({"notes": "x"})).await.expect(200);
        assert_eq!(recent(&t, &format!("{INVOICES}?limit=1&page=2")).await, [kept[0].clone()]);
        assert_eq!(paged(&t, &format!("{INVOICES}?limit=1")).await.concat(), [kept[1].clone(), kept[0].clone()]);
    }

    async fn units_come_when_they_were_registered_or_changed(t: Tenant) {
        let client = t.client("Acme").await;
        let (a, b) = (t.unit("1", &client).await, t.unit("2", &client).await);
        assert_eq!(recent(&t, UNITS).await, [a.clone(), b.clone()]);
        let _ = t.put(&format!("/energy/consumer-units/{a}"), json!({"name": "New"})).await.expect(200);
        let list = t.get(UNITS).await.json(200);
        assert_eq!(codes(&list), [b.clone(), a.clone()]);
        assert_eq!(list["data"][1], t.get(&format!("/energy/consumer-units/{a}")).await.json(200));
        // What happens to a unit is a change too, and its date moves.
        let discount = json!({"consumerUnitId": 2, "value": 100, "description": "Visita", "competence": "03/2099"});
        let _ = t.post("/energy/discounts", discount).await.expect(200);
        let list = t.get(UNITS).await.json(200);
        assert_eq!(codes(&list), [a.clone(), b.clone()]);
        assert!(changed(&list["data"][0]) <= changed(&list["data"][1]));
        assert_eq!(recent(&t, &format!("{UNITS}?startDate={}", changed(&list["data"][1]))).await.last(), Some(&b));
        assert!(recent(&t, &format!("{UNITS}?startDate=2199-01-01T00:00:00")).await.is_empty());
        assert_eq!(wrong_fields(t.get(&format!("{UNITS}?startDate=never")).await), ["startDate"]);
    }

    async fn many_changes_come_at_once(t: Tenant) {
        let client = t.client("Acme").await;
        let mut expected = Vec::new();
        for _ in 0..120 {
            expected.push(t.draft(&client, "1").await);
        }
        assert_eq!(recent(&t, INVOICES).await, expected, "more than a page of the log's reading");
    }
}
