//! Each phase of the lab passes on a stack that stands there, and a stack one phase further fails exactly what flips.
use std::collections::BTreeSet;

use labcheck::language::ast::Severity;
use labcheck::outcome::Outcome;
use tokio::task::JoinSet;

use crate::support::{Bed, Graded, Lab, selected};

/// The rows of the handout whose truth turns with a phase.
fn flips(lab: Lab) -> &'static [&'static str] {
    match lab {
        Lab::HaWeb => &[
            "HA-124", "HA-202", "HA-221", "HA-229", "HA-235", "HA-236", "HA-251", "HA-252",
            "HA-307", "HA-308", "HA-402", "HA-404",
        ],
        Lab::AuroraWordpress => &["AU-008", "AU-012", "AU-133", "AU-139", "AU-320", "AU-601"],
    }
}

async fn phases(lab: Lab) -> Vec<String> {
    let graded = Bed::at("end").of(lab).grade().await;
    graded.prepared.plan.phases.clone()
}

fn severe(graded: &Graded, outcome: Outcome) -> BTreeSet<String> {
    graded
        .report
        .checks
        .iter()
        .filter(|check| check.outcome == outcome && check.severity == Severity::Error)
        .map(|check| check.id.clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_phase_passes_on_a_stack_that_stands_there() {
    let mut tasks = JoinSet::new();
    let mut beds = Vec::new();
    for lab in Lab::ALL {
        let phases = phases(lab).await;
        beds.extend(phases.into_iter().map(|phase| (lab, phase)));
    }
    for (lab, phase) in beds {
        tasks.spawn(async move {
            let graded = Bed::at(&phase).of(lab).grade().await;
            let frowned_upon = lab.frowned_upon();
            graded.is_judged_the_same_again();
            let bad: Vec<&str> = graded
                .report
                .checks
                .iter()
                .filter(|check| check.outcome != Outcome::Passed)
                .filter(|check| !frowned_upon.contains(&check.id))
                .map(|check| check.id.as_str())
                .collect();
            (!bad.is_empty())
                .then(|| format!("{}: {phase}: {bad:?}\n{}", lab.name(), graded.told()))
        });
    }
    let wrong: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_one_phase_further_fails_exactly_what_flips_there() {
    for lab in Lab::ALL {
        flips_and_nothing_else(lab).await;
    }
}

async fn flips_and_nothing_else(lab: Lab) {
    let phases = phases(lab).await;
    let mut tasks = JoinSet::new();
    for pair in phases.windows(2).filter(|pair| pair[0] != "end") {
        let (phase, next) = (pair[0].clone(), pair[1].clone());
        let further = phases
            .iter()
            .position(|known| *known == next)
            .expect("a phase");
        tasks.spawn(async move {
            let graded = Bed { stands_at: Some(next.clone()), wait: false, ..Bed::at(&phase).of(lab) }.grade().await;
            let failed = severe(&graded, Outcome::Failed);
            let skipped = severe(&graded, Outcome::Skipped);
            let flipped: BTreeSet<String> = selected(&graded.prepared)
                .checks
                .iter()
                .filter(|check| check.severity == Severity::Error && !check.holds_in(further))
                .filter(|check| check.asserts.iter().any(|row| flips(lab).contains(&row.as_str())))
                // The drill stops the first server only.
                .filter(|check| next != "stopped" || check.each.as_deref() != Some("web2"))
                .map(|check| check.id.clone())
                .collect();
            let unflipped: Vec<_> = flipped.iter().filter(|id| !failed.contains(*id) && !skipped.contains(*id)).collect();
            let unexpected: Vec<_> = failed.difference(&flipped).collect();
            let errored = severe(&graded, Outcome::Errored);
            (!unflipped.is_empty() || !unexpected.is_empty() || !errored.is_empty())
                .then(|| format!("{phase} on {next}: not failed {unflipped:?}, failed beside {unexpected:?}, errored {errored:?}"))
        });
    }
    let wrong: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
