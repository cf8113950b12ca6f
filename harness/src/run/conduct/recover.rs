//! What is seen after all was put back: how long it takes until it is whole again, and what holds then.
use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use super::{Shared, look_at};
use crate::drill::sampler::Sampler;
use crate::fault::ProbeError;
use crate::plan::Disrupt;

/// What was found after the restore.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) healthy_after: Option<f64>,
    pub(super) address: Option<String>,
}

pub(super) async fn recover(
    shared: Shared,
    sampler: Arc<Sampler>,
    began: Instant,
) -> Result<(Vec<Value>, Recovered), ProbeError> {
    let (aws, id) = (&shared.context.aws, &shared.subject.id);
    let is_fail_over = matches!(shared.drill.disrupt, Disrupt::FailOver(_));
    let mut found = Recovered::default();
    let until = began + shared.real(shared.budget.recover);
    loop {
        let healthy = match &shared.subject.group {
            Some(group) => aws.targets(group).await.is_ok_and(|targets| {
                // The server's own; a cluster has none, and all of them rest on it.
                let mut own = targets
                    .iter()
                    .filter(|target| is_fail_over || target.id == *id);
                own.clone().next().is_some() && own.all(|target| target.health == "healthy")
            }),
            None => true,
        };
        if healthy && found.healthy_after.is_none() && shared.subject.group.is_some() {
            found.healthy_after = Some(shared.since(began));
        }
        if (healthy && sampler.held_in_a_row() >= 5) || Instant::now() >= until {
            break;
        }
        tokio::time::sleep(shared.pause()).await;
    }
    if !is_fail_over {
        found.address = aws.server(id).await?.and_then(|server| server.public_ip);
    }
    // Addresses, roles and states have changed: whatever is looked at now is looked at anew.
    let snapshot = aws.snapshot(&shared.context.drills.wants).await;
    shared.context.see(snapshot).await;
    let after = look_at(&shared, &shared.drill.after, began).await;
    Ok((after, found))
}
