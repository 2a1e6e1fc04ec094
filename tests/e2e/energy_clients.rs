//! `/energy/clients`.

use serde_json::{Value, json};
use sunledger_tests::books::shown;
use sunledger_tests::energy::{refusal, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

const CLIENTS: &str = "/energy/clients";

/// The document's own body, with a CNPJ whose digits are right.
fn sample() -> Value {
    json!({
        "address": {"street": "Rua Exemplo", "number": "123", "city": "São Paulo", "state": "SP", "zip": "01234-567"},
        "corporateName": "EMPRESA EXEMPLO LTDA",
        "cpfCnpj": "11.222.333/0001-81",
        "email": "cliente@exemplo.com.br",
        "name": "João da Silva",
    })
}

fn names(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|client| shown(&client["name"])).collect()
}

both_backends! {
    async fn a_client_reads_back_as_it_was_made(t: Tenant) {
        let made = t.post(CLIENTS, sample()).await.expect(200);
        assert_eq!(made.header("etag"), "\"1\"");
        let body = made.value();
        for (field, value) in sample().as_object().unwrap() {
            assert_eq!(&body[field], value, "{field}");
        }
        // A time without a zone is the tenant's; the other is UTC: three hours apart in São Paulo.
        let local: jiff::civil::DateTime = shown(&body["inclusionDate"]).parse().unwrap();
        let modified = shown(&body["modifyDate"]);
        assert!(modified.ends_with("+00:00") && modified.len() == 29, "{modified}");
        let utc: jiff::Timestamp = modified.parse().unwrap();
        let there = utc.to_zoned(jiff::tz::TimeZone::get("America/Sao_Paulo").unwrap()).datetime();
        assert!(there.duration_since(local) < jiff::SignedDuration::from_secs(2), "{local} and {modified}");
        let code = shown(&body["code"]);
        let read = t.get(&format!("{CLIENTS}/{code}")).await.expect(200);
        assert_eq!((read.value(), read.header("etag")), (body, "\"1\"".to_owned()));
        assert_eq!(t.get(&format!("{CLIENTS}/1")).await.json(200)["code"], code, "by its number");
    }

    async fn an_update_changes_what_it_names(t: Tenant) {
        let code = shown(&t.post(CLIENTS, sample()).await.json(200)["code"]);
        let path = format!("{CLIENTS}/{code}");
        let changed = t.put(&path, json!({"name": "Maria da Silva"})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        assert_eq!((&changed.value()["name"], &changed.value()["email"]), (&json!("Maria da Silva"), &sample()["email"]));
        let cleared = t.patch(&path, json!({"email": null, "address": null})).await.json(200);
        assert_eq!((&cleared["email"], &cleared["address"]), (&json!(null), &json!({})));
        assert_eq!(t.get(&path).await.json(200), cleared);
        let stale = t.call("PUT", &path).header("if-match", "\"1\"").json(&json!({"name": "X"})).send().await;
        let _ = refusal(stale, 412);
    }

    async fn every_wrong_field_is_named(t: Tenant) {
        let body = json!({"corporateName": 7, "cpfCnpj": "11.222.333/0001-82", "email": "nobody", "address": 1});
        let named = wrong_fields(t.post(CLIENTS, body.clone()).await);
        assert_eq!(named, ["address", "corporateName", "cpfCnpj", "email", "name"]);
        let code = shown(&t.post(CLIENTS, sample()).await.json(200)["code"]);
        let named = wrong_fields(t.patch(&format!("{CLIENTS}/{code}"), body).await);
        assert_eq!(named, ["address", "corporateName", "cpfCnpj", "email"]);
        let named = wrong_fields(t.get(&format!("{CLIENTS}?limit=x&page=0&cpfCnpj=17")).await);
        assert_eq!(named, ["cpfCnpj", "limit", "page"]);
        let _ = t.put("/tenant", json!({"checkTaxIds": false})).await.expect(200);
        let placeholder = json!({"name": "Placeholder", "cpfCnpj": "00.000.000/0001-00"});
        assert_eq!(t.post(CLIENTS, placeholder).await.json(200)["cpfCnpj"], "00.000.000/0001-00");
    }

    async fn lists_page_and_filter_by_name_and_tax_id(t: Tenant) {
        for (name, tax_id) in [("José Conceição", "529.982.247-25"), ("Sunne 100%", "11222333000181"), ("Ana", "")] {
            let body = json!({"name": name, "cpfCnpj": tax_id, "email": "sunne@exemplo.com.br"});
            let _ = t.post(CLIENTS, body).await.expect(200);
        }
        let list = async |query: &str| t.get(&format!("{CLIENTS}?{query}")).await.json(200);
        let all = list("").await;
        assert_eq!(names(&all), ["Ana", "Sunne 100%", "José Conceição"]);
        assert_eq!((&all["limit"], &all["page"], &all["total"]), (&json!(20), &json!(1), &json!(3)));
        let second = t.get(&format!("{CLIENTS}?limit=2&page=2")).await.json(200);
        assert_eq!((names(&second), &second["total"]), (vec!["José Conceição".to_owned()], &json!(3)));
        let first = t.get(&format!("{CLIENTS}?limit=2")).await.expect(200);
        let next = list(&format!("limit=2&cursor={}", first.header("x-next-cursor"))).await;
        assert_eq!(names(&next), ["José Conceição"]);
        // The mail address of all three has the word, the name of one.
        let found = list("name=SUNNE").await;
        assert_eq!((names(&found), &found["total"]), (vec!["Sunne 100%".to_owned()], &json!(1)));
        assert_eq!(names(&list("name=conceicao").await), ["José Conceição"]);
        assert_eq!(names(&list("name=e%20c").await), ["José Conceição"], "as it stands, spaces and all");
        assert_eq!(names(&list("name=100%25").await), ["Sunne 100%"]);
        assert!(names(&list("name=_").await).is_empty(), "no wildcards");
        for text in ["52998224725", "529.982.247-25"] {
            let found = list(&format!("cpfCnpj={text}")).await;
            assert_eq!((names(&found), &found["total"]), (vec!["José Conceição".to_owned()], &json!(1)));
        }
        assert!(names(&list("cpfCnpj=529.982.247-25&name=Ana").await).is_empty());
        assert!(names(&list("cpfCnpj=000.000.000-00").await).is_empty());
    }

    async fn it_is_the_same_client_on_every_surface(t: Tenant) {
        let elsewhere = t.client("Acme Corp").await;
        let path = format!("{CLIENTS}/{elsewhere}");
        assert_eq!(t.get(&path).await.json(200)["name"], "Acme Corp");
        let _ = t.put(&path, json!({"corporateName": "ACME LTDA", "name": "Acme"})).await.expect(200);
        assert_eq!(t.get(&format!("/api/v1/clients/{elsewhere}")).await.data(200)["name"], "Acme");
        let _ = t.delete(&format!("/api/v1/clients/{elsewhere}")).await.expect(204);
        let _ = refusal(t.get(&path).await, 404);
        let _ = refusal(t.put(&path, json!({"name": "Acme again"})).await, 404);
        assert_eq!(t.get(CLIENTS).await.json(200)["total"], 0);
    }

    async fn a_key_of_another_surface_opens_nothing(t: Tenant) {
        let _ = refusal(t.with_key(None).get(CLIENTS).await, 401);
        let _ = refusal(t.with_scopes(&["invoicing:read", "invoicing:write"]).get(CLIENTS).await, 403);
        let reader = t.with_scopes(&["energy:read"]);
        let _ = reader.get(CLIENTS).await.expect(200);
        let _ = refusal(reader.post(CLIENTS, sample()).await, 403);
        let apikey = t.with_key(None).call("GET", CLIENTS).header("apikey", t.key().unwrap()).send().await;
        let _ = apikey.expect(200);
    }

    async fn the_same_request_makes_one_client(t: Tenant) {
        let post = || t.call("POST", CLIENTS).header("idempotency-key", "k-1").json(&sample()).send();
        let (first, again) = (post().await.expect(200), post().await.expect(200));
        assert_eq!((first.value(), again.header("idempotent-replayed").as_str()), (again.value(), "true"));
        assert_eq!(t.get(CLIENTS).await.json(200)["total"], 1);
    }
}
