//! What students handed in: the folder of a run that they made themselves, where nobody else has credentials. It is judged
//! from its evidence by the class's own checks, without a stack. What is in it is the student's word: it is bounded, and a
//! file that is none of ours, or breaks our reader, is that student's line and nobody else's.
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::folder::{RESULT, make_room};
use super::settled::read_report;
use super::vars::others;
use super::{Ended, Graded, Student};
use crate::language::ast::Lab;
use crate::report::files::Reports;
use crate::report::inert::inert_to;
use crate::report::model::{Override, Report};
use crate::run::Options;
use crate::run::again::Kept;

/// A run that was handed in.
#[derive(Clone, Debug)]
pub struct HandedIn {
    /// What became of it.
    pub graded: Graded,
    /// The digest of the checks by which the student's own run was judged.
    pub digest: Option<String>,
}

/// Judges what a student handed in, and keeps it in `folder` beside the others' runs.
#[must_use]
pub fn judge(
    student: &Student,
    base: &Path,
    lab: &Lab,
    options: &Options,
    folder: &Path,
) -> HandedIn {
    let from = base.join(&student.evidence);
    let judged = catch_unwind(AssertUnwindSafe(|| {
        one(student, &from, lab, options, folder)
    }));
    let judged = judged.unwrap_or_else(|_| Err("it breaks labcheck's own reader".to_owned()));
    let (ended, digest) = match judged {
        Ok((report, digest)) => (Ended::Report(Box::new(report)), Some(digest)),
        Err(why) => {
            let why = match no_run(folder) {
                Ok(()) => why,
                Err(error) => format!("{why}; {error}"),
            };
            let shown = inert_to(&student.evidence, 120);
            (Ended::Nothing(format!("{shown}: {why}")), None)
        }
    };
    HandedIn {
        graded: Graded {
            student: student.clone(),
            ended,
        },
        digest,
    }
}

fn one(
    student: &Student,
    from: &Path,
    lab: &Lab,
    options: &Options,
    folder: &Path,
) -> Result<(Report, String), String> {
    let kept = Kept::read(from)?;
    if kept.report.lab != lab.name.value {
        let other = inert_to(&kept.report.lab, 80);
        return Err(format!("a run of the lab `{other}`"));
    }
    let mut report = kept
        .judge(options)
        .map_err(|refusal| inert_to(&refusal.message, 400))?;
    // By what the student's stack file said: whose values they are is told beside the mark, as those of a command line are.
    for other in others(lab, student, &kept.evidence.inputs) {
        let same = |known: &Override| known.kind == other.kind && known.name == other.name;
        report.overrides.retain(|known| !same(known));
        report.overrides.push(other);
    }
    let mut evidence = kept.evidence;
    evidence
        .inputs
        .checks_digest
        .clone_from(&report.checks_digest);
    let kept_before = read_report(&folder.join(RESULT));
    if kept_before.is_some_and(|before| before.started_at != report.started_at) {
        no_run(folder).map_err(|error| error.to_string())?;
    }
    let written = Reports::prepare(folder).and_then(|reports| {
        reports.write_evidence(&evidence)?;
        reports.write_report(&report, options.lang)
    });
    written.map_err(|error| error.to_string())?;
    Ok((report, kept.report.checks_digest))
}

/// An older run is not what was handed in now: it is kept below `earlier`.
fn no_run(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        make_room(folder)
    } else {
        Ok(())
    }
}
