//! Dockerfiles that are broken, foreign or hostile: said once, with the place and the next step, and the rest is judged.

use crate::command::{Folder, Ran, Run, run};
use crate::sarif_file;

/// A Dockerfile with one violation, to see that it is found whatever stands beside it.
pub const GOOD: &str = "FROM alpine:3.20\nUSER root\nCMD [\"top\"]\n";

/// What the violation looks like in a table.
pub const FOUND: &str = "--> good/Dockerfile:2:1 [adr-0003/non-root]";

/// Scans a bad file beside the good one: in little memory, without a stray byte, and with SARIF that GitHub takes.
#[track_caller]
pub fn beside_good(name: &str, text: impl AsRef<[u8]>) -> Ran {
    judged(&Folder::new().with("good/Dockerfile", GOOD).with(name, text))
}

/// Scans a folder that has the good file.
#[track_caller]
pub fn judged(folder: &Folder) -> Ran {
    let ran = Run::new(folder.path(), &["scan", "--jobs", "2"]).bounded().go().exits(1).quietly();
    let ran = harmless(ran).says(&[FOUND]);
    for format in ["json", "sarif"] {
        let other = Run::new(folder.path(), &["scan", "--jobs", "2", "--format", format]).bounded().go();
        let other = harmless(other.exits(1).quietly());
        if format == "sarif" {
            sarif_file::accepted(&other.out);
        }
    }
    let never = run(folder.path(), &["scan", "--fail-on", "never"]);
    let failed = never.out.contains("left something unexamined");
    assert_eq!(never.code, if failed { 2 } else { 0 }, "{}", never.log());
    ran
}

/// Demands that nothing acts on the terminal, and that the run was no long one.
#[track_caller]
pub fn harmless(ran: Ran) -> Ran {
    let acts = |c: char| {
        c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    let stray: Vec<char> = ran.log().chars().filter(|&c| acts(c)).take(5).collect();
    assert!(stray.is_empty(), "{stray:?}");
    assert!(ran.took.as_secs() < 30, "{:?}", ran.took);
    ran
}

/// Demands the one problem of the file: what, where, and what to do.
#[track_caller]
pub fn problem(ran: Ran, what: &str, place: &str, help: &str) {
    let ran = ran.says(&[&format!("error: {what}")]).says(&[&format!("  --> {place}")]).says(&["= help: ", help]);
    assert_eq!(ran.out.matches("= help: ").count(), 1, "one message:\n{}", ran.out);
}

#[test]
fn an_unknown_instruction() {
    let ran = beside_good("Dockerfile", "FROM alpine:3.20\nUSRE root\n");
    problem(ran, "unknown instruction `USRE`", "Dockerfile:2:1", "did you mean `USER`?");
}

#[test]
fn an_unknown_flag() {
    let ran = beside_good("Dockerfile", "FROM alpine:3.20\nCOPY --chwon=1 a b\n");
    problem(ran, "COPY has no flag `--chwon`", "Dockerfile:2:6", "`--chown`");
}

#[test]
fn an_empty_file() {
    for text in ["", "\n\n", "# nothing\n"] {
        problem(beside_good("Dockerfile", text), "the file has no instructions", "Dockerfile:1:1", "FROM image");
    }
}

#[test]
fn a_foreign_frontend_is_not_guessed_at() {
    let ran = beside_good("Dockerfile", "# syntax=example.com/my/frontend:1\nBUILD it\nUSER root\n");
    let ran = ran.says(&["warning: the file is written for the frontend `example.com/my/frontend:1`"]);
    ran.says(&["--> Dockerfile:1:10"]).lacks("--> Dockerfile:3");
    // Named, it is what the run was asked for.
    let folder = Folder::new().with("Dockerfile", "# syntax=example.com/my/frontend:1\nBUILD it\n");
    run(folder.path(), &["scan", "Dockerfile"]).exits(2).says(&["error: the file is written for the frontend"]);
}

#[test]
fn a_template_is_not_a_dockerfile_yet() {
    for text in
        ["FROM {{ base }}\nUSER root\n", "{% if x %}\nFROM a\n{% endif %}\n", "FROM %%BASE%%\n", "<% x %>\nFROM a\n"]
    {
        let ran = beside_good("Dockerfile", text).says(&["warning: the file is a template of a Dockerfile"]);
        ran.says(&["--> Dockerfile:1:1"]).says(&["= help: render it first"]).lacks("unknown instruction");
    }
    let ran = beside_good("Dockerfile.j2", "FROM {{ base }}\n");
    ran.says(&["skipped", "1 file: is a template (Dockerfile.j2)"]);
}

#[test]
fn backticks_and_powershell_are_read() {
    let text = "# escape=`\nFROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nSHELL [\"pwsh\", \"-Command\"]\n\
                RUN Get-ChildItem `\n  C:\\ ; if ($x) { 'a' }\nUSER ContainerAdministrator\n";
    beside_good("Dockerfile", text).lacks("unknown instruction").lacks("= help");
}

#[test]
fn bytes_that_are_no_utf8() {
    let ran = beside_good("Dockerfile", b"FROM alpine:3.20\nRUN echo \xff\xfe\nUSER root\nCMD [\"top\"]\n");
    let ran = ran.says(&["note: line 2 holds bytes that are no UTF-8"]).says(&["--> Dockerfile:2:1"]);
    ran.says(&["--> Dockerfile:3:1 [adr-0003/non-root]"]);
    let utf16: Vec<u8> = "\u{feff}FROM alpine\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    problem(beside_good("Dockerfile", utf16), "the file is UTF-16", "Dockerfile", "save it as UTF-8");
}

#[test]
fn control_characters_are_shown_and_do_not_act() {
    let text = "FROM alpine:3.20\nLABEL a=\"\u{1b}[31m\u{9b}2J\u{7}\"\nUSER \u{1b}]0;x\u{7}root\u{202e}\nB\u{1b}[2JAD \u{0}\r x\u{85}\n\
                CMD [\"\u{1b}[31m\"]\n";
    let ran = beside_good("Dockerfile", text).says(&["unknown instruction `B\\u{1b}[2JAD`"]);
    ran.says(&["--> Dockerfile:4:1"]);
    let folder = Folder::new().with("Dockerfile", text);
    for format in ["table", "json"] {
        harmless(run(folder.path(), &["show", "--format", format]));
    }
}

#[test]
fn a_file_of_100_mb_is_not_read() {
    let folder = Folder::new().with("good/Dockerfile", GOOD);
    for name in ["Dockerfile", "compose.yaml"] {
        let file = std::fs::File::create(folder.path().join(name)).expect("a file");
        file.set_len(100 << 20).expect("a hole takes no room");
        problem(judged(&folder), "the file has 100 MB", name, "exclude it");
        std::fs::remove_file(folder.path().join(name)).expect("the file");
    }
}

#[test]
fn a_line_of_megabytes() {
    let long = |bytes: usize| format!("FROM alpine:3.20\nRUN echo {}\nUSER root\nCMD [\"top\"]\n", "a".repeat(bytes));
    problem(beside_good("Dockerfile", long(10 << 20)), "the file has 10 MB", "Dockerfile", "exclude it");
    let ran = beside_good("Dockerfile", long(3 << 20)).says(&["--> Dockerfile:3:1 [adr-0003/non-root]"]);
    problem(ran, "this line has", "Dockerfile:2:1", "COPY it");
    let words = format!("FROM alpine:3.20\n{} x\nUSER root\nCMD [\"top\"]\n", "A".repeat(1 << 20));
    let ran = beside_good("Dockerfile", words).says(&["--> Dockerfile:3:1 [adr-0003/non-root]"]);
    assert!(ran.out.lines().all(|line| line.chars().count() < 400), "no line of the report is as long");
}

/// What opens something in a Dockerfile, a shell or JSON.
const OPENERS: [&str; 12] = ["[", "{", "(", "${a:-", "$(", "`", "\"$(", "((", "\\\n", "case x in x) ", "<<a ", "if "];

#[test]
fn a_hundred_thousand_openers_in_every_instruction() {
    for opener in OPENERS {
        let nested = opener.repeat(100_000);
        for head in [
            "RUN ",
            "CMD ",
            "CMD [\"sh\", \"-c\", \"",
            "ENTRYPOINT ",
            "HEALTHCHECK CMD ",
            "USER ",
            "ENV A=",
            "COPY ",
            "FROM ",
        ] {
            let folder = Folder::new().with("Dockerfile", format!("FROM alpine:3.20\n{head}{nested}\nUSER root\n"));
            let ran = Run::new(folder.path(), &["scan", "--jobs", "2"]).bounded().go();
            // `{{` in USER makes a template, of which nothing is decided; all else is a violation or a failure.
            let open = ran.out.contains("inconclusive");
            assert!(matches!(ran.code, 1 | 2) || ran.code == 0 && open, "{head}{opener}:\n{}", ran.out);
            harmless(ran);
        }
    }
}

#[test]
fn many_small_mistakes_are_summed_up() {
    let ran = beside_good("Dockerfile", "FROM alpine:3.20\n".to_string() + &"COPY --bad a b\n".repeat(10_000));
    let ran = ran.says(&["9980 more"]);
    assert!(ran.out.lines().count() < 250, "{}", ran.out.lines().count());
}

#[test]
fn stages_that_make_a_long_chain_or_a_circle() {
    let chain: String = (1..5_000).map(|i| format!("FROM s{} AS s{i}\n", i - 1)).collect();
    let text = format!("FROM alpine:3.20 AS s0\n{chain}USER root\nCMD [\"top\"]\n");
    beside_good("Dockerfile", text).says(&["error[user-root]"]);
    beside_good("Dockerfile", "FROM b AS a\nFROM a AS b\nCOPY --from=c x y\nFROM b AS c\n");
}
