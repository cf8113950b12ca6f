//! A run judged again from what it left in its folder: `evidence.json` says what was seen, `result.json` when, where and
//! with which permissions. Nothing is called; what the checks ask now and nobody looked at then is told as such.
use std::io::{self, Read};
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

/// The largest file of a run that is read.
pub const LARGEST: u64 = 256 << 20;

/// The most that is read of a run: what somebody handed in may be anything, and two bytes (`0,`) are a value of a hundred.
#[derive(Clone, Copy)]
struct Most {
    bytes: u64,
    values: usize,
}

/// Of a class's own, in an account with hundreds of stacks.
const OF_CLASS: Most = Most {
    bytes: LARGEST,
    values: 10_000_000,
};

/// Of a run by itself: eighty times as much as one with drills leaves, since others may share the account that it saw.
const ALONE: Most = Most {
    bytes: 64 << 20,
    values: 1_000_000,
};

/// The most bytes of a run's vars, as JSON: they stand in a stack file, and each check is filled in with them.
const VARS: usize = 64 << 10;

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
        Self::read_within(folder, ALONE, alone)
    }

    /// The same of a run whose snapshots may be told apart from a look, which `look` has by its digest.
    ///
    /// # Errors
    /// As [`Kept::read`], and what `look` says.
    pub fn read_with(
        folder: &Path,
        look: impl FnOnce(&str) -> Result<Snapshot, String>,
    ) -> Result<Self, String> {
        Self::read_within(folder, OF_CLASS, look)
    }

    fn read_within(
        folder: &Path,
        most: Most,
        look: impl FnOnce(&str) -> Result<Snapshot, String>,
    ) -> Result<Self, String> {
        let evidence: Evidence = file(folder, "evidence.json", most)?;
        let report: Report = file(folder, "result.json", most)?;
        let known = [
            ("evidence.json", evidence.schema.as_str(), evidence::SCHEMA),
            ("result.json", report.schema.as_str(), model::SCHEMA),
        ];
        if let Some((name, is, wanted)) = known.iter().find(|(_, is, wanted)| is != wanted) {
            let is = inert_to(is, 80);
            return Err(format!("{name} is of the schema `{is}`, not `{wanted}`"));
        }
        let inputs = &evidence.inputs;
        let vars = serde_json::to_string(&inputs.vars).map_or(usize::MAX, |text| text.len());
        if vars > VARS {
            return Err(format!(
                "evidence.json: vars of more than {VARS} bytes are no stack file's"
            ));
        }
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

fn file<T: DeserializeOwned>(folder: &Path, name: &str, most: Most) -> Result<T, String> {
    let told = |error: &dyn std::fmt::Display| {
        let error = inert_to(&error.to_string(), 200);
        format!("{name}: {error}")
    };
    let path = folder.join(name);
    is_its_own(folder, &path).map_err(|error| told(&error))?;
    let file = std::fs::File::open(path).map_err(|error| told(&error))?;
    let mut text = String::new();
    let read = file.take(most.bytes + 1).read_to_string(&mut text);
    let length = read.map_err(|error| told(&error))?;
    if length as u64 > most.bytes {
        return Err(format!(
            "{name}: more than {} bytes are no run of ours",
            most.bytes
        ));
    }
    // Before any of them is made. Those within texts are counted, too: it is a bound.
    let begins = |byte: &u8| matches!(byte, b',' | b'[' | b'{');
    if text.bytes().filter(begins).count() > most.values {
        return Err(format!(
            "{name}: more than {} values are no run of ours",
            most.values
        ));
    }
    serde_json::from_str(&text).map_err(|error| told(&error))
}

/// Whether a file of a folder is one, and nobody else's. It is not opened: a pipe would wait for whoever writes into it.
fn is_its_own(folder: &Path, path: &Path) -> io::Result<()> {
    let is_link = path.symlink_metadata()?.is_symlink();
    if is_link && !path.canonicalize()?.starts_with(folder.canonicalize()?) {
        return Err(io::Error::other(
            "a link out of the folder: the file itself is wanted",
        ));
    }
    if path.metadata()?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("no regular file"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a folder whose `evidence.json` this makes.
    fn told(make: impl FnOnce(&Path)) -> String {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("handed");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(home.path().join("other.json"), "{}").unwrap();
        make(&folder.join("evidence.json"));
        Kept::read(&folder).unwrap_err()
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_file_of_the_folder_is_refused_before_it_is_opened() {
        use std::os::unix::fs::symlink;

        let link = |to: &'static str| told(move |path| symlink(to, path).unwrap());
        let out = "evidence.json: a link out of the folder: the file itself is wanted";
        assert_eq!(link("../other.json"), out);
        assert_eq!(link("/dev/zero"), out);
        assert!(link("nowhere.json").contains("No such file"));
        let inside = told(|path| {
            std::fs::write(path.with_file_name("mine.json"), "{}").unwrap();
            symlink("mine.json", path).unwrap();
        });
        assert!(inside.contains("missing field"), "it is read: {inside}");
        let no_file = "evidence.json: no regular file";
        assert_eq!(told(|path| std::fs::create_dir(path).unwrap()), no_file);
        let pipe = |path: &Path| {
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.unwrap().success());
        };
        assert_eq!(told(pipe), no_file);
    }

    #[test]
    fn what_would_be_too_much_is_refused_before_it_is_made() {
        let many = format!("[0{}]", ",0".repeat(ALONE.values));
        let write = |text: String| move |path: &Path| std::fs::write(path, text).unwrap();
        assert_eq!(
            told(write(many)),
            "evidence.json: more than 1000000 values are no run of ours"
        );
        let long = " ".repeat(usize::try_from(ALONE.bytes).unwrap() + 1);
        assert_eq!(
            told(write(long)),
            "evidence.json: more than 67108864 bytes are no run of ours"
        );
    }
}
