//! Whether a check can be looked at at all: what it needs has passed, its vantage is there, what it names was found.
//! Pure, so that a check that is judged again is gated again.
use std::collections::BTreeSet;

use serde_json::Value;

use crate::aws::Record;
use crate::fault::ProbeError;
use crate::observation::Observation;
use crate::observe::{Dns, Http, Request, Tcp};
use crate::outcome::Outcome;
use crate::plan::{Check, Probe};
use crate::result::{Skip, SkipKind};
use crate::world::{AMBIGUOUS, Blocked, FOUND, Found, NOT_FOUND, World, no_value};

/// The outcomes so far, by id. What is not among them was not run.
pub trait Outcomes {
    /// The outcome of a check.
    fn outcome(&self, id: &str) -> Option<Outcome>;
}

impl<F: Fn(&str) -> Option<Outcome>> Outcomes for F {
    fn outcome(&self, id: &str) -> Option<Outcome> {
        self(id)
    }
}

/// What a check meets before it is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Gate {
    /// The resource of this name is looked at in the snapshot.
    Look(String),
    /// This is dialled.
    Dial(Request),
    /// It is not looked at.
    Skip(Skip),
    /// It can't be looked at.
    Fault(ProbeError),
}

/// Gates a check. `vantages` are those that the stack configures.
pub fn gate(
    check: &Check,
    world: &World<'_>,
    outcomes: &dyn Outcomes,
    vantages: &BTreeSet<String>,
) -> Gate {
    if let Some(need) = check
        .needs
        .iter()
        .find(|need| outcomes.outcome(need) != Some(Outcome::Passed))
    {
        return Gate::Skip(Skip {
            kind: SkipKind::Need,
            name: need.clone(),
            detail: String::new(),
        });
    }
    if let Some(from) = check.from.as_ref().filter(|from| !vantages.contains(*from)) {
        return Gate::Skip(Skip {
            kind: SkipKind::Vantage,
            name: from.clone(),
            detail: String::new(),
        });
    }
    match target(check, world) {
        Ok(gate) => gate,
        Err(Blocked::Missing { name, detail }) => Gate::Skip(Skip {
            kind: SkipKind::Need,
            name,
            detail,
        }),
        Err(Blocked::Fault(error)) => Gate::Fault(error),
    }
}

fn target(check: &Check, world: &World<'_>) -> Result<Gate, Blocked> {
    let names = world.names_for(check)?;
    let text = |template: &crate::plan::template::Template| -> Result<String, Blocked> {
        let value = template.evaluate(&names).map_err(no_value)?;
        Ok(value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned))
    };
    Ok(match &check.probe {
        Probe::Resource(name) => {
            // What keeps the resource itself from being looked for is told here; that it is missing is an observation.
            world.resource(name)?;
            Gate::Look(name.clone())
        }
        Probe::Dns { name, record } => Gate::Dial(Request::Dns(Dns {
            name: text(name)?,
            record: *record,
        })),
        Probe::Tcp { host, port } => Gate::Dial(Request::Tcp(Tcp {
            host: text(host)?,
            port: port_of(&text(port)?)?,
        })),
        Probe::Http {
            url,
            method,
            headers,
            json,
        } => Gate::Dial(Request::Http(Http {
            url: text(url)?,
            method: method.clone(),
            headers: headers
                .iter()
                .map(|(name, value)| Ok((name.clone(), text(value)?)))
                .collect::<Result<_, Blocked>>()?,
            json: *json,
        })),
    })
}

fn port_of(text: &str) -> Result<u16, Blocked> {
    text.parse().map_err(|_| {
        Blocked::Fault(ProbeError::new(
            crate::fault::Code::Template,
            crate::fault::Layer::Harness,
            "port",
            format!("`{text}` is not a port"),
        ))
    })
}

/// The resource that a check looks at, as an observation: with the fields that the check asks for.
///
/// # Errors
/// Something that finding it takes is missing, or what the check asks was not observed.
pub fn look(world: &World<'_>, check: &Check, name: &str) -> Result<Observation, Blocked> {
    let joined = |record: &Record| world.joined(name, record, &check.paths);
    Ok(match world.resource(name)? {
        Found::One(record) => match joined(&record)? {
            Value::Object(fields) => Observation {
                outcome: FOUND.to_owned(),
                fields,
            },
            _ => Observation::of(FOUND),
        },
        Found::Many(records) => Observation::of(FOUND).with(
            ITEMS,
            records.iter().map(joined).collect::<Result<Vec<_>, _>>()?,
        ),
        Found::Missing(near) => {
            Observation::of(NOT_FOUND).with(NEAR, serde_json::to_value(near).unwrap_or_default())
        }
        Found::Several(near) => {
            Observation::of(AMBIGUOUS).with(NEAR, serde_json::to_value(near).unwrap_or_default())
        }
    })
}

/// The field of a plural's observation that holds its elements.
pub const ITEMS: &str = "items";

/// The field of an observation that names what was near.
pub const NEAR: &str = "near";
