//! Process: how a service gets its signals, and loses its reloader.

use super::{brief, bytes_of, exec_form, instruction, is_builtin, json_list};
use crate::container::Container;
use crate::container::process::{Layer, LayerKind};
use crate::finding::{Edit, Fix};
use crate::shell::{self, Joint, Nesting};
use crate::source::{Span, Spanned};
use crate::subject::dockerfile::instruction::{Command, Kind};

/// Programs that would stand before the service, whatever the form.
const IN_BETWEEN: [&str; 9] = ["npm", "npx", "yarn", "pnpm", "bun", "sh", "bash", "ash", "dash"];

/// The way out for a command that looks like JSON and is none.
pub fn malformed(container: &Container, place: Span) -> Fix {
    const WORDS: &str = "write it as a JSON list with double quotes: `[\"node\", \"server.js\"]`";
    let Some((is_command, Command::Shell { text, .. })) = declared(container, place) else { return Fix::words(WORDS) };
    let mended = text.value.replace('\'', "\"");
    let Ok(words) = serde_json::from_str::<Vec<String>>(&mended) else { return Fix::words(WORDS) };
    let program = words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    if program.is_empty() || IN_BETWEEN.contains(&program) {
        return Fix::words(WORDS);
    }
    let list = json_list(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let keyword = if is_command { "CMD" } else { "ENTRYPOINT" };
    Fix::risky(format!("write `{keyword} {}`", brief(&list)), vec![Edit::replace(text.full_span(), list)])
}

/// The way out for what stands between PID 1 and the service: the first such layer, those behind it, and whether any other
/// keeps signals away, too.
pub fn blocked(container: &Container, layers: &[Layer], blocking: usize) -> Fix {
    let Some((layer, behind)) = layers.split_first() else { return Fix::words("start the service directly") };
    match &layer.kind {
        LayerKind::PackageRunner { name, script } => runner(container, layer, name, script.as_deref(), blocking == 1),
        LayerKind::Script { path, .. } => Fix::words(format!(
            "put `exec` before what starts the service in `{path}`: `exec \"$@\"` where it is given as arguments"
        )),
        _ => match behind.first() {
            Some(Layer { kind: LayerKind::PackageRunner { name, script }, .. }) if blocking == 2 => {
                runner(container, &behind[0], name, script.as_deref(), true)
            }
            next => shell(container, layer, next, blocking == 1),
        },
    }
}

/// The command of the Dockerfile instruction that holds a place, and whether it is CMD.
fn declared(container: &Container, place: Span) -> Option<(bool, &Command)> {
    match &instruction(container, place)?.kind {
        Kind::Cmd(command) => Some((true, command)),
        Kind::Entrypoint(command) => Some((false, command)),
        _ => None,
    }
}

fn shell(container: &Container, layer: &Layer, next: Option<&Layer>, alone: bool) -> Fix {
    let text = text_of(layer).map_or("", |word| word.value.as_str());
    let program = next.and_then(|next| next.argv.first()).map(|word| word.value.as_str());
    let starts = |text: &str| program.is_some() && text.split_ascii_whitespace().next() == program;
    let list = exec_form(text).filter(|_| starts(text));
    let offset = exec_place(text).filter(|&at| starts(&text[at..]));
    let place = text_of(layer).map(|word| word.span);
    let found = place.and_then(|place| declared(container, place)).filter(|_| alone);
    let (keyword, is_command) = match found {
        Some((is_command, _)) => (if is_command { "CMD" } else { "ENTRYPOINT" }, is_command),
        None => ("", true),
    };
    // What follows an entrypoint would become its arguments.
    let takes_arguments = !is_command && !container.command.get().is_some_and(|argv| argv.words.is_empty());
    let edit = match found {
        Some((_, Command::Shell { text, .. })) => match (&list, offset) {
            (Some(list), _) if !takes_arguments => Some(Edit::replace(text.full_span(), list.clone())),
            (_, Some(at)) => Some(Edit::insert_before(text.span(at..at + 1), "exec ")),
            _ => None,
        },
        Some((_, Command::Exec { argv, span })) => match (&list, offset, argv.get(2)) {
            (Some(list), _, _) if argv.len() == 3 && !takes_arguments => Some(Edit::replace(*span, list.clone())),
            (_, Some(at), Some(word)) => bytes_of(word).map(|bytes| {
                let at = bytes.start as usize + at;
                Edit::insert_before(Span::new(bytes.source, at..at), "exec ")
            }),
            _ => None,
        },
        None => None,
    };
    let title = match (&list, offset) {
        (Some(list), _) if !takes_arguments => format!("write `{}` as a list: `{}`", brief(text), brief(list)),
        (_, Some(at)) => format!("put `exec` before `{}`", brief(&text[at..])),
        _ => "put `exec` before the command that starts the service, or write it as a JSON list".to_string(),
    };
    match edit {
        Some(edit) if edit.text.starts_with('[') => {
            Fix::risky(format!("write `{keyword} {}`", brief(&edit.text)), vec![edit])
        }
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    }
}

/// The text that a shell is given.
fn text_of(layer: &Layer) -> Option<&Spanned<String>> {
    let option = layer.argv.iter().position(|word| word.value.starts_with('-') && word.value.ends_with('c'))?;
    layer.argv.get(option + 1)
}

/// Where `exec` goes: before the last command of a text that runs one after the other and waits for each.
fn exec_place(text: &str) -> Option<usize> {
    let script = shell::scan(text);
    if script.partial || script.compound || !script.group_redirects.is_empty() {
        return None;
    }
    let mut top = script.commands.iter().filter(|command| command.nesting == Nesting::Top);
    let in_turn = top.clone().all(|command| {
        let joined = matches!(command.joint, Joint::First | Joint::And | Joint::Then);
        joined && !command.piped && !command.background && !command.conditional
    });
    let last = top.next_back()?;
    let program = last.words.first()?.literal()?;
    (in_turn && last.assignments.is_empty() && !is_builtin(program)).then_some(last.range.start)
}

/// `npm start` and the like: what the script says, if that is known.
fn runner(container: &Container, layer: &Layer, name: &str, script: Option<&str>, alone: bool) -> Fix {
    let Some(script) = script else {
        return Fix::words(format!("name the program that `{name}` runs, without `{name}`"));
    };
    let hooks = [format!("pre{script}"), format!("post{script}")];
    let text = container.package_scripts.get(script);
    let is_node = text.is_some_and(|text| text.starts_with("node "));
    let Some(list) = text.filter(|_| is_node).and_then(|text| exec_form(text)) else {
        let known = text.map_or(String::new(), |text| format!(", `{}`,", brief(text)));
        return Fix::words(format!(
            "start what the script `{script}` is for{known} without `{name}`, such as `[\"node\", \"dist/server.js\"]`"
        ));
    };
    let edit = layer.argv.first().and_then(|word| declared(container, word.span)).and_then(|(_, command)| {
        let (same, span) = match command {
            Command::Exec { argv, span } => (argv == &layer.argv, *span),
            Command::Shell { text, .. } => {
                let words = layer.argv.iter().map(|word| word.value.as_str());
                (text.value.split_ascii_whitespace().eq(words), text.full_span())
            }
        };
        same.then(|| Edit::replace(span, list.clone()))
    });
    let plain = alone && !hooks.iter().any(|hook| container.package_scripts.contains_key(hook));
    let title = format!("write what the script `{script}` runs: `{}`", brief(&list));
    match edit.filter(|_| plain) {
        Some(edit) => Fix::risky(title, vec![edit]),
        None => Fix::words(title),
    }
}

/// The way out for a service that reloads. `sign` gives it away; `still` says whether other words would reload, too.
pub fn reload(argv: &[Spanned<String>], sign: &str, still: &dyn Fn(&[&str]) -> bool) -> Fix {
    let at = argv.iter().position(|word| word.value == sign).filter(|at| *at > 0 && sign.starts_with('-'));
    let Some(at) = at else {
        let words: Vec<&str> = argv.iter().map(|word| word.value.as_str()).collect();
        return Fix::words(format!("start what is meant for production instead of `{}`", brief(&words.join(" "))));
    };
    let title = format!("drop `{sign}`");
    let rest: Vec<&str> = argv.iter().filter(|word| word.value != sign).map(|word| word.value.as_str()).collect();
    let (before, word) = (argv[at - 1].span, argv[at].span);
    let gap = word.start.checked_sub(before.end).filter(|_| before.source == word.source);
    let exact = bytes_of(&argv[at]).filter(|_| bytes_of(&argv[at - 1]).is_some());
    // A list or a text on one line; behind a line break there may be a comment.
    match exact.filter(|_| !still(&rest) && gap.is_some_and(|gap| gap <= 2)) {
        Some(bytes) => {
            let edit = Edit::replace(Span { start: before.end, ..word }, "");
            Fix::risky(title, vec![edit]).expecting(bytes, sign)
        }
        None => Fix::words(title),
    }
}

/// The way out for a variable that makes a service reload: `0` in its place, where that turns it off.
pub fn variable(container: &Container, name: &str, place: Span, is_off: bool) -> Fix {
    let pair = instruction(container, place).and_then(|instruction| match &instruction.kind {
        Kind::Env(pairs) => pairs.iter().rev().find(|pair| pair.key.value == name),
        _ => None,
    });
    match pair.and_then(|pair| bytes_of(&pair.value)).filter(|_| is_off) {
        Some(bytes) => Fix::risky(format!("set `{name}` to `0`"), vec![Edit::replace(bytes, "0")]),
        None => Fix::words(format!("set `{name}` to `0`, or drop it")),
    }
}
