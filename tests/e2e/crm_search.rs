//! Searching clients, as people type.

use serde_json::json;
use sunledger_tests::books::shown;
use sunledger_tests::crm::{crm_client, wrong_fields};
use sunledger_tests::{Tenant, both_backends};

async fn make(t: &Tenant, name: &str, email: &str, phone: &str) {
    let mut body = crm_client(name);
    (body["email"], body["phone"], body["taxId"]) = (json!(email), json!(phone), json!(null));
    let _ = t.post("/v1/clients", body).await.expect(201);
}

/// Names found, newest first; `query` is as it stands in the address.
async fn found(t: &Tenant, query: &str) -> Vec<String> {
    let list = t.get(&format!("/v1/clients?search={query}")).await.json(200);
    let names: Vec<String> = list["data"].as_array().unwrap().iter().map(|one| shown(&one["name"])).collect();
    assert_eq!(list["meta"]["total"], names.len(), "{query}");
    names
}

async fn people(t: &Tenant) {
    make(t, "João Conceição", "joao@solar.example", "+55 (11) 98765-4321").await;
    make(t, "Ana Müller", "ana.muller@vento.example", "(21) 98765-0011").await;
    make(t, "Padaria Três Irmãos", "contato@padaria.example", "11 3333-4444").await;
}

both_backends! {
    async fn parts_of_words_without_accents_and_capitals(t: Tenant) {
        people(&t).await;
        for query in ["joao", "JO%C3%83O", "Conceicao", "ceic", "jo%20conc", "conc%20jo", "joao%40solar"] {
            assert_eq!(found(&t, query).await, ["João Conceição"], "{query}");
        }
        assert_eq!(found(&t, "muller").await, ["Ana Müller"]);
        assert_eq!(found(&t, "vento.ex").await, ["Ana Müller"]);
        assert_eq!(found(&t, "example").await.len(), 3);
        assert!(found(&t, "joao%20vento").await.is_empty(), "each word counts");
        assert!(found(&t, "zzz").await.is_empty());
    }

    async fn telephones_by_their_digits_however_they_are_typed(t: Tenant) {
        people(&t).await;
        for query in
            ["11%2098765", "(11)%2098765-4321", "11987654321", "%2B5511987654321", "9876-54321", "98765.4321", "1198765"]
        {
            assert_eq!(found(&t, query).await, ["João Conceição"], "{query}");
        }
        assert_eq!(found(&t, "21%2098765").await, ["Ana Müller"]);
        assert_eq!(found(&t, "98765").await, ["Ana Müller", "João Conceição"]);
        assert_eq!(found(&t, "3333-4444").await, ["Padaria Três Irmãos"]);
        assert_eq!(found(&t, "ana%2098765").await, ["Ana Müller"]);
    }

    async fn short_words_too(t: Tenant) {
        people(&t).await;
        make(&t, "東京 電力", "tokyo@example.jp", "+81 3 1234 5678").await;
        assert_eq!(found(&t, "jo").await, ["João Conceição"]);
        assert_eq!(found(&t, "m%C3%BC").await, ["Ana Müller"], "an accent more or less");
        assert_eq!(found(&t, "ul").await, ["Ana Müller"], "inside a word");
        assert_eq!(found(&t, "%E4%BA%AC").await, ["東京 電力"]);
        assert_eq!(found(&t, "jo%20co").await, ["João Conceição"]);
        assert_eq!(found(&t, "%40").await.len(), 4, "what no index has");
        assert!(found(&t, "qx").await.is_empty());
    }

    async fn a_search_goes_with_pages_and_status_and_follows_changes(t: Tenant) {
        people(&t).await;
        let page = t.get("/v1/clients?search=example&limit=2").await.expect(200);
        let body = page.value();
        assert_eq!(body["meta"], json!({"page": 1, "limit": 2, "total": 3, "totalPages": 2}));
        let next = t.get(&format!("/v1/clients?search=example&limit=2&cursor={}", page.header("x-next-cursor"))).await;
        assert_eq!(next.find("x-next-cursor"), None);
        assert_eq!(next.value()["data"][0]["name"], "João Conceição");
        let second = t.get("/v1/clients?search=example&limit=2&page=2").await.json(200);
        assert_eq!(second["data"], next.value()["data"]);
        let _ = t.put("/v1/clients/1", json!({"name": "Zeca", "email": "z@z.example", "status": "pending"})).await;
        assert!(found(&t, "jo").await.is_empty());
        assert_eq!(found(&t, "zec").await, ["Zeca"]);
        let pending = t.get("/v1/clients?search=example&status=pending").await.json(200);
        assert_eq!((&pending["meta"]["total"], &pending["data"][0]["name"]), (&json!(1), &json!("Zeca")));
    }

    async fn odd_searches_find_nothing_and_break_nothing(t: Tenant) {
        people(&t).await;
        for query in ["%25", "_", "%22", "'", "%5C", "*", "AND", "OR%20x", "(", "%22a", "NEAR(a", "a%20%22%20b", "---", "%EF%BF%BD"] {
            let list = t.get(&format!("/v1/clients?search={query}")).await.json(200);
            assert!(list["meta"]["total"].as_i64().unwrap() <= 3, "{query}");
        }
        assert!(found(&t, "%25").await.is_empty() && found(&t, "_o").await.is_empty(), "no wildcards");
        assert_eq!(found(&t, "%20%20").await.len(), 3, "nothing to look for is no search");
        assert_eq!(wrong_fields(t.get(&format!("/v1/clients?search={}", "x".repeat(256))).await), ["search"]);
    }
}
