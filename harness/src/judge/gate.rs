//! Whether a check can be looked at at all: what it needs has passed, its vantage is there, what it names was found.
//! Pure, so that a check that is judged again is gated again.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::Record;
use crate::fault::ProbeError;
use crate::observation::Observation;
use crate::observe::{Command, Dns, Http, Line, Login, Mysql, Request, Tcp};
use crate::outcome::Outcome;
use crate::plan::template::Template;
use crate::plan::{Check, Probe, Step};
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

/// What a run is given beside the stack: what the stack file configures, and what the user allows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The vantages that the stack configures.
    pub vantages: BTreeSet<String>,
    /// The logins that it configures; of those that can't be used, why.
    #[serde(default)]
    pub logins: BTreeMap<String, Option<String>>,
    /// The opt-in flags that were given.
    pub opt_ins: Vec<String>,
}

/// The flag without which nothing is written.
pub const ALLOW_WRITES: &str = "--allow-writes";

/// The flag without which nothing is stopped or failed over. No other stands for it.
pub const ALLOW_DISRUPTIVE: &str = "--allow-disruptive";

/// What a check meets before it is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Gate {
    /// It is looked at, its first step so.
    Open(Aim),
    /// It is not looked at.
    Skip(Skip),
    /// It can't be looked at.
    Fault(ProbeError),
}

/// What a step is aimed at, templates filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Aim {
    /// The resource of this name is looked at in the snapshot.
    Look(String),
    /// This is dialled.
    Dial(Request),
}

/// Who logs in, by the login's name. Empty where nothing is dialled.
pub type Logins = HashMap<String, Login>;

/// Gates a check.
pub fn gate(check: &Check, world: &World<'_>, outcomes: &dyn Outcomes, given: &Given) -> Gate {
    let skip = |kind, name: &str, detail: &str| {
        Gate::Skip(Skip {
            kind,
            name: name.to_owned(),
            detail: detail.to_owned(),
        })
    };
    if check.writes && !given.opt_ins.iter().any(|flag| flag == ALLOW_WRITES) {
        return skip(SkipKind::OptIn, ALLOW_WRITES, "");
    }
    if check.drill().is_some() && !given.opt_ins.iter().any(|flag| flag == ALLOW_DISRUPTIVE) {
        return skip(SkipKind::OptIn, ALLOW_DISRUPTIVE, "");
    }
    let missing = || {
        let vantages = check.vantages();
        vantages.filter(|from| !given.vantages.contains(*from))
    };
    // As an opt-in before anything that was seen: what a score is out of must not depend on what failed.
    if let Some(from) = missing().find(|from| world.is_optional(from)) {
        return skip(SkipKind::OptionalVantage, from, "");
    }
    if let Some(need) = check
        .needs
        .iter()
        .find(|need| outcomes.outcome(need) != Some(Outcome::Passed))
    {
        return skip(SkipKind::Need, need, "");
    }
    if let Some(from) = missing().next() {
        return skip(SkipKind::Vantage, from, "");
    }
    for login in &check.logins {
        match given.logins.get(login) {
            None => return skip(SkipKind::Login, login, ""),
            Some(Some(why)) => return skip(SkipKind::Login, login, why),
            Some(None) => {}
        }
    }
    let names = world.names_for(check);
    match names.and_then(|names| aim(check.first(), world, &names, &Logins::new())) {
        Ok(aim) => Gate::Open(aim),
        Err(Blocked::Missing { name, detail }) => skip(SkipKind::Need, &name, &detail),
        Err(Blocked::Fault(error)) => Gate::Fault(error),
    }
}

/// What a step is aimed at, given what its templates name.
///
/// # Errors
/// Something that it names has no value, or can't be had.
pub fn aim(step: &Step, world: &World<'_>, names: &Value, logins: &Logins) -> Result<Aim, Blocked> {
    let text = |template: &Template| -> Result<String, Blocked> {
        let value = template.evaluate(names).map_err(no_value)?;
        Ok(value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned))
    };
    let texts = |pairs: &[(String, Template)]| -> Result<Vec<(String, String)>, Blocked> {
        pairs
            .iter()
            .map(|(name, value)| Ok((name.clone(), text(value)?)))
            .collect()
    };
    let maybe = |template: &Option<Template>| template.as_ref().map(text).transpose();
    Ok(Aim::Dial(match &step.probe {
        Probe::Resource(name) => {
            // What keeps the resource itself from being looked for is told here; that it is missing is an observation.
            world.resource(name)?;
            return Ok(Aim::Look(name.clone()));
        }
        Probe::Dns { name, record } => Request::Dns(Dns {
            name: text(name)?,
            record: *record,
        }),
        Probe::Tcp { host, port } => Request::Tcp(Tcp {
            host: text(host)?,
            port: port_of(&text(port)?)?,
        }),
        Probe::Http {
            url,
            method,
            headers,
            json,
            form,
            select,
            capture,
        } => Request::Http(Http {
            url: text(url)?,
            method: method.clone(),
            headers: texts(headers)?,
            json: *json,
            form: texts(form)?,
            select: select.clone(),
            capture: texts(capture)?,
        }),
        Probe::Mysql {
            host,
            login,
            database,
            query,
        } => Request::Mysql(Mysql {
            host: match host {
                Some((host, port)) => Some((text(host)?, port_of(&text(port)?)?)),
                None => None,
            },
            login: login.as_ref().and_then(|login| logins.get(login).cloned()),
            database: maybe(database)?,
            query: maybe(query)?,
        }),
        Probe::Command {
            argv,
            script,
            parse,
            capture,
        } => Request::Command(Command {
            line: match maybe(script)? {
                Some(script) => Line::Script(script),
                None => Line::Words(argv.iter().map(text).collect::<Result<_, _>>()?),
            },
            parse: *parse,
            capture: texts(capture)?,
        }),
        Probe::Vantage => Request::Ready,
        Probe::Drill(drill) => {
            let name = drill.disrupt.resource();
            world.resource(name)?;
            return Ok(Aim::Look(name.to_owned()));
        }
    }))
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

/// The resource that a step looks at, as an observation: with the fields that the step asks for.
///
/// # Errors
/// Something that finding it takes is missing, or what the check asks was not observed.
pub fn look(world: &World<'_>, step: &Step, name: &str) -> Result<Observation, Blocked> {
    let joined = |record: &Record| world.joined(name, record, &step.paths);
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
