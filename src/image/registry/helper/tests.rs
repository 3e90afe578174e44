use std::os::unix::fs::PermissionsExt;

use super::*;

/// A folder with one helper, which is this script.
struct Helper(PathBuf);

impl Helper {
    fn new(name: &str, script: &str) -> Helper {
        let folder = std::env::temp_dir().join(format!("plimsoll-helper-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(format!("docker-credential-{name}"));
        // Written by another process, so that no thread of this one holds it open for writing while it is started.
        let mut writer =
            Command::new("tee").arg(&path).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("tee runs");
        writer
            .stdin
            .take()
            .expect("its input")
            .write_all(format!("#!/bin/sh\n{script}\n").as_bytes())
            .expect("a script");
        writer.wait().expect("tee ends");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a program");
        Helper(folder)
    }

    fn ask(&self, name: &str, server: &str) -> String {
        match ask(name, server, Some(self.0.as_os_str())) {
            Answer::Login(Login::Password { user, password }) => format!("{user}:{}", password.expose()),
            Answer::Login(Login::Identity(token)) => format!("token {}", token.expose()),
            Answer::Unknown => "unknown".to_string(),
            Answer::Failed(why) => why,
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_helper_reads_the_registry_and_answers_a_login() {
    let script = r#"read server; [ "$1" = get ] && printf '{"ServerURL":"%s","Username":"me","Secret":"at-%s"}' "$server" "$server""#;
    let helper = Helper::new("good", script);
    assert_eq!(helper.ask("good", "r.example:5000"), "me:at-r.example:5000");
    let token = Helper::new("token", r#"echo '{"Username":"<token>","Secret":"t"}'"#);
    assert_eq!(token.ask("token", "r"), "token t");
}

#[test]
fn a_helper_may_know_nobody() {
    let none = Helper::new("none", "echo 'credentials not found in native keychain'; exit 1");
    assert_eq!(none.ask("none", "r"), "unknown");
    let empty = Helper::new("empty", r#"echo '{"Username":"","Secret":""}'"#);
    assert_eq!(empty.ask("empty", "r"), "unknown");
}

#[test]
fn a_helper_that_does_not_work_is_named_and_not_quoted() {
    let fails = Helper::new("fails", "echo geheim; exit 3");
    assert_eq!(fails.ask("fails", "r"), "the credential helper `docker-credential-fails` fails");
    let odd = Helper::new("odd", "echo geheim");
    assert!(odd.ask("odd", "r").ends_with("answers something that is no login"));
    assert!(odd.ask("absent", "r").ends_with("is not installed"));
    let loud = Helper::new("loud", "exec cat /dev/zero");
    assert!(!loud.ask("loud", "r").is_empty());
}

#[test]
fn names_with_a_path_in_them_run_nothing() {
    let helper = Helper::new("x", "echo '{\"Username\":\"a\",\"Secret\":\"b\"}'");
    for name in ["", "../x", "/bin/x", "x y", "x\0", "ä"] {
        assert!(helper.ask(name, "r").contains("a name that no program has"), "{name}");
    }
    assert!(matches!(ask("x", "r", Some(OsStr::new("."))), Answer::Failed(_)));
    assert!(matches!(ask("x", "r", None), Answer::Failed(_)));
}

#[test]
fn a_helper_that_hangs_is_not_waited_for() {
    let helper = Helper::new("slow", "sleep 30 & wait");
    let started = Instant::now();
    let said = run(&helper.0.join("docker-credential-slow"), "r", Duration::from_millis(200));
    assert!(said.is_err_and(|why| why.contains("does not answer")));
    assert!(started.elapsed() < Duration::from_secs(5));
}
