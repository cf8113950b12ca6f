//! What a run hands over for its report, beside the [`crate::result::CheckResult`]s: facts about the run and about each
//! check of the plan. Plain data; it must not know how any of it was found out.
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::model::{Billed, Kind, Override, Selection, Signal};
use crate::language::ast::Severity;
use crate::text::Text;

/// The run as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFacts {
    /// The stack's name as the user gave it, or the demo's.
    pub stack: String,
    /// The lab's name: `ha-web`.
    pub lab: String,
    /// The lab's title.
    pub lab_title: Text,
    /// The phase in which the stack was looked at.
    pub phase: String,
    /// The region of the stack.
    pub region: String,
    /// The account's pseudonym; none where no call told it.
    pub account: Option<String>,
    /// The profile of the credentials; none where the ordinary chain was used.
    pub profile: Option<String>,
    /// When the run began.
    pub started_at: Timestamp,
    /// How long the run took, in milliseconds.
    pub elapsed_ms: u64,
    /// SHA-256 over the check files, in hexadecimal.
    pub checks_digest: String,
    /// Whether the stack was the built-in replica.
    pub demo: bool,
    /// Whatever put something else in the place of AWS, of the network or of the lab's own values.
    pub overrides: Vec<Override>,
    /// SHA-256 of lab, account, region and VPC id, in hexadecimal; none where one of them is not known.
    pub fingerprint: Option<String>,
    /// How often each AWS operation was called, by `service:Operation`.
    pub aws_calls: BTreeMap<String, u64>,
    /// What the user asked for.
    pub selection: Selection,
    /// The signal that ended the run before it was done.
    pub interrupted: Option<Signal>,
    /// What of the lab still runs by the hour.
    pub billed: Vec<Billed>,
}

/// One check of the plan, as far as a report needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckFacts {
    /// Its id, `[each]` included. It is the same as in its result.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// The phase from which it holds.
    pub phase: String,
    /// Its category.
    pub kind: Kind,
    /// How much it weighs: only an error counts.
    pub severity: Severity,
    /// The rows of the lab's text that it asserts.
    pub asserts: Vec<String>,
    /// Its weight; with `for_each` its share of it.
    pub points: f64,
    /// The vantage it was dialled from; none where nothing is dialled.
    pub from: Option<String>,
    /// The ids of the checks that it needs, `[each]` resolved, and with them the checks that probe the resources, the
    /// vantage and the login that it uses: a skip that names `alb` is folded under the check that looks for `alb`.
    pub needs: Vec<String>,
    /// The ids of the checks that explain its failure when they fail too.
    pub because: Vec<String>,
    /// The ids of the checks that explain its silence.
    pub agrees_with: Vec<String>,
    /// Its hints, in written order; [`crate::result::CheckResult::hint`] picks one.
    pub hints: Vec<Text>,
    /// The check's file, relative to the checks' folder's parent: `checks/ha-web/hardened.yaml`.
    pub file: String,
    /// The line of its id in that file, from 1.
    pub line: u32,
    /// What it looks at and what must hold, on one line: `tcp web1:3000, outcome timeout`.
    pub expects: String,
    /// Whether the user's selection names it. What is not selected ran because something selected needs it, and shows
    /// only as a cause.
    pub selected: bool,
}
