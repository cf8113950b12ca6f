//! The class's `junit.xml`: a suite for each student, a case for each check that counts. A student who could not be graded is
//! one errored case, never an empty suite that reads as a pass.
use std::borrow::Borrow;
use std::io::{self, BufWriter, Seek, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::settled::{Ended, Graded};
use crate::language::ast::Severity;
use crate::report::inert::inert_to;
use crate::report::junit::case;
use crate::text::Lang;

/// Writes the class as `JUnit` XML, messages in `lang`. Suites go to the disk one by one: their sums stand before them.
///
/// # Errors
/// The XML could not be serialised, or written.
pub fn write(
    lab: &str,
    class: impl IntoIterator<Item: Borrow<Graded>>,
    lang: Lang,
    mut to: impl Write,
) -> io::Result<()> {
    let mut all = Report::new(inert_to(&format!("labcheck {lab}"), 100));
    let mut suites = BufWriter::new(tempfile::tempfile()?);
    for one in class {
        let mut alone = Report::new("");
        alone.add_test_suite(suite(one.borrow(), lang));
        all.tests += alone.tests;
        all.failures += alone.failures;
        all.errors += alone.errors;
        all.skipped += alone.skipped;
        let xml = alone.to_string().map_err(io::Error::other)?;
        suites.write_all(within(&xml).as_bytes())?;
    }
    let mut suites = suites.into_inner()?;
    suites.rewind()?;
    let whole = all.to_string().map_err(io::Error::other)?;
    let (head, tail) = whole.split_at(end(&whole));
    to.write_all(head.as_bytes())?;
    io::copy(&mut suites, &mut to)?;
    to.write_all(tail.as_bytes())
}

/// What stands in the root: no other element's name begins like a suite's, and `<` is none of a text's characters.
fn within(xml: &str) -> &str {
    let begin = xml.find("    <testsuite ").unwrap_or(xml.len());
    &xml[begin..end(xml).max(begin)]
}

/// Where the root ends.
fn end(xml: &str) -> usize {
    xml.rfind("</testsuites>").unwrap_or(xml.len())
}

fn suite(graded: &Graded, lang: Lang) -> TestSuite {
    let name = inert_to(&graded.student.id, 100);
    let mut suite = TestSuite::new(name.clone());
    match &graded.ended {
        Ended::Report(report) => {
            suite.set_time(Duration::from_millis(report.elapsed_ms));
            let checks = report.checks.iter();
            for check in checks.filter(|check| check.selected && check.severity == Severity::Error)
            {
                suite.add_test_case(case(report, check, &name, lang));
            }
        }
        Ended::Nothing(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(inert_to(why, 400));
            let mut case = TestCase::new("graded", status);
            case.set_classname(name);
            case.set_time(Duration::ZERO);
            suite.set_time(Duration::ZERO);
            suite.add_test_case(case);
        }
    }
    suite
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::Student;
    use crate::report::tests::sample::{HOSTILE, everything};

    #[test]
    fn each_student_is_a_suite_and_one_without_a_run_is_an_error() {
        let graded = |id: &str, ended| Graded {
            student: Student {
                id: id.to_owned(),
                ..Student::default()
            },
            ended,
        };
        let class = [
            graded(HOSTILE, Ended::Report(Box::new(everything()))),
            graded("s2", Ended::Nothing(HOSTILE.to_owned())),
        ];
        let mut xml = Vec::new();
        write("ha-web", &class, Lang::Ja, &mut xml).expect("XML");
        let text = std::str::from_utf8(&xml).expect("UTF-8");
        let mut at_once = Report::new("labcheck ha-web");
        for one in &class {
            at_once.add_test_suite(suite(one, Lang::Ja));
        }
        assert_eq!(text, at_once.to_string().expect("XML"));
        let read = quick_junit::Report::deserialize_from_str(text).expect("well-formed");
        assert_eq!(read.test_suites.len(), 2);
        assert!(read.test_suites[0].test_cases.len() > 10);
        assert_eq!(read.test_suites[1].test_cases.len(), 1);
        assert_eq!(read.test_suites[1].errors, 1);
    }
}
