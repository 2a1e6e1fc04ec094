//! `/energy/invoices/{code}/pdf`: a link that downloads the invoice without a key.

use serde_json::json;
use sunledger_tests::books::shown;
use sunledger_tests::energy::refusal;
use sunledger_tests::{Api, Backend, Options, Reply, Server, Tenant, both_backends};

const INVOICES: &str = "/energy/invoices";

/// The text of all pages, without the spaces that a layout may put anywhere.
fn text(pdf: &Reply) -> String {
    let document = lopdf::Document::load_mem(&pdf.body).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().split_whitespace().collect()
}

async fn invoice(api: &Api, account: &str) -> String {
    let client = api.client("Acme").await;
    let unit = api.unit(account, &client).await;
    shown(&api.billed(&unit, "03/2024").await["code"])
}

/// The path of the link to an invoice's PDF.
async fn link(api: &Api, code: &str) -> String {
    let url = shown(&api.get(&format!("{INVOICES}/{code}/pdf")).await.json(200)["url"]);
    let (_, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    format!("/{path}")
}

both_backends! {
    async fn the_link_downloads_the_invoice_without_a_key(t: Tenant) {
        let pix = json!({"legalName": "Sol & Filhos Ltda", "pixKey": "123e4567-e12b-12d1-a456-426655440000", "pixCity": "Campinas"});
        let _ = t.put("/tenant", pix).await.expect(200);
        let code = invoice(&t, "132456798").await;
        let url = shown(&t.get(&format!("{INVOICES}/{code}/pdf")).await.json(200)["url"]);
        let here = format!("http://{}/energy/files/", t.server().address());
        assert!(url.starts_with(&here), "{url} is not under {here}");
        let open = t.with_key(None);
        let path = link(&t, &code).await;
        let pdf = open.get(&path).await.expect(200);
        assert_eq!(pdf.header("content-type"), "application/pdf");
        assert_eq!(pdf.header("content-disposition"), r#"attachment; filename="INV-0001.pdf""#);
        let text = text(&pdf);
        let copied = shown(&t.get(&format!("{INVOICES}/{code}")).await.json(200)["qrcodeValue"]);
        assert!(text.contains(&copied.replace(' ', "")), "{copied} is not in {text}");
        for part in ["INV-0001", "Sol&FilhosLtda", "Acme", "132456798", "1.043,71", "1.304,63", "Março2024", "TRIFÁSICO", "1.627,58"] {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
        let known = open.call("GET", &path).header("if-none-match", pdf.header("etag")).send().await;
        assert_eq!(known.status, 304);
        let _ = t.post(&format!("{INVOICES}/{code}/payments"), json!({"amount": 43})).await.expect(201);
        let paid = open.call("GET", &path).header("if-none-match", pdf.header("etag")).send().await.expect(200);
        assert!(self::text(&paid).contains("1.000,71"), "the PDF is the invoice as it is now");
    }

    async fn nothing_but_the_link_itself_opens_anything(t: Tenant) {
        let code = invoice(&t, "1").await;
        let path = link(&t, &code).await;
        let open = t.with_key(None);
        let _ = refusal(open.get(&format!("{INVOICES}/{code}/pdf")).await, 401);
        let last = path.chars().last().unwrap();
        let other = if last == 'A' { 'B' } else { 'A' };
        for forged in [
            format!("{}{other}", path.trim_end_matches(last)),
            format!("{path}A"),
            path.replace('.', ""),
            path.split('.').next().unwrap().to_owned(),
            "/energy/files/x".to_owned(),
            format!("/energy/files/{code}"),
        ] {
            let _ = refusal(open.get(&forged).await, 404);
        }
        let _ = open.get(&path).await.expect(200);
        assert_eq!(open.call("POST", &path).send().await.status, 405);
    }

    async fn an_invoice_without_a_bill_is_printed_as_elsewhere(t: Tenant) {
        let _ = t.put("/tenant", json!({"currency": "BRL", "pixKey": "sol@example.com", "pixCity": "Campinas"})).await.expect(200);
        let client = t.client("Acme").await;
        let mut bill = Api::bill(&client, "100.00");
        bill["currency"] = json!("BRL");
        let id = shown(&t.post("/api/v1/invoices", bill).await.data(201)["id"]);
        let _ = t.act(&format!("/api/v1/invoices/{id}/send")).await.expect(200);
        let pdf = t.with_key(None).get(&link(&t, &id).await).await.expect(200);
        let text = text(&pdf);
        assert!(text.contains("Solarpanels"), "{text}");
        let copied = shown(&t.get(&format!("{INVOICES}/{id}")).await.json(200)["qrcodeValue"]);
        assert!(text.contains(&copied.replace(' ', "")), "{copied} is not in {text}");
        let _ = t.act(&format!("{INVOICES}/{id}/cancel")).await.expect(200);
        let path = link(&t, &id).await;
        let _ = t.delete(&format!("/api/v1/invoices/{id}")).await.expect(204);
        let _ = refusal(t.with_key(None).get(&path).await, 404);
    }

    async fn every_server_takes_every_ones_links_also_after_a_restart(backend: Backend) {
        let one = Server::start(backend);
        let other = one.twin();
        let code = invoice(&one.api(), "1").await;
        let paths = futures_util::future::join_all([&one, &other].map(|server| {
            let (api, code) = (server.api(), code.clone());
            async move { link(&api, &code).await }
        }))
        .await;
        for path in &paths {
            for server in [&one, &other] {
                let _ = server.api().with_key(None).get(path).await.expect(200);
            }
        }
        one.restart();
        for path in &paths {
            let _ = one.api().with_key(None).get(path).await.expect(200);
        }
    }

    async fn the_setting_says_where_links_lead(backend: Backend) {
        let options = Options::new().set("SUNLEDGER_PUBLIC_URL", "https://ledger.example.com/");
        let server = Server::start_with(backend, options);
        let api = server.api();
        let code = invoice(&api, "1").await;
        let url = shown(&api.get(&format!("{INVOICES}/{code}/pdf")).await.json(200)["url"]);
        assert!(url.starts_with("https://ledger.example.com/energy/files/"), "{url}");
    }
}
