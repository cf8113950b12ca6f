//! What can be typed. Every option has an environment name; which files they lead to is [`crate::run::prepare`](mod@crate::run::prepare)'s.
use std::path::PathBuf;

use clap::builder::{FalseyValueParser, RangedU64ValueParser};
use clap::{Args, Parser, Subcommand};

use super::github::GithubArgs;
use super::grade::GradeArgs;
use super::judge::JudgeArgs;
use super::merge::MergeArgs;
use crate::language::json_schema::Document;
use crate::plan::Filter;
use crate::run::Options;
use crate::runner::RunnerArgs;
use crate::text::Lang;

/// Lab as tests: integration tests for hands-on AWS labs.
#[derive(Debug, Parser)]
#[command(name = "labcheck", version, about, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The exit codes, for `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    every check passed            101  some check failed
  3    none failed, but something other than an opt-in kept a check from a verdict
  4    nothing was selected          2    wrong usage, an unknown phase
  78   a check file, a stack file or a lab is wrong or missing
  74   a report could not be written 70   a bug of labcheck
  130  interrupted, 143 terminated (reports written, unfinished checks errored)";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Grade a deployed stack, and write junit.xml, result.json and evidence.json
    Run(RunArgs),
    /// What `cargo test` runs, where there is no cargo: libtest's flags, and each check a test
    #[command(hide = true)]
    Test(RunnerArgs),
    /// Grade a class: a run for each student of a roster, and a gradebook
    Grade(Box<GradeArgs>),
    /// Judge runs again by the checks as they are now, from what the runs recorded
    Judge(JudgeArgs),
    /// Check labs without a stack: every mistake with its place and remedy
    Lint(LintArgs),
    /// What a check asserts, its row, and the equal command to type
    Explain(ExplainArgs),
    /// Print a stack file to fill in
    Init(InitArgs),
    /// Undo what an interrupted drill left: from its journal, from its tag, or from what the lab says must run
    Restore(RestoreArgs),
    /// Look at what a run needs on this side: the stack file, credentials, region, keys, logins
    Doctor(DoctorArgs),
    /// Put the shards of a class together to one gradebook
    Merge(MergeArgs),
    /// Print the IAM policy that a lab's checks take, and with --allow-disruptive its drills too
    Permissions(PermissionsArgs),
    /// Print the JSON Schema of a kind of file, for editors
    Schema(SchemaArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// The options that the binary shares with the runner under `cargo test`.
#[derive(Clone, Debug, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that is given or not, and none bears on another"
)]
pub struct StackArgs {
    /// A stack of fixtures/stacks/, a path, or with --lab the stack's own name; the built-in demo if not given
    #[arg(long, env = "LABCHECK_STACK", value_name = "NAME|FILE")]
    pub stack: Option<String>,
    /// The lab, if the stack file does not name it
    #[arg(long, env = "LABCHECK_LAB", value_name = "LAB")]
    pub lab: Option<String>,
    /// The step of the lab at which the stack stands
    #[arg(long, env = "LABCHECK_PHASE", value_name = "PHASE")]
    pub phase: Option<String>,
    /// The folder that holds the labs
    #[arg(long, env = "LABCHECK_CHECKS", value_name = "DIR")]
    pub checks: Option<PathBuf>,
    /// A var of the lab, in the place of its own value
    #[arg(long = "var", env = "LABCHECK_VAR", value_name = "K=V", value_parser = key_value, value_delimiter = ',')]
    pub vars: Vec<(String, String)>,
    /// The language of the report; `LC_ALL` or LANG if not given, else Japanese
    #[arg(long, env = "LABCHECK_LANG", value_enum)]
    pub lang: Option<Lang>,
    /// Look once where a check would wait for a state to settle
    #[arg(long, env = "LABCHECK_NO_WAIT", value_parser = FalseyValueParser::new())]
    pub no_wait: bool,
    /// Run the checks that write something small and remove it
    #[arg(long, env = "LABCHECK_ALLOW_WRITES", value_parser = FalseyValueParser::new())]
    pub allow_writes: bool,
    /// Run the drills, which stop servers and start them again
    #[arg(long, env = "LABCHECK_ALLOW_DISRUPTIVE", value_parser = FalseyValueParser::new())]
    pub allow_disruptive: bool,
    /// Say on standard error what is asked and answered, while it happens; no secret, account or person is told
    #[arg(long, env = "LABCHECK_DEBUG", value_parser = FalseyValueParser::new())]
    pub debug: bool,
    /// Where drills keep the journal of what they must put back; your own state folder if not given
    #[arg(long, env = "LABCHECK_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Where the reports go
    #[arg(long, env = "LABCHECK_REPORTS", value_name = "DIR")]
    pub reports: Option<PathBuf>,
}

/// `labcheck run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The stack, the lab and how to report.
    #[command(flatten)]
    pub stack: StackArgs,
    /// Parts of ids: only checks that contain one are reported; what they need runs too
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// A filter is a whole id
    #[arg(long)]
    pub exact: bool,
    /// Leave out checks whose id contains this
    #[arg(long, value_name = "FILTER")]
    pub skip: Vec<String>,
    /// List the checks of the phase and call nothing
    #[arg(long)]
    pub list: bool,
    /// Look at what is red again and again until it is green, and say what changes; Ctrl-C ends
    #[arg(long, env = "LABCHECK_WATCH", value_parser = FalseyValueParser::new(), conflicts_with_all = ["allow_disruptive", "list"])]
    pub watch: bool,
    /// How many checks are in flight at once
    #[arg(long, env = "LABCHECK_THREADS", value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub threads: Option<usize>,
    /// What GitHub Actions is told.
    #[command(flatten)]
    pub github: GithubArgs,
    /// When to colour
    #[arg(long, env = "LABCHECK_COLOR", value_enum, default_value_t)]
    pub color: Color,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `labcheck lint`
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Labs, or folders that hold labs; `checks` if not given
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Also name the rows of the lab's text that no check asserts
    #[arg(long)]
    pub coverage: bool,
}

/// `labcheck explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The stack and the lab.
    #[command(flatten)]
    pub stack: StackArgs,
    /// The check's id
    #[arg(value_name = "CHECK")]
    pub check: String,
}

/// `labcheck restore`
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The stack and the lab.
    #[command(flatten)]
    pub stack: StackArgs,
    /// Put things back even though a drill of another machine says that it is at work: say so when that machine is lost.
    #[arg(long)]
    pub take_over: bool,
}

/// `labcheck doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The stack and the lab.
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `labcheck permissions`
#[derive(Debug, Args)]
pub struct PermissionsArgs {
    /// The lab, and the stack whose logins are fetched.
    #[command(flatten)]
    pub stack: StackArgs,
    /// A vantage of the lab that stacks reach by Systems Manager, beside those of --stack; more than once for more of them
    #[arg(long, value_name = "VANTAGE")]
    pub ssm: Vec<String>,
}

/// `labcheck schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The kind of file
    #[arg(value_enum)]
    pub document: Document,
}

/// `labcheck completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `labcheck init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The lab
    #[arg(long, env = "LABCHECK_LAB", value_name = "LAB")]
    pub lab: String,
    /// The folder that holds the labs
    #[arg(long, env = "LABCHECK_CHECKS", value_name = "DIR")]
    pub checks: Option<PathBuf>,
}

impl StackArgs {
    /// As options; what only one face has is filled in by that.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            stack: self.stack.clone(),
            lab: self.lab.clone(),
            phase: self.phase.clone(),
            checks: self.checks.clone(),
            vars: self.vars.clone(),
            lang: self.lang.unwrap_or_else(lang_of_environment),
            wait: !self.no_wait,
            debug: self.debug,
            allow_writes: self.allow_writes,
            allow_disruptive: self.allow_disruptive,
            state: self.state.clone(),
            base: None,
            reports: self.reports.clone(),
            filter: Filter::default(),
            threads: None,
        }
    }
}

/// `LC_ALL`, else `LANG`, else Japanese, which is the labs' own.
#[must_use]
pub fn lang_of_environment() -> Lang {
    let told = ["LC_ALL", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match told {
        Some(locale) if locale.starts_with("en") => Lang::En,
        _ => Lang::Ja,
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a var is given as KEY=VALUE".to_owned()),
    }
}
