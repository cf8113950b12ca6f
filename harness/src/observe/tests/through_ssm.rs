//! The table of outcomes through `ssm`, which is another than the table of the others: a session opens before anything is
//! known of its target, so the host is asked first, by bash; from then on an end is all that is seen of one. What is told
//! apart is told alike; a reset is the end of a stream (`closed`) or, before a byte was spoken, a connection; names can't be
//! asked for at all.
use std::path::Path;

use tokio::io::AsyncWriteExt;

use super::super::{RecordKind, Request, Vantage, schema};
use super::peers::{self, Peer};
use super::plugin::through;
use super::{LONG, SHORT, dns, get, mysql, observe, tcp, tls};
use crate::fault::{Code, Layer};

/// Where the app listens, as the host itself sees it; what is spoken there is the test's own.
const APP: (&str, u16) = ("127.0.0.1", 3000);

/// A vantage whose plugin carries every connection to this port.
async fn carrying(port: u16) -> (super::ssm::Managed, Vantage, tempfile::TempDir) {
    through(&format!("to-{port}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_itself_can_not_dial_is_told_as_from_anywhere() {
    let (stack, vantage, _folder) = carrying(peers::open().await.port()).await;
    for (host, port, outcome) in [
        (APP.0, APP.1, "connected"),
        ("127.0.0.1", 1, "refused"),
        ("nobody.example", 80, "name_not_found"),
        // Nobody's address, to which the stack has a way: silence.
        ("198.51.100.1", 9, "timeout"),
    ] {
        let within = if outcome == "timeout" {
            5 * SHORT
        } else {
            LONG
        };
        let seen = observe(&tcp(host, port), &vantage, within).await.unwrap();
        assert_eq!(seen.outcome, outcome, "{host}:{port}");
        let url = format!("http://{host}:{port}/");
        if outcome != "connected" {
            let seen = observe(&get(url), &vantage, within).await.unwrap();
            assert_eq!(
                (seen.outcome.as_str(), &seen.fields["stage"]),
                (outcome, &"dial".into()),
                "{host}:{port}"
            );
        }
    }
    let begun = stack.replica.requests()["ssm:StartSession"];
    assert_eq!(begun, 1, "only for what the host has connected to");
    vantage.hang_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_by_http_is_told_as_from_anywhere_but_for_a_reset() {
    let url = |scheme: &str| get(format!("{scheme}://{}:{}/", APP.0, APP.1));
    let resetting = peers::serving(|mut stream| async move {
        peers::read_head(&mut stream).await;
        peers::reset(stream);
    })
    .await;
    let large = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2 << 20));
    let plain = peers::serving(|mut stream| async move {
        let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        peers::read_head(&mut stream).await;
    })
    .await;
    let answering = |text: &str| peers::answering(text.to_owned());
    let rows: Vec<(Peer, Request, &str, Option<&str>)> = vec![
        (
            answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await,
            url("http"),
            "answered",
            None,
        ),
        (answering("").await, url("http"), "closed", Some("answer")),
        (resetting, url("http"), "closed", Some("answer")),
        (
            answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok").await,
            url("http"),
            "closed",
            Some("body"),
        ),
        (
            answering("SSH-2.0-OpenSSH_9.2\r\n").await,
            url("http"),
            "malformed",
            Some("answer"),
        ),
        (answering(&large).await, url("http"), "too_large", None),
        (peers::open().await, url("http"), "timeout", Some("answer")),
        (peers::open().await, url("https"), "timeout", Some("tls")),
        (plain, url("https"), "tls_failed", Some("tls")),
    ];
    for (peer, request, outcome, stage) in rows {
        told(peer.port(), &request, outcome, stage, &schema::HTTP).await;
    }
    let untrusted = tls::serving(tls::Then::Answers(""));
    let request = url("https");
    told(
        untrusted,
        &request,
        "tls_failed",
        Some("tls"),
        &schema::HTTP,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_by_mysql_is_told_as_from_anywhere_but_for_a_reset() {
    let ok = mysql::packet(1, &[0, 0, 0, 2, 0, 0, 0]);
    let denied = mysql::packet(1, b"\xff\x0a\x05#HY000read only");
    let answering =
        peers::serving(move |stream| mysql::let_in_and_answer(stream, ok.clone())).await;
    let denying =
        peers::serving(move |stream| mysql::let_in_and_answer(stream, denied.clone())).await;
    let resetting = mysql::resetting().await;
    let closing = peers::serving(|stream| async move { drop(stream) }).await;
    let garbage = mysql::speaking_something_else().await;
    for (peer, outcome, stage) in [
        (answering, "rows", None),
        (denying, "error", Some("query")),
        (resetting, "closed", Some("greeting")),
        (closing, "closed", Some("greeting")),
        (garbage, "malformed", Some("greeting")),
        (peers::open().await, "timeout", Some("greeting")),
    ] {
        let request = mysql::request_to(APP.0, APP.1, "right", "SELECT 1");
        told(peer.port(), &request, outcome, stage, &schema::MYSQL).await;
    }
}

/// What is seen of whoever listens at `port`.
async fn told(
    port: u16,
    request: &Request,
    outcome: &str,
    stage: Option<&str>,
    schema: &schema::ProbeSchema,
) {
    let (_stack, vantage, folder) = carrying(port).await;
    assert!(Path::new(folder.path()).exists());
    // The host is asked within the same time, so that only silence itself is given little.
    let within = if outcome == "timeout" {
        5 * SHORT
    } else {
        LONG
    };
    let seen = observe(request, &vantage, within).await.unwrap();
    assert_eq!(seen.outcome, outcome, "{stage:?}: {seen:?}");
    let at = seen.fields.get("stage").and_then(|stage| stage.as_str());
    assert_eq!(at, stage, "{outcome}");
    assert!(schema.outcomes.iter().any(|known| known.name == outcome));
    vantage.hang_up().await;
}

#[tokio::test]
async fn a_name_can_not_be_asked_for_and_that_is_nobodys_failure() {
    let (_stack, vantage, _folder) = through("opens").await;
    let asked = observe(&dns(RecordKind::A, "web.example"), &vantage, LONG).await;
    let error = asked.unwrap_err();
    assert_eq!(
        (error.code, error.layer),
        (Code::ResolverFailed, Layer::Vantage)
    );
}
