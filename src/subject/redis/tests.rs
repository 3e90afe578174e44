use super::*;
use crate::source::Sources;

fn words(text: &str) -> Vec<Spanned<String>> {
    let mut at = 0;
    let word = |word: &str| {
        let range = at..at + word.len();
        at = range.end + 1;
        Spanned::new(word.replace('_', " "), Span::new(SourceId(0), range))
    };
    text.split(' ').map(word).collect()
}

fn value<'c>(configuration: &'c Configuration, name: &str) -> Option<&'c str> {
    match configuration.setting(name) {
        Setting::Set(directive) => Some(&directive.value()?.value),
        _ => None,
    }
}

#[test]
fn of_directives_with_one_name_the_last_one_counts() {
    let text = "# limits\nMaxMemory 100mb\n\n  maxmemory\t200mb  \r\n#maxmemory 1gb\n";
    let configuration = parse(SourceId(0), text);
    assert_eq!(value(&configuration, "maxmemory"), Some("200mb"));
    let Setting::Set(directive) = configuration.setting("maxmemory") else { panic!("it is set") };
    assert_eq!(&text[directive.span().range()], "maxmemory\t200mb");
    assert_eq!(configuration.setting("save"), Setting::Default);
}

#[test]
fn words_may_be_quoted_as_the_server_quotes_them() {
    let text = "requirepass \"a \\x41\\\"\\n#\" 'it\\'s'\n";
    let configuration = parse(SourceId(0), text);
    let arguments = &configuration.directives[0].arguments;
    assert_eq!(arguments[0].value, "a A\"\n#");
    assert_eq!(arguments[1].value, "it's");
    assert_eq!(&text[arguments[1].span.range()], "'it\\'s'");
}

#[test]
fn a_line_with_odd_quotes_is_a_problem_and_the_rest_is_read() {
    for line in ["logfile \"a", "logfile 'a", "logfile \"a\"b", "logfile \"a\\"] {
        let configuration = parse(SourceId(0), &format!("{line}\nmaxmemory 1mb\n"));
        assert_eq!(configuration.problems.len(), 1, "{line}");
        assert_eq!(value(&configuration, "maxmemory"), Some("1mb"), "{line}");
    }
}

#[test]
fn an_include_counts_where_it_stands() {
    let mut sources = Sources::new();
    let main = sources.add_text("redis.conf", "maxmemory 1gb\ninclude /etc/limits.conf\nmaxmemory-policy noeviction\n");
    let mut configuration = parse(main, &sources.get(main).text.clone());
    assert!(matches!(configuration.setting("maxmemory"), Setting::Open(_)));
    assert_eq!(value(&configuration, "maxmemory-policy"), Some("noeviction"));
    configuration.resolve(&mut |path| {
        assert_eq!(path.value, "/etc/limits.conf");
        let text = "maxmemory 200mb\nmaxmemory-policy allkeys-lru\ninclude /etc/limits.conf\n";
        Some((sources.find("limits.conf").unwrap_or_else(|| sources.add_text("limits.conf", text)), text.into()))
    });
    assert_eq!(value(&configuration, "maxmemory-policy"), Some("noeviction"));
    // It includes itself, and nobody knows where that ends.
    assert!(matches!(configuration.setting("maxmemory"), Setting::Open(_)));
    assert_eq!(configuration.includes().count(), 1);
}

#[test]
fn what_is_included_takes_the_place_of_the_include() {
    let mut configuration = parse(SourceId(0), "include a.conf\nmaxmemory 200mb\ninclude conf.d/*.conf\n");
    configuration.resolve(&mut |_| Some((SourceId(1), "maxmemory 1gb\nappendonly yes\n".into())));
    let names: Vec<&str> = configuration.directives.iter().map(|directive| &*directive.name.value).collect();
    assert_eq!(names, ["maxmemory", "appendonly", "maxmemory", "include"]);
}

#[test]
fn arguments_are_directives_after_the_file() {
    let line =
        command_line(&words("/etc/redis.conf --maxmemory 100mb --maxmemory 200mb --MaxMemory-Policy allkeys-lru"));
    assert_eq!(line.file.unwrap().value, "/etc/redis.conf");
    assert_eq!(value(&line.options, "maxmemory"), Some("200mb"));
    assert_eq!(value(&line.options, "maxmemory-policy"), Some("allkeys-lru"));
}

#[test]
fn arguments_are_cut_as_the_server_cuts_them() {
    let line = command_line(&words("--maxmemory_200mb --save --appendonly no --requirepass --secret -"));
    assert_eq!(value(&line.options, "maxmemory"), Some("200mb"));
    assert_eq!(value(&line.options, "appendonly"), Some("no"));
    assert_eq!(value(&line.options, "requirepass"), Some("--secret"));
    assert!(line.standard_input.is_some() && line.file.is_none());
    assert_eq!(line.options.directives.len(), 4);
}

#[test]
fn sizes_have_the_units_of_the_server() {
    for (text, size) in [
        ("0", Some(0)),
        ("200mb", Some(200 << 20)),
        ("200M", Some(200_000_000)),
        ("1GB", Some(1 << 30)),
        ("1g", Some(1_000_000_000)),
        ("2k", Some(2000)),
        ("2Kb", Some(2048)),
        ("5b", Some(5)),
        ("1.5gb", None),
        ("200mib", None),
        ("mb", None),
        ("-1", None),
        ("99999999999999999gb", None),
    ] {
        assert_eq!(bytes(text), size, "{text}");
    }
}

#[test]
fn hostile_texts_are_read_to_a_bounded_configuration() {
    for text in ["\"", "'\\", "\"\\x", "\"\\xé\"", "\u{feff}é \"é\\", "include\n", "\0\n \0 x", "a\u{b}b"] {
        let _ = parse(SourceId(0), text);
    }
    let mut many = parse(SourceId(0), &"a\n".repeat(60_000));
    assert_eq!((many.directives.len(), many.problems.len()), (MOST_DIRECTIVES + 1, 1));
    assert!(matches!(many.setting("maxmemory"), Setting::Open(_)));
    let text: Arc<str> = "include b\n".repeat(40_000).into();
    many = parse(SourceId(0), &text);
    let mut next = 0;
    many.resolve(&mut |_| {
        next += 1;
        (next < 20).then(|| (SourceId(next), text.clone()))
    });
    assert!(many.directives.len() <= MOST_DIRECTIVES + 1);
}
