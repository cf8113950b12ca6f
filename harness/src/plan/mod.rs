//! The plan: a lab made ready to run. Names are unique and resolved, the graph of needs has no circle, every path and
//! template is held against the schema of what it speaks of, every negative has its control. It is made once, from
//! what the author wrote ([`crate::language::ast`]), and nobody behind it looks at YAML again.
pub mod build;
mod check;
mod expectation;
pub mod guard;
mod implied;
mod needs;
mod paths;
mod phases;
mod probe;
mod references;
mod resources;
pub mod select;
pub mod template;
pub mod typed;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value};

pub use build::build;
pub use phases::END;
pub use select::{Filter, Selected};

use crate::aws::{Kind, Paths};
use crate::judge::condition::Condition;
use crate::language::ast::{At, Severity};
use crate::observe::schema::{self, ProbeSchema};
use crate::observe::{Parser, Picks, RecordKind};
use crate::text::Text;
use template::Template;

/// One attempt's bound where the check names none.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a probe is dialled from when its check does not say.
pub const INTERNET: &str = "internet";

/// A lab, ready: every check of every phase.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The lab's name.
    pub lab: String,
    /// Its title.
    pub title: Text,
    /// Its regions; the first is the default.
    pub regions: Vec<String>,
    /// Its phases, in order.
    pub phases: Vec<String>,
    /// The values of vars and of the built-in names (`stack`, `region`, `lab`).
    pub names: Map<String, Value>,
    /// Resources by name.
    pub resources: IndexMap<String, Resource>,
    /// Checks in an order in which needs come first, else as written.
    pub checks: Vec<Arc<Check>>,
    /// Ids of the rows of the lab's text.
    pub rows: Vec<String>,
    /// The hosts that the stack's own vantages go through, by the vantage's name.
    pub hosts: IndexMap<String, Host>,
    /// Vantages whose checks are outside the score of a stack that has none.
    pub optional_vantages: BTreeSet<String>,
}

/// A host of the stack that a vantage goes through.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name or address.
    pub host: Template,
    /// Everything that this names.
    pub uses: Vec<Use>,
}

/// A resource of the lab: how to find it in a snapshot.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its kind.
    pub kind: Kind,
    /// Whether it is the list of all that match, or the one.
    pub plural: bool,
    /// Its name, where the lab finds it by that.
    pub name: Option<Template>,
    /// The resource that is its VPC.
    pub vpc: Option<String>,
    /// Tags that it must have.
    pub tags: Vec<(String, Template)>,
    /// What else must hold of it.
    pub filter: Option<Condition>,
    /// The paths that `filter` looks at.
    pub filter_paths: Paths,
    /// What finding it takes of other resources.
    pub uses: Vec<Use>,
    /// The check that fails when it is not found, by id; none for a plural, which is never missing.
    pub finder: Option<String>,
}

/// A check, ready: one for each element of its `for_each`.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its id, `[each]` included.
    pub id: String,
    /// Its file, as shown to users.
    pub file: String,
    /// The line of its id, from 1.
    pub line: u32,
    /// The rows that it asserts.
    pub asserts: Vec<String>,
    /// Its title.
    pub title: Text,
    /// Index of the first phase in which it holds.
    pub since: usize,
    /// Index of the last.
    pub until: usize,
    /// Indices of phases in between in which it does not hold.
    pub except: Vec<usize>,
    /// Its severity.
    pub severity: Severity,
    /// Its weight; a share of the written one under `for_each`.
    pub points: f64,
    /// The resource that `each` stands for.
    pub each: Option<String>,
    /// Ids of checks that must have passed.
    pub needs: Vec<String>,
    /// Ids of checks without which silence is not explained.
    pub agrees_with: Vec<String>,
    /// Ids of checks that this one is folded under when both fail.
    pub because: Vec<String>,
    /// What is looked at, in order; at least one.
    pub steps: Vec<Step>,
    /// What is done in the end, whatever became of the steps.
    pub finally: Vec<Step>,
    /// Whether it changes the stack, and so needs an opt-in and runs alone.
    pub writes: bool,
    /// The logins that it uses.
    pub logins: Vec<String>,
    /// How long it may take to come true; none: at once.
    pub eventually: Option<Duration>,
    /// One attempt's bound.
    pub timeout: Duration,
    /// Hints in order, with what picks each.
    pub hints: Vec<Hint>,
    /// Everything that it names.
    pub uses: Vec<Use>,
}

/// One look of a check.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The vantage, for a probe that is dialled.
    pub from: Option<String>,
    /// What is looked at.
    pub probe: Probe,
    /// What must hold; the implied outcome is in it.
    pub condition: Condition,
    /// What must hold, on one line, for people.
    pub expects: String,
    /// The paths into its resource that the condition and the hints look at.
    pub paths: Paths,
    /// How often in a row it must hold.
    pub times: u32,
    /// What of the observation later steps know, by name.
    pub save: Vec<(String, Vec<String>)>,
}

/// A hint, and what picks it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// On which step's observation, and what must hold of it; none: always.
    pub when: Option<(usize, Condition)>,
    /// What the student should look at and click.
    pub text: Text,
}

/// A resource that a check names, and the fields of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The resource; `each` is resolved.
    pub resource: String,
    /// The field; empty for the resource as a whole.
    pub path: Vec<String>,
}

/// What a check looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    /// A resource by its name in the lab.
    Resource(String),
    /// A name.
    Dns {
        /// The name asked.
        name: Template,
        /// The record type.
        record: RecordKind,
    },
    /// A port.
    Tcp {
        /// Name or address.
        host: Template,
        /// Port.
        port: Template,
    },
    /// A page.
    Http {
        /// The whole URL.
        url: Template,
        /// GET, HEAD or POST.
        method: String,
        /// Request headers.
        headers: Vec<(String, Template)>,
        /// Whether the body is read as JSON.
        json: bool,
        /// The fields of a form.
        form: Vec<(String, Template)>,
        /// CSS selectors by name.
        select: Picks,
        /// Regexes by name.
        capture: Vec<(String, Template)>,
    },
    /// A statement.
    Mysql {
        /// Name or address, and port; none: the connection that the steps before hold.
        host: Option<(Template, Template)>,
        /// The login's name.
        login: Option<String>,
        /// The database to begin in.
        database: Option<Template>,
        /// The statement; none to log in and no more.
        query: Option<Template>,
    },
    /// A command on the vantage's host.
    Command {
        /// Its words.
        argv: Vec<Template>,
        /// In their place, a script.
        script: Option<Template>,
        /// How standard output is read.
        parse: Option<Parser>,
        /// Regexes by name.
        capture: Vec<(String, Template)>,
    },
    /// The vantage itself.
    Vantage,
    /// A rehearsed failure: what was measured of it is its observation.
    Drill(Drill),
}

/// A drill, its resources and checks by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Drill {
    /// What is disrupted.
    pub disrupt: Disrupt,
    /// The target group whose health tells that it is seen.
    pub target_group: Option<String>,
    /// The check that is sampled all through.
    pub steady_state: String,
    /// Between two samples, in the stack's time.
    pub every: Duration,
    /// Checks looked at while it is disrupted.
    pub during: Vec<String>,
    /// Checks looked at when it is restored.
    pub after: Vec<String>,
    /// Whether a fail-over is undone, too.
    pub restore_writer: bool,
}

/// What is disrupted, by the name of the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disrupt {
    /// A server is stopped.
    Stop(String),
    /// A cluster fails over.
    FailOver(String),
    /// A service on a server is stopped, from the check's vantage.
    StopService {
        /// The server.
        instance: String,
        /// The unit that systemd knows it by.
        unit: String,
    },
}

impl Disrupt {
    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &str {
        match self {
            Self::Stop(name) | Self::FailOver(name) => name,
            Self::StopService { instance, .. } => instance,
        }
    }
}

impl Probe {
    /// Whether it opens a connection to its target, rather than asking somebody to look.
    #[must_use]
    pub fn dials(&self) -> bool {
        matches!(
            self,
            Self::Tcp { .. } | Self::Http { .. } | Self::Mysql { .. }
        )
    }

    /// What its observation can be.
    #[must_use]
    pub fn schema(&self) -> &'static ProbeSchema {
        match self {
            Self::Resource(_) => &crate::world::RESOURCE,
            Self::Dns { .. } => &schema::DNS,
            Self::Tcp { .. } => &schema::TCP,
            Self::Http { .. } => &schema::HTTP,
            Self::Mysql { .. } => &schema::MYSQL,
            Self::Command { .. } => &schema::COMMAND,
            Self::Vantage => &schema::VANTAGE,
            Self::Drill(_) => &schema::DRILL,
        }
    }

    /// Every template in it.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Resource(_) | Self::Vantage | Self::Drill(_) => Vec::new(),
            Self::Dns { name, .. } => vec![name],
            Self::Tcp { host, port } => vec![host, port],
            Self::Http {
                url,
                headers,
                form,
                capture,
                ..
            } => std::iter::once(url)
                .chain(
                    headers
                        .iter()
                        .chain(form)
                        .chain(capture)
                        .map(|(_, value)| value),
                )
                .collect(),
            Self::Mysql {
                host,
                database,
                query,
                ..
            } => host
                .iter()
                .flat_map(|(host, port)| [host, port])
                .chain(database)
                .chain(query)
                .collect(),
            Self::Command {
                argv,
                script,
                capture,
                ..
            } => argv
                .iter()
                .chain(script)
                .chain(capture.iter().map(|(_, value)| value))
                .collect(),
        }
    }

    /// The host that it is aimed at, or the URL in which that stands, as written.
    #[must_use]
    pub fn host(&self) -> Option<&Template> {
        match self {
            Self::Dns { name, .. } => Some(name),
            Self::Tcp { host, .. } => Some(host),
            Self::Http { url, .. } => Some(url),
            Self::Mysql { host, .. } => host.as_ref().map(|(host, _)| host),
            Self::Resource(_) | Self::Command { .. } | Self::Vantage | Self::Drill(_) => None,
        }
    }
}

impl Check {
    /// Its first step, which tells what kind of check it is.
    #[must_use]
    pub fn first(&self) -> &Step {
        &self.steps[0]
    }

    /// The drill that it is.
    #[must_use]
    pub fn drill(&self) -> Option<&Drill> {
        match &self.first().probe {
            Probe::Drill(drill) => Some(drill),
            _ => None,
        }
    }

    /// All that it looks at, the last things included.
    pub fn looks(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.finally)
    }

    /// The resources that its steps look at, by name.
    pub fn probed(&self) -> impl Iterator<Item = &str> {
        self.looks().filter_map(|step| match &step.probe {
            Probe::Resource(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The vantages that it is dialled from.
    pub fn vantages(&self) -> impl Iterator<Item = &str> {
        self.looks().filter_map(|step| step.from.as_deref())
    }

    /// Whether it is asked in the phase with this index.
    #[must_use]
    pub fn holds_in(&self, phase: usize) -> bool {
        (self.since..=self.until).contains(&phase) && !self.except.contains(&phase)
    }
}

impl Plan {
    /// The steps of all checks, those that clean up too, that look from such a vantage.
    pub fn steps_from(&self, is: impl Fn(&str) -> bool) -> impl Iterator<Item = &Step> {
        let checks = self.checks.iter();
        let steps = checks.flat_map(|check| check.steps.iter().chain(&check.finally));
        steps.filter(move |step| step.from.as_deref().is_some_and(&is))
    }

    /// The check with this id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Arc<Check>> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// Has the checks that are equal in memory once for both: a class's plans differ in little but their vars.
    pub fn share(&mut self, other: &Self) {
        for (mine, theirs) in self.checks.iter_mut().zip(&other.checks) {
            if mine == theirs {
                *mine = Arc::clone(theirs);
            }
        }
    }

    /// The index of a phase.
    #[must_use]
    pub fn phase(&self, name: &str) -> Option<usize> {
        self.phases.iter().position(|phase| phase == name)
    }
}

/// The text of a value with a place, for messages.
fn names_of(values: &[At<String>]) -> Vec<&str> {
    values.iter().map(|value| value.value.as_str()).collect()
}
