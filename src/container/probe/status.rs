//! Exit statuses: whether a list of commands can fail as a whole.

use crate::shell::Joint;

/// How one command can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub succeeds: bool,
    pub fails: bool,
    /// It ends the shell: `exit`.
    pub leaves: bool,
    /// Its status is that of the command before: `exit`, `exit $?`.
    pub inherits: bool,
}

impl Status {
    pub const EITHER: Status = Status { succeeds: true, fails: true, leaves: false, inherits: false };
    pub const SUCCESS: Status = Status { fails: false, ..Status::EITHER };
    pub const FAILURE: Status = Status { succeeds: false, ..Status::EITHER };

    /// The status of a program or builtin by its words; `None` where a variable is.
    pub fn of(name: &str, first: Option<&str>) -> Status {
        match name {
            "true" | ":" | "echo" | "printf" | "set" | "export" | "trap" => Status::SUCCESS,
            "false" => Status::FAILURE,
            "exit" | "return" => Status { leaves: true, ..Status::of_number(first) },
            _ => Status::EITHER,
        }
    }

    fn of_number(number: Option<&str>) -> Status {
        match number.map(str::parse::<u32>) {
            None => Status { inherits: true, ..Status::EITHER },
            Some(Ok(number)) if number % 256 == 0 => Status::SUCCESS,
            Some(Ok(_)) => Status::FAILURE,
            Some(Err(_)) => Status::EITHER,
        }
    }
}

/// One command of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub joint: Joint,
    pub status: Status,
    pub background: bool,
    /// Whether it stands in a branch, a loop or a function.
    pub branched: bool,
}

/// The options that change what a list's status is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::container) struct Options {
    /// `set -e`
    pub errexit: bool,
    /// `set -o pipefail`
    pub pipefail: bool,
}

impl Options {
    /// Takes in a word of `set` or of a shell's own options, and the word behind it; whether that was its value.
    pub fn take(&mut self, word: &str, next: Option<&str>) -> bool {
        let on = word.starts_with('-');
        let Some(letters) = word.strip_prefix(['-', '+']).filter(|letters| !letters.starts_with('-')) else {
            return false;
        };
        if letters.contains('e') {
            self.errexit = on;
        }
        if !letters.contains('o') {
            return false;
        }
        match next {
            Some("pipefail") => self.pipefail = on,
            Some("errexit") => self.errexit = on,
            _ => {}
        }
        true
    }
}

/// Whether a list without groups and branches can end with another status than 0. A list that holds nothing succeeds.
pub(super) fn list_can_fail(steps: &[Step], options: Options) -> bool {
    // What the status may be at this point, if the shell is still there.
    let (mut success, mut failure) = (true, false);
    let mut left_failing = false;
    let mut at = 0;
    while let Some(first) = steps.get(at) {
        let end = at + 1 + steps[at + 1..].iter().take_while(|step| step.joint == Joint::Pipe).count();
        let status = pipeline(&steps[at..end], options);
        let (reached_after_success, reached_after_failure) = match first.joint {
            Joint::And => (success, false),
            Joint::Or => (false, failure),
            Joint::First | Joint::Then | Joint::Background | Joint::Pipe => {
                left_failing |= options.errexit && failure;
                let before = (success, failure && !options.errexit);
                (success, failure) = (false, false);
                before
            }
        };
        let reached = reached_after_success || reached_after_failure;
        let fails = reached && if status.inherits { reached_after_failure } else { status.fails };
        let succeeds = reached && if status.inherits { reached_after_success } else { status.succeeds };
        success = (success && first.joint != Joint::And) || (succeeds && !status.leaves);
        failure = (failure && first.joint != Joint::Or) || (fails && !status.leaves);
        left_failing |= fails && status.leaves;
        if steps[end - 1].background {
            (success, failure) = (true, false);
        }
        at = end;
    }
    left_failing || failure
}

/// The status of commands joined by pipes; an `exit` among several only ends its own part.
fn pipeline(steps: &[Step], options: Options) -> Status {
    match steps {
        [step] => step.status,
        [.., last] => {
            let fails = last.status.fails || options.pipefail && steps.iter().any(|step| step.status.fails);
            Status { leaves: false, inherits: false, fails, ..last.status }
        }
        [] => Status::SUCCESS,
    }
}

/// Whether a list with groups or branches can fail, of which only the commands are known. `plain` says that neither
/// `&&` nor `!` is in it: then the status is 0 if the last command is reached, and reached it is or was not needed.
pub(super) fn groups_can_fail(steps: &[Step], options: Options, plain: bool) -> bool {
    let Some(last) = steps.last() else { return true };
    let exits_failing = steps.iter().any(|step| step.status.leaves && step.status.fails);
    let never = last.status == Status::SUCCESS || last.status == Status { leaves: true, ..Status::SUCCESS };
    !(plain && never && !last.branched && !exits_failing && !options.errexit)
}
