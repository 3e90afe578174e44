//! Weak checks: commands that succeed whether or not the service answers.

/// Why a check says nothing about the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// `true`, `exit 0`, `echo ok`.
    AlwaysSucceeds,
    /// `pgrep`, `ps`, `kill -0`.
    ProcessExists,
    /// `test -f`, `ls`, `cat`.
    FileExists,
    /// `nginx -t`.
    ConfigurationValid,
    /// `node --version`.
    ProgramStarts,
    /// `sleep 1`, `date`, a comparison of two texts.
    AsksNothing,
}

impl Weakness {
    /// What such a check shows, as the end of a sentence about it.
    pub fn why(self) -> &'static str {
        match self {
            Weakness::AlwaysSucceeds => "always succeeds",
            Weakness::ProcessExists => "only shows that a process exists",
            Weakness::FileExists => "only shows that a file exists",
            Weakness::ConfigurationValid => "only shows that the configuration is valid",
            Weakness::ProgramStarts => "only shows that the program starts",
            Weakness::AsksNothing => "asks nothing of the service",
        }
    }
}

/// The weakness of a program with these arguments; `None` if it may ask something, or only works on the shell.
pub(super) fn of(name: &str, arguments: &[&str]) -> Option<Weakness> {
    let first = arguments.first().copied().unwrap_or_default();
    Some(match name {
        "true" | ":" | "echo" | "printf" => Weakness::AlwaysSucceeds,
        "exit" if first == "0" => Weakness::AlwaysSucceeds,
        "ps" | "pgrep" | "pidof" | "top" | "kill" | "killall" => Weakness::ProcessExists,
        "ls" | "stat" | "cat" | "grep" | "egrep" | "jq" | "awk" | "sed" | "head" | "tail" | "wc" => {
            Weakness::FileExists
        }
        "test" | "[" | "[[" if matches!(first, "-f" | "-e" | "-d" | "-s" | "-r" | "-x" | "-S" | "-L") => {
            Weakness::FileExists
        }
        "nginx" | "httpd" | "apachectl" | "apache2ctl" | "haproxy" if is_configuration_test(arguments) => {
            Weakness::ConfigurationValid
        }
        "exit" | "false" | "set" | "cd" | "export" | "return" | "shift" | "trap" | "exec" => return None,
        "test" | "[" | "[[" | "sleep" | "date" | "id" | "whoami" | "hostname" | "uptime" | "env" | "which"
        | "command" | "type" => Weakness::AsksNothing,
        _ if arguments.len() == 1 && matches!(first, "--version" | "-v" | "-V" | "--help" | "-h") => {
            Weakness::ProgramStarts
        }
        _ => return None,
    })
}

fn is_configuration_test(arguments: &[&str]) -> bool {
    arguments.iter().any(|argument| matches!(*argument, "-t" | "-T" | "-tq" | "-qt" | "-c" | "configtest"))
}

/// Whether a program succeeds with whatever a pipe brings: it reads no file, and looks for nothing.
pub(super) fn takes_anything(name: &str, arguments: &[&str]) -> bool {
    let mut operands = arguments.iter().filter(|argument| !argument.starts_with('-'));
    match name {
        "cat" | "wc" | "sort" | "uniq" => operands.next().is_none(),
        "head" | "tail" => operands.all(|operand| operand.bytes().all(|byte| byte.is_ascii_digit())),
        "tee" => operands.all(|file| file.starts_with("/dev/std") || *file == "/dev/null"),
        "tr" | "logger" => true,
        _ => false,
    }
}

/// Whether a program only works on what others print or on the shell itself, so that it asks nothing.
pub(super) fn is_bystander(name: &str) -> bool {
    is_builtin(name)
        || matches!(
            name,
            "grep"
                | "egrep"
                | "fgrep"
                | "jq"
                | "yq"
                | "awk"
                | "gawk"
                | "sed"
                | "tr"
                | "wc"
                | "head"
                | "tail"
                | "cut"
                | "sort"
                | "uniq"
                | "xargs"
                | "tee"
                | "cat"
                | "sleep"
                | "date"
                | "logger"
                | "expr"
                | "ls"
                | "stat"
                | "ps"
                | "pgrep"
                | "pidof"
                | "top"
                | "killall"
                | "pkill"
                | "id"
                | "whoami"
                | "hostname"
                | "uptime"
                | "which"
                | "env"
                | "rm"
                | "touch"
                | "mkdir"
        )
}

/// Whether the shell does this itself (POSIX 2.14 and 1.7, and what dash, ash and bash add).
pub(super) fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "true"
            | "false"
            | ":"
            | "exit"
            | "return"
            | "echo"
            | "printf"
            | "test"
            | "["
            | "[["
            | "kill"
            | "set"
            | "unset"
            | "cd"
            | "export"
            | "local"
            | "declare"
            | "readonly"
            | "break"
            | "continue"
            | "read"
            | "eval"
            | "exec"
            | "command"
            | "type"
            | "trap"
            | "shift"
            | "wait"
            | "ulimit"
            | "umask"
            | "."
            | "source"
            | "let"
    )
}
