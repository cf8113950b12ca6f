//! Which checks are causes, and what hangs on them, on small graphs.
use super::sample::*;
use crate::fault::Code;
use crate::language::ast::Severity;
use crate::report::model::Report;
use crate::result::SkipKind;

/// Each root as its members and what waits for it; then what stands apart.
fn folded(checks: Vec<Pair>) -> (Vec<(String, String)>, String) {
    let report = Report::assemble(run(), checks);
    let names = |places: &[usize]| {
        let names: Vec<&str> = places
            .iter()
            .map(|&place| report.checks[place].id.as_str())
            .collect();
        names.join(" ")
    };
    let folding = report.folding();
    let roots = folding
        .roots
        .iter()
        .map(|root| (names(&root.members), names(&root.waiting)));
    (roots.collect(), names(&folding.apart))
}

fn roots(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    expected.iter().map(owned).collect()
}

#[test]
fn a_chain_has_its_first_as_cause() {
    let (found, apart) = folded(vec![
        failed("a", vec![]),
        waiting("b", "a"),
        waiting("c", "b"),
        passed("d"),
    ]);
    assert_eq!(found, roots(&[("a", "b c")]));
    assert_eq!(apart, "");
}

#[test]
fn a_diamond_hangs_on_its_top_once() {
    let bottom = needing(skipped("d", SkipKind::Need, "b"), &["b", "c"]);
    let (found, _) = folded(vec![
        failed("a", vec![]),
        waiting("b", "a"),
        waiting("c", "a"),
        bottom,
    ]);
    assert_eq!(found, roots(&[("a", "b c d")]));
}

#[test]
fn of_two_causes_the_one_that_the_skip_names_gets_it() {
    let both = needing(skipped("c", SkipKind::Need, "b"), &["a", "b"]);
    let (found, _) = folded(vec![failed("a", vec![]), failed("b", vec![]), both]);
    assert_eq!(found, roots(&[("a", ""), ("b", "c")]));
}

#[test]
fn a_failure_because_of_another_is_folded_and_alone_it_is_a_cause() {
    let (found, _) = folded(vec![
        failed("a", vec![]),
        because(failed("b", vec![]), &["a"]),
    ]);
    assert_eq!(found, roots(&[("a", "b")]));
    let (found, _) = folded(vec![passed("a"), because(failed("b", vec![]), &["a"])]);
    assert_eq!(found, roots(&[("b", "")]));
}

#[test]
fn a_circle_of_becauses_has_one_cause() {
    let circle = vec![
        because(failed("a", vec![]), &["b"]),
        because(failed("b", vec![]), &["c"]),
        because(failed("c", vec![]), &["a"]),
        because(failed("d", vec![]), &["c"]),
        because(failed("self", vec![]), &["self"]),
    ];
    let (found, _) = folded(circle);
    assert_eq!(found, roots(&[("a", "b c d"), ("self", "")]));
}

#[test]
fn a_circle_below_a_cause_is_folded_under_it() {
    let circle = vec![
        because(failed("a", vec![]), &["b"]),
        because(failed("b", vec![]), &["a", "top"]),
        failed("top", vec![]),
    ];
    let (found, _) = folded(circle);
    assert_eq!(found, roots(&[("top", "a b")]));
}

#[test]
fn one_fault_in_ninety_checks_is_one_cause_before_all_failures() {
    let mut checks = vec![failed("wrong", vec![])];
    checks.extend((0..90).map(|n| {
        errored(
            &format!("c{n}"),
            Code::ExpiredCredentials,
            &format!("ec2:Describe{n}"),
        )
    }));
    let report = Report::assemble(run(), checks);
    let folding = report.folding();
    assert_eq!(folding.roots.len(), 2);
    assert_eq!(folding.roots[0].members.len(), 90);
    assert_eq!(folding.roots[1].members, [0]);
}

#[test]
fn faults_of_different_targets_stay_apart_unless_they_are_the_accounts() {
    let vantage = |id: &str, target: &str| errored(id, Code::VantageFailed, target);
    let (found, _) = folded(vec![
        vantage("a", "bastion"),
        vantage("b", "bastion"),
        vantage("c", "gateway"),
    ]);
    assert_eq!(found, roots(&[("a b", ""), ("c", "")]));
}

#[test]
fn a_silence_that_nothing_explains_hangs_on_the_check_that_should_explain_it() {
    let mut silent = errored("silent", Code::SilenceUnexplained, "tcp");
    silent.0.agrees_with = ids(&["sg"]);
    let (found, _) = folded(vec![silent.clone(), failed("sg", vec![])]);
    assert_eq!(found, roots(&[("sg", "silent")]));
    let (found, _) = folded(vec![silent, passed("sg")]);
    assert_eq!(found, roots(&[("silent", "")]));
}

#[test]
fn what_awaits_an_opt_in_or_a_vantage_stands_apart() {
    let checks = vec![
        skipped("drill", SkipKind::OptIn, "--allow-disruptive"),
        waiting("after", "drill"),
        skipped("far", SkipKind::Vantage, "bastion"),
        failed("a", vec![]),
    ];
    let (found, apart) = folded(checks);
    assert_eq!(found, roots(&[("a", "")]));
    assert_eq!(apart, "drill after far");
}

#[test]
fn a_warning_is_no_cause_and_hides_none() {
    let checks = vec![
        graded(failed("warning", vec![]), Severity::Warning),
        because(failed("a", vec![]), &["warning"]),
    ];
    let (found, _) = folded(checks);
    assert_eq!(found, roots(&[("a", "")]));
}
