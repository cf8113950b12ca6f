//! One check from its gate to its last attempt: looks, and looks again as `times` and `eventually` ask. It collects;
//! what the attempts amount to is said by
//! [`crate::judge::verdict`].
use std::time::Duration;

use tokio::time::Instant;

use super::schedule::{Context, interruption};
use crate::aws::{Wants, at};
use crate::fault::{Code, Layer, ProbeError};
use crate::judge::gate::{Aim, Logins, aim, look};
use crate::judge::verdict::{At, Prospect, Walked, prospect, root, save, walk};
use crate::observation::{Attempt, Observation, millis};
use crate::observe::{Held, Request, observe_at_most};
use crate::plan::{Check, INTERNET, Probe, Step};
use crate::world::{Blocked, Found, World};

/// Between two looks at the API; its buckets are shared by everybody in the account.
const API_PAUSE: Duration = Duration::from_secs(5);

/// Between two dials.
const DIAL_PAUSE: Duration = Duration::from_secs(2);

/// Before the second look after an observation that did not come about.
const BREATH: Duration = Duration::from_millis(500);

/// How much longer than its own timeout an attempt may take before the harness gives it up.
const GRACE: Duration = Duration::from_secs(20);

/// How long to wait before looking again.
fn pause(check: &Check, attempts: &[Attempt]) -> Duration {
    let place = attempts.last().map_or(0, |last| last.step);
    let step = check.steps.get(place).unwrap_or_else(|| check.first());
    let usual = if matches!(step.probe, Probe::Resource(_)) {
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
    // Evidence may be anybody's: its numbers, too.
    let ended = last.at_ms.saturating_add(last.elapsed_ms);
    let spent = ended.saturating_sub(first.at_ms);
    spent.saturating_add(millis(API_PAUSE.max(DIAL_PAUSE).min(budget / 4))) >= millis(budget)
}

/// Looks at what the gate opened, until it holds, can't, or the time is up; begins anew with the first step each time.
pub async fn observe_check(
    check: &Check,
    names: &serde_json::Value,
    context: &Context,
) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for pass in 0.. {
        one_pass(check, names, pass, &mut attempts, context).await;
        let troubles = attempts
            .iter()
            .filter(|attempt| !attempt.finally && attempt.seen.is_err())
            .count();
        match prospect(check, names, &attempts) {
            Prospect::Done | Prospect::Never | Prospect::Again => break,
            Prospect::Later if context.is_stopping() => break,
            // What kept us from observing is asked twice before it costs a verdict; what was observed never is.
            Prospect::Later if troubles == 1 && ends_in_trouble(&attempts) => {
                tokio::time::sleep(BREATH).await;
            }
            Prospect::Later
                if check.eventually.is_none()
                    || looked_long_enough(check, &attempts, context.wait) =>
            {
                break;
            }
            Prospect::Later => tokio::time::sleep(pause(check, &attempts)).await,
        }
    }
    attempts
}

fn ends_in_trouble(attempts: &[Attempt]) -> bool {
    let mut looks = attempts.iter().rev().filter(|attempt| !attempt.finally);
    looks.next().is_some_and(|last| last.seen.is_err())
}

/// The steps in order, as far as they hold, then what is done in the end.
async fn one_pass(
    check: &Check,
    names: &serde_json::Value,
    pass: usize,
    attempts: &mut Vec<Attempt>,
    context: &Context,
) {
    let mut held = Held::default();
    let mut names = loop {
        let Walked { names, at } = walk(check, names, attempts, pass);
        let At::Next(place) = at else {
            break names;
        };
        if context.is_stopping() && !check.finally.is_empty() {
            break names;
        }
        let step = &check.steps[place];
        let (target, began) = (String::new(), Instant::now());
        let mut attempt = blank(target, began, context);
        (attempt.pass, attempt.step) = (pass, place);
        let looked = tokio::select! {
            biased;
            looked = look_once(check, step, &names, pass == 0, &mut held, context) => Some(looked),
            // Only whoever has something to remove is still asked for anything.
            () = context.stopped(), if !check.finally.is_empty() => None,
        };
        attempt.elapsed_ms = millis(began.elapsed());
        let Some(looked) = looked else {
            attempt.seen = Err(interruption());
            attempts.push(attempt);
            break names;
        };
        (attempt.target, attempt.seen) = looked;
        attempts.push(attempt);
    };
    for (place, step) in check.finally.iter().enumerate() {
        // What it names was never saved: then it was never made.
        if !context.with_world(|world| has_values(step, world, &names)) {
            continue;
        }
        let began = Instant::now();
        let mut attempt = blank(String::new(), began, context);
        (attempt.target, attempt.seen) =
            look_once(check, step, &names, true, &mut held, context).await;
        attempt.elapsed_ms = millis(began.elapsed());
        (attempt.pass, attempt.step, attempt.finally) = (pass, place, true);
        if let Ok(seen) = &attempt.seen {
            save(step, &root(step, seen), &mut names);
        }
        attempts.push(attempt);
    }
}

fn has_values(step: &Step, world: &World<'_>, names: &serde_json::Value) -> bool {
    !matches!(
        aim(step, world, names, &Logins::new()),
        Err(Blocked::Missing { .. })
    )
}

fn blank(target: String, began: Instant, context: &Context) -> Attempt {
    Attempt {
        at_ms: millis(began - context.started),
        elapsed_ms: 0,
        seen: Err(ProbeError::new(
            Code::NotInEvidence,
            Layer::Harness,
            target.clone(),
            "",
        )),
        target,
        pass: 0,
        step: 0,
        finally: false,
    }
}

async fn look_once(
    check: &Check,
    step: &Step,
    names: &serde_json::Value,
    first: bool,
    held: &mut Held,
    context: &Context,
) -> (String, Result<Observation, ProbeError>) {
    let aimed = context.with_world(|world| aim(step, world, names, &context.logins));
    let unaimed = |blocked: Blocked| match blocked {
        Blocked::Fault(error) => error,
        Blocked::Missing { name, detail } => {
            ProbeError::new(Code::Template, Layer::Harness, name, detail)
        }
    };
    match aimed {
        Err(blocked) => {
            let error = unaimed(blocked);
            (error.target.clone(), Err(error))
        }
        Ok(Aim::Look(name)) => {
            let target = format!("resource {name}");
            if !first {
                refresh(step, &name, context).await;
            }
            let seen = context.with_world(|world| look(world, step, &name));
            (target, seen.map_err(unaimed))
        }
        Ok(Aim::Dial(request)) => {
            let target = match (&request, &step.from) {
                (Request::Ready, Some(from)) => format!("vantage {from}"),
                _ => request.target(),
            };
            let from = step.from.as_deref().unwrap_or(INTERNET);
            let vantage = match context.vantage(from).await {
                Ok(vantage) => vantage,
                Err(error) => return (target, Err(error)),
            };
            let most = check.timeout + GRACE;
            let seen = observe_at_most(most, (&request, &vantage), held, check.timeout);
            let seen = seen.await.unwrap_or_else(|_| {
                let late = ProbeError::new(Code::Deadline, Layer::Harness, target.clone(), "");
                Err(late)
            });
            (target, seen)
        }
    }
}

/// Makes the calls again that the step's paths need, and no others.
async fn refresh(step: &Step, name: &str, context: &Context) {
    let Some(kind) = context.with_world(|world| world.kind(name)) else {
        return;
    };
    let mut wants = Wants::new();
    wants.kind(kind);
    for path in step.paths.iter() {
        wants.path(kind, path.to_vec());
    }
    // The resource's own, also where something about it could not be observed.
    let id = context.with_world(|world| match world.resource(name) {
        Ok(Found::One(record)) => at(&record, &["id"]).map(str::to_owned),
        _ => None,
    });
    // One at a time: two looks that start from one snapshot would each lose what the other saw.
    let _turn = context.refreshing.lock().await;
    let base = context.snapshot();
    let base = &base.snapshot;
    let again = context.aws.look_again(base, &wants, id.as_deref()).await;
    context.see(again).await;
}
