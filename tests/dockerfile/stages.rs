//! Stages: scopes of arguments, what a stage is built from, the target, and what it needs.

use plimsoll::problem::Gravity;
use plimsoll::source::{SourceId, Span, Spanned};
use plimsoll::subject::dockerfile::stage::{Base, BuildSettings, Stages};

use crate::shape::{reads, refuses, resolve, says};

fn place() -> Span {
    Span::new(SourceId(0), 0..0)
}

fn with_arguments(arguments: &[(&str, Option<&str>)]) -> BuildSettings {
    let arguments = arguments
        .iter()
        .map(|(name, value)| {
            (name.to_string(), Spanned::new(value.map(str::to_string).ok_or_else(|| "not given".to_string()), place()))
        })
        .collect();
    BuildSettings { arguments, ..BuildSettings::default() }
}

fn with_target(target: &str) -> BuildSettings {
    BuildSettings { target: Some(Spanned::new(target.to_string(), place())), ..BuildSettings::default() }
}

fn with_contexts(contexts: &[&str]) -> BuildSettings {
    BuildSettings { contexts: contexts.iter().map(|name| name.to_string()).collect(), ..BuildSettings::default() }
}

fn bases(text: &str, settings: &BuildSettings) -> Vec<Base> {
    resolve(text, settings).1.stages.into_iter().map(|stage| stage.base).collect()
}

fn last_base(text: &str, settings: &BuildSettings) -> Base {
    bases(text, settings).pop().expect("a stage")
}

fn image(reference: &str) -> Base {
    Base::Image(reference.to_string())
}

#[test]
fn arguments_of_from() {
    let none = BuildSettings::default();
    let is = |text: &str, settings: &BuildSettings, expected: Base, why: &str| {
        assert_eq!(last_base(text, settings), expected, "{why}\n{text}");
    };
    is("ARG V=3.20\nFROM alpine:$V", &none, image("alpine:3.20"), "a default");
    is(
        "ARG V=3.20\nFROM alpine:$V",
        &with_arguments(&[("V", Some("9"))]),
        image("alpine:9"),
        "a build argument comes before it",
    );
    is("ARG V=3\nARG W=$V.20\nFROM alpine:${W}", &none, image("alpine:3.20"), "a later default sees an earlier one");
    is("ARG V=1\nARG V=2\nFROM a:$V", &none, image("a:2"), "the last declaration counts");
    is(
        "ARG V=3.20\nFROM a\nARG V=4\nFROM alpine:$V",
        &none,
        image("alpine:3.20"),
        "an ARG of a stage is not seen by FROM",
    );
    is(
        "FROM a\nARG V=4\nENV W=4\nFROM alpine:${V-unset}${W-unset}",
        &none,
        image("alpine:unsetunset"),
        "nor is its environment",
    );
    is("FROM ${UNSET:-alpine}", &none, image("alpine"), "what is not declared is not set");
    is("FROM alpine:${V:-3}", &with_arguments(&[("V", Some("9"))]), image("alpine:3"), "not even by a build argument");
    is("ARG \"V=a b\"\nFROM x", &none, image("x"), "quotes in ARG are no concern of FROM");
    is(
        "FROM --platform=$BUILDPLATFORM a-$TARGETARCH",
        &none,
        image("a-amd64"),
        "platform arguments need no declaration",
    );
    is("ARG TARGETARCH=x\nFROM a-$TARGETARCH", &none, image("a-x"), "a default beats the automatic value");
    is("ARG TARGETARCH\nFROM a-$TARGETARCH", &none, image("a-amd64"), "a bare declaration does not");
    is(
        "ARG TARGETARCH=x\nFROM a-$TARGETARCH",
        &with_arguments(&[("TARGETARCH", Some("arm64"))]),
        image("a-arm64"),
        "a build argument beats both",
    );
    is("FROM a-$TARGETSTAGE", &none, image("a-default"), "the target's name is an argument too");
    is("FROM a-$TARGETSTAGE AS Prod", &with_target("PROD"), image("a-prod"), "the target's name is an argument too");
    is("FROM \"a\":'b'", &none, image("a:b"), "quotes go");
}

#[test]
fn bases_not_known() {
    let unknown = |text: &str, settings: &BuildSettings, words: &str, why: &str| match last_base(text, settings) {
        Base::Unknown(reason) => assert!(reason.contains(words), "{why}: {reason}"),
        other => panic!("{why}: {other:?}"),
    };
    let none = BuildSettings::default();
    unknown("FROM $UNSET", &none, "empty", "BuildKit refuses an empty name");
    unknown("ARG V\nFROM a:$V", &none, "`V` has no default", "only the build tells");
    unknown("ARG V=1\nFROM a:$V", &with_arguments(&[("V", None)]), "not given", "given, but not known here");
    unknown("FROM a:${V^}", &none, "cannot be expanded", "BuildKit does not know the operator");
    unknown(
        "FROM a AS Build\nFROM Build",
        &none,
        "only as `build`",
        "FROM compares names in lower case with the word as it is",
    );
    unknown("FROM a b", &none, "could not be read", "a FROM that is refused still starts a stage");
}

#[test]
fn repositories_of_bases_whose_tag_is_not_known() {
    let is = |text: &str, expected: Option<&str>, why: &str| {
        let stages = resolve(text, &BuildSettings::default()).1;
        let last = stages.stages.last().expect("a stage");
        assert_eq!(last.repository.as_deref(), expected, "{why}\n{text}");
    };
    is("ARG V\nFROM node:$V", Some("node"), "only the tag is open");
    is("ARG R=r.example:5000/x\nARG V\nFROM $R/node:${V}-slim", Some("r.example:5000/x/node"), "the rest is expanded");
    is("ARG R=r\nARG V\nFROM ${R:-q}/node@$V", Some("r/node"), "a colon within braces ends nothing");
    is("ARG R\nFROM $R/node:20", None, "the registry is open");
    is("ARG V\nFROM node$V", None, "the name may go on");
    is("FROM node:20", None, "all of it is known");
}

#[test]
fn what_a_stage_is_built_from() {
    let none = BuildSettings::default();
    assert_eq!(last_base("FROM a AS b\nFROM b", &none), Base::Stage(0), "an earlier stage");
    assert_eq!(last_base("FROM golang AS Build\nFROM build", &none), Base::Stage(0), "by its name in lower case");
    assert_eq!(last_base("ARG S=b\nFROM a AS b\nFROM $S", &none), Base::Stage(0), "also through a variable");
    assert_eq!(last_base("FROM a AS x\nFROM b AS x\nFROM x", &none), Base::Stage(1), "the latest of two of a name");
    assert_eq!(bases("FROM b\nFROM a AS b", &none)[0], image("b"), "a later stage is none yet");
    assert_eq!(last_base("FROM a AS a", &none), image("a"), "nor is the stage itself");
    assert_eq!(last_base("FROM a\nFROM 0", &none), image("0"), "FROM knows no index");
    assert_eq!(last_base("FROM scratch", &none), Base::Scratch, "nothing");
    assert_eq!(last_base("FROM a AS scratch\nFROM scratch", &none), Base::Stage(0), "unless a stage took the name");
    assert_eq!(last_base("FROM a@sha256:00 AS b", &none), image("a@sha256:00"), "a digest belongs to the reference");
}

#[test]
fn named_contexts() {
    let context = |name: &str| Base::Context(name.to_string());
    assert_eq!(last_base("FROM alpine", &with_contexts(&["alpine"])), context("alpine"), "in place of an image");
    assert_eq!(
        last_base("FROM alpine:latest", &with_contexts(&["alpine"])),
        context("alpine"),
        "`:latest` goes without saying"
    );
    assert_eq!(last_base("FROM alpine:3", &with_contexts(&["alpine"])), image("alpine:3"), "another tag does not");
    assert_eq!(
        last_base("FROM alpine", &with_contexts(&["alpine::linux/amd64"])),
        context("alpine::linux/amd64"),
        "for a platform"
    );
    let (_, stages, problems) = resolve("FROM a AS b\nRUN x\nFROM b\nRUN y", &with_contexts(&["b"]));
    assert_eq!(problems, []);
    assert_eq!(stages.stages[0].base, context("b"), "in place of a stage");
    assert_eq!(stages.stages[0].instructions, 0..1, "whose own instructions are left out");
    assert_eq!(stages.stages[1].base, context("b"), "also for those built on it");
    assert_eq!(stages.stages[1].instructions, 2..4, "which keep their own");
    let (_, _, problems) = resolve("FROM a\nCOPY --from=b x y\nFROM c AS b", &with_contexts(&["b"]));
    assert_eq!(problems, [], "a context is there from the start");
}

#[test]
fn targets() {
    let text = "FROM a AS one\nFROM b AS two\nFROM c";
    let target = |target: &str| {
        let (_, stages, problems) = resolve(text, &with_target(target));
        (stages.target, problems.first().map(|problem| (problem.gravity, problem.what.clone())))
    };
    assert_eq!(resolve(text, &BuildSettings::default()).1.target, Some(2), "the last stage");
    assert_eq!(target(""), (Some(2), None), "an empty target is none");
    assert_eq!(target("ONE"), (Some(0), None), "a name in any case");
    assert_eq!(target("1").0, Some(1), "a number is taken for an index");
    assert_eq!(target("1").1.map(|(gravity, _)| gravity), Some(Gravity::Warning), "but BuildKit does not take it");
    assert_eq!(target("three"), (None, Some((Gravity::Error, "the target stage `three` does not exist".to_string()))));
    assert_eq!(target("3").0, None, "there are three");
    let (_, _, problems) = resolve(text, &with_target("x"));
    assert_eq!(problems[0].help, "the file has `one`, `two`");
    assert_eq!(resolve("FROM a AS x\nFROM b AS x\nFROM c", &with_target("x")).1.target, Some(1), "the last of a name");
}

#[test]
fn references_between_stages() {
    let good = |line: &str, why: &str| {
        let text = format!("FROM a AS one\nFROM b AS two\n{line}\nFROM c AS three");
        let (_, _, problems) = resolve(&text, &BuildSettings::default());
        assert_eq!(problems, [], "{why}");
    };
    let bad = |line: &str, why: &str| {
        refuses(&format!("FROM a AS one\nFROM b AS two\n{line}\nFROM c AS three"), "is no earlier stage", why);
    };
    good("COPY --from=0 x y", "an index");
    good("COPY --from=one x y", "a name");
    good("COPY --from=ONE x y", "a name in any case");
    good("COPY --from=nginx:1 x y", "an image");
    good("RUN --mount=from=one,target=/x y", "a mount from a stage");
    good("RUN --mount=from=0,target=/x y", "a number is an image for a mount");
    good("RUN --mount=from=nginx,target=/x y", "a mount from an image");
    bad("COPY --from=1 x y", "the stage itself");
    bad("COPY --from=two x y", "the stage itself");
    bad("COPY --from=2 x y", "a later stage");
    bad("COPY --from=three x y", "a later stage");
    bad("COPY --from=9 x y", "no stage");
    bad("COPY --from=-1 x y", "no stage");
    bad("RUN --mount=from=two,target=/x y", "the stage itself");
    bad("RUN --mount=from=three,target=/x y", "a later stage");
}

fn needed(text: &str, target: usize) -> Vec<usize> {
    let (file, stages, _) = resolve(text, &BuildSettings::default());
    stages.reachable(&file, target)
}

#[test]
fn what_a_target_needs() {
    let text = "FROM a AS base\nFROM base AS build\nFROM b AS tools\nFROM c AS unused\nFROM base AS final\nCOPY --from=build x y\nRUN --mount=from=tools,target=/t z";
    assert_eq!(needed(text, 4), [0, 1, 2, 4], "FROM, COPY and mounts lead to others");
    assert_eq!(needed(text, 3), [3], "a stage may stand alone");
    let (_, stages, _) = resolve(text, &BuildSettings::default());
    assert_eq!(stages.chain(4), [0, 4], "only FROM makes the image");
    assert_eq!(
        needed("FROM a\nFROM b\nCOPY --from=0 x y\nRUN --mount=from=0,target=/t z", 1),
        [0, 1],
        "an index is for COPY"
    );
    assert_eq!(needed("FROM a\nFROM b\nRUN --mount=from=0,target=/t z", 1), [1], "and not for mounts");
    assert_eq!(needed("FROM a AS x\nFROM b AS x\nFROM c\nCOPY --from=x y z", 2), [1, 2], "the latest of a name");
}

#[test]
fn instructions_of_stages() {
    let ranges = |text: &str| {
        let stages: Stages = resolve(text, &BuildSettings::default()).1;
        stages.stages.iter().map(|stage| stage.instructions.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        ranges("ARG A\nFROM a\nRUN x\nARG B\nFROM b\nNOPE\nUSER u"),
        [1..4, 4..7],
        "from a FROM to the next, what cannot be read among them"
    );
    assert_eq!(ranges("FROM a\nFROM b c\nUSER u"), [0..1, 1..3], "a FROM that cannot be read is one");
}

#[test]
fn peers_fail_where_this_does_not() {
    reads(
        "FROM a\nRUN <<EOF\nx\nEOF\nRUN y",
        "FROM [a]\nRUN sh[<<EOF] <<EOF\"x\\n\"\nRUN sh[y]",
        "a heredoc without a blank line behind it",
    );
    reads("FROM a\nCOPY <<-EOT /x\n\ty\n\tEOT", "FROM [a]\nCOPY -> [/x] <<-EOT\"y\\n\"", "COPY with a dash");
    reads("FROM a\nADD <<EOF /x\nEOF", "FROM [a]\nADD -> [/x] <<EOF\"\"", "ADD with a heredoc");
    reads("FROM a\nRUN cat <<A <<B\nA\nB", "FROM [a]\nRUN sh[cat <<A <<B] <<A\"\" <<B\"\"", "two in one instruction");
    reads(
        "FROM a\nWORKDIR /w\nRUN --mount=type=cache x",
        "FROM [a]\nWORKDIR [/w]\nRUN --mount=[type=cache] sh[x]",
        "a mount without a target",
    );
    reads(
        "FROM a\nENV P=C:\\\\\nUSER u",
        "FROM [a]\nENV [P]=[C:\\\\]\nUSER [u]",
        "a value that ends in two backslashes",
    );
    reads("\u{feff}# c\nFROM a", "FROM [a]", "a byte order mark");
    reads("FROM a\nHEALTHCHECK CMD x", "FROM [a]\nHEALTHCHECK CMD sh[x]", "a health check without options");
    says("FROM a\nRUN x \\\n\n y", Gravity::Note, "blank lines", "a blank line in an instruction");
}
