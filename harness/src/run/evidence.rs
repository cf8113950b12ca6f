//! What a run saw, and what it was asked: enough to have the verdicts again after the stack is gone. Judging a run's
//! own evidence with its own checks gives its own results.
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::attempt::looked_long_enough;
use crate::aws::{Difference, Snapshot};
use crate::fault::{Code, Layer, ProbeError};
use crate::judge::gate::{Gate, Given, gate};
use crate::judge::verdict::judge;
use crate::observation::Attempts;
use crate::outcome::Outcome;
use crate::plan::{Check, Selected};
use crate::result::CheckResult;
use crate::world::{Elsewhere, Memo, World};

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
    /// In the place of the snapshots: what they differ in from a class's look, which is kept beside the students' folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<Apart>,
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

/// Snapshots by what they differ in from a look that others were told, too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Apart {
    /// SHA-256 of the file that holds the look, in hexadecimal.
    pub look: String,
    /// In what each snapshot differs from it.
    pub snapshots: Vec<Difference>,
}

/// What one check saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Index of the snapshot that its names were taken from.
    pub snapshot: usize,
    /// Every try.
    #[serde(default, skip_serializing_if = "nothing")]
    pub attempts: Attempts,
    /// What ended the check from outside: an interruption, a panic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<ProbeError>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

fn nothing(attempts: &Attempts) -> bool {
    attempts.is_empty()
}

impl Evidence {
    /// The same with its snapshots told apart from `look`, whose file has this digest; none where that can't be.
    #[must_use]
    pub fn apart(&self, look: &Snapshot, digest: &str) -> Option<Self> {
        let snapshots = self.snapshots.iter();
        let snapshots = snapshots.map(|snapshot| snapshot.difference(look));
        Some(Self {
            apart: Some(Apart {
                look: digest.to_owned(),
                snapshots: snapshots.collect::<Option<_>>()?,
            }),
            snapshots: Vec::new(),
            ..self.clone()
        })
    }

    /// The same with its snapshots, which were told apart from `look`.
    #[must_use]
    pub fn whole(self, look: &Snapshot) -> Self {
        let apart = self.apart.iter().flat_map(|apart| &apart.snapshots);
        let snapshots = apart.map(|difference| look.changed(difference)).collect();
        Self {
            snapshots,
            apart: None,
            ..self
        }
    }

    /// The verdicts again, needs first.
    #[must_use]
    pub fn judge(&self, selected: &Selected<'_>) -> Vec<CheckResult> {
        let mut results: IndexMap<String, CheckResult> = IndexMap::new();
        let memos: Vec<Arc<Memo>> = self.snapshots.iter().map(|_| Arc::default()).collect();
        for check in &selected.checks {
            let outcome = |id: &str| results.get(id).map(|result| result.outcome);
            let result = self.judge_one(selected, check, &outcome, &memos);
            results.insert(check.id.clone(), result);
        }
        results.into_values().collect()
    }

    /// The verdict on one check, given the outcomes of those that it needs and what was worked out of each snapshot.
    fn judge_one(
        &self,
        selected: &Selected<'_>,
        check: &Check,
        outcome: &dyn Fn(&str) -> Option<Outcome>,
        memos: &[Arc<Memo>],
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
        let world = World::new(selected.plan, snapshot, &self.elsewhere, &self.nonce)
            .knowing(Arc::clone(&memos[observed.snapshot]));
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
