//! Each instruction's own grammar.

use std::time::Duration;

use plimsoll::problem::Gravity;
use plimsoll::subject::dockerfile::instruction::{Healthcheck, Kind, Mount};
use plimsoll::subject::duration;

use crate::shape::{parse, reads, reads_in_stage, refuses, refuses_in_stage, says};

#[test]
fn exec_form() {
    reads_in_stage("CMD [\"a\", \"b c\"]", "CMD exec[\"a\", \"b c\"]", "a JSON array of strings");
    reads_in_stage("CMD   [ ]", "CMD exec[]", "an empty one too");
    reads_in_stage("CMD [\"\\u00e9\\n\"]", "CMD exec[\"é\\n\"]", "escapes are JSON's");
    reads_in_stage("CMD ['node','x.js']", "CMD sh-not-json[['node','x.js']]", "single quotes are no JSON");
    reads_in_stage(
        "CMD [\"node\", \"x.js\",]",
        "CMD sh-not-json[[\"node\", \"x.js\",]]",
        "a comma too many is no JSON",
    );
    reads_in_stage("CMD [a]", "CMD sh-not-json[[a]]", "a bare word is no JSON");
    reads_in_stage("CMD [\"C:\\windows\"]", "CMD sh-not-json[[\"C:\\windows\"]]", "nor is a lone backslash");
    reads_in_stage("CMD [\"a\"] && b", "CMD sh-not-json[[\"a\"] && b]", "nor is text behind the array");
    reads_in_stage("CMD [ -f x ] && y", "CMD sh-not-json[[ -f x ] && y]", "a test in brackets is for the shell");
    reads_in_stage("CMD \"a\" [\"b\"]", "CMD sh[\"a\" [\"b\"]]", "the bracket comes first");
    reads_in_stage("CMD", "CMD sh[]", "nothing is an empty text for the shell");
    refuses_in_stage("CMD [\"node\", 1]", "something other than strings", "an array with a number is refused");
    for element in ["1", "null", "true", "[\"a\"]", "{\"a\":\"b\"}"] {
        for keyword in ["RUN", "CMD", "ENTRYPOINT", "SHELL", "VOLUME", "ADD", "COPY", "HEALTHCHECK CMD"] {
            let line = format!("{keyword} [\"a\", {element}]");
            refuses_in_stage(
                &line,
                "something other than strings",
                "so is one with anything else, in every instruction",
            );
        }
    }
}

#[test]
fn from() {
    reads("FROM a", "FROM [a]", "an image");
    reads("FROM a as B.c-d_1", "FROM [a] AS [b.c-d_1]", "a name, in lower case");
    reads("ARG V=1\nFROM a:${V}", "ARG [V]=[1]\nFROM [a:${V}]", "variables are kept for later");
    refuses("FROM", "names no image", "without an image");
    refuses("FROM a b", "takes an image and at most a name", "two words");
    refuses("FROM a AS", "takes an image and at most a name", "a name is missing");
    refuses("FROM a AZ b", "takes an image and at most a name", "another word between");
    refuses("FROM a AS b c", "takes an image and at most a name", "too many words");
    for name in ["1a", "-a", "a/b", "a:b", "$X", "ä"] {
        refuses(
            &format!("FROM a AS {name}"),
            "is not a stage name",
            "names begin with a letter and hold few characters",
        );
    }
}

#[test]
fn arg() {
    reads("ARG A B=1 C=\"x y\"\nFROM a", "ARG [A] [B]=[1] [C]=[\"x y\"]\nFROM [a]", "several on a line");
    reads("ARG A=\nFROM a", "ARG [A]=[]\nFROM [a]", "an empty default is a default");
    reads("ARG A=b=c\nFROM a", "ARG [A]=[b=c]\nFROM [a]", "the first `=` separates");
    refuses("ARG\nFROM a", "names no argument", "without a name");
    refuses("ARG =x\nFROM a", "the argument has no name", "without a name");
}

#[test]
fn env_and_label() {
    for keyword in ["ENV", "LABEL"] {
        let good = |rest: &str, shape: &str, why: &str| {
            reads_in_stage(&format!("{keyword} {rest}"), &format!("{keyword} {shape}"), why)
        };
        good("a=1 b=2", "[a]=[1] [b]=[2]", "pairs");
        good("a=", "[a]=[]", "a value may be empty");
        good("a=b=c", "[a]=[b=c]", "the first `=` separates");
        good("a=\"x y\" b='z  w'", "[a]=[\"x y\"] [b]=['z  w']", "quotes keep a value together");
        good("a=x\\ y b=z", "[a]=[x\\ y] [b]=[z]", "so does an escape");
        good("a=\"x\\\" y\" b='\\' c=d", "[a]=[\"x\\\" y\"] [b]=['\\'] [c]=[d]", "nothing escapes in single quotes");
        good(
            "k some  text=here",
            "[k]=[some  text=here]",
            "without `=` in the first word the rest is the value, blanks and all",
        );
        good("k v", "[k]=[v]", "the old form");
        good("k\tv", "[k]=[v]", "the old form with a tab");
        good("a=C:\\\\", "[a]=[C:\\\\]", "a value may end in two escape characters");
        good("\"a b\"=c", "[\"a b\"]=[c]", "a key may be quoted");
        good("a=${X:-y} b=1", "[a]=[${X:-y}] [b]=[1]", "expansions are kept for later");
        let bad = |rest: &str, words: &str, why: &str| refuses_in_stage(&format!("{keyword} {rest}"), words, why);
        bad("", "names nothing", "without anything");
        bad("a", "`a` has no value", "the old form without a value");
        bad("a=1 b", "this word has no `=`", "the forms do not mix");
        bad("=x", "the key is empty", "without a key");
        bad("a=1 =x", "the key is empty", "without a key");
        bad("a=${X:-b c}", "this word has no `=`", "a blank splits a word even inside `${ }`");
    }
    reads(
        "# escape=`\nFROM a\nENV P=C:\\ Q=x` y",
        "FROM [a]\nENV [P]=[C:\\] [Q]=[x` y]",
        "the escape character is the directive's",
    );
}

#[test]
fn one_argument() {
    for (keyword, value) in
        [("USER", "1000:1000"), ("WORKDIR", "/a b"), ("STOPSIGNAL", "SIGTERM"), ("MAINTAINER", "me <a@b>")]
    {
        reads_in_stage(
            &format!("{keyword}  {value} "),
            &format!("{keyword} [{value}]"),
            "the whole rest is one argument",
        );
        refuses_in_stage(keyword, "has no argument", "and must not be empty");
    }
    reads_in_stage("USER \"\"", "USER [\"\"]", "quotes are text, if only to be removed");
    says("FROM a\nSTOPSIGNAL SIGFOO", Gravity::Warning, "`SIGFOO` is no signal", "the name is unknown");
    reads_in_stage("STOPSIGNAL $SIG", "STOPSIGNAL [$SIG]", "a variable is judged when it is known");
    reads_in_stage(
        "STOPSIGNAL 9\nSTOPSIGNAL rtmin+3",
        "STOPSIGNAL [9]\nSTOPSIGNAL [rtmin+3]",
        "numbers and real-time signals are signals",
    );
}

#[test]
fn lists() {
    reads_in_stage(
        "EXPOSE 80 53/udp 8000-8010/TCP 80:80",
        "EXPOSE [80] [53/udp] [8000-8010/TCP] [80:80]",
        "ports, ranges, protocols",
    );
    reads_in_stage(
        "EXPOSE $PORT ${P:-80}/tcp",
        "EXPOSE [$PORT] [${P:-80}/tcp]",
        "variables are judged when they are known",
    );
    refuses_in_stage("EXPOSE", "has no argument", "without a port");
    says("FROM a\nEXPOSE http", Gravity::Warning, "`http` is no port", "a service's name is none");
    says("FROM a\nEXPOSE 80/http", Gravity::Warning, "is no port", "the protocol is unknown");
    reads_in_stage("VOLUME /a /b", "VOLUME [/a] [/b]", "words");
    reads_in_stage("VOLUME [\"/a b\"]", "VOLUME [/a b]", "JSON form");
    reads_in_stage("VOLUME ['/a']", "VOLUME [['/a']]", "what is no JSON is a path of that name");
    refuses_in_stage("VOLUME", "has no argument", "without a path");
    refuses_in_stage("VOLUME []", "names no path", "without a path");
    refuses_in_stage("VOLUME [\"/a\", \" \"]", "names no path", "with an empty path");
}

#[test]
fn copy_and_add() {
    reads_in_stage("COPY a b c/", "COPY [a] [b] -> [c/]", "sources, then the destination");
    reads_in_stage("COPY [\"a b\", \"c\"]", "COPY [a b] -> [c]", "JSON form keeps blanks");
    reads_in_stage("COPY \"a b\" c", "COPY [\"a] [b\"] -> [c]", "quotes keep nothing together outside of JSON");
    reads_in_stage("ADD https://x.org/y.tar /y", "ADD [https://x.org/y.tar] -> [/y]", "ADD fetches");
    refuses_in_stage("COPY a", "needs a source and a destination", "one word");
    refuses_in_stage("COPY", "needs a source and a destination", "no word");
    refuses_in_stage("ADD [\"a\"]", "needs a source and a destination", "one element");
    refuses_in_stage("COPY ['a','b']", "needs a source and a destination", "what is no JSON is one word");
    refuses_in_stage("COPY --from=$X a b", "`--from` is not expanded", "a variable names no stage");
    says("FROM a\nCOPY https://x.org/y /y", Gravity::Warning, "does not fetch URLs", "COPY does not");
}

#[test]
fn commands() {
    reads_in_stage("RUN", "RUN sh[]", "an empty RUN is taken");
    reads_in_stage(
        "RUN [\"a\"]\nENTRYPOINT [\"b\"]\nCMD c",
        "RUN exec[\"a\"]\nENTRYPOINT exec[\"b\"]\nCMD sh[c]",
        "both forms",
    );
    reads_in_stage("SHELL [\"/bin/bash\", \"-c\"]", "SHELL [/bin/bash] [-c]", "JSON form");
    refuses_in_stage("SHELL bash -c", "takes a JSON array", "no other form");
    refuses_in_stage("SHELL []", "takes a JSON array", "not empty");
    refuses_in_stage("SHELL", "takes a JSON array", "not nothing");
    refuses_in_stage("RUN --network=bridge x", "unknown network `bridge`", "three networks");
    refuses_in_stage("RUN --security=none x", "unknown security mode `none`", "two modes");
}

#[test]
fn health_checks() {
    reads_in_stage("HEALTHCHECK NONE", "HEALTHCHECK NONE", "none");
    reads_in_stage("healthcheck none", "HEALTHCHECK NONE", "in any case");
    reads_in_stage("HEALTHCHECK CMD curl -f x", "HEALTHCHECK CMD sh[curl -f x]", "without options");
    reads_in_stage("HEALTHCHECK cmd [\"a\"]", "HEALTHCHECK CMD exec[\"a\"]", "JSON form");
    reads_in_stage(
        "HEALTHCHECK --interval=5s \\\n  --timeout=1m30s CMD a",
        "HEALTHCHECK --interval=[5s] --timeout=[1m30s] CMD sh[a]",
        "options stand before CMD",
    );
    reads_in_stage(
        "HEALTHCHECK CMD --interval=5s a",
        "HEALTHCHECK CMD sh[--interval=5s a]",
        "behind it they are the command's",
    );
    reads_in_stage(
        "HEALTHCHECK --interval= --retries= CMD a",
        "HEALTHCHECK --interval=[] --retries=[] CMD sh[a]",
        "empty is the default",
    );
    reads_in_stage(
        "HEALTHCHECK --start-period=0s --start-interval=500ms --retries=0 CMD a",
        "HEALTHCHECK --start-period=[0s] --start-interval=[500ms] --retries=[0] CMD sh[a]",
        "zero is the default",
    );
    refuses_in_stage("HEALTHCHECK", "has no type", "nothing");
    refuses_in_stage("HEALTHCHECK curl x", "unknown type `curl`", "CMD is missing");
    refuses_in_stage("HEALTHCHECK NONE x", "takes no arguments", "none with a command");
    refuses_in_stage("HEALTHCHECK CMD", "has no command", "no command");
    refuses_in_stage("HEALTHCHECK CMD []", "has no command", "no command");
    refuses_in_stage("HEALTHCHECK --interval=30 CMD a", "`30` is not a duration", "a unit is missing");
    refuses_in_stage("HEALTHCHECK --interval=-1s CMD a", "`-1s` is not a duration", "time runs forward");
    refuses_in_stage("HEALTHCHECK --interval=100us CMD a", "`100us` is not a duration", "too short");
    refuses_in_stage("HEALTHCHECK --interval=$I CMD a", "is not a duration", "nothing is expanded here");
    refuses_in_stage("HEALTHCHECK --retries=-1 CMD a", "`-1` is not a number of retries", "fewer than none");
    refuses_in_stage("HEALTHCHECK --retries=x CMD a", "is not a number of retries", "no number");
    refuses_in_stage("HEALTHCHECK --retries=3000000000 CMD a", "is not a number of retries", "more than 31 bits");
    refuses_in_stage("HEALTHCHECK --period=1s CMD a", "no flag `--period`", "no such option");
}

#[test]
fn timing_is_typed() {
    let (file, problems) =
        parse("FROM a\nHEALTHCHECK --interval=1m30s --timeout=0s --retries=5 --start-period=1.5h CMD a");
    assert_eq!(problems, []);
    let Kind::Healthcheck(Healthcheck::Cmd { timing, .. }) = &file.instructions[1].kind else { panic!() };
    assert_eq!(timing.interval.map(|d| d.value), Some(Duration::from_secs(90)));
    assert_eq!(timing.timeout.map(|d| d.value), Some(Duration::ZERO));
    assert_eq!(timing.start_period.map(|d| d.value), Some(Duration::from_secs(5400)));
    assert_eq!(timing.start_interval, None);
    assert_eq!(timing.retries.map(|r| r.value), Some(5));
}

#[test]
fn durations_are_gos() {
    let milliseconds = |text: &str| duration::go(text).map(|d| d.as_micros() as f64 / 1000.0);
    for (text, expected) in [
        ("0", 0.0),
        ("-0", 0.0),
        ("+5s", 5000.0),
        ("1h2m3.5s", 3_723_500.0),
        ("500ms", 500.0),
        (".5s", 500.0),
        ("1.s", 1000.0),
        ("1500us", 1.5),
        ("1500µs", 1.5),
        ("1500μs", 1.5),
        ("1s1s", 2000.0),
        ("-0s", 0.0),
    ] {
        assert_eq!(milliseconds(text), Some(expected), "{text}");
    }
    for text in
        ["", "s", "1", "1x", "1 s", ".s", "1..5s", "-1s", "1s ", "1d", "9999999999h", "infs", "nans", "1e3s", "--1s"]
    {
        assert_eq!(duration::go(text), None, "{text}");
    }
}

#[test]
fn triggers() {
    reads_in_stage("ONBUILD RUN x", "ONBUILD RUN sh[x]", "an instruction for later");
    reads_in_stage("onbuild -- copy --chown=a b c", "ONBUILD COPY --chown=[a] [b] -> [c]", "with flags of its own");
    reads_in_stage(
        "ONBUILD COPY --from=later a b",
        "ONBUILD COPY --from=[later] [a] -> [b]",
        "its stages are the child's",
    );
    refuses_in_stage("ONBUILD", "ONBUILD has no trigger", "nothing");
    refuses_in_stage("ONBUILD ONBUILD RUN x", "`ONBUILD` cannot be a trigger", "not twice");
    refuses_in_stage("ONBUILD FROM b", "`FROM` cannot be a trigger", "no stage");
    refuses_in_stage("ONBUILD maintainer x", "`maintainer` cannot be a trigger", "no author");
    refuses_in_stage("ONBUILD --x RUN y", "takes no flags", "no flags");
    says(
        "FROM a\nONBUILD NOPE x",
        Gravity::Warning,
        "unknown instruction `NOPE`",
        "only the builds upon this image fail",
    );
    says("FROM a\nONBUILD COPY x", Gravity::Warning, "needs a source", "only the builds upon this image fail");
}

fn mounts(value: &str) -> Vec<Mount> {
    let (file, problems) = parse(&format!("FROM a\nRUN --mount={value} x"));
    assert_eq!(problems, [], "{value}");
    match &file.instructions[1].kind {
        Kind::Run(run) => run.mounts.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn mounts_taken() {
    for (value, kind, from, target) in [
        ("target=/x", "bind", None, Some("/x")),
        ("type=bind,from=build,source=/a,dst=/x,ro", "bind", Some("build"), Some("/x")),
        ("type=bind,destination=.,rw=true", "bind", None, Some(".")),
        (
            "type=cache,TARGET=/root/.cache,sharing=locked,id=a,mode=0755,uid=1,gid=1",
            "cache",
            None,
            Some("/root/.cache"),
        ),
        ("target=/x,type=tmpfs,size=64m", "tmpfs", None, Some("/x")),
        ("type=secret,id=s", "secret", None, None),
        ("type=secret,src=s,required", "secret", None, None),
        ("type=secret,target=/run/secrets/s,env=S,required=true", "secret", None, Some("/run/secrets/s")),
        ("type=ssh", "ssh", None, None),
        ("type=cache", "cache", None, None),
        ("type=bind,from=,target=/x", "bind", None, Some("/x")),
        ("type=cache,target=$HOME/.cache", "cache", None, Some("$HOME/.cache")),
        ("type=$T,target=/x,sharing=private", "$T", None, Some("/x")),
        ("'type=bind,\"target=/a,b\",ro'", "bind", None, Some("/a,b")),
    ] {
        let mounts = mounts(value);
        assert_eq!(mounts.len(), 1);
        assert_eq!(mounts[0].kind, kind, "{value}");
        assert_eq!(mounts[0].from.as_ref().map(|from| from.value.as_str()), from, "{value}");
        assert_eq!(mounts[0].target.as_deref(), target, "{value}");
    }
    assert_eq!(mounts("type=ssh --mount=type=secret,id=x").len(), 2, "mounts add up");
}

#[test]
fn mounts_refused() {
    for (value, words) in [
        ("type=volume,target=/x", "unknown mount type `volume`"),
        ("target=/x,color=red", "no key `color`"),
        ("target", "`target` has no value"),
        ("type=bind,from=$X,target=/x", "`from` of a mount is not expanded"),
        ("type=secret", "names no secret"),
        ("type=secret,id=a,src=b", "both `id` and `source`"),
        ("type=bind,target=/x,sharing=shared", "type `bind` has no key `sharing`"),
        ("type=cache,target=/x,required", "type `cache` has no key `required`"),
        ("type=bind,target=/x,mode=0755", "type `bind` has no key `mode`"),
        ("type=ssh,env=A", "type `ssh` has no key `env`"),
        ("type=ssh,from=a", "type `ssh` has no key `from`"),
        ("type=cache,target=/x,size=1", "type `cache` has no key `size`"),
        ("", "no key ``"),
    ] {
        refuses_in_stage(&format!("RUN --mount={value} x"), words, value);
    }
}
