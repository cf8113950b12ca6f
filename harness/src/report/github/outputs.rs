//! The step's outputs, by name. Every value is one line: a file of outputs has no other bounds.
use crate::report::exit::ExitCode;
use crate::report::model::Report;
use crate::report::words::totals::number;

/// Names and values: `score` and `max-score` in points, `complete`, and the `outcome` of the run. A part of a lab has no
/// score; the two are then empty.
#[must_use]
pub fn outputs(report: &Report) -> Vec<(&'static str, String)> {
    let score = report.score.as_ref();
    let points = |points: Option<f64>| points.map(number).unwrap_or_default();
    vec![
        ("score", points(score.map(|score| score.points))),
        ("max-score", points(score.map(|score| score.max_points))),
        (
            "complete",
            score.is_some_and(|score| score.complete).to_string(),
        ),
        ("outcome", outcome(report.exit_code()).to_owned()),
    ]
}

fn outcome(code: ExitCode) -> &'static str {
    match code {
        ExitCode::Passed => "passed",
        ExitCode::Failed => "failed",
        ExitCode::Undecided => "incomplete",
        ExitCode::NothingSelected => "nothing-selected",
        ExitCode::Interrupted | ExitCode::Terminated => "interrupted",
        ExitCode::Usage | ExitCode::BadInput | ExitCode::CannotWrite | ExitCode::Bug => "broken",
    }
}
