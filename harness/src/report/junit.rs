//! `junit.xml` by quick-junit: a flat suite for each phase, unique names, a time for every case, one line of message and
//! the whole story in the body, since readers differ in which of the two they show. It makes no sentences.
use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::inert::{inert, inert_to};
use super::measured::Measured;
use super::model::{Check, Report};
use super::story::story;
use super::words::{drills, head, totals};
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::text::Lang;

/// The selected checks as `JUnit` XML, messages in `lang`.
///
/// # Errors
/// The XML could not be serialised.
pub fn to_xml(report: &Report, lang: Lang) -> io::Result<Vec<u8>> {
    let mut junit = quick_junit::Report::new(inert(&format!("labcheck {}", report.lab)));
    junit.set_time(Duration::from_millis(report.elapsed_ms));
    let mut phases: Vec<&str> = Vec::new();
    for check in report.checks.iter().filter(|check| check.selected) {
        if !phases.contains(&check.phase.as_str()) {
            phases.push(&check.phase);
        }
    }
    for phase in phases {
        junit.add_test_suite(suite(report, phase, lang));
    }
    let mut xml = Vec::new();
    junit.serialize(&mut xml).map_err(io::Error::other)?;
    Ok(xml)
}

fn suite(report: &Report, phase: &str, lang: Lang) -> TestSuite {
    let name = inert(&format!("{}.{phase}", report.lab));
    let mut suite = TestSuite::new(name.clone());
    let in_phase = report
        .checks
        .iter()
        .filter(|check| check.selected && check.phase == phase);
    let elapsed = in_phase
        .clone()
        .map(|check| check.elapsed_ms)
        .fold(0, u64::saturating_add);
    suite.set_time(Duration::from_millis(elapsed));
    let started = report
        .started_at
        .strftime("%Y-%m-%dT%H:%M:%S+00:00")
        .to_string();
    suite.extra.insert("timestamp".into(), started.into());
    suite.add_property(("stack", inert(&report.stack).as_str()));
    suite.add_property(("region", inert(&report.region).as_str()));
    suite.add_property(("demo", if report.demo { "true" } else { "false" }));
    for replaced in &report.overrides {
        suite.add_property(("override", head::replaced(lang, replaced).as_str()));
    }
    for check in in_phase {
        suite.add_test_case(case(report, check, &name, lang));
    }
    suite
}

/// One check as a case.
pub(crate) fn case(report: &Report, check: &Check, classname: &str, lang: Lang) -> TestCase {
    let mut case = TestCase::new(inert_to(&check.id, 200), status(check, lang));
    case.set_classname(classname);
    case.set_time(Duration::from_millis(check.elapsed_ms));
    case.extra
        .insert("file".into(), inert_to(&check.file, 400).into());
    case.extra
        .insert("line".into(), check.line.to_string().into());
    case.add_property(("points", totals::number(check.points).as_str()));
    case.add_property(("max_points", totals::number(check.max_points).as_str()));
    case.add_property(("kind", check.kind.as_str()));
    case.add_property(("stack", inert(&report.stack).as_str()));
    case.add_property(("severity", severity(check.severity)));
    if let Some(drill) = &check.drill {
        measured(&mut case, drill, lang);
    }
    case
}

/// What a drill measured, for programs as properties and for people as output.
fn measured(case: &mut TestCase, drill: &Measured, lang: Lang) {
    let seconds = |time: Option<f64>| time.map(|time| time.to_string());
    for (name, value) in [
        ("drill.samples", Some(drill.samples.to_string())),
        ("drill.lost", Some(drill.lost.to_string())),
        ("drill.unseen", Some(drill.unseen.to_string())),
        ("drill.availability", Some(drill.availability.to_string())),
        (
            "drill.longest_outage",
            Some(drill.longest_outage.to_string()),
        ),
        ("drill.recovery", seconds(drill.recovery)),
        ("drill.time_to_disrupt", seconds(drill.time_to_disrupt)),
        ("drill.time_to_detect", seconds(drill.time_to_detect)),
        ("drill.time_to_restore", seconds(drill.time_to_restore)),
        ("drill.time_to_recover", seconds(drill.time_to_recover)),
    ] {
        if let Some(value) = value {
            case.add_property((name, value.as_str()));
        }
    }
    let told = drills::measured(lang, drill);
    case.set_system_out(format!("{}\n{told}", drill.timeline));
}

/// The word that a reader of the file matches on, whatever its language.
fn severity(severity: Severity) -> &'static str {
    totals::severity(Lang::En, severity)
}

/// Only what counts for the score can fail or err here; the rest is skipped, with what was seen as the reason.
fn status(check: &Check, lang: Lang) -> TestCaseStatus {
    let counts = check.severity == Severity::Error;
    let mut status = match check.outcome {
        Outcome::Passed => return TestCaseStatus::success(),
        Outcome::Failed if counts => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Errored if counts => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Failed | Outcome::Errored | Outcome::Skipped => TestCaseStatus::skipped(),
    };
    let story = story(check, lang);
    status.set_type(check.outcome.as_str());
    status.set_message(inert_to(&story.message, 400));
    status.set_description(story.body);
    status
}
