//! Signing in, from the first user to the end of a session, through the whole router.

use super::answers::{Bench, json};
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

const EMAIL: &str = "Admin@solar.example";
const PASSWORD: &str = "correct horse battery";
const AUTH: &str = "/api/v1/auth";

async fn bench() -> Bench {
    Bench::with(&[("SUNLEDGER_ADMIN_EMAIL", EMAIL), ("SUNLEDGER_ADMIN_PASSWORD", PASSWORD)]).await
}

/// Posts a body with a token, and perhaps under an Idempotency-Key: the status, the body, whether it was answered before.
async fn post(
    bench: &Bench,
    path: &str,
    token: &str,
    key: Option<&str>,
    body: Value,
) -> (StatusCode, Value, bool) {
    let mut request =
        Request::post(format!("{AUTH}/{path}")).header("authorization", format!("Bearer {token}"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let response = bench.send(request.body(Body::from(body.to_string())).unwrap()).await;
    let (status, replayed) = (response.status(), response.headers().contains_key("idempotent-replayed"));
    (status, json(response).await, replayed)
}

fn token_of(body: &Value) -> &str {
    body["data"]["customToken"].as_str().unwrap_or_else(|| panic!("no token in {body}"))
}

fn sign_in(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password, "tenantId": "default"})
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_user_to_the_end_of_a_session() {
    let bench = bench().await;
    let (status, body, _) =
        post(&bench, "api-token", "", None, sign_in("admin@SOLAR.example", PASSWORD)).await;
    assert_eq!((status, &body["data"]["tokenType"]), (StatusCode::OK, &json!("api_user")), "{body}");
    let api_user = token_of(&body).to_owned();
    let (status, body, _) = post(&bench, "session-token", &api_user, None, json!({})).await;
    assert_eq!((status, &body["data"]["expiresIn"]), (StatusCode::OK, &json!(3600)), "{body}");
    let session = token_of(&body).to_owned();
    let (status, body, _) = post(&bench, "refresh", &session, None, json!({})).await;
    assert_eq!((status, &body["data"].get("tokenType")), (StatusCode::OK, &None), "{body}");
    let refreshed = token_of(&body).to_owned();

    for path in ["refresh", "revoke"] {
        let (status, body, _) = post(&bench, path, &api_user, None, json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let said = "Forbidden: API user tokens can only be used with /api/v1/auth/session-token endpoint";
        assert_eq!(body["error"], said);
    }
    assert_eq!(post(&bench, "session-token", &session, None, json!({})).await.0, StatusCode::FORBIDDEN);

    let (status, body, _) = post(&bench, "revoke", &session, None, json!({})).await;
    assert_eq!((status, &body["data"]["message"]), (StatusCode::OK, &json!("Token revoked successfully")));
    for path in ["refresh", "revoke"] {
        let (status, body, _) = post(&bench, path, &session, None, json!({})).await;
        assert_eq!(
            (status, &body["error"]),
            (StatusCode::UNAUTHORIZED, &json!("Unauthorized: Invalid token"))
        );
    }
    assert_eq!(post(&bench, "refresh", &refreshed, None, json!({})).await.0, StatusCode::OK);
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_sign_in_is_told_nothing_else() {
    let bench = bench().await;
    let elsewhere = json!({"email": EMAIL, "password": PASSWORD, "tenantId": "elsewhere"});
    for body in [sign_in(EMAIL, "wrong password"), sign_in("nobody@solar.example", PASSWORD), elsewhere] {
        let (status, mut answer, _) = post(&bench, "api-token", "", None, body).await;
        let _ = answer["timestamp"].take();
        let said = json!({
            "success": false, "error": "Unauthorized: Invalid credentials", "statusCode": 401, "timestamp": null,
        });
        assert_eq!((status, answer), (StatusCode::UNAUTHORIZED, said));
    }
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_idempotency_key_gives_one_token() {
    let bench = bench().await;
    let (_, first, replayed) = post(&bench, "api-token", "", Some("k-1"), sign_in(EMAIL, PASSWORD)).await;
    assert!(!replayed);
    let (status, again, replayed) =
        post(&bench, "api-token", "", Some("k-1"), sign_in(EMAIL, PASSWORD)).await;
    assert_eq!((status, &again, replayed), (StatusCode::OK, &first, true));
    let (_, other, _) = post(&bench, "api-token", "", None, sign_in(EMAIL, PASSWORD)).await;
    assert_ne!(token_of(&other), token_of(&first));

    let (_, session, _) = post(&bench, "session-token", token_of(&first), Some("k-2"), json!({})).await;
    let (_, again, replayed) = post(&bench, "session-token", token_of(&first), Some("k-2"), json!({})).await;
    assert_eq!((token_of(&again), replayed), (token_of(&session), true));
    let (status, _, _) = post(&bench, "session-token", token_of(&other), Some("k-2"), json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "another token is another request");
    bench.stop().await;
}
