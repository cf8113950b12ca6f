//! The drill that fails a cluster over: whatever becomes of the binary, the cluster is available in the end, with the writer
//! that it had.
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use labcheck::aws::{ClusterNow, Kind};
use labcheck::drill::mark::Mark;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::deployed::{Deployed, LONG, told};
use crate::policy::{actions, policy};
use crate::support::Lab;

const DRILL: [&str; 5] = [
    "run",
    "survives-fail-over",
    "--exact",
    "--allow-disruptive",
    "--allow-writes",
];

/// The lab's only cluster.
struct Cluster<'a> {
    stack: &'a Deployed,
    id: String,
    before: ClusterNow,
}

impl<'a> Cluster<'a> {
    async fn of(stack: &'a Deployed) -> Self {
        let found = stack.aws.elsewhere(Kind::DbCluster, "ap-northeast-1").await;
        let found = found.expect("the clusters");
        let id = found[0].get("id").and_then(Value::as_str).expect("an id");
        let before = stack.aws.cluster(id).await.expect("the cluster");
        Self {
            stack,
            id: id.to_owned(),
            before,
        }
    }

    async fn now(&self) -> ClusterNow {
        self.stack.aws.cluster(&self.id).await.expect("the cluster")
    }

    async fn until(&self, what: &str, holds: impl Fn(&ClusterNow) -> bool) {
        let until = Instant::now() + LONG;
        while !holds(&self.now().await) {
            assert!(Instant::now() < until, "{what}: {:?}", self.now().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// As before, and nothing is left to put back.
    async fn is_as_before(&self, why: &str) {
        assert_eq!(self.now().await, self.before, "{why}");
        assert_eq!(self.stack.journal(), None, "{why}");
        let output = self.stack.run(&["restore"]).await;
        assert!(
            told(&output).contains("Nothing to put back"),
            "{why}: {}",
            told(&output)
        );
    }
}

fn policy_without(action: &str) -> BTreeSet<String> {
    let mut allowed = actions(&policy("--stack demo-aurora --allow-disruptive"));
    assert!(allowed.remove(action), "{allowed:?}");
    allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_the_former_writer_writes_with_the_journal_and_without() {
    let mut tasks = JoinSet::new();
    for state in ["journal", "failing-over", "swapped"] {
        for keeps_journal in [true, false] {
            tasks.spawn(async move {
                let stack = Deployed::of(Lab::AuroraWordpress, &[], None).await;
                let cluster = Cluster::of(&stack).await;
                let mut child = stack.command(&DRILL).spawn().expect("the binary");
                stack.until_journal().await;
                match state {
                    "failing-over" => cluster.until(state, |now| now.status == state).await,
                    "swapped" => {
                        let was = &cluster.before;
                        let has_swapped = |now: &ClusterNow| {
                            now.status == "available" && now.writer != was.writer
                        };
                        cluster.until(state, has_swapped).await;
                    }
                    _ => {}
                }
                child.kill().expect("killed");
                child.wait().expect("gone");
                let journal = stack.journal().expect("it is left");
                if state != "journal" {
                    let mark = cluster.now().await.mark.expect("it is marked");
                    let mark = Mark::read(&mark).expect("a mark of ours");
                    assert_eq!(mark.writer, cluster.before.writer);
                }
                if !keeps_journal {
                    std::fs::remove_file(journal).expect("removed");
                }
                let output = stack.run(&["restore"]).await;
                let why = format!("{state}, {keeps_journal}: {}", told(&output));
                assert!(output.status.success(), "{why}");
                cluster.is_as_before(&why).await;
            });
        }
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_mark_may_be_set_the_journal_is_enough() {
    let allowed = policy_without("rds:AddTagsToResource");
    let stack = Deployed::of(Lab::AuroraWordpress, &[], Some(allowed)).await;
    let cluster = Cluster::of(&stack).await;
    let mut child = stack.command(&DRILL).spawn().expect("the binary");
    let has_swapped = |now: &ClusterNow| now.writer != cluster.before.writer;
    cluster.until("swapped", has_swapped).await;
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert_eq!(cluster.now().await.mark, None);
    let output = stack.run(&["restore"]).await;
    assert!(output.status.success(), "{}", told(&output));
    cluster.is_as_before("by the journal alone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fail_over_that_is_refused_is_errored_and_leaves_nothing() {
    let allowed = policy_without("rds:FailoverDBCluster");
    let stack = Deployed::of(Lab::AuroraWordpress, &[], Some(allowed)).await;
    let cluster = Cluster::of(&stack).await;
    let output = stack.run(&DRILL).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(
        told(&output).contains("rds:FailoverDBCluster"),
        "{}",
        told(&output)
    );
    cluster.is_as_before("it was never failed over").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_in_another_machines_hands_is_put_back_only_when_that_is_said() {
    let stack = Deployed::of(Lab::AuroraWordpress, &[], None).await;
    let cluster = Cluster::of(&stack).await;
    let mark = Mark {
        nonce: "lcold".to_owned(),
        writer: cluster.before.writer.clone(),
        owner: "7@elsewhere".to_owned(),
        until: jiff::Timestamp::now() + jiff::SignedDuration::from_mins(5),
    };
    let arn = &cluster.before.arn;
    let marked = stack.aws.mark_cluster(arn, &mark.to_string()).await;
    marked.expect("marked");
    let output = stack.run(&DRILL).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("7@elsewhere"), "{}", told(&output));
    let reader = cluster.before.readers[0].clone();
    let swapped = stack.aws.fail_over(&cluster.id, &reader).await;
    swapped.expect("failed over");
    cluster
        .until("available", |now| now.status == "available")
        .await;
    assert_eq!(stack.calls("rds:FailoverDBCluster"), 1, "the test's own");
    let output = stack.run(&["restore"]).await;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    for part in ["7@elsewhere", "nothing was touched", "--take-over"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    assert_eq!(stack.calls("rds:FailoverDBCluster"), 1, "nobody else's");
    let output = stack.run(&["restore", "--take-over"]).await;
    assert!(output.status.success(), "{}", told(&output));
    cluster.is_as_before("taken over").await;
}
