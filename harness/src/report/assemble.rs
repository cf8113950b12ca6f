//! Makes a [`Report`] of what a run hands over. Pure: equal facts and results give an equal report.
use serde_json::Value;

use super::facts::{CheckFacts, RunFacts};
use super::folding::causes_of_selected;
use super::measured::Measured;
use super::model::{Check, Near, Nearness, Report, SCHEMA, Try};
use super::score;
use super::standing::standings;
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::{Attempt, Observation};
use crate::outcome::Outcome;
use crate::result::{CheckResult, Mismatch};

impl Report {
    /// A run's report: the rows, their points, and the score (none where a filter was given).
    #[must_use]
    pub fn assemble(run: RunFacts, checks: Vec<(CheckFacts, CheckResult)>) -> Self {
        let (weights, mut rows): (Vec<f64>, Vec<Check>) = checks
            .into_iter()
            .map(|(facts, result)| (facts.points, row(facts, result)))
            .unzip();
        let standings = standings(&rows);
        let score = score::mark(&mut rows, &weights, &standings);
        let causes = causes_of_selected(&rows);
        let mut place = 0;
        rows.retain(|check| {
            place += 1;
            check.selected || causes.contains(&(place - 1))
        });
        Self {
            schema: SCHEMA.to_owned(),
            stack: run.stack,
            lab: run.lab,
            lab_title: run.lab_title,
            phase: run.phase,
            region: run.region,
            account: run.account,
            profile: run.profile,
            started_at: run.started_at,
            elapsed_ms: run.elapsed_ms,
            checks_digest: run.checks_digest,
            demo: run.demo,
            overrides: run.overrides,
            fingerprint: run.fingerprint,
            aws_calls: run.aws_calls,
            score: run.selection.filter.is_none().then_some(score),
            selection: run.selection,
            interrupted: run.interrupted,
            billed: run.billed,
            checks: rows,
        }
    }
}

/// One check as it stands in a report, its points not yet given.
#[must_use]
pub fn row(facts: CheckFacts, result: CheckResult) -> Check {
    let hint = result
        .hint
        .and_then(|place| facts.hints.get(place).cloned());
    let near = result.attempts.last().map(near).unwrap_or_default();
    let failed = result.outcome == Outcome::Failed;
    Check {
        id: facts.id,
        title: facts.title,
        phase: facts.phase,
        kind: facts.kind,
        severity: facts.severity,
        asserts: facts.asserts,
        outcome: result.outcome,
        points: 0.0,
        max_points: 0.0,
        elapsed_ms: result.elapsed_ms,
        attempts: result.attempts.iter().map(as_try).collect(),
        from: facts.from,
        expects: facts.expects,
        mismatches: result.mismatches.into_iter().map(plain).collect(),
        step: result.step,
        drill: Measured::of(&result.attempts),
        near: if failed { near } else { Vec::new() },
        error: match result.outcome {
            Outcome::Errored => Some(result.error.unwrap_or_else(unexplained)),
            _ => result.error,
        },
        skip: result.skip,
        needs: facts.needs,
        because: facts.because,
        agrees_with: facts.agrees_with,
        hint: hint.filter(|_| failed),
        file: facts.file,
        line: facts.line,
        selected: facts.selected,
    }
}

/// An errored check that says nothing is a bug of ours; a reader of the report must not meet a hole.
fn unexplained() -> ProbeError {
    ProbeError::new(
        Code::Panicked,
        Layer::Harness,
        "labcheck",
        "no error was recorded",
    )
}

/// JSON has one null: an actual value of null is written, and read back, as none.
fn plain(mut mismatch: Mismatch) -> Mismatch {
    mismatch.actual = mismatch.actual.filter(|value| !value.is_null());
    mismatch
}

fn as_try(attempt: &Attempt) -> Try {
    Try {
        at_ms: attempt.at_ms,
        elapsed_ms: attempt.elapsed_ms,
        target: attempt.target.clone(),
        outcome: attempt.seen.as_ref().ok().map(|seen| seen.outcome.clone()),
        error: attempt.seen.as_ref().err().map(|error| error.code),
    }
}

/// The observation's field `near`, as far as it has the shape; a probe's slip must not cost the report.
fn near(attempt: &Attempt) -> Vec<Near> {
    let field = |seen: &Observation| seen.fields.get("near").cloned();
    let Some(Value::Array(items)) = attempt.seen.as_ref().ok().and_then(field) else {
        return Vec::new();
    };
    items.iter().filter_map(near_miss).collect()
}

fn near_miss(item: &Value) -> Option<Near> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let why = item.get("why").cloned().unwrap_or_default();
    Some(Near {
        name: text("name").or_else(|| text("id"))?,
        why: serde_json::from_value(why).unwrap_or(Nearness::Similar),
        place: text("where"),
    })
}
