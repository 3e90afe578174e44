//! Credential helper: a program that keeps the user's passwords and gives them out
//! (`github.com/docker/docker-credential-helpers`).

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::secret::{Login, Secret};

/// How long a helper may take; some ask the user to unlock something.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest answer that is read.
const LONGEST: u64 = 64 << 10;

/// What a helper says where it does not know the registry.
const NOT_FOUND: &str = "credentials not found";

/// The name that says that the secret is an identity token.
const TOKEN_USER: &str = "<token>";

/// What came of asking a helper.
pub(super) enum Answer {
    /// It knows the user.
    Login(Login),
    /// It works, and knows nobody.
    Unknown,
    /// It does not work; says why.
    Failed(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Given {
    username: Option<String>,
    secret: Option<String>,
}

/// Asks `docker-credential-NAME` for the login at `server`. It is looked for in the folders of `path`, and only there.
pub(super) fn ask(name: &str, server: &str, path: Option<&OsStr>) -> Answer {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(plain) {
        return Answer::Failed("the credential helper has a name that no program has".to_string());
    }
    let program = format!("docker-credential-{name}");
    let Some(found) = find(&program, path) else {
        return Answer::Failed(format!("the credential helper `{program}` is not installed"));
    };
    match run(&found, server, PATIENCE) {
        Ok((true, said)) => understood(&said, &program),
        Ok((false, said)) if String::from_utf8_lossy(&said).contains(NOT_FOUND) => Answer::Unknown,
        Ok((false, _)) => Answer::Failed(format!("the credential helper `{program}` fails")),
        Err(why) => Answer::Failed(format!("the credential helper `{program}` {why}")),
    }
}

fn understood(said: &[u8], program: &str) -> Answer {
    let Ok(given) = serde_json::from_slice::<Given>(said) else {
        return Answer::Failed(format!("the credential helper `{program}` answers something that is no login"));
    };
    let secret = given.secret.unwrap_or_default();
    match given.username.unwrap_or_default() {
        _ if secret.is_empty() => Answer::Unknown,
        user if user == TOKEN_USER => Answer::Login(Login::Identity(Secret::new(secret))),
        user => Answer::Login(Login::Password { user, password: Secret::new(secret) }),
    }
}

/// Where the program is. Relative folders are left out: they would lead into what is being scanned.
fn find(program: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let folders = std::env::split_paths(path?).filter(|folder| folder.is_absolute());
    let names = [program.to_string(), format!("{program}{}", std::env::consts::EXE_SUFFIX)];
    folders.flat_map(|folder| names.clone().map(|name| folder.join(name))).find(|path| path.is_file())
}

/// Runs it; gives whether it succeeded and what it wrote.
fn run(program: &PathBuf, server: &str, patience: Duration) -> Result<(bool, Vec<u8>), String> {
    let until = Instant::now() + patience;
    let mut command = Command::new(program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("cannot be started: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that does not read what it is asked is one that fails, which shows below.
        let _ = input.write_all(server.as_bytes());
    }
    let (sender, receiver) = channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            let mut said = Vec::new();
            let read = output.take(LONGEST).read_to_end(&mut said);
            let _ = sender.send(read.map(|_| said));
        });
    }
    let said = receiver.recv_timeout(patience);
    let success = ended(&mut child, until);
    match (said, success) {
        (Ok(Ok(said)), Some(success)) => Ok((success, said)),
        (Ok(Err(error)), _) => Err(format!("cannot be read: {error}")),
        _ => Err(format!("does not answer within {} s", patience.as_secs())),
    }
}

/// Waits for the end of a process, and puts one to it.
fn ended(child: &mut Child, until: Instant) -> Option<bool> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
