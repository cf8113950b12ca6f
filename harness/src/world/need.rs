//! What a run needs to know of the stack, and a look at a shared account leaves out: found by reading a look as the checks will.
use super::{Found, World};
use crate::aws::{Aws, Snapshot};
use crate::plan::{Check, Probe, Selected};

/// A look at all that these checks need.
pub async fn complete_snapshot(aws: &Aws, selected: &Selected<'_>) -> Snapshot {
    let wants = selected.wants();
    let costly: Vec<&Check> = selected.costly().collect();
    let seek = |snapshot: &Snapshot| {
        let world = World::new(selected.plan, snapshot, &[], "");
        read_by(costly.iter().copied(), &world);
    };
    aws.complete(aws.snapshot(&wants).await, &wants, seek).await
}

/// Reads a snapshot as `checks` will: who completes it finds out by that what is missing.
pub fn read_by<'a>(checks: impl IntoIterator<Item = &'a Check>, world: &World<'_>) {
    for check in checks {
        world.visit(check);
    }
}

impl World<'_> {
    /// Reads all that looking at `check` and judging it read.
    fn visit(&self, check: &Check) {
        for name in self.plan.resources_of(check) {
            let _what_it_comes_to = self.resource(name);
        }
        for step in check.looks() {
            if let Probe::Resource(name) = &step.probe {
                let records = match self.resource(name) {
                    Ok(Found::One(record)) => vec![record],
                    Ok(Found::Many(records)) => records,
                    _ => Vec::new(),
                };
                for record in records {
                    let _what_it_comes_to = self.joined(name, &record, &step.paths);
                }
            }
        }
        let _what_it_comes_to = self.names_for(check);
    }
}
