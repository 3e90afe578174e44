//! Token: what a registry accepts as proof, got the way its challenge demands
//! (`distribution`, "Token Authentication Specification" and "OAuth2 Token Authentication").

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use ureq::http::{HeaderMap, StatusCode, header};

use super::address::{Address, form};
use super::challenge::{self, Challenge};
use super::client::{Answer, Client, Question, locked};
use super::credentials::Found;
use super::failure::{Again, Failure};
use super::secret::{Login, Secret};

/// The longest answer of a token server that is read.
const TOKEN_LIMIT: usize = 256 << 10;

/// What is sent as `Authorization` for one repository.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Authorization(Secret);

impl Authorization {
    /// The value of the header.
    pub(super) fn header(&self) -> &Secret {
        &self.0
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// Meets the challenge of an answer 401; nothing if the user has nothing to meet it with. `used` is what was sent with
/// the question: if another thread has got something fresher since, that is taken.
pub(super) fn authorize(
    client: &Client,
    headers: &HeaderMap,
    used: Option<&Authorization>,
    until: Instant,
) -> Result<Option<Authorization>, Failure> {
    let mut known = locked(&client.authorization);
    if known.is_some() && known.as_ref() != used {
        return Ok(known.clone());
    }
    let challenges: Vec<Challenge> = headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(challenge::parse)
        .collect();
    let of = |scheme: &str| challenges.iter().find(|challenge| challenge.scheme == scheme);
    let fresh = match (of("bearer"), of("basic")) {
        (Some(bearer), basic) if bearer.parameter("realm").is_some() || basic.is_none() => {
            let token = by_token(client, bearer, until);
            // Whatever is wrong with the token server, the registry speaks the protocol and may have the image.
            Some(token.map_err(|failure| Failure { other_protocol: false, absent: false, ..failure })?)
        }
        (_, Some(_)) => by_password(client),
        (_, None) => None,
    };
    // The same proof once more would be refused once more.
    let fresh = fresh.filter(|fresh| Some(fresh) != used);
    known.clone_from(&fresh);
    Ok(fresh)
}

fn by_password(client: &Client) -> Option<Authorization> {
    if !may_send_login(client, &client.base) {
        return None;
    }
    match client.login() {
        Some(Login::Password { user, password }) => Some(client.remember(basic(user, password))),
        _ => None,
    }
}

fn by_token(client: &Client, challenge: &Challenge, until: Instant) -> Result<Authorization, Failure> {
    let realm = challenge.parameter("realm").and_then(Address::parse).ok_or_else(|| {
        Failure::new(
            format!("{} names no token server that can be asked", client.base),
            "check that a registry answers at this address, and how its authentication is configured",
        )
    })?;
    if !client.may_ask(&realm) || (realm.is_loopback() && !client.base.is_loopback()) {
        return Err(Failure::new(
            format!(
                "{} names the token server {realm}, which is not asked: it is not HTTPS, or on this machine",
                client.base
            ),
            "check how the authentication of the registry is configured",
        ));
    }
    let own_scope = format!("repository:{}:pull", client.repository);
    let service = challenge.parameter("service").unwrap_or_default();
    let scope = challenge.parameter("scope").unwrap_or(&own_scope);
    match client.login().filter(|_| may_send_login(client, &realm)) {
        Some(Login::Identity(token)) => {
            let fields = [
                ("grant_type", "refresh_token"),
                ("service", service),
                ("scope", scope),
                ("client_id", "plimsoll"),
                ("refresh_token", token.expose()),
            ];
            let answer = client.post(&realm, &Secret::new(form(&fields)), until);
            // An exchange may use the token up, so it is not tried twice.
            answer.and_then(|answer| read(client, answer)).map_err(|failure| Failure { again: Again::No, ..failure })
        }
        Some(Login::Password { user, password }) => {
            let authorization = client.remember(basic(user, password));
            read(client, ask(client, &realm, service, scope, Some(authorization.header()), until)?)
        }
        None => read(client, ask(client, &realm, service, scope, None, until)?),
    }
}

fn ask(
    client: &Client,
    realm: &Address,
    service: &str,
    scope: &str,
    authorization: Option<&Secret>,
    until: Instant,
) -> Result<Answer, Failure> {
    let service = Some(("service", service)).filter(|(_, service)| !service.is_empty());
    // A scope with blanks is several scopes.
    let scopes = scope.split_ascii_whitespace().map(|scope| ("scope", scope));
    let parameters: Vec<(&str, &str)> = service.into_iter().chain(scopes).collect();
    client.follow(&Question { address: &realm.with_query(&parameters), accept: None, authorization, until })
}

fn read(client: &Client, answer: Answer) -> Result<Authorization, Failure> {
    if answer.status != StatusCode::OK {
        return Err(refused(client, answer));
    }
    let from = answer.from.clone();
    let bytes = client.body(answer, TOKEN_LIMIT)?;
    let token: Option<Token> = serde_json::from_slice(&bytes).ok();
    let token = token.and_then(|token| token.token.filter(|text| !text.is_empty()).or(token.access_token));
    let visible = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let token = token.filter(visible).ok_or_else(|| {
        Failure::new(
            format!("{from} answers without a token"),
            "check how the authentication of the registry is configured",
        )
    })?;
    let _ = client.remember(Secret::new(token.as_str()));
    Ok(client.remember(Secret::new(format!("Bearer {token}"))))
}

/// A token server that refuses is a registry that refuses: its 400 and 403 are about the login too.
fn refused(client: &Client, answer: Answer) -> Failure {
    let about_login = matches!(answer.status.as_u16(), 400 | 401 | 403);
    let failure = client.refusal(answer);
    let help = if about_login { client.login_help() } else { failure.help };
    Failure { help, ..failure }
}

/// Logins go over HTTPS; in clear they go nowhere but from a registry on this machine to this machine. Where a registry
/// elsewhere is asked in clear, anybody on the way can name a token server, so nobody gets a login.
pub(super) fn may_send_login(client: &Client, to: &Address) -> bool {
    let base = &client.base;
    let in_clear_here = to.is_loopback() && base.is_loopback() && !base.is_secure();
    (base.is_secure() || base.is_loopback()) && (to.is_secure() || in_clear_here)
}

fn basic(user: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
}

impl Client {
    /// The user's login for this repository; looked for once, and only when a registry demands one.
    fn login(&self) -> Option<&Login> {
        let login = self.looked_up().login.as_ref();
        if let Some(login) = login {
            let _ = self.remember(login.secret().clone());
        }
        login
    }

    fn looked_up(&self) -> &Found {
        self.found.get_or_init(|| self.options.logins.find(&self.domain, &self.repository))
    }

    /// Keeps a secret out of every message from now on.
    fn remember(&self, secret: Secret) -> Authorization {
        let mut secrets = locked(&self.secrets);
        if !secrets.contains(&secret) {
            let bare = secret.expose().split_once(' ').map(|(_, bare)| Secret::new(bare));
            secrets.push(secret.clone());
            secrets.extend(bare);
            // The longest first, so that no part of it is left.
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        }
        Authorization(secret)
    }

    /// What to do about a 401.
    pub(super) fn login_help(&self) -> String {
        let Found { login, looked_in, complaints } = self.looked_up();
        let log_in = format!("`docker login {}`", self.domain);
        if let Some(file) = looked_in.last().filter(|_| login.is_some()) {
            if !may_send_login(self, &self.base) {
                return format!("give the registry HTTPS: the login in `{file}` is not sent in clear");
            }
            return format!("log in again with {log_in}: what `{file}` leads to is not accepted");
        }
        if let Some(complaint) = complaints.first() {
            return format!("log in with {log_in}: {complaint}");
        }
        let looked_in: Vec<String> = looked_in.iter().map(|file| format!("`{file}`")).collect();
        let nowhere = if looked_in.is_empty() { "no file".to_string() } else { looked_in.join(", ") };
        format!("log in with {log_in} (there is no login for it in {nowhere}), or check the spelling")
    }
}
