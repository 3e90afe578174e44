//! Who asks, and who is told.

use super::*;
use crate::image::registry::secret::Secret;

/// base64 of `me:geheim`.
const ME: &str = "bWU6Z2VoZWlt";

fn folder(name: &str, server: &Server, entry: &str) -> Folder {
    Folder::new(name).with("config.json", &format!(r#"{{"auths":{{"127.0.0.1:{}":{entry}}}}}"#, server.port))
}

/// A registry with a token server under the same port.
fn with_tokens(respond: impl Fn(&server::Request) -> Vec<u8> + Send + Sync + 'static) -> Server {
    Server::new(move |request, published| {
        if request.path() == "/token" {
            return respond(request);
        }
        let bearer = request.header("authorization").unwrap_or_default();
        if bearer == "Bearer gut-und-geheim" {
            return published.honest(request);
        }
        let host = request.header("host").unwrap_or_default();
        let challenge = format!(r#"Bearer realm="http://{host}/token?a=b",service="the, registry""#);
        answer(401, &format!("WWW-Authenticate: {challenge}\r\n"), b"")
    })
}

fn token() -> Vec<u8> {
    answer(200, "", br#"{"token":"gut-und-geheim","expires_in":60}"#)
}

#[test]
fn a_token_is_got_without_a_login_and_kept_for_the_repository() {
    let server = with_tokens(|_| token());
    let images = open(&server.reference("team/app:1"), &Wanted::default(), &options()).expect("an image");
    let Blobs::Apart(layers) = &images[0].blobs else { panic!("apart") };
    assert!(layers(0).is_ok());
    let asked = server.asked();
    let token = "GET /token?a=b&service=the%2C%20registry&scope=repository%3Ateam%2Fapp%3Apull";
    assert_eq!(asked[1], token);
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert!(server.requests()[1].header("authorization").is_none());
}

#[test]
fn a_name_and_a_password_are_exchanged_for_a_token() {
    let server = with_tokens(|request| match request.header("authorization") {
        Some(basic) if basic == format!("Basic {ME}") => token(),
        _ => answer(401, "", b""),
    });
    let login = folder("exchange", &server, &format!(r#"{{"auth":"{ME}"}}"#));
    assert!(open(&server.reference("app:1"), &Wanted::default(), &login.options()).is_ok());
    let outside: Vec<_> = server.requests().into_iter().filter(|request| request.path() != "/token").collect();
    assert!(outside.iter().all(|request| !request.head.contains(ME)));
    let error = refused(&server.reference("app:1"), &options());
    assert!(error.help.contains("docker login 127.0.0.1:"), "{error}");
}

#[test]
fn an_identity_token_is_posted_and_never_part_of_an_address() {
    let server = with_tokens(|request| {
        let form = "grant_type=refresh_token&service=the%2C%20registry&scope=repository%3Aapp%3Apull&client_id=plimsoll\
                    &refresh_token=ganz%2Bgeheim";
        let right = request.head.starts_with("POST ") && request.body == form;
        if right { answer(200, "", br#"{"access_token":"gut-und-geheim"}"#) } else { answer(400, "", b"") }
    });
    let login = folder("identity", &server, r#"{"auth":"AAAA","identitytoken":"ganz+geheim"}"#);
    assert!(open(&server.reference("app:1"), &Wanted::default(), &login.options()).is_ok());
    assert!(server.asked().iter().all(|line| !line.contains("geheim")));
}

#[test]
fn an_identity_token_does_not_follow_a_redirect() {
    let elsewhere = Server::of(&Published::new());
    let port = elsewhere.port;
    let server = with_tokens(move |_| answer(307, &format!("Location: http://127.0.0.1:{port}/token\r\n"), b""));
    let login = folder("led", &server, r#"{"identitytoken":"ganz-geheim"}"#);
    let error = refused(&server.reference("app:1"), &login.options());
    assert!(error.what.contains("307") && !error.to_string().contains("ganz-geheim"), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_registry_that_is_never_content_is_left_alone() {
    let server = with_tokens(|_| answer(200, "", br#"{"token":"schlecht-und-geheim"}"#));
    let error = refused(&server.reference("app:1"), &options());
    assert!(error.what.contains("401") && !error.to_string().contains("geheim"), "{error}");
    assert_eq!(server.asked().len(), 3, "{:?}", server.asked());

    let basic = Server::new(|_, _| answer(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b""));
    let login = folder("never", &basic, &format!(r#"{{"auth":"{ME}"}}"#));
    let error = refused(&basic.reference("app:1"), &login.options());
    assert!(error.help.contains("log in again"), "{error}");
    assert_eq!(basic.asked().len(), 2);
}

#[test]
fn passwords_are_sent_when_demanded_and_not_before() {
    let server = Server::new(|request, published| match request.header("authorization") {
        None => answer(401, "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=\"x\"\r\n", b""),
        Some(_) => published.honest(request),
    });
    let login = folder("basic", &server, &format!(r#"{{"auth":"{ME}"}}"#));
    assert!(open(&server.reference("app:1"), &Wanted::default(), &login.options()).is_ok());
    let sent: Vec<bool> = server.requests().iter().map(|request| request.header("authorization").is_some()).collect();
    assert_eq!(sent, [false, true, true]);
}

#[test]
fn what_a_registry_says_back_of_a_login_is_not_shown() {
    let server = Server::new(|request, _| match request.header("authorization") {
        None => answer(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", b""),
        Some(sent) => {
            let body = format!(r#"{{"errors":[{{"code":"geheim","message":"{sent} is me:geheim"}}]}}"#);
            answer(403, "", body.as_bytes())
        }
    });
    let login = folder("echo", &server, &format!(r#"{{"auth":"{ME}"}}"#));
    let error = refused(&server.reference("app:1"), &login.options()).to_string();
    assert!(error.contains("***") && !error.contains("geheim") && !error.contains(ME), "{error}");
}

#[test]
fn a_token_server_elsewhere_in_clear_is_not_asked() {
    for realm in ["http://198.51.100.7/token", "ftp://x/", "/token", "http://me:pw@127.0.0.1/", ""] {
        let challenge = format!("WWW-Authenticate: Bearer realm=\"{realm}\"\r\n");
        let server = Server::new(move |_, _| answer(401, &challenge, b""));
        let login = folder("realm", &server, &format!(r#"{{"auth":"{ME}"}}"#));
        let error = refused(&server.reference("app:1"), &login.options());
        assert!(error.what.contains("token server"), "{realm}: {error}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn a_login_does_not_go_out_in_clear_even_if_the_user_wants_plain_http() {
    let folder =
        Folder::new("clear").with("config.json", &format!(r#"{{"auths":{{"registry.example":{{"auth":"{ME}"}}}}}}"#));
    let options = Options { plain_http: true, ..folder.options() };
    let base = Address::parse("http://registry.example/").expect("an address");
    let client = Client::new(base, "registry.example", "app", &options);
    let mut headers = HeaderMap::new();
    headers.insert(header::WWW_AUTHENTICATE, "Basic realm=\"x\"".parse().expect("a header"));
    let until = Instant::now() + Duration::from_secs(1);
    assert!(token::authorize(&client, &headers, None, until).expect("no failure").is_none());
    assert!(client.login_help().contains("not sent in clear"), "{}", client.login_help());
    // Whoever sits on that line may name any token server.
    let realm = Address::parse("https://elsewhere.example/token").expect("an address");
    assert!(!token::may_send_login(&client, &realm));
}

#[test]
fn answers_without_a_token_are_no_proof() {
    for body in ["", "{}", r#"{"token":""}"#, r#"{"token":"a\r\nX: y"}"#, r#"{"token":7}"#, "[]"] {
        let server = with_tokens(move |_| answer(200, "", body.as_bytes()));
        let error = refused(&server.reference("app:1"), &options());
        assert!(error.what.contains("without a token"), "{body}: {error}");
    }
    let long = with_tokens(|_| answer(200, "", &vec![b' '; 300 << 10]));
    assert!(refused(&long.reference("app:1"), &options()).what.contains("262144 bytes"));
}

#[test]
fn nothing_secret_shows_when_it_is_debugged() {
    let folder = Folder::new("debug").with("config.json", &format!(r#"{{"auths":{{"r.example":{{"auth":"{ME}"}}}}}}"#));
    let found = folder.options().logins.find("r.example", "app");
    let shown = format!("{found:?} {:?} {:?}", Secret::new("geheim"), folder.options());
    assert!(found.login.is_some() && !shown.contains("geheim") && !shown.contains(ME), "{shown}");
}
