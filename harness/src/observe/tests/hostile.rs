//! Answers that mean harm: each ends in time, within bounds, under the right name.
use tokio::io::AsyncWriteExt;

use super::super::{Http, Request};
use super::observe;
use super::{LONG, SHORT, direct, get, peers};
use crate::observation::Observation;
use std::time::Duration;

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";

/// Writes `first`, then `again` for as long as anybody reads.
async fn endless(first: String, again: Vec<u8>) -> peers::Peer {
    let again = std::sync::Arc::new(again);
    peers::serving(move |mut stream| {
        let (first, again) = (first.clone(), again.clone());
        async move {
            peers::read_head(&mut stream).await;
            let _gone = stream.write_all(first.as_bytes()).await;
            while stream.write_all(&again).await.is_ok() {}
        }
    })
    .await
}

/// Writes `first`, then a byte of `again` every few milliseconds.
async fn trickling(first: &'static str, again: &'static [u8]) -> peers::Peer {
    peers::serving(move |mut stream| async move {
        peers::read_head(&mut stream).await;
        let _gone = stream.write_all(first.as_bytes()).await;
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        for byte in again.iter().cycle() {
            beat.tick().await;
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    })
    .await
}

async fn look(peer: &peers::Peer, timeout: Duration) -> Observation {
    let began = tokio::time::Instant::now();
    let request = get(format!("http://{}/", peer.address));
    let seen = observe(&request, &direct(None), timeout).await.unwrap();
    assert!(began.elapsed() < timeout + Duration::from_secs(5));
    seen
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    for head in [
        format!("{HEAD}\r\n"),
        format!("{HEAD}Content-Length: 99999999999\r\n\r\n"),
    ] {
        let seen = look(&endless(head, vec![0xff; 8192]).await, LONG).await;
        assert_eq!(seen.outcome, "too_large");
        assert_eq!(seen.fields["body_bytes"], 1024 * 1024);
        assert_eq!(seen.fields["body_truncated"], true);
    }
    let chunk = b"400\r\n"
        .iter()
        .copied()
        .chain([b'x'; 1024])
        .chain(*b"\r\n")
        .collect();
    let chunked = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let seen = look(&endless(chunked, chunk).await, LONG).await;
    assert_eq!(seen.fields["body_truncated"], true);
}

#[tokio::test]
async fn headers_without_end_are_malformed() {
    let many = endless(HEAD.to_owned(), b"X-More: 1\r\n".to_vec()).await;
    let long = endless(format!("{HEAD}X-Long: "), vec![b'x'; 8192]).await;
    let status = endless("HTTP/1.1 200 ".to_owned(), vec![b'x'; 8192]).await;
    for peer in [many, long, status] {
        let seen = look(&peer, LONG).await;
        assert_eq!(
            (seen.outcome.as_str(), &seen.fields["stage"]),
            ("malformed", &"answer".into())
        );
    }
}

#[tokio::test]
async fn a_trickle_ends_with_the_deadline_at_its_stage() {
    let headers = trickling(HEAD, b"X-More: 1\r\n").await;
    let body = trickling(
        "HTTP/1.1 200 OK\r\nServer: slow\r\nContent-Length: 99999\r\n\r\n",
        b"x",
    )
    .await;
    let informed = trickling("", b"HTTP/1.1 100 Continue\r\n\r\n").await;
    for (peer, stage) in [(headers, "answer"), (body, "body"), (informed, "answer")] {
        let seen = look(&peer, SHORT).await;
        assert_eq!(
            (seen.outcome.as_str(), &seen.fields["stage"]),
            ("timeout", &stage.into())
        );
        // What came before is kept.
        let server = seen.fields.get("server").and_then(|value| value.as_str());
        assert_eq!(server, (stage == "body").then_some("slow"));
    }
}

#[tokio::test]
async fn what_is_no_http_is_malformed_whether_it_stays_or_goes() {
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"\x4a\0\0\0\x0a5.7.12\0",
        b"\0",
        b"<html>hello</html>",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n",
    ] {
        let goes = peers::answering(bytes).await;
        let stays = peers::serving(move |mut stream| async move {
            peers::read_head(&mut stream).await;
            let _gone = stream.write_all(bytes).await;
            peers::read_head(&mut stream).await;
        })
        .await;
        for peer in [goes, stays] {
            let seen = look(&peer, LONG).await;
            assert_eq!(seen.outcome, "malformed", "{}", bytes.escape_ascii());
            let detail = seen.fields["detail"].as_str().unwrap();
            assert!(
                !detail.is_empty() && !detail.contains("127.0.0.1"),
                "{detail}"
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_length_is_an_early_close_and_what_came_is_kept() {
    let short = peers::answering(format!(
        "{HEAD}Content-Length: 50\r\n\r\n<title>half</title>"
    ))
    .await;
    let seen = look(&short, LONG).await;
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["stage"]),
        ("closed", &"body".into())
    );
    assert_eq!(
        (&seen.fields["status"], &seen.fields["title"]),
        (&200.into(), &"half".into())
    );
    let long = peers::answering(format!("{HEAD}Content-Length: 2\r\n\r\nokokok")).await;
    let seen = look(&long, LONG).await;
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["body"]),
        ("answered", &"ok".into())
    );
}

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    let bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xed\xc1\x01\x0d\0\0\0\xc2\xa0";
    let head = format!(
        "{HEAD}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        bomb.len()
    );
    let peer = peers::answering([head.as_bytes(), bomb].concat()).await;
    let seen = look(&peer, LONG).await;
    assert_eq!(seen.fields["body_bytes"], bomb.len());
    assert_eq!(seen.fields["headers"]["content-encoding"], "gzip");
}

#[tokio::test]
async fn hostile_headers_and_bytes_are_bounded_and_shown_as_they_are_safe() {
    let long = "x".repeat(10_000);
    let peer = peers::answering(
        [
            format!("{HEAD}Server: {long}\r\nX-Odd: ").as_bytes(),
            b"\x9b\xff\xe2\x80\xae\tz\r\nContent-Length: 5\r\n\r\n\0\x1b[2J",
        ]
        .concat(),
    )
    .await;
    let seen = look(&peer, LONG).await;
    assert_eq!(
        seen.fields["server"].as_str().unwrap().chars().count(),
        2049
    );
    assert_eq!(seen.fields["headers"]["x-odd"], "\u{fffd}\u{fffd}··z");
    assert_eq!(seen.fields["body"], "\0\u{1b}[2J");
}

#[tokio::test]
async fn json_nested_without_end_is_no_json() {
    let deep = "[".repeat(100_000);
    let peer = peers::answering(format!(
        "{HEAD}Content-Length: {}\r\n\r\n{deep}",
        deep.len()
    ))
    .await;
    let request = Request::Http(Http {
        method: "GET".to_owned(),
        url: format!("http://{}/", peer.address),
        headers: Vec::new(),
        json: true,
        ..Http::default()
    });
    let seen = observe(&request, &direct(None), LONG).await.unwrap();
    assert!(
        seen.fields["json_error"]
            .as_str()
            .unwrap()
            .contains("recursion")
    );
}
