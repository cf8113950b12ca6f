//! What a run saw, and what it was asked: enough to have the verdicts again after the stack is gone. Judging a run's
//! own evidence with its own checks gives its own results.
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::attempt::looked_long_enough;
use crate::aws::Snapshot;
use crate::fault::{Code, Layer, ProbeError};
use crate::judge::gate::{Gate, Given, gate};
use crate::judge::verdict::judge;
use crate::observation::Attempt;
use crate::outcome::Outcome;
use crate::plan::{Check, Selected};
use crate::result::CheckResult;
use crate::world::{Elsewhere, World};

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "labcheck/evidence/v1";

/// `evidence.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// [`SCHEMA`].
    pub schema: String,
    /// What the plan was made of, beside the check files.
    pub inputs: Inputs,
    /// Unique for the run; templates name it.
    pub nonce: String,
    /// The snapshots in the order in which they were taken: the first, then one for each refresh that showed something.
    pub snapshots: Vec<Snapshot>,
    /// Names seen in other regions.
    pub elsewhere: Vec<Elsewhere>,
    /// What each check saw, in the plan's order.
    pub checks: IndexMap<String, Observed>,
}

/// What the plan was made of, beside the check files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// The lab.
    pub lab: String,
    /// SHA-256 over the check files.
    pub checks_digest: String,
    /// The stack's name.
    pub stack: String,
    /// Its region.
    pub region: String,
    /// Vars of the stack file and of the command line.
    pub vars: Map<String, Value>,
    /// The hosts that its vantages go through, templates by the vantage's name: what they name is needed by whoever is dialled
    /// from there.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub hosts: IndexMap<String, String>,
    /// The phase.
    pub phase: String,
    /// The filter as typed; null for the whole lab.
    pub filter: Option<String>,
    /// Whether `eventually` waited.
    pub wait: bool,
    /// What the stack configures, and what the user allowed.
    #[serde(flatten)]
    pub given: Given,
}

/// What one check saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Index of the snapshot that its names were taken from.
    pub snapshot: usize,
    /// Every try.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// What ended the check from outside: an interruption, a panic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<ProbeError>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

impl Evidence {
    /// The verdicts again, needs first.
    #[must_use]
    pub fn judge(&self, selected: &Selected<'_>) -> Vec<CheckResult> {
        let mut results: IndexMap<String, CheckResult> = IndexMap::new();
        for check in &selected.checks {
            let outcome = |id: &str| results.get(id).map(|result| result.outcome);
            let result = self.judge_one(selected, check, &outcome);
            results.insert(check.id.clone(), result);
        }
        results.into_values().collect()
    }

    /// The verdict on one check, given the outcomes of those that it needs.
    pub fn judge_one(
        &self,
        selected: &Selected<'_>,
        check: &Check,
        outcome: &dyn Fn(&str) -> Option<Outcome>,
    ) -> CheckResult {
        let nothing = Observed::default();
        let observed = self.checks.get(&check.id).unwrap_or(&nothing);
        if let Some(error) = &observed.ended_by {
            return ended(check, observed, error.clone());
        }
        let Some(snapshot) = self.snapshots.get(observed.snapshot) else {
            return ended(
                check,
                observed,
                ProbeError::new(Code::NotInEvidence, Layer::Harness, check.id.clone(), ""),
            );
        };
        let world = World::new(selected.plan, snapshot, &self.elsewhere, &self.nonce);
        let outcomes = |id: &str| outcome(id);
        let gate: Gate = gate(check, &world, &outcomes, &self.inputs.given);
        let enough = looked_long_enough(check, &observed.attempts, self.inputs.wait);
        CheckResult {
            elapsed_ms: observed.elapsed_ms,
            ..judge(check, &world, &gate, &observed.attempts, &outcomes, enough)
        }
    }
}

/// A check that something outside of it ended.
#[must_use]
pub fn ended(check: &Check, observed: &Observed, error: ProbeError) -> CheckResult {
    CheckResult {
        attempts: observed.attempts.clone(),
        elapsed_ms: observed.elapsed_ms,
        ..CheckResult::errored(&check.id, error)
    }
}
