//! What AWS is asked for one look at an account: one page sequence for each kind that the checks name, and exactly the calls
//! of their own that paths name. What that comes to is worked out from the plan and from how many resources there are.
use std::collections::{BTreeMap, BTreeSet};

use labcheck::aws::{Kind, OwnCall, Record, Snapshot, at};
use labcheck::run::Prepared;

use super::Verdicts;

/// How many resources one call for tags names.
const TAGGED: usize = 20;

/// How many images one call names.
const NAMED: usize = 200;

/// What a command on a server takes.
pub const COMMANDS: [&str; 2] = ["ssm:SendCommand", "ssm:GetCommandInvocation"];

/// How often each action is called.
pub type Counts = BTreeMap<String, u64>;

/// What is sent is what the checks need, and nothing twice.
pub fn nothing_is_asked_twice(
    who: &str,
    sent: &Counts,
    expected: &Counts,
    verdicts: &mut Verdicts,
) {
    // Commands are no look: a check sends its own, and asks until each has ended.
    let sent: &Counts = &sent
        .iter()
        .filter(|(action, _)| !COMMANDS.contains(&action.as_str()))
        .map(|(action, count)| (action.clone(), *count))
        .collect();
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
            "{who} sends {} calls, each that its checks need and no other{}",
            sent.values().sum::<u64>(),
            if wrong.is_empty() {
                String::new()
            } else {
                format!("; but for {}", wrong.join(", "))
            }
        ),
    );
}

/// How often each action has to be called for one look at the account, by runs like `prepared`. Of how many resources a call
/// that tells of one alone has to be made, `of_one` says, given how many there are.
pub fn expected(
    prepared: &Prepared,
    look: &Snapshot,
    of_one: impl Fn(OwnCall, usize) -> usize,
) -> Counts {
    let wants = prepared
        .plan
        .select(prepared.phase, &prepared.options.filter)
        .wants()
        .closed();
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
            Kind::Listener => records(look, Kind::LoadBalancer).len(),
            _ => pages(records(look, kind).len(), page(kind)),
        };
        add(kind.page_call(), sequences);
    }
    for call in wants.own_calls() {
        let living = living(call.kind(), look);
        let count = match call {
            OwnCall::InstanceStatus | OwnCall::InstanceSsm if living.is_empty() => 0,
            OwnCall::InstanceStatus => pages(living.len(), 1000),
            // Those that Systems Manager knows: in a right stack, all of them.
            OwnCall::InstanceSsm => pages(living.len(), 50),
            OwnCall::InstanceImage => images(&living).div_ceil(NAMED),
            call if call.is_for_one() => of_one(call, living.len()),
            _ => living.len().div_ceil(TAGGED),
        };
        add(call.action(), count);
    }
    calls
}

/// The longest page of a listing that AWS gives.
fn page(kind: Kind) -> usize {
    match kind {
        Kind::RouteTable
        | Kind::DbInstance
        | Kind::DbCluster
        | Kind::DbClusterEndpoint
        | Kind::DbSubnetGroup
        | Kind::DbEvent => 100,
        Kind::LoadBalancer | Kind::TargetGroup => 400,
        Kind::Account | Kind::Address | Kind::KeyPair => usize::MAX,
        _ => 1000,
    }
}

/// A list that is empty takes a page, too.
fn pages(records: usize, page: usize) -> usize {
    records.div_ceil(page).max(1)
}

fn records(snapshot: &Snapshot, kind: Kind) -> &[Record] {
    snapshot
        .list(kind)
        .unwrap_or_else(|error| panic!("{}: {error}", kind.plural()))
}

/// The living resources of a kind.
fn living(kind: Kind, snapshot: &Snapshot) -> Vec<&Record> {
    let records = records(snapshot, kind).iter();
    records.filter(|record| kind.alive(record)).collect()
}

/// How many images these instances were started from.
fn images(instances: &[&Record]) -> usize {
    let images = instances
        .iter()
        .filter_map(|instance| at(instance, &["image_id"]));
    images.collect::<BTreeSet<&str>>().len()
}
