//! What one look leaves out where many share the account, and who needs it asks for.
use std::sync::Arc;

use super::server::{Answer, Server};
use super::shared::{caller, with};
use super::wire::{access, connect};
use crate::aws::commons::Commons;
use crate::aws::fetch::FEW;
use crate::aws::{Aws, Kind, Paths, Snapshot, Wants};
use crate::fault::{Code, ProbeError};

/// A VPC that resolves names.
const SUPPORT: &str = "<DescribeVpcAttributeResponse><enableDnsSupport><value>true</value></enableDnsSupport></DescribeVpcAttributeResponse>";

const ATTRIBUTE: &str = "ec2:DescribeVpcAttribute";

/// An account with so many VPCs, of which DNS is told, or is not to be asked.
async fn account(vpcs: usize, is_allowed: bool) -> (Server, Aws) {
    let server = Server::start(move |action, _| match action {
        "GetCallerIdentity" => Answer::caller(),
        "DescribeVpcs" => {
            let ids: Vec<String> = (0..vpcs).map(|nth| format!("vpc-{nth}")).collect();
            Answer::vpcs(&ids.iter().map(String::as_str).collect::<Vec<_>>())
        }
        "DescribeVpcAttribute" if is_allowed => Answer::xml(SUPPORT),
        _ => Answer::ec2_error(403, "UnauthorizedOperation", "no"),
    })
    .await;
    let aws = connect(access(&server.url)).await;
    (server, aws)
}

fn support() -> Vec<String> {
    vec!["enable_dns_support".to_owned()]
}

fn wants() -> Wants {
    let mut wants = Wants::new();
    wants.path(Kind::Vpc, support());
    wants
}

/// Whether the VPC resolves names; or why that is not known.
fn resolves(snapshot: &Snapshot, id: &str) -> Result<bool, ProbeError> {
    let vpc = snapshot.find_by_id(Kind::Vpc, id)?.expect("it is there");
    let vpc = snapshot.expand(Kind::Vpc, vpc, &Paths::from_iter([support()]))?;
    Ok(vpc["enable_dns_support"] == true)
}

fn asked(aws: &Aws) -> u64 {
    aws.calls().get(ATTRIBUTE).copied().unwrap_or_default()
}

#[tokio::test]
async fn of_few_all_is_asked_at_once() {
    let (_server, aws) = account(FEW, true).await;
    let snapshot = aws.snapshot(&wants()).await;
    assert_eq!(asked(&aws), FEW as u64);
    assert_eq!(resolves(&snapshot, "vpc-7"), Ok(true));
}

#[tokio::test]
async fn of_many_only_what_is_missed_is_asked_and_once() {
    let (_server, aws) = account(FEW + 1, true).await;
    let seek = |snapshot: &Snapshot| {
        for id in ["vpc-3", "vpc-7"] {
            let _what_it_comes_to = resolves(snapshot, id);
        }
    };
    let mut snapshot = aws.snapshot(&wants()).await;
    assert_eq!(asked(&aws), 0);
    for _time in 0..2 {
        snapshot = aws.complete(snapshot, &wants(), seek).await;
        assert_eq!(asked(&aws), 2);
        assert_eq!(resolves(&snapshot, "vpc-7"), Ok(true));
        let other = resolves(&snapshot, "vpc-8").unwrap_err();
        assert_eq!(other.code, Code::NotInEvidence);
    }
    // A second look asks again of whom was asked, and of nobody else.
    let again = aws.look_again(&snapshot, &wants(), None).await;
    assert_eq!(asked(&aws), 4);
    assert_eq!(again, snapshot);
}

#[tokio::test]
async fn what_one_leads_to_is_asked_for_too() {
    let (_server, aws) = account(FEW + 1, true).await;
    let seek = |snapshot: &Snapshot| {
        if resolves(snapshot, "vpc-3") == Ok(true) {
            let _what_it_comes_to = resolves(snapshot, "vpc-4");
        }
    };
    let snapshot = aws.snapshot(&wants()).await;
    let snapshot = aws.complete(snapshot, &wants(), seek).await;
    assert_eq!(resolves(&snapshot, "vpc-4"), Ok(true));
    assert_eq!(asked(&aws), 2);
}

#[tokio::test]
async fn what_may_not_be_asked_is_asked_once_and_what_nobody_wants_is_not() {
    let (_server, aws) = account(FEW + 1, false).await;
    let seek = |snapshot: &Snapshot| {
        let _what_it_comes_to = resolves(snapshot, "vpc-3");
    };
    let snapshot = aws.snapshot(&wants()).await;
    let mut nothing = Wants::new();
    nothing.kind(Kind::Vpc);
    let snapshot = aws.complete(snapshot, &nothing, seek).await;
    assert_eq!(asked(&aws), 0);
    let snapshot = aws.complete(snapshot, &wants(), seek).await;
    let denied = resolves(&snapshot, "vpc-3").unwrap_err();
    assert_eq!(denied.code, Code::AccessDenied);
    assert_eq!(asked(&aws), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_name_is_known_only_now_has_the_resource_that_the_look_told_of() {
    let id = |nth| format!("vpc-{nth}-jiro@example.ac.jp");
    let server = Server::start(move |action, nth| match action {
        "GetCallerIdentity" => caller(nth),
        "DescribeVpcs" => {
            let ids: Vec<String> = (0..=FEW).map(id).collect();
            Answer::vpcs(&ids.iter().map(String::as_str).collect::<Vec<_>>())
        }
        _ => Answer::xml(SUPPORT),
    })
    .await;
    let commons = Arc::new(Commons::default());
    let taro = with(&commons, &server.url, "AKIAONE").await;
    let _his = taro.look(&wants()).await;
    let jiro = with(&commons, &server.url, "AKIATWO").await;
    let look = jiro.look(&wants()).await.snapshot;
    let seek = |snapshot: &Snapshot| {
        let _what_it_comes_to = resolves(snapshot, &id(3));
    };
    let complete = jiro.complete(look, &wants(), seek).await;
    assert_eq!(resolves(&complete, &id(3)), Ok(true));
}

/// So many target groups, whose ARNs tell the account; their targets are told from the second time on.
async fn groups(number: usize) -> (Server, Aws) {
    let member = |nth: usize| {
        format!(
            "<member><TargetGroupArn>{}</TargetGroupArn><TargetGroupName>tg-{nth}</TargetGroupName>\
             <Port>80</Port></member>",
            arn("123456789012", nth)
        )
    };
    let server = Server::start(move |action, nth| match action {
        "GetCallerIdentity" => Answer::caller(),
        "DescribeTargetGroups" => Answer::xml(format!(
            "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups>{}</TargetGroups>\
             </DescribeTargetGroupsResult></DescribeTargetGroupsResponse>",
            (0..number).map(member).collect::<String>()
        )),
        "DescribeTargetHealth" if nth > 0 => Answer::xml(
            "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions/>\
             </DescribeTargetHealthResult></DescribeTargetHealthResponse>",
        ),
        _ => Answer::query_error(403, "AccessDenied", "no"),
    })
    .await;
    let aws = connect(access(&server.url)).await;
    (server, aws)
}

fn arn(account: &str, nth: usize) -> String {
    format!(
        "arn:aws:elasticloadbalancing:us-east-1:{account}:targetgroup/tg-{nth}/0123456789abcdef"
    )
}

#[tokio::test]
async fn what_failed_is_asked_again_also_where_its_id_tells_the_account() {
    let (_server, aws) = groups(FEW + 1).await;
    let paths = || [vec!["targets".to_owned()], vec!["port".to_owned()]];
    let mut wants = Wants::new();
    for path in paths() {
        wants.path(Kind::TargetGroup, path);
    }
    let targets = |snapshot: &Snapshot| {
        let id = arn("000000000001", 3);
        let group = snapshot.find_by_id(Kind::TargetGroup, &id)?;
        let group = group.expect("it is there, by its redacted ARN");
        let group = snapshot.expand(Kind::TargetGroup, group, &Paths::from_iter(paths()))?;
        Ok::<_, ProbeError>(group["targets"].clone())
    };
    let seek = |snapshot: &Snapshot| {
        let _what_it_comes_to = targets(snapshot);
    };
    let snapshot = aws.snapshot(&wants).await;
    let snapshot = aws.complete(snapshot, &wants, seek).await;
    assert_eq!(targets(&snapshot).unwrap_err().code, Code::AccessDenied);
    // The listing is made again too, and tells the group by its real ARN.
    let again = aws.look_again(&snapshot, &wants, None).await;
    assert_eq!(targets(&again), Ok(serde_json::json!([])));
    let health = aws.calls()["elasticloadbalancing:DescribeTargetHealth"];
    assert_eq!(health, 2, "of one group, and of none of the others");
}
