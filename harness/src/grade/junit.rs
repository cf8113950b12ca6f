//! The class's `junit.xml`: a suite for each student, a case for each check that counts. A student who could not be graded is
//! one errored case, never an empty suite that reads as a pass.
use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::class::{Ended, Graded};
use crate::language::ast::Severity;
use crate::report::inert::inert_to;
use crate::report::junit::case;
use crate::text::Lang;

/// The class as `JUnit` XML, messages in `lang`.
///
/// # Errors
/// The XML could not be serialised.
pub fn to_xml(lab: &str, class: &[Graded], lang: Lang) -> io::Result<Vec<u8>> {
    let mut junit = quick_junit::Report::new(inert_to(&format!("labcheck {lab}"), 100));
    for one in class {
        junit.add_test_suite(suite(one, lang));
    }
    let mut xml = Vec::new();
    junit.serialize(&mut xml).map_err(io::Error::other)?;
    Ok(xml)
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
        let xml = to_xml("ha-web", &class, Lang::Ja).expect("XML");
        let text = std::str::from_utf8(&xml).expect("UTF-8");
        let read = quick_junit::Report::deserialize_from_str(text).expect("well-formed");
        assert_eq!(read.test_suites.len(), 2);
        assert!(read.test_suites[0].test_cases.len() > 10);
        assert_eq!(read.test_suites[1].test_cases.len(), 1);
        assert_eq!(read.test_suites[1].errors, 1);
    }
}
