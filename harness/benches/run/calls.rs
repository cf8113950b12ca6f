//! What AWS is asked: one page sequence for each kind that the checks name, and exactly the calls of their own that
//! paths name. What that comes to is worked out from the plan and from how many resources there are; the run counted
//! what it sent.
use std::collections::{BTreeMap, BTreeSet};

use labcheck::aws::{Kind, OwnCall, Record, Snapshot};
use labcheck::run::{Options, prepare};

use crate::Verdicts;
use crate::process::{Demo, root};

/// The shortest page of any listing: below it a sequence is one call.
const PAGE: usize = 100;
/// How many resources one call for tags names.
const TAGGED: usize = 20;

/// A run sends what its checks need, and nothing twice.
pub fn nothing_is_asked_twice(demo: &Demo, verdicts: &mut Verdicts) {
    let expected = expected(demo);
    let sent = &demo.report.aws_calls;
    println!("  sent  expected  action");
    let actions: BTreeSet<&str> = expected
        .keys()
        .map(String::as_str)
        .chain(sent.keys().map(String::as_str))
        .collect();
    let mut wrong = Vec::new();
    for action in actions {
        let (count, needed) = (
            sent.get(action).copied().unwrap_or_default(),
            expected.get(action).copied().unwrap_or_default(),
        );
        println!("{count:>6}{needed:>10}  {action}");
        if count != needed {
            wrong.push(action);
        }
    }
    verdicts.say(
        wrong.is_empty(),
        &format!(
            "a run sends {} calls, each that its checks need and no other{}",
            sent.values().sum::<u64>(),
            if wrong.is_empty() {
                String::new()
            } else {
                format!("; but for {}", wrong.join(", "))
            }
        ),
    );
}

/// How often each action has to be called.
fn expected(demo: &Demo) -> BTreeMap<String, u64> {
    let prepared = prepare(Options {
        stack: Some(demo.stack.to_string_lossy().into_owned()),
        checks: Some(root().join("checks")),
        reports: Some(demo.folder().to_path_buf()),
        ..Options::default()
    })
    .unwrap_or_else(|refusal| panic!("{}", refusal.message));
    let wants = prepared
        .plan
        .select(prepared.phase, &prepared.options.filter)
        .wants()
        .closed();
    let first = demo.evidence.snapshots.first().expect("a snapshot");
    let mut calls = BTreeMap::new();
    let mut add = |action: &str, count: usize| {
        if count > 0 {
            *calls.entry(action.to_owned()).or_default() +=
                u64::try_from(count).unwrap_or(u64::MAX);
        }
    };
    for &kind in wants.0.keys() {
        let sequences = match kind {
            // One for each load balancer: there is no other way to list listeners.
            Kind::Listener => records(first, Kind::LoadBalancer).len(),
            _ => 1,
        };
        assert!(
            records(first, kind).len() < PAGE,
            "more than a page of {}",
            kind.plural()
        );
        add(kind.page_call(), sequences);
    }
    for call in wants.own_calls() {
        add(call.action(), requests(call, first));
    }
    calls
}

fn records(snapshot: &Snapshot, kind: Kind) -> &[Record] {
    snapshot
        .list(kind)
        .unwrap_or_else(|error| panic!("{}: {error}", kind.plural()))
}

/// How many requests a call of its own takes for the living resources of its kind.
fn requests(call: OwnCall, snapshot: &Snapshot) -> usize {
    let kind = call.kind();
    let living: Vec<&Record> = records(snapshot, kind)
        .iter()
        .filter(|record| kind.alive(record))
        .collect();
    match call {
        // One for each.
        OwnCall::VpcDnsSupport
        | OwnCall::VpcDnsHostnames
        | OwnCall::InstanceUserData
        | OwnCall::ImageLaunchPermissions
        | OwnCall::LoadBalancerAttributes
        | OwnCall::ListenerRules
        | OwnCall::TargetHealth
        | OwnCall::TargetGroupAttributes
        | OwnCall::DbSubnetGroupTags => living.len(),
        // One page for all; of the images that are in use, one request names them all (up to 200).
        OwnCall::InstanceStatus | OwnCall::InstanceSsm | OwnCall::InstanceImage => {
            usize::from(!living.is_empty())
        }
        OwnCall::LoadBalancerTags | OwnCall::ListenerTags | OwnCall::TargetGroupTags => {
            living.len().div_ceil(TAGGED)
        }
    }
}
