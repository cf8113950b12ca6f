//! The verdict on one check: a pure function of the plan, of the snapshot and of what was seen. The running check and
//! the check that is judged again from evidence go through this one function.
use serde_json::Value;

use super::evaluate::{differences, holds};
use super::gate::{Gate, ITEMS, Outcomes};
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::{Attempt, Attempts, Observation};
use crate::outcome::Outcome;
use crate::plan::guard::{TIMEOUT, expects_silence, outcomes as expected_outcomes};
use crate::plan::template::TemplateError;
use crate::plan::{Check, INTERNET, Probe, Step};
use crate::result::{CheckResult, Mismatch, Skip, SkipKind, StepAt};
use crate::world::{Blocked, World, no_value};

/// Whether a check that does not hold yet is worth another look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// It holds as often as is asked.
    Done,
    /// It holds so far, and must hold again.
    Again,
    /// It does not hold, and may with time.
    Later,
    /// It does not hold, and time won't mend it.
    Never,
}

/// How far a pass through the steps has come, and what later steps know.
pub struct Walked<'a> {
    /// Everything that templates name, with what the steps so far saved.
    pub names: Value,
    /// Where the pass stands.
    pub at: At<'a>,
}

/// Where a pass stands.
pub enum At<'a> {
    /// This step is to be looked at next.
    Next(usize),
    /// Every step holds; the last one's observation.
    Holds(usize, &'a Observation),
    /// This step does not hold.
    Differs(usize, &'a Observation, Vec<Mismatch>),
    /// This step could not be observed.
    Trouble(ProbeError),
    /// A template of what must hold has no value.
    Blocked(TemplateError),
}

/// Walks the steps of one pass along its attempts. `names` is what the check's templates name.
#[must_use]
pub fn walk<'a>(check: &Check, names: &Value, attempts: &'a [Attempt], pass: usize) -> Walked<'a> {
    let mut names = names.clone();
    let mut last = None;
    for (place, step) in check.steps.iter().enumerate() {
        let tries: Vec<&Attempt> = attempts
            .iter()
            .filter(|attempt| attempt.pass == pass && attempt.step == place && !attempt.finally)
            .collect();
        for attempt in &tries {
            let seen = match &attempt.seen {
                Ok(seen) => seen,
                Err(error) => {
                    let at = At::Trouble(error.clone());
                    return Walked { names, at };
                }
            };
            let root = root(step, seen);
            match differences(&step.condition, Some(&root), "", &names) {
                Err(error) => {
                    let at = At::Blocked(error);
                    return Walked { names, at };
                }
                Ok(found) if !found.is_empty() => {
                    let at = At::Differs(place, seen, found);
                    return Walked { names, at };
                }
                Ok(_) => last = Some((place, seen)),
            }
        }
        if tries.len() < step.times as usize {
            let at = At::Next(place);
            return Walked { names, at };
        }
        let seen = last.map(|(_, seen)| root(step, seen));
        for (name, path) in &step.save {
            let Some(value) = crate::judge::evaluate::walk(seen.as_ref(), path) else {
                let Some((place, seen)) = last else { continue };
                let at = At::Differs(place, seen, vec![nothing_to_save(path)]);
                return Walked { names, at };
            };
            if let Value::Object(names) = &mut names {
                names.insert(name.clone(), value.clone());
            }
        }
    }
    let at = match last {
        Some((place, seen)) => At::Holds(place, seen),
        None => At::Next(0),
    };
    Walked { names, at }
}

/// What a step was to hand on is not there.
fn nothing_to_save(path: &[String]) -> Mismatch {
    Mismatch {
        path: path.join("."),
        expected: crate::result::Expected {
            matcher: "present".to_owned(),
            value: Value::Null,
        },
        actual: None,
    }
}

/// The last pass that was begun.
#[must_use]
pub fn last_pass(attempts: &[Attempt]) -> usize {
    attempts.last().map_or(0, |attempt| attempt.pass)
}

/// What the attempts so far amount to.
#[must_use]
pub fn prospect(check: &Check, names: &Value, attempts: &[Attempt]) -> Prospect {
    match walk(check, names, attempts, last_pass(attempts)).at {
        At::Next(_) => Prospect::Again,
        At::Holds(..) => Prospect::Done,
        At::Trouble(error) if error.code.is_passing() => Prospect::Later,
        At::Trouble(_) | At::Blocked(_) => Prospect::Never,
        At::Differs(place, seen, mismatches) => match &check.steps[place].probe {
            Probe::Resource(_)
                if !is_moving(&Value::Object(seen.fields.clone()))
                    && !mismatches.iter().any(comes_unannounced) =>
            {
                Prospect::Never
            }
            _ => Prospect::Later,
        },
    }
}

/// What was to be done in the end and could not be: something of the check's own may still be there.
fn leftover(check: &Check, names: &Value, attempts: &[Attempt]) -> Option<ProbeError> {
    let pass = last_pass(attempts);
    let mut names = walk(check, names, attempts, pass).names;
    let done = attempts
        .iter()
        .filter(|attempt| attempt.pass == pass && attempt.finally);
    for attempt in done {
        let step = check.finally.get(attempt.step)?;
        let left = |detail: String| {
            ProbeError::new(
                Code::NotCleanedUp,
                Layer::Harness,
                attempt.target.clone(),
                detail,
            )
        };
        let seen = match &attempt.seen {
            Ok(seen) => seen,
            Err(error) => return Some(left(format!("{}: {error}", attempt.target))),
        };
        let root = root(step, seen);
        let found = differences(&step.condition, Some(&root), "", &names);
        if found.is_ok_and(|found| !found.is_empty()) {
            return Some(left(format!("{}: {}", attempt.target, seen.outcome)));
        }
        save(step, &root, &mut names);
    }
    None
}

/// Hands on what a step's observation holds of what it saves.
pub fn save(step: &Step, root: &Value, names: &mut Value) {
    let Value::Object(names) = names else { return };
    for (name, path) in &step.save {
        if let Some(value) = crate::judge::evaluate::walk(Some(root), path) {
            names.insert(name.clone(), value.clone());
        }
    }
}

/// Whether what is missing may come without a state that says so: an agent registers with Systems Manager some minutes after
/// its server runs, and no call tells that it is about to.
fn comes_unannounced(mismatch: &Mismatch) -> bool {
    mismatch.actual.is_none() && mismatch.path.split('.').next() == Some("ssm")
}

/// Whether a field of a target tells of its server as it was a moment ago: a load balancer learns of a stop and of a start
/// only after them.
fn lags(key: &str, value: &Value) -> bool {
    matches!(
        (key, value.as_str()),
        ("health", Some("healthy")) | ("reason", Some("Target.InvalidState"))
    )
}

/// Whether AWS says of anything in here that it is on its way: a state that passes by itself.
fn is_moving(value: &Value) -> bool {
    const STATES: &[&str] = &[
        "state",
        "status",
        "health",
        "db_instance_status",
        "ping_status",
        "system_status",
        "instance_status",
        "endpoint",
    ];
    const PASSING: &[&str] = &[
        "pending",
        "creating",
        "provisioning",
        "initial",
        "initializing",
        "modifying",
        "backing-up",
        "starting",
        "stopping",
        "rebooting",
        "registering",
        "draining",
        "unhealthy",
        "insufficient-data",
        "upgrading",
        "maintenance",
        "renaming",
        "associating",
        "attaching",
        "detaching",
        "deleting",
        "shutting-down",
        "unavailable",
        "failing-over",
        "promoting",
        "adding",
        "removing",
        "storage-optimization",
        "ConnectionLost",
    ];
    let passes = |value: &Value| {
        value.as_str().is_some_and(|text| {
            PASSING.contains(&text)
                || text.starts_with("configuring-")
                || text.starts_with("resetting-")
        })
    };
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let tells = STATES
                .iter()
                .any(|state| key == state || key.ends_with(&format!("_{state}")));
            // EC2 and ELB wrap a state: `state: { name: pending }`, `state: { code: provisioning }`.
            (tells
                && (passes(value)
                    || value
                        .as_object()
                        .is_some_and(|inner| inner.values().any(passes))))
                || lags(key, value)
                || is_moving(value)
        }),
        Value::Array(elements) => elements.iter().any(is_moving),
        _ => false,
    }
}

/// What a condition is held against: a plural's elements, else the observation's fields with its outcome.
#[must_use]
pub fn root(step: &Step, seen: &Observation) -> Value {
    if let (Probe::Resource(_), Some(items)) = (&step.probe, seen.fields.get(ITEMS)) {
        return items.clone();
    }
    let mut fields = seen.fields.clone();
    fields.insert("outcome".to_owned(), Value::from(seen.outcome.as_str()));
    Value::Object(fields)
}

/// Judges a check that was gated so, and looked at so often.
pub fn judge(
    check: &Check,
    world: &World<'_>,
    gate: &Gate,
    attempts: &Attempts,
    outcomes: &dyn Outcomes,
    looked_long_enough: bool,
) -> CheckResult {
    let blank = CheckResult {
        attempts: attempts.clone(),
        ..CheckResult::errored(&check.id, nothing_seen(check))
    };
    let skipped = |skip: Skip| CheckResult {
        outcome: Outcome::Skipped,
        skip: Some(skip),
        error: None,
        ..blank.clone()
    };
    let errored = |error: ProbeError| CheckResult {
        error: Some(error),
        ..blank.clone()
    };
    match gate {
        Gate::Skip(skip) => return skipped(skip.clone()),
        Gate::Fault(error) => return errored(error.clone()),
        Gate::Open(_) => {}
    }
    let blocked = |blocked: Blocked| match blocked {
        Blocked::Missing { name, detail } => skipped(Skip {
            kind: SkipKind::Need,
            name,
            detail,
        }),
        Blocked::Fault(error) => errored(error),
    };
    let names = match world.names_for(check) {
        Ok(names) => names,
        Err(why) => return blocked(why),
    };
    if attempts.is_empty() {
        return errored(nothing_seen(check));
    }
    match walk(check, &names, attempts, last_pass(attempts)).at {
        At::Blocked(error) => blocked(no_value(error)),
        At::Next(_) => errored(nothing_seen(check)),
        At::Trouble(error) => errored(error),
        At::Holds(place, seen) => {
            let trouble = contradiction(check, &check.steps[place], seen, true, outcomes)
                .or_else(|| leftover(check, &names, attempts));
            match trouble {
                Some(error) => errored(error),
                None => CheckResult {
                    outcome: Outcome::Passed,
                    error: None,
                    ..blank
                },
            }
        }
        At::Differs(place, seen, mismatches) => {
            let step = &check.steps[place];
            if let Some(error) = unanswered(check, step, seen)
                .or_else(|| hidden(check, step, seen))
                .or_else(|| contradiction(check, step, seen, false, outcomes))
            {
                return errored(error);
            }
            if !looked_long_enough && prospect(check, &names, attempts) != Prospect::Never {
                return errored(ProbeError::new(
                    Code::RunStoppedLooking,
                    Layer::Harness,
                    check.id.clone(),
                    "",
                ));
            }
            let hint = check.hints.iter().position(|hint| {
                hint.when.as_ref().is_none_or(|(on, when)| {
                    *on == place && holds(when, Some(&root(step, seen)), &names).unwrap_or(false)
                })
            });
            CheckResult {
                outcome: Outcome::Failed,
                mismatches,
                hint,
                // That something may be left is told beside the verdict, which stands.
                error: leftover(check, &names, attempts),
                step: (check.steps.len() > 1).then(|| StepAt {
                    number: place + 1,
                    of: check.steps.len(),
                    target: target_of(attempts, place),
                }),
                ..blank
            }
        }
    }
}

/// What a step was last aimed at.
fn target_of(attempts: &[Attempt], place: usize) -> String {
    let of_it = |attempt: &&Attempt| attempt.step == place && !attempt.finally;
    attempts
        .iter()
        .rev()
        .find(of_it)
        .map_or_else(String::new, |attempt| attempt.target.clone())
}

fn nothing_seen(check: &Check) -> ProbeError {
    ProbeError::new(Code::NotInEvidence, Layer::Harness, check.id.clone(), "")
}

/// What the wire shows and what the API says must agree before either is held against the stack: silence is a pass only
/// when the check that explains it has passed; silence where the API says open, and a refusal where it says closed, come
/// from the network in between.
fn contradiction(
    check: &Check,
    step: &Step,
    seen: &Observation,
    holds: bool,
    outcomes: &dyn Outcomes,
) -> Option<ProbeError> {
    let first = check.agrees_with.first()?;
    let open = check
        .agrees_with
        .iter()
        .find(|id| outcomes.outcome(id) != Some(Outcome::Passed));
    let stage = seen.fields.get("stage").and_then(Value::as_str);
    let silent = seen.outcome == TIMEOUT && stage.is_none_or(|stage| stage == "dial");
    let refused = ["refused", "reset", "unreachable"].contains(&seen.outcome.as_str());
    let unexplained = |code, by: &String| {
        Some(ProbeError::new(
            code,
            Layer::Network,
            by.clone(),
            seen.outcome.clone(),
        ))
    };
    match (expects_silence(&step.condition), open) {
        (true, Some(open)) if silent => unexplained(Code::SilenceUnexplained, open),
        (true, None) if refused && !holds => unexplained(Code::AnswerUnexplained, first),
        (false, None) if silent && !holds => unexplained(Code::SilenceUnexplained, first),
        _ => None,
    }
}

/// A carrier that only says that it did not connect says nothing of why: a check that asks for that can't be judged.
fn hidden(check: &Check, step: &Step, seen: &Observation) -> Option<ProbeError> {
    let schema = step.probe.schema();
    let asks_why = expected_outcomes(&step.condition)
        .iter()
        .any(|outcome| schema.is_finer_than_not_connected(outcome));
    (seen.outcome == "not_connected" && asks_why).then(|| {
        ProbeError::new(
            Code::OutcomeHidden,
            Layer::Vantage,
            step.from.clone().unwrap_or_else(|| check.id.clone()),
            seen.outcome.clone(),
        )
    })
}

/// A name that the API itself gave and that the resolver of `internet` leaves unanswered says nothing about the stack.
fn unanswered(check: &Check, step: &Step, seen: &Observation) -> Option<ProbeError> {
    let host = step.probe.host()?;
    let given = check.uses.iter().any(|used| {
        host.references()
            .iter()
            .any(|reference| reference.name == used.resource || reference.name == "each")
    });
    let zeros = || {
        seen.fields
            .get("addresses")
            .and_then(Value::as_array)
            .is_some_and(|addresses| {
                !addresses.is_empty()
                    && addresses
                        .iter()
                        .all(|address| matches!(address.as_str(), Some("0.0.0.0" | "::")))
            })
    };
    let silent =
        ["nxdomain", "no_data", "name_not_found"].contains(&seen.outcome.as_str()) || zeros();
    (given && step.from.as_deref() == Some(INTERNET) && silent).then(|| {
        ProbeError::new(
            Code::ResolverFilters,
            Layer::Vantage,
            INTERNET,
            seen.outcome.clone(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Expected;
    use serde_json::json;

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        let targets = |health: &str, reason: Option<&str>| json!({ "targets": [{ "id": "i-1", "health": health, "reason": reason }] });
        for (moving, fields) in [
            (false, json!({ "state": { "name": "running" } })),
            (true, json!({ "state": { "name": "pending" } })),
            (false, json!({ "name": "pending" })),
            (
                true,
                json!({ "members": [{ "db_instance_status": "configuring-log-exports" }] }),
            ),
            (true, json!({ "ssm": { "ping_status": "ConnectionLost" } })),
            (true, targets("draining", None)),
            (true, targets("healthy", None)),
            (true, targets("unused", Some("Target.InvalidState"))),
            (false, targets("unused", Some("Target.NotInUse"))),
        ] {
            assert_eq!(is_moving(&fields), moving, "{fields}");
        }
    }

    #[test]
    fn an_agent_that_is_not_there_yet_may_come_and_an_address_does_not() {
        let absent = |path: &str, actual: Option<Value>| Mismatch {
            path: path.to_owned(),
            expected: Expected {
                matcher: "equals".to_owned(),
                value: json!("Online"),
            },
            actual,
        };
        assert!(comes_unannounced(&absent("ssm.ping_status", None)));
        assert!(!comes_unannounced(&absent(
            "ssm.ping_status",
            Some(json!("Inactive"))
        )));
        assert!(!comes_unannounced(&absent("public_ip_address", None)));
    }
}
