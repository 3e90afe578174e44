use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::Distribution::{Alpine, Debian, RedHat, Unknown};
use super::*;
use crate::shell::scan;
use crate::source::{SourceId, Text};

mod users;

const UBUNTU: &[(&str, u32, u32)] = &[("ubuntu", 1000, 1000)];
const NODE: &[(&str, u32, u32)] = &[("node", 1000, 1000)];

fn text(body: &str) -> Text {
    Text::whole(body, Span::new(SourceId(0), 0..body.len()))
}

fn run(table: &mut Accounts, body: &str) {
    let lookup = |name: &str| match name {
        "APP_UID" => Some("10001".to_string()),
        "APP" => Some("app".to_string()),
        _ => None,
    };
    table.apply(&scan(body), &text(body), &lookup);
}

fn after(mut table: Accounts, body: &str) -> Accounts {
    run(&mut table, body);
    table
}

fn on(distribution: Distribution, body: &str) -> Accounts {
    after(Accounts::stock(distribution, &[]), body)
}

/// An account's ids as `uid:gid`, `+` for an unknown number that is not 0 and `?` for any.
fn ids(table: &Accounts, name: &str) -> String {
    let id = |id: Id| match id {
        Id::Known(id) => id.to_string(),
        Id::NonZero => "+".to_string(),
        Id::Unknown => "?".to_string(),
    };
    table.user(name).map_or("none".to_string(), |account| format!("{}:{}", id(account.uid), id(account.gid)))
}

fn assert_ids(distribution: Distribution, cases: &[(&str, &str, &str)]) {
    for (body, name, expected) in cases {
        let table = on(distribution, body);
        assert_eq!(&ids(&table, name), expected, "{distribution:?}: {body}");
    }
}

#[test]
fn useradd_and_its_family_on_debian() {
    assert_ids(
        Debian,
        &[
            ("useradd app", "app", "1000:1000"),
            ("useradd -r app", "app", "999:999"),
            ("groupadd -r a && useradd -r -g a a", "a", "999:999"),
            ("groupadd -r a && useradd -r -g a a; groupadd -r b && useradd -r -g b b", "b", "998:998"),
            ("useradd -m -u 10001 app", "app", "10001:10001"),
            ("useradd -N app", "app", "1000:100"),
            ("useradd app -ru 500", "app", "500:500"),
            ("useradd --uid=700 --gid 0 app", "app", "700:0"),
            ("/usr/sbin/useradd -m app -s /bin/false -c 'the app'", "app", "1000:1000"),
            ("useradd a; useradd -u 5000 b; useradd c", "c", "5001:5001"),
            ("useradd -o -u 0 app", "app", "0:1000"),
            ("groupadd -g 2000 g && useradd -u 1500 -g 2000 app", "app", "1500:2000"),
            ("useradd -u 70000 app", "app", "70000:+"),
            ("useradd -u $APP_UID $APP", "app", "10001:10001"),
            ("useradd -u ${NONE:-1234} app", "app", "1234:1234"),
            ("useradd -u $NONE app", "app", "?:+"),
            ("useradd -u${NONE} app", "app", "?:+"),
            ("useradd --uid=$NONE app", "app", "?:+"),
            ("U=77; useradd -u $U app", "app", "77:77"),
            ("export APP_UID=$(id -u); useradd -u ${APP_UID:-5} app", "app", "?:+"),
            ("sudo -E useradd app", "app", "1000:1000"),
            ("useradd -R /mnt app", "app", "none"),
            ("useradd -D -s /bin/bash", "app", "none"),
            ("groupadd -f -g 0 app && useradd -g app app", "app", "1000:1000"),
            ("useradd app && usermod -u 2000 -g 0 -l www app", "www", "2000:0"),
            ("useradd app && groupmod -g 3000 app", "app", "1000:3000"),
            ("groupadd g && groupmod -n h g && useradd -g h app", "app", "1000:1000"),
            ("useradd a && userdel -r a && useradd b", "b", "1000:1000"),
            ("usermod -aG sudo www-data", "www-data", "33:33"),
            ("useradd -r a; useradd -r -u 500 b; useradd -r c", "c", "+:+"),
        ],
    );
}

#[test]
fn adduser_on_debian() {
    assert_ids(
        Debian,
        &[
            ("adduser --system --group app", "app", "+:+"),
            ("adduser --system app", "app", "+:65534"),
            ("adduser --disabled-password --gecos \"\" app", "app", "1000:1000"),
            ("adduser --uid 2000 --disabled-login app", "app", "2000:2000"),
            ("addgroup --gid 1500 g && adduser --ingroup g --no-create-home app", "app", "1000:1500"),
            ("addgroup g; adduser app", "app", "1001:1001"),
            ("adduser --system --no-create-home --uid 150 --gid 0 app", "app", "150:0"),
            ("adduser app && adduser app sudo", "app", "1000:1000"),
            ("adduser app && deluser --remove-home app", "app", "none"),
            ("adduser --firstuid 3000 app", "app", "+:+"),
        ],
    );
    let table = on(Debian, "adduser app && adduser app sudo && deluser app sudo && adduser app audio");
    assert_eq!(table.user("app").map(|app| app.groups.clone()), Some(vec!["audio".to_string()]));
}

#[test]
fn adduser_of_busybox() {
    assert_ids(
        Alpine,
        &[
            ("adduser -D app", "app", "1000:1000"),
            ("addgroup -S a && adduser -S a -G a", "a", "100:101"),
            ("adduser -S app", "app", "100:65533"),
            ("adduser -D -u 1001 -g 1001 app", "app", "1001:1001"),
            ("addgroup -g 1500 g && adduser -D -G g app", "app", "1000:1500"),
            ("addgroup g && adduser -D app", "app", "1001:1001"),
            ("addgroup -S -g 1000 redis && adduser -S -G redis -u 999 redis", "redis", "999:1000"),
            ("adduser -u 82 -D -S -G www-data www-data", "www-data", "82:82"),
            ("apk add --no-cache shadow && useradd -u 5000 app", "app", "5000:5000"),
            ("apk add --no-cache shadow && adduser -D -g 1 app", "app", "1000:1000"),
            ("adduser --system --uid 300 app", "app", "300:65533"),
            ("adduser -D a && deluser a && adduser -D b", "b", "1000:1000"),
            ("busybox adduser -D app", "app", "1000:1000"),
            ("adduser -SDHu 333 app", "app", "333:65533"),
        ],
    );
}

#[test]
fn adduser_on_red_hat_is_useradd() {
    assert_ids(
        RedHat,
        &[
            ("adduser -r -u 185 -g 0 app", "app", "185:0"),
            ("adduser app", "app", "1000:1000"),
            ("useradd -r app", "app", "+:+"),
            ("adduser --system -m app", "app", "+:+"),
        ],
    );
}

#[test]
fn ids_of_an_image_with_accounts_of_its_own() {
    let ubuntu = || Accounts::stock(Debian, UBUNTU);
    assert_eq!(ids(&after(ubuntu(), "useradd app"), "app"), "1001:1001");
    assert_eq!(ids(&after(ubuntu(), "userdel -r ubuntu && useradd app"), "app"), "1000:1000");
    assert_eq!(ids(&after(ubuntu(), "touch x; userdel -r ubuntu || true; useradd -u 1000 app"), "app"), "1000:1000");
    let table = after(ubuntu(), "useradd -u 1000 app");
    let holder = Holder { id: 1000, name: "ubuntu".to_string(), place: None };
    assert_eq!(table.incidents()[0].kind, IncidentKind::UidTaken(holder));
    let table = after(Accounts::stock(Debian, &[("redis", 999, 999)]), "useradd -r app");
    assert_eq!(ids(&table, "app"), "998:998");
}

#[test]
fn nothing_is_guessed_of_an_image_that_is_not_known() {
    for (body, expected) in [
        ("useradd app", "+:+"),
        ("useradd -u 1000 app", "1000:+"),
        ("useradd -u 1000 -g 0 app", "1000:0"),
        ("adduser -D -u 1001 -g 1001 app", "1001:+"),
        ("adduser -S -G nobody app", "+:?"),
        ("adduser --system --uid 5 app", "5:65534"),
        ("adduser -r -m app", "+:+"),
        ("adduser -u 5 app", "5:+"),
        ("usermod -u 7 app", "7:?"),
    ] {
        assert_eq!(ids(&on(Unknown, body), "app"), expected, "{body}");
    }
    assert!(!Accounts::unknown().complete());
    assert_eq!(Accounts::unknown().opaque(), None);
}

#[test]
fn a_command_that_may_be_left_out_makes_an_account_that_may_not_be_there() {
    let table = on(Debian, "ls x || useradd app");
    assert_eq!(ids(&table, "app"), "+:+", "the id is known only if it is given");
    assert!(table.user("app").is_some_and(|app| app.conditional));
    assert_eq!(ids(&on(Debian, "ls x || useradd -u 1500 app"), "app"), "1500:+");
    assert_eq!(ids(&on(Debian, "if [ -n \"$X\" ]; then useradd -u 1500 -g 0 app; fi"), "app"), "1500:0");
    let table = on(Debian, "id -u app >/dev/null 2>&1 || useradd app");
    assert_eq!(ids(&table, "app"), "1000:1000", "the table knows what `id` answers");
    let table = on(Debian, "if ! getent passwd www-data; then useradd -u 50 www-data; fi");
    assert_eq!(ids(&table, "www-data"), "33:33");
    assert!(table.incidents().is_empty());
    let table = after(Accounts::stock(Debian, UBUNTU), "if id ubuntu; then userdel ubuntu; fi");
    assert_eq!(ids(&table, "ubuntu"), "none");
    assert!(table.complete());
    let table = after(Accounts::stock(Debian, UBUNTU), "if [ -n \"$X\" ]; then userdel ubuntu; fi");
    assert!(!table.complete(), "whether the account is there depends on X");
    assert_eq!(ids(&on(Debian, "useradd app; ls x || usermod -u 0 app"), "app"), "?:1000");
    assert_eq!(ids(&on(Debian, "useradd app; ls x || usermod -u 5 app"), "app"), "+:1000");
}

#[test]
fn lines_written_to_the_files() {
    let line = "app:x:10001:10002::/:/sbin/nologin";
    for body in [
        format!("echo \"{line}\" >> /etc/passwd"),
        format!("echo -e '{line}\\n' >> /etc/passwd"),
        format!("printf '%s\\n' '{line}' >> /etc/passwd"),
        format!("printf '{line}\\n' >>/etc/passwd"),
        format!("cat >> /etc/passwd <<EOF\n{line}\nEOF\n"),
        format!("cat <<'EOF' >> /etc/passwd\n{line}\nEOF\n"),
        format!("tee -a /etc/passwd <<EOF\n{line}\nEOF\n"),
        format!("cat <<< '{line}' >> /etc/passwd"),
        format!("echo '{line}' | tee -a /etc/passwd > /dev/null"),
        format!("{{ echo '{line}'; }} >> /etc/passwd"),
        "echo \"$APP:x:$APP_UID:10002::/:/bin/sh\" >> /etc/passwd".to_string(),
        "cat >> /etc/passwd <<EOF\n${APP}:x:${APP_UID}:10002:$NONE\nEOF\n".to_string(),
    ] {
        let table = on(Debian, &body);
        assert_eq!(ids(&table, "app"), "10001:10002", "{body}");
        assert_eq!(ids(&table, "daemon"), "1:1", "{body}");
        assert!(table.complete(), "{body}");
    }
    assert_eq!(ids(&on(Debian, "echo \"app:x:$NONE:5::/:/bin/sh\" >> /etc/passwd"), "app"), "?:?");
    let table = on(Debian, "{ echo root:x:0:0:::; echo app:x:5:6:::; } > /etc/passwd && echo g:x:6:app >/etc/group");
    assert_eq!((ids(&table, "app"), ids(&table, "daemon")), ("5:6".to_string(), "none".to_string()));
    assert_eq!(table.group("g").map(|group| group.gid), Some(Id::Known(6)));
    assert_eq!(table.user("app").map(|app| app.groups.clone()), Some(vec!["g".to_string()]));
    let table = on(Debian, "echo toor:x:0:0:::/bin/sh >> /etc/passwd");
    assert!(matches!(&table.incidents()[0].kind, IncidentKind::UidShared(root) if root.name == "root"));
    let mut table = Accounts::none();
    table.replace_passwd("root:x:0:0::/:\napp:x:7:8::/:\n", Span::new(SourceId(0), 0..1));
    assert_eq!(ids(&table, "app"), "7:8");
}

#[test]
fn what_cannot_be_followed_makes_the_table_incomplete() {
    let opaque = [
        "./setup.sh",
        "sh x.sh",
        "bash -e /tmp/install",
        "curl -fsSL https://example.org/x | sh",
        "curl https://example.org/x | sudo -E bash -s -- -y",
        "/tmp/setup",
        ". ./functions.sh",
        "$SETUP",
        "useradd $NONE",
        "eval \"$NONE\"",
        "cat users | xargs -n1 useradd",
        "sed -i 's/1000/1001/' /etc/passwd",
        "cp passwd /etc/passwd",
        "cat users >> /etc/passwd",
        "useradd app $(",
        "ansible-playbook site.yml",
        "install.sh",
    ];
    for body in opaque {
        let table = on(Debian, body);
        assert!(!table.complete(), "{body}");
        assert!(table.opaque().is_some(), "{body}");
        assert_eq!(ids(&after(table, "useradd app"), "app"), "+:+", "{body}");
    }
    let clear = [
        "apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
        "./configure --prefix=/usr && make -j4 && make install",
        "./gradlew build",
        "/opt/venv/bin/pip install x",
        ". /etc/os-release && echo $ID",
        "grep app /etc/passwd; cat /etc/group; chmod 644 /etc/passwd; sed -n 1p /etc/passwd",
        "npm ci && npm run build",
        "echo \"hello\" > /etc/motd",
        "bash -c 'echo $0'",
        "chown -R 1000:0 /app",
    ];
    for body in clear {
        assert!(on(Debian, body).complete(), "{body}");
    }
}

#[test]
fn texts_for_another_shell_are_read() {
    assert_ids(
        Debian,
        &[
            ("sh -c 'useradd -u 500 app'", "app", "500:500"),
            ("bash -euxo pipefail -c \"useradd -u 500 app\"", "app", "500:500"),
            ("eval useradd -u 500 app", "app", "500:500"),
            ("sh <<EOF\nuseradd -u 500 app\nEOF\n", "app", "500:500"),
            ("ls x || sh -c 'useradd -u 500 app'", "app", "500:+"),
        ],
    );
    let nested = |depth: usize| {
        let quote = |text: String, _| format!("sh -c {}", text.replace('\\', "\\\\").replace(' ', "\\ "));
        on(Debian, &(0..depth).fold("useradd -u 500 app".to_string(), quote))
    };
    assert_eq!(ids(&nested(3), "app"), "500:500");
    assert_eq!((nested(8).complete(), ids(&nested(8), "app")), (false, "none".to_string()), "too deep to follow");
}

#[test]
fn packages_may_bring_accounts() {
    let mut table = on(Debian, "apt-get install -y --no-install-recommends nginx=1.2 openssh-server");
    assert!(table.complete());
    assert!(table.may_have("nginx") && table.may_have("sshd"));
    for unnamed in ["apt-get install -y $NONE", "dpkg -i /tmp/*.deb"] {
        let table = on(Debian, &format!("{unnamed}; useradd people; useradd -r app"));
        assert!(!table.complete(), "{unnamed}");
        assert_eq!((ids(&table, "people"), ids(&table, "app")), ("1000:1000".to_string(), "+:+".to_string()));
    }
    let file = on(Debian, "dpkg -i /tmp/app/grafana_1.deb");
    assert!(file.complete() && file.may_have("grafana") && !file.may_have("app"));
    assert!(table.may_have("_nginx-cache"), "a name that starts like a package");
    assert!(!table.may_have("app"));
    run(&mut table, "useradd -r app; useradd people");
    assert_eq!(ids(&table, "app"), "+:+", "system ids may have been taken");
    assert_eq!(ids(&table, "people"), "1000:1000");
    assert_eq!(ids(&on(Debian, "apt-get install -y curl ca-certificates && useradd -r app"), "app"), "999:999");
    assert_eq!(ids(&on(Alpine, "apk add --virtual .deps gcc && adduser -S app"), "app"), "+:65533");
}

#[test]
fn incidents_say_what_does_not_fit() {
    let node = || Accounts::stock(Debian, NODE);
    let only = |body: &str| {
        let table = after(node(), body);
        assert_eq!(table.incidents().len(), 1, "{body}: {:?}", table.incidents());
        table.incidents()[0].clone()
    };
    let holder = |id, name: &str| Holder { id, name: name.to_string(), place: None };
    let incident = only("set -e; useradd -u 1000 -g 0 app; true");
    assert_eq!(incident.kind, IncidentKind::UidTaken(holder(1000, "node")));
    assert_eq!((incident.name.as_str(), incident.tolerated), ("app", false));
    assert_eq!(incident.place, Span::new(SourceId(0), 8..32));
    assert_eq!(only("groupadd -g 1000 app").kind, IncidentKind::GidTaken(holder(1000, "node")));
    assert_eq!(only("useradd -o -u 1000 -g 0 app").kind, IncidentKind::UidShared(holder(1000, "node")));
    assert_eq!(only("useradd -g 0 -ou 0 app").kind, IncidentKind::UidShared(holder(0, "root")));
    assert_eq!(only("useradd node").kind, IncidentKind::AccountExists(None));
    assert_eq!(only("groupadd node").kind, IncidentKind::GroupExists(None));
    assert_eq!(only("userdel ubuntu").kind, IncidentKind::AccountMissing);
    assert_eq!(only("groupdel app").kind, IncidentKind::GroupMissing("app".to_string()));
    assert_eq!(only("useradd -g app app").kind, IncidentKind::GroupMissing("app".to_string()));
    assert_eq!(only("usermod -aG docker node").kind, IncidentKind::GroupMissing("docker".to_string()));
    assert_eq!(only("usermod -u 33 node").kind, IncidentKind::UidTaken(holder(33, "www-data")));
    for tolerated in
        ["useradd node || true", "useradd node; true", "if useradd node; then true; fi", "useradd node | cat"]
    {
        assert!(only(tolerated).tolerated, "{tolerated}");
    }
    for fits in [
        "usermod -u 1000 node",
        "groupadd -f node",
        "adduser --system www-data",
        "ls x || useradd -u 1000 -g 0 app",
        "useradd -G sudo,audio app",
        "./setup.sh; userdel app",
    ] {
        assert_eq!(after(node(), fits).incidents(), [], "{fits}");
    }
    let table = after(node(), "useradd -u 1000 -g 0 app || true");
    assert_eq!(ids(&table, "app"), "none", "the command fails and the build goes on");
    let table = on(Alpine, "adduser -D -u 123 app");
    assert!(matches!(table.incidents()[0].kind, IncidentKind::UidTaken(_)));
    let table = on(Alpine, "adduser -D -u 300 app");
    assert!(matches!(table.incidents()[0].kind, IncidentKind::GidTaken(_)), "busybox wants one number for both");
}

#[test]
fn hostile_bodies_take_linear_time() {
    let each = |line: fn(usize) -> String| (0..8_000).map(line).collect::<String>();
    let bodies = [
        each(|i| format!("useradd u{i}\n")),
        each(|i| format!("useradd u{i}; userdel u{i}\n")),
        each(|i| format!("adduser -D a{}; deluser a{}\n", i % 300, i % 301)),
        each(|i| format!("adduser --uid {i} a{i}; usermod -u {} a{}\n", i + 1, i % 7)),
        each(|_| "usermod -aG sudo www-data\n".to_string()),
        each(|_| "userdel nobody2\n".to_string()),
        each(|i| format!("apt-get install p{i}\n")),
        each(|_| "{ echo a:x:1:1 > /etc/passwd; } > /etc/passwd\n".to_string()),
        "{ ".repeat(8_000) + &"; } > /etc/passwd".repeat(8_000),
        "echo ".to_string() + &"a:x:1:1\\n".repeat(8_000) + " >> /etc/passwd",
        "eval ".repeat(8_000),
        "sudo ".repeat(8_000) + "useradd a",
        "sh -c \"$(".repeat(8_000),
        each(|i| format!("id u{i} || useradd u{i} && ")),
        each(|i| format!("X{i}=1; sh -c a\n")),
        each(|i| format!("X{i}=$X; Y=${{X{i}:-1}}; useradd $Y\n")),
    ];
    for distribution in [Debian, Alpine] {
        for body in &bodies {
            let start = Instant::now();
            on(distribution, body);
            let taken = start.elapsed();
            let beginning: String = body.chars().take(30).collect();
            assert!(taken < Duration::from_secs(3), "{beginning:?}... takes {taken:?}");
        }
    }
}

/// What account commands are made of.
const PIECES: &[&str] = &[
    "useradd ",
    "adduser ",
    "addgroup ",
    "groupadd ",
    "usermod ",
    "groupmod ",
    "userdel ",
    "deluser ",
    "-u ",
    "-g ",
    "-G ",
    "-r ",
    "-S ",
    "-l ",
    "--uid=",
    "--system ",
    "app ",
    "0 ",
    "1000 ",
    "4294967296 ",
    "$X ",
    "é:",
    "x:1:2 ",
    "echo ",
    ">> /etc/passwd ",
    "> /etc/group ",
    "<<E\n",
    "E\n",
    "| tee -a /etc/passwd ",
    "sh -c ",
    "sh ",
    "'",
    "\"",
    "$(",
    ")",
    "{ ",
    "; }",
    "&& ",
    "|| ",
    "\n",
    "\\",
    "if ",
    "then ",
    "fi ",
    "id ",
];

proptest! {
    #[test]
    fn any_body_is_applied(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        distribution in prop::sample::select(&[Alpine, Debian, RedHat, Unknown][..]),
        user in any::<String>(),
    ) {
        let table = on(distribution, &pieces.concat());
        resolve_user(&user, &table);
        resolve_user("app:app", &table);
    }
}
