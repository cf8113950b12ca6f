//! The verdict on a check. It knows nothing of why: causes are in [`crate::result`].
use serde::{Deserialize, Serialize};

/// What became of a check. The order is that of gravity in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The stack is wrong: it was observed and differs from what the lab asserts.
    Failed,
    /// We could not tell: the observation itself did not come about, for a reason that is not the student's.
    Errored,
    /// It was not looked at, since something that it needs did not pass or was not given.
    Skipped,
    /// It holds.
    Passed,
}

impl Outcome {
    /// The word in `result.json`, in filters and in `JUnit` properties.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
            Self::Passed => "passed",
        }
    }
}
