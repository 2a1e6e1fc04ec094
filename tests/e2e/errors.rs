//! What a refusal looks like.

use serde_json::json;
use sunledger_tests::{Reply, Tenant, both_backends, raw};

const CLIENTS: &str = "/api/v1/clients";

/// The surface's form, and nothing of the inside in it.
#[track_caller]
fn refused(reply: Reply, status: u16) -> String {
    let id = reply.header("x-request-id");
    assert!(!id.is_empty(), "{}", reply.what);
    let error = reply.error(status);
    for inside in ["sqlite", "postgres", "serde", "panicked", ".rs:", "SELECT", "rusqlite", "tokio"] {
        assert!(!error.to_lowercase().contains(&inside.to_lowercase()), "{inside} leaks in {error:?}");
    }
    error
}

both_backends! {
    async fn a_body_that_is_no_json_object_is_400(t: Tenant) {
        for body in ["", "{", "[]", "null", "\"text\"", "12", "{\"name\": \"x\"} trailing", "{'name': 'x'}", "{\"name\": NaN}"] {
            let call = t.call("POST", CLIENTS).header("content-type", "application/json").body(body);
            let _ = refused(call.send().await, 400);
        }
        let call = t.call("POST", CLIENTS).header("content-type", "application/json");
        let _ = refused(call.clone().body(&b"{\"name\": \"\xff\xfe\"}"[..]).send().await, 400);
        let deep = format!("{}{}", "{\"name\":".repeat(100_000), "}".repeat(100_000));
        let _ = refused(call.clone().body(deep).send().await, 400);
        let deep = format!("{{\"name\": {}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        let _ = refused(call.body(deep).send().await, 400);
        assert_eq!(t.get(CLIENTS).await.json(200)["total"], 0);
    }

    async fn wrong_types_name_their_fields(t: Tenant) {
        for (field, value) in [
            ("name", json!(1)), ("name", json!(["x"])), ("name", json!({})), ("name", json!(true)),
            ("email", json!("no address")), ("email", json!(5)), ("email", json!("a@b")),
            ("phone", json!([])), ("phone", json!("call me")), ("notes", json!({"a": 1})), ("taxId", json!(11)),
            ("name", json!("x".repeat(100_000))), ("name", json!("bell\u{7}")),
        ] {
            let mut body = json!({"name": "Right"});
            body[field] = value.clone();
            let error = refused(t.post(CLIENTS, body).await, 400);
            assert!(error.contains(field), "{field}: {error:?} does not name it");
        }
        let several = json!({"email": "no", "phone": "no", "notes": 1});
        let error = refused(t.post(CLIENTS, several).await, 400);
        for field in ["name", "email", "phone", "notes"] {
            assert!(error.contains(field), "{field} is not named in {error:?}");
        }
    }

    async fn unknown_fields_are_ignored(t: Tenant) {
        let made = t.post(CLIENTS, json!({"name": "Right", "colour": "red", "id": "7"})).await.data(201);
        assert!(made.get("colour").is_none() && made["id"] != "7");
    }

    async fn an_unknown_place_is_404_and_a_wrong_method_405(t: Tenant) {
        for path in ["/nowhere", "/api/v1/clients/1/2/3", "/api/v1/invoices/7/nothing", "/audit/gadget/1", "/webhooks/1/x"] {
            let _ = refused(t.get(path).await, 404);
        }
        for (method, path, allowed) in [
            ("PATCH", CLIENTS, vec!["GET", "POST"]),
            ("DELETE", "/api/v1/invoices", vec!["GET", "POST"]),
            ("POST", "/api/v1/clients/1", vec!["GET", "PUT", "PATCH", "DELETE"]),
            ("POST", "/audit", vec!["GET"]),
        ] {
            let reply = t.call(method, path).send().await.expect(405);
            let allow = reply.header("allow");
            for one in allowed {
                assert!(allow.split(',').any(|listed| listed.trim() == one), "{method} {path}: Allow: {allow}");
            }
            let _ = refused(reply, 405);
        }
        let back_office = t.get("/api/v2/nothing").await.json(404);
        assert_eq!(back_office["success"], false, "each surface has its own form: {back_office}");
    }

    async fn too_large_is_413_and_another_content_type_415(t: Tenant) {
        let notes = "x".repeat(1024 * 1024);
        let _ = refused(t.post(CLIENTS, json!({"name": "Big", "notes": notes})).await, 413);
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json5"] {
            let call = t.call("POST", CLIENTS).header("content-type", kind).body("{\"name\": \"x\"}");
            let _ = refused(call.send().await, 415);
        }
        for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json"] {
            let call = t.call("POST", CLIENTS).header("content-type", kind).body("{\"name\": \"x\"}");
            let _ = call.send().await.expect(201);
        }
    }

    async fn a_body_without_an_end_is_refused_in_time(t: Tenant) {
        let key = t.key().unwrap();
        let head = format!("POST {CLIENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
                            Content-Type: application/json\r\nConnection: close\r\n");
        let huge = format!("{head}Content-Length: 99999999999\r\n\r\n{{\"name\":");
        assert_eq!(raw::status(&raw::exchange(t.server(), huge.as_bytes()).await), Some(413));
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}", chunk.repeat(20));
        assert_eq!(raw::status(&raw::exchange(t.server(), chunked.as_bytes()).await), Some(413));
        let _ = t.get(CLIENTS).await.expect(200);
    }

    async fn a_request_id_is_taken_over_or_made(t: Tenant) {
        let ours = t.call("GET", CLIENTS).header("x-request-id", "order-77.b_1").send().await;
        assert_eq!(ours.header("x-request-id"), "order-77.b_1");
        for bad in ["a b", "x".repeat(500).as_str(), "<script>", "a\"b"] {
            let made = t.call("GET", CLIENTS).header("x-request-id", bad).send().await.header("x-request-id");
            assert!(made != bad && !made.is_empty(), "{made}");
        }
        let (one, two) = (t.get("/nowhere").await, t.get("/nowhere").await);
        assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
        let call = t.call("POST", CLIENTS).header("x-request-id", "traced-1").json(&json!({"name": "Traced"}));
        let id = call.send().await.data(201)["id"].clone();
        let story = t.get(&format!("/audit/client/{}", id.as_str().unwrap())).await.data(200);
        assert_eq!(story[0]["requestId"], "traced-1");
    }

    async fn requests_that_are_no_http_are_refused(t: Tenant) {
        let server = t.server();
        for bytes in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
            b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            b"POST /api/v1/clients HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        ] {
            let answer = raw::exchange(server, bytes).await;
            let status = raw::status(&answer);
            assert!(status.is_none_or(|status| (400..500).contains(&status)), "{bytes:?}: {answer}");
        }
        let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(600_000));
        let status = raw::status(&raw::exchange(server, long.as_bytes()).await);
        assert!(status.is_none_or(|status| [404, 414, 431, 401, 400].contains(&status)), "{status:?}");
        let _ = t.get(CLIENTS).await.expect(200);
    }
}
