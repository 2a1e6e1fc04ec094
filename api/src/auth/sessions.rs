//! From a token to whoever signed in with it, without asking the log at every request.
//!
//! What a token opens stands in its user's own stream, and is read there: no read model has to show it first, so a token
//! works on every server as soon as it was given out. What was found is believed for half a second, as with API keys: a
//! token that ended through another process stops here within that; one that ended through this process is forgotten at
//! once. What is *not* found is not remembered: looking again costs one read of a stream that mostly is not there.

use super::directory::{Dated, SHARED, believed};
use super::{Caller, Token, TokenKind};
use crate::http::ApiError;
use crate::http::surface::INVALID_TOKEN;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use quick_cache::sync::Cache;
use std::sync::Arc;
use sunledger_commands::{ActorKind, Commands};
use sunledger_domain::TenantId;
use sunledger_domain::user::{TokenHash, User};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

const TOKENS: usize = 10_000;

/// What is said of a token that opened something and whose time is over.
const EXPIRED_TOKEN: &str = "Unauthorized: Token has expired";

/// Somebody who signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// With what sort of token.
    pub kind: TokenKind,
    /// Who it is, and what the role opens.
    pub caller: Arc<Caller>,
    /// The token's hash.
    pub hash: TokenHash,
    /// When the token ends.
    ends: Option<Timestamp>,
}

/// Where users are looked up.
pub trait Users: Send + Sync {
    /// The user as the log has it now.
    fn user<'a>(
        &'a self,
        tenant: &'a TenantId,
        id: Uuid,
    ) -> BoxFuture<'a, Result<Option<Arc<User>>, ApiError>>;
}

impl Users for Commands {
    fn user<'a>(
        &'a self,
        tenant: &'a TenantId,
        id: Uuid,
    ) -> BoxFuture<'a, Result<Option<Arc<User>>, ApiError>> {
        Box::pin(async move { Ok(self.load::<User>(tenant, id).await?.map(|loaded| loaded.state)) })
    }
}

/// Finds out who signed in.
pub struct Sessions {
    users: Box<dyn Users>,
    known: Cache<TokenHash, Dated<Arc<SignedIn>>>,
}

impl Sessions {
    /// Of these users.
    pub fn new(users: impl Users + 'static) -> Self {
        Self { users: Box::new(users), known: Cache::new(TOKENS) }
    }

    /// Who signed in with a token.
    ///
    /// # Errors
    /// 401 where it opens nothing (any more), 503 where the log does not tell.
    pub async fn signed_in(&self, token: &Token, now: Timestamp) -> Result<Arc<SignedIn>, ApiError> {
        let found = match believed(&self.known, &token.hash) {
            Some(known) => Some(known),
            // Boxed, as it is seldom awaited: requests' futures are moved, and stay small.
            None => Box::pin(self.find(token)).await?,
        };
        let over = |ends: Option<Timestamp>| ends.is_some_and(|ends| ends <= now);
        match found {
            Some(known) if !over(known.ends) => Ok(known),
            // What nobody remembers may have been a token once: its text tells, and tells nothing else.
            None if !over(token.ends) => Err(refused()),
            _ => Err(ApiError::unauthorized(EXPIRED_TOKEN)),
        }
    }

    async fn find(&self, token: &Token) -> Result<Option<Arc<SignedIn>>, ApiError> {
        // Of many requests that miss at once, one looks; the others wait for what it finds.
        let place = match timeout(SHARED, self.known.get_value_or_guard_async(&token.hash)).await {
            Ok(Ok((_, known))) => return Ok(Some(known)),
            Ok(Err(place)) => Some(place),
            Err(_) => None,
        };
        let asked = Instant::now();
        let user = self.users.user(&token.tenant, token.user).await?;
        let Some(known) = user.and_then(|user| opened(token, &user)).map(Arc::new) else { return Ok(None) };
        // One forgotten while it was looked up lost its place, and is looked up again next time.
        let _ = place.map(|place| place.insert((asked, known.clone())));
        Ok(Some(known))
    }

    /// Something about a user changed here: what its tokens open is looked up again.
    pub fn forget_all(&self, user: &User) {
        let sessions = user.sessions.iter().map(|session| &session.hash);
        sessions.chain(user.api_tokens.iter().map(|token| &token.hash)).for_each(|hash| self.forget(hash));
    }

    /// A token ended here: it opens nothing from now on.
    pub fn forget(&self, hash: &TokenHash) {
        self.known.remove(hash);
    }
}

/// One text for every token that opens nothing, so that nobody learns why.
pub(crate) fn refused() -> ApiError {
    ApiError::unauthorized(INVALID_TOKEN)
}

/// What a user's stream says of a token.
fn opened(token: &Token, user: &User) -> Option<SignedIn> {
    let ends = match token.kind {
        TokenKind::ApiUser => user.api_token(&token.hash).map(|_| None),
        TokenKind::Session => user.session(&token.hash).map(|session| Some(session.expires_at)),
    }?;
    let caller = Caller::user(token.tenant.clone(), token.user, user);
    Some(SignedIn { kind: token.kind, caller: Arc::new(caller), hash: token.hash.clone(), ends })
}

impl Caller {
    /// A user, and what the role opens.
    pub fn user(tenant: TenantId, id: Uuid, user: &User) -> Self {
        Self {
            tenant,
            kind: ActorKind::User,
            id,
            name: user.name.as_str().into(),
            prefix: format!("user-{}", user.number.get()).into(),
            scopes: user.role.scopes(),
            role: Some(user.role),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::NewToken;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use std::time::Duration;
    use sunledger_domain::Number;
    use sunledger_domain::api_key::{Area, Scope};
    use sunledger_domain::user::{ApiToken, Role, Session};

    const ID: Uuid = Uuid::from_u128(7);

    #[derive(Default)]
    struct Shelf {
        user: Mutex<Option<User>>,
        asked: AtomicUsize,
    }

    impl Users for Arc<Shelf> {
        fn user<'a>(
            &'a self,
            _: &'a TenantId,
            id: Uuid,
        ) -> BoxFuture<'a, Result<Option<Arc<User>>, ApiError>> {
            Box::pin(async move {
                self.asked.fetch_add(1, SeqCst);
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(self.user.lock().unwrap().clone().filter(|_| id == ID).map(Arc::new))
            })
        }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn tenant() -> TenantId {
        TenantId::new("default").unwrap()
    }

    /// A user with an API-user token and a session until minute 60, and both tokens.
    fn signed_in() -> (Arc<Shelf>, Token, Token) {
        let api = NewToken::generate(TokenKind::ApiUser, &tenant(), ID, None).unwrap();
        let session = NewToken::generate(TokenKind::Session, &tenant(), ID, Some(at(60))).unwrap();
        let user = User {
            number: Number(1),
            role: Role::Viewer,
            api_tokens: vec![ApiToken { token: 1, hash: api.hash, used_at: at(0) }],
            sessions: vec![Session { token: 2, hash: session.hash, expires_at: at(60) }],
            ..User::default()
        };
        let shelf = Arc::new(Shelf { user: Mutex::new(Some(user)), asked: AtomicUsize::new(0) });
        (shelf, Token::parse(&api.secret).unwrap(), Token::parse(&session.secret).unwrap())
    }

    async fn refusal(sessions: &Sessions, token: &Token, minute: i64) -> String {
        let error = sessions.signed_in(token, at(minute)).await.unwrap_err();
        assert_eq!(error.status, 401);
        error.message.into_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_opens_what_the_role_says_until_it_ends() {
        let (shelf, api, session) = signed_in();
        let sessions = Sessions::new(shelf.clone());
        let known = sessions.signed_in(&session, at(1)).await.unwrap();
        assert_eq!(
            (known.kind, known.caller.id, known.caller.kind),
            (TokenKind::Session, ID, ActorKind::User)
        );
        assert!(known.caller.scopes.contains(&Scope::read(Area::Commissions)));
        assert!(!known.caller.scopes.contains(&Scope::write(Area::Commissions)));
        assert_eq!(sessions.signed_in(&api, at(9_999)).await.unwrap().kind, TokenKind::ApiUser);
        assert_eq!(refusal(&sessions, &session, 60).await, EXPIRED_TOKEN);
        shelf.user.lock().unwrap().as_mut().unwrap().sessions.clear();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(refusal(&sessions, &session, 61).await, EXPIRED_TOKEN, "also when it has left the state");
        assert_eq!(refusal(&sessions, &session, 1).await, INVALID_TOKEN);
    }

    #[tokio::test(start_paused = true)]
    async fn many_requests_ask_once_and_what_ended_stops_within_half_a_second() {
        let (shelf, _, session) = signed_in();
        let sessions = Arc::new(Sessions::new(shelf.clone()));
        let asking = (0..50).map(|_| {
            let (sessions, session) = (sessions.clone(), session.clone());
            tokio::spawn(async move { sessions.signed_in(&session, at(1)).await.is_ok() })
        });
        for found in futures_util::future::join_all(asking).await {
            assert!(found.unwrap());
        }
        assert_eq!(shelf.asked.load(SeqCst), 1);
        shelf.user.lock().unwrap().as_mut().unwrap().sessions.clear();
        assert!(sessions.signed_in(&session, at(1)).await.is_ok(), "still believed");
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(refusal(&sessions, &session, 1).await, INVALID_TOKEN);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_forgotten_stops_at_once() {
        let (shelf, _, session) = signed_in();
        let sessions = Sessions::new(shelf.clone());
        assert!(sessions.signed_in(&session, at(1)).await.is_ok());
        shelf.user.lock().unwrap().as_mut().unwrap().sessions.clear();
        sessions.forget(&session.hash);
        assert_eq!(refusal(&sessions, &session, 1).await, INVALID_TOKEN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_was_never_given_out_opens_nothing() {
        let (shelf, _, session) = signed_in();
        let sessions = Sessions::new(shelf);
        let forged = |kind, user, ends| {
            let token = NewToken::generate(kind, &tenant(), user, ends).unwrap();
            Token::parse(&token.secret).unwrap()
        };
        for kind in [TokenKind::ApiUser, TokenKind::Session] {
            for user in [ID, Uuid::from_u128(8)] {
                assert_eq!(refusal(&sessions, &forged(kind, user, None), 1).await, INVALID_TOKEN);
            }
        }
        let as_api_token = Token { kind: TokenKind::ApiUser, ..session };
        assert_eq!(refusal(&sessions, &as_api_token, 1).await, INVALID_TOKEN, "a session is none");
    }
}
