//! `GET /api/v1/invoices/{id}/pdf`.

use serde_json::json;
use sunledger_tests::books::shown;
use sunledger_tests::{Api, Reply, Tenant, both_backends};

const INVOICES: &str = "/api/v1/invoices";

/// The text of all pages, without the spaces that a layout may put anywhere.
fn text(pdf: &Reply) -> String {
    let document = lopdf::Document::load_mem(&pdf.body).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().split_whitespace().collect()
}

both_backends! {
    async fn is_a_pdf_with_what_the_invoice_says(t: Tenant) {
        let _ = t.put("/tenant", json!({"legalName": "Sol & Filhos Ltda", "locale": "en-US"})).await.expect(200);
        let client = t.client("Łukasz Müller").await;
        let body = json!({"clientId": client, "invoiceNumber": "INV-0042", "currency": "USD",
                          "issueDate": "2024-06-01", "dueDate": "2199-07-01", "notes": "Thank you",
                          "lineItems": [{"description": "Rooftop array", "quantity": 40, "unitPrice": 125, "taxRate": 10}]});
        let id = shown(&t.post(INVOICES, body).await.data(201)["id"]);
        let pdf = t.get(&format!("{INVOICES}/{id}/pdf")).await.expect(200);
        assert_eq!(pdf.header("content-type"), "application/pdf");
        assert_eq!(pdf.header("content-disposition"), r#"attachment; filename="INV-0042.pdf""#);
        assert!(pdf.body.starts_with(b"%PDF-"), "{:?}", &pdf.body[..16]);
        let text = text(&pdf);
        for part in ["INV-0042", "Sol&FilhosLtda", "ŁukaszMüller", "Rooftoparray", "5,000.00", "500.00", "5,500.00", "Thankyou"] {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
    }

    async fn follows_the_tenants_locale_and_the_invoices_state(t: Tenant) {
        let client = t.client("Cliente").await;
        let id = t.draft(&client, "1043.71").await;
        let path = format!("{INVOICES}/{id}/pdf");
        let draft = t.get(&path).await.expect(200);
        assert!(text(&draft).contains("1.043,71"), "pt-BR is the default: {}", text(&draft));
        let _ = t.put("/tenant", json!({"locale": "en-US"})).await.expect(200);
        let english = t.get(&path).await.expect(200);
        assert!(text(&english).contains("1,043.71"), "{}", text(&english));
        let _ = t.act(&format!("{INVOICES}/{id}/send")).await.expect(200);
        let _ = t.pay(&id, "43.71").await;
        let paid = t.get(&path).await.expect(200);
        assert!(text(&paid).contains("1,000.00"), "the balance is not in {}", text(&paid));
    }

    async fn what_is_owed_can_be_paid_by_its_pix_code(t: Tenant) {
        let profile = json!({"currency": "BRL", "pixKey": "sol@example.com", "pixCity": "Campinas"});
        let _ = t.put("/tenant", profile).await.expect(200);
        let client = t.client("Cliente").await;
        let mut bill = Api::bill(&client, "1043.71");
        bill["currency"] = json!("BRL");
        let id = shown(&t.post(INVOICES, bill).await.data(201)["id"]);
        let path = format!("{INVOICES}/{id}/pdf");
        let code = "br.gov.bcb.pix0115sol@example.com";
        assert!(!text(&t.get(&path).await.expect(200)).contains(code), "nobody owes a draft");
        let _ = t.act(&format!("{INVOICES}/{id}/send")).await.expect(200);
        let _ = t.pay(&id, "43.71").await;
        let printed = text(&t.get(&path).await.expect(200));
        let copied = shown(&t.get(&format!("/energy/invoices/{id}")).await.json(200)["qrcodeValue"]);
        assert!(copied.contains("54071000.00"), "{copied} is for another amount");
        assert!(printed.contains(&copied.replace(' ', "")), "{copied} is not in {printed}");
        let _ = t.pay(&id, "1000").await;
        assert!(!text(&t.get(&path).await.expect(200)).contains(code), "it is paid");
    }

    async fn a_number_with_odd_characters_stays_inside_its_header(t: Tenant) {
        let client = t.client("Cliente").await;
        for number in ["A\"B; filename=\"evil.exe", "../../etc/passwd", "Nº 7/2024 – ção", "a\\b"] {
            let mut body = Api::bill(&client, "1");
            body["invoiceNumber"] = json!(number);
            let made = t.post(INVOICES, body).await;
            if made.status == 400 {
                continue;
            }
            let id = shown(&made.data(201)["id"]);
            let pdf = t.get(&format!("{INVOICES}/{id}/pdf")).await.expect(200);
            let disposition = pdf.headers["content-disposition"].as_bytes();
            let disposition = std::str::from_utf8(disposition).unwrap();
            assert!(disposition.is_ascii() && disposition.starts_with("attachment; filename=\""), "{disposition}");
            let plain = disposition.trim_start_matches("attachment; filename=\"").split('"').next().unwrap();
            assert!(plain.ends_with(".pdf") && !plain.contains(['/', '\\', '"']), "{number:?}: {disposition}");
        }
    }

    async fn a_thousand_lines_print_too(t: Tenant) {
        let client = t.client("Grand project").await;
        let lines: Vec<_> =
            (1..=1000).map(|n| json!({"description": format!("Module {n:04}"), "unitPrice": 1, "taxRate": 0})).collect();
        let mut body = Api::bill(&client, "1");
        body["lineItems"] = json!(lines);
        let id = shown(&t.post(INVOICES, body).await.data(201)["id"]);
        let pdf = t.get(&format!("{INVOICES}/{id}/pdf")).await.expect(200);
        let document = lopdf::Document::load_mem(&pdf.body).unwrap();
        assert!(document.get_pages().len() > 10, "{} pages", document.get_pages().len());
        let text = text(&pdf);
        for part in ["Module0001", "Module0500", "Module1000"] {
            assert!(text.contains(part), "{part}");
        }
    }
}
