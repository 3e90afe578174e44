//! What holds for fixes of any tree: what comes of them parses, has no fault that was not there, and needs no fix again.

#[path = "support/fixes.rs"]
mod fixes;
#[path = "support/scan.rs"]
mod scan;

use std::collections::BTreeMap;

use plimsoll::policy::{BUILT_IN, Policy};
use plimsoll::scan::Request;
use plimsoll::source::SourceId;
use proptest::prelude::*;
use scan::{Tree, report, request};

const FROM: &[&str] = &[
    "FROM node:20-alpine",
    "FROM node:18-slim",
    "FROM node:latest",
    "FROM node",
    "from node:lts-alpine AS web",
    "FROM python:3.12-slim",
    "FROM python:3.11",
    "FROM --platform=linux/amd64 node:18.20-bookworm-slim",
    "ARG TAG=18-alpine\nFROM node:${TAG}",
    "FROM debian:12-slim",
    "FROM scratch",
    "FROM nginx:1.27-alpine",
    "FROM gcr.io/distroless/nodejs20-debian12",
    "# escape=`\nFROM node:22",
    "FROM localhost:5000/mirror/python:3.10-slim-bookworm",
];

const STEPS: &[&str] = &[
    "WORKDIR /app",
    "COPY . .",
    "RUN npm ci",
    "RUN apk add --no-cache dumb-init",
    "RUN apt-get update && apt-get install -y \\\n    dumb-init \\\n    curl",
    "RUN useradd --uid 1001 app",
    "RUN <<EOF\nadduser -S -u 1002 worker\necho done\nEOF",
    "USER root",
    "USER 0:0",
    "USER app",
    "USER \"root\"",
    "ENV FLASK_DEBUG=1",
    "ENV NODE_ENV=production TOKEN=größe",
    "# a comment",
    "HEALTHCHECK CMD wget -q http://localhost:3000/health",
    "EXPOSE 3000",
    "SHELL [\"/bin/bash\", \"-c\"]",
    "ONBUILD RUN npm run build",
];

const PROCESS: &[&str] = &[
    "CMD node server.js",
    "CMD [\"node\", \"server.js\"]",
    "CMD ['node', 'server.js']",
    "CMD npm start",
    "CMD [\"npm\", \"run\", \"dev\"]",
    "cmd [\"sh\", \"-c\", \"node migrate.js && node server.js\"]",
    "CMD node migrate.js && \\\n    node server.js --port $PORT",
    "CMD [\"uvicorn\", \"app:app\", \"--reload\", \"--host\", \"0.0.0.0\"]",
    "CMD uvicorn app:app --reload",
    "CMD flask run --host 0.0.0.0",
    "ENTRYPOINT [\"dumb-init\", \"--\"]\nCMD [\"node\", \"server.js\"]",
    "ENTRYPOINT [\"/sbin/tini\", \"--\"]\nCMD python app.py",
    "ENTRYPOINT node server.js",
    "ENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"node\", \"🐋.js\"]",
    "ENTRYPOINT [\"python\", \"-m\", \"app\"]",
    "CMD sh -c 'node server.js & wait'",
    "  CMD   exec node server.js",
    "",
];

const SERVICE: &[&str] = &[
    "    user: root\n",
    "    user: \"0:0\"\n",
    "    init: true\n",
    "    command: npm run dev\n",
    "    command: uvicorn app:app --reload --port 80\n",
    "    command: [\"uvicorn\", \"app:app\", \"--reload\"]\n",
    "    command:\n      - \"uvicorn\"\n      - app:app\n      - --reload # development\n",
    "    entrypoint: [\"python\", \"-m\", \"worker\"]\n",
    "    mem_limit: 256m\n",
    "    deploy:\n      resources:\n        limits:\n          memory: 256M\n",
    "    environment:\n      FLASK_DEBUG: 1\n",
    "    healthcheck:\n      disable: true\n",
    "    restart: unless-stopped\n",
];

const BUILD: &[&str] = &[
    "    build: .\n",
    "    build:\n      context: .\n      args:\n        TAG: 18\n",
    "    image: node:18-alpine\n",
    "    image: \"redis:latest\"\n",
    "    image: nginx:1.27-alpine\n",
    "    build:\n      context: .\n      dockerfile_inline: |\n        FROM node:18-alpine\n        COPY . .\n        CMD node server.js\n",
    "    build:\n      context: .\n      dockerfile_inline: \"FROM node:18-alpine\\nCMD node server.js\"\n",
    "    build:\n      context: .\n      dockerfile_inline: >\n        FROM node:18-alpine\n\n        CMD node server.js\n",
];

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(from).prop_map(str::to_string)
}

fn lines(from: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    proptest::sample::subsequence(from, 0..=most).prop_map(|lines| lines.join("\n"))
}

/// A Dockerfile of one or two stages, in one of two line ends, with or without a byte order mark and a last line end.
fn dockerfile() -> impl Strategy<Value = String> {
    let stage = (pick(FROM), lines(STEPS, 5), pick(PROCESS));
    let stages = proptest::collection::vec(stage, 1..=2);
    (stages, 0u8..6, any::<bool>()).prop_map(|(stages, manner, ended)| {
        let joined: Vec<String> = stages.iter().map(|(a, b, c)| format!("{a}\n{b}\n{c}")).collect();
        let text = joined.join("\n\n");
        let text = if ended { format!("{text}\n") } else { text };
        match manner {
            0 => text.replace('\n', "\r\n"),
            1 => format!("\u{feff}{text}"),
            _ => text,
        }
    })
}

fn compose() -> impl Strategy<Value = String> {
    let service = (pick(BUILD), proptest::sample::subsequence(SERVICE, 0..=3));
    (proptest::collection::vec(service, 1..=3), any::<bool>()).prop_map(|(services, windows)| {
        let mut text = "services:\n".to_string();
        for (number, (build, rest)) in services.iter().enumerate() {
            text.push_str(&format!("  s{number}:\n{build}{}", rest.concat()));
        }
        if windows { text.replace('\n', "\r\n") } else { text }
    })
}

/// How many findings of a rule a file has, and what could not be examined.
#[derive(Debug, Default)]
struct Seen {
    findings: BTreeMap<(String, String), usize>,
    problems: Vec<String>,
}

fn look(request: &Request, policies: &[Policy]) -> Seen {
    let json: serde_json::Value = serde_json::from_str(&report(request, policies)).expect("JSON");
    let mut seen = Seen::default();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    for project in json["projects"].as_array().into_iter().flatten() {
        for finding in project["findings"].as_array().into_iter().flatten() {
            let key = (text(&finding["location"]["path"]), text(&finding["rule"]));
            *seen.findings.entry(key).or_default() += 1;
        }
        seen.problems.extend(project["problems"].as_array().into_iter().flatten().map(|p| text(&p["what"])));
    }
    seen.problems.sort();
    seen
}

/// A policy of these rules alone.
fn only(rules: &[&str]) -> Vec<Policy> {
    let rules: String = rules.iter().map(|rule| format!("      - rule: {rule}\n")).collect();
    let text = format!("id: test\ntitle: test\ncontrols:\n  - id: test\n    title: test\n    rules:\n{rules}");
    vec![Policy::read(SourceId(0), &text).expect("a policy")]
}

/// The decision, and every rule with its defaults.
fn policies() -> Vec<Policy> {
    let built_in = BUILT_IN.iter().map(|(_, text)| Policy::read(SourceId(0), text).expect("a built-in policy"));
    built_in.chain([Policy::all().expect("the built-in rules")]).collect()
}

fn holds(files: &[(&str, &str)]) {
    let tree = Tree::new();
    files.iter().for_each(|(name, text)| tree.write(name, text));
    let (request, policies) = (request(vec![tree.path().to_path_buf()], tree.path(), 1), policies());
    let before = look(&request, &policies);
    let changes = fixes::plan(&request, &policies);
    let (changed, diff) = (fixes::changed(&request, &changes), changes.diff());
    let after = look(&changed, &policies);
    assert_eq!(after.problems, before.problems, "problems\n{diff}");
    for (key, count) in &after.findings {
        assert!(count <= before.findings.get(key).unwrap_or(&0), "{key:?} is new\n{diff}");
    }
    let total = |seen: &Seen| seen.findings.values().sum::<usize>();
    let mended = changes.findings > 0;
    assert!(!mended || total(&after) < total(&before), "nothing is better\n{diff}");
    assert_eq!(mended, !changes.files.is_empty(), "{diff}");
    assert!(fixes::plan(&changed, &policies).files.is_empty(), "there is more to fix after\n{diff}");
    for change in changes.files.values() {
        let bare = |text: &str| text.matches('\n').count() - text.matches("\r\n").count();
        let windows = change.before.contains("\r\n");
        assert!(!windows || bare(&change.after) == bare(&change.before), "line ends\n{diff}");
        assert_eq!(change.before.starts_with('\u{feff}'), change.after.starts_with('\u{feff}'));
    }
    assert!(changes.left.is_empty(), "{:?}", changes.left);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fixed_dockerfile_is_better_in_every_way(dockerfile in dockerfile(), version in 0u8..3) {
        let nvmrc = match version {
            0 => "20\n",
            1 => "18.20.1\n",
            _ => "lts/*\n",
        };
        holds(&[("Dockerfile", &dockerfile), (".nvmrc", nvmrc)]);
    }

    #[test]
    fn a_fixed_project_is_better_in_every_way(dockerfile in dockerfile(), compose in compose()) {
        let package = "{\"scripts\": {\"start\": \"node server.js\", \"dev\": \"nodemon server.js\"}}";
        holds(&[("Dockerfile", &dockerfile), ("compose.yaml", &compose), ("package.json", package)]);
    }
}

#[test]
fn a_file_of_two_projects_and_two_services_is_fixed_once() {
    let tree = Tree::new();
    tree.write("Dockerfile", "FROM node:20-alpine\nCOPY . .\nCMD node server.js\n");
    tree.write("a/compose.yaml", "services:\n  one:\n    build: ..\n  two:\n    build: ..\n");
    tree.write("b/compose.yaml", "services:\n  three:\n    build: ..\n");
    let request = request(vec![tree.path().to_path_buf()], tree.path(), 1);
    let changes = fixes::plan(&request, &only(&["user-root", "process-shell-form", "reload-enabled"]));
    let after: Vec<&str> = changes.files.values().map(|change| &*change.after).collect();
    assert_eq!(after.len(), 1, "{}", changes.diff());
    assert!(after[0].ends_with("COPY . .\nUSER 1001:1001\nCMD [\"node\", \"server.js\"]\n"), "{}", after[0]);
}

#[test]
fn a_file_that_several_variants_read_is_fixed_once() {
    let tree = Tree::new();
    let service = "services:\n  api:\n    image: python:3.11-slim\n    command: uvicorn app:app --reload\n";
    tree.write("compose.yaml", service);
    tree.write("compose.prod.yaml", "services:\n  api:\n    restart: always\n");
    tree.write("compose.test.yaml", "services:\n  api:\n    restart: \"no\"\n");
    let request = request(vec![tree.path().to_path_buf()], tree.path(), 1);
    let changes = fixes::plan(&request, &only(&["user-root", "process-shell-form", "reload-enabled"]));
    let after: Vec<&str> = changes.files.values().map(|change| &*change.after).collect();
    assert_eq!(after, [service.replace(" --reload", "")], "{}", changes.diff());
}

#[test]
fn an_inline_dockerfile_is_fixed_in_its_compose_file() {
    let tree = Tree::new();
    let compose = "services:\n  api:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM node:20-alpine\n        COPY . .\n        CMD node server.js\n";
    tree.write("compose.yaml", compose);
    let request = request(vec![tree.path().to_path_buf()], tree.path(), 1);
    let changes = fixes::plan(&request, &only(&["user-root", "process-shell-form", "reload-enabled"]));
    let after: Vec<&str> = changes.files.values().map(|change| &*change.after).collect();
    let expected =
        compose.replace("        CMD node server.js", "        USER 1001:1001\n        CMD [\"node\", \"server.js\"]");
    assert_eq!(after, [expected], "{}", changes.diff());
}

#[test]
fn two_rules_that_ask_for_a_user_put_one_in() {
    let tree = Tree::new();
    let check = "HEALTHCHECK CMD wget -q http://localhost:3000/health\n";
    tree.write("Dockerfile", format!("FROM node:20-alpine\nCOPY . .\n{check}CMD [\"node\", \"server.js\"]\n"));
    let request = request(vec![tree.path().to_path_buf()], tree.path(), 1);
    let changes = fixes::plan(&request, &only(&["user-root", "user-id-wrong"]));
    let after: Vec<&str> = changes.files.values().map(|change| &*change.after).collect();
    let expected = format!("FROM node:20-alpine\nCOPY . .\nUSER 1001:1001\n{check}CMD [\"node\", \"server.js\"]\n");
    assert_eq!(after, [expected], "{}", changes.diff());
}

#[test]
fn a_user_is_put_behind_all_that_root_still_does() {
    for (rest, expected) in [
        (
            "CMD [\"node\", \"a.js\"]\nRUN apk add curl\n",
            "CMD [\"node\", \"a.js\"]\nRUN apk add curl\nUSER 1001:1001\n",
        ),
        ("COPY . .\nRUN <<EOF\necho a\nEOF\n", "COPY . .\nRUN <<EOF\necho a\nEOF\nUSER 1001:1001\n"),
    ] {
        let tree = Tree::new();
        tree.write("Dockerfile", format!("FROM node:20-alpine\n{rest}"));
        let request = request(vec![tree.path().to_path_buf()], tree.path(), 1);
        let changes = fixes::plan(&request, &only(&["user-id-wrong"]));
        let after: Vec<&str> = changes.files.values().map(|change| &*change.after).collect();
        assert_eq!(after, [format!("FROM node:20-alpine\n{expected}")], "{}", changes.diff());
    }
}

#[test]
fn many_fixes_that_make_something_worse_do_not_keep_a_good_one_from_being_made() {
    let tree = Tree::new();
    // `slim` has no curl.
    let worse = "FROM node:20\nHEALTHCHECK CMD curl -f http://localhost:3000/health\nCMD [\"node\", \"a.js\"]\n";
    for number in 0..40 {
        tree.write(&format!("a{number}/Dockerfile"), worse);
    }
    tree.write("z/Dockerfile", "FROM node:20\nCMD [\"node\", \"a.js\"]\n");
    let request = request(vec![tree.path().to_path_buf()], tree.path(), 1);
    let changes = fixes::plan(&request, &only(&["base-variant-heavy", "healthcheck-tool-missing"]));
    let after: Vec<&str> = changes.files.values().map(|change| &*change.after).collect();
    assert_eq!(after, ["FROM node:20-slim\nCMD [\"node\", \"a.js\"]\n"], "{}", changes.diff());
    assert_eq!(changes.declined.len(), 40);
}
