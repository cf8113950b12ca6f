//! The runner under `cargo test`: the same run behind libtest's own face. This is the one file that names
//! libtest-mimic. A trial does not run anything: it awaits its result from the scheduler, so that libtest's order and
//! threads can't deadlock what depends on each other.
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use clap::Parser;
use libtest_mimic::{Arguments, Completion, Failed, FormatSetting, Trial};
use tokio::runtime::Handle;

use crate::cli::args::{EXIT_CODES, StackArgs};
use crate::cli::github::GithubArgs;
use crate::cli::{self, install_tls};
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::plan::{Check, Filter, Selected};
use crate::report::assemble::row;
use crate::report::exit::ExitCode;
use crate::report::model;
use crate::report::story::story;
use crate::report::terminal::Terminal;
use crate::report::words::{drills, head};
use crate::run::board::Board;
use crate::run::facts::check_facts;
use crate::run::prepare::{Loaded, load, nothing_selected, phase};
use crate::run::session::runtime;
use crate::run::{Options, Refusal, Session, prepare};
use crate::text::Lang;

/// The runner's arguments: labcheck's and libtest's.
#[derive(Debug, Parser)]
#[command(name = "lab", about = "Grade a deployed lab: each check is a test", after_help = EXIT_CODES)]
pub struct RunnerArgs {
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    github: GithubArgs,
    #[command(flatten)]
    libtest: Arguments,
}

/// Runs the lab as tests on the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    crate::discreet::guard_panics();
    install_tls();
    run(RunnerArgs::parse()).unwrap_or_else(|refusal| {
        eprintln!("lab: {}", refusal.message.trim_end());
        refusal.code
    })
}

/// Runs the lab as tests.
///
/// # Errors
/// The run does not begin, or its reports could not be written.
pub fn run(args: RunnerArgs) -> Result<ExitCode, Refusal> {
    refuse_what_hangs_or_hides(&args.libtest)?;
    let options = Options {
        filter: Filter {
            patterns: args.libtest.filter.iter().cloned().collect(),
            exact: args.libtest.exact,
            skip: args.libtest.skip.clone(),
        },
        threads: args.libtest.test_threads,
        ..args.stack.options()
    };
    if args.libtest.list {
        return list(&options, &args.libtest);
    }
    let (lang, demo) = (options.lang, options.stack.is_none());
    // What reads libtest's JSON reads nothing else.
    let say = if args.libtest.format == Some(FormatSetting::Json) {
        say_aside
    } else {
        say
    };
    let mut libtest = args.libtest;
    let prepared = prepare(options.clone())?;
    let reports = prepared.reports.folder().to_owned();
    if let Some(left) = prepared.left_drill().filter(|_| !options.allow_disruptive) {
        say(&format!("{}\n", drills::left(lang, &left)));
    }
    if demo {
        say(&format!("{}\n", head::demo(lang)));
    }
    let runtime = runtime()?;
    let session = Session::begin(&runtime, prepared);
    let plan = Arc::clone(&session.prepared().plan);
    let selected = plan.select(session.prepared().phase, &session.prepared().options.filter);
    let trials = trials(&selected, &session.board(), runtime.handle(), lang);
    // A trial's thread only waits for its result: as many as there are trials, unless the user bounds them.
    libtest
        .test_threads
        .get_or_insert(trials.len().clamp(1, 256));
    // A reader that goes away makes libtest's printer panic; the run and its reports go on.
    let _ = catch_unwind(AssertUnwindSafe(|| libtest_mimic::run(&libtest, trials)));
    let finished = session.finish(&runtime)?;
    say(&Terminal {
        lang,
        width: cli::width(),
        colour: false,
    }
    .render(&finished.report));
    args.github.publish(&finished.report, &options, &reports)?;
    Ok(match finished.exit_code()? {
        // Under cargo test whatever kept a check from a verdict is as red as a failure.
        ExitCode::Undecided => ExitCode::Failed,
        code => code,
    })
}

/// What libtest-mimic takes and would make of it: no threads wait for ever, and `--ignored` runs nothing, since a check
/// is ignored only once its result is there.
fn refuse_what_hangs_or_hides(libtest: &Arguments) -> Result<(), Refusal> {
    if libtest.test_threads == Some(0) {
        return Err(Refusal::usage("--test-threads 0: at least one is needed"));
    }
    if libtest.ignored && !libtest.list {
        return Err(Refusal {
            code: ExitCode::NothingSelected,
            message: "--ignored selects nothing: no check is ignored before it is run\n  \
                      checks that write await --allow-writes, drills --allow-disruptive"
                .to_owned(),
        });
    }
    Ok(())
}

/// libtest's own list: nothing is started and nobody is called.
fn list(options: &Options, libtest: &Arguments) -> Result<ExitCode, Refusal> {
    let Loaded { plan, .. } = load(options)?;
    let phase = phase(&plan, options)?;
    let selected = plan.select(phase, &options.filter);
    if selected.reported.is_empty() {
        return Err(nothing_selected(&plan, phase, options));
    }
    let trials = reported(&selected)
        .map(|check| Trial::test(check.id.clone(), || Ok(())))
        .collect();
    let _no_conclusion = libtest_mimic::run(libtest, trials);
    Ok(ExitCode::Passed)
}

fn reported<'s>(selected: &'s Selected<'s>) -> impl Iterator<Item = &'s Check> {
    selected
        .checks
        .iter()
        .copied()
        .filter(|check| selected.reported.contains(check.id.as_str()))
}

fn trials(selected: &Selected<'_>, board: &Arc<Board>, handle: &Handle, lang: Lang) -> Vec<Trial> {
    reported(selected)
        .map(|check| {
            let facts = check_facts(selected, check);
            let (board, handle) = (Arc::clone(board), handle.clone());
            Trial::ignorable_test(check.id.clone(), move || {
                let result = handle.block_on(board.wait(&facts.id)).cloned();
                let result = result.ok_or_else(|| Failed::from("no result: a bug of labcheck"))?;
                completion(&row(facts, result), lang)
            })
        })
        .collect()
}

/// A result in libtest's terms: what is not of severity error, and what was skipped, is ignored with its reason.
fn completion(check: &model::Check, lang: Lang) -> Result<Completion, Failed> {
    if check.outcome == Outcome::Passed {
        return Ok(Completion::Completed);
    }
    let story = story(check, lang);
    match (check.outcome, check.severity) {
        (Outcome::Failed | Outcome::Errored, Severity::Error) => Err(Failed::from(format!(
            "{}: {}",
            check.outcome.as_str(),
            story.body
        ))),
        _ => Ok(Completion::ignored_with(format!(
            "{}: {}",
            check.outcome.as_str(),
            story.message
        ))),
    }
}

fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn say_aside(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
