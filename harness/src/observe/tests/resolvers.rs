//! Which resolver is asked, and what is done when one of several is silent.
use std::time::Duration;

use super::super::resolve::{Found, Resolver, lookup, name};
use super::{SHORT, dns_server, peers};
use crate::deadline::Deadline;
use crate::fault::Code;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

#[tokio::test]
async fn the_next_server_is_asked_when_one_fails_or_is_silent() {
    let failing = dns_server::serving(|question, _| {
        Some(dns_server::code(&question, ResponseCode::ServFail))
    })
    .await;
    let silent = dns_server::serving(|_, _| None).await;
    let closed = peers::closed();
    let knowing = dns_server::knowing(&["web.example A 10.0.0.1"]).await;
    let resolver = Resolver::Udp(vec![
        failing.address,
        closed.address,
        silent.address,
        knowing.address,
    ]);
    let deadline = Deadline::after(Duration::from_secs(2));
    let seen = lookup(
        &resolver,
        &name("web.example").unwrap(),
        RecordType::A,
        deadline,
    )
    .await
    .unwrap();
    assert_eq!(seen.found, Found::Records);
}

#[tokio::test]
async fn when_all_fail_each_is_named_with_its_reason() {
    let failing = dns_server::serving(|question, _| {
        Some(dns_server::code(&question, ResponseCode::ServFail))
    })
    .await;
    let silent = dns_server::serving(|_, _| None).await;
    let closed = peers::closed();
    let servers = vec![failing.address, silent.address, closed.address];
    let target = format!("resolver {}, {}, {}", servers[0], servers[1], servers[2]);
    let resolver = Resolver::Udp(servers);
    let error = lookup(
        &resolver,
        &name("web.example").unwrap(),
        RecordType::A,
        Deadline::after(SHORT),
    )
    .await
    .unwrap_err();
    // In the order in which they were found wanting: the silent one is asked again before it is given up.
    assert_eq!(error.code, Code::ResolverFailed);
    assert_eq!(error.target, target);
    assert_eq!(error.detail, "answers SERVFAIL, no answer, refused");
}

#[tokio::test]
async fn a_lost_datagram_is_sent_again() {
    let first = std::sync::atomic::AtomicBool::new(true);
    let names = dns_server::serving(move |question, _| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            return None;
        }
        Some(dns_server::code(&question, ResponseCode::NXDomain))
    })
    .await;
    let seen = lookup(
        &Resolver::Udp(vec![names.address]),
        &name("web.example").unwrap(),
        RecordType::A,
        Deadline::after(Duration::from_secs(1)),
    )
    .await
    .unwrap();
    assert_eq!(seen.found, Found::NxDomain);
}

#[tokio::test]
async fn a_silent_resolver_leaves_the_target_no_blame_and_takes_no_more_than_its_share() {
    let silent = dns_server::serving(|_, _| None).await;
    let began = tokio::time::Instant::now();
    let timeout = Duration::from_secs(1);
    let error = super::observe(
        &super::tcp("web.example", 80),
        &super::direct(Some(silent.address)),
        timeout,
    )
    .await
    .unwrap_err();
    assert_eq!(error.code, Code::ResolverFailed);
    assert!(began.elapsed() < timeout, "half of it is the target's");
}
