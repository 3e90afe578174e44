//! Variables: what names mean at an instruction, and what ENV and ARG make of them.

use super::{Evaluation, TOO_MANY};
use crate::container::image_state::ImageState;
use crate::container::traced::{Known, Origin, Traced};
use crate::problem::Problem;
use crate::source::Spanned;
use crate::subject::dockerfile::expand::{self, Expanded, Lookup};
use crate::subject::dockerfile::instruction::{Argument, Pair};
use crate::subject::dockerfile::stage;

/// More variables than this in one image are not kept apart.
const MAX_VARIABLES: usize = 4096;

/// More bytes of values than this in one stage and those below it are not kept.
const MAX_VALUE_BYTES: usize = 1024 * 1024;

impl Evaluation<'_> {
    /// What holds before the first step: the image's variables, again over the arguments of the stages below.
    pub(super) fn begin_history(&mut self) {
        let step = self.state.steps.len();
        let ImageState { env, history, arguments, workdir, .. } = &mut self.state;
        for (name, value) in env.iter() {
            if step == 0 || arguments.contains_key(name) {
                history.variable(step, name, lookup_of(&value.known));
            }
        }
        history.workdir(step, workdir.known.clone());
    }

    /// What a name means here.
    pub(super) fn lookup(&self, name: &str) -> Lookup {
        match self.scope.get(name) {
            Some(value) => value.clone(),
            None => self.state.variable_at(self.state.steps.len(), name),
        }
    }

    /// From here on a name means this.
    fn define(&mut self, name: String, value: Lookup) {
        self.state.history.variable(self.state.steps.len(), &name, value.clone());
        self.scope.insert(name, value);
    }

    /// The directories that instructions have put around the base image's own `PATH`.
    fn search_path(&mut self, written: &str) {
        let step = self.state.steps.len();
        let before = match self.state.history.search_path_at(step) {
            Some(Known::Value(path)) => Lookup::Value(path.clone()),
            Some(Known::Unknown(why)) => Lookup::Unknown(why.clone()),
            None => Lookup::Value(String::new()),
        };
        let lookup = |name: &str| if name == "PATH" { before.clone() } else { self.lookup(name) };
        let path = match expand::expand(written, self.escape, &lookup) {
            Ok(Expanded::Value(path)) if self.has_room(path.len()) => Known::Value(path),
            Ok(Expanded::Value(_)) => Known::Unknown(TOO_MANY.to_string()),
            Ok(Expanded::Unknown(why)) | Err(why) => Known::Unknown(why),
        };
        self.state.history.search_path(step, path);
    }

    pub(super) fn expand_text(&self, text: &str) -> Known<String> {
        match expand::expand(text, self.escape, &|name| self.lookup(name)) {
            Ok(Expanded::Value(value)) => Known::Value(value),
            Ok(Expanded::Unknown(why)) => Known::Unknown(why),
            Err(why) => Known::Unknown(format!("`{text}` cannot be expanded: {why}")),
        }
    }

    pub(super) fn expand(&mut self, word: &Spanned<String>) -> Known<String> {
        let expanded = expand::expand(&word.value, self.escape, &|name| self.lookup(name));
        match expanded {
            Ok(Expanded::Value(value)) => Known::Value(value),
            Ok(Expanded::Unknown(why)) => Known::Unknown(why),
            Err(why) => {
                let what = format!("the value cannot be expanded: {why}");
                self.problems.push(Problem::error(word.span, what, "mend the expansion; the build fails on it"));
                Known::Unknown(why)
            }
        }
    }

    pub(super) fn env(&mut self, pairs: &[Pair]) {
        // All values of one instruction see the variables from before it.
        let mut values = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let Known::Value(key) = self.expand(&pair.key) else { continue };
            if key == "PATH" {
                self.search_path(&pair.value.value);
            }
            values.push((key, self.expand(&pair.value), pair.key.span.to(pair.value.span)));
        }
        for (key, value, place) in values {
            let mut value = value;
            let is_full = self.state.env.len() >= MAX_VARIABLES && !self.state.env.contains_key(&key);
            if is_full || !self.has_room(value.value().map_or(0, String::len)) {
                self.state.env_incomplete = Some(TOO_MANY.to_string());
                value = Known::Unknown(TOO_MANY.to_string());
            }
            if is_full {
                continue;
            }
            let origin = Origin::new(place, "ENV");
            self.define(key.clone(), lookup_of(&value));
            match self.state.env.get_mut(&key) {
                Some(traced) => traced.set(value, origin),
                None => {
                    self.state.env.insert(key, Traced { known: value, origin, overrode: Vec::new() });
                }
            }
        }
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument]) {
        // Here, too, all defaults see what stood before the instruction.
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let outer = self.stages.globals.get(&argument.name.value);
            let lookup = |name: &str| self.lookup(name);
            values.push(stage::argument_value(argument, self.settings, self.escape, &lookup, outer));
        }
        for (argument, mut value) in arguments.iter().zip(values) {
            let name = &argument.name.value;
            let known = self.scope.contains_key(name);
            // An ARG without any value hides nothing that had one before.
            if matches!(value, Lookup::Ungiven(_)) && known || !known && self.scope.len() >= 2 * MAX_VARIABLES {
                continue;
            }
            if !self.has_room(if let Lookup::Value(value) = &value { value.len() } else { 0 }) {
                value = Lookup::Unknown(TOO_MANY.to_string());
            }
            self.state.arguments.insert(name.clone(), value.clone());
            self.define(name.clone(), value);
        }
    }

    /// Whether a value of so many bytes can still be kept; a file that doubles its variables again and again, or uses a
    /// long one on every line, runs out of room.
    pub(super) fn has_room(&mut self, bytes: usize) -> bool {
        let bytes = self.state.value_bytes + bytes;
        let has_room = bytes <= MAX_VALUE_BYTES;
        if has_room {
            self.state.value_bytes = bytes;
        }
        has_room
    }
}

pub(super) fn lookup_of(value: &Known<String>) -> Lookup {
    match value {
        Known::Value(value) => Lookup::Value(value.clone()),
        Known::Unknown(why) => Lookup::Unknown(why.clone()),
    }
}
