//! Threads and repetition: whatever a tree holds, a report depends on nothing else.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::command::{Folder, run};

/// Files that are found by their names; good, bad and broken.
const DOCKERFILES: [&str; 10] = [
    "FROM node:20-alpine\nUSER node\nCMD [\"node\", \"server.js\"]\n",
    "FROM node:18 AS build\nRUN npm ci\nFROM node:latest\nCOPY --from=build /app /app\nCMD npm start\n",
    "FROM python\nRUN pip install x\nUSER root\nENTRYPOINT [\"dumb-init\", \"--\"]\nCMD [\"python\", \"-m\", \"a\"]\n",
    "FROM alpine:3.20\nNONSENSE\nUSER root\n",
    "FROM registry.example.com/base:1\n",
    "ARG BASE\nFROM $BASE\nUSER 0\n",
    "FROM {{ base }}\n",
    "",
    "FROM scratch\nCOPY a /a\nENTRYPOINT [\"/a\"]\n",
    "FROM nginx:1.27-alpine AS a\nFROM a\nHEALTHCHECK NONE\n",
];

const COMPOSE: [&str; 7] = [
    "services:\n  web:\n    build: .\n    user: root\n",
    "services:\n  web:\n    build: ./0\n  other:\n    build: ./1\n    mem_limit: 1g\n    cpus: 1\n",
    "services:\n  a:\n    image: redis\n  b:\n    image: postgres:latest\n    healthcheck: {disable: true}\n",
    "services:\n  a:\n    extends: b\n  b:\n    extends: a\n",
    "services: [\n",
    "services:\n  a:\n    image: x:${V}\n    user: ${W:-root}\n    build: ../2\n",
    "web:\n  image: nginx\n",
];

const NAMES: [&str; 5] =
    ["Dockerfile", "compose.yaml", "compose.override.yaml", "docker-compose.prod.yml", "app.Dockerfile"];

/// Folders `0`, `1`, ... with some files each: an index into the names, and one into the texts.
fn trees() -> impl Strategy<Value = Vec<Vec<(usize, usize)>>> {
    prop::collection::vec(prop::collection::vec((0..NAMES.len(), 0..70usize), 1..4), 1..7)
}

fn written(tree: &[Vec<(usize, usize)>]) -> Folder {
    let mut folder = Folder::new();
    for (number, files) in tree.iter().enumerate() {
        for &(name, text) in files {
            let name = NAMES[name];
            let text = if name.ends_with("ockerfile") {
                DOCKERFILES[text % DOCKERFILES.len()]
            } else {
                COMPOSE[text % COMPOSE.len()]
            };
            folder = folder.with(&format!("{number}/{name}"), text);
        }
    }
    folder
}

#[test]
fn a_report_does_not_depend_on_threads_or_chance() {
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&trees(), |tree| {
        let folder = written(&tree);
        for format in ["table", "json", "sarif"] {
            let scan = |jobs: &str| run(folder.path(), &["scan", "--format", format, "--jobs", jobs]);
            let (one, four, again) = (scan("1"), scan("4"), scan("4"));
            prop_assert_eq!(&one.out, &four.out);
            prop_assert_eq!(&four.out, &again.out);
            prop_assert_eq!((one.code, &one.err), (four.code, &four.err));
            if format == "sarif" {
                prop_assert_eq!(crate::github::complaints(&one.out), Vec::<String>::new());
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn the_order_in_which_paths_are_named_does_not_matter() {
    let tree: Vec<Vec<(usize, usize)>> = (0..6).map(|i| vec![(0, i), (1, i)]).collect();
    let folder = written(&tree);
    let forward = run(folder.path(), &["scan", "--root", ".", "0", "1", "2", "3", "4", "5"]);
    let backward = run(folder.path(), &["scan", "--root", ".", "5", "4", "3", "2", "1", "0"]);
    assert_eq!(forward.out, backward.out);
}

#[test]
fn more_files_than_one_chunk_are_reported_in_order() {
    let mut folder = Folder::new();
    for number in 0..600 {
        folder = folder.with(&format!("{number:04}/Dockerfile"), DOCKERFILES[number % DOCKERFILES.len()]);
    }
    let scan = |jobs: &str| run(folder.path(), &["scan", "--jobs", jobs, "--format", "json"]).exits(1);
    let (one, four) = (scan("1"), scan("4"));
    assert_eq!(one.out, four.out);
    let report = one.json();
    let names: Vec<_> =
        report["projects"].as_array().expect("projects").iter().map(|project| project["name"].as_str()).collect();
    assert_eq!(names.len(), 600);
    assert!(names.is_sorted());
}
