//! Process in, exit code out.

/// Parsing makes many small allocations on all threads at once, which the system's allocator, above all musl's, is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    plimsoll::cli::main().into()
}
