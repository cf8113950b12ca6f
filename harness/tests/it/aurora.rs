//! The demos of Lab 001: the right stack passes as a whole, and the broken one is told by its causes.
use std::collections::BTreeSet;
use std::path::Path;

use crate::face::{Ended, Face};

fn demo(stack: &str) -> Ended {
    let face = Face::run();
    // Where the key to the servers is kept while the run lasts.
    let private = face.home().join("private");
    std::fs::create_dir(&private).expect("a folder");
    let ended = face
        .env("TMPDIR", &private)
        .args("--stack")
        .arg(stack)
        .end();
    assert!(is_empty(&private), "the key stayed behind");
    ended
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder)
        .expect("a folder")
        .next()
        .is_none()
}

/// The checks with this outcome.
fn with(ended: &Ended, outcome: &str) -> BTreeSet<String> {
    let outcomes = ended.outcomes().into_iter();
    outcomes
        .filter(|(_, found)| found == outcome)
        .map(|(id, _)| id)
        .collect()
}

fn ids(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

#[test]
fn the_right_stack_passes_but_for_what_awaits_leave_to_write_or_disrupt() {
    let ended = demo("demo-aurora").exits(0);
    assert_eq!(with(&ended, "failed"), ids(&["ssh-open-to-the-world"]));
    assert_eq!(with(&ended, "errored"), ids(&[]));
    let awaiting = [
        "cluster-endpoint-accepts-writes",
        "survives-fail-over",
        "survives-stop-of-nginx",
        "survives-stop-of-webserver-1",
        "written-value-reaches-the-reader",
    ];
    assert_eq!(with(&ended, "skipped"), ids(&awaiting));
}

#[test]
fn each_seeded_mistake_is_a_cause_and_nothing_is_errored() {
    let ended = demo("demo-aurora-broken").exits(101);
    assert_eq!(with(&ended, "errored"), ids(&[]));
    for cause in [
        "members-in-different-zones",
        "endpoints-swapped-subnets",
        "web-sg-only-from-alb",
        "direct-access-times-out[web2]",
        "site-urls-in-the-database",
    ] {
        let named = format!(". {cause}  ");
        let is_told = |line: &str| line.contains(&named);
        assert!(
            ended.stdout.lines().any(is_told),
            "{cause}: {}",
            ended.told()
        );
    }
}
