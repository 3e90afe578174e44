//! Process in, exit code out.

fn main() -> std::process::ExitCode {
    plimsoll::cli::main().into()
}
