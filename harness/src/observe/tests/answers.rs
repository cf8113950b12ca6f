//! What the probe `http` makes of an answer, and what it sends.
use serde_json::{Value, json};

use super::super::{Http, Request};
use super::observe;
use super::{LONG, SHORT, direct, dns_server, get, peers};
use crate::fault::Code;
use crate::observation::Observation;

/// What a GET of this answer gives.
async fn answer(bytes: impl Into<Vec<u8>>) -> Observation {
    let peer = peers::answering(bytes).await;
    observe(
        &get(format!("http://{}/", peer.address)),
        &direct(None),
        LONG,
    )
    .await
    .unwrap()
}

fn probe(method: &str, url: String, headers: &[(&str, &str)], json: bool) -> Request {
    Request::Http(Http {
        method: method.to_owned(),
        url,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        json,
        ..Http::default()
    })
}

#[tokio::test]
async fn an_answer_is_told_field_by_field() {
    let page = "<html lang=ja><title>社員管理システム</title>";
    let seen = answer(format!(
        "HTTP/1.1 502 Bad Gateway\r\nServer: awselb/2.0\r\nContent-Type: text/html; charset=UTF-8\r\n\
         Set-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    ))
    .await;
    let expected = Observation::of("answered")
        .with("status", 502)
        .with("content_type", "text/html; charset=UTF-8")
        .with("server", "awselb/2.0")
        .with("title", "社員管理システム")
        .with("body_bytes", page.len())
        .with("body_truncated", false)
        .with(
            "headers",
            json!({
                "server": "awselb/2.0",
                "content-type": "text/html; charset=UTF-8",
                "set-cookie": "a=1, b=2",
                "content-length": page.len().to_string(),
            }),
        )
        .with("body", page)
        .with("address", "127.0.0.1");
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let elsewhere = peers::open().await;
    for location in [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("http://{}/", elsewhere.address),
        "//[::1]/".to_owned(),
    ] {
        let seen = answer(format!(
            "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        ))
        .await;
        assert_eq!(seen.outcome, "answered");
        assert_eq!(seen.fields["status"], 302);
        assert_eq!(seen.fields["location"], location);
    }
    assert_eq!(elsewhere.accepted(), 0);
}

#[tokio::test]
async fn json_is_parsed_when_asked_and_its_absence_explained() {
    for (body, value, error) in [
        (
            r#"{"name":"x","n":[1,2.5]}"#,
            Some(json!({"name": "x", "n": [1, 2.5]})),
            None,
        ),
        ("<html>", None, Some("expected value")),
        ("", None, Some("EOF")),
    ] {
        let length = body.len();
        let peer = peers::answering(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
        let url = format!("http://{}/", peer.address);
        let asked = observe(&probe("GET", url.clone(), &[], true), &direct(None), LONG).await;
        let asked = asked.unwrap();
        assert_eq!(asked.fields.get("json"), value.as_ref());
        let said = asked.fields.get("json_error").and_then(Value::as_str);
        assert_eq!(said.is_some(), error.is_some());
        assert!(said.unwrap_or_default().contains(error.unwrap_or_default()));
        let unasked = observe(&get(url), &direct(None), LONG).await.unwrap();
        assert!(!unasked.fields.contains_key("json") && !unasked.fields.contains_key("json_error"));
    }
}

#[tokio::test]
async fn a_request_says_the_real_host_and_each_has_a_connection_of_its_own() {
    let heads = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = heads.clone();
    let peer = peers::serving(move |mut stream| {
        let log = log.clone();
        async move {
            use tokio::io::AsyncWriteExt;
            let head = peers::read_head(&mut stream).await;
            log.lock().unwrap().push(head);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            let _gone = stream.write_all(answer).await;
        }
    })
    .await;
    let names = dns_server::knowing(&["web.example A 127.0.0.1"]).await;
    let vantage = direct(Some(names.address));
    let port = peer.port();
    for request in [
        probe(
            "GET",
            format!("http://Web.Example:{port}/a%20b?c=d#e"),
            &[],
            false,
        ),
        probe(
            "HEAD",
            format!("http://127.0.0.1:{port}"),
            &[("X-Note", "1"), ("x-note", "2")],
            false,
        ),
        probe(
            "GET",
            format!("http://web.example:{port}/"),
            &[("host", "other.example")],
            false,
        ),
    ] {
        let seen = observe(&request, &vantage, LONG).await.unwrap();
        assert_eq!(seen.outcome, "answered");
    }
    let agent = format!("user-agent: labcheck/{}\r\n\r\n", env!("CARGO_PKG_VERSION"));
    let expected = [
        format!("GET /a%20b?c=d HTTP/1.1\r\naccept: */*\r\nhost: web.example:{port}\r\n"),
        format!(
            "HEAD / HTTP/1.1\r\nx-note: 1\r\nx-note: 2\r\nhost: 127.0.0.1:{port}\r\naccept: */*\r\n"
        ),
        "GET / HTTP/1.1\r\nhost: other.example\r\naccept: */*\r\n".to_owned(),
    ];
    let sorted = |head: &str| {
        let mut lines: Vec<_> = head.split("\r\n").map(str::to_owned).collect();
        lines[1..].sort();
        lines
    };
    let heads = heads.lock().unwrap();
    for (head, expected) in heads.iter().zip(&expected) {
        assert_eq!(sorted(head), sorted(&format!("{expected}{agent}")));
    }
    assert_eq!((heads.len(), peer.accepted()), (3, 3));
}

#[tokio::test]
async fn a_request_that_cannot_be_made_is_the_checks_mistake_and_nothing_is_dialled() {
    let peer = peers::open().await;
    let here = format!("http://{}/", peer.address);
    for request in [
        get(""),
        get("web.example"),
        get("ftp://web.example/"),
        get("http://"),
        get("http://[::1"),
        get("http://web.example:99999/"),
        probe("CONNECT", here.clone(), &[], false),
        probe("G E T", here.clone(), &[], false),
        probe("GET", here.clone(), &[("bad name", "x")], false),
        probe("GET", here.clone(), &[("x", "a\r\nb: c")], false),
        get("http://a..b/"),
    ] {
        let error = observe(&request, &direct(None), SHORT).await.unwrap_err();
        assert_eq!(error.code, Code::Template, "{error}");
    }
    assert_eq!(peer.accepted(), 0);
}
