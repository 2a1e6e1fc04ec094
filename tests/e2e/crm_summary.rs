//! `/v1/reports/client-summary/{clientId}`.

use serde_json::{Value, json};
use sunledger_tests::books::{document, shown};
use sunledger_tests::crm::refusal;
use sunledger_tests::{Tenant, both_backends};

async fn summary(t: &Tenant, client: &str) -> Value {
    t.get(&format!("/v1/reports/client-summary/{client}")).await.data(200)
}

both_backends! {
    async fn a_new_client_comes_to_nothing(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let figures = summary(&t, &client).await;
        assert_eq!((&figures["totalProjects"], &figures["activeInstallations"]), (&json!(0), &json!(0)));
        assert_eq!((shown(&figures["totalRevenue"]), shown(&figures["totalEnergyProduced"])), ("0.00".into(), "0".into()));
        assert_eq!(figures["currency"], "BRL");
        assert_eq!(refusal(t.get("/v1/reports/client-summary/99").await, 404), "Client not found");
        let _ = refusal(t.with_scopes(&["energy:read"]).get("/v1/reports/client-summary/1").await, 403);
    }

    async fn revenue_is_what_was_paid_through_any_surface_less_what_was_reversed(t: Tenant) {
        let (client, other) = (t.crm_client("Maria").await, t.crm_client("Ana").await);
        let invoice = t.crm_invoice(&client, "1000").await;
        let pay = async |path: &str, amount: &str| {
            t.post(path, json!({"amount": document(amount)})).await.expect(201).value()
        };
        let here = pay(&format!("/v1/invoices/{invoice}/payments"), "0.10").await;
        let _ = pay(&format!("/api/v1/invoices/{invoice}/payments"), "0.20").await;
        let _ = pay(&format!("/energy/invoices/{invoice}/payments"), "200.05").await;
        let another = t.crm_invoice(&other, "70").await;
        let _ = t.pay(&another, "70").await;
        assert_eq!(shown(&summary(&t, &client).await["totalRevenue"]), "200.35");
        let reversed = format!("/v1/invoices/{invoice}/payments/{}", shown(&here["data"]["id"]));
        let _ = t.delete(&reversed).await.expect(200);
        let figures = summary(&t, &client).await;
        assert_eq!(shown(&figures["totalRevenue"]), "200.25");
        assert_eq!(figures["revenueByCurrency"].as_object().unwrap().len(), 1);
        assert_eq!(shown(&summary(&t, &other).await["totalRevenue"]), "70.00");
        let _ = t.delete(&format!("/v1/clients/{other}")).await.expect(200);
        assert_eq!(shown(&summary(&t, &other).await["totalRevenue"]), "70.00", "of an inactive one too");
    }

    async fn currencies_are_not_added_up(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let mut dollars = json!({
            "clientId": client, "currency": "USD", "dueDate": "2199-12-31",
            "lineItems": [{"description": "Consulting", "unitPrice": 50}],
        });
        let draft = shown(&t.post("/api/v1/invoices", dollars.take()).await.data(201)["id"]);
        let _ = t.act(&format!("/api/v1/invoices/{draft}/send")).await.expect(200);
        let _ = t.pay(&draft, "50").await;
        let figures = summary(&t, &client).await;
        assert_eq!((shown(&figures["totalRevenue"]), &figures["currency"]), ("50.00".into(), &json!("USD")));
        let _ = t.pay(&t.crm_invoice(&client, "7").await, "7").await;
        let figures = summary(&t, &client).await;
        assert_eq!((shown(&figures["totalRevenue"]), &figures["currency"]), ("7.00".into(), &json!("BRL")));
        assert_eq!(shown(&figures["revenueByCurrency"]["USD"]), "50.00");
    }

    async fn projects_installations_and_energy_count(t: Tenant) {
        let client = t.crm_client("Maria").await;
        let (project, second) = (t.project(&client, "Telhado").await, t.project(&client, "Garagem").await);
        let active = t.installation(&project, "completed").await;
        let _ = t.installation(&project, "scheduled").await;
        let _ = t.readings(&active, &[("2026-03-02T12:00:00Z", "1.5"), ("2026-03-03T12:00:00Z", "0.25")]).await;
        let figures = summary(&t, &client).await;
        assert_eq!((&figures["totalProjects"], &figures["activeInstallations"]), (&json!(2), &json!(1)));
        assert_eq!(shown(&figures["totalEnergyProduced"]), "1.75");
        let _ = t.delete(&format!("/v1/projects/{second}")).await;
        assert_eq!(summary(&t, &client).await["totalProjects"], 1);
    }
}
