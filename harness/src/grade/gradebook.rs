//! The gradebook: a line a student, as data, as CSV and as JSON. What is incomplete is blank, and says what would complete
//! it; two students with one fingerprint are told. A pure function of what was graded.
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::io;

use serde::Serialize;

use super::export::inert_cell as inert;
use super::integrity::{Doubt, Expected, Made, doubts};
use super::settled::{Ended, Graded};
use crate::report::words::{class, totals};
use crate::text::Lang;

/// The schema that this version writes.
pub const SCHEMA: &str = "labcheck/gradebook/v1";

/// A class's marks.
#[derive(Clone, Debug, Serialize)]
pub struct Gradebook {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The lab.
    pub lab: String,
    /// SHA-256 over the check files that everybody was graded by; none where they were several.
    pub checks_digest: Option<String>,
    /// In the roster's order.
    pub rows: Vec<Row>,
    /// How the run of each row was made.
    #[serde(skip)]
    runs: Vec<Option<Made>>,
}

/// A student's line.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The id.
    pub student: String,
    /// The name.
    pub name: String,
    /// The stack.
    pub stack: String,
    /// The marks, 0 to 100; null while they are incomplete.
    pub percent: Option<f64>,
    /// The points that are certain.
    pub points: Option<f64>,
    /// All points.
    pub max_points: Option<f64>,
    /// Whether each check inside the score came to a verdict.
    pub complete: bool,
    /// The checks that are causes, by id.
    pub causes: Vec<String>,
    /// What would complete an incomplete mark, and what an instructor should look at.
    pub notes: Vec<String>,
    /// SHA-256 of lab, account, region and VPC.
    pub fingerprint: Option<String>,
    /// The folder of the run that the mark is of, below the class's; null where there is none.
    pub run: Option<String>,
    /// What an instructor should look at before the mark counts; in words among the notes.
    pub doubts: Vec<Doubt>,
}

impl Gradebook {
    /// The marks of these students.
    #[must_use]
    pub fn of(lab: &str, graded: impl IntoIterator<Item: Borrow<Graded>>, lang: Lang) -> Self {
        let (mut rows, mut runs) = (Vec::new(), Vec::new());
        for one in graded {
            let one = one.borrow();
            rows.push(Row::of(one, lang));
            runs.push(one.report().map(Made::of));
        }
        let stacks: Vec<Option<String>> = rows.iter().map(|row| row.fingerprint.clone()).collect();
        tell_doubles(&mut rows, &stacks, Doubt::OneStack, lang);
        // No two runs begin in the same nanosecond, unless one is a copy.
        let began = |run: &Option<Made>| Some(run.as_ref()?.started_at.as_nanosecond());
        let began: Vec<Option<i128>> = runs.iter().map(began).collect();
        tell_doubles(&mut rows, &began, Doubt::OneRun, lang);
        let mut digests: Vec<&str> = runs
            .iter()
            .flatten()
            .map(|made| made.checks_digest.as_str())
            .collect();
        digests.sort_unstable();
        digests.dedup();
        Self {
            schema: SCHEMA,
            lab: lab.to_owned(),
            checks_digest: match digests[..] {
                [one] => Some(one.to_owned()),
                _ => None,
            },
            rows,
            runs,
        }
    }

    /// Says which run of a student's counts, where it is not the newest: its path below the student's folder, by id.
    pub fn name_runs<'r>(&mut self, run: impl Fn(&str) -> Option<&'r str>) {
        for row in &mut self.rows {
            if let (Some(folder), Some(run)) = (&mut row.run, run(&row.student)) {
                folder.push('/');
                folder.push_str(run);
            }
        }
    }

    /// Holds every run against what it should have been: what differs is noted, and what is of no AWS account, or of another
    /// lab, has no mark. `digest` gives the digest of the checks by which a student's own run was judged, where that is not
    /// in the report.
    pub fn examine<'d>(
        &mut self,
        digest: impl Fn(&str) -> Option<&'d str>,
        expected: &Expected,
        lang: Lang,
    ) {
        for (row, run) in self.rows.iter_mut().zip(&self.runs) {
            let Some(made) = run else {
                continue;
            };
            let judged_by = digest(&row.student).unwrap_or(&made.checks_digest);
            for doubt in doubts(made, judged_by, expected) {
                if doubt.is_no_mark(expected) {
                    (row.percent, row.points, row.complete) = (None, None, false);
                }
                row.doubt(doubt, lang);
            }
        }
    }

    /// As CSV. A cell that a spreadsheet would take for a formula is made a text.
    ///
    /// # Errors
    /// It could not be put together.
    pub fn to_csv(&self) -> io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "student",
            "name",
            "stack",
            "percent",
            "points",
            "max_points",
            "complete",
            "causes",
            "notes",
            "run",
        ])?;
        let number = |value: Option<f64>| value.map(totals::number).unwrap_or_default();
        for row in &self.rows {
            let certain = row.complete;
            writer.write_record([
                inert(&row.student),
                inert(&row.name),
                inert(&row.stack),
                number(row.percent),
                number(row.points.filter(|_| certain)),
                number(row.max_points),
                row.complete.to_string(),
                inert(&row.causes.join(" ")),
                inert(&row.notes.join("; ")),
                inert(row.run.as_deref().unwrap_or_default()),
            ])?;
        }
        writer
            .into_inner()
            .map_err(|error| io::Error::other(error.to_string()))
    }

    /// Whether everybody has a run.
    #[must_use]
    pub fn is_graded(&self) -> bool {
        self.runs.iter().all(Option::is_some)
    }

    /// Whether everybody has a mark.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.complete)
    }
}

impl Row {
    fn of(graded: &Graded, lang: Lang) -> Self {
        let student = &graded.student;
        let blank = Self {
            student: student.id.clone(),
            name: student.name.clone(),
            stack: student.stack.clone(),
            percent: None,
            points: None,
            max_points: None,
            complete: false,
            causes: Vec::new(),
            notes: Vec::new(),
            fingerprint: None,
            run: None,
            doubts: Vec::new(),
        };
        let report = match &graded.ended {
            Ended::Report(report) => report,
            Ended::Nothing(why) => {
                return Self {
                    notes: vec![why.clone()],
                    ..blank
                };
            }
        };
        let score = report.score.as_ref();
        let gaps = score.iter().flat_map(|score| &score.would_complete);
        let roots = report.folding().roots;
        let causes = roots
            .iter()
            .map(|root| report.checks[root.members[0]].id.clone());
        Self {
            percent: score.and_then(|score| score.percent),
            points: score.map(|score| score.points),
            max_points: score.map(|score| score.max_points),
            complete: score.is_some_and(|score| score.complete),
            causes: causes.collect(),
            notes: gaps.map(|gap| totals::gap(lang, gap)).collect(),
            // Every demo is the same stack.
            fingerprint: report.fingerprint.clone().filter(|_| !report.demo),
            run: Some(format!("students/{}", graded.student.folder())),
            ..blank
        }
    }

    fn doubt(&mut self, doubt: Doubt, lang: Lang) {
        self.notes.push(class::doubt(lang, &doubt));
        self.doubts.push(doubt);
    }
}

/// Tells everybody whose key is another's, too, whose.
fn tell_doubles<K: Eq + Hash>(
    rows: &mut [Row],
    keys: &[Option<K>],
    doubt: fn(Vec<String>) -> Doubt,
    lang: Lang,
) {
    let mut owners: HashMap<&K, Vec<usize>> = HashMap::new();
    for (place, key) in keys.iter().enumerate() {
        if let Some(key) = key {
            owners.entry(key).or_default().push(place);
        }
    }
    for (place, key) in keys.iter().enumerate() {
        let same = key.as_ref().map_or(&[][..], |key| &owners[key]);
        let others = same.iter().filter(|other| **other != place);
        let others: Vec<String> = others.map(|&other| rows[other].student.clone()).collect();
        if !others.is_empty() {
            rows[place].doubt(doubt(others), lang);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use crate::grade::roster::Student;
    use crate::report::model::Report;
    use crate::report::tests::sample::{errored, failed, passed, run};

    fn graded(id: &str, name: &str, checks: Vec<crate::report::tests::sample::Pair>) -> Graded {
        let student = Student {
            id: id.to_owned(),
            name: name.to_owned(),
            stack: id.to_owned(),
            ..Student::default()
        };
        Graded {
            student,
            ended: Ended::Report(Box::new(Report::assemble(run(), checks))),
        }
    }

    #[test]
    fn what_is_incomplete_is_blank_and_says_why() {
        let nothing = Graded {
            student: Student {
                id: "c".to_owned(),
                ..Student::default()
            },
            ended: Ended::Nothing("not done within 10m".to_owned()),
        };
        let students = [
            graded(
                "a",
                "=HYPERLINK(\"x\")",
                vec![passed("x"), failed("y", Vec::new())],
            ),
            graded(
                "b",
                "B",
                vec![passed("x"), errored("y", Code::ExpiredCredentials, "sts")],
            ),
            nothing,
        ];
        let book = Gradebook::of("ha-web", &students, Lang::En);
        let text = String::from_utf8(book.to_csv().unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            "a,\"'=HYPERLINK(\"\"x\"\")\",a,50,1,2,true,y,the same stack as b; the same run as b: one is a copy,students/a"
        );
        assert!(lines[2].starts_with("b,B,b,,,2,false,y,"), "{}", lines[2]);
        assert_eq!(lines[3], "c,,,,,,false,,not done within 10m,");
        assert!(!book.is_complete());
    }

    #[test]
    fn a_demo_has_no_mark_and_what_else_differs_is_noted_beside_it() {
        let mut students = [
            graded("a", "A", vec![passed("x")]),
            graded("b", "B", vec![passed("x")]),
        ];
        if let Ended::Report(report) = &mut students[1].ended {
            report.demo = true;
            report.started_at += jiff::SignedDuration::from_nanos(1);
        }
        let mut expected = Expected {
            lab: "ha-web".to_owned(),
            deadline: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            checks_digest: Some("ab".repeat(32)),
            ..Expected::default()
        };
        let examined = |expected: &Expected| {
            let mut book = Gradebook::of("ha-web", &students, Lang::En);
            let handed_in = |student: &str| (student == "a").then_some("f00d");
            book.examine(handed_in, expected, Lang::En);
            book.rows
        };
        let rows = examined(&expected);
        assert_eq!((rows[0].percent, rows[1].percent), (Some(100.0), None));
        assert!(!rows[1].complete && rows[1].points.is_none());
        assert_eq!(rows[0].doubts.len(), 2);
        assert!(
            rows[0].notes[0].starts_with("made after the deadline"),
            "{:?}",
            rows[0].notes
        );
        assert!(
            rows[0].notes[1].starts_with("made by other checks (f00d"),
            "{:?}",
            rows[0].notes
        );
        assert!(rows[1].doubts.contains(&Doubt::Demo));
        expected.allow_emulator = true;
        assert_eq!(examined(&expected)[1].percent, Some(100.0));
    }
}
