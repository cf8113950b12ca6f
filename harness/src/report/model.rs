//! The report as data: `result.json`, field for field. Titles and hints stay in both languages and differences stay
//! differences; sentences are made when rendering, in [`super::words`]. It must not know any format.
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::measured::Measured;
use crate::fault::{Code, ProbeError};
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::result::{Mismatch, Skip, StepAt};
use crate::text::Text;

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "labcheck/result/v1";

/// A whole run. [`Report::assemble`] makes it; equal runs give equal reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The stack's name.
    pub stack: String,
    /// The lab's name.
    pub lab: String,
    /// The lab's title.
    pub lab_title: Text,
    /// The phase in which the stack was looked at.
    pub phase: String,
    /// The region of the stack.
    pub region: String,
    /// The account's pseudonym.
    pub account: Option<String>,
    /// The profile of the credentials.
    pub profile: Option<String>,
    /// When the run began, UTC.
    pub started_at: Timestamp,
    /// How long the run took, in milliseconds.
    pub elapsed_ms: u64,
    /// SHA-256 over the check files, in hexadecimal.
    pub checks_digest: String,
    /// Whether the stack was the built-in replica.
    pub demo: bool,
    /// Whatever put something else in the place of AWS, of the network or of the lab's own values.
    pub overrides: Vec<Override>,
    /// SHA-256 of lab, account, region and VPC id, in hexadecimal.
    pub fingerprint: Option<String>,
    /// How often each AWS operation was called, by `service:Operation`.
    pub aws_calls: BTreeMap<String, u64>,
    /// What the user asked for.
    pub selection: Selection,
    /// The signal that ended the run before it was done.
    pub interrupted: Option<Signal>,
    /// The marks; null when a filter was given, since a part of a lab has no score.
    pub score: Option<Score>,
    /// What of the lab still runs by the hour; empty for a demo.
    #[serde(default)]
    pub billed: Vec<Billed>,
    /// One row for each selected check, and for each that keeps a selected one from passing, in the plan's order.
    pub checks: Vec<Check>,
}

/// Something of the lab that is billed for as long as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// What it is.
    pub kind: BilledKind,
    /// Its name, or its id where it has none.
    pub name: String,
}

/// What is billed by the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BilledKind {
    /// A running EC2 instance.
    Server,
    /// A database instance.
    Database,
    /// A load balancer.
    LoadBalancer,
    /// A NAT gateway.
    NatGateway,
}

/// Something that stands in the place of AWS, of the network or of the lab's own values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// What is replaced.
    pub kind: OverrideKind,
    /// Which one: a service (`ec2`, or `*` for all), a vantage, a var.
    pub name: String,
    /// By what: a URL, an address, a value.
    pub value: String,
}

/// What an [`Override`] replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideKind {
    /// The endpoint of an AWS service.
    Endpoint,
    /// A vantage's resolver.
    Resolver,
    /// The gateway that a vantage dials through.
    Gateway,
    /// A var given on the command line, or, of what was handed in, one that is not as the class has it.
    Var,
    /// The folder of the checks.
    Checks,
}

/// What the user asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// `--phase`, if it was given.
    pub phase: Option<String>,
    /// The filter as typed, with `--skip` and `--exact`; null when the whole lab was selected.
    pub filter: Option<String>,
    /// The opt-in flags that were given: `--allow-writes`, `--allow-disruptive`.
    pub opt_ins: Vec<String>,
}

/// The signal that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`, or the end of a CI job.
    Terminate,
}

/// The marks of a whole lab. Points are weights; [`Score::percent`] scales them to 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Points of the checks that passed.
    pub points: f64,
    /// Points of all checks inside the score; it depends on the lab and the opt-ins only, never on the stack.
    pub max_points: f64,
    /// `points` of `max_points`, 0 to 100 with two decimals; null while the score is incomplete, or without points.
    pub percent: Option<f64>,
    /// Whether each check inside the score came to a verdict.
    pub complete: bool,
    /// What kept checks from a verdict.
    pub would_complete: Vec<Gap>,
    /// What is outside the score until an opt-in is given.
    pub outside: Vec<Outside>,
}

/// One cause for which checks inside the score have no verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The cause.
    pub missing: Missing,
    /// How many checks have no verdict for it.
    pub checks: usize,
    /// Their points.
    pub points: f64,
}

/// What a verdict lacks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// An observation: it did not come about for this reason.
    Observation(Code),
    /// A vantage that is not configured, by name.
    Vantage(String),
    /// A login that is not configured, by name.
    Login(String),
}

/// Checks outside the score, since their opt-in was not given, or the stack has no vantage for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outside {
    /// The flag, `--allow-disruptive`, or the place in the stack file, `vantages.web1`.
    pub opt_in: String,
    /// How many checks await it, what needs them included.
    pub checks: usize,
    /// The points that they would add.
    pub points: f64,
}

/// One check and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Its id, `[each]` included; unique in a report.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// The phase from which it holds.
    pub phase: String,
    /// Its category.
    pub kind: Kind,
    /// How much it weighs.
    pub severity: Severity,
    /// The rows of the lab's text that it asserts.
    pub asserts: Vec<String>,
    /// The verdict.
    pub outcome: Outcome,
    /// The points it earned.
    pub points: f64,
    /// The points it could earn: 0 for a warning, an information and what is outside the score.
    pub max_points: f64,
    /// From the start of the check to its verdict, in milliseconds.
    pub elapsed_ms: u64,
    /// Every try, in order; what was seen in full is in `evidence.json`.
    pub attempts: Vec<Try>,
    /// The vantage it was dialled from.
    pub from: Option<String>,
    /// What it looks at and what must hold, on one line.
    pub expects: String,
    /// Failed: every difference.
    pub mismatches: Vec<Mismatch>,
    /// Failed, in a check of several steps: at which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepAt>,
    /// What a drill that came to its end measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Measured>,
    /// Failed for not finding, or finding too many: what was near, or what all fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
    /// Errored: why. Failed: what the check made and could not remove again.
    pub error: Option<ProbeError>,
    /// Skipped: why.
    pub skip: Option<Skip>,
    /// The ids of the checks that it needs.
    pub needs: Vec<String>,
    /// The ids of the checks that explain its failure.
    pub because: Vec<String>,
    /// The ids of the checks that explain its silence.
    pub agrees_with: Vec<String>,
    /// What to look at and click; the observation picked it.
    pub hint: Option<Text>,
    /// The check's file.
    pub file: String,
    /// The line of its id there, from 1.
    pub line: u32,
    /// Whether the user's selection names it; if not, it is here as a cause only.
    pub selected: bool,
}

/// A check's category: what it looks through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What the AWS API says of a resource.
    Resource,
    /// A name.
    Dns,
    /// A port.
    Tcp,
    /// A page.
    Http,
    /// A database.
    Mysql,
    /// A command on a host.
    Command,
    /// A vantage itself.
    Vantage,
    /// A rehearsed failure.
    Drill,
}

impl Kind {
    /// The word in `result.json` and in `junit.xml`'s properties.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Http => "http",
            Self::Mysql => "mysql",
            Self::Command => "command",
            Self::Vantage => "vantage",
            Self::Drill => "drill",
        }
    }
}

/// One try, without what was seen in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// Since the run began, in milliseconds.
    pub at_ms: u64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What it was aimed at.
    pub target: String,
    /// The observation's outcome: `connected`, `timeout`, `found`, …; null where nothing could be observed.
    pub outcome: Option<String>,
    /// Why nothing could be observed.
    pub error: Option<Code>,
}

/// Something that is nearly what was looked for, or one of several that all fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// Its name.
    pub name: String,
    /// In what it differs.
    pub why: Nearness,
    /// Where it is, or which it is: a VPC, a region, an id.
    #[serde(rename = "where")]
    pub place: Option<String>,
}

/// In what a near miss differs from what was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nearness {
    /// The name fits: one of several, where one was wanted.
    Same,
    /// The same name in another VPC.
    OtherVpc,
    /// The same name in another region.
    OtherRegion,
    /// Other upper and lower case.
    Case,
    /// A blank before or after the name.
    TrailingBlank,
    /// Full-width letters.
    FullWidth,
    /// A name that is alike.
    #[serde(other)]
    Similar,
}
