use super::*;

mod agreement;

const SOURCE: SourceId = SourceId(0);

/// What a demand says: `=20.11`, `>=18 <21 | =22`, `any`, `?lts/*`.
fn said(demand: &Demand) -> String {
    let alternatives = match demand {
        Demand::Exact(version) => return format!("={version}"),
        Demand::Open(written) => return format!("?{written}"),
        Demand::Range(alternatives) => alternatives,
    };
    let conjunction = |conditions: &Vec<Condition>| {
        let all: Vec<String> = conditions.iter().map(|c| format!("{}{}", sign(c.operator), c.version)).collect();
        if all.is_empty() { "any".to_string() } else { all.join(" ") }
    };
    alternatives.iter().map(conjunction).collect::<Vec<_>>().join(" | ")
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Same => "=",
        Operator::NotSame => "!=",
        Operator::AtLeast => ">=",
        Operator::Above => ">",
        Operator::AtMost => "<=",
        Operator::Below => "<",
    }
}

/// `runtime demand [bytes]` of all statements of a file.
fn told(name: &str, text: &str) -> Vec<String> {
    let told = |file: VersionFile| format!("{} {} [{}]", file.runtime, said(&file.demand), &text[file.span.range()]);
    read(name, SOURCE, text).into_iter().map(told).collect()
}

#[track_caller]
fn check(name: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(told(name, text).join(", "), *expected, "{name}: {text:?}");
    }
}

#[test]
fn nvmrc_names_numbers_releases_and_moving_targets() {
    let cases = [
        ("20", "node =20 [20]"),
        ("20\n", "node =20 [20]"),
        ("v20.11.1\n", "node =20.11.1 [v20.11.1]"),
        ("lts/iron\n", "node =20 [lts/iron]"),
        ("LTS/Iron", "node =20 [LTS/Iron]"),
        ("lts/jod", "node =22 [lts/jod]"),
        ("iron", "node =20 [iron]"),
        ("lts/*", "node ?lts/* [lts/*]"),
        ("lts/-1", "node ?lts/-1 [lts/-1]"),
        ("node", "node ?node [node]"),
        ("stable", "node ?stable [stable]"),
        ("system", "node ?system [system]"),
        ("iojs-v3.3.1", "node ?iojs-v3.3.1 [iojs-v3.3.1]"),
        ("$NODE_VERSION", "node ?$NODE_VERSION [$NODE_VERSION]"),
        ("\n  # for CI\n\n  18.19.0  # LTS\n20\n", "node =18.19.0 [18.19.0]"),
        ("\u{feff}20\r\n", "node =20 [20]"),
        ("20.x", "node =20 [20.x]"),
        (">=18 <21", "node >=18 <21 [>=18 <21]"),
        ("20.0.0-rc.1", "node =20.0.0 [20.0.0-rc.1]"),
        ("", ""),
        ("\u{feff}", ""),
        ("\r\n \t\n", ""),
        ("# nothing yet\n", ""),
    ];
    check(".nvmrc", &cases);
    check("apps/web/.node-version", &[("20.11.1\n", "node =20.11.1 [20.11.1]"), ("node-20\n", "node =20 [node-20]")]);
}

#[test]
fn python_version_files_list_one_or_more_interpreters() {
    let cases = [
        ("3.11\n", "python =3.11 [3.11]"),
        ("3.11.9\r\n", "python =3.11.9 [3.11.9]"),
        ("\u{feff}3.11", "python =3.11 [3.11]"),
        ("# pinned\n3.11.9 # by ops\n", "python =3.11.9 [3.11.9]"),
        ("3.12\n3.11\n", "python =3.12 | =3.11 [3.12\n3.11]"),
        ("3.12 3.11", "python =3.12 | =3.11 [3.12 3.11]"),
        ("3.12\nsystem\n", "python =3.12 [3.12]"),
        ("system\n3.12\n", "python =3.12 [3.12]"),
        ("system\n", "python ?system [system]"),
        ("python-3.11.4", "python =3.11.4 [python-3.11.4]"),
        ("pypy3.10-7.3.15", "python =3.10 [pypy3.10-7.3.15]"),
        ("cpython@3.11", "python =3.11 [cpython@3.11]"),
        ("3.13t", "python =3.13 [3.13t]"),
        ("3.13-dev", "python =3.13 [3.13-dev]"),
        ("3.13.0rc1", "python =3.13.0 [3.13.0rc1]"),
        ("3.11.4/envs/app", "python =3.11.4 [3.11.4/envs/app]"),
        ("miniconda3-4.7.12", "python ?miniconda3-4.7.12 [miniconda3-4.7.12]"),
        ("3rd-party-venv", "python ?3rd-party-venv [3rd-party-venv]"),
        (">=3.11,<3.13\n", "python >=3.11 <3.13 [>=3.11,<3.13]"),
        ("  \n", ""),
    ];
    check(".python-version", &cases);
}

#[test]
fn runtime_txt_speaks_of_python_only_if_it_says_so() {
    let cases = [
        ("python-3.11.4\n", "python =3.11.4 [3.11.4]"),
        ("python-3.11", "python =3.11 [3.11]"),
        ("3.8\n", "python =3.8 [3.8]"),
        ("r-4.2-2023-04-01", ""),
        ("python-", ""),
        ("hello world", ""),
        ("", ""),
    ];
    check("runtime.txt", &cases);
}

#[test]
fn tool_versions_name_several_tools() {
    let cases = [
        ("nodejs 20.11.1\npython 3.11\n", "node =20.11.1 [20.11.1], python =3.11 [3.11]"),
        ("ruby 3.2.2\n# nodejs 16\nnodejs   20  # LTS\n", "node =20 [20]"),
        ("python 3.11.9 3.10.1 system", "python =3.11.9 | =3.10.1 [3.11.9 3.10.1]"),
        ("node lts-iron", "node =20 [lts-iron]"),
        ("nodejs latest:20", "node =20 [latest:20]"),
        ("nodejs lts\r\npython latest\r\n", "node ?lts [lts], python ?latest [latest]"),
        ("nodejs ref:v20", "node ?ref:v20 [ref:v20]"),
        ("nodejs system", "node ?system [system]"),
        ("nodejs 20\nnodejs 18", "node =20 [20]"),
        ("nodejs\u{a0}20", "node =20 [20]"),
        ("nodejs", ""),
        ("ruby 3.2", ""),
    ];
    check(".tool-versions", &cases);
}

#[test]
fn engines_are_read_from_package_json() {
    let cases = [
        (r#"{"name": "api", "engines": {"node": ">=20 <21", "npm": ">=9"}}"#, "node >=20 <21 [>=20 <21]"),
        ("\u{feff}{\r\n\t\"engines\": {\r\n\t\t\"node\": \" 20.x \"\r\n\t}\r\n}\r\n", "node =20 [20.x]"),
        (r#"{"engines": {"node": "\u003e=20"}}"#, "node >=20 [\\u003e=20]"),
        (r#"{"engines": {"node": 20}}"#, "node =20 [20]"),
        (r#"{"engines": {"node": "lts/*"}}"#, "node ?lts/* [lts/*]"),
        (r#"{"engines": {"node": "*"}}"#, "node any [*]"),
        (r#"{"engines": {"node": ""}}"#, ""),
        (r#"{"engines": {"node": null}}"#, ""),
        (r#"{"engines": {"node": {"version": "20"}}}"#, ""),
        (r#"{"engines": {"npm": ">=9"}}"#, ""),
        (r#"{"engines": ["node >= 0.6"]}"#, ""),
        (r#"{"dependencies": {"engines": "1"}}"#, ""),
        (r#"["engines"]"#, ""),
        (r#"{"name": "api"}"#, ""),
        (r#"{"engines": {"node": "20" "#, "node ?a file that is not JSON []"),
        ("", ""),
    ];
    check("backend/package.json", &cases);
}

#[test]
fn npm_ranges_mean_what_npm_means() {
    for (text, expected) in [
        ("20.11.1", "=20.11.1"),
        ("=20", "=20"),
        ("v20", "=20"),
        ("20.x", "=20"),
        ("20.1.x", "=20.1"),
        ("20.*.*", "=20"),
        ("X", "any"),
        ("x.1", "any"),
        (">=18 <21", ">=18 <21"),
        (">= 18 < 21", ">=18 <21"),
        (">=18, <21", ">=18 <21"),
        (">=18<21", ">=18 <21"),
        ("^20.0.0", ">=20.0.0 <21"),
        ("^20", ">=20 <21"),
        ("^0.12.1", ">=0.12.1 <0.13"),
        ("^0.0.3", ">=0.0.3 <0.0.4"),
        ("^0.0", ">=0.0 <0.1"),
        ("^0.x", ">=0 <1"),
        ("~20.1", ">=20.1 <20.2"),
        ("~20.1.2", ">=20.1.2 <20.2"),
        ("~> 20", ">=20 <21"),
        ("18 || 20", "=18 | =20"),
        ("18||20||>=22", "=18 | =20 | >=22"),
        ("18 ||", "=18 | any"),
        (">=20", ">=20"),
        (">20", ">=21"),
        (">20.1", ">=20.2"),
        (">20.1.2", ">20.1.2"),
        ("<=20", "<21"),
        ("<=20.1.2", "<=20.1.2"),
        ("<*", "<0"),
        (">=*", "any"),
        ("18 - 20", ">=18 <21"),
        ("18.1.0 - 20.2.3", ">=18.1.0 <=20.2.3"),
        (">=20.0.0-0 <21.0.0-0", ">=20.0.0 <21.0.0"),
        ("99999999999999999999", "=4294967295"),
        (">99999999999999999999", ">=4294967295"),
    ] {
        assert_eq!(range::parse(text, range::Grammar::Npm).as_ref().map(said).as_deref(), Some(expected), "{text}");
    }
    for text in [
        "latest",
        "lts/*",
        ">=",
        "20 -",
        "!=20",
        "20abc",
        "^^20",
        "<>20",
        ">=20 && <22",
        "1 - 2 - 3",
        "-1",
        ".",
        "20\0",
    ] {
        assert_eq!(range::parse(text, range::Grammar::Npm), None, "{text}");
    }
}

#[test]
fn python_ranges_mean_what_pep_440_and_poetry_mean() {
    for (text, expected) in [
        (">=3.11,<3.13", ">=3.11 <3.13"),
        (">= 3.11, < 3.13", ">=3.11 <3.13"),
        ("~=3.11", ">=3.11 <4"),
        ("~=3.11.2", ">=3.11.2 <3.12"),
        ("==3.11.*", "=3.11"),
        ("==3.11", "=3.11.0"),
        ("===3.11.4", "=3.11.4"),
        ("!=3.11.*", "!=3.11"),
        (">=3.8,!=3.9.0", ">=3.8 !=3.9.0"),
        (">3.11", ">3.11"),
        ("<=3.12", "<=3.12"),
        ("^3.11", ">=3.11 <4"),
        ("~3.11", ">=3.11 <3.12"),
        ("~3.11.2", ">=3.11.2 <3.12"),
        ("~3", ">=3 <4"),
        ("3.11.*", "=3.11"),
        ("3.11.4", "=3.11.4"),
        ("*", "any"),
        ("~2.7 || ^3.11", ">=2.7 <2.8 | >=3.11 <4"),
        ("~2.7|^3.11", ">=2.7 <2.8 | >=3.11 <4"),
        (">=3.13.0rc1", ">=3.13.0"),
        (">=3.13.dev0", ">=3.13"),
    ] {
        assert_eq!(range::parse(text, range::Grammar::Python).as_ref().map(said).as_deref(), Some(expected), "{text}");
    }
    for text in ["", "|", "~=3", "three", ">=", "=>3.11", "!3.11"] {
        assert_eq!(range::parse(text, range::Grammar::Python), None, "{text}");
    }
}

#[test]
fn pyproject_states_by_project_and_by_poetry() {
    let cases = [
        ("[project]\nrequires-python = \">=3.11,<3.13\"\n", "python >=3.11 <3.13 [>=3.11,<3.13]"),
        ("[project]\r\nname='x'\r\nrequires-python='~=3.11' # why\r\n", "python >=3.11 <4 [~=3.11]"),
        ("\u{feff}[ project ] # head\n\"requires-python\"=\" >=3.11 \"", "python >=3.11 [>=3.11]"),
        ("project.requires-python = \">=3.11\"\n", "python >=3.11 [>=3.11]"),
        ("[tool.poetry.dependencies]\npython = \"^3.11\"\nflask = \"*\"\n", "python >=3.11 <4 [^3.11]"),
        ("[tool.poetry]\ndependencies.python = '3.11.*'\n", "python =3.11 [3.11.*]"),
        (
            "[project]\nrequires-python = '>=3.11'\n[tool.poetry.dependencies]\npython = '^3.12'",
            "python >=3.11 [>=3.11], python >=3.12 <4 [^3.12]",
        ),
        ("[project]\nrequires-python = \"\"\"\n>=3.11\"\"\"\n", "python >=3.11 [>=3.11]"),
        (
            "[tool.poetry.dependencies]\npython = {version = \"^3.11\"}\n",
            "python ?{version = \"^3.11\"} [{version = \"^3.11\"}]",
        ),
        ("[project]\nrequires-python = \"soon\"\n", "python ?soon [soon]"),
        ("[project]\nrequires-python = \"\"\n", ""),
        ("[project]\nrequires-python =\n", ""),
        ("[project]\n# requires-python = \">=3.11\"\n", ""),
        ("[tool.other]\nrequires-python = \">=3.11\"\n", ""),
        ("requires-python = \">=3.11\"\n", ""),
        ("[project]\n[[tool.x]]\nrequires-python = '3'\n", ""),
        ("", ""),
    ];
    check("worker/pyproject.toml", &cases);
}

#[test]
fn pyproject_texts_and_lists_are_not_mistaken_for_tables_and_keys() {
    let cases = [
        (
            "[project]\ndescription = \"\"\"\n[tool.poetry]\nrequires-python = '2'\n\"\"\"\nrequires-python = '>=3.11'\n",
            "python >=3.11 [>=3.11]",
        ),
        ("[project]\nx = [\n  ['a'],\n  [\"b\"]\n]\nrequires-python = '>=3.11'\n", "python >=3.11 [>=3.11]"),
        ("[project]\nx = [ # ]\n]\nrequires-python = '>=3.11'\n", "python >=3.11 [>=3.11]"),
        ("[project]\nx = \"a [ \\\" [\"\nrequires-python = '>=3.11'\n", "python >=3.11 [>=3.11]"),
        ("[project]\nx = \"not closed [\nrequires-python = '>=3.11'\n", "python >=3.11 [>=3.11]"),
        ("[project]\nx = \"\\\nrequires-python = '>=3.11'\n", "python >=3.11 [>=3.11]"),
        ("[project]\nx = '''\nrequires-python = '2'\n", ""),
    ];
    check("pyproject.toml", &cases);
}

#[test]
fn other_files_state_nothing() {
    for name in ["Dockerfile", "x.nvmrc", "", "/", "package-lock.json"] {
        assert_eq!(told(name, "20"), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_quote_is_short_and_harmless() {
    let long = format!("\u{1b}[31m{}", "é".repeat(500));
    let Demand::Open(quote) = open(&long) else { panic!("open") };
    assert_eq!(quote.chars().count(), LONGEST_QUOTE + 1);
    assert!(quote.starts_with("[31mé") && quote.ends_with('…'));
}

#[test]
fn hostile_files_cost_what_they_are_long() {
    let openers =
        ["[", "{", "\"", "'", "\"\"\"", "'''", "=", "a=[", "#", "\n[", "a='''\n", "||", ">=", "20 ", "3.11\n"];
    let started = std::time::Instant::now();
    for opener in openers {
        let text = opener.repeat(50_000);
        for (name, _) in FILES {
            let files = read(name, SOURCE, &text);
            assert!(files.iter().all(|file| text.get(file.span.range()).is_some()), "{name} {opener}");
        }
        let json = format!("{{\"engines\": {{\"node\": \"{}\"}}}}", opener.replace(['"', '\n'], "|").repeat(50_000));
        assert_eq!(read("package.json", SOURCE, &json).len(), 1);
        let nested = format!("{{\"engines\": {}", "[".repeat(50_000));
        assert!(matches!(&read("package.json", SOURCE, &nested)[..], [VersionFile { demand: Demand::Open(_), .. }]));
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
