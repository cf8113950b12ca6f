//! One check from its gate to its last attempt: looks, and looks again as `times` and `eventually` ask. It collects;
//! what the attempts amount to is said by [`crate::judge::verdict`].
use std::time::Duration;

use tokio::time::Instant;

use super::schedule::Context;
use crate::aws::Wants;
use crate::fault::{Code, Layer, ProbeError};
use crate::judge::gate::{Gate, look};
use crate::judge::verdict::{Prospect, prospect};
use crate::observation::{Attempt, Observation, millis};
use crate::observe;
use crate::plan::Check;
use crate::world::Blocked;

/// Between two looks at the API; its buckets are shared by everybody in the account.
const API_PAUSE: Duration = Duration::from_secs(5);

/// Between two dials.
const DIAL_PAUSE: Duration = Duration::from_secs(2);

/// Before the second look after an observation that did not come about.
const BREATH: Duration = Duration::from_millis(500);

/// How much longer than its own timeout an attempt may take before the harness gives it up.
const GRACE: Duration = Duration::from_secs(20);

/// How long to wait before looking again.
fn pause(check: &Check, gate: &Gate) -> Duration {
    let usual = if matches!(gate, Gate::Look(_)) {
        API_PAUSE
    } else {
        DIAL_PAUSE
    };
    check
        .eventually
        .map_or(usual, |budget| usual.min(budget / 4))
        .max(Duration::from_millis(50))
}

/// Whether a check that does not hold was given all the time that it asks for.
pub fn looked_long_enough(check: &Check, attempts: &[Attempt], wait: bool) -> bool {
    let Some(budget) = check.eventually.filter(|_| wait) else {
        return true;
    };
    let (Some(first), Some(last)) = (attempts.first(), attempts.last()) else {
        return true;
    };
    let spent = (last.at_ms + last.elapsed_ms).saturating_sub(first.at_ms);
    spent + millis(API_PAUSE.max(DIAL_PAUSE).min(budget / 4)) >= millis(budget)
}

/// Looks at what the gate opened, until it holds, can't, or the time is up.
pub async fn observe_check(
    check: &Check,
    gate: &Gate,
    names: &serde_json::Value,
    context: &Context,
) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    loop {
        let began = Instant::now();
        let at_ms = millis(began - context.started);
        let (target, seen) = try_once(check, gate, attempts.is_empty(), context).await;
        attempts.push(Attempt {
            at_ms,
            elapsed_ms: millis(began.elapsed()),
            target,
            seen,
        });
        match prospect(check, names, &attempts) {
            Prospect::Done | Prospect::Never => return attempts,
            Prospect::Again => {}
            // What kept us from observing is asked twice before it costs a verdict; what was observed never is.
            Prospect::Later
                if attempts
                    .iter()
                    .filter(|attempt| attempt.seen.is_err())
                    .count()
                    == 1
                    && attempts.last().is_some_and(|last| last.seen.is_err()) =>
            {
                tokio::time::sleep(BREATH).await;
            }
            Prospect::Later
                if check.eventually.is_none()
                    || looked_long_enough(check, &attempts, context.wait) =>
            {
                return attempts;
            }
            Prospect::Later => tokio::time::sleep(pause(check, gate)).await,
        }
    }
}

async fn try_once(
    check: &Check,
    gate: &Gate,
    first: bool,
    context: &Context,
) -> (String, Result<Observation, ProbeError>) {
    match gate {
        Gate::Look(name) => {
            let target = format!("resource {name}");
            if !first {
                refresh(check, name, context).await;
            }
            let seen = context
                .with_world(|world| look(world, check, name))
                .map_err(|blocked| match blocked {
                    Blocked::Fault(error) => error,
                    Blocked::Missing { name, detail } => {
                        ProbeError::new(Code::Template, Layer::Harness, name, detail)
                    }
                });
            (target, seen)
        }
        Gate::Dial(request) => {
            let target = request.target();
            let seen = match check
                .from
                .as_ref()
                .and_then(|from| context.vantages.get(from))
            {
                None => Err(ProbeError::new(
                    Code::VantageFailed,
                    Layer::Vantage,
                    check.from.clone().unwrap_or_default(),
                    "not configured",
                )),
                Some(vantage) => tokio::time::timeout(
                    check.timeout + GRACE,
                    observe::observe(request, vantage, check.timeout),
                )
                .await
                .unwrap_or_else(|_| {
                    Err(ProbeError::new(
                        Code::Deadline,
                        Layer::Harness,
                        target.clone(),
                        "",
                    ))
                }),
            };
            (target, seen)
        }
        Gate::Skip(_) | Gate::Fault(_) => (
            String::new(),
            Err(ProbeError::new(
                Code::NotInEvidence,
                Layer::Harness,
                check.id.clone(),
                "",
            )),
        ),
    }
}

/// Makes the calls again that the check's paths need, and no others.
async fn refresh(check: &Check, name: &str, context: &Context) {
    let Some(kind) = context.with_world(|world| world.kind(name)) else {
        return;
    };
    let mut wants = Wants::new();
    wants.kind(kind);
    for path in check.paths.iter() {
        wants.path(kind, path.to_vec());
    }
    let id = context
        .with_world(|world| look(world, check, name))
        .ok()
        .and_then(|seen| {
            seen.fields
                .get("id")
                .and_then(|id| id.as_str().map(str::to_owned))
        });
    // One at a time: two looks that start from one snapshot would each lose what the other saw.
    let _turn = context.refreshing.lock().await;
    let base = context.snapshot();
    let again = context.aws.look_again(&base, &wants, id.as_deref()).await;
    context.keep(again);
}
