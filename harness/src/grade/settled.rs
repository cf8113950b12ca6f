//! What became of a student's grading: with the report as long as that is looked at, and by where it is from then on.
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folder::RESULT;
use super::roster::Student;
use crate::report::model::{Report, SCHEMA};

/// What became of one student.
#[derive(Clone, Debug)]
pub struct Graded {
    /// Who.
    pub student: Student,
    /// The run, or why there is none.
    pub ended: Ended,
}

/// How a student's grading ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// With a report.
    Report(Box<Report>),
    /// Without one, for this reason.
    Nothing(String),
}

impl Ended {
    /// Without a report, since the class was interrupted.
    pub(super) fn interrupted() -> Self {
        Self::Nothing("interrupted".to_owned())
    }

    /// Why there is no report of what took longer than this.
    pub(super) fn not_within(limit: Duration) -> String {
        format!("not done within {}", humantime::format_duration(limit))
    }
}

/// A student whose grading is over, by where the result is: a class's reports fit on a disk, and not in memory.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Who.
    pub student: Student,
    /// The folder of the run that counts, or why there is none.
    pub run: Result<PathBuf, String>,
}

impl Settled {
    /// With the report, as long as that is looked at.
    #[must_use]
    pub fn open(&self) -> Graded {
        let ended = match &self.run {
            Ok(folder) => {
                let file = folder.join(RESULT);
                read_report(&file).map_or_else(
                    || Ended::Nothing(format!("{}: no result", file.display())),
                    |report| Ended::Report(Box::new(report)),
                )
            }
            Err(why) => Ended::Nothing(why.clone()),
        };
        Graded {
            student: self.student.clone(),
            ended,
        }
    }

    /// Everybody, one after the other.
    pub fn opened(class: &[Self]) -> impl Iterator<Item = Graded> {
        class.iter().map(Self::open)
    }
}

impl Graded {
    /// The report; none where there is no run.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        match &self.ended {
            Ended::Report(report) => Some(report),
            Ended::Nothing(_) => None,
        }
    }

    /// The same, with its report left in the folder where it was written.
    #[must_use]
    pub fn settled(self, folder: PathBuf) -> Settled {
        Settled {
            student: self.student,
            run: match self.ended {
                Ended::Report(_) => Ok(folder),
                Ended::Nothing(why) => Err(why),
            },
        }
    }
}

/// A report as it was written; none where there is none, or it is no report of ours.
#[must_use]
pub fn read_report(path: &Path) -> Option<Report> {
    let text = std::fs::read_to_string(path).ok()?;
    let report: Report = serde_json::from_str(&text).ok()?;
    (report.schema == SCHEMA).then_some(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::files::Reports;
    use crate::report::tests::sample::{passed, run};
    use crate::text::Lang;

    #[test]
    fn a_report_is_read_from_where_it_was_written_and_one_that_went_is_told() {
        let home = tempfile::tempdir().unwrap();
        let report = Report::assemble(run(), vec![passed("a")]);
        let reports = Reports::prepare(home.path()).unwrap();
        reports.write_report(&report, Lang::En).unwrap();
        let graded = Graded {
            student: Student::default(),
            ended: Ended::Report(Box::new(report.clone())),
        };
        let settled = graded.settled(home.path().to_owned());
        assert_eq!(settled.open().report(), Some(&report));
        std::fs::remove_file(home.path().join(RESULT)).unwrap();
        let opened = settled.open();
        assert!(
            matches!(&opened.ended, Ended::Nothing(why) if why.ends_with("result.json: no result")),
            "{opened:?}"
        );
    }
}
