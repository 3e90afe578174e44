//! Where answers lead, and what goes along.

use super::*;

/// A server that sends blobs to the address, and demands a login.
fn leading(to: impl Fn(&str) -> String + Send + Sync + 'static, status: u16) -> Server {
    Server::new(move |request, published| {
        if request.header("authorization").is_none() {
            return answer(401, "WWW-Authenticate: Basic realm=\"r\"\r\n", b"");
        }
        match request.path().contains("/blobs/") {
            true => answer(status, &format!("Location: {}\r\n", to(request.path())), b""),
            false => published.honest(request),
        }
    })
}

fn logged_in(name: &str) -> Folder {
    // me:geheim
    Folder::new(name).with("config.json", r#"{"auths":{"127.0.0.1":{"auth":"bWU6Z2VoZWlt"}}}"#)
}

/// The file knows every port of this machine.
fn options_for(folder: &Folder, server: &Server) -> Options {
    let text = format!(r#"{{"auths":{{"127.0.0.1:{}":{{"auth":"bWU6Z2VoZWlt"}}}}}}"#, server.port);
    std::fs::write(folder.0.join("config.json"), text).expect("a file");
    folder.options()
}

#[test]
fn a_login_stays_with_the_server_that_it_is_for() {
    let folder = logged_in("elsewhere");
    for status in [301, 302, 303, 307, 308] {
        let storage = Server::of(&Published::new());
        let port = storage.port;
        let server = leading(move |path| format!("http://127.0.0.1:{port}{path}?signature=geheim2"), status);
        let images = open(&server.reference("app:1"), &Wanted::default(), &options_for(&folder, &server));
        assert_eq!(images.expect("an image").len(), 1, "{status}");
        let [request] = storage.requests().try_into().ok().expect("one request");
        assert_eq!(request.header("authorization"), None, "{}", request.head);
        assert!(request.line().ends_with("?signature=geheim2"));
        let last = server.requests().last().cloned().expect("a request");
        assert_eq!(last.header("authorization"), Some("Basic bWU6Z2VoZWlt"));
    }
}

#[test]
fn on_the_same_server_it_goes_along() {
    let folder = logged_in("same");
    let server = Server::new(move |request, published| match request.path() {
        _ if request.header("authorization").is_none() => answer(401, "WWW-Authenticate: basic\r\n", b""),
        path if path.contains("/blobs/") => answer(307, "Location: /storage/config\r\n", b""),
        "/storage/config" => answer(200, "", &published.config),
        _ => published.honest(request),
    });
    let options = options_for(&folder, &server);
    assert!(open(&server.reference("app:1"), &Wanted::default(), &options).is_ok());
}

#[test]
fn redirects_that_lead_nowhere_good_are_not_followed() {
    let folder = logged_in("nowhere");
    for (to, why) in [
        ("http://198.51.100.7/blob", "plain HTTP to another machine"),
        ("ftp://127.0.0.1/blob", "leads to nowhere"),
        ("http://me:pw@127.0.0.1/blob", "leads to nowhere"),
        ("", "leads from one address to the next"),
        ("?again=1", "leads from one address to the next"),
    ] {
        let server = leading(|_| to.to_string(), 302);
        let error = refused(&server.reference("app:1"), &options_for(&folder, &server));
        assert!(error.what.contains(why), "{to}: {error}");
        assert!(server.asked().len() < 12, "{:?}", server.asked());
    }
}

#[test]
fn https_is_never_left_and_another_machine_does_not_send_us_to_this_one() {
    let base = Address::parse("https://registry.example/").expect("an address");
    let client = Client::new(base.clone(), "registry.example", "app", &Options { plain_http: true, ..options() });
    let leads = |to: &str| client.may_lead(&base, &Address::parse(to).expect("an address")).is_ok();
    assert!(leads("https://cdn.example/blob"));
    for to in ["http://registry.example/", "http://cdn.example/", "http://127.0.0.1/", "https://localhost/admin"] {
        assert!(!leads(to), "{to}");
    }
    let clear = Address::parse("http://registry.example/").expect("an address");
    let asked = Client::new(clear.clone(), "registry.example", "app", &Options { plain_http: true, ..options() });
    let leads = |to: &str| asked.may_lead(&clear, &Address::parse(to).expect("an address")).is_ok();
    assert!(leads("http://registry.example/other") && leads("https://cdn.example/"));
    assert!(!leads("http://cdn.example/"));
}

#[test]
fn a_server_that_redirects_lead_to_is_shown_no_login_even_if_it_demands_one() {
    let folder = logged_in("demanding");
    let storage = Server::new(|_, _| answer(401, "WWW-Authenticate: Basic realm=\"give\"\r\n", b""));
    let port = storage.port;
    let server = leading(move |path| format!("http://127.0.0.1:{port}{path}?signature=geheim2"), 302);
    let error = refused(&server.reference("app:1"), &options_for(&folder, &server));
    assert!(error.what.contains("401"), "{error}");
    assert!(!error.to_string().contains("geheim"), "{error}");
    assert_eq!(storage.requests().len(), 1);
}
