//! The drill that stops a service on a server: whatever becomes of the binary, the service runs in the end.
use std::time::{Duration, Instant};

use labcheck::aws::Kind;
use serde_json::Value;

use crate::deployed::{Deployed, LONG, told};
use crate::support::Lab;

const DRILL: [&str; 5] = [
    "run",
    "survives-stop-of-nginx",
    "--exact",
    "--allow-disruptive",
    "--allow-writes",
];

/// Waits until so many targets are healthy: one while nginx is stopped on the other's server.
async fn until_healthy(stack: &Deployed, wanted: usize) {
    let groups = stack
        .aws
        .elsewhere(Kind::TargetGroup, "ap-northeast-1")
        .await
        .expect("the groups");
    let arn = groups[0]
        .get("arn")
        .and_then(Value::as_str)
        .expect("an arn");
    let until = Instant::now() + LONG;
    loop {
        let targets = stack.aws.targets(arn).await.expect("the targets");
        let healthy = targets.iter().filter(|target| target.health == "healthy");
        if healthy.count() == wanted {
            return;
        }
        assert!(Instant::now() < until, "{wanted} never were healthy");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nothing is left to put back, by the journal, the marks, and the host's own word.
async fn nothing_is_left(stack: &Deployed) {
    assert_eq!(stack.journal(), None, "the journal is gone");
    assert_eq!(stack.aws.marked().await.expect("the marked"), []);
    let output = stack.run(&["restore"]).await;
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("Nothing to put back"),
        "{}",
        told(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_stopped_measured_and_started_again() {
    let stack = Deployed::of(Lab::AuroraWordpress, &[], None).await;
    let output = stack.run(&DRILL).await;
    assert!(output.status.success(), "{}", told(&output));
    let seen = stack.observed("survives-stop-of-nginx");
    let seen = &seen["Ok"]["fields"];
    assert_eq!(seen["target_health"], "unhealthy");
    assert_eq!(seen["target_reason"], "Target.FailedHealthChecks");
    assert_eq!(seen["others_healthy"], 1);
    assert_eq!(seen["public_address"], "kept");
    assert_eq!(stack.calls("ec2:StopInstances"), 0);
    nothing_is_left(&stack).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_drill_leaves_a_service_that_is_started_with_its_journal_and_without() {
    let stack = Deployed::of(Lab::AuroraWordpress, &[], None).await;
    for keeps_journal in [true, false] {
        let mut child = stack.command(&DRILL).spawn().expect("the binary");
        until_healthy(&stack, 1).await;
        child.kill().expect("killed");
        child.wait().expect("gone");
        let journal = stack.journal().expect("it is left");
        if !keeps_journal {
            std::fs::remove_file(journal).expect("removed");
        }
        let output = stack.run(&["restore"]).await;
        assert!(output.status.success(), "{}", told(&output));
        assert!(
            told(&output).contains("starting nginx on"),
            "{}",
            told(&output)
        );
        until_healthy(&stack, 2).await;
        nothing_is_left(&stack).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vantage_that_leads_to_another_server_stops_nothing() {
    let stack = Deployed::of(Lab::AuroraWordpress, &[], None).await;
    let bed = stack.path("bed.yaml");
    let text = std::fs::read_to_string(&bed).expect("the stack file");
    let other = text.replace(
        "bastion: { ssh: { host: '{{ web1.",
        "bastion: { ssh: { host: '{{ web2.",
    );
    assert_ne!(text, other);
    std::fs::write(&bed, other).expect("written");
    let output = stack.run(&DRILL).await;
    assert!(
        told(&output).contains("which is no name or address of"),
        "{}",
        told(&output)
    );
    nothing_is_left(&stack).await;
}
