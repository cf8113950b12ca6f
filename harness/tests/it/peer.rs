//! Lab 000 in a server that nobody here wrote: moto, deployed into by boto3 as the handout says. What the API alone tells
//! must be graded there as on AWS, but for moto's own gaps, which are data: `fixtures/peers/gaps-ha-web.yaml`.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use labcheck::outcome::Outcome;
use labcheck::report::model::Kind;
use serde::Deserialize;

use crate::face::Face;
use crate::support::root;

/// What `fixtures/peers/moto` says when it is ready.
#[derive(Debug, Deserialize)]
struct Ready {
    endpoint_url: String,
    access_key_id: String,
    secret_access_key: String,
}

/// A peer that runs until it is dropped.
struct Peer {
    child: Child,
    ready: Ready,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends when its standard input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The peer at a phase; none on a machine that can't have it. In CI that is a failure.
fn peer(phase: &str) -> Option<Peer> {
    let mut child = Command::new(root().join("fixtures/peers/moto"))
        .args(["--phase", phase])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("fixtures/peers/moto can be started");
    let mut line = String::new();
    let out = child.stdout.take().expect("its standard output");
    BufReader::new(out).read_line(&mut line).expect("a line");
    if let Ok(ready) = serde_json::from_str(&line) {
        return Some(Peer { child, ready });
    }
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(3), "moto said {line:?} and ended");
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !in_ci,
        "moto must run in CI, and this machine has no python3 for it"
    );
    eprintln!(
        "SKIPPED: Lab 000 was not graded in moto, since this machine has no python3 that can run it"
    );
    None
}

#[derive(Debug, Deserialize)]
struct Gaps {
    gaps: Vec<Gap>,
}

#[derive(Debug, Deserialize)]
struct Gap {
    call: String,
    effect: Effect,
    checks: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Effect {
    None,
    Passes,
    Fails,
    Errors,
}

/// The outcomes that moto's gaps lead to, by the checks' ids without `[each]`.
fn gaps() -> BTreeMap<String, (Outcome, String)> {
    let text =
        std::fs::read_to_string(root().join("fixtures/peers/gaps-ha-web.yaml")).expect("gaps");
    let Gaps { gaps } = serde_saphyr::from_str(&text).expect("the gaps are well-formed");
    let mut outcomes = BTreeMap::new();
    for gap in gaps {
        let outcome = match gap.effect {
            Effect::None | Effect::Passes => continue,
            Effect::Fails => Outcome::Failed,
            Effect::Errors => Outcome::Errored,
        };
        for check in gap.checks {
            outcomes.insert(check, (outcome, gap.call.clone()));
        }
    }
    outcomes
}

fn graded_in_moto(phase: &str) {
    let Some(peer) = peer(phase) else { return };
    let stack = format!(
        "lab: ha-web\nregion: us-east-1\nendpoint_url: {}\n",
        peer.ready.endpoint_url
    );
    let ended = Face::run()
        .args("--no-wait --phase")
        .arg(phase)
        .env("AWS_ACCESS_KEY_ID", &peer.ready.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &peer.ready.secret_access_key)
        .stack(&stack)
        .end();
    let report: labcheck::report::model::Report =
        serde_json::from_str(&ended.report("result.json")).expect("result.json is a report");
    assert!(!report.demo);
    assert_eq!(
        report.overrides.len(),
        1,
        "the endpoint is shown: {:?}",
        report.overrides
    );
    assert!(
        ended.stdout.contains(&peer.ready.endpoint_url),
        "{}",
        ended.told()
    );

    let gaps = gaps();
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for check in &report.checks {
        let name = check.id.split('[').next().unwrap_or_default();
        let expected = match gaps.get(name) {
            Some((outcome, _)) => *outcome,
            // Nothing stands behind moto's addresses; without a vantage named, nothing is dialled.
            None if check.kind != Kind::Resource => Outcome::Skipped,
            None => Outcome::Passed,
        };
        let need_is_a_gap = check
            .skip
            .as_ref()
            .is_some_and(|skip| gaps.contains_key(skip.name.split('[').next().unwrap_or_default()));
        looked_at += usize::from(check.kind == Kind::Resource && check.outcome == Outcome::Passed);
        if check.outcome != expected && !need_is_a_gap {
            wrong.push(format!(
                "{}: {:?} in the place of {expected:?}\n    {:?} {:?} {:?}",
                check.id, check.outcome, check.mismatches, check.error, check.skip
            ));
        }
    }
    assert!(wrong.is_empty(), "{phase}:\n{}", wrong.join("\n"));
    assert!(
        looked_at >= 5,
        "{phase}: only {looked_at} checks were judged"
    );
}

#[test]
fn the_finished_lab_is_graded_in_moto_as_it_would_be_in_aws() {
    graded_in_moto("end");
}

#[test]
fn the_lab_before_its_hardening_is_graded_in_moto_as_it_would_be_in_aws() {
    graded_in_moto("alb");
}

#[test]
fn each_check_that_moto_fails_is_one_of_the_lab() {
    let listed = Face::runner().arg("--list").end().exits(0);
    let ids: BTreeSet<&str> = listed
        .stdout
        .lines()
        .filter_map(|line| line.strip_suffix(": test")?.split('[').next())
        .collect();
    for (check, (_, call)) in gaps() {
        assert!(
            ids.contains(check.as_str()),
            "{check}, a gap of {call}, is no check at `end`"
        );
    }
}
