//! A result for GitHub Classroom's reporter, which reads it as base64 of JSON from a step's output. The reporter adds up
//! its tests' scores: it knows no score that is incomplete, so there is none from such a run.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::model::{Check, OverrideKind, Report};
use crate::report::story::story;
use crate::text::Lang;

/// Why a run gives no result for a gradebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was the built-in demo.
    Demo,
    /// Something stood in the place of AWS or of the network.
    Override,
    /// A part of the lab has no score.
    Filtered,
    /// Some checks have no verdict.
    Incomplete,
}

/// What the reporter reads.
#[derive(Serialize)]
struct Results {
    version: u8,
    status: &'static str,
    max_score: f64,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    status: &'static str,
    score: f64,
    message: String,
    #[serde(rename = "test_code")]
    code: String,
    filename: String,
    line_no: u32,
    duration: u64,
}

/// The result as base64.
///
/// # Errors
/// The run gives none: it was a demo or had overrides, and these were not allowed, or its score is not whole.
pub fn classroom(report: &Report, lang: Lang, allow_emulator: bool) -> Result<String, Refused> {
    if report.demo && !allow_emulator {
        return Err(Refused::Demo);
    }
    let stands_in = |kind| {
        matches!(
            kind,
            OverrideKind::Endpoint | OverrideKind::Resolver | OverrideKind::Gateway
        )
    };
    if !allow_emulator
        && report
            .overrides
            .iter()
            .any(|replaced| stands_in(replaced.kind))
    {
        return Err(Refused::Override);
    }
    let score = report.score.as_ref().ok_or(Refused::Filtered)?;
    if !score.complete {
        return Err(Refused::Incomplete);
    }
    let counted = report.checks.iter().filter(|check| {
        check.selected && check.severity == Severity::Error && check.max_points > 0.0
    });
    let results = Results {
        version: 1,
        status: if report.counts().failed == 0 {
            "pass"
        } else {
            "fail"
        },
        max_score: score.max_points,
        tests: counted.map(|check| test(check, lang)).collect(),
    };
    // Its shape is ours: numbers, text and lists of them.
    let json = serde_json::to_vec(&results).unwrap_or_default();
    Ok(STANDARD.encode(json))
}

fn test(check: &Check, lang: Lang) -> Test {
    let passed = check.outcome == Outcome::Passed;
    Test {
        name: check.id.clone(),
        status: if passed { "pass" } else { "fail" },
        score: check.points,
        message: if passed {
            String::new()
        } else {
            story(check, lang).body
        },
        code: check.expects.clone(),
        filename: check.file.clone(),
        line_no: check.line,
        duration: check.elapsed_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use crate::report::tests::sample::{errored, failed, passed, run};

    fn decoded(text: &str) -> serde_json::Value {
        serde_json::from_slice(&STANDARD.decode(text).unwrap()).unwrap()
    }

    #[test]
    fn the_reporter_finds_scores_that_add_up() {
        let report = Report::assemble(run(), vec![passed("a"), failed("b", Vec::new())]);
        let results = decoded(&classroom(&report, Lang::En, false).unwrap());
        assert_eq!(results["status"], "fail");
        assert_eq!(results["max_score"], 2.0);
        let scores: f64 = results["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|test| test["score"].as_f64().unwrap())
            .sum();
        assert!((scores - 1.0).abs() < f64::EPSILON);
        assert_eq!(results["tests"][1]["status"], "fail");
    }

    #[test]
    fn what_is_no_mark_is_refused() {
        let mut demo = run();
        demo.demo = true;
        let demo = Report::assemble(demo, vec![passed("a")]);
        assert_eq!(classroom(&demo, Lang::En, false), Err(Refused::Demo));
        assert!(classroom(&demo, Lang::En, true).is_ok());
        let open = Report::assemble(run(), vec![errored("a", Code::Throttled, "x")]);
        assert_eq!(classroom(&open, Lang::En, true), Err(Refused::Incomplete));
    }
}
