//! Real servers, from the packages of the distribution: nginx, Redis, PostgreSQL. Where one is not installed, its tests
//! say so on standard error and do nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::Folder;
use crate::servers::nobody;

/// A real server may take its time to start; its answers are still to be quick.
const WAITING: [&str; 6] = ["--within", "4s", "--timeout", "5s", "--wait", "50s"];

/// A server that is stopped at the end of the test.
struct Server(Child);

impl Server {
    fn start(command: &mut Command) -> Server {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Server(command.spawn().expect("the server starts"))
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.0.id().to_string()]).status();
        assert!(sent.expect("kill").success(), "{name}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // To PostgreSQL, QUIT means at once and with all its processes.
        let _ = Command::new("kill").args(["-QUIT", &self.0.id().to_string()]).status();
        let started = Instant::now();
        while self.0.try_wait().is_ok_and(|status| status.is_none()) && started.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where a program is; `None`, with a notice that the harness does not swallow, if it is not installed.
fn installed(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let found = folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "skipped: {name} is not installed");
    }
    found
}

fn nginx(program: &Path, folder: &Folder, port: u16) -> Server {
    let configuration = format!(
        "daemon off; master_process off; pid nginx.pid; error_log error.log;\nevents {{}}\nhttp {{\n  access_log off;\n  \
         client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;\n  \
         server {{\n    listen 127.0.0.1:{port};\n    location = /health {{ return 200 \"ok\"; }}\n    \
         location = /sick {{ return 503 \"no database\"; }}\n    location = /moved {{ return 301 /health; }}\n  }}\n}}\n"
    );
    std::fs::write(folder.path().join("nginx.conf"), configuration).expect("a file");
    let path = folder.path().display().to_string();
    let at = format!("{path}/nginx.conf");
    Server::start(Command::new(program).args(["-p", &path, "-c", &at, "-e", "error.log"]))
}

#[test]
fn nginx_is_asked() {
    let Some(program) = installed("nginx") else { return };
    let folder = Folder::new();
    let port = nobody();
    let _server = nginx(&program, &folder, port);
    let service = |path: &str| {
        format!(
            "services:\n  web:\n    image: nginx:1.27\n    ports: [\"{port}:8080\"]\n    \
             healthcheck: {{ test: wget -q --spider http://127.0.0.1:8080{path} }}\n"
        )
    };
    let folder = folder.with("compose.yaml", service("/health")).with("sick.yaml", service("/sick"));
    let folder = folder.with("moved.yaml", service("/moved")).with("none.yaml", service("/none"));
    folder.probe(&WAITING).exits(0).says("200 OK").says(&format!("GET http://127.0.0.1:{port}/health"));
    folder.probe(&[]).exits(0);
    folder.probe(&["sick.yaml"]).exits(1).says("answered 503, not 200").says("`no database`");
    folder.probe(&["sick.yaml", "--expect", "unhealthy"]).exits(0).says("503 Service Temporarily Unavailable");
    folder.probe(&["moved.yaml"]).exits(1).says("answered 301, not 200");
    folder.probe(&["none.yaml"]).exits(1).says("answered 404, not 200");
}

#[test]
fn redis_is_asked() {
    let Some(program) = installed("redis-server") else { return };
    for (options, said) in
        [(&[][..], "PONG"), (&["--requirepass", "geheim"], "none is sent: it answers, and what it would say")]
    {
        let port = nobody();
        let folder = Folder::of(format!(
            "services:\n  cache:\n    image: redis:7.4-alpine\n    ports: [\"127.0.0.1:{port}:6379\"]\n    \
             healthcheck: {{ test: [\"CMD\", \"redis-cli\", \"ping\"] }}\n"
        ));
        let mut command = Command::new(&program);
        command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]).args(options);
        let server = Server::start(command.current_dir(folder.path()));
        folder.probe(&WAITING).exits(0).says(said).says(&format!("PING redis://127.0.0.1:{port}"));
        folder.probe(&[]).exits(0);
        drop(server);
        folder.probe(&[]).exits(1).says("nothing listens there");
    }
}

/// The account `postgres`, for a server that refuses to be root's.
fn account() -> Option<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts.lines().find(|line| line.starts_with("postgres:"))?;
    let mut ids = line.split(':').skip(2).filter_map(|id| id.parse().ok());
    Some((ids.next()?, ids.next()?))
}

/// A command in a folder; as `postgres` if we are root.
fn as_postgres(program: &Path, folder: &Path) -> Option<Command> {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if std::fs::metadata(folder).expect("a folder").uid() == 0 || account_owns(folder) {
        let Some((user, group)) = account() else {
            let _ = writeln!(std::io::stderr(), "skipped: postgres refuses root, and there is no account `postgres`");
            return None;
        };
        chown(folder, Some(user), Some(group)).expect("the folder is ours");
        command.uid(user).gid(group);
    }
    Some(command)
}

fn account_owns(folder: &Path) -> bool {
    let owner = std::fs::metadata(folder).expect("a folder").uid();
    account().is_some_and(|(user, _)| user == owner)
}

#[test]
fn postgres_is_asked_while_it_serves_and_while_it_shuts_down() {
    let (Some(initdb), Some(program)) = (installed("initdb"), installed("postgres")) else { return };
    let port = nobody();
    let folder = Folder::of(format!(
        "services:\n  db:\n    image: postgres:16\n    ports: [\"127.0.0.1:{port}:5432\"]\n    \
         environment: {{ POSTGRES_USER: app, POSTGRES_PASSWORD: geheim }}\n    \
         healthcheck: {{ test: [\"CMD-SHELL\", \"pg_isready -U app\"] }}\n"
    ));
    let data = Folder::new();
    let Some(mut init) = as_postgres(&initdb, data.path()) else { return };
    let made = init.args(["-D", "data", "-U", "app", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]).output();
    let made = made.expect("initdb runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let rules = data.path().join("data/pg_hba.conf");
    let trusted = std::fs::read_to_string(&rules).expect("a file");
    std::fs::write(&rules, format!("host all nobody 127.0.0.1/32 reject\n{trusted}")).expect("a file");
    let Some(mut command) = as_postgres(&program, data.path()) else { return };
    command.args(["-D", "data", "-k", "", "-h", "127.0.0.1", "-F", "-p", &port.to_string()]);
    let server = Server::start(&mut command);
    folder.probe(&WAITING).exits(0).says("accepts connections").says(&format!("startup postgres://127.0.0.1:{port}"));
    folder.probe(&[]).exits(0);

    // Whom it does not take it tells so, and serves others.
    let stranger =
        std::fs::read_to_string(folder.path().join("compose.yaml")).expect("a file").replace("app", "nobody");
    let folder = folder.with("stranger.yaml", stranger);
    folder.probe(&["stranger.yaml"]).exits(0).says("it serves, but not this user");

    // A session that stays open keeps a server in its shutdown, in which it takes nobody else.
    let mut session = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    session.write_all(b"\0\0\0\x24\0\x03\0\0user\0app\0database\0postgres\0\0").expect("a packet");
    let (mut said, mut byte) = (Vec::new(), [0]);
    // `ReadyForQuery`
    while !said.ends_with(b"Z\0\0\0\x05I") {
        session.read_exact(&mut byte).expect("an answer");
        said.push(byte[0]);
    }
    server.signal("TERM");
    let started = Instant::now();
    let ran = loop {
        let ran = folder.probe(&[]);
        if ran.code == 1 || started.elapsed() > Duration::from_secs(10) {
            break ran;
        }
    };
    ran.exits(1).says("accepts no connections: `the database system is shutting down`");
    drop(session);
}
