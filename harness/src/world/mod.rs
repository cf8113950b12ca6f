//! The lab's resources in what was observed: which record each name stands for, what templates are given, and why
//! something can't be had. Pure: a [`Snapshot`] in, values out; looked at again from evidence it says the same.
mod lookup;
mod memo;
mod near;
mod need;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub use memo::Memo;
pub use near::{Near, Why};
pub use need::{complete_snapshot, read_by};

use crate::aws::{Kind, Paths, Record, Snapshot, at};
use crate::fault::{Code, Layer, ProbeError};
use crate::observe::schema::{Meaning, ProbeSchema};
use crate::plan::template::{Template, TemplateError};
use crate::plan::{Check, Plan, Use};

/// The outcome of a resource that is there.
pub const FOUND: &str = "found";
/// The outcome of one that is not.
pub const NOT_FOUND: &str = "not_found";
/// The outcome of several where one is wanted.
pub const AMBIGUOUS: &str = "ambiguous";

/// `resource`; its fields are those of the resource's kind.
pub static RESOURCE: ProbeSchema = ProbeSchema {
    probe: "resource",
    positive: FOUND,
    outcomes: &[
        Meaning {
            name: FOUND,
            doc: "the one resource is there",
        },
        Meaning {
            name: NOT_FOUND,
            doc: "there is none",
        },
        Meaning {
            name: AMBIGUOUS,
            doc: "there are several where one is wanted",
        },
    ],
    fields: &[],
};

/// What a name of the lab stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The one resource.
    One(Record),
    /// All that match.
    Many(Vec<Record>),
    /// There is none; what was near.
    Missing(Vec<Near>),
    /// There are several where one is wanted.
    Several(Vec<Near>),
}

/// Why a value can't be had.
#[derive(Clone, Debug, PartialEq)]
pub enum Blocked {
    /// The stack has no such thing: a resource, or a field of it.
    Missing {
        /// The resource, or `web1.public_ip_address`.
        name: String,
        /// `no load_balancer named ha-system-alb`.
        detail: String,
    },
    /// It could not be observed.
    Fault(ProbeError),
}

/// A name seen in another region, for the hint to one that is missing here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The resource's name in the lab.
    pub resource: String,
    /// The region.
    pub region: String,
}

/// The lab's resources in one snapshot.
pub struct World<'a> {
    plan: &'a Plan,
    snapshot: &'a Snapshot,
    elsewhere: &'a [Elsewhere],
    nonce: &'a str,
    memo: Arc<Memo>,
}

impl<'a> World<'a> {
    /// The resources of `plan` in `snapshot`.
    #[must_use]
    pub fn new(
        plan: &'a Plan,
        snapshot: &'a Snapshot,
        elsewhere: &'a [Elsewhere],
        nonce: &'a str,
    ) -> Self {
        Self {
            plan,
            snapshot,
            elsewhere,
            nonce,
            memo: Arc::default(),
        }
    }

    /// The same resources, with what was worked out of them before: by the same plan, of the same snapshot.
    #[must_use]
    pub fn knowing(self, memo: Arc<Memo>) -> Self {
        Self { memo, ..self }
    }

    /// What `name` stands for. Worked out once.
    ///
    /// # Errors
    /// Something that finding it takes is missing or was not observed.
    pub fn resource(&self, name: &str) -> Result<Found, Blocked> {
        self.memo.found(name, || self.look_up(name))
    }

    /// The values of everything that `check` names: vars, built-in names, resources and `each`.
    ///
    /// # Errors
    /// A resource that it names is missing, ambiguous, or was not observed.
    pub fn names_for(&self, check: &Check) -> Result<Value, Blocked> {
        let mut names = self.names_of(&check.uses)?;
        let nonce = nonce_of(self.nonce, &check.id);
        names.insert("nonce".to_owned(), Value::from(nonce));
        if let Some(each) = &check.each
            && let Some(value) = names.get(each).cloned()
        {
            names.insert("each".to_owned(), value);
        }
        Ok(Value::Object(names))
    }

    /// Vars, built-in names and the resources among `uses`, each with just the fields that are used: what another check
    /// asks and was not observed is that check's trouble.
    fn names_of(&self, uses: &[Use]) -> Result<Map<String, Value>, Blocked> {
        let mut names = self.plan.names.clone();
        names.insert("nonce".to_owned(), Value::from(self.nonce));
        for used in uses {
            if names.contains_key(&used.resource) {
                continue;
            }
            let paths = uses
                .iter()
                .filter(|other| other.resource == used.resource)
                .map(|other| other.path.clone())
                .collect();
            let value = match self.resource(&used.resource)? {
                Found::One(record) => self.known(&used.resource, &record, &paths)?,
                Found::Many(records) => records
                    .iter()
                    .map(|record| self.known(&used.resource, record, &paths))
                    .collect::<Result<Vec<_>, _>>()?
                    .into(),
                Found::Missing(_) => return Err(self.missing(&used.resource, "no")),
                Found::Several(_) => return Err(self.missing(&used.resource, "more than one")),
            };
            names.insert(used.resource.clone(), value);
        }
        Ok(names)
    }

    /// A record with the relations along `paths`.
    ///
    /// # Errors
    /// What a path names was not observed.
    pub fn joined(&self, name: &str, record: &Record, paths: &Paths) -> Result<Value, Blocked> {
        let kind = self.kind(name).ok_or_else(|| Blocked::Missing {
            name: name.to_owned(),
            detail: "not in the lab".to_owned(),
        })?;
        self.snapshot
            .expand(kind, record, paths)
            .map_err(Blocked::Fault)
    }

    /// The same, worked out once: what checks name, they name again and again.
    fn known(&self, name: &str, record: &Record, paths: &Paths) -> Result<Value, Blocked> {
        let join = || self.joined(name, record, paths);
        match at(record, &["id"]) {
            Some(id) => self.memo.joined((name, id, paths), join),
            None => join(),
        }
    }

    fn missing(&self, name: &str, how_many: &str) -> Blocked {
        Blocked::Missing {
            name: name.to_owned(),
            detail: format!("{how_many} {}", self.title_of(name)),
        }
    }

    /// `load_balancer named ha-system-alb`.
    fn title_of(&self, name: &str) -> String {
        let Some(resource) = self.plan.resources.get(name) else {
            return name.to_owned();
        };
        let kind = resource.kind.word();
        match self.name_of(name) {
            Some(named) => format!("{kind} named {named}"),
            None => format!("{kind} for `{name}`"),
        }
    }

    /// The name by which the lab finds a resource.
    #[must_use]
    pub fn name_of(&self, name: &str) -> Option<String> {
        let resource = self.plan.resources.get(name)?;
        self.text(resource.name.as_ref()?, &resource.uses).ok()
    }

    /// A template's value as text.
    ///
    /// # Errors
    /// Something that it names is missing, or could not be observed.
    pub fn text(&self, template: &Template, uses: &[Use]) -> Result<String, Blocked> {
        let names = Value::Object(self.names_of(uses)?);
        let value = template.evaluate(&names).map_err(no_value)?;
        Ok(value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned))
    }

    /// Whether the lab is graded whole without this vantage.
    #[must_use]
    pub fn is_optional(&self, vantage: &str) -> bool {
        self.plan.optional_vantages.contains(vantage)
    }

    /// The kind of a resource of the plan.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<Kind> {
        self.plan.resources.get(name).map(|resource| resource.kind)
    }
}

/// Unique for the run and the check: what one check makes is never another's.
fn nonce_of(run: &str, check: &str) -> String {
    let hash = Sha256::digest(check);
    format!(
        "{run}{:02x}{:02x}{:02x}{:02x}",
        hash[0], hash[1], hash[2], hash[3]
    )
}

/// A template that gave nothing: the stack lacks the value, or the author's expression failed on it.
#[must_use]
pub fn no_value(error: TemplateError) -> Blocked {
    match error {
        TemplateError::NoValue(name) => Blocked::Missing {
            name,
            detail: "has no value".to_owned(),
        },
        other => Blocked::Fault(ProbeError::new(
            Code::Template,
            Layer::Harness,
            "template",
            other.to_string(),
        )),
    }
}
