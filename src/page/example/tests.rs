use super::*;

fn here(line: usize) -> ExpectedLine {
    ExpectedLine { file: None, line }
}

#[test]
fn info_strings_say_what_a_fence_is_for() {
    use Subject::*;
    let table: &[(&str, Role)] = &[
        ("", Role::Prose),
        ("dockerfile", Role::Prose),
        ("dockerfile good", Role::Example(Dockerfile, Expected::Met)),
        ("yaml n/a", Role::Example(Compose, Expected::NotApplicable)),
        ("json   unknown ", Role::Example(Image, Expected::Inconclusive)),
        ("dockerfile bad=3", Role::Example(Dockerfile, Expected::Violated(vec![here(3)]))),
        ("yaml bad=3,7", Role::Example(Compose, Expected::Violated(vec![here(3), here(7)]))),
        (
            "yaml bad=api/Dockerfile:2",
            Role::Example(
                Compose,
                Expected::Violated(vec![ExpectedLine { file: Some("api/Dockerfile".into()), line: 2 }]),
            ),
        ),
        ("yaml params", Role::Params),
        ("text file=.nvmrc", Role::File(".nvmrc".into())),
        ("dockerfile file=api/Dockerfile", Role::File("api/Dockerfile".into())),
        ("dockerfile fixed", Role::Fixed(None)),
        ("dockerfile fixed=api/Dockerfile", Role::Fixed(Some("api/Dockerfile".into()))),
    ];
    for (info, expected) in table {
        assert_eq!(role(info).as_ref(), Ok(expected), "{info:?}");
    }
}

#[test]
fn malformed_info_strings_say_what_to_write() {
    let table = [
        ("dockerfile bad", "unknown attribute"),
        ("dockerfile bad=", "names no lines"),
        ("dockerfile bad=0", "names no lines"),
        ("dockerfile bad=-1", "names no lines"),
        ("dockerfile bad=3,", "names no lines"),
        ("dockerfile bad=3,3", "twice"),
        ("dockerfile bad=99999999999999999999999", "names no lines"),
        ("yaml bad=/etc/passwd:1", "plain relative path"),
        ("dockerfile godo", "unknown attribute"),
        ("dockerfile good=1", "unknown attribute"),
        ("dockerfile good bad=1", "one attribute"),
        ("dockerfile file=a good", "one attribute"),
        ("yaml params=1", "unknown attribute"),
        ("dockerfile params", "parameters are `yaml`"),
        ("text good", "are judged"),
        ("text file=", "plain relative path"),
        ("text file=../x", "plain relative path"),
        ("text file=a//b", "plain relative path"),
        ("yaml fixed=../x", "plain relative path"),
        ("yaml fixed bad=1", "one attribute"),
    ];
    for (info, words) in table {
        let what = role(info).expect_err("is refused");
        assert!(what.contains(words), "{info:?}: {what}");
    }
}

#[test]
fn an_example_takes_the_files_before_it_and_the_parameters_in_force() {
    let body = "\
Text.

```yaml params
accept: [tini]
```

```dockerfile file=api/Dockerfile
FROM a
```
```json file=api/package.json
{}
```
```yaml bad=api/Dockerfile:1,2
services:
  a:
```

~~~dockerfile good
FROM b
~~~
";
    let examples = read(body, 10).expect("is well formed");
    assert_eq!(examples.len(), 2);
    assert_eq!((examples[0].line, examples[1].line), (22, 27));
    assert_eq!(examples[0].text, "services:\n  a:\n");
    let files: Vec<_> = examples[0].files.iter().map(|f| (f.path.as_str(), f.text.as_str(), f.line)).collect();
    assert_eq!(files, [("api/Dockerfile", "FROM a\n", 16), ("api/package.json", "{}\n", 19)]);
    assert!(examples[1].files.is_empty(), "files belong to one example");
    let params = examples[1].params.as_ref().expect("params are in force");
    assert_eq!((params.text.as_str(), params.line), ("accept: [tini]\n", 12));
}

#[test]
fn a_bad_example_takes_what_its_fixes_make_of_it() {
    let body = "\
```dockerfile file=api/Dockerfile
FROM a
```
```yaml bad=api/Dockerfile:1
services:
```
```yaml fixed
services: {}
```
```dockerfile fixed=api/Dockerfile
FROM b
```
```yaml good
x:
```
";
    let examples = read(body, 1).expect("is well formed");
    let fixed: Vec<_> = examples[0].fixed.iter().map(|f| (f.file.as_deref(), f.text.as_str(), f.line)).collect();
    assert_eq!(fixed, [(None, "services: {}\n", 7), (Some("api/Dockerfile"), "FROM b\n", 10)]);
    assert!(examples[1].fixed.is_empty());
}

#[test]
fn errors_name_the_line_of_the_page() {
    let table = [
        ("\n```dockerfile bad=2\nFROM a\n```\n", 6, "past the end"),
        ("```yaml bad=x/Dockerfile:1\na: b\n```\n", 5, "stands before"),
        ("```text file=a\nx\n```\n", 5, "beside no example"),
        ("```yaml good\n```\n```yaml params\n```\n", 7, "no example follows"),
        ("```text file=a\nx\n```\n```text file=a\nx\n```\n", 8, "twice"),
        ("```yaml odd\n```\n", 5, "unknown attribute"),
        ("```yaml fixed\n```\n", 5, "behind no `bad` example"),
        ("```yaml good\n```\n```yaml fixed\n```\n", 7, "behind no `bad` example"),
        ("```yaml bad=1\na\n```\n```yaml\n```\n```yaml fixed\n```\n", 10, "behind no `bad` example"),
        ("```yaml bad=1\na\n```\n```yaml fixed=x\n```\n", 8, "stands before"),
        ("```yaml bad=1\na\n```\n```yaml fixed\n```\n```yaml fixed\n```\n", 10, "twice"),
    ];
    for (body, line, words) in table {
        let error = read(body, 5).expect_err("is refused");
        assert_eq!(error.line, line, "{body:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn every_page_of_the_rules_folder_can_be_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut pages = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("is readable").path();
        let name = path.file_name().expect("is a file").to_string_lossy().into_owned();
        if !name.ends_with(".md") || name == "README.md" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("is text");
        let page = crate::page::Page::split(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let examples = page.examples().unwrap_or_else(|e| panic!("{name}: {e}"));
        let bad = examples.iter().filter(|e| matches!(e.expected, Expected::Violated(_))).count();
        assert!(bad >= 3 && examples.len() - bad >= 4, "{name}: {bad} bad of {}", examples.len());
        assert!(page.summary().ends_with('.'), "{name}: {}", page.summary());
        pages += 1;
    }
    assert!(pages > 0);
}
