//! The binary `labcheck`.
fn main() -> std::process::ExitCode {
    labcheck::cli::main().into()
}
