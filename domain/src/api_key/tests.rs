use super::*;
use crate::testing::*;

fn scopes(texts: &[&str]) -> Vec<Scope> {
    texts.iter().map(|text| Scope::parse(text).unwrap()).collect()
}

fn create(name: &str, last4: &str, hash: &str, scopes: Vec<Scope>) -> Result<Vec<ApiKeyEvent>, DomainError> {
    let (name, last4, hash) = (name.to_owned(), last4.to_owned(), hash.to_owned());
    let prefix = "sl_live_".to_owned();
    ApiKey::default().decide(ApiKeyCommand::Create { name, prefix, last4, hash, scopes, at: at(0) })
}

fn key(texts: &[&str]) -> ApiKey {
    given(create("ERP", "x9Yz", &"AB".repeat(32), scopes(texts)).unwrap())
}

#[test]
fn a_new_key_keeps_a_hash_and_what_it_allows() {
    let key = key(&["invoicing:write", "crm:read", "crm:read"]);
    assert!(key.exists());
    assert_eq!((key.name.as_str(), key.prefix.as_str(), key.last4.as_str()), ("ERP", "sl_live_", "x9Yz"));
    assert_eq!(key.hash, "ab".repeat(32), "lower case");
    assert_eq!(key.scopes, scopes(&["crm:read", "invoicing:write"]), "each once, sorted");
    assert_eq!((key.number.get(), key.created_at), (7, at(0)));
    let events = create("ERP", "x9Yz", &"ab".repeat(32), scopes(&["crm:read"])).unwrap();
    assert_eq!(claims_of(&ApiKey::default(), &events).series[0].1.series, "number:api_key");
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let command = ApiKeyCommand::Create {
        name: " ".to_owned(),
        prefix: "x".repeat(17),
        last4: "abc".to_owned(),
        hash: "xyz".to_owned(),
        scopes: vec![],
        at: at(0),
    };
    let wrong = wrong_fields(ApiKey::default().decide(command));
    assert_eq!(wrong, ["hash", "last4", "name", "prefix", "scopes"]);
    assert_eq!(
        wrong_fields(create("ERP", "ab d", &"g".repeat(64), scopes(&["crm:read"]))),
        ["hash", "last4"]
    );
    assert_eq!(
        wrong_fields(create(&"x".repeat(101), "abcd", &"a".repeat(64), scopes(&["crm:read"]))),
        ["name"]
    );
}

#[test]
fn a_deleted_key_is_gone() {
    let mut key = key(&["crm:read"]);
    let events = key.decide(ApiKeyCommand::Delete { at: at(1) }).unwrap();
    assert_eq!(events, [ApiKeyEvent::Deleted(ApiKeyDeleted { at: at(1) })]);
    events.into_iter().for_each(|event| key.evolve(event));
    assert!(key.deleted && !key.exists());
    for missing in [ApiKey::default(), key] {
        let result = missing.decide(ApiKeyCommand::Delete { at: at(2) });
        assert_eq!(result, Err(DomainError::NotFound { what: "API key" }));
    }
}

#[test]
fn a_key_is_made_once() {
    let command = ApiKeyCommand::Create {
        name: "Again".to_owned(),
        prefix: String::new(),
        last4: "abcd".to_owned(),
        hash: "a".repeat(64),
        scopes: scopes(&["crm:read"]),
        at: at(1),
    };
    broken_rule(key(&["crm:read"]).decide(command));
}

#[test]
fn a_key_allows_what_it_lists_and_writing_includes_reading() {
    let key = key(&["crm:read", "invoicing:write", "admin:write"]);
    let allowed: Vec<String> =
        Scope::all().filter(|scope| key.allows(*scope)).map(|scope| scope.to_string()).collect();
    assert_eq!(allowed, ["crm:read", "invoicing:read", "invoicing:write", "admin:read", "admin:write"]);
}

#[test]
fn scopes_are_written_as_they_are_read() {
    assert_eq!(Scope::all().count(), 16);
    for scope in Scope::all() {
        assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
        let json = serde_json::to_string(&scope).unwrap();
        assert_eq!(json, format!("\"{scope}\""));
        assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope);
    }
    for wrong in ["", "crm", "crm:", ":read", "crm:delete", "CRM:read", "crm:read:write", "crm :read", "*"] {
        assert!(Scope::parse(wrong).is_err(), "{wrong}");
    }
}
