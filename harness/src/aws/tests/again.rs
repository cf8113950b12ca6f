//! A second look: only what the paths need is asked again, and all else stays as it was.
use std::collections::BTreeMap;

use super::schema::replica;
use crate::aws::{Aws, Kind, Snapshot, Wants};

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

fn wants(kind: Kind, paths: &[&str]) -> Wants {
    let mut wants = Wants::new();
    wants.kind(kind);
    for text in paths {
        wants.path(kind, path(text));
    }
    wants
}

/// What the calls grew by while `look` was taken.
async fn again(
    aws: &Aws,
    base: &Snapshot,
    wants: &Wants,
    id: Option<&str>,
) -> (Snapshot, BTreeMap<String, u64>) {
    let before = aws.calls();
    let snapshot = aws.look_again(base, wants, id).await;
    let mut made = aws.calls();
    made.retain(|action, count| {
        *count -= before.get(action).unwrap_or(&0);
        *count > 0
    });
    (snapshot, made)
}

fn id(snapshot: &Snapshot, kind: Kind) -> String {
    let records = snapshot.list(kind).expect("listed");
    let first = records
        .iter()
        .find(|record| kind.alive(record))
        .expect("there is one");
    first["id"].as_str().expect("text").to_owned()
}

fn calls(made: &[(&str, u64)]) -> BTreeMap<String, u64> {
    made.iter()
        .map(|&(action, count)| (action.to_owned(), count))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_alone_costs_one_call_for_the_one_group() {
    let (_replica, aws) = replica("end").await;
    let wants = wants(
        Kind::TargetGroup,
        &["targets.health", "targets.instance.name"],
    );
    let base = aws.snapshot(&wants).await;
    let group = id(&base, Kind::TargetGroup);
    let (after, made) = again(&aws, &base, &wants, Some(&group)).await;
    assert_eq!(
        made,
        calls(&[("elasticloadbalancing:DescribeTargetHealth", 1)])
    );
    assert_eq!(after, base, "nothing has changed meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_the_listing_costs_one_listing_of_the_one_resource() {
    let (_replica, aws) = replica("end").await;
    let wants = wants(Kind::Instance, &["state.name"]);
    let base = aws.snapshot(&wants).await;
    let instance = id(&base, Kind::Instance);
    let (after, made) = again(&aws, &base, &wants, Some(&instance)).await;
    assert_eq!(made, calls(&[("ec2:DescribeInstances", 1)]));
    assert_eq!(after, base, "the others are still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_can_be_looked_at_again_one_by_one() {
    let (_replica, aws) = replica("end").await;
    let mut all = Wants::new();
    for &kind in Kind::ALL {
        all.kind(kind);
    }
    let base = aws.snapshot(&all).await;
    for &kind in Kind::ALL.iter().filter(|&&kind| kind != Kind::Account) {
        let Some(record) = base.list(kind).ok().and_then(<[_]>::first) else {
            continue;
        };
        let id = record["id"].as_str().expect("text");
        let (after, made) = again(&aws, &base, &wants(kind, &[]), Some(id)).await;
        assert_eq!(after, base, "{kind}");
        assert_eq!(made, calls(&[(kind.page_call(), 1)]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_derived_from_another_kind_asks_for_that_kind_too() {
    let (_replica, aws) = replica("end").await;
    let wants = wants(Kind::Subnet, &["public"]);
    let base = aws.snapshot(&wants).await;
    let subnet = id(&base, Kind::Subnet);
    let (after, made) = again(&aws, &base, &wants, Some(&subnet)).await;
    assert_eq!(
        made,
        calls(&[("ec2:DescribeRouteTables", 1), ("ec2:DescribeSubnets", 1)])
    );
    assert_eq!(after, base);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_gone_is_taken_out_and_the_others_stay() {
    let (_replica, aws) = replica("end").await;
    let base = aws.snapshot(&wants(Kind::LoadBalancer, &[])).await;
    let mut with_ghost = base.clone();
    let mut listed = base.list(Kind::LoadBalancer).expect("listed").to_vec();
    let mut ghost = listed[0].clone();
    let gone = "arn:aws:elasticloadbalancing:us-east-1:000000000001:loadbalancer/app/ghost/0123456789abcdef";
    ghost.insert("id".to_owned(), gone.into());
    listed.push(ghost);
    with_ghost.put(Kind::LoadBalancer, Ok(listed));
    let (after, _) = again(
        &aws,
        &with_ghost,
        &wants(Kind::LoadBalancer, &[]),
        Some(gone),
    )
    .await;
    assert_eq!(after, base);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_account_was_not_observed_everything_is_made_anew() {
    let (_replica, aws) = replica("end").await;
    let (after, made) = again(
        &aws,
        &Snapshot::of("us-east-1"),
        &wants(Kind::Vpc, &[]),
        None,
    )
    .await;
    assert!(after.list(Kind::Vpc).is_ok());
    assert_eq!(
        made,
        calls(&[("ec2:DescribeVpcs", 1), ("sts:GetCallerIdentity", 1)])
    );
}

#[test]
fn again_is_no_more_than_what_can_have_changed() {
    for (kind, paths, listings) in [
        (Kind::Vpc, vec![], vec![Kind::Vpc]),
        (Kind::Vpc, vec!["enable_dns_support"], vec![]),
        (
            Kind::Vpc,
            vec!["enable_dns_support", "state"],
            vec![Kind::Vpc],
        ),
        (Kind::Vpc, vec!["subnets.id"], vec![Kind::Vpc, Kind::Subnet]),
        (Kind::Instance, vec!["subnet.name"], vec![Kind::Instance]),
        (
            Kind::Instance,
            vec!["subnet"],
            vec![Kind::Subnet, Kind::Instance],
        ),
        (
            Kind::Instance,
            vec!["subnet.public"],
            vec![Kind::Subnet, Kind::RouteTable, Kind::Instance],
        ),
        (
            Kind::TargetGroup,
            vec!["targets.instance.state.name"],
            vec![Kind::Instance],
        ),
        (
            Kind::DbInstance,
            vec!["is_cluster_writer", "cluster.name"],
            vec![Kind::DbInstance, Kind::DbCluster],
        ),
        (
            Kind::DbCluster,
            vec!["readers.id"],
            vec![Kind::DbInstance, Kind::DbCluster],
        ),
    ] {
        let again = wants(kind, &paths).again();
        assert_eq!(
            again.listings.into_iter().collect::<Vec<_>>(),
            listings,
            "{kind}: {paths:?}"
        );
    }
}

#[test]
fn closing_follows_relations_and_what_is_listed_by_another() {
    for (kind, paths, kinds, costs) in [
        (
            Kind::Listener,
            vec![],
            vec![Kind::LoadBalancer, Kind::Listener],
            0,
        ),
        (
            Kind::Subnet,
            vec!["public"],
            vec![Kind::Subnet, Kind::RouteTable],
            0,
        ),
        (
            Kind::LoadBalancer,
            vec!["listeners.default_actions.target_group.targets.instance.subnet.public"],
            vec![
                Kind::Subnet,
                Kind::RouteTable,
                Kind::Instance,
                Kind::LoadBalancer,
                Kind::Listener,
                Kind::TargetGroup,
            ],
            1,
        ),
        (
            Kind::Instance,
            vec!["image.name", "user_data.assignments.X", "no.such"],
            vec![Kind::Instance],
            2,
        ),
    ] {
        let closed = wants(kind, &paths).closed();
        assert_eq!(
            closed.0.keys().copied().collect::<Vec<_>>(),
            kinds,
            "{kind}: {paths:?}"
        );
        assert_eq!(closed.own_calls().len(), costs, "{kind}: {paths:?}");
        assert_eq!(closed.closed(), closed, "what is closed stays closed");
    }
}
