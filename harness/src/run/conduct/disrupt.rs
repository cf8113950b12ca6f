//! The disruption and what is seen meanwhile: a server that stops, a cluster whose roles swap.
use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use super::{Shared, Subject, fault, look_at};
use crate::aws::{Aws, TargetNow};
use crate::drill::guard::{self, Refused};
use crate::drill::journal::Undo;
use crate::drill::restore::passes;
use crate::drill::sampler::Sampler;
use crate::drill::service::{ACTIVE, Service};
use crate::fault::{Code, ProbeError};
use crate::plan::{Disrupt, Drill};

/// How things were before.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub(super) undo: Undo,
    pub(super) address: Option<String>,
    pub(super) writer: Option<String>,
    /// The reader that is to write.
    pub(super) next: Option<String>,
    /// The service that is stopped.
    pub(super) service: Option<Service>,
    /// The ARN of the cluster.
    pub(super) cluster: Option<String>,
}

pub(super) async fn before(
    drill: &Drill,
    subject: &Subject,
    aws: &Aws,
    now: jiff::Timestamp,
) -> Result<Before, Refused> {
    match &drill.disrupt {
        Disrupt::Stop(_) => {
            let server = aws.server(&subject.id).await?;
            guard::may_stop(server.as_ref(), &subject.id, &subject.name, now)?;
            Ok(Before {
                undo: Undo::StartServer {
                    id: subject.id.clone(),
                    name: subject.name.clone(),
                },
                address: server.and_then(|server| server.public_ip),
                writer: None,
                next: None,
                service: None,
                cluster: None,
            })
        }
        Disrupt::StopService { unit, .. } => {
            let server = aws.server(&subject.id).await?;
            guard::may_stop(server.as_ref(), &subject.id, &subject.name, now)?;
            let (vantage, host) = subject.host.clone().ok_or_else(|| {
                Refused::Api(fault(
                    Code::DrillRefused,
                    unit,
                    "no vantage leads to its server",
                ))
            })?;
            let service = Service {
                unit: unit.clone(),
                host,
            };
            let state = service.state().await?;
            if state != ACTIVE {
                return Err(Refused::NotActive {
                    unit: unit.clone(),
                    name: subject.name.clone(),
                    id: subject.id.clone(),
                    state,
                });
            }
            Ok(Before {
                undo: Undo::StartService {
                    id: subject.id.clone(),
                    name: subject.name.clone(),
                    unit: unit.clone(),
                    vantage,
                },
                address: server.and_then(|server| server.public_ip),
                writer: None,
                next: None,
                service: Some(service),
                cluster: None,
            })
        }
        Disrupt::FailOver(_) => {
            let cluster = aws.cluster(&subject.id).await?;
            let next = guard::may_fail_over(&cluster, &subject.id, now)?;
            Ok(Before {
                undo: Undo::Cluster {
                    id: subject.id.clone(),
                    writer: cluster.writer.clone().filter(|_| drill.restore_writer),
                },
                address: None,
                writer: cluster.writer,
                next: Some(next),
                service: None,
                cluster: Some(cluster.arn),
            })
        }
    }
}

/// What was seen while it was disrupted.
#[derive(Debug, Default)]
pub(super) struct Disrupted {
    pub(super) stopped_after: Option<f64>,
    pub(super) detected_after: Option<f64>,
    pub(super) health: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) others: Option<usize>,
    pub(super) fail_open: bool,
    pub(super) writer: Option<String>,
    pub(super) during: Vec<Value>,
}

pub(super) async fn disrupt(
    shared: Shared,
    sampler: Arc<Sampler>,
    began: Instant,
) -> Result<Disrupted, ProbeError> {
    let aws = shared.context.aws.clone();
    let id = &shared.subject.id;
    let mut seen = Disrupted::default();
    let is_fail_over = matches!(shared.drill.disrupt, Disrupt::FailOver(_));
    match (&shared.drill.disrupt, &shared.before.service) {
        (_, Some(service)) => service.stop().await?,
        (Disrupt::FailOver(_), None) => {
            let next = shared.before.next.as_deref().unwrap_or_default();
            aws.fail_over(id, next).await?;
        }
        (_, None) => aws.stop_server(id).await?,
    }
    let until = began + shared.real(shared.budget.disrupt);
    while Instant::now() < until {
        tokio::time::sleep(shared.pause()).await;
        let done = if is_fail_over {
            look_at_cluster(&shared, began, &mut seen).await
        } else {
            look_at_server(&shared, &sampler, began, &mut seen).await
        };
        match done {
            // A server that is gone comes to nothing more, and whoever may not look any more can only put back.
            Err(error) if !passes(&error) => return Err(error),
            Ok(true) if sampler.held_in_a_row() >= 5 => break,
            // What could not be seen just now is looked at again: the budget bounds it.
            _ => {}
        }
    }
    if is_fail_over {
        // The roles have swapped: what is looked at now is held against those of now.
        let snapshot = aws.snapshot(&shared.context.drills.wants).await;
        shared.context.see(snapshot).await;
    }
    seen.during = look_at(&shared, &shared.drill.during, began).await;
    if !is_fail_over {
        let _ = look_at_server(&shared, &sampler, began, &mut seen).await;
    }
    Ok(seen)
}

async fn look_at_server(
    shared: &Shared,
    sampler: &Sampler,
    began: Instant,
    seen: &mut Disrupted,
) -> Result<bool, ProbeError> {
    let (aws, id) = (&shared.context.aws, &shared.subject.id);
    let server = aws.server(id).await?;
    let state = server.map(|server| server.state).unwrap_or_default();
    if state == "terminated" || state == "shutting-down" {
        return Err(fault(Code::NotRestored, id, format!("{id} is {state}")));
    }
    let is_down = match &shared.before.service {
        Some(service) => service.state().await? != ACTIVE,
        None => state == "stopped",
    };
    if is_down && seen.stopped_after.is_none() {
        seen.stopped_after = Some(shared.since(began));
    }
    let Some(group) = &shared.subject.group else {
        return Ok(seen.stopped_after.is_some());
    };
    let targets = aws.targets(group).await?;
    let healthy = |target: &&TargetNow| target.health == "healthy";
    let own = targets.iter().find(|target| target.id == *id);
    let others = targets
        .iter()
        .filter(|target| target.id != *id)
        .filter(healthy)
        .count();
    seen.others = Some(seen.others.map_or(others, |least| least.min(others)));
    if let Some(own) = own {
        seen.health = Some(own.health.clone());
        seen.reason = Some(own.reason.clone());
    }
    if own.is_none_or(|own| own.health != "healthy") && seen.detected_after.is_none() {
        seen.detected_after = Some(shared.since(began));
    }
    seen.fail_open |= is_fail_open(&targets, sampler.held_in_a_row());
    Ok(seen.stopped_after.is_some() && seen.detected_after.is_some())
}

/// Whether the load balancer sends to targets that it does not take for healthy, and is served all the same: with none
/// healthy it sends to all. One sample may have been on its way when the last target was lost, two were not.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
fn is_fail_open(targets: &[TargetNow], held_in_a_row: usize) -> bool {
    held_in_a_row >= 2 && !targets.iter().any(|target| target.health == "healthy")
}

async fn look_at_cluster(
    shared: &Shared,
    began: Instant,
    seen: &mut Disrupted,
) -> Result<bool, ProbeError> {
    let cluster = shared.context.aws.cluster(&shared.subject.id).await?;
    let swapped = cluster.writer.is_some() && cluster.writer != shared.before.writer;
    seen.writer = cluster.writer;
    if swapped && seen.stopped_after.is_none() {
        seen.stopped_after = Some(shared.since(began));
    }
    Ok(swapped && cluster.status == "available")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_balancer_that_serves_without_a_healthy_target_fails_open() {
        let group = |states: [&str; 2]| {
            states.map(|health| TargetNow {
                id: "i-1".to_owned(),
                health: health.to_owned(),
                reason: String::new(),
            })
        };
        assert!(is_fail_open(&group(["unused", "unhealthy"]), 2));
        assert!(!is_fail_open(&group(["unused", "unhealthy"]), 1));
        assert!(!is_fail_open(&group(["unused", "healthy"]), 9));
    }
}
