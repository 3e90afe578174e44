//! Who a `USER` text means.

use super::*;

#[test]
fn users_are_resolved_as_the_engine_does() {
    let table =
        after(Accounts::stock(Debian, NODE), "useradd -u 1500 -g 0 app; groupadd -g 2000 grp; useradd -u 5 1234");
    let cases = [
        ("", "0:0", Some(true)),
        (":", "0:0", Some(true)),
        (":grp", "0:2000", Some(true)),
        ("0", "0:0", Some(true)),
        ("0:0", "0:0", Some(true)),
        ("00", "0:0", Some(true)),
        ("root", "0:0", Some(true)),
        ("root:grp", "0:2000", Some(true)),
        ("0:1000", "0:1000", Some(true)),
        ("7777", "7777:0", Some(false)),
        ("1000", "1000:1000", Some(false)),
        ("1500", "1500:0", Some(false)),
        ("1000:1000", "1000:1000", Some(false)),
        ("1000:0", "1000:0", Some(false)),
        ("1000:", "1000:1000", Some(false)),
        ("node", "1000:1000", Some(false)),
        ("node:grp", "1000:2000", Some(false)),
        ("node:77", "1000:77", Some(false)),
        ("1234", "1234:0", Some(false)),
        ("2147483647", "2147483647:0", Some(false)),
    ];
    for (text, expected, root) in cases {
        let resolved = resolve_user(text, &table);
        let user = resolved.user().unwrap_or_else(|| panic!("{text} starts"));
        let ids = format!("{}:{}", user.uid.known().unwrap_or(9), user.gid.known().unwrap_or(9));
        assert_eq!(ids, expected, "{text}");
        assert_eq!(user.is_root(), root, "{text}");
        assert_eq!(user.text, text);
    }
    let no_user = |name: &str| ResolvedUser::Fails(StartError::NoSuchUser(name.to_string()));
    let range = |number: &str| ResolvedUser::Fails(StartError::OutOfRange(number.to_string()));
    for (text, expected) in [
        ("nobody2", no_user("nobody2")),
        ("app # x", no_user("app # x")),
        ("+5", no_user("+5")),
        (" 5", no_user(" 5")),
        ("4294967295", range("4294967295")),
        ("2147483648", range("2147483648")),
        ("99999999999999999999", range("99999999999999999999")),
        ("-1", range("-1")),
        ("node:-1", range("-1")),
        ("node:docker", ResolvedUser::Fails(StartError::NoSuchGroup("docker".to_string()))),
    ] {
        assert_eq!(resolve_user(text, &table), expected, "{text}");
    }
}

#[test]
fn users_of_an_image_that_is_not_known() {
    let unknown = Accounts::unknown();
    let user = |text: &str| resolve_user(text, &unknown).user().cloned();
    assert_eq!(user("app").and_then(|user| user.is_root()), None);
    assert_eq!(user("app").map(|user| user.named_like_root()), Some(false));
    assert_eq!(user("toor").map(|user| (user.is_root(), user.named_like_root())), Some((None, true)));
    assert_eq!(user("root").and_then(|user| user.is_root()), Some(true));
    assert_eq!(user("1000").map(|user| (user.uid, user.gid)), Some((Id::Known(1000), Id::Unknown)));
    assert_eq!(user("app:grp").map(|user| user.gid), Some(Id::Unknown));
    assert_eq!(user("app x"), None, "no account has a blank in its name");
    assert_eq!(user("-1"), None);
    let alias = on(Debian, "useradd -o -u 0 -g 0 app");
    assert_eq!(resolve_user("app", &alias).user().and_then(User::is_root), Some(true));
    let nobody = resolve_user("root", &Accounts::none());
    assert_eq!(nobody, ResolvedUser::Fails(StartError::NoSuchUser("root".to_string())), "scratch has no passwd file");
    let system = on(Debian, "adduser --system app");
    assert_eq!(resolve_user("app", &system).user().and_then(User::is_root), Some(false));
}

#[test]
fn facts_about_a_user() {
    let body = "useradd -u 1500 app";
    let table = on(Debian, body);
    let by_name = resolve_user("app", &table).user().cloned();
    let place = Some(Span::new(SourceId(0), 0..body.len()));
    assert_eq!(by_name.as_ref().map(|user| (user.numeric, user.group_given, user.place)), Some((false, false, place)));
    let by_number = resolve_user("1500:0", &table).user().cloned();
    assert_eq!(by_number.as_ref().map(|user| (user.numeric, user.group_given)), Some((true, true)));
    assert_eq!(by_number.and_then(|user| user.name).as_deref(), Some("app"));
    assert_eq!(resolve_user("", &table).user().map(|user| user.numeric), Some(false));
}
