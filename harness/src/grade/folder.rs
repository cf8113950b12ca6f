//! A student's folder: the newest run in it, the earlier ones below `earlier/N`, and which of them counts. A run is there
//! where its `result.json` is, which is written last and moved last; whatever a run that was killed left is no run.
use std::fs;
use std::io;
use std::path::Path;

use super::Ended;
use super::integrity::Expected;
use super::settled::read_report;
use crate::report::model::Report;

/// Where earlier runs are.
const EARLIER: &str = "earlier";

/// More often nobody is graded.
const MOST: usize = 100_000;

/// The file that makes a folder a run.
pub const RESULT: &str = "result.json";

/// Whether there is an earlier run.
#[must_use]
pub fn has_earlier(folder: &Path) -> bool {
    count(folder) > 0
}

/// How many runs there are.
#[must_use]
pub fn runs(folder: &Path) -> usize {
    count(folder) + usize::from(folder.join(RESULT).is_file())
}

/// Makes room for a run: a run that is there is kept as the next of the earlier ones, what a killed one left half-written
/// is removed.
///
/// # Errors
/// A file can't be moved; the run is then still where it was.
pub fn make_room(folder: &Path) -> io::Result<()> {
    let entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    for entry in &entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".labcheck-") && name.ends_with(".tmp") {
            fs::remove_file(entry.path())?;
        }
    }
    if !folder.join(RESULT).is_file() {
        return Ok(());
    }
    let place = folder.join(EARLIER).join((count(folder) + 1).to_string());
    fs::create_dir_all(&place)?;
    let files = entries.iter().filter(|entry| entry.path().is_file());
    for entry in files.filter(|entry| entry.file_name() != RESULT) {
        // A copy: killed here, the run is whole where it was.
        if entry.path().is_file() {
            fs::copy(entry.path(), place.join(entry.file_name()))?;
        }
    }
    fs::rename(folder.join(RESULT), place.join(RESULT))
}

/// How many earlier runs there are.
fn count(folder: &Path) -> usize {
    let is_run = |number: &usize| {
        folder
            .join(EARLIER)
            .join(number.to_string())
            .join(RESULT)
            .is_file()
    };
    (1..=MOST).take_while(is_run).count()
}

/// The earlier run that counts before the newest, if one does, by its path below the folder: one with a whole mark before one
/// without, one with a result before none, and of equals the newer. One that looked at something else than what is expected
/// does not.
#[must_use]
pub fn better(folder: &Path, newest: &Ended, expected: &Expected) -> Option<String> {
    let whole = |report: &Report| report.score.as_ref().is_some_and(|score| score.complete);
    match newest {
        Ended::Report(report) if whole(report) => return None,
        _ => {}
    }
    let mut last = None;
    for number in (1..=count(folder)).rev() {
        let path = format!("{EARLIER}/{number}");
        let report = read_report(&folder.join(&path).join(RESULT));
        match report.filter(|report| expected.asks_for(report)) {
            Some(report) if whole(&report) => return Some(path),
            Some(_) => last = last.or(Some(path)),
            None => {}
        }
    }
    last.filter(|_| matches!(newest, Ended::Nothing(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use crate::report::files::Reports;
    use crate::report::tests::sample::{Pair, errored, passed, run};
    use crate::text::Lang;

    fn report(checks: Vec<Pair>) -> Report {
        Report::assemble(run(), checks)
    }

    fn open() -> Report {
        report(vec![errored("a", Code::ExpiredCredentials, "sts")])
    }

    fn whole() -> Report {
        report(vec![passed("a")])
    }

    fn expected() -> Expected {
        Expected {
            lab: run().lab,
            phase: Some(run().phase),
            ..Expected::default()
        }
    }

    fn newest(report: Report) -> Ended {
        Ended::Report(Box::new(report))
    }

    #[test]
    fn runs_are_kept_in_their_order_and_leftovers_are_not() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        for report in [open(), whole()] {
            reports.write_report(&report, Lang::En).unwrap();
            fs::write(home.path().join(".labcheck-x.tmp"), "half").unwrap();
            make_room(home.path()).unwrap();
            assert!(
                !home.path().join(RESULT).exists() && !home.path().join(".labcheck-x.tmp").exists()
            );
        }
        make_room(home.path()).unwrap();
        let earlier = |number: &str| home.path().join("earlier").join(number);
        assert_eq!(read_report(&earlier("1").join(RESULT)), Some(open()));
        assert_eq!(read_report(&earlier("2").join(RESULT)), Some(whole()));
        assert!(earlier("2").join("junit.xml").is_file() && !earlier("3").exists());
    }

    #[test]
    fn a_run_that_was_killed_while_it_was_moved_is_moved_again() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        reports.write_report(&whole(), Lang::En).unwrap();
        fs::create_dir_all(home.path().join("earlier/1")).unwrap();
        fs::write(home.path().join("earlier/1/junit.xml"), "half").unwrap();
        assert_eq!(
            better(home.path(), &Ended::Nothing(String::new()), &expected()),
            None
        );
        make_room(home.path()).unwrap();
        let junit = fs::read_to_string(home.path().join("earlier/1/junit.xml")).unwrap();
        assert_ne!(junit, "half");
    }

    #[test]
    fn a_whole_mark_counts_before_an_open_one_and_a_result_before_none() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        let counts = |ended: &Ended| better(home.path(), ended, &expected());
        let nothing = Ended::Nothing("not done within 30m".to_owned());
        assert_eq!(counts(&nothing), None);
        for (kept, of_open, of_none) in [
            (open(), None, Some("earlier/1")),
            (whole(), Some("earlier/2"), Some("earlier/2")),
            (open(), Some("earlier/2"), Some("earlier/2")),
            (whole(), Some("earlier/4"), Some("earlier/4")),
        ] {
            reports.write_report(&kept, Lang::En).unwrap();
            make_room(home.path()).unwrap();
            assert_eq!(counts(&newest(open())).as_deref(), of_open);
            assert_eq!(counts(&nothing).as_deref(), of_none);
            assert_eq!(counts(&newest(whole())), None);
        }
    }

    #[test]
    fn a_run_of_another_step_counts_before_nothing() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        reports.write_report(&whole(), Lang::En).unwrap();
        make_room(home.path()).unwrap();
        let another = Expected {
            phase: Some("another".to_owned()),
            ..expected()
        };
        for (expected, counts) in [(expected(), Some("earlier/1")), (another, None)] {
            for ended in [newest(open()), Ended::Nothing(String::new())] {
                assert_eq!(better(home.path(), &ended, &expected).as_deref(), counts);
            }
        }
    }
}
