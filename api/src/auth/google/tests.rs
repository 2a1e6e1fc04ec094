use super::keys::KeySource;
use super::*;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

const CLIENT: &str = "sunledger-test.apps.googleusercontent.com";
const KEYS: &str = include_str!("test_keys.json");

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "https://accounts.google.com", "aud": CLIENT, "sub": "1", "email": "Ana@solar.example",
        "email_verified": true, "iat": 1_799_999_000, "exp": 1_800_003_600,
    })
}

fn header() -> Value {
    json!({"alg": "RS256", "kid": "test-1", "typ": "JWT"})
}

fn signed(header: &Value, claims: &Value) -> String {
    let key = RsaKeyPair::from_pkcs8(include_bytes!("test_key.pk8")).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// With keys in a file, which goes when the folder is dropped.
fn google(keys: &str) -> (tempfile::TempDir, Google) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, keys).unwrap();
    (folder, Google::new(vec!["another".to_owned(), CLIENT.to_owned()], KeySource::File(path)).unwrap())
}

async fn refusal(header: Value, claims: Value) -> &'static str {
    let (_folder, google) = google(KEYS);
    match google.verify(&signed(&header, &claims), now()).await {
        Err(Refused(why)) => why,
        other => panic!("expected a refusal of {claims}, got {other:?}"),
    }
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

#[tokio::test]
async fn a_token_of_googles_proves_an_address() {
    let (_folder, google) = google(KEYS);
    for claims in [
        claims(),
        with(claims(), "iss", json!("accounts.google.com")),
        with(claims(), "aud", json!([CLIENT])),
        with(claims(), "exp", json!(1_799_999_941)),
        with(claims(), "nbf", json!(1_800_000_060)),
    ] {
        let email = google.verify(&signed(&header(), &claims), now()).await.unwrap();
        assert_eq!(email.key(), "ana@solar.example");
    }
}

#[tokio::test]
async fn a_token_counts_for_us_now_and_for_a_verified_address() {
    for (name, value, why) in [
        ("iss", json!("https://accounts.example.com"), "issuer"),
        ("aud", json!("somebody-else"), "another client"),
        ("aud", json!([]), "another client"),
        ("exp", json!(1_799_999_940), "expired"),
        ("exp", json!("1900000000"), "no ID token"),
        ("nbf", json!(1_800_000_061), "not come"),
        ("email_verified", json!(false), "not verified"),
        ("email", json!("nobody"), "no address"),
        ("email", Value::Null, "no ID token"),
    ] {
        let refused = refusal(header(), with(claims(), name, value)).await;
        assert!(refused.contains(why), "{name}: {refused}");
    }
}

#[tokio::test]
async fn the_algorithm_and_the_key_are_not_the_tokens_choice() {
    for (name, value, why) in [
        ("alg", json!("none"), "RS256"),
        ("alg", json!("HS256"), "RS256"),
        ("alg", json!("RS512"), "RS256"),
        ("crit", json!(["exp"]), "RS256"),
        ("kid", json!("test-2"), "none of Google's"),
        ("kid", json!("other"), "none of Google's"),
    ] {
        let refused = refusal(with(header(), name, value), claims()).await;
        assert!(refused.contains(why), "{name}: {refused}");
    }
}

#[tokio::test]
async fn what_was_changed_or_is_no_token_is_refused() {
    let (_folder, google) = google(KEYS);
    let good = signed(&header(), &claims());
    let (text, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = text.split_once('.').unwrap();
    let other = URL_SAFE_NO_PAD.encode(with(claims(), "email", json!("bea@solar.example")).to_string());
    let long = "x".repeat(LONGEST + 1);
    for token in [
        format!("{head}.{other}.{signature}"),
        format!("{text}."),
        format!("{text}.{}", URL_SAFE_NO_PAD.encode([0_u8; 256])),
        format!("{text}.{signature}="),
        format!("{good}.x"),
        text.to_owned(),
        String::new(),
        "...".to_owned(),
        long,
    ] {
        assert!(matches!(google.verify(&token, now()).await, Err(Refused(_))), "{token}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_read_again_when_a_new_one_is_named_but_not_each_time() {
    let (folder, google) = google(r#"{"keys":[{"kty":"RSA","kid":"old","n":"AQAB","e":"AQAB"}]}"#);
    let token = signed(&header(), &claims());
    assert!(matches!(google.verify(&token, now()).await, Err(Refused(_))));
    std::fs::write(folder.path().join("keys.json"), KEYS).unwrap();
    assert!(matches!(google.verify(&token, now()).await, Err(Refused(_))), "it was just read");
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    assert!(google.verify(&token, now()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn while_there_are_no_keys_those_of_the_last_day_go_on() {
    let (folder, google) = google(KEYS);
    let token = signed(&header(), &claims());
    assert!(google.verify(&token, now()).await.is_ok());
    std::fs::remove_file(folder.path().join("keys.json")).unwrap();
    tokio::time::advance(std::time::Duration::from_secs(23 * 3_600)).await;
    assert!(google.verify(&token, now()).await.is_ok());
    tokio::time::advance(std::time::Duration::from_secs(2 * 3_600)).await;
    assert!(matches!(google.verify(&token, now()).await, Err(GoogleError::Away(_))));
}
