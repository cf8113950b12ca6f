//! The table: each outcome that a probe has, seen alike from `direct`, through `socks5` and through `ssh`, and nothing at
//! all from `none`. A forwarding of Systems Manager's plugin opens before anything is known of its target: see `through_ssm`.
use std::collections::BTreeSet;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use tokio::io::AsyncWriteExt;

use super::super::schema;
use super::super::{Nowhere, RecordKind, Request, SshSettings, Vantage};
use super::gateway::{Gateway, Manner};
use super::mysql;
use super::observe;
use super::ssh::{Host, have_sshd};
use super::tls::{self, Then};
use super::{LONG, SHORT, direct, dns, dns_server, get, peers, tcp};
use crate::fault::{Code, Layer};

/// What is looked at, for how long, the outcome, and the stage of an HTTP exchange or the address dialled.
type Row = (Request, Duration, &'static str, Option<&'static str>);

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome_of_tcp_is_the_same_from_everywhere() {
    let open = peers::open().await;
    let banner = peers::serving(|mut stream| async move {
        let _gone = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
    })
    .await;
    let closed = peers::closed();
    let silent = peers::silent().await;
    let resetting = peers::resetting().await;
    let here = Some("127.0.0.1");
    hold(
        &schema::TCP,
        "address",
        &[
            (tcp("127.0.0.1", open.port()), LONG, "connected", here),
            (tcp("web.example", open.port()), LONG, "connected", here),
            (tcp("127.0.0.1", banner.port()), LONG, "connected", here),
            (tcp("127.0.0.1", closed.port()), LONG, "refused", here),
            (tcp("web.example", closed.port()), LONG, "refused", here),
            (tcp("127.0.0.1", silent.port()), SHORT, "timeout", here),
            (tcp("127.0.0.1", resetting.port()), LONG, "reset", here),
            (tcp("224.0.0.1", 9), LONG, "unreachable", Some("224.0.0.1")),
            (tcp("nobody.example", 80), LONG, "name_not_found", None),
            (tcp("bare.example", 80), LONG, "name_not_found", None),
            (tcp("filtered.example", 80), LONG, "name_not_found", None),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome_of_http_is_the_same_from_everywhere() {
    let answering = peers::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let closed = peers::closed();
    let silent = peers::silent().await;
    let mute = peers::open().await;
    let resetting = peers::serving(|mut stream| async move {
        peers::read_head(&mut stream).await;
        peers::reset(stream);
    })
    .await;
    let closing = peers::answering("").await;
    let cut = peers::answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok").await;
    let garbage = peers::answering("SSH-2.0-OpenSSH_9.2\r\n").await;
    let large = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2 << 20));
    let large = peers::answering(large).await;
    let untrusted = tls::serving(Then::Answers(""));
    let plain = peers::serving(|mut stream| async move {
        let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        peers::read_head(&mut stream).await;
    })
    .await;
    let url = |port| format!("http://web.example:{port}/");
    hold(
        &schema::HTTP,
        "stage",
        &[
            (get(url(answering.port())), LONG, "answered", None),
            (
                get(format!("http://{}/", answering.address)),
                LONG,
                "answered",
                None,
            ),
            (get(url(closed.port())), LONG, "refused", Some("dial")),
            (
                get(format!("http://{}/", silent.address)),
                SHORT,
                "timeout",
                Some("dial"),
            ),
            (
                get(format!("http://{}/", mute.address)),
                SHORT,
                "timeout",
                Some("answer"),
            ),
            (
                get(format!("https://{}/", mute.address)),
                SHORT,
                "timeout",
                Some("tls"),
            ),
            (get(url(resetting.port())), LONG, "reset", Some("answer")),
            (get(url(closing.port())), LONG, "closed", Some("answer")),
            (get(url(cut.port())), LONG, "closed", Some("body")),
            (get(url(garbage.port())), LONG, "malformed", Some("answer")),
            (get(url(large.port())), LONG, "too_large", None),
            (get("http://224.0.0.1/"), LONG, "unreachable", Some("dial")),
            (
                get("http://nobody.example/"),
                LONG,
                "name_not_found",
                Some("dial"),
            ),
            (
                get(format!("https://web.example:{untrusted}/")),
                LONG,
                "tls_failed",
                Some("tls"),
            ),
            (
                get(format!("https://{}/", plain.address)),
                LONG,
                "tls_failed",
                Some("tls"),
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome_of_dns_is_the_same_from_everywhere() {
    use RecordKind::{A, Aaaa, Cname};
    hold(
        &schema::DNS,
        "ttl",
        &[
            (dns(A, "web.example"), LONG, "resolved", Some("60")),
            (dns(A, "alias.example"), LONG, "resolved", Some("5")),
            (dns(Aaaa, "filtered.example"), LONG, "resolved", Some("60")),
            (dns(Cname, "alias.example"), LONG, "resolved", Some("5")),
            (dns(Aaaa, "web.example"), LONG, "no_data", None),
            (dns(A, "nobody.example"), LONG, "nxdomain", None),
            (dns(A, "dangling.example"), LONG, "nxdomain", Some("5")),
        ],
    )
    .await;
}

/// Each row holds through each vantage, `field` has the last column's value, and the rows together show all outcomes.
async fn hold(schema: &schema::ProbeSchema, field: &str, rows: &[Row]) {
    let names = dns_server::knowing(&[
        "web.example A 127.0.0.1",
        "alias.example CNAME web.example",
        "dangling.example CNAME nobody.example",
        "filtered.example A 0.0.0.0",
        "filtered.example AAAA ::",
        "bare.example CNAME loop.example",
        "loop.example CNAME bare.example",
    ])
    .await;
    let gateway = Gateway::start(Manner::Honest).await;
    let mut met = BTreeSet::new();
    let mut vantages = vec![
        direct(Some(names.address)),
        gateway.vantage(Some(names.address)),
    ];
    let host = if have_sshd() {
        Some(Host::with("").await)
    } else {
        None
    };
    if let Some(host) = &host {
        vantages.push(host.vantage(SshSettings {
            resolver: Some(names.address),
            ..host.settings()
        }));
    }
    for vantage in vantages {
        for (request, timeout, outcome, value) in rows {
            // A forwarding has no word for a reset: it reaches us as an end.
            if *outcome == "reset" && matches!(vantage, Vantage::Ssh(_)) {
                continue;
            }
            let what = format!("{vantage}: {}", request.target());
            let seen = observe(request, &vantage, *timeout).await.expect(&what);
            assert_eq!(seen.outcome, *outcome, "{what}");
            let found = seen.fields.get(field).map(|value| match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.to_string(),
            });
            assert_eq!(found.as_deref(), *value, "{what}: {field}");
            for name in seen.fields.keys() {
                assert!(
                    schema.fields.iter().any(|f| f.name == name),
                    "{what}: {name}"
                );
            }
            met.insert(seen.outcome);
        }
    }
    // `not_connected` is a gateway's own word for a name: see the table of gateways.
    let all = schema.outcomes.iter().map(|outcome| outcome.name);
    let missing: Vec<_> = all.filter(|name| !met.contains(*name)).collect();
    assert!(
        missing.iter().all(|name| *name == "not_connected"),
        "{missing:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outcome_of_mysql_is_the_same_from_everywhere() {
    let ok = mysql::packet(1, &[0, 0, 0, 2, 0, 0, 0]);
    let denied = mysql::packet(1, b"\xff\x0a\x05#HY000read only");
    let answering =
        peers::serving(move |stream| mysql::let_in_and_answer(stream, ok.clone())).await;
    let denying =
        peers::serving(move |stream| mysql::let_in_and_answer(stream, denied.clone())).await;
    let closed = peers::closed();
    let silent = peers::silent().await;
    let mute = peers::open().await;
    let resetting = mysql::resetting().await;
    let closing = peers::serving(|stream| async move { drop(stream) }).await;
    let garbage = mysql::speaking_something_else().await;
    let at = |name: &str, port| mysql::request_to(name, port, "right", "SELECT 1");
    let (here, there) = ("127.0.0.1", "web.example");
    let with_tls = {
        let mut request = at(there, answering.port());
        if let Request::Mysql(asked) = &mut request
            && let Some(login) = &mut asked.login
        {
            login.ca = Some(include_bytes!("tls/ca.pem").to_vec().into());
        }
        request
    };
    hold(
        &schema::MYSQL,
        "stage",
        &[
            (at(there, answering.port()), LONG, "rows", None),
            (at(there, denying.port()), LONG, "error", Some("query")),
            (at(here, closed.port()), LONG, "refused", Some("dial")),
            (at(here, silent.port()), SHORT, "timeout", Some("dial")),
            (at(there, mute.port()), SHORT, "timeout", Some("greeting")),
            (at(there, resetting.port()), LONG, "reset", Some("greeting")),
            (at(there, closing.port()), LONG, "closed", Some("greeting")),
            (
                at(there, garbage.port()),
                LONG,
                "malformed",
                Some("greeting"),
            ),
            (with_tls, LONG, "tls_failed", Some("greeting")),
            (at("224.0.0.1", 9), LONG, "unreachable", Some("dial")),
            (
                at("nobody.example", 9),
                LONG,
                "name_not_found",
                Some("dial"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn from_none_nothing_is_dialled_and_nothing_is_asked() {
    let open = peers::open().await;
    let requests = [
        tcp("127.0.0.1", open.port()),
        get(format!("http://{}/", open.address)),
        dns(RecordKind::A, "web.example"),
    ];
    for request in &requests {
        let error = observe(request, &Vantage::None(Nowhere), LONG)
            .await
            .unwrap_err();
        assert_eq!(
            (error.code, error.layer),
            (Code::VantageFailed, Layer::Vantage)
        );
    }
    // A listener's queue is served in order: had a probe dialled, its connection would have come before this one.
    let seen = observe(&requests[0], &direct(None), LONG).await.unwrap();
    assert_eq!(seen.outcome, "connected");
    assert_eq!(open.accepted(), 1);
}

#[tokio::test]
async fn a_resolver_that_fails_is_no_outcome_of_any_probe() {
    let failing = dns_server::serving(|question, _| {
        Some(dns_server::code(&question, ResponseCode::ServFail))
    })
    .await;
    let gateway = Gateway::start(Manner::Honest).await;
    for vantage in [
        direct(Some(failing.address)),
        gateway.vantage(Some(failing.address)),
    ] {
        for request in [
            tcp("web.example", 80),
            get("http://web.example/"),
            dns(RecordKind::A, "web.example"),
        ] {
            let error = observe(&request, &vantage, LONG).await.unwrap_err();
            assert_eq!(
                (error.code, error.layer, error.detail.as_str()),
                (Code::ResolverFailed, Layer::Vantage, "answers SERVFAIL"),
                "{vantage}"
            );
        }
    }
}
