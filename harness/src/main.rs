//! The binary `labcheck`.

/// A class makes and drops much for hours on several threads. The system's own allocator keeps four times of what is in use
/// (glibc), or has them wait for each other (musl).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    labcheck::cli::main().into()
}
