//! The binary: arguments are parsed, one command is run, its exit code is returned. Commands are thin; what they do is
//! the library's.
pub mod args;
mod doctor;
mod explain;
mod export;
pub mod github;
mod grade;
mod init;
mod integrity;
mod judge;
mod lint;
mod list;
mod merge;
mod permissions;
mod restore;
mod run;
mod shell;
mod watch;

use clap::Parser;

use crate::report::exit::ExitCode;
use crate::run::Refusal;
use crate::runner;
use args::{Cli, Command};

/// Runs the binary on the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    crate::discreet::guard_panics();
    install_tls();
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Test(args) => runner::run(args),
        Command::Grade(args) => grade::grade(&args),
        Command::Judge(args) => judge::judge(&args),
        Command::Lint(args) => lint::lint(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Init(args) => init::init(&args),
        Command::Restore(args) => restore::restore(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Permissions(args) => permissions::permissions(&args),
        Command::Schema(args) => Ok(shell::schema(&args)),
        Command::Completions(args) => Ok(shell::completions(&args)),
        Command::Man => shell::man(),
    };
    done.unwrap_or_else(|refusal| {
        eprintln!("labcheck: {}", refusal.message.trim_end());
        refusal.code
    })
}

/// One TLS provider for the whole process; a second call keeps the first.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What a command ends with.
type Done = Result<ExitCode, Refusal>;

/// Writes to standard output. A reader that has gone away takes nothing from the run: its reports are files.
fn say(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// The columns of the terminal, or a page's where there is none; COLUMNS goes before both.
#[must_use]
pub fn width() -> usize {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let seen = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(seen).unwrap_or(PAGE).clamp(40, 200)
}

/// A page's columns.
const PAGE: usize = 100;
