//! What of a plan a run looks at: the checks of its phase that the filter selects, and what those need. The filter is
//! libtest's: a part of the id, or the whole with `exact`, and parts to skip.
use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{Check, Plan, Probe};
use crate::aws::{Kind, OwnCall, Paths, Wants};

/// Which checks are reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Parts of ids; none selects all, several select what any of them selects.
    pub patterns: Vec<String>,
    /// Whether a pattern is the whole id.
    pub exact: bool,
    /// Parts of ids that are left out; whole ids with `exact`.
    pub skip: Vec<String>,
}

impl Filter {
    /// Whether a check of this id is reported.
    #[must_use]
    pub fn selects(&self, id: &str) -> bool {
        let fits = |pattern: &String| {
            if self.exact {
                id == pattern
            } else {
                id.contains(pattern.as_str())
            }
        };
        (self.patterns.is_empty() || self.patterns.iter().any(fits)) && !self.skip.iter().any(fits)
    }

    /// Whether it selects less than everything.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        !self.patterns.is_empty() || !self.skip.is_empty()
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut words = self.patterns.clone();
        words.extend(self.exact.then(|| "--exact".to_owned()));
        words.extend(self.skip.iter().map(|skipped| format!("--skip {skipped}")));
        f.write_str(&words.join(" "))
    }
}

/// The part of a plan that a run looks at.
#[derive(Clone, Debug)]
pub struct Selected<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// Index of the phase.
    pub phase: usize,
    /// What is run, needs first.
    pub checks: Vec<&'p Check>,
    /// Ids of what is reported.
    pub reported: BTreeSet<&'p str>,
}

impl Plan {
    /// The checks of a phase that `filter` selects, with what they need.
    #[must_use]
    pub fn select(&self, phase: usize, filter: &Filter) -> Selected<'_> {
        let reported: BTreeSet<&str> = self
            .checks
            .iter()
            .filter(|check| check.holds_in(phase) && filter.selects(&check.id))
            .map(|check| check.id.as_str())
            .collect();
        let mut wanted = BTreeSet::new();
        let mut open: Vec<&str> = reported.iter().copied().collect();
        while let Some(id) = open.pop() {
            let Some(check) = self.check(id).filter(|check| check.holds_in(phase)) else {
                continue;
            };
            if wanted.insert(check.id.as_str()) {
                open.extend(
                    check
                        .needs
                        .iter()
                        .chain(&check.agrees_with)
                        .map(String::as_str),
                );
                open.extend(self.finders(check));
            }
        }
        let checks = self
            .checks
            .iter()
            .map(|check| &**check)
            .filter(|check| wanted.contains(check.id.as_str()))
            .collect();
        Selected {
            plan: self,
            phase,
            checks,
            reported,
        }
    }

    /// The lab's drills, whichever phase each is of: what they disrupt is found by what they name.
    #[must_use]
    pub fn drills(&self) -> Selected<'_> {
        let checks = self.checks.iter().map(|check| &**check);
        let drills = checks.filter(|check| check.drill().is_some());
        Selected {
            plan: self,
            phase: 0,
            checks: drills.collect(),
            reported: BTreeSet::new(),
        }
    }

    /// The checks that fail when a resource that `check` names is not found: they run with it, so that the report can
    /// name the cause.
    pub fn finders<'p>(&'p self, check: &'p Check) -> impl Iterator<Item = &'p str> {
        self.resources_of(check)
            .into_iter()
            .filter_map(|name| self.resources.get(name)?.finder.as_deref())
            .filter(|finder| *finder != check.id)
    }

    /// The resources that a check names, and those by which they are found.
    #[must_use]
    pub fn resources_of<'p>(&'p self, check: &'p Check) -> BTreeSet<&'p str> {
        let mut open: Vec<&str> = check
            .uses
            .iter()
            .map(|used| used.resource.as_str())
            .collect();
        open.extend(check.probed());
        let mut found = BTreeSet::new();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                open.extend(
                    self.resources.get(name).into_iter().flat_map(|resource| {
                        resource.uses.iter().map(|used| used.resource.as_str())
                    }),
                );
            }
        }
        found
    }
}

impl<'p> Selected<'p> {
    /// What the snapshot must hold: the kinds that the checks name, and the paths into each resource.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let mut wants = Wants::default();
        wants.kind(Kind::Account);
        for (name, paths) in self.paths() {
            let resource = &self.plan.resources[name];
            wants.kind(resource.kind);
            for path in paths.iter().chain(resource.filter_paths.iter()) {
                wants.path(resource.kind, path.to_vec());
            }
        }
        wants
    }

    /// The checks that take calls which tell of one resource alone.
    pub fn costly(&self) -> impl Iterator<Item = &'p Check> {
        self.checks.iter().copied().filter(|check| {
            let alone = Selected {
                plan: self.plan,
                phase: self.phase,
                checks: vec![*check],
                reported: BTreeSet::new(),
            };
            let calls = alone.wants().closed().own_calls();
            calls.into_iter().any(OwnCall::is_for_one)
        })
    }

    /// The paths into each resource that the checks name.
    #[must_use]
    pub fn paths(&self) -> IndexMap<&'p str, Paths> {
        let mut found: IndexMap<&str, Paths> = IndexMap::new();
        for check in &self.checks {
            for name in self.plan.resources_of(check) {
                found.entry(name).or_default();
            }
            for step in check.looks() {
                if let Probe::Resource(name) = &step.probe {
                    found
                        .entry(name)
                        .or_default()
                        .extend(step.paths.iter().map(<[String]>::to_vec));
                }
            }
            for used in &check.uses {
                found
                    .entry(&used.resource)
                    .or_default()
                    .insert(used.path.clone());
            }
        }
        // What finding one resource takes of another: its id, and what templates in the declaration name.
        for (name, resource) in &self.plan.resources {
            if found.contains_key(name.as_str()) {
                for used in &resource.uses {
                    found
                        .entry(&used.resource)
                        .or_default()
                        .insert(used.path.clone());
                }
            }
        }
        found
    }
}
