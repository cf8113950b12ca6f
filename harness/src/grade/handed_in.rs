//! What students handed in: the folder of a run that they made themselves, where nobody else has credentials. It is judged
//! from its evidence by the class's own checks, without a stack. What is in it is the student's word: it is bounded in size
//! and time, and what is none of ours, or breaks our reader, is that student's line and nobody else's.
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::folder::{RESULT, make_room};
use super::settled::read_report;
use super::vars::others;
use super::{Ended, Graded, Student};
use crate::language::ast::Lab;
use crate::report::files::Reports;
use crate::report::inert::inert_to;
use crate::report::model::{Override, Report, Signal};
use crate::run::Options;
use crate::run::again::Kept;
use crate::run::signals::{self, Signals};

/// A run that was handed in.
#[derive(Clone, Debug)]
pub struct HandedIn {
    /// What became of it.
    pub graded: Graded,
    /// The digest of the checks by which the student's own run was judged.
    pub digest: Option<String>,
}

/// What everything that is handed in is judged with.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'c> {
    /// Where relative paths of the roster begin.
    pub base: &'c Path,
    /// The lab.
    pub lab: &'c Lab,
    /// The labs' folder and the language.
    pub options: &'c Options,
    /// How long one may take.
    pub limit: Duration,
}

impl Desk<'_> {
    /// Judges what these students handed in, one after the other, and keeps each in its `folder` beside the others' runs.
    /// `tell` is called as each ends. After a signal, which is returned, nobody else begins.
    pub async fn judge(
        &self,
        students: &[Student],
        signals: &mut Option<Signals>,
        folder: impl Fn(&Student) -> PathBuf,
        tell: impl Fn(&Graded),
    ) -> (Vec<HandedIn>, Option<Signal>) {
        let mut interrupted = None;
        let mut all = Vec::new();
        for student in students {
            let ended = if interrupted.is_some() {
                (Ended::interrupted(), None)
            } else {
                tokio::select! {
                    // One that came before this student's turn is heard before it.
                    biased;
                    signal = signals::next(signals) => {
                        interrupted = Some(signal);
                        (Ended::interrupted(), None)
                    }
                    seen = timeout(self.limit, self.seen(student)) => {
                        let seen = seen.unwrap_or_else(|_| Err(Ended::not_within(self.limit)));
                        self.ended(student, seen, &folder(student))
                    }
                }
            };
            let (ended, digest) = ended;
            let graded = Graded {
                student: student.clone(),
                ended,
            };
            tell(&graded);
            all.push(HandedIn { graded, digest });
        }
        (all, interrupted)
    }

    /// Reads and judges. It is a thread's work that nobody waits for once its time is over: so it writes nothing.
    async fn seen(&self, student: &Student) -> Result<(Kept, Report), String> {
        let from = self.base.join(&student.evidence);
        let (lab, options) = (self.lab.name.value.clone(), self.options.clone());
        let (tell, told) = oneshot::channel();
        let look = move || {
            let _nobody_waits_any_more = tell.send(look(&from, &lab, &options));
        };
        let thread = std::thread::Builder::new().spawn(look);
        thread.map_err(|error| error.to_string())?;
        // A thread that panics sends nothing.
        let told = told.await;
        told.unwrap_or_else(|_| Err("it breaks labcheck's own reader".to_owned()))
    }

    fn ended(
        &self,
        student: &Student,
        seen: Result<(Kept, Report), String>,
        folder: &Path,
    ) -> (Ended, Option<String>) {
        let kept = seen.and_then(|(kept, report)| {
            let digest = kept.report.checks_digest.clone();
            let report = self.keep(student, kept, report, folder)?;
            Ok((report, digest))
        });
        let why = match kept {
            Ok((report, digest)) => return (Ended::Report(Box::new(report)), Some(digest)),
            Err(why) => why,
        };
        let why = match make_room_in(folder) {
            Ok(()) => why,
            Err(error) => format!("{why}; {error}"),
        };
        let shown = inert_to(&student.evidence, 120);
        (Ended::Nothing(format!("{shown}: {why}")), None)
    }

    fn keep(
        &self,
        student: &Student,
        kept: Kept,
        mut report: Report,
        folder: &Path,
    ) -> Result<Report, String> {
        // By what the student's stack file said: whose values they are is told beside the mark, as those of a command line are.
        for other in others(self.lab, student, &kept.evidence.inputs) {
            let same = |known: &Override| known.kind == other.kind && known.name == other.name;
            report.overrides.retain(|known| !same(known));
            report.overrides.push(other);
        }
        let mut evidence = kept.evidence;
        evidence
            .inputs
            .checks_digest
            .clone_from(&report.checks_digest);
        let before = read_report(&folder.join(RESULT));
        if before.is_some_and(|before| before.started_at != report.started_at) {
            make_room_in(folder).map_err(|error| error.to_string())?;
        }
        let written = Reports::prepare(folder).and_then(|reports| {
            reports.write_evidence(&evidence)?;
            reports.write_report(&report, self.options.lang)
        });
        written.map_err(|error| error.to_string())?;
        Ok(report)
    }
}

/// What is in a folder, judged.
fn look(from: &Path, lab: &str, options: &Options) -> Result<(Kept, Report), String> {
    let kept = Kept::read(from)?;
    if kept.report.lab != lab {
        let other = inert_to(&kept.report.lab, 80);
        return Err(format!("a run of the lab `{other}`"));
    }
    let report = kept
        .judge(options)
        .map_err(|refusal| inert_to(&refusal.message, 400))?;
    Ok((kept, report))
}

/// An older run is not what was handed in now: it is kept below `earlier`.
fn make_room_in(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        make_room(folder)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::build::Inputs;
    use crate::report::tests::sample::{passed, run};
    use crate::run::prepare::plan_with;
    use crate::text::Lang;

    #[tokio::test]
    async fn what_takes_longer_than_a_run_may_is_a_blank_and_the_next_one_s_turn_comes() {
        let home = tempfile::tempdir().unwrap();
        let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks");
        let (lab, ..) = plan_with(&checks.join("ha-web"), &Inputs::default()).unwrap();
        let desk = Desk {
            base: home.path(),
            lab: &lab,
            options: &Options::default(),
            limit: Duration::ZERO,
        };
        let student = |id: &str| Student {
            id: id.to_owned(),
            evidence: "handed".to_owned(),
            ..Student::default()
        };
        // Far more than a moment to look through.
        std::fs::create_dir(home.path().join("handed")).unwrap();
        std::fs::write(
            home.path().join("handed/evidence.json"),
            " ".repeat(15 << 20),
        )
        .unwrap();
        let mine = home.path().join("a");
        let older = Report::assemble(run(), vec![passed("a")]);
        let reports = Reports::prepare(&mine).unwrap();
        reports.write_report(&older, Lang::En).unwrap();
        let folder = |student: &Student| home.path().join(&student.id);
        let students = [student("a"), student("b")];
        let (all, interrupted) = desk.judge(&students, &mut None, folder, |_| {}).await;
        assert_eq!(interrupted, None);
        for one in all {
            let ended = one.graded.ended;
            let why = "handed: not done within 0s";
            assert!(
                matches!(&ended, Ended::Nothing(told) if told == why),
                "{ended:?}"
            );
        }
        assert!(!mine.join(RESULT).exists() && mine.join("earlier/1").join(RESULT).is_file());
    }
}
