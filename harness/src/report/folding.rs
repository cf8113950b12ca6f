//! Root cause first: which checks are causes, and what hangs on each. It reads outcomes and the graph, and knows
//! nothing of how they are shown.
use std::collections::{BTreeSet, HashMap, VecDeque};

use super::model::{Check, Report};
use super::standing::places;
use crate::fault::{Code, ProbeError};
use crate::language::ast::Severity;
use crate::outcome::Outcome;

/// A report's checks by cause. Places are those in [`Report::checks`]; only checks of error severity are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folding {
    /// The causes: faults common to the whole account first, then failures, then other faults, each in plan order.
    pub roots: Vec<Root>,
    /// Skipped, and no cause above them: they await an opt-in, a vantage or a login.
    pub apart: Vec<usize>,
}

/// One cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The checks that show it: one that failed, or all that one fault kept from observing.
    pub members: Vec<usize>,
    /// What did not pass on account of it.
    pub waiting: Vec<usize>,
}

impl Report {
    /// The causes, and what hangs on each.
    #[must_use]
    pub fn folding(&self) -> Folding {
        let graph = Graph::of(&self.checks);
        let mut roots = graph.roots();
        let mut apart = Vec::new();
        for place in (0..self.checks.len()).filter(|&place| graph.counts(place)) {
            match graph.hangs_on(place, &roots) {
                Hangs::IsRoot => {}
                Hangs::On(root) => roots[root].waiting.push(place),
                Hangs::Nowhere => apart.push(place),
            }
        }
        roots.sort_by_key(|root| graph.gravity(root));
        Folding { roots, apart }
    }
}

/// The checks that are not selected and keep a selected one from passing.
pub(super) fn causes_of_selected(checks: &[Check]) -> BTreeSet<usize> {
    let graph = Graph::of(checks);
    let selected = (0..checks.len()).filter(|&place| checks[place].selected);
    selected
        .flat_map(|place| graph.upward(place))
        .filter(|&place| !checks[place].selected)
        .collect()
}

enum Hangs {
    IsRoot,
    On(usize),
    Nowhere,
}

struct Graph<'a> {
    checks: &'a [Check],
    /// For each check the checks right above it that did not pass either.
    above: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn of(checks: &'a [Check]) -> Self {
        let places = places(checks);
        let above = checks.iter().map(|check| above(check, checks, &places));
        Self {
            checks,
            above: above.collect(),
        }
    }

    /// Whether a check belongs into the folding: it counts, and did not pass.
    fn counts(&self, place: usize) -> bool {
        let check = &self.checks[place];
        check.severity == Severity::Error && check.outcome != Outcome::Passed
    }

    fn is_cause(&self, place: usize) -> bool {
        let decided = matches!(
            self.checks[place].outcome,
            Outcome::Failed | Outcome::Errored
        );
        decided && self.counts(place)
    }

    /// All that is above a check and did not pass, nearest first; the check itself only if it is in a circle.
    fn upward(&self, place: usize) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut queue: VecDeque<usize> = self.above[place].iter().copied().collect();
        while let Some(next) = queue.pop_front() {
            if seen.insert(next) {
                found.push(next);
                queue.extend(&self.above[next]);
            }
        }
        found
    }

    /// A cause with none above it. Of a circle of causes (two checks each `because` of the other) the first is one.
    fn roots(&self) -> Vec<Root> {
        let upward: Vec<Vec<usize>> = (0..self.checks.len()).map(|p| self.upward(p)).collect();
        let stands_alone = |place: usize| {
            let mut causes = upward[place].iter().filter(|&&other| self.is_cause(other));
            causes
                .all(|&other| other >= place && (other == place || upward[other].contains(&place)))
        };
        let alone = (0..self.checks.len()).filter(|&p| self.is_cause(p) && stands_alone(p));
        let mut roots: Vec<Root> = Vec::new();
        let mut by_fault: HashMap<(Code, &str), usize> = HashMap::new();
        for place in alone {
            let check = &self.checks[place];
            let errored = check.outcome == Outcome::Errored;
            let fault = check.error.as_ref().filter(|_| errored).map(fault_key);
            if let Some(&known) = fault.as_ref().and_then(|key| by_fault.get(key)) {
                roots[known].members.push(place);
                continue;
            }
            if let Some(key) = fault {
                by_fault.insert(key, roots.len());
            }
            roots.push(Root {
                members: vec![place],
                waiting: Vec::new(),
            });
        }
        roots
    }

    fn hangs_on(&self, place: usize, roots: &[Root]) -> Hangs {
        let root_of = |place: usize| roots.iter().position(|r| r.members.contains(&place));
        if root_of(place).is_some() {
            return Hangs::IsRoot;
        }
        let mut upward = self.upward(place).into_iter();
        upward.find_map(root_of).map_or(Hangs::Nowhere, Hangs::On)
    }

    fn gravity(&self, root: &Root) -> (u8, usize) {
        let first = root.members[0];
        let check = &self.checks[first];
        let rank = match check.error.as_ref().map(|error| error.code) {
            Some(code) if check.outcome == Outcome::Errored && stops_everything(code) => 0,
            _ if check.outcome == Outcome::Failed => 1,
            _ => 2,
        };
        (rank, first)
    }
}

fn above(check: &Check, checks: &[Check], places: &HashMap<&str, usize>) -> Vec<usize> {
    // The need that the skip names explains it best, so it comes first.
    let named = check.skip.iter().map(|skip| &skip.name);
    // A silence that nothing explains is explained by what kept the explaining check from passing.
    let unexplained = check
        .error
        .as_ref()
        .is_some_and(|e| e.code == Code::SilenceUnexplained);
    let silence = check.agrees_with.iter().filter(|_| unexplained);
    named
        .filter(|name| check.needs.contains(name))
        .chain(&check.needs)
        .chain(&check.because)
        .chain(silence)
        .filter_map(|id| places.get(id.as_str()).copied())
        .filter(|&place| checks[place].outcome != Outcome::Passed)
        .collect()
}

/// When two faults are one: a fault of the account or of this machine by its kind alone, others by their target too.
fn fault_key(error: &ProbeError) -> (Code, &str) {
    if is_common(error.code) {
        (error.code, "")
    } else {
        (error.code, &error.target)
    }
}

fn is_common(code: Code) -> bool {
    stops_everything(code)
        || matches!(
            code,
            Code::AccessDenied
                | Code::Throttled
                | Code::ApiTimeout
                | Code::ApiFailed
                | Code::ApiMalformed
                | Code::ResolverFilters
                | Code::LocalNetwork
                | Code::Interrupted
                | Code::NotInEvidence
                | Code::RunStoppedLooking
        )
}

/// Nothing of the account can be seen while this holds.
fn stops_everything(code: Code) -> bool {
    matches!(
        code,
        Code::NoCredentials
            | Code::ExpiredCredentials
            | Code::InvalidCredentials
            | Code::WrongAccount
            | Code::RegionDisabled
            | Code::ApiUnreachable
    )
}
