//! One look for all who come upon one account, however they come.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::server::{Answer, Server};
use crate::aws::commons::Commons;
use crate::aws::{Access, Aws, Credentials, Kind, Snapshot, Wants};
use crate::fault::Code;

const SUBNETS: &str = "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId></item></subnetSet></DescribeSubnetsResponse>";

/// One who comes with these keys.
pub(super) async fn with(commons: &Arc<Commons>, url: &str, key: &str) -> Aws {
    let access = Access {
        region: "us-east-1".to_owned(),
        endpoint_url: Some(url.to_owned()),
        endpoint_urls: BTreeMap::new(),
        credentials: Credentials::Fixed {
            access_key_id: key.to_owned(),
            secret_access_key: "replica".to_owned(),
            session_token: None,
        },
        expect_account: None,
        isolated: false,
    };
    commons.connect(access).await.expect("fixed keys")
}

/// Who calls: the first time one person, then another.
pub(super) fn caller(nth: usize) -> Answer {
    let person = ["taro@example.ac.jp", "jiro@example.ac.jp"][nth];
    Answer::xml(format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult>\
         <Arn>arn:aws:sts::123456789012:assumed-role/voclabs/user1={person}</Arn>\
         <UserId>AROAX:user1={person}</UserId><Account>123456789012</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    ))
}

fn wants() -> Wants {
    let mut wants = Wants::new();
    wants.kind(Kind::Vpc);
    wants.kind(Kind::Subnet);
    wants
}

fn account(snapshot: &Snapshot) -> String {
    let account = &snapshot.list(Kind::Account).expect("the account")[0];
    account["arn"].as_str().expect("text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_is_looked_at_once_and_what_one_may_not_see_another_asks_for() {
    let server = Server::start(|action, nth| match (action, nth) {
        ("GetCallerIdentity", nth) => caller(nth),
        ("DescribeVpcs", 0) => Answer::ec2_error(403, "UnauthorizedOperation", "not you"),
        ("DescribeVpcs", 1) => Answer::vpcs(&["vpc-1"]),
        ("DescribeSubnets", 0) => Answer::xml(SUBNETS),
        (action, nth) => panic!("{action} was asked {} times", nth + 1),
    })
    .await;
    let commons = Arc::new(Commons::default());
    let one = with(&commons, &server.url, "AKIAONE").await;
    let first = one.look(&wants()).await.snapshot;
    assert_eq!(first.list(Kind::Vpc).unwrap_err().code, Code::AccessDenied);
    let same = with(&commons, &server.url, "AKIAONE").await;
    assert_eq!(same.look(&wants()).await.snapshot, first);
    assert!(same.calls().is_empty(), "{:?}", same.calls());
    let other = with(&commons, &server.url, "AKIATWO").await;
    let second = other.look(&wants()).await.snapshot;
    assert_eq!(second.list(Kind::Vpc).expect("listed").len(), 1);
    assert_eq!(second.list(Kind::Subnet), first.list(Kind::Subnet));
    let made: Vec<String> = other.calls().into_keys().collect();
    assert_eq!(made, ["ec2:DescribeVpcs", "sts:GetCallerIdentity"]);
    assert_ne!(account(&first), account(&second), "each is who they are");
    for told in [&first, &second] {
        assert!(
            !account(told).contains("example.ac.jp"),
            "{}",
            account(told)
        );
    }
    let third = one.look(&wants()).await.snapshot;
    assert_eq!(third.list(Kind::Vpc), second.list(Kind::Vpc));
    assert_eq!(account(&third), account(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_observed_is_not_lost_where_the_next_may_see_less() {
    let server = Server::start(|action, nth| match (action, nth) {
        ("GetCallerIdentity", nth) => caller(nth),
        ("DescribeVpcs", 0) => Answer::vpcs(&["vpc-1"]),
        _ => Answer::ec2_error(403, "UnauthorizedOperation", "not you"),
    })
    .await;
    let commons = Arc::new(Commons::default());
    for key in ["AKIAONE", "AKIATWO"] {
        let look = with(&commons, &server.url, key)
            .await
            .look(&wants())
            .await
            .snapshot;
        assert_eq!(look.list(Kind::Vpc).expect("listed").len(), 1);
        assert_eq!(
            look.list(Kind::Subnet).unwrap_err().code,
            Code::AccessDenied
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_at_another_address_is_another_account_of_the_same_number() {
    let commons = Arc::new(Commons::default());
    let mut found = Vec::new();
    for id in ["vpc-1", "vpc-2"] {
        let server = Server::start(move |action, _| match action {
            "GetCallerIdentity" => Answer::caller(),
            "DescribeVpcs" => Answer::vpcs(&[id]),
            _ => Answer::xml(SUBNETS),
        })
        .await;
        let look = with(&commons, &server.url, "AKIAONE")
            .await
            .look(&wants())
            .await
            .snapshot;
        found.push(look.list(Kind::Vpc).expect("listed")[0]["id"].clone());
    }
    assert_eq!(found, ["vpc-1", "vpc-2"]);
}
