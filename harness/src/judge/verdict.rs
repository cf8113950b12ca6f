//! The verdict on one check: a pure function of the plan, of the snapshot and of what was seen. The running check and
//! the check that is judged again from evidence go through this one function.
use serde_json::Value;

use super::evaluate::{differences, holds};
use super::gate::{Gate, ITEMS, Outcomes};
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::{Attempt, Observation};
use crate::outcome::Outcome;
use crate::plan::guard::{TIMEOUT, expects_silence};
use crate::plan::template::TemplateError;
use crate::plan::{Check, INTERNET, Probe};
use crate::result::{CheckResult, Mismatch, Skip, SkipKind};
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

/// What the attempts so far amount to.
#[must_use]
pub fn prospect(check: &Check, names: &Value, attempts: &[Attempt]) -> Prospect {
    let Some(last) = attempts.last() else {
        return Prospect::Again;
    };
    match &last.seen {
        Err(error) if is_passing(error.code) => Prospect::Later,
        Err(_) => Prospect::Never,
        Ok(seen) if meets(check, names, seen) => {
            let streak = attempts
                .iter()
                .rev()
                .take_while(|attempt| {
                    attempt
                        .seen
                        .as_ref()
                        .is_ok_and(|seen| meets(check, names, seen))
                })
                .count();
            if streak >= check.times as usize {
                Prospect::Done
            } else {
                Prospect::Again
            }
        }
        Ok(seen) => match &check.probe {
            Probe::Resource(_) if !is_moving(&Value::Object(seen.fields.clone())) => {
                Prospect::Never
            }
            _ => Prospect::Later,
        },
    }
}

fn meets(check: &Check, names: &Value, seen: &Observation) -> bool {
    differences(&check.condition, Some(&root(check, seen)), "", names)
        .is_ok_and(|found| found.is_empty())
}

/// Trouble that may be gone at the next look.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Throttled
            | Code::ApiTimeout
            | Code::ApiFailed
            | Code::ApiUnreachable
            | Code::VantageFailed
            | Code::ResolverFailed
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
                || is_moving(value)
        }),
        Value::Array(elements) => elements.iter().any(is_moving),
        _ => false,
    }
}

/// What a condition is held against: a plural's elements, else the observation's fields with its outcome.
fn root(check: &Check, seen: &Observation) -> Value {
    if let (Probe::Resource(_), Some(items)) = (&check.probe, seen.fields.get(ITEMS)) {
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
    attempts: &[Attempt],
    outcomes: &dyn Outcomes,
    looked_long_enough: bool,
) -> CheckResult {
    let blank = CheckResult {
        attempts: attempts.to_vec(),
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
        Gate::Look(_) | Gate::Dial(_) => {}
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
    match weigh(check, &names, attempts) {
        Err(error) => blocked(no_value(error)),
        Ok(Weighed::Nothing) => errored(nothing_seen(check)),
        Ok(Weighed::Trouble(error)) => errored(error),
        Ok(Weighed::Holds(seen)) => match contradiction(check, seen, true, outcomes) {
            Some(error) => errored(error),
            None => CheckResult {
                outcome: Outcome::Passed,
                error: None,
                ..blank
            },
        },
        Ok(Weighed::Differs(seen, mismatches)) => {
            if let Some(error) =
                unanswered(check, seen).or_else(|| contradiction(check, seen, false, outcomes))
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
            let hint = check.hints.iter().position(|(when, _)| {
                when.as_ref().is_none_or(|when| {
                    holds(when, Some(&root(check, seen)), &names).unwrap_or(false)
                })
            });
            CheckResult {
                outcome: Outcome::Failed,
                mismatches,
                hint,
                error: None,
                ..blank
            }
        }
    }
}

fn nothing_seen(check: &Check) -> ProbeError {
    ProbeError::new(Code::NotInEvidence, Layer::Harness, check.id.clone(), "")
}

/// What the attempts say together.
enum Weighed<'a> {
    Nothing,
    Trouble(ProbeError),
    Holds(&'a Observation),
    Differs(&'a Observation, Vec<Mismatch>),
}

/// The last attempt decides; one that must hold several times in a row has done so only when it has.
fn weigh<'a>(
    check: &Check,
    names: &Value,
    attempts: &'a [Attempt],
) -> Result<Weighed<'a>, TemplateError> {
    let Some(last) = attempts.last() else {
        return Ok(Weighed::Nothing);
    };
    let seen = match &last.seen {
        Ok(seen) => seen,
        Err(error) => return Ok(Weighed::Trouble(error.clone())),
    };
    let found = differences(&check.condition, Some(&root(check, seen)), "", names)?;
    if !found.is_empty() {
        return Ok(Weighed::Differs(seen, found));
    }
    Ok(match prospect(check, names, attempts) {
        Prospect::Done => Weighed::Holds(seen),
        _ => Weighed::Nothing,
    })
}

/// What the wire shows and what the API says must agree before either is held against the stack: silence is a pass only
/// when the check that explains it has passed; silence where the API says open, and a refusal where it says closed, come
/// from the network in between.
fn contradiction(
    check: &Check,
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
    match (expects_silence(&check.condition), open) {
        (true, Some(open)) if silent => unexplained(Code::SilenceUnexplained, open),
        (true, None) if refused && !holds => unexplained(Code::AnswerUnexplained, first),
        (false, None) if silent && !holds => unexplained(Code::SilenceUnexplained, first),
        _ => None,
    }
}

/// A name that the API itself gave and that the resolver of `internet` leaves unanswered says nothing about the stack.
fn unanswered(check: &Check, seen: &Observation) -> Option<ProbeError> {
    let host = match &check.probe {
        Probe::Dns { name, .. } => name,
        Probe::Tcp { host, .. } => host,
        Probe::Http { url, .. } => url,
        Probe::Resource(_) => return None,
    };
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
    (given && check.from.as_deref() == Some(INTERNET) && silent).then(|| {
        ProbeError::new(
            Code::ResolverFilters,
            Layer::Vantage,
            INTERNET,
            seen.outcome.clone(),
        )
    })
}
