//! What those who read `junit.xml` in CI make of one, rule by rule: each was read out of the reader's own source or
//! documentation, which the test names.
use std::collections::BTreeSet;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus};

use super::formats::drilled;
use super::sample::{everything, student};
use crate::report::junit::to_xml;
use crate::text::Lang;

/// Runs of all sorts, as text and as read back.
fn files() -> Vec<(String, quick_junit::Report)> {
    let mut files = Vec::new();
    for report in [everything(), student(), drilled()] {
        for lang in [Lang::Ja, Lang::En] {
            let xml = String::from_utf8(to_xml(&report, lang).unwrap()).unwrap();
            let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
            files.push((xml, read));
        }
    }
    files
}

fn cases(report: &quick_junit::Report) -> impl Iterator<Item = &TestCase> {
    report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases)
}

/// What a case says of its failure or error: the kind, `@message`, the element's text.
fn trouble(case: &TestCase) -> Option<(NonSuccessKind, &str, &str)> {
    match &case.status {
        TestCaseStatus::NonSuccess {
            kind,
            message,
            description,
            ..
        } => Some((
            *kind,
            message.as_ref().map_or("", |message| message.as_str()),
            description.as_ref().map_or("", |text| text.as_str()),
        )),
        _ => None,
    }
}

fn attribute<'c>(case: &'c TestCase, name: &str) -> Option<&'c str> {
    case.extra.get(name).map(quick_junit::XmlString::as_str)
}

/// `dorny/test-reporter`, java-junit: only suites right below `testsuites` are read, a suite or case without a name ends
/// it, one without a time counts as NaN, and a summary is cut at 1,048,576 bytes
/// (<https://github.com/dorny/test-reporter>).
#[test]
fn dorny_reads_every_case_with_its_name_and_time() {
    for (xml, read) in files() {
        let suites = read.test_suites.iter();
        assert!(suites.clone().all(|suite| !suite.name.as_str().is_empty()));
        let direct: usize = suites.map(|suite| suite.test_cases.len()).sum();
        assert_eq!(
            direct,
            xml.matches("<testcase ").count(),
            "none is nested deeper"
        );
        for case in cases(&read) {
            assert!(!case.name.as_str().is_empty());
            assert!(case.time.is_some(), "{:?}", case.name);
        }
        assert!(xml.len() < 1_048_576);
    }
}

/// `mikepenz/action-junit-report`: cases of one name, class and file are one, `flakyFailure` is a retry, an annotation's
/// line is the failure's `@message`, its place is `file` and `line` of the case
/// (<https://github.com/mikepenz/action-junit-report>).
#[test]
fn mikepenz_keeps_every_case_apart_and_finds_its_line() {
    for (xml, read) in files() {
        let identity = |case: &TestCase| {
            let class = case
                .classname
                .as_ref()
                .map(|class| class.as_str().to_owned());
            let file = attribute(case, "file").map(str::to_owned);
            (case.name.as_str().to_owned(), class, file)
        };
        let distinct: BTreeSet<_> = cases(&read).map(identity).collect();
        assert_eq!(distinct.len(), cases(&read).count());
        assert!(!xml.contains("<flakyFailure") && !xml.contains("<rerunFailure"));
        for case in cases(&read) {
            let line = attribute(case, "line").and_then(|line| line.parse::<u32>().ok());
            assert!(attribute(case, "file").is_some() && line.is_some());
            if let Some((_, message, _)) = trouble(case) {
                assert!(
                    !message.is_empty() && !message.contains('\n'),
                    "{message:?}"
                );
            }
        }
    }
}

/// `EnricoMi/publish-unit-test-result-action`: an error is annotated as a failure and a failure as a warning, failures are
/// grouped by their content, and 64,000 bytes of it are shown
/// (<https://github.com/EnricoMi/publish-unit-test-result-action>).
#[test]
fn enricomi_groups_no_two_checks_and_cuts_none() {
    for (_, read) in files() {
        let troubles: Vec<_> = cases(&read).filter_map(trouble).collect();
        let contents: BTreeSet<_> = troubles.iter().map(|(_, _, text)| *text).collect();
        assert_eq!(
            contents.len(),
            troubles.len(),
            "each says which check it is"
        );
        assert!(troubles.iter().all(|(_, _, text)| text.len() < 64_000));
    }
    // The stack's fault and our own trouble are told apart by the element alone.
    let xml = String::from_utf8(to_xml(&student(), Lang::En).unwrap()).unwrap();
    let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let errors = cases(&read).filter_map(trouble);
    let errors = errors.filter(|(kind, _, _)| *kind == NonSuccessKind::Error);
    assert_eq!(errors.count(), 1);
}

/// GitLab: the element's text is shown and `@message` is not, of two tests with one name only the first counts,
/// `system-out` is read below a case alone, a file of 30 MB is too large
/// (<https://docs.gitlab.com/ci/testing/unit_test_reports/>).
#[test]
fn gitlab_shows_what_was_expected_and_what_to_do_out_of_the_text() {
    for (xml, read) in files() {
        for suite in &read.test_suites {
            assert!(suite.system_out.is_none() && suite.system_err.is_none());
        }
        for (_, message, text) in cases(&read).filter_map(trouble) {
            assert!(text.len() > message.len(), "{message}: {text}");
        }
        assert!(xml.len() < 30_000_000);
    }
    let xml = String::from_utf8(to_xml(&student(), Lang::En).unwrap()).unwrap();
    let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let failures = cases(&read).filter_map(trouble);
    let mut failures = failures.filter(|(kind, _, _)| *kind == NonSuccessKind::Failure);
    assert!(failures.any(|(_, _, text)| text.contains("expected: ") && text.contains("→ ")));
}
