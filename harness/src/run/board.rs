//! Where results are put as they come and awaited: by the checks that need them, and by whoever prints them. A result
//! is set once; what comes later for the same check is dropped.
use indexmap::IndexMap;
use tokio::sync::SetOnce;

use crate::fault::ProbeError;
use crate::outcome::Outcome;
use crate::result::CheckResult;

/// One place for each check of a run.
#[derive(Debug)]
pub struct Board {
    cells: IndexMap<String, SetOnce<CheckResult>>,
}

impl Board {
    /// A board for these checks.
    #[must_use]
    pub fn new(ids: impl IntoIterator<Item = String>) -> Self {
        Self {
            cells: ids.into_iter().map(|id| (id, SetOnce::new())).collect(),
        }
    }

    /// Puts a result in its place, unless one is there.
    pub fn set(&self, result: CheckResult) {
        if let Some(cell) = self.cells.get(&result.id) {
            // Whoever was first (the check, or the interruption that ended it) has the word.
            let _ = cell.set(result);
        }
    }

    /// Waits for the result of a check; none where it is not on the board.
    pub async fn wait(&self, id: &str) -> Option<&CheckResult> {
        Some(self.cells.get(id)?.wait().await)
    }

    /// The outcome of a check, if it has one by now.
    #[must_use]
    pub fn outcome(&self, id: &str) -> Option<Outcome> {
        self.cells.get(id)?.get().map(|result| result.outcome)
    }

    /// Gives every check without a result this error.
    pub fn close(&self, error: &ProbeError) {
        for id in self.cells.keys() {
            self.set(CheckResult::errored(id, error.clone()));
        }
    }

    /// Every result that is there, in the plan's order.
    #[must_use]
    pub fn results(&self) -> Vec<CheckResult> {
        self.cells
            .values()
            .filter_map(|cell| cell.get().cloned())
            .collect()
    }
}
