//! What a probe saw. An observation holds facts only: a negative one (refused, NXDOMAIN, 404, not found) is an
//! observation like any other. What kept a probe from observing is a [`ProbeError`].
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fault::ProbeError;
use crate::shared::Shared;

/// One look at one thing: its `outcome` and the fields that the probe's schema names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// `connected`, `timeout`, `resolved`, `found`, …: the probe's closed set.
    pub outcome: String,
    /// The other fields, by name, as JSON.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl Observation {
    /// An observation with an outcome and nothing else.
    #[must_use]
    pub fn of(outcome: impl Into<String>) -> Self {
        Self {
            outcome: outcome.into(),
            fields: Map::new(),
        }
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }
}

/// Every try of a check, which its result and the evidence have in common.
pub type Attempts = Shared<Vec<Attempt>>;

/// One try: when it began, what it was aimed at, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Since the run began, in milliseconds.
    pub at_ms: u64,
    /// How long the try took, in milliseconds.
    pub elapsed_ms: u64,
    /// What it was aimed at, as a person would write it: `tcp 203.0.113.10:3000`, `GET http://…/`.
    pub target: String,
    /// What was seen, or why nothing could be.
    pub seen: Result<Observation, ProbeError>,
    /// How often the whole check was begun anew before this try.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pass: usize,
    /// Which of the check's steps, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub step: usize,
    /// Whether it is one of the steps that are done in the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finally: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Whole milliseconds, saturating.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
