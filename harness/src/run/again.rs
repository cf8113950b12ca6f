//! A run judged again from what it left in its folder: `evidence.json` says what was seen, `result.json` when, where and
//! with which permissions. Nothing is called; what the checks ask now and nobody looked at then is told as such.
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::Options;
use super::evidence::{self, Evidence};
use super::facts::check_facts;
use super::prepare::{Refusal, checks_folder, lab_folder, plan_with};
use crate::aws::Snapshot;
use crate::language::ast::{At, Span};
use crate::plan::Filter;
use crate::plan::build::Inputs;
use crate::report::facts::RunFacts;
use crate::report::inert::inert_to;
use crate::report::model::{self, Report};

/// The largest file of a run that is read: one that somebody handed in may be anything.
pub const LARGEST: u64 = 256 << 20;

/// A run as it was kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it saw.
    pub evidence: Evidence,
    /// What it was, and how it was judged then.
    pub report: Report,
    /// The look that it is told apart from, where a class keeps that once.
    pub look: Option<Snapshot>,
}

impl Kept {
    /// Reads the folder of a run.
    ///
    /// # Errors
    /// A file is missing, is none of ours, or is another run's.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let alone = |_: &str| {
            let why = "evidence.json leans on a look of a class: it is no run by itself";
            Err(why.to_owned())
        };
        Self::read_with(folder, alone)
    }

    /// The same of a run whose snapshots may be told apart from a look, which `look` has by its digest.
    ///
    /// # Errors
    /// As [`Kept::read`], and what `look` says.
    pub fn read_with(
        folder: &Path,
        look: impl FnOnce(&str) -> Result<Snapshot, String>,
    ) -> Result<Self, String> {
        let evidence: Evidence = file(folder, "evidence.json")?;
        let report: Report = file(folder, "result.json")?;
        let known = [
            ("evidence.json", evidence.schema.as_str(), evidence::SCHEMA),
            ("result.json", report.schema.as_str(), model::SCHEMA),
        ];
        if let Some((name, is, wanted)) = known.iter().find(|(_, is, wanted)| is != wanted) {
            let is = inert_to(is, 80);
            return Err(format!("{name} is of the schema `{is}`, not `{wanted}`"));
        }
        let inputs = &evidence.inputs;
        let one_run = inputs.checks_digest == report.checks_digest
            && inputs.lab == report.lab
            && inputs.phase == report.phase
            && inputs.region == report.region
            && inputs.given.opt_ins == report.selection.opt_ins;
        if !one_run {
            return Err("evidence.json and result.json are not of the same run".to_owned());
        }
        let look = evidence.apart.as_ref().map(|apart| look(&apart.look));
        let look = look.transpose()?;
        let evidence = match &look {
            Some(look) => evidence.whole(look),
            None => evidence,
        };
        Ok(Self {
            evidence,
            report,
            look,
        })
    }

    /// Judges it by the checks as they are now. The report is the run's own but for what its checks amount to.
    ///
    /// # Errors
    /// The lab is wrong or missing, or no longer has the run's phase.
    pub fn judge(&self, options: &Options) -> Result<Report, Refusal> {
        let inputs = &self.evidence.inputs;
        let folder = lab_folder(&inputs.lab, &checks_folder(options)?)?;
        let planned = Inputs {
            vars: inputs.vars.clone(),
            stack: inputs.stack.clone(),
            region: Some(inputs.region.clone()),
            // Nobody is dialled; but what names the hosts is needed all the same.
            hosts: inputs
                .hosts
                .iter()
                .map(|(name, host)| (name.clone(), At::new(host.clone(), Span::default())))
                .collect(),
        };
        let (_, plan, checks_digest) = plan_with(&folder, &planned)?;
        let Some(phase) = plan.phases.iter().position(|name| *name == inputs.phase) else {
            let phase = inert_to(&inputs.phase, 80);
            return Err(Refusal::bad_input(format!(
                "the lab `{}` has no phase `{phase}` any more, in which the run looked",
                plan.lab
            )));
        };
        let selected = plan.select(phase, &self.filter());
        let results = self.evidence.judge(&selected);
        let checks = selected
            .checks
            .iter()
            .filter_map(|check| {
                let result = results.iter().find(|result| result.id == check.id)?;
                Some((check_facts(&selected, check), result.clone()))
            })
            .collect();
        let facts = RunFacts {
            lab_title: plan.title.clone(),
            checks_digest,
            ..self.run_facts()
        };
        Ok(Report::assemble(facts, checks))
    }

    /// What the run selected: everything, or the checks that it reported.
    fn filter(&self) -> Filter {
        if self.evidence.inputs.filter.is_none() {
            return Filter::default();
        }
        let selected = self.report.checks.iter().filter(|check| check.selected);
        Filter {
            patterns: selected.map(|check| check.id.clone()).collect(),
            exact: true,
            skip: Vec::new(),
        }
    }

    fn run_facts(&self) -> RunFacts {
        let report = self.report.clone();
        RunFacts {
            stack: report.stack,
            lab: report.lab,
            lab_title: report.lab_title,
            phase: report.phase,
            region: report.region,
            account: report.account,
            profile: report.profile,
            started_at: report.started_at,
            elapsed_ms: report.elapsed_ms,
            checks_digest: report.checks_digest,
            demo: report.demo,
            overrides: report.overrides,
            fingerprint: report.fingerprint,
            aws_calls: report.aws_calls,
            billed: report.billed,
            selection: report.selection,
            interrupted: report.interrupted,
        }
    }
}

fn file<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, String> {
    let told = |error: &dyn std::fmt::Display| {
        let error = inert_to(&error.to_string(), 200);
        format!("{name}: {error}")
    };
    let file = std::fs::File::open(folder.join(name)).map_err(|error| told(&error))?;
    let mut text = String::new();
    let read = file.take(LARGEST + 1).read_to_string(&mut text);
    let length = read.map_err(|error| told(&error))?;
    if length as u64 > LARGEST {
        return Err(format!(
            "{name}: more than {LARGEST} bytes are no run of ours"
        ));
    }
    serde_json::from_str(&text).map_err(|error| told(&error))
}
