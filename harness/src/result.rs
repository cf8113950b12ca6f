//! What became of one check, as data; sentences are made of it in [`crate::report::words`].
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::ProbeError;
use crate::observation::Attempts;
use crate::outcome::Outcome;

/// One difference between what was asserted and what was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The dotted path into the observation, list elements by index: `targets[1].health`.
    pub path: String,
    /// What was asserted there.
    pub expected: Expected,
    /// What is there; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Value>,
}

/// The asserted side of a mismatch: a matcher by name and its argument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The matcher: `equals`, `in_cidr`, `only`, …
    pub matcher: String,
    /// Its argument as it was evaluated; null for `present`, `absent`, `empty`.
    pub value: Value,
}

/// Why a check was skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// What kind of thing it waits for.
    pub kind: SkipKind,
    /// The check, resource, vantage, login or flag.
    pub name: String,
    /// The cause in the words of the thing itself (`no load_balancer named ha-system-alb`); may be empty.
    pub detail: String,
}

/// What kind of thing a skipped check waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipKind {
    /// Another check, which did not pass.
    Need,
    /// A vantage that is not configured.
    Vantage,
    /// A vantage that is not configured, and without which the lab is graded whole.
    OptionalVantage,
    /// A login that is not configured.
    Login,
    /// An opt-in flag that was not given.
    OptIn,
}

/// The verdict on one check with everything that led to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check's id, `[each]` included.
    pub id: String,
    /// The verdict.
    pub outcome: Outcome,
    /// Failed: every difference in the last attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
    /// Failed, in a check of several steps: at which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepAt>,
    /// Errored: why. Failed: what could not be removed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProbeError>,
    /// Skipped: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
    /// Which hint the observation picked, by its place in the check's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<usize>,
    /// Every try, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Attempts,
    /// From the start of the check to its verdict, in milliseconds; what it waited for others not included.
    pub elapsed_ms: u64,
}

/// A step of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepAt {
    /// Which one, from 1.
    pub number: usize,
    /// Of how many.
    pub of: usize,
    /// What it was aimed at.
    pub target: String,
}

impl CheckResult {
    /// A check that could not be looked at.
    #[must_use]
    pub fn errored(id: &str, error: ProbeError) -> Self {
        Self {
            id: id.to_owned(),
            outcome: Outcome::Errored,
            mismatches: Vec::new(),
            step: None,
            error: Some(error),
            skip: None,
            hint: None,
            attempts: Attempts::default(),
            elapsed_ms: 0,
        }
    }
}
