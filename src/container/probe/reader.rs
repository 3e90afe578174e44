//! The reader: from a command line to the checks in it.

use crate::container::argv::file_name;
use std::ops::Range;
use std::slice;

use super::given::{Variable, Variables, is_mark};
use super::status::{self, Options, Status, Step};
use super::{Address, Check, Given, Http, Probe, Scheme, Target, Weakness};
use super::{code, http, launch, services, weak};
use crate::shell::{self, Arguments, Command, Joint, Known, Nesting, Part, Redirect, Script, TakesValue, Word};
use crate::source::{Span, Spanned};

/// How deep `sh -c` inside of `sh -c` is followed.
const MAX_DEPTH: u32 = 8;

/// A command that a program is given: its words with variables as marks, the program first.
pub(super) struct Line<'a> {
    /// The words behind the program.
    pub arguments: &'a [Known],
    /// What the marks stand for.
    pub variables: &'a Variables,
    /// Whether its output is looked at: by the program behind a pipe, or because it stands in a substitution.
    pub judged: bool,
}

impl Line<'_> {
    /// Options and operands.
    pub fn arguments(&self, takes: TakesValue) -> Arguments<'_> {
        Arguments::new(self.arguments, takes)
    }

    /// The words as they are.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.arguments.iter().map(|word| word.text.as_str())
    }
}

/// What becomes of a command's output and where its input comes from.
#[derive(Clone, Copy)]
struct Flow {
    /// Its output is looked at.
    judged: bool,
    /// It reads the output of another one.
    fed: bool,
}

/// What a program turns out to ask.
pub(super) struct Asked {
    pub target: Target,
    pub fails: Option<bool>,
    pub shows_password: bool,
}

/// Reads one health check.
pub(super) struct Reader<'a> {
    /// Where a range of the text stands, or of the words in exec form.
    place: &'a dyn Fn(Range<usize>) -> Option<Span>,
    /// The place of everything inside `sh -c`.
    outer: Option<Span>,
    depth: u32,
    variables: Variables,
    probe: Probe,
    /// Checks that count only if there is no other.
    weak: Vec<Check>,
    /// The path of an HTTP request that is written out for a bare connection.
    request: Option<String>,
}

impl<'a> Reader<'a> {
    pub fn new(place: &'a dyn Fn(Range<usize>) -> Option<Span>) -> Reader<'a> {
        let probe = Probe {
            checks: Vec::new(),
            can_fail: true,
            needs_shell: false,
            programs: Vec::new(),
            unexpanded: Vec::new(),
            incomplete: None,
        };
        Reader { place, outer: None, depth: 0, variables: Variables::default(), probe, weak: Vec::new(), request: None }
    }

    /// Reads shell form.
    pub fn shell(mut self, text: &str) -> Probe {
        self.probe.needs_shell = true;
        self.probe.can_fail = self.script(&without_marks(text), Options::default());
        self.finish()
    }

    /// Reads exec form.
    pub fn exec(mut self, argv: &[Spanned<String>]) -> Probe {
        let interprets = argv.iter().any(|word| is_interpreter(file_name(&word.value)));
        let meant_for_a_shell =
            |word: &&Spanned<String>| !interprets && (is_operator(&word.value) || has_variable(&word.value));
        self.probe.unexpanded = argv.iter().filter(meant_for_a_shell).cloned().collect();
        // What follows an operator was meant as another command; the program takes it for arguments.
        let count = argv.iter().position(|word| !interprets && is_operator(&word.value)).unwrap_or(argv.len());
        let word = |(at, word): (usize, &Spanned<String>)| Word {
            range: at..at + 1,
            quoted: true,
            parts: vec![Part::Literal(without_marks(&word.value).into_owned())],
        };
        let command = Command {
            range: 0..count,
            joint: Joint::First,
            piped: false,
            background: false,
            conditional: false,
            nesting: Nesting::Top,
            assignments: Vec::new(),
            words: argv[..count].iter().enumerate().map(word).collect(),
            redirects: Vec::new(),
        };
        if count > 0 {
            self.probe.can_fail = self.command(&command, Flow { judged: false, fed: false }).fails;
        }
        self.finish()
    }

    fn finish(mut self) -> Probe {
        if self.probe.checks.is_empty() {
            self.probe.checks = self.weak;
        }
        let Some(path) = self.request else { return self.probe };
        for check in &mut self.probe.checks {
            if let Target::Tcp(address) = &check.target {
                let (address, path) = (address.clone(), Given::Value(path.clone()));
                check.target = Target::Http(Http { scheme: Scheme::Http, address, path });
            }
        }
        self.probe
    }

    /// Reads a shell's text; whether it can fail.
    fn script(&mut self, text: &str, mut options: Options) -> bool {
        let script = shell::scan(text);
        if script.partial {
            self.incomplete("the command is malformed or nested too deep");
        }
        if self.request.is_none() {
            self.request = http::request_path(text);
        }
        let mut steps = Vec::with_capacity(script.commands.len());
        let mut end = 0;
        for (index, command) in script.commands.iter().enumerate() {
            let inner = command.range.start < end;
            end = end.max(command.range.end);
            let flow = Flow { judged: is_judged(&script, index), fed: command.joint == Joint::Pipe };
            let status = self.command(command, flow);
            if inner {
                continue;
            }
            set_options(command, &mut options);
            let branched = command.nesting == Nesting::Compound;
            steps.push(Step { joint: command.joint, status, background: command.background, branched });
        }
        for redirect in &script.group_redirects {
            self.connection(&redirect.redirect.target, redirect.redirect.target.range.clone());
        }
        if !script.compound && !script.partial {
            return status::list_can_fail(&steps, options);
        }
        let redirected =
            !script.group_redirects.iter().all(|group| self.can_redirect(slice::from_ref(&group.redirect)));
        let plain = !redirected && !["&&", "((", "! ", "!\t"].iter().any(|operator| text.contains(operator));
        script.partial || status::groups_can_fail(&steps, options, plain)
    }

    /// Reads one simple command; how it can end.
    fn command(&mut self, command: &Command, flow: Flow) -> Status {
        for redirect in &command.redirects {
            self.connection(&redirect.target, command.range.clone());
        }
        if command.words.is_empty() {
            let constant = |value: &Word| !value.parts.contains(&Part::Substitution);
            let assigned = command.assignments.iter().all(|assignment| constant(&assignment.value));
            return if assigned && self.can_redirect(&command.redirects) { Status::SUCCESS } else { Status::EITHER };
        }
        let known = |text| Known { text, whole: true };
        let words: Vec<Known> = command.words.iter().map(|word| known(self.variables.text(word))).collect();
        let mut at = words.len() - command.behind_prefixes().len();
        if at > 0 {
            self.program(command, &words, 0);
        }
        while let Some(behind) = launch::behind_wrapper(&words[at..]) {
            self.program(command, &words, at);
            at += behind;
        }
        self.program(command, &words, at);
        let status = self.line(&words[at..], flow, command.range.clone());
        // A redirection that cannot be made fails the command.
        Status { fails: status.fails || !self.can_redirect(&command.redirects), ..status }
    }

    /// Takes in the program that word `at` names.
    fn program(&mut self, command: &Command, words: &[Known], at: usize) {
        let (Some(word), Some(source)) = (words.get(at), command.words.get(at)) else { return };
        if word.text.contains(is_mark) {
            let shown = self.variables.show(&word.text);
            return self.incomplete(&format!("the program is in `{shown}`"));
        }
        if word.text.is_empty() || weak::is_builtin(&word.text) {
            return;
        }
        if let Some(span) = self.place_of(source.range.clone()) {
            self.probe.programs.push(Spanned::new(word.text.clone(), span));
        }
    }

    /// Reads a program and its arguments; how it can end.
    fn line(&mut self, words: &[Known], flow: Flow, range: Range<usize>) -> Status {
        let Some((program, arguments)) = words.split_first() else { return Status::SUCCESS };
        let name = file_name(&program.text);
        if let Some((at, options)) = launch::shell_text(name, arguments) {
            return self.nested(&arguments[at].text, options, range);
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).skip(1).take(16).collect();
        if let Some(place) = self.place_of(range) {
            match weak::of(name, &texts) {
                Some(weakness) => self.weak(name, weakness, flow, place),
                None => self.ask(program, arguments, flow, place),
            }
        }
        if flow.fed && weak::takes_anything(name, &texts) {
            return Status::SUCCESS;
        }
        Status::of(name, texts.first().copied().filter(|text| !is_last_status(text, &self.variables)))
    }

    /// Takes in what a program asks.
    fn ask(&mut self, program: &Known, arguments: &[Known], flow: Flow, place: Span) {
        let name = file_name(&program.text);
        let line = Line { arguments, variables: &self.variables, judged: flow.judged };
        let mut asked = known_program(name, &line);
        if asked.is_empty() && code::is_interpreter(name) {
            asked = code::asked(name, arguments, flow.judged, &mut self.variables);
        }
        let mut tool = name.to_string();
        if asked.is_empty() && !weak::is_bystander(name) {
            tool = self.variables.show(&program.text);
            asked.push(own(name, arguments));
        }
        let check = |asked: Asked| Check {
            tool: tool.clone(),
            target: asked.target,
            fails_on_error_status: asked.fails,
            shows_password: asked.shows_password,
            place,
        };
        self.probe.checks.extend(asked.into_iter().map(check));
    }

    /// Takes in a weak command, unless it only works on the output of another one.
    fn weak(&mut self, name: &str, weakness: Weakness, flow: Flow, place: Span) {
        if flow.fed && weak::is_bystander(name) {
            return;
        }
        let (tool, target) = (name.to_string(), Target::Trivial(weakness));
        self.weak.push(Check { tool, target, fails_on_error_status: None, shows_password: false, place });
    }

    /// Reads the text of `sh -c`.
    fn nested(&mut self, text: &str, options: Options, range: Range<usize>) -> Status {
        self.probe.needs_shell = true;
        if self.depth >= MAX_DEPTH {
            self.incomplete("the command is nested too deep");
            return Status::EITHER;
        }
        let outer = self.outer;
        self.outer = self.place_of(range);
        self.depth += 1;
        let can_fail = self.script(text, options);
        self.depth -= 1;
        self.outer = outer;
        if can_fail { Status::EITHER } else { Status::SUCCESS }
    }

    /// `/dev/tcp/host/port` as the file of a redirection: bash opens a connection (bash(1), REDIRECTION).
    fn connection(&mut self, file: &Word, range: Range<usize>) {
        let text = self.variables.text(file);
        let Some((host, port)) = text.strip_prefix("/dev/tcp/").and_then(|rest| rest.split_once('/')) else { return };
        let address = Address {
            host: self.variables.given(&host.to_ascii_lowercase()),
            port: self.variables.given(port),
            socket: None,
        };
        let Some(place) = self.place_of(range) else { return };
        let target = Target::Tcp(address);
        let tool = "bash".to_string();
        self.probe.checks.push(Check { tool, target, fails_on_error_status: None, shows_password: false, place });
    }

    /// Whether redirections are certain to be made: to descriptors, `/dev/null` and the output of PID 1.
    fn can_redirect(&self, redirects: &[Redirect]) -> bool {
        redirects.iter().all(|redirect| {
            let file = redirect.target.literal().unwrap_or_default();
            let descriptor = file == "-" || !file.is_empty() && file.bytes().all(|byte| byte.is_ascii_digit());
            let device = matches!(file, "/dev/null" | "/dev/stdout" | "/dev/stderr") || file.starts_with("/proc/1/fd/");
            match redirect.operator.as_str() {
                "<<" | "<<-" | "<<<" => true,
                ">&" | "<&" => descriptor || device,
                _ => device,
            }
        })
    }

    fn place_of(&self, range: Range<usize>) -> Option<Span> {
        self.outer.or_else(|| (self.place)(range))
    }

    fn incomplete(&mut self, why: &str) {
        self.probe.incomplete.get_or_insert_with(|| why.to_string());
    }
}

/// What the programs that are known by name ask; empty for all others.
fn known_program(name: &str, line: &Line<'_>) -> Vec<Asked> {
    let asked = match name {
        "curl" => return http::curl(line),
        "wget" => return http::wget(line),
        "nc" | "ncat" | "netcat" => http::netcat(line),
        "redis-cli" | "valkey-cli" | "keydb-cli" => services::redis(line),
        "pg_isready" | "psql" => services::postgres(name, line),
        "mysqladmin" | "mariadb-admin" | "mysql" | "mariadb" => services::mysql(line),
        "healthcheck.sh" => return services::healthcheck_script(line).into_iter().collect(),
        "mongosh" | "mongo" => services::mongo(line),
        "rabbitmq-diagnostics" | "rabbitmqctl" => services::rabbitmq(line),
        "grpc_health_probe" | "grpc-health-probe" => services::grpc(line),
        _ if name.starts_with("kafka-") => services::kafka(line),
        _ => return Vec::new(),
    };
    vec![asked]
}

/// A check of the project's own. Its first argument is kept if it can be no secret.
fn own(name: &str, arguments: &[Known]) -> Asked {
    // `node --import x health.js`: for an interpreter the script says more than its options.
    let script = arguments.iter().find(|word| !word.text.starts_with('-'));
    let first = if is_interpreter(name) { script.or(arguments.first()) } else { arguments.first() };
    let plain = |text: &&str| {
        let short_with_value = text.len() > 2 && text.starts_with('-') && !text.starts_with("--");
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
        !text.is_empty() && text.len() <= 60 && !short_with_value && text.chars().all(fits)
    };
    let asks = first.map(|word| word.text.as_str()).filter(plain).map(str::to_string);
    Asked { target: Target::Custom { asks }, fails: None, shows_password: false }
}

/// Whether the output of a command decides: it is substituted, or piped into what does not pass everything on.
fn is_judged(script: &Script, index: usize) -> bool {
    let command = &script.commands[index];
    if command.nesting == Nesting::Substitution {
        return true;
    }
    let next = script.commands[index + 1..].iter().find(|next| next.range.start >= command.range.end);
    let passes = |name| matches!(name, Some("cat" | "tee" | "head" | "tail" | "logger" | "tr" | "true" | ":" | "echo"));
    command.piped && next.is_some_and(|next| !passes(next.program()))
}

fn set_options(command: &Command, options: &mut Options) {
    if command.program() != Some("set") {
        return;
    }
    let words: Vec<&str> = command.words[1..].iter().filter_map(Word::literal).collect();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1 + usize::from(options.take(word, words.get(at + 1).copied()));
    }
}

fn is_interpreter(name: &str) -> bool {
    launch::is_shell(name) || code::is_interpreter(name) || matches!(name, "awk" | "mongo" | "mongosh")
}

fn is_operator(word: &str) -> bool {
    matches!(
        word,
        "||" | "&&" | "|" | ";" | "&" | ">" | ">>" | "2>&1" | "<" | ">/dev/null" | "2>/dev/null" | "&>/dev/null"
    )
}

/// `$NAME` or `${NAME`.
fn has_variable(word: &str) -> bool {
    word.as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'$' && (pair[1].is_ascii_alphabetic() || matches!(pair[1], b'_' | b'{' | b'(')))
}

/// `$?`
fn is_last_status(text: &str, variables: &Variables) -> bool {
    matches!(variables.only(text), Some(Variable { name: Some(name), .. }) if name == "?")
}

/// The text with whatever could be taken for a mark replaced, byte for byte.
fn without_marks(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(is_mark) { text.replace(is_mark, "\u{1FFFD}").into() } else { text.into() }
}
