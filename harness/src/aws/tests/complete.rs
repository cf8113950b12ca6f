//! What one look leaves out where many share the account, and who needs it asks for.
use super::server::{Answer, Server};
use super::wire::{access, connect};
use crate::aws::fetch::FEW;
use crate::aws::{Aws, Kind, Paths, Snapshot, Wants};
use crate::fault::{Code, ProbeError};

const ATTRIBUTE: &str = "ec2:DescribeVpcAttribute";

/// An account with so many VPCs, of which DNS is told, or is not to be asked.
async fn account(vpcs: usize, is_allowed: bool) -> (Server, Aws) {
    let server = Server::start(move |action, _| match action {
        "GetCallerIdentity" => Answer::caller(),
        "DescribeVpcs" => {
            let ids: Vec<String> = (0..vpcs).map(|nth| format!("vpc-{nth}")).collect();
            Answer::vpcs(&ids.iter().map(String::as_str).collect::<Vec<_>>())
        }
        "DescribeVpcAttribute" if is_allowed => Answer::xml(
            "<DescribeVpcAttributeResponse><enableDnsSupport><value>true</value></enableDnsSupport>\
             </DescribeVpcAttributeResponse>",
        ),
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
