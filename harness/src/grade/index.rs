//! The class's index, `index.jsonl`: a line for each run of a student as it ends, only ever appended to; for people and their
//! scripts. What counts is in the students' folders, where a run is a moment before it has its line: whoever was killed in
//! between has it made good by the next that opens the index.
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::roster::Student;
use super::settled::{Ended, Graded};

/// The file's name.
pub(super) const FILE: &str = "index.jsonl";

/// A line of it.
#[derive(Serialize)]
struct Line<'a> {
    at: jiff::Timestamp,
    student: &'a str,
    folder: String,
    report: bool,
    detail: &'a str,
}

/// What is read of a line.
#[derive(Deserialize)]
struct Told {
    student: String,
    report: bool,
}

/// The index, open for appending.
#[derive(Debug)]
pub(super) struct Index {
    file: File,
    /// How many runs of each student had a line when it was opened, by id.
    told: HashMap<String, usize>,
}

impl Index {
    /// Opens the index of the class in this folder. Of a line that a kill cut off the rest is taken away: it is nobody's.
    ///
    /// # Errors
    /// The file can't be read or written.
    pub(super) fn open(out: &Path) -> io::Result<Self> {
        let path = out.join(FILE);
        let written = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let newline = written.iter().rposition(|byte| *byte == b'\n');
        let whole = newline.map_or(0, |at| at + 1);
        if whole < written.len() {
            file.set_len(whole as u64)?;
        }
        let mut told = HashMap::new();
        for line in written[..whole].split(|byte| *byte == b'\n') {
            // What somebody else wrote into it tells of no run.
            if let Ok(line) = serde_json::from_slice::<Told>(line)
                && line.report
            {
                *told.entry(line.student).or_default() += 1;
            }
        }
        Ok(Self { file, told })
    }

    /// Makes good for the lines that a student's runs lack: so many are in the student's folder.
    ///
    /// # Errors
    /// The file can't be written.
    pub(super) fn make_good(&mut self, student: &Student, runs: usize) -> io::Result<()> {
        let told = self.told.get(&student.id).copied().unwrap_or_default();
        (told..runs).try_for_each(|_| self.append(student, None))
    }

    /// A line for a student whose grading ended.
    ///
    /// # Errors
    /// The file can't be written.
    pub(super) fn note(&mut self, graded: &Graded) -> io::Result<()> {
        let why = match &graded.ended {
            Ended::Report(_) => None,
            Ended::Nothing(why) => Some(why.as_str()),
        };
        self.append(&graded.student, why)
    }

    fn append(&mut self, student: &Student, why_none: Option<&str>) -> io::Result<()> {
        let line = Line {
            at: jiff::Timestamp::now(),
            student: &student.id,
            folder: student.folder(),
            report: why_none.is_none(),
            detail: why_none.unwrap_or_default(),
        };
        let text = serde_json::to_string(&line)? + "\n";
        self.file.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Report;
    use crate::report::tests::sample::{passed, run};

    fn student(id: &str) -> Student {
        Student {
            id: id.to_owned(),
            ..Student::default()
        }
    }

    fn graded(id: &str, nothing: Option<&str>) -> Graded {
        let report = || Report::assemble(run(), vec![passed("a")]);
        Graded {
            student: student(id),
            ended: nothing.map_or_else(
                || Ended::Report(Box::new(report())),
                |why| Ended::Nothing(why.to_owned()),
            ),
        }
    }

    /// Who, and whether with a report.
    fn lines(out: &Path) -> Vec<(String, bool)> {
        let text = fs::read_to_string(out.join(FILE)).unwrap();
        let line = |line| serde_json::from_str(line).expect("each line is whole");
        let told = text.lines().map(line);
        told.map(|told: Told| (told.student, told.report)).collect()
    }

    #[test]
    fn a_run_that_was_killed_before_its_line_gets_one_and_nobody_gets_two() {
        let home = tempfile::tempdir().unwrap();
        let mut index = Index::open(home.path()).unwrap();
        index.note(&graded("a", None)).unwrap();
        index.note(&graded("b", Some("interrupted"))).unwrap();
        drop(index);
        let mut file = OpenOptions::new()
            .append(true)
            .open(home.path().join(FILE))
            .unwrap();
        file.write_all(br#"{"at":"2026-11-29T10:00:00Z","student":"c","rep"#)
            .unwrap();
        for _ in 0..2 {
            let mut index = Index::open(home.path()).unwrap();
            for (id, runs) in [("a", 1), ("b", 0), ("c", 2)] {
                index.make_good(&student(id), runs).unwrap();
            }
        }
        let expected = [("a", true), ("b", false), ("c", true), ("c", true)];
        let expected = expected.map(|(id, report)| (id.to_owned(), report));
        assert_eq!(lines(home.path()), expected);
    }
}
