//! Hostile command lines and scripts: an answer in little time and memory, whatever they hold.

use super::*;

#[test]
fn long_chains_are_given_up() {
    let chain = vec!["env"; 4000];
    assert!(on_debian(&chain).is_opaque().is_some_and(|why| why.contains("start each other")));
    let endless = vec!["nice"; 100_000];
    assert!(on_debian(&endless).is_opaque().is_some_and(|why| why.contains("too long")));
}

#[test]
fn a_script_that_runs_itself_ends() {
    let around = Around::with(ShellKind::Dash).script("/a.sh", "exec /a.sh \"$@\"");
    assert!(around.resolve(&["/a.sh", "x"]).is_opaque().is_some());
}

#[test]
fn arguments_that_multiply_are_given_up() {
    let doubling = Around::with(ShellKind::Dash).script("/a.sh", "exec /a.sh \"$@\" \"$@\"");
    assert!(doubling.resolve(&["/a.sh", "x"]).is_opaque().is_some());
    let many = format!("exec /a.sh {}", "\"$@\" ".repeat(20_000));
    let around = Around::with(ShellKind::Dash).script("/a.sh", &many);
    let arguments: Vec<&str> = std::iter::once("/a.sh").chain(vec!["x"; 4000]).collect();
    assert!(around.resolve(&arguments).is_opaque().is_some());
    let set = format!("{}exec app", "set -- \"$@\" \"$@\"\n".repeat(1000));
    assert!(on_debian(&["sh", "-c", &set, "name", "x"]).is_opaque().is_some());
}

#[test]
fn values_that_multiply_are_given_up() {
    let doubling = format!("A=xxxxxxxx\n{}exec app $A", "A=$A$A\n".repeat(200));
    assert!(on_debian(&["sh", "-c", &doubling]).is_opaque().is_some());
    let defaults = format!("A=xxxxxxxx\n{}exec app $A", "A=${B:-$A$A}\n".repeat(200));
    assert!(on_debian(&["sh", "-c", &defaults]).is_opaque().is_some());
    let arguments = format!("set -- xxxxxxxx\n{}exec app", "set -- \"$1$1\"\n".repeat(200));
    assert!(on_debian(&["sh", "-c", &arguments]).is_opaque().is_some());
}

#[test]
fn repeated_openers_and_commands_get_an_answer() {
    for piece in [
        "(",
        "{ ",
        "$(",
        "`",
        "\"",
        "'",
        "if true; then ",
        "a;",
        "a|",
        "a&&",
        "A=b\n",
        "export A=b\n",
        "\\",
        "$@ ",
        "<<E\n",
    ] {
        let text = piece.repeat(50_000);
        let _ = on_debian(&["sh", "-c", &text]);
        let _ = Around::with(ShellKind::Unknown).script("/a.sh", &text).resolve(&["/a.sh", "x"]);
    }
    let variables = |count: usize| (0..count).map(|i| format!("A{i}=$A{}\n", i / 2)).collect::<String>();
    assert_eq!(service(&on_debian(&["sh", "-c", &format!("{}exec app", variables(4000))])), "app");
    assert!(on_debian(&["sh", "-c", &format!("{}exec app", variables(50_000))]).is_opaque().is_some());
}

#[test]
fn shifting_many_arguments_is_cheap_or_given_up() {
    let text = format!("set -- {}\n{}exec app", "x ".repeat(4000), "shift\n".repeat(4000));
    assert_eq!(service(&on_debian(&["sh", "-c", &text])), "app");
    let text = format!("set -- {}\nexec app", "x ".repeat(5000));
    assert!(on_debian(&["sh", "-c", &text]).is_opaque().is_some());
}

#[test]
fn odd_words_are_no_trouble() {
    for word in ["", " ", "/", "-", "--", "-c", "sh", "\u{0}", "ü", "$@"] {
        for program in
            ["", "sh", "bash", "env", "tini", "gosu", "su", "npm", "uv", "script", "setpriv", "chroot", "timeout"]
        {
            let _ = on_debian(&[program, word]);
            let _ = on_debian(&[program, word, word]);
            let _ = on_debian(&[program, "-c", word, word]);
            let _ = on_debian(&[program, "run", word]);
        }
    }
}
