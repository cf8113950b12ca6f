//! Gradescope: `results.json` of an autograder, one for each student. Nothing in it is hidden, since one hidden test hides
//! the total, and every text is `text`, so that no tag of a stack is markup. Whoever's mark is incomplete has no file: a
//! result without a score is an autograder's failure there, and one with a score would be a mark.
use serde::Serialize;

use super::table::Table;
use super::{Export, File, Marked, hundredths};
use crate::grade::Student;
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::inert::inert_to;
use crate::report::model::{Check, Report};
use crate::report::story::story;
use crate::report::words::totals;
use crate::text::Lang;

/// What Gradescope reads.
#[derive(Serialize)]
struct Results {
    score: f64,
    execution_time: f64,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    tests: Vec<Test>,
    extra_data: Extra,
}

#[derive(Serialize)]
struct Test {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    output: String,
    tags: Vec<String>,
}

/// What a rerun, or a person, finds the run again by.
#[derive(Serialize)]
struct Extra {
    student: String,
    checks_digest: String,
    started_at: jiff::Timestamp,
}

/// The columns that can hold ids.
pub(super) fn keys(table: &Table) -> Result<Vec<usize>, String> {
    let keys: Vec<usize> = ["SID", "Email"]
        .iter()
        .filter_map(|name| table.column(name))
        .collect();
    if keys.is_empty() {
        return Err(format!(
            "it is no roster of Gradescope, which has SID and Email; there is: {}",
            table.told()
        ));
    }
    Ok(keys)
}

/// The name of a student's file.
pub(super) fn name(one: &Marked<'_>) -> String {
    let folder = Student::folder_of(&one.row.student);
    format!("gradescope/{folder}/results.json")
}

/// The file of a student.
pub(super) fn file(export: &Export, one: &Marked<'_>, report: &Report, lang: Lang) -> Option<File> {
    let score = one.mark(export.full)?;
    let results = results(&one.row.student, report, score, export.full, lang);
    Some(File {
        name: name(one),
        // Its shape is ours: numbers, text and lists of them.
        bytes: serde_json::to_vec_pretty(&results).unwrap_or_default(),
    })
}

fn results(student: &str, report: &Report, score: f64, full: f64, lang: Lang) -> Results {
    let all = report.score.as_ref().map_or(0.0, |score| score.max_points);
    let scale = if all > 0.0 { full / all } else { 0.0 };
    #[expect(clippy::cast_precision_loss, reason = "a run takes hours at most")]
    let seconds = report.elapsed_ms as f64 / 1000.0;
    Results {
        // It goes before the sum of the tests, whose decimals are rounded one by one.
        score,
        execution_time: seconds,
        output: totals::score(lang, report.score.as_ref()),
        output_format: "text",
        test_output_format: "text",
        test_name_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        tests: report
            .checks
            .iter()
            .filter(|check| check.selected)
            .map(|check| test(check, scale, lang))
            .collect(),
        extra_data: Extra {
            student: student.to_owned(),
            checks_digest: report.checks_digest.clone(),
            started_at: report.started_at,
        },
    }
}

/// What has no points (a warning, what awaits an opt-in) is information: no score and no status.
fn test(check: &Check, scale: f64, lang: Lang) -> Test {
    let counts = check.severity == Severity::Error && check.max_points > 0.0;
    let passed = check.outcome == Outcome::Passed;
    let output = if passed {
        String::new()
    } else {
        story(check, lang).body
    };
    let title = inert_to(check.title.in_lang(lang), 200);
    Test {
        name: format!("{title} ({})", check.id),
        score: counts.then(|| hundredths(check.points * scale)),
        max_score: counts.then(|| hundredths(check.max_points * scale)),
        status: counts.then_some(if passed { "passed" } else { "failed" }),
        output,
        tags: vec![check.phase.clone(), check.kind.as_str().to_owned()],
    }
}
