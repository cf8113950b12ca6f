//! Drills from outside: a stack that outlives the run (a replica in this process) is disrupted by the binary, and whatever
//! becomes of that binary, everything that should run runs in the end.
use std::collections::BTreeSet;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use labcheck::drill::journal::Undo;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::deployed::{Deployed, SPEED, told};
use crate::face::Face;
use crate::policy::{actions, policy};
use crate::support::Lab;

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_is_measured_and_everything_runs_again() {
    let stack = Deployed::with(&[]).await;
    let output = stack.ended(stack.drill()).await;
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("for at most"),
        "the budget is told: {}",
        told(&output)
    );
    assert!(
        told(&output)
            .contains("billed by the hour: server ha-web-server-1, server ha-web-server-2, load"),
        "what costs money is told: {}",
        told(&output)
    );
    stack.all_runs().await;
    let seen = &stack.observed("survives-stop")["Ok"]["fields"];
    assert_eq!(seen["target_health"], "unused");
    assert_eq!(seen["target_reason"], "Target.InvalidState");
    assert_eq!(seen["others_healthy"], 1);
    assert_eq!(seen["public_address"], "changed");
    assert!(seen["samples"].as_u64() > Some(3), "{seen}");
    assert_eq!(stack.calls("ec2:StopInstances"), 1);
    // What was measured stands in every report.
    let text = |name: &str| std::fs::read_to_string(stack.path(name)).expect("a report");
    let result: Value = serde_json::from_str(&text("reports/result.json")).expect("JSON");
    let rows = result["checks"].as_array().expect("checks");
    let row = rows.iter().find(|row| row["id"] == "survives-stop");
    let drill = &row.expect("its row")["drill"];
    for field in [
        "samples",
        "lost",
        "availability",
        "longest_outage",
        "timeline",
    ] {
        assert_eq!(drill[field], seen[field], "{field}");
    }
    assert_eq!(drill["speed"], 1.0, "a deployed stack's time is ours");
    let timeline = drill["timeline"].as_str().expect("a timeline");
    assert!(timeline.contains('●'), "{timeline}");
    assert!(text("reports/junit.xml").contains(timeline));
    assert!(text("reports/report.html").contains("<svg role=\"img\""));
    assert!(told(&output).contains("What the drills measured"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_own_flag_nothing_is_touched() {
    let stack = Deployed::with(&[]).await;
    let output = stack
        .run(&["run", "survives-stop", "--exact", "--allow-writes"])
        .await;
    assert!(
        told(&output).contains("--allow-disruptive"),
        "{}",
        told(&output)
    );
    assert_eq!(stack.calls("ec2:StopInstances"), 0);
    assert_eq!(stack.calls("ec2:CreateTags"), 0);
    assert!(!stack.path("state").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_can_not_be_written_touches_nothing() {
    let stack = Deployed::with(&[]).await;
    std::fs::write(stack.path("state"), "a file").expect("written");
    let output = stack.ended(stack.drill()).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("journal"), "{}", told(&output));
    assert_eq!(stack.calls("ec2:StopInstances"), 0);
    assert_eq!(stack.calls("ec2:CreateTags"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_does_not_stand_is_not_touched() {
    for fault in ["server-2-stopped-too", "server-2-not-registered"] {
        let stack = Deployed::with(&[fault]).await;
        let output = stack.ended(stack.drill()).await;
        assert_eq!(stack.calls("ec2:StopInstances"), 0, "{}", told(&output));
        assert_eq!(stack.journal(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_signal_ends_a_run_the_server_is_started_within_a_second() {
    let mut tasks = JoinSet::new();
    for (name, state, code) in [
        ("INT", "stopping", 130),
        ("TERM", "stopped", 143),
        ("HUP", "stopping", 143),
    ] {
        tasks.spawn(async move {
            let stack = Deployed::with(&[]).await;
            let mut child = stack.drill();
            stack.until(state).await;
            // As after a closed window: nobody reads any more.
            drop((child.stdout.take(), child.stderr.take()));
            let calls = stack.calls("ec2:StartInstances");
            signal(&child, name);
            let sent = Instant::now();
            while stack.calls("ec2:StartInstances") == calls {
                assert!(
                    sent.elapsed() < Duration::from_secs(1),
                    "{name}: no call yet"
                );
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if name == "INT" {
                // Once more is no way out of it.
                signal(&child, name);
            }
            let output = stack.ended(child).await;
            assert_eq!(output.status.code(), Some(code), "{name}");
            stack.all_runs().await;
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_everything_is_put_back_with_the_journal_and_without() {
    let mut tasks = JoinSet::new();
    for state in ["journal", "stopping", "stopped", "pending"] {
        for keeps_journal in [true, false] {
            tasks.spawn(async move {
                let stack = Deployed::with(&[]).await;
                let mut child = stack.drill();
                stack.until_journal().await;
                if state != "journal" {
                    stack.until(state).await;
                }
                child.kill().expect("killed");
                child.wait().expect("gone");
                let journal = stack.journal().expect("it is left");
                let asked = stack.run(&["run", "vpc-exists", "--exact"]).await;
                let first = String::from_utf8_lossy(&asked.stdout);
                let first = first.lines().next().unwrap_or_default();
                assert!(first.contains("left unfinished"), "{state}: {first}");
                if !keeps_journal {
                    std::fs::remove_file(journal).expect("removed");
                }
                let output = stack.run(&["restore"]).await;
                let why = format!("{state}, {keeps_journal}: {}", told(&output));
                assert!(output.status.success(), "{why}");
                stack.all_runs().await;
                let output = stack.run(&["restore"]).await;
                assert!(told(&output).contains("Nothing to put back"), "{why}");
            });
        }
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_drill_puts_back_what_the_last_one_left_and_two_at_once_are_refused() {
    let stack = Deployed::with(&[]).await;
    let mut child = stack.drill();
    stack.until("stopped").await;
    let other = stack.ended(stack.drill()).await;
    assert_ne!(other.status.code(), Some(0), "{}", told(&other));
    assert_eq!(stack.calls("ec2:StopInstances"), 1, "one of them only");
    child.kill().expect("killed");
    child.wait().expect("gone");
    let looked = stack.run(&["run", "vpc-exists", "--exact"]).await;
    let first = told(&looked);
    assert!(first.contains("was left unfinished"), "{first}");
    assert_eq!(
        stack.calls("ec2:StartInstances"),
        0,
        "without the flag it touches nothing"
    );
    // The servers run again before anything is looked at: a drill would be skipped while one stands still.
    let output = stack.run(&["run", "running", "--allow-disruptive"]).await;
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("was left unfinished by"),
        "{}",
        told(&output)
    );
    assert_eq!(stack.calls("ec2:StartInstances"), 1);
    assert_eq!(stack.journal(), None);
    let restored = stack.run(&["restore"]).await;
    assert!(
        told(&restored).contains("Nothing to put back"),
        "{}",
        told(&restored)
    );
    stack.all_runs().await;
}

/// A server that no longer is.
fn gone() -> Undo {
    Undo::StartServer {
        id: "i-0aaaaaaaaaaaaaaaa".to_owned(),
        name: "ha-web-server-1".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_told_once_and_keeps_no_later_drill_from_the_stack() {
    let stack = Deployed::with(&[]).await;
    stack.leave(gone(), None);
    let output = stack.run(&["restore"]).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(
        told(&output).contains("launch a new one"),
        "{}",
        told(&output)
    );
    assert_eq!(stack.journal(), None, "it has nothing left to say");
    let output = stack.run(&["restore"]).await;
    assert!(output.status.success(), "{}", told(&output));

    stack.leave(gone(), None);
    let output = stack.ended(stack.drill()).await;
    assert!(
        told(&output).contains("launch a new one"),
        "{}",
        told(&output)
    );
    assert!(
        output.status.success(),
        "the drill is run: {}",
        told(&output)
    );
    stack.all_runs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_journal_is_kept_since_there_the_server_is_merely_unknown() {
    let stack = Deployed::with(&[]).await;
    stack.leave(gone(), Some("999999999999"));
    for output in [
        stack.run(&["restore"]).await,
        stack.ended(stack.drill()).await,
    ] {
        assert_eq!(output.status.code(), Some(3), "{}", told(&output));
        assert!(
            told(&output).contains("another account"),
            "{}",
            told(&output)
        );
        assert!(stack.journal().is_some(), "it is kept");
    }
    assert_eq!(stack.calls("ec2:StartInstances"), 0);
    assert_eq!(stack.calls("ec2:StopInstances"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_another_machines_hands_is_put_back_only_when_that_is_said() {
    let stack = Deployed::with(&[]).await;
    let id = stack.server().await;
    let mark = |until: jiff::SignedDuration| {
        let until = jiff::Timestamp::now() + until;
        format!(
            "lcold 7@elsewhere until {}",
            until.strftime("%Y-%m-%dT%H:%M:%SZ")
        )
    };
    let live = mark(jiff::SignedDuration::from_mins(5));
    stack.aws.mark(&id, &live).await.expect("marked");
    stack.aws.stop_server(&id).await.expect("stopped");
    stack.until("stopped").await;
    let output = stack.run(&["restore"]).await;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    for part in ["7@elsewhere", "nothing was touched", "--take-over"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    assert_eq!(stack.calls("ec2:StartInstances"), 0);
    let output = stack.run(&["restore", "--take-over"]).await;
    assert!(output.status.success(), "{}", told(&output));
    stack.all_runs().await;

    // Its time is over: nobody is at work any more.
    let over = mark(jiff::SignedDuration::from_mins(-1));
    stack.aws.mark(&id, &over).await.expect("marked");
    stack.aws.stop_server(&id).await.expect("stopped");
    let output = stack.run(&["restore"]).await;
    assert!(output.status.success(), "{}", told(&output));
    stack.all_runs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_can_not_be_read_is_kept_and_the_rest_is_put_back() {
    let stack = Deployed::with(&[]).await;
    let id = stack.server().await;
    stack.aws.stop_server(&id).await.expect("stopped");
    std::fs::create_dir_all(stack.path("state")).expect("a folder");
    let file = stack.place().file();
    let text = r#"{ "schema": "labcheck/drill/v9" }"#;
    std::fs::write(&file, text).expect("written");
    let output = stack.run(&["restore"]).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(told(&output).contains("can't be read"), "{}", told(&output));
    assert_eq!(std::fs::read_to_string(&file).expect("it is kept"), text);
    assert_eq!(stack.states().await, ["running", "running"]);
    // Nor does a drill begin over it.
    let output = stack.ended(stack.drill()).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert_eq!(stack.calls("ec2:StopInstances"), 1, "the test's own alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_refused_leaves_the_journal_and_says_what_to_click() {
    let mut allowed = actions(&policy("--lab ha-web --allow-disruptive"));
    assert!(allowed.remove("ec2:StartInstances"), "{allowed:?}");
    let stack = Deployed::start(&[], Some(allowed)).await;
    let output = stack.ended(stack.drill()).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    for part in ["could not be started", "start it by hand", "Start instance"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    assert!(
        stack.journal().is_some(),
        "for the next one, with permission"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_is_refused_is_errored_and_leaves_nothing() {
    let mut allowed = actions(&policy("--lab ha-web --allow-disruptive"));
    assert!(allowed.remove("ec2:StopInstances"), "{allowed:?}");
    let stack = Deployed::start(&[], Some(allowed)).await;
    let output = stack.ended(stack.drill()).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    for part in ["ec2:StopInstances", "0 failed", "1 errored"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    stack.all_runs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_end_before_the_drill_would_touch_nothing() {
    let stack = Deployed::with(&[]).await;
    let began = |minutes| {
        let expiry = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
        let answer = serde_json::json!({
            "Version": 1,
            "AccessKeyId": stack.replica.access_key_id(),
            "SecretAccessKey": stack.replica.secret_access_key(),
            "SessionToken": "session",
            "Expiration": expiry.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        });
        let (answered, config) = (stack.path("answer.json"), stack.path("config"));
        std::fs::write(&answered, answer.to_string()).expect("written");
        let process = format!("credential_process = cat {}", answered.display());
        std::fs::write(&config, format!("[profile class]\n{process}\n")).expect("written");
        let mut command = stack.command(&["run", "survives-stop", "--exact"]);
        command.arg("--allow-disruptive").arg("--no-wait");
        for of_keys in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env_remove(of_keys);
        }
        command
            .env("AWS_CONFIG_FILE", config)
            .env("AWS_SHARED_CREDENTIALS_FILE", stack.path("none"))
            .env("AWS_PROFILE", "class");
        command.spawn().expect("the binary")
    };
    let output = stack.ended(began(6)).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    for part in ["credentials expire", "get new ones", "Nothing was changed"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    assert_eq!(stack.calls("ec2:StopInstances"), 0);
    assert_eq!(stack.calls("ec2:CreateTags"), 0);
    // Those of an hour outlive it.
    let output = stack.ended(began(60)).await;
    assert!(output.status.success(), "{}", told(&output));
    stack.all_runs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_terminated_during_the_drill_is_told_with_what_to_click() {
    let stack = Deployed::with(&[]).await;
    let child = stack.drill();
    stack.until("stopping").await;
    stack.terminate(&stack.server().await).await;
    let output = stack.ended(child).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    for part in ["ha-web-server-1", "can't be started", "launch a new one"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    assert_eq!(stack.journal(), None, "nothing can be put back any more");
    assert!(!stack.states().await.contains(&"stopped".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_calls_are_made_again_until_all_is_put_back() {
    let stack = Deployed::with(&[]).await;
    stack.replica.throttle("ec2:StopInstances", 2);
    // More than the SDK tries for one operation.
    stack.replica.throttle("ec2:StartInstances", 8);
    let output = stack.ended(stack.drill()).await;
    assert_ne!(output.status.code(), Some(3), "{}", told(&output));
    assert_eq!(stack.calls("ec2:StopInstances"), 3);
    assert!(stack.calls("ec2:StartInstances") >= 9);
    stack.all_runs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_end_during_the_drill_are_told_and_new_ones_put_everything_back() {
    let stack = Deployed::with(&[]).await;
    let child = stack.drill();
    stack.until("stopping").await;
    stack.replica.expire(true);
    let output = stack.ended(child).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    for part in ["could not be started", "RequestExpired", "start it by hand"] {
        assert!(told(&output).contains(part), "{part}: {}", told(&output));
    }
    assert!(stack.journal().is_some(), "for the next one, with new ones");
    let output = stack.run(&["restore"]).await;
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    stack.replica.expire(false);
    let output = stack.run(&["restore"]).await;
    assert!(output.status.success(), "{}", told(&output));
    stack.all_runs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_neither_journal_nor_mark_what_the_lab_s_drills_stop_is_started() {
    let mut allowed = actions(&policy("--lab ha-web --allow-disruptive"));
    assert!(allowed.remove("ec2:CreateTags"), "{allowed:?}");
    let stack = Deployed::start(&[], Some(allowed)).await;
    let mut child = stack.drill();
    stack.until("stopped").await;
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert_eq!(stack.aws.marked().await.expect("the marked"), []);
    std::fs::remove_file(stack.journal().expect("it is left")).expect("removed");
    let output = stack.run(&["restore"]).await;
    assert!(output.status.success(), "{}", told(&output));
    stack.all_runs().await;
}

/// The drill's row of `result.json` on the built-in replica with these faults, and what the run said.
fn drilled(lab: Lab, drill: &str, faults: &str, speed: f64) -> (Value, String) {
    let ended = Face::run()
        .stack(&format!(
            "{}replica: {{ faults: [{faults}], speed: {speed} }}\n",
            lab.head()
        ))
        .args(&format!(
            "{drill} --exact --allow-disruptive --allow-writes"
        ))
        .env("LABCHECK_LANG", "en")
        .end();
    let result: Value = serde_json::from_str(&ended.report("result.json")).expect("JSON");
    let rows = result["checks"].as_array().expect("checks");
    let row = rows.iter().find(|row| row["id"] == drill);
    (row.expect("its row").clone(), ended.told())
}

#[tokio::test(flavor = "multi_thread")]
async fn among_many_stacks_a_drill_sees_and_disrupts_its_own_alone() {
    let stack = Deployed::among(24).await;
    let output = stack.ended(stack.drill()).await;
    assert!(output.status.success(), "{}", told(&output));
    let seen = &stack.observed("survives-stop")["Ok"]["fields"];
    assert_eq!(seen["target_health"], "unused");
    assert_eq!(seen["others_healthy"], 1);
    assert_eq!(stack.states().await, vec!["running"; 48]);
    assert_eq!(stack.calls("ec2:StopInstances"), 1);
    let health = stack.calls("elasticloadbalancing:DescribeTargetHealth");
    assert!(health > 0 && health < 40, "{health}: the others' was asked");
}

/// The measurements that a drill failed by.
fn failed_by(row: &Value) -> BTreeSet<String> {
    let paths = row["mismatches"].as_array().into_iter().flatten();
    let paths = paths.filter_map(|one| one["path"].as_str());
    let first = |path: &str| path.split(['.', '[']).next().unwrap_or(path).to_owned();
    paths.map(first).collect()
}

/// How far apart the two paces may be, in the stack's seconds. A sample is lost or held by chance at either end; the API is
/// looked at every 200 ms of ours at least, four seconds of the fast stack; and whether a started server runs, which is
/// asked alike after every crash and at any pace, every two seconds of ours, forty of the fast stack.
const APART: [(&str, f64); 6] = [
    ("availability", 0.08),
    ("longest_outage", 5.0),
    ("time_to_disrupt", 25.0),
    ("time_to_detect", 25.0),
    ("time_to_restore", 60.0),
    ("time_to_recover", 60.0),
];

#[test]
fn a_cluster_fails_over_and_a_server_stops_and_all_is_as_before() {
    for drill in [
        "survives-fail-over",
        "survives-stop-of-nginx",
        "survives-stop-of-webserver-1",
    ] {
        let (row, told) = drilled(Lab::AuroraWordpress, drill, "", SPEED);
        assert_eq!(row["outcome"], "passed", "{drill}: {told}");
        let drill = &row["drill"];
        assert!(
            drill["availability"].as_f64().expect("a number") < 1.0,
            "{told}"
        );
    }
}

#[test]
fn at_real_pace_a_drill_measures_what_it_measures_twenty_times_as_fast() {
    let fast = std::thread::spawn(|| drilled(Lab::HaWeb, "survives-stop", "", SPEED));
    let (real, told) = drilled(Lab::HaWeb, "survives-stop", "", 1.0);
    let (fast, _) = fast.join().expect("a run");
    assert_eq!(real["outcome"], "passed", "{told}");
    assert_eq!(fast["outcome"], "passed");
    for (field, apart) in APART {
        let of = |row: &Value| row["drill"][field].as_f64().expect(field);
        let (real, fast) = (of(&real), of(&fast));
        assert!((real - fast).abs() <= apart, "{field}: {real} and {fast}");
    }
}

#[test]
fn each_mistake_that_only_a_drill_shows_fails_it_by_its_own_measurements() {
    let all: Vec<_> = crate::faults::drills()
        .into_iter()
        .map(|(lab, fault)| {
            std::thread::spawn(move || (drilled(lab, &fault.check, &fault.name, SPEED), fault))
        })
        .collect();
    assert!(all.len() >= 4);
    for thread in all {
        let ((row, told), fault) = thread.join().expect("a run");
        assert_eq!(row["outcome"], "failed", "{}: {told}", fault.name);
        assert_eq!(failed_by(&row), fault.fails, "{}: {told}", fault.name);
    }
}
