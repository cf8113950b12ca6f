//! `labcheck permissions`: a stack whose API allows what the policy says, and nothing else, is graded whole.
use std::collections::BTreeSet;

use serde_json::Value;

use crate::deployed::Deployed;
use crate::face::Face;
use crate::support::Lab;

/// The policy's document.
pub fn policy(arguments: &str) -> Value {
    let ended = Face::command("permissions").args(arguments).end().exits(0);
    serde_json::from_str(&ended.stdout).expect("JSON")
}

/// Every action that a document allows.
pub fn actions(policy: &Value) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    for statement in policy["Statement"].as_array().expect("statements") {
        assert_eq!(statement["Effect"], "Allow");
        match &statement["Action"] {
            Value::String(one) => actions.extend([one.clone()]),
            several => {
                let several = several.as_array().expect("actions");
                actions.extend(several.iter().filter_map(Value::as_str).map(str::to_owned));
            }
        }
    }
    actions
}

/// Grades a lab whole where the API allows what its policy says alone, and tells what was allowed and never called.
async fn unused(lab: Lab) -> Vec<String> {
    let allowed = actions(&policy(&format!(
        "--stack {} --allow-disruptive",
        lab.demo()
    )));
    let stack = Deployed::of(lab, &[], Some(allowed.clone())).await;
    let output = stack
        .run(&["run", "--allow-writes", "--allow-disruptive"])
        .await;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("Score: 100 of 100"), "{told}");
    let called = std::fs::read_to_string(stack.path("reports/result.json")).expect("a result");
    let called: Value = serde_json::from_str(&called).expect("JSON");
    let called = called["aws_calls"].as_object().expect("calls");
    allowed
        .into_iter()
        .filter(|action| !called.contains_key(action))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_policy_and_nothing_else_each_lab_is_graded_whole() {
    // Asked for before or after the end of the lab alone.
    assert_eq!(unused(Lab::HaWeb).await, ["ec2:DescribeAddresses"]);
    assert_eq!(
        unused(Lab::AuroraWordpress).await,
        ["ec2:DescribeKeyPairs", "ec2:DescribeSnapshots"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_drills_part_a_server_is_not_touched() {
    let allowed = actions(&policy("--lab ha-web"));
    assert!(
        allowed.iter().all(|action| action.contains(":Describe")),
        "{allowed:?}"
    );
    let stack = Deployed::start(&[], Some(allowed)).await;
    let output = stack
        .run(&["run", "survives-stop", "--exact", "--allow-disruptive"])
        .await;
    assert_eq!(
        output.status.code(),
        Some(3),
        "errored, for want of a permission"
    );
    assert_eq!(stack.states().await, ["running", "running"]);
}

#[test]
fn commands_are_bound_to_the_servers_that_the_stacks_vantages_name() {
    let without = actions(&policy("--lab ha-web"));
    assert!(!without.contains("ssm:SendCommand"), "no stack says so");
    // A lab by itself names no server yet: where it is said which vantages are managed, any instance is meant.
    let of_the_lab = policy("--lab ha-web --ssm web1 --ssm web2");
    let statements = of_the_lab["Statement"].as_array().expect("statements");
    let of = |sid: &str| statements.iter().find(|one| one["Sid"] == sid);
    let send = of("RunCommands").expect("a statement");
    assert_eq!(send["Resource"], "arn:aws:ec2:*:*:instance/*");
    assert!(of("ReadWhatTheySaid").is_some() && of("Forward").is_none());
    let dialled = actions(&policy("--lab aurora-wordpress --ssm bastion"));
    assert!(dialled.contains("ssm:StartSession"), "{dialled:?}");
    Face::command("permissions")
        .args("--lab ha-web --ssm web3")
        .end()
        .exits(2)
        .complains("there is: internet, web1, web2");

    let policy = policy("--stack demo");
    let statements = policy["Statement"].as_array().expect("statements");
    let of = |sid: &str| statements.iter().find(|one| one["Sid"] == sid);
    let send = of("RunCommands").expect("a statement");
    assert_eq!(send["Action"], "ssm:SendCommand");
    assert_eq!(
        send["Condition"]["StringLike"]["ssm:resourceTag/Name"],
        serde_json::json!(["ha-web-server-1", "ha-web-server-2"])
    );
    assert!(of("Forward").is_none(), "nothing is dialled from there");
}

#[test]
fn what_is_changed_is_bound_to_what_the_lab_names() {
    let policy = policy("--lab ha-web --allow-disruptive");
    let statements = policy["Statement"].as_array().expect("statements");
    let of = |sid: &str| {
        statements
            .iter()
            .find(|one| one["Sid"] == sid)
            .expect("a statement")
    };
    assert_eq!(
        of("StopAndStart")["Condition"]["StringLike"]["aws:ResourceTag/Name"],
        serde_json::json!(["ha-web-server-1", "ha-web-server-2"])
    );
    assert_eq!(
        of("MarkWhatADrillHasInHand")["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"],
        serde_json::json!(["labcheck:drill"])
    );
    assert_eq!(
        of("Look")["Condition"]["StringEquals"]["aws:RequestedRegion"][0],
        "us-east-1"
    );
}

#[test]
fn of_a_cluster_no_tag_but_a_drill_s_own_may_be_changed() {
    let policy = policy("--lab aurora-wordpress --allow-disruptive");
    let statements = policy["Statement"].as_array().expect("statements");
    let tags = statements.iter().find(|one| {
        let actions = one["Action"].as_array().into_iter().flatten();
        actions
            .into_iter()
            .any(|one| one == "rds:AddTagsToResource")
    });
    let tags = tags.expect("a statement");
    assert_eq!(
        tags["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"],
        serde_json::json!(["labcheck:drill"])
    );
    assert_eq!(tags["Resource"], "arn:aws:rds:*:*:cluster:*");
}
