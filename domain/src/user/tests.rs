use super::*;
use crate::testing::*;
use proptest::prelude::*;
use {UserCommand as Command, UserEvent as Event};

fn phc(last: &str) -> PasswordHash {
    PasswordHash::new(&format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA${last}")).unwrap()
}

fn hash(seed: u32) -> TokenHash {
    TokenHash::new(&format!("{seed:064x}")).unwrap()
}

fn create(address: &str, name: &str) -> Command {
    let password_hash = Some(phc("old"));
    Command::Create {
        email: email(address),
        name: name.to_owned(),
        role: Role::Administrator,
        password_hash,
        at: at(0),
    }
}

fn issue(seed: u32, minutes: i64) -> Command {
    Command::IssueApiToken { hash: hash(seed), at: at(minutes) }
}

fn open(api_token: u32, seed: u32, minutes: i64) -> Command {
    Command::OpenSession { api_token: hash(api_token), hash: hash(seed), at: at(minutes) }
}

fn refresh(session: u32, seed: u32, minutes: i64) -> Command {
    Command::RefreshSession { session: hash(session), hash: hash(seed), at: at(minutes) }
}

fn revoke(session: u32, minutes: i64) -> Command {
    Command::RevokeSession { session: hash(session), at: at(minutes) }
}

/// A user after these commands.
fn made_and(commands: impl IntoIterator<Item = Command>) -> User {
    let mut user = User::default();
    for command in [create("Ana@Example.com", "Ana")].into_iter().chain(commands) {
        for event in user.decide(command).unwrap() {
            user.evolve(logged(&event));
        }
    }
    user
}

fn not_found(result: Decision) -> &'static str {
    match result {
        Err(DomainError::NotFound { what }) => what,
        other => panic!("expected something missing, got {other:?}"),
    }
}

#[test]
fn a_new_user_claims_a_number_and_the_address() {
    let user = made_and([]);
    assert!(user.exists());
    assert_eq!(
        (user.email.as_str(), user.name.as_str(), user.role),
        ("Ana@Example.com", "Ana", Role::Administrator)
    );
    assert_eq!((user.number.get(), user.created_at, user.updated_at), (7, at(0), at(0)));
    let events = User::default().decide(create("Ana@Example.com", "Ana")).unwrap();
    let claims = claims_of(&User::default(), &events);
    assert_eq!(claims.series[0].1.series, "number:user");
    assert_eq!((claims.take[0].scope, claims.take[0].name.as_str()), ("user_email", "ana@example.com"));
    broken_rule(user.decide(create("other@example.com", "Other")));
    assert_eq!(wrong_fields(User::default().decide(create("a@example.com", " "))), ["name"]);
}

#[test]
fn an_update_tells_what_really_changed_and_moves_the_address() {
    let update = |patch: UserPatch| Command::Update(Box::new(patch));
    let user = made_and([]);
    let (name, role) = (Some("Ana Souza".to_owned()), Some(Role::Accountant));
    let all = UserPatch { email: Some(email("ana@solar.example")), name, role, at: at(5) };
    let events = user.decide(update(all.clone())).unwrap();
    assert_eq!(events, [Event::Updated(Box::new(all.clone()))]);
    let claims = claims_of(&user, &events);
    assert_eq!((claims.release[0].scope, claims.release[0].name.as_str()), ("user_email", "ana@example.com"));
    assert_eq!((claims.take[0].scope, claims.take[0].name.as_str()), ("user_email", "ana@solar.example"));

    let user = made_and([update(all.clone())]);
    assert_eq!(
        (user.email.as_str(), user.name.as_str(), user.role),
        ("ana@solar.example", "Ana Souza", Role::Accountant)
    );
    assert_eq!((user.created_at, user.updated_at), (at(0), at(5)));
    assert_eq!(user.decide(update(all)), Ok(vec![]), "nothing changes any more");
    let shouted = UserPatch { email: Some(email("ANA@solar.example")), ..UserPatch::default() };
    let events = user.decide(update(shouted)).unwrap();
    let claims = claims_of(&user, &events);
    assert!(
        events.len() == 1 && claims.take.is_empty() && claims.release.is_empty(),
        "it is the same address"
    );
    let nameless = UserPatch { name: Some(" ".to_owned()), ..UserPatch::default() };
    assert_eq!(wrong_fields(user.decide(update(nameless))), ["name"]);
    assert_eq!(not_found(User::default().decide(update(UserPatch::default()))), "user");
}

#[test]
fn an_update_leaves_the_tokens_alone() {
    let viewer = UserPatch { role: Some(Role::Viewer), at: at(6), ..UserPatch::default() };
    let user = made_and([issue(1, 1), open(1, 2, 5), Command::Update(Box::new(viewer))]);
    assert!(user.api_token(&hash(1)).is_some() && user.session(&hash(2)).is_some());
    assert_eq!(user.role, Role::Viewer);
}

#[test]
fn an_api_token_gives_sessions_of_an_hour() {
    let user = made_and([issue(1, 1), open(1, 2, 5)]);
    assert_eq!(user.api_token(&hash(1)).map(|token| (token.token, token.used_at)), Some((1, at(5))));
    assert_eq!(user.session(&hash(2)).map(|session| (session.token, session.expires_at)), Some((2, at(65))));
    assert!(user.api_token(&hash(2)).is_none() && user.session(&hash(1)).is_none(), "each is its own kind");
    assert_eq!(not_found(user.decide(open(2, 3, 6))), "API token");
}

#[test]
fn a_refreshed_session_lives_on_beside_the_new_one() {
    let user = made_and([issue(1, 1), open(1, 2, 5), refresh(2, 3, 30)]);
    let ends: Vec<_> = user.sessions.iter().map(|session| (session.token, session.expires_at)).collect();
    assert_eq!(ends, [(2, at(65)), (3, at(90))]);
    assert_eq!(not_found(user.decide(refresh(2, 4, 65))), "session", "its time is over");
    assert!(user.decide(refresh(3, 4, 89)).is_ok());
    assert_eq!(not_found(user.decide(refresh(1, 4, 30))), "session", "an API-user token is none");
}

#[test]
fn a_revoked_session_is_gone_and_the_others_stay() {
    let user = made_and([issue(1, 1), open(1, 2, 5), open(1, 3, 6), revoke(2, 7)]);
    assert!(user.session(&hash(2)).is_none() && user.session(&hash(3)).is_some());
    assert_eq!(not_found(user.decide(revoke(2, 8))), "session");
    assert_eq!(not_found(user.decide(refresh(2, 9, 8))), "session");
    assert!(user.decide(open(1, 4, 8)).is_ok(), "its API-user token still gives others");
}

#[test]
fn what_ends_every_token() {
    let signed_in = [issue(1, 1), open(1, 2, 5)];
    for command in [
        Command::ChangePassword { password_hash: phc("new"), at: at(6) },
        Command::RevokeTokens { at: at(6) },
        Command::Delete { at: at(6) },
    ] {
        let user = made_and(signed_in.clone().into_iter().chain([command.clone()]));
        assert!(user.api_tokens.is_empty() && user.sessions.is_empty(), "{command:?}");
        assert_eq!(user.last_token, 2, "numbers are never given twice");
    }
    assert_eq!(made_and([]).decide(Command::RevokeTokens { at: at(1) }), Ok(vec![]), "nothing to end");
    let changed = made_and([Command::ChangePassword { password_hash: phc("new"), at: at(6) }]);
    assert_eq!(changed.password_hash, Some(phc("new")));
}

#[test]
fn a_deleted_user_gives_the_address_back_and_takes_no_command() {
    let user = made_and([]);
    let events = user.decide(Command::Delete { at: at(1) }).unwrap();
    let claims = claims_of(&user, &events);
    assert_eq!((claims.release[0].scope, claims.release[0].name.as_str()), ("user_email", "ana@example.com"));
    let deleted = made_and([Command::Delete { at: at(1) }]);
    assert!(!deleted.exists());
    for missing in [User::default(), deleted] {
        for command in [issue(1, 2), open(1, 2, 2), revoke(1, 2), Command::Delete { at: at(2) }] {
            assert_eq!(not_found(missing.decide(command)), "user");
        }
    }
}

#[test]
fn one_api_token_too_many_ends_the_one_used_longest_ago() {
    let many = (1..=MAX_API_TOKENS as u32).map(|seed| issue(seed, i64::from(seed)));
    // The first one is in use; the second is not.
    let user = made_and(many.chain([open(1, 1_000, 500)]));
    let events = user.decide(issue(2_000, 501)).unwrap();
    assert_eq!(events[0], Event::ApiTokenRevoked(UserTokenRevoked { token: 2, at: at(501) }));
    let user = events.into_iter().fold(user, |mut user, event| {
        user.evolve(event);
        user
    });
    assert_eq!(user.api_tokens.len(), MAX_API_TOKENS);
    assert!(user.api_token(&hash(1)).is_some() && user.api_token(&hash(2)).is_none());
}

#[test]
fn one_session_too_many_ends_the_oldest_that_lives() {
    let many = (0..MAX_SESSIONS as u32).map(|seed| open(1, 10 + seed, 2));
    let user = made_and([issue(1, 1)].into_iter().chain(many));
    let events = user.decide(open(1, 5_000, 3)).unwrap();
    assert_eq!(events[0], Event::SessionRevoked(UserTokenRevoked { token: 2, at: at(3) }));
    assert_eq!(user.decide(open(1, 5_000, 62)).unwrap().len(), 1, "an hour later there is room");
}

proptest! {
    /// Whatever is asked, in whatever order: the state stays small, a token works only until its end, and no number is
    /// given twice.
    #[test]
    fn tokens_are_bounded_and_end_in_time(steps in prop::collection::vec((0_u8..5, 0_u32..12, 1_i64..40), 1..60)) {
        let (mut user, mut now, mut seed) = (made_and([issue(1, 0)]), 0, 100);
        for (step, which, minutes) in steps {
            now += minutes;
            seed += 1;
            let command = match step {
                0 => issue(seed, now),
                1 => open(1, seed, now),
                2 => refresh(100 + which, seed, now),
                3 => revoke(100 + which, now),
                _ => Command::RevokeTokens { at: at(now) },
            };
            let before = user.last_token;
            let Ok(events) = user.decide(command) else { continue };
            for event in events {
                user.evolve(logged(&event));
            }
            prop_assert!(user.last_token == before || user.last_token == before + 1);
            prop_assert!(user.api_tokens.len() <= MAX_API_TOKENS && user.sessions.len() <= MAX_SESSIONS);
            prop_assert!(user.sessions.iter().all(|session| session.expires_at <= at(now) + SESSION_LIFETIME));
            let text = serde_json::to_string(&user).unwrap();
            prop_assert_eq!(serde_json::from_str::<User>(&text).unwrap(), user.clone());
        }
    }
}
