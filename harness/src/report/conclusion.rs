//! What a report comes to: how many of each outcome, and the exit code. Pure.
use super::exit::ExitCode;
use super::model::{Check, Report};
use super::standing::{Standing, standings};
use crate::language::ast::Severity;
use crate::outcome::Outcome;

/// How many of the selected checks came out how; warnings and informations are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The stack is as asserted.
    pub passed: usize,
    /// The stack is wrong.
    pub failed: usize,
    /// We could not tell.
    pub errored: usize,
    /// Not looked at.
    pub skipped: usize,
}

impl Report {
    /// The selected checks that count.
    pub(super) fn counted(&self) -> impl Iterator<Item = &Check> {
        let selected = self.checks.iter().filter(|check| check.selected);
        selected.filter(|check| check.severity == Severity::Error)
    }

    /// How many of the checks that count came out how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for check in self.counted() {
            let count = match check.outcome {
                Outcome::Passed => &mut counts.passed,
                Outcome::Failed => &mut counts.failed,
                Outcome::Errored => &mut counts.errored,
                Outcome::Skipped => &mut counts.skipped,
            };
            *count += 1;
        }
        counts
    }

    /// The code of the run. A cause that was not selected counts: the selected check hangs on it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if let Some(signal) = self.interrupted {
            return signal.into();
        }
        if !self.checks.iter().any(|check| check.selected) {
            return ExitCode::NothingSelected;
        }
        let standings = standings(&self.checks);
        let mut counting = (self.checks.iter().zip(standings))
            .filter(|(check, _)| check.severity == Severity::Error);
        if counting
            .clone()
            .any(|(check, _)| check.outcome == Outcome::Failed)
        {
            return ExitCode::Failed;
        }
        let decided = |s: &Standing| matches!(s, Standing::Earned | Standing::Outside(_));
        if counting.all(|(_, standing)| decided(&standing)) {
            ExitCode::Passed
        } else {
            ExitCode::Undecided
        }
    }
}
