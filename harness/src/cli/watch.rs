//! `labcheck run --watch`: the whole selection, then what is red alone until it is green, then the whole once more. Each
//! round tells what changed since the last one. Only a round of the whole writes reports: what stands in them is never a
//! part of the lab.
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::say;
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::plan::Filter;
use crate::report::exit::ExitCode;
use crate::report::model::{Check, Report};
use crate::report::words::watch as words;
use crate::result::SkipKind;
use crate::run::prepare::Prepared;
use crate::run::signals::{self, Signals};
use crate::run::{Options, Refusal, Session, prepare};

/// Between two looks while things change.
const SHORTEST: Duration = Duration::from_secs(5);
/// Between two looks when nothing has changed for long.
const LONGEST: Duration = Duration::from_mins(1);

/// Looks at what is red in `report` until it is green. True: it is, and the whole is worth another look. False: no look
/// would change anything, or whoever watches has had enough.
///
/// # Errors
/// A file has become wrong since: its mistakes.
pub fn until_green(runtime: &Runtime, options: &Options, report: &Report) -> Result<bool, Refusal> {
    let scratch = tempfile::tempdir().map_err(|error| Refusal {
        code: ExitCode::CannotWrite,
        message: error.to_string(),
    })?;
    let mut stream = runtime.block_on(async { Signals::listen() });
    let mut known = outcomes(report);
    let mut red = red(report);
    if red.is_empty() {
        return Ok(false);
    }
    let mut pause = SHORTEST;
    while !red.is_empty() {
        say(&format!(
            "{}\n",
            words::waiting(options.lang, red.len(), pause)
        ));
        let signal = runtime.block_on(async {
            tokio::select! {
                signal = signals::next(&mut stream) => Some(signal),
                () = tokio::time::sleep(pause) => None,
            }
        });
        if signal.is_some() {
            return Ok(false);
        }
        let round = prepare(part(options, &red, scratch.path()))?;
        let seen = Session::begin(runtime, round).finish(runtime)?.report;
        if seen.interrupted.is_some() {
            return Ok(false);
        }
        pause = next(pause, tell(options, &mut known, &seen));
        red = self::red(&seen);
    }
    Ok(true)
}

/// The pause after this one: twice as long while nothing changes, and short again as soon as somebody mends.
fn next(pause: Duration, changed: bool) -> Duration {
    if changed {
        SHORTEST
    } else {
        (pause * 2).min(LONGEST)
    }
}

/// A round of these checks alone: what they need is looked at, and no more is asked of AWS.
fn part(options: &Options, red: &[String], reports: &std::path::Path) -> Options {
    Options {
        filter: Filter {
            patterns: red.to_vec(),
            exact: true,
            skip: Vec::new(),
        },
        // The rounds are the waiting.
        wait: false,
        reports: Some(reports.to_owned()),
        ..options.clone()
    }
}

/// What is not green and may become so: of error severity, and not for want of a vantage, a login or a permission, which
/// no look at the stack mends.
fn red(report: &Report) -> Vec<String> {
    let mends = |check: &&Check| match (check.outcome, &check.skip) {
        (Outcome::Passed, _) => false,
        (Outcome::Skipped, Some(skip)) => skip.kind == SkipKind::Need,
        _ => true,
    };
    report
        .checks
        .iter()
        .filter(|check| check.selected && check.severity == Severity::Error)
        .filter(mends)
        .map(|check| check.id.clone())
        .collect()
}

fn outcomes(report: &Report) -> BTreeMap<String, Outcome> {
    let rows = report.checks.iter();
    rows.map(|check| (check.id.clone(), check.outcome))
        .collect()
}

/// Says what is otherwise than it was. What a skip became is told when it is a verdict.
fn tell(options: &Options, known: &mut BTreeMap<String, Outcome>, report: &Report) -> bool {
    let mut changed = false;
    for check in &report.checks {
        let before = known.insert(check.id.clone(), check.outcome);
        if before == Some(check.outcome) {
            continue;
        }
        changed = true;
        say(&format!("{}\n", words::changed(options.lang, check)));
    }
    changed
}

/// Whether a stack can be watched.
///
/// # Errors
/// The demo is made anew for each run: nobody can mend it.
pub fn watchable(prepared: &Prepared) -> Result<(), Refusal> {
    if prepared.stack.is_replica() {
        return Err(Refusal {
            code: ExitCode::Usage,
            message: words::demo(prepared.options.lang),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_backs_off_while_nothing_changes_and_comes_back_when_something_does() {
        let pauses = std::iter::successors(Some(SHORTEST), |&pause| Some(next(pause, false)));
        let seconds: Vec<u64> = pauses.take(6).map(|pause| pause.as_secs()).collect();
        assert_eq!(seconds, [5, 10, 20, 40, 60, 60]);
        assert_eq!(next(LONGEST, true), SHORTEST);
    }
}
