//! The score as a table: what counts, what does not, and what makes it incomplete.
use super::sample::*;
use crate::fault::Code;
use crate::language::ast::Severity;
use crate::report::exit::ExitCode;
use crate::report::model::{Missing, Report, Signal};
use crate::result::SkipKind;

struct Case {
    name: &'static str,
    checks: Vec<Pair>,
    /// Points, maximum, percent.
    score: (f64, f64, Option<f64>),
    exit: ExitCode,
}

fn fault(id: &str) -> Pair {
    errored(id, Code::Throttled, "ec2")
}

fn weighing(mut pair: Pair, points: f64) -> Pair {
    pair.0.points = points;
    pair
}

fn drill(id: &str) -> Pair {
    weighing(skipped(id, SkipKind::OptIn, "--allow-disruptive"), 5.0)
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    let case = |name, checks, score, exit| Case {
        name,
        checks,
        score,
        exit,
    };
    vec![
        case(
            "all passed",
            vec![passed("a"), weighing(passed("b"), 3.0)],
            (4.0, 4.0, Some(100.0)),
            ExitCode::Passed,
        ),
        case(
            "one failed",
            vec![passed("a"), passed("b"), failed("c", vec![])],
            (2.0, 3.0, Some(66.67)),
            ExitCode::Failed,
        ),
        case(
            "what needs the failed one costs its points too, also through another",
            vec![
                passed("a"),
                failed("b", vec![]),
                waiting("c", "b"),
                waiting("d", "c"),
            ],
            (1.0, 4.0, Some(25.0)),
            ExitCode::Failed,
        ),
        case(
            "an error leaves it open",
            vec![passed("a"), fault("b"), waiting("c", "b")],
            (1.0, 3.0, None),
            ExitCode::Undecided,
        ),
        case(
            "all errored is not zero",
            vec![fault("a"), fault("b")],
            (0.0, 2.0, None),
            ExitCode::Undecided,
        ),
        case(
            "a failed need costs though another need errored",
            vec![
                failed("a", vec![]),
                fault("b"),
                needing(skipped("c", SkipKind::Need, "b"), &["b", "a"]),
            ],
            (0.0, 3.0, None),
            ExitCode::Failed,
        ),
        case(
            "an opt-in is outside, and what needs it",
            vec![passed("a"), drill("b"), waiting("c", "b")],
            (1.0, 1.0, Some(100.0)),
            ExitCode::Passed,
        ),
        case(
            "what is out of how much does not depend on the stack: an opt-in first",
            vec![
                failed("a", vec![]),
                drill("b"),
                needing(skipped("c", SkipKind::Need, "a"), &["a", "b"]),
            ],
            (0.0, 1.0, Some(0.0)),
            ExitCode::Failed,
        ),
        case(
            "a vantage that is not configured leaves it open",
            vec![passed("a"), skipped("b", SkipKind::Vantage, "bastion")],
            (1.0, 2.0, None),
            ExitCode::Undecided,
        ),
        case(
            "one that the lab can do without is outside, whatever else failed",
            vec![
                passed("a"),
                failed("b", vec![]),
                skipped("c", SkipKind::OptionalVantage, "web1"),
                needing(skipped("d", SkipKind::Need, "b"), &["b", "c"]),
            ],
            (1.0, 2.0, Some(50.0)),
            ExitCode::Failed,
        ),
        case(
            "a login too",
            vec![skipped("b", SkipKind::Login, "db")],
            (0.0, 1.0, None),
            ExitCode::Undecided,
        ),
        case(
            "a resource that is not there costs what names it",
            vec![passed("a"), skipped("b", SkipKind::Need, "alb")],
            (1.0, 2.0, Some(50.0)),
            ExitCode::Undecided,
        ),
        case(
            "warnings and informations count for nothing",
            vec![
                passed("a"),
                graded(failed("b", vec![]), Severity::Warning),
                graded(fault("c"), Severity::Info),
            ],
            (1.0, 1.0, Some(100.0)),
            ExitCode::Passed,
        ),
        case(
            "warnings alone have no score",
            vec![graded(passed("a"), Severity::Warning)],
            (0.0, 0.0, None),
            ExitCode::Passed,
        ),
        case(
            "shares of a weight add up",
            vec![
                weighing(passed("a"), 1.0 / 3.0),
                weighing(passed("b"), 1.0 / 3.0),
                weighing(passed("c"), 1.0 / 3.0),
            ],
            (1.0, 1.0, Some(100.0)),
            ExitCode::Passed,
        ),
        case(
            "nearly all is not all",
            vec![weighing(passed("a"), 99_999.0), failed("b", vec![])],
            (99_999.0, 100_000.0, Some(99.99)),
            ExitCode::Failed,
        ),
        case(
            "a circle in the needs is tolerated",
            vec![waiting("a", "b"), waiting("b", "a")],
            (0.0, 2.0, Some(0.0)),
            ExitCode::Undecided,
        ),
        case(
            "nothing selected",
            vec![],
            (0.0, 0.0, None),
            ExitCode::NothingSelected,
        ),
    ]
}

#[test]
fn points_percent_and_exit_code_follow_from_the_outcomes() {
    for case in cases() {
        let report = Report::assemble(run(), case.checks);
        let score = report.score.clone().unwrap();
        assert_eq!(
            (score.points, score.max_points, score.percent),
            case.score,
            "{}",
            case.name
        );
        assert_eq!(report.exit_code(), case.exit, "{}", case.name);
        let rows: f64 = report.checks.iter().map(|check| check.max_points).sum();
        assert!((rows - score.max_points).abs() < 0.01, "{}", case.name);
    }
}

#[test]
fn an_incomplete_score_says_what_would_complete_it_and_an_opt_in_what_it_would_add() {
    let checks = vec![
        fault("a"),
        waiting("b", "a"),
        skipped("c", SkipKind::Vantage, "bastion"),
        waiting("d", "c"),
        drill("e"),
        waiting("f", "e"),
    ];
    let score = Report::assemble(run(), checks).score.unwrap();
    assert!(!score.complete);
    let gaps: Vec<_> = score
        .would_complete
        .into_iter()
        .map(|gap| (gap.missing, gap.checks, gap.points))
        .collect();
    assert_eq!(
        gaps,
        [
            (Missing::Observation(Code::Throttled), 2, 2.0),
            (Missing::Vantage("bastion".to_owned()), 2, 2.0)
        ]
    );
    let outside = &score.outside[0];
    assert_eq!(
        (outside.opt_in.as_str(), outside.checks, outside.points),
        ("--allow-disruptive", 2, 6.0)
    );
}

#[test]
fn a_filter_leaves_no_score_and_only_the_causes_of_what_it_selects() {
    let mut facts = run();
    facts.selection.filter = Some("c".to_owned());
    let unselected = |mut pair: Pair| {
        pair.0.selected = false;
        pair
    };
    let checks = vec![
        unselected(failed("a", vec![])),
        unselected(failed("other", vec![])),
        unselected(passed("b")),
        needing(skipped("c", SkipKind::Need, "a"), &["a", "b"]),
    ];
    let report = Report::assemble(facts, checks);
    assert_eq!(report.score, None);
    let ids: Vec<&str> = report
        .checks
        .iter()
        .map(|check| check.id.as_str())
        .collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(report.counts().skipped, 1);
    assert_eq!(report.counts().failed, 0);
    assert_eq!(report.exit_code(), ExitCode::Failed);
}

#[test]
fn a_signal_decides_the_exit_code() {
    for (signal, code) in [(Signal::Interrupt, 130), (Signal::Terminate, 143)] {
        let mut facts = run();
        facts.interrupted = Some(signal);
        let report = Report::assemble(facts, vec![failed("a", vec![])]);
        assert_eq!(report.exit_code().number(), code);
    }
}
