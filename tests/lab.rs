//! The runner: `cargo test -- --stack NAME` grades a deployed lab, each check a test; without `--stack` the demo.
fn main() -> std::process::ExitCode {
    labcheck::runner::main().into()
}
