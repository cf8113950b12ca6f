//! What a check's outcome means for the score: earned, lost, outside, or open. It reads outcomes and the graph of needs,
//! and knows nothing of AWS or of how a score is shown.
use std::collections::HashMap;

use super::model::{Check, Missing};
use crate::fault::Code;
use crate::outcome::Outcome;
use crate::result::SkipKind;

/// What a check's outcome means for the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It passed.
    Earned,
    /// It failed, or something that it needs did.
    Lost,
    /// It awaits an opt-in that was not given, or a vantage that the lab can do without, or needs what does: outside the
    /// score.
    Outside(String),
    /// It has no verdict, and that is not the stack's doing.
    Open(Missing),
}

/// The standing of each check, in the order given. A circle in the needs is tolerated: it adds nothing to itself.
#[must_use]
pub fn standings(checks: &[Check]) -> Vec<Standing> {
    let mut walk = Walk {
        checks,
        places: places(checks),
        known: vec![Known::No; checks.len()],
    };
    (0..checks.len())
        .map(|place| walk.of(place).unwrap_or(Standing::Lost))
        .collect()
}

/// Where each id stands in the list.
pub(super) fn places(checks: &[Check]) -> HashMap<&str, usize> {
    let ids = checks.iter().map(|check| check.id.as_str());
    ids.enumerate().map(|(place, id)| (id, place)).collect()
}

#[derive(Clone)]
enum Known {
    No,
    Asked,
    Yes(Standing),
}

struct Walk<'a> {
    checks: &'a [Check],
    places: HashMap<&'a str, usize>,
    known: Vec<Known>,
}

impl Walk<'_> {
    fn of(&mut self, place: usize) -> Option<Standing> {
        match &self.known[place] {
            Known::Yes(standing) => return Some(standing.clone()),
            Known::Asked => return None,
            Known::No => self.known[place] = Known::Asked,
        }
        let check = &self.checks[place];
        let standing = match check.outcome {
            Outcome::Passed => Standing::Earned,
            Outcome::Failed => Standing::Lost,
            Outcome::Errored => {
                let code = check.error.as_ref().map_or(Code::Panicked, |e| e.code);
                Standing::Open(Missing::Observation(code))
            }
            Outcome::Skipped => self.skipped(check),
        };
        self.known[place] = Known::Yes(standing.clone());
        Some(standing)
    }

    fn skipped(&mut self, check: &Check) -> Standing {
        let own = check.skip.as_ref();
        if let Some(skip) = own.filter(|skip| skip.kind == SkipKind::OptIn) {
            return Standing::Outside(skip.name.clone());
        }
        if let Some(skip) = own.filter(|skip| skip.kind == SkipKind::OptionalVantage) {
            // Where the stack file has it.
            return Standing::Outside(format!("vantages.{}", skip.name));
        }
        let needs: Vec<usize> = check
            .needs
            .iter()
            .filter_map(|id| self.places.get(id.as_str()).copied())
            .collect();
        let above: Vec<Standing> = needs.into_iter().filter_map(|n| self.of(n)).collect();
        // An opt-in comes first: what a score is out of must not depend on what failed.
        if let Some(outside) = above.iter().find(|s| matches!(s, Standing::Outside(_))) {
            return outside.clone();
        }
        if above.contains(&Standing::Lost) {
            return Standing::Lost;
        }
        match own.map(|skip| (skip.kind, &skip.name)) {
            Some((SkipKind::Vantage, name)) => Standing::Open(Missing::Vantage(name.clone())),
            Some((SkipKind::Login, name)) => Standing::Open(Missing::Login(name.clone())),
            // A need without a check of its own is a resource that was looked for and is not there.
            _ => above
                .into_iter()
                .find(|s| matches!(s, Standing::Open(_)))
                .unwrap_or(Standing::Lost),
        }
    }
}
