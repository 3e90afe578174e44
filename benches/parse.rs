//! Speed of the stages that a file passes, one by one, in memory: parsing, judging, writing.
//!
//! `cargo bench --bench parse`. Whole processes on whole trees are measured by `benches/compare.sh`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use plimsoll::assess::{self, Assessed, Detail};
use plimsoll::container::build::Build;
use plimsoll::container::process::ScriptContents;
use plimsoll::container::resolve::{self, Parts};
use plimsoll::container::{Container, Kind};
use plimsoll::policy::{BUILT_IN, Policy};
use plimsoll::report::locate::Locator;
use plimsoll::report::sarif::Sarif;
use plimsoll::report::{Header, ProjectReport, Severity, Summary, Writer};
use plimsoll::rule::Subject;
use plimsoll::source::{Source, SourceId, Sources};
use plimsoll::subject::compose;
use plimsoll::subject::dockerfile::{self, stage::BuildSettings};
use plimsoll::{shell, yaml};

const DOCKERFILE: &str = include_str!("../testdata/flowstate/before/backend/Dockerfile");
const COMPOSE: &str = include_str!("../testdata/flowstate/before/docker-compose.yml");

/// A Dockerfile with so many stages, each of ten lines.
fn long_dockerfile(stages: usize) -> String {
    let stage = |i: usize| {
        format!(
            "FROM node:22.{i}.0-bookworm-slim AS stage-{i}\nWORKDIR /app\nENV PORT=3000 \\\n    NAME=stage-{i}\n\
             COPY --chown=node:node package.json ./\nRUN apt-get update && \\\n    apt-get install -y tini\nEXPOSE 3000\n\
             USER root\nCMD [\"node\", \"dist/main.js\"]\n"
        )
    };
    (0..stages).map(stage).collect()
}

/// The body of a long RUN.
fn script() -> String {
    "set -eux; addgroup --system app && adduser --system --ingroup app app; if [ -n \"$X\" ]; then echo \"$X\"; fi; "
        .repeat(20)
}

/// A Compose file with so many services.
fn long_compose(services: usize) -> String {
    let service = |i: usize| {
        format!(
            "  service-{i}:\n    image: node:22-alpine\n    command: [\"node\", \"main.js\", \"${{LEVEL:-info}}\"]\n    \
             environment:\n      NAME: service-{i}\n      URL: http://service-{i}:8080\n    ports:\n      - \"{}:8080\"\n    \
             deploy:\n      resources:\n        limits:\n          cpus: \"0.5\"\n          memory: 256M\n",
            8000 + i
        )
    };
    format!("services:\n{}", (0..services).map(service).collect::<String>())
}

fn load_compose(text: &str) -> compose::Loaded {
    let path = PathBuf::from("/project/compose.yaml");
    let request = compose::Request { files: vec![path.clone()], ..compose::Request::default() };
    let mut read = |asked: &Path| {
        let source = |path: PathBuf| Source::of_file("compose.yaml", path, text);
        Ok((asked == path).then(|| source(path.clone())))
    };
    compose::load(&request, &mut read, &mut Sources::new())
}

/// The container that a Dockerfile makes.
fn container(source: SourceId, text: &str) -> Option<Container> {
    let mut problems = Vec::new();
    let file = Arc::new(dockerfile::parse(source, text, &mut problems));
    let build = Arc::new(Build::new(file, &BuildSettings::default(), &mut problems)?);
    Some(resolve::container(Parts {
        name: "Dockerfile".to_string(),
        kind: Kind::Dockerfile,
        file: "Dockerfile".into(),
        key: build.from(),
        image: build.image().clone(),
        build: Some(build),
        context: None,
        named_image: None,
        service: None,
        version_files: Vec::new(),
        package_scripts: BTreeMap::new(),
        init: None,
        completes: None,
        scripts: &|_| ScriptContents::Unknown,
    }))
}

fn policy() -> Policy {
    let (_, text) = BUILT_IN[0];
    Policy::read(SourceId(0), text).expect("the built-in policy is right")
}

/// From a text to its verdicts.
fn judge(text: &str, policies: &[Policy]) -> Assessed {
    let mut sources = Sources::new();
    let source = sources.add_text("Dockerfile", text);
    let containers: Vec<Container> = container(source, text).into_iter().collect();
    let subjects: Vec<Subject> =
        containers.iter().map(|container| Subject::Container { container, project: None }).collect();
    assess::assess(&subjects, policies, &Locator::new(&sources, true), Detail::Findings)
}

fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for (name, text) in [("dockerfile", DOCKERFILE.to_string()), ("dockerfile of 100 stages", long_dockerfile(100))] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| dockerfile::parse(SourceId(0), black_box(&text), &mut Vec::new()));
        });
    }
    for (name, text) in [("compose", COMPOSE.to_string()), ("compose of 100 services", long_compose(100))] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name}, YAML only"), |bencher| {
            bencher.iter(|| yaml::load(SourceId(0), black_box(&text)));
        });
        group.bench_function(name, |bencher| bencher.iter(|| load_compose(black_box(&text))));
    }
    let text = script();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("shell", |bencher| bencher.iter(|| shell::scan(black_box(&text))));
    group.finish();
}

fn judging(criterion: &mut Criterion) {
    let policies = [policy()];
    criterion.bench_function("bind the built-in policy", |bencher| bencher.iter(policy));
    criterion.bench_function("judge a dockerfile", |bencher| bencher.iter(|| judge(black_box(DOCKERFILE), &policies)));
    let text = long_dockerfile(100);
    criterion.bench_function("judge a dockerfile of 100 stages", |bencher| {
        bencher.iter(|| judge(black_box(&text), &policies));
    });
}

/// A report of a thousand projects, each with the findings of one Dockerfile.
fn writing(criterion: &mut Criterion) {
    let assessed = judge(DOCKERFILE, &[policy()]);
    let mut project = ProjectReport {
        name: "Dockerfile".to_string(),
        kind: "dockerfile",
        containers: assessed.containers,
        findings: assessed.findings,
        ..ProjectReport::default()
    };
    let header = Header { rules: Vec::new(), controls: Vec::new(), min_severity: Severity::Note };
    let summary = Summary::default();
    criterion.bench_function("write SARIF of 1,000 projects", |bencher| {
        bencher.iter(|| {
            let mut sarif = Sarif::new(Vec::new());
            sarif.begin(&header).expect("memory takes it");
            for number in 0..1000 {
                let path: Arc<str> = format!("service-{number}/Dockerfile").into();
                project.findings.iter_mut().for_each(|finding| finding.location.path = path.clone());
                sarif.project(&header, &project).expect("memory takes it");
            }
            sarif.finish(&header, &summary).expect("memory takes it");
            sarif.into_inner()
        });
    });
}

criterion_group!(benches, parsing, judging, writing);
criterion_main!(benches);
