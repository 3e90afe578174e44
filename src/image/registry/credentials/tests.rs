use super::*;

fn file(text: &str) -> AuthFile {
    serde_json::from_str(text).expect("a file of credentials")
}

fn login(text: &str, domain: &str, repository: &str) -> Option<String> {
    let mut complaints = Vec::new();
    let login = Logins::default().in_file(&file(text), "config.json", domain, repository, &mut complaints);
    assert_eq!(complaints, Vec::<String>::new());
    login.map(|login| match login {
        Login::Password { user, password } => format!("{user}:{}", password.expose()),
        Login::Identity(token) => format!("token {}", token.expose()),
    })
}

#[test]
fn docker_hub_has_a_key_of_its_own() {
    for key in
        ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io", "index.docker.io/v1/"]
    {
        let text = format!(r#"{{"auths":{{"{key}":{{"auth":"YTpi"}}}}}}"#);
        assert_eq!(login(&text, "docker.io", "library/node").as_deref(), Some("a:b"), "{key}");
        assert_eq!(login(&text, "ghcr.io", "library/node"), None, "{key}");
    }
}

#[test]
fn keys_are_hosts_urls_or_hosts_with_a_path() {
    let text = r#"{"auths":{
        "r.example":{"auth":"aG9zdDp4"}, "r.example/team":{"auth":"dGVhbTp4"},
        "r.example/team/app":{"auth":"YXBwOng="}, "https://url.example/v2/":{"auth":"dXJsOng="},
        "port.example:5000":{"auth":"cG9ydDp4"}}}"#;
    for (domain, repository, found) in [
        ("r.example", "other", Some("host:x")),
        ("r.example", "team/other", Some("team:x")),
        ("r.example", "team/app", Some("app:x")),
        ("r.example", "team/app/part", Some("app:x")),
        ("r.example", "team/apple", Some("team:x")),
        ("r.example", "teams", Some("host:x")),
        ("R.EXAMPLE", "x", Some("host:x")),
        ("url.example", "x", Some("url:x")),
        ("port.example", "x", None),
        ("port.example:5000", "x", Some("port:x")),
        ("example", "x", None),
    ] {
        assert_eq!(login(text, domain, repository).as_deref(), found, "{domain}/{repository}");
    }
}

#[test]
fn entries_are_read_as_docker_writes_them() {
    for (entry, found) in [
        (r#"{"auth":"YTpiOmM="}"#, Some("a:b:c")),
        (r#"{"auth":"YTpiAAA="}"#, Some("a:b")),
        (r#"{"auth":"YTpiOmM"}"#, Some("a:b:c")),
        (r#"{"auth":"AAAA","identitytoken":"t"}"#, Some("token t")),
        (r#"{"username":"a","password":"b"}"#, Some("a:b")),
        (r#"{"auth":"","email":"a@b"}"#, None),
        ("{}", None),
        ("null", None),
    ] {
        assert_eq!(login(&format!(r#"{{"auths":{{"r":{entry}}}}}"#), "r", "x").as_deref(), found, "{entry}");
    }
    for text in ["{}", r#"{"auths":null,"credsStore":"","credHelpers":null,"HttpHeaders":{}}"#] {
        assert_eq!(login(text, "r", "x"), None);
    }
}

#[test]
fn what_cannot_be_read_is_a_complaint_that_quotes_nothing() {
    let mut complaints = Vec::new();
    for auth in ["geheim!", "Z2VoZWlt", "/////w=="] {
        let file = file(&format!(r#"{{"auths":{{"r":{{"auth":"{auth}"}}}}}}"#));
        assert_eq!(Logins::default().in_file(&file, "config.json", "r", "x", &mut complaints), None);
    }
    assert_eq!(complaints.len(), 3);
    assert!(complaints.iter().all(|complaint| !complaint.contains("geheim") && !complaint.contains("Z2Vo")));
    let folder = std::env::temp_dir();
    assert!(read(&folder).is_err());
    assert!(read(&folder.join("plimsoll-no-such-file")).is_ok_and(|file| file.is_none()));
}

#[test]
fn what_the_environment_names_comes_before_what_is_usual() {
    let of = |variables: &[(&str, &str)]| {
        let found =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(*value));
        let files = Logins::from_environment(&found).files;
        files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(&[]), Vec::<String>::new());
    let home = ("HOME", "/h");
    assert_eq!(
        of(&[home, ("XDG_RUNTIME_DIR", "/run/1")]),
        ["/h/.docker/config.json", "/run/1/containers/auth.json", "/h/.config/containers/auth.json"]
    );
    assert_eq!(of(&[home, ("DOCKER_CONFIG", "/d")]), ["/d/config.json", "/h/.config/containers/auth.json"]);
    assert_eq!(
        of(&[home, ("XDG_RUNTIME_DIR", "/run/1"), ("REGISTRY_AUTH_FILE", "/a.json")]),
        ["/a.json", "/h/.docker/config.json"]
    );
    assert_eq!(of(&[home, ("DOCKER_CONFIG", "/d"), ("REGISTRY_AUTH_FILE", "/a")]), ["/d/config.json", "/a"]);
}
