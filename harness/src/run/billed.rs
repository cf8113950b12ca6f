//! What of the lab still runs by the hour when a run is over. A lab is left standing by whoever only wanted to be graded:
//! Learner Lab's end of a session stops servers, and goes on billing databases, load balancers and NAT gateways.
use serde_json::Value;

use super::evidence::Evidence;
use crate::aws::{Kind, Record};
use crate::plan::Plan;
use crate::report::model::{Billed, BilledKind};
use crate::world::{Found, World};

/// Those of the lab's own resources, as last seen; each once.
#[must_use]
pub fn billed(plan: &Plan, evidence: &Evidence) -> Vec<Billed> {
    let Some(snapshot) = evidence.snapshots.last() else {
        return Vec::new();
    };
    let world = World::new(plan, snapshot, &[], &evidence.nonce);
    let mut seen: Vec<String> = Vec::new();
    let mut billed = Vec::new();
    for (name, resource) in &plan.resources {
        let Some((kind, state, ends)) = hourly(resource.kind) else {
            continue;
        };
        let records = match world.resource(name) {
            Ok(Found::One(record)) => vec![record],
            Ok(Found::Many(records)) => records,
            _ => continue,
        };
        for record in records {
            let text = |path: &[&str]| text(&record, path);
            let id = text(&["id"]).unwrap_or_default();
            if seen.contains(&id) || text(state).is_some_and(|state| ends.contains(&state.as_str()))
            {
                continue;
            }
            billed.push(Billed {
                kind,
                name: text(&["name"])
                    .filter(|name| !name.is_empty())
                    .unwrap_or_else(|| id.clone()),
            });
            seen.push(id);
        }
    }
    billed.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
    billed
}

/// What is billed by the hour: where its state stands, and the states in which it is not.
fn hourly(kind: Kind) -> Option<(BilledKind, &'static [&'static str], &'static [&'static str])> {
    match kind {
        Kind::Instance => Some((
            BilledKind::Server,
            &["state"],
            &["stopped", "stopping", "shutting-down", "terminated"],
        )),
        // A stopped database is started again by AWS after seven days.
        Kind::DbInstance => Some((BilledKind::Database, &["db_instance_status"], &["deleting"])),
        Kind::LoadBalancer => Some((BilledKind::LoadBalancer, &["state", "code"], &[])),
        Kind::NatGateway => Some((
            BilledKind::NatGateway,
            &["state"],
            &["deleting", "deleted", "failed"],
        )),
        _ => None,
    }
}

fn text(record: &Record, path: &[&str]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    let mut value: &Value = record.get(*first)?;
    for part in rest {
        value = value.get(part)?;
    }
    // A state may be a record with its name, or the name itself.
    value
        .as_str()
        .or_else(|| value.get("name")?.as_str())
        .map(str::to_owned)
}
