//! When a class was last graded anew, `begun.json`: what is older in the students' folders is another time's, so that whoever
//! was not reached before the class was cut off is not taken for graded.
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::report::files::Reports;
use crate::report::inert::inert_to;
use crate::report::model::Report;
use crate::run::Refusal;

/// The file's name.
const FILE: &str = "begun.json";

/// When that was.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Begun {
    at: jiff::Timestamp,
}

impl Begun {
    /// Says that the class in this folder is graded anew from now on.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn now(out: &Path) -> Result<(), Refusal> {
        let at = jiff::Timestamp::now();
        Reports::prepare(out)
            .and_then(|reports| reports.write_json(FILE, &Self { at }))
            .map_err(|error| Refusal::cannot_write(&error))
    }

    /// What was said last; none where nobody did.
    ///
    /// # Errors
    /// The file is none of ours.
    pub(super) fn read(out: &Path) -> Result<Option<Self>, Refusal> {
        let path = out.join(FILE);
        let wrong = |error: &dyn std::fmt::Display| {
            let shown = inert_to(&path.to_string_lossy(), 200);
            Refusal::bad_input(format!(
                "{shown}: {error}\n  remove the file, and all results that are there count"
            ))
        };
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(wrong(&error)),
            Ok(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| wrong(&error)),
        }
    }

    /// Whether a run is of this time.
    pub(super) fn has(&self, report: &Report) -> bool {
        report.started_at >= self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample::run;

    #[test]
    fn what_is_older_is_another_time_s_and_a_file_that_is_none_of_ours_is_told() {
        let home = tempfile::tempdir().unwrap();
        assert!(Begun::read(home.path()).unwrap().is_none());
        let older = Report::assemble(run(), Vec::new());
        Begun::now(home.path()).unwrap();
        let mut newer = run();
        newer.started_at = jiff::Timestamp::now();
        let begun = Begun::read(home.path()).unwrap().unwrap();
        assert!(!begun.has(&older) && begun.has(&Report::assemble(newer, Vec::new())));
        fs::write(home.path().join(FILE), "{").unwrap();
        let told = Begun::read(home.path()).unwrap_err().message;
        assert!(
            told.contains("begun.json: ") && told.contains("remove"),
            "{told}"
        );
    }
}
