//! What a SOCKS5 gateway says of a target, and every way in which it fails itself: the latter is never an outcome.
use super::super::{RecordKind, Socks5, Vantage};
use super::gateway::{Gateway, Manner};
use super::observe;
use super::{LONG, SHORT, dns, get, peers, tcp};
use crate::fault::{Code, Layer};

#[tokio::test]
async fn each_reply_about_the_target_is_its_outcome() {
    for (code, of_address, of_name) in [
        (3, "unreachable", "unreachable"),
        // Gateways say so of a name that they cannot resolve too.
        (4, "unreachable", "not_connected"),
        (5, "refused", "refused"),
        (6, "timeout", "timeout"),
    ] {
        let gateway = Gateway::start(Manner::Replies(code)).await;
        let vantage = gateway.vantage(None);
        for (host, outcome) in [
            ("203.0.113.9", of_address),
            ("2001:db8::9", of_address),
            ("Web.Example", of_name),
        ] {
            let seen = observe(&tcp(host, 3306), &vantage, LONG).await.unwrap();
            assert_eq!(seen.outcome, outcome, "reply {code} of {host}");
            let url = format!("http://{}/", super::super::by_hand::host_and_port(host, 80));
            let seen = observe(&get(url), &vantage, LONG).await.unwrap();
            assert_eq!(seen.outcome, outcome, "reply {code} of {host}");
            assert_eq!(seen.fields["stage"], "dial");
        }
        assert_eq!(
            gateway.asked(),
            [
                "203.0.113.9:3306",
                "203.0.113.9:80",
                "[2001:db8::9]:3306",
                "[2001:db8::9]:80",
                "web.example:3306",
                "web.example:80",
            ]
        );
    }
}

#[tokio::test]
async fn a_name_is_left_to_a_gateway_without_a_resolver() {
    let answering = peers::answering("HTTP/1.1 204 None\r\nHost: x\r\n\r\n").await;
    let gateway = Gateway::start(Manner::Honest).await;
    let url = format!("http://app.here:{}/", answering.port());
    let seen = observe(&get(url), &gateway.vantage(None), LONG)
        .await
        .unwrap();
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["status"]),
        ("answered", &204.into())
    );
    assert_eq!(seen.fields.get("address"), None);
    assert_eq!(gateway.asked(), [format!("app.here:{}", answering.port())]);
}

#[tokio::test]
async fn dns_through_a_gateway_needs_a_resolver_and_says_so() {
    let gateway = Gateway::start(Manner::Honest).await;
    let error = observe(
        &dns(RecordKind::A, "web.example"),
        &gateway.vantage(None),
        LONG,
    )
    .await
    .unwrap_err();
    assert_eq!(
        (error.code, error.layer),
        (Code::ResolverFailed, Layer::Vantage)
    );
    assert!(error.detail.contains("add `resolver: ADDRESS`"), "{error}");
    assert_eq!(gateway.asked(), [""; 0]);
}

#[tokio::test]
async fn a_gateway_that_fails_is_never_the_targets_outcome() {
    for (manner, timeout, detail) in [
        (Manner::Replies(0), LONG, "says connected before it is"),
        (Manner::Replies(1), LONG, "general failure (reply 1)"),
        (
            Manner::Replies(2),
            LONG,
            "not allowed by its rules (reply 2)",
        ),
        (Manner::Replies(7), LONG, "it knows no CONNECT (reply 7)"),
        (Manner::Replies(8), LONG, "this type of address (reply 8)"),
        (Manner::Replies(9), LONG, "unknown reply 9"),
        (Manner::Replies(255), LONG, "unknown reply 255"),
        (Manner::Greets(&[5, 255]), LONG, "asks for a login"),
        (Manner::Greets(&[5, 2]), LONG, "asks for a login"),
        (
            Manner::Greets(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            LONG,
            "byte 0x48",
        ),
        (Manner::Greets(&[4, 90]), LONG, "byte 0x04"),
        (
            Manner::Greets(&[5]),
            SHORT,
            "does not answer the SOCKS5 greeting",
        ),
        (
            Manner::Greets(&[]),
            SHORT,
            "does not answer the SOCKS5 greeting",
        ),
        (
            Manner::ClosesAtGreeting,
            LONG,
            "closed the connection during the handshake",
        ),
        (
            Manner::ResetsAtGreeting,
            LONG,
            "reset the connection during the handshake",
        ),
        (
            Manner::ClosesAtRequest,
            LONG,
            "closed the connection during the handshake",
        ),
        (Manner::RepliesRaw(b"HTTP"), LONG, "no SOCKS5 reply"),
        (
            Manner::RepliesRaw(&[5]),
            SHORT,
            "in the middle of its reply",
        ),
        (
            Manner::RepliesRaw(&[5, 0, 0, 1, 0]),
            SHORT,
            "in the middle of its reply",
        ),
        (
            Manner::RepliesRaw(&[5, 0, 0, 3, 255, 97]),
            SHORT,
            "in the middle of its reply",
        ),
        (
            Manner::RepliesRaw(&[5, 0, 0, 9]),
            LONG,
            "an address of no known type",
        ),
    ] {
        let gateway = Gateway::start(manner).await;
        let vantage = gateway.vantage(None);
        for request in [tcp("203.0.113.9", 80), get("http://203.0.113.9/")] {
            let error = observe(&request, &vantage, timeout).await.unwrap_err();
            assert_eq!(
                (error.code, error.layer),
                (Code::VantageFailed, Layer::Vantage),
                "{manner:?}"
            );
            assert_eq!(error.target, vantage.to_string());
            assert!(error.detail.contains(detail), "{manner:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_gateway_that_means_what_it_says_need_not_say_from_where() {
    let open = peers::open().await;
    let closed = peers::closed();
    let gateway = Gateway::start(Manner::Vague).await;
    for (peer, outcome) in [(&open, "connected"), (&closed, "refused")] {
        let seen = observe(&tcp("127.0.0.1", peer.port()), &gateway.vantage(None), LONG).await;
        assert_eq!(seen.unwrap().outcome, outcome);
    }
    assert_eq!(gateway.asked()[1], "labcheck.invalid:1");
}

#[tokio::test]
async fn a_gateway_that_cannot_be_reached_is_never_the_targets_outcome() {
    let closed = peers::closed();
    let silent = peers::silent().await;
    for (gateway, timeout, detail) in [
        (closed.address, LONG, "the gateway itself: refused"),
        (silent.address, SHORT, "the gateway itself: timeout"),
        (
            ([224, 0, 0, 1], 1080).into(),
            LONG,
            "the gateway itself: unreachable",
        ),
    ] {
        let vantage = Vantage::Socks5(Socks5 {
            gateway,
            resolver: None,
        });
        let error = observe(&tcp("203.0.113.9", 80), &vantage, timeout)
            .await
            .unwrap_err();
        assert_eq!(
            (error.code, error.layer, error.detail.as_str()),
            (Code::VantageFailed, Layer::Vantage, detail)
        );
    }
}

#[tokio::test]
async fn a_resolver_that_a_gateway_cannot_reach_is_the_vantages_failure() {
    let closed = peers::closed();
    let gateway = Gateway::start(Manner::Honest).await;
    let error = observe(
        &tcp("web.example", 80),
        &gateway.vantage(Some(closed.address)),
        LONG,
    )
    .await
    .unwrap_err();
    assert_eq!(
        (error.code, error.layer, error.detail.as_str()),
        (Code::ResolverFailed, Layer::Vantage, "refused")
    );
}

/// A SOCKS5 server that nobody here wrote.
#[tokio::test]
async fn a_foreign_gateway_is_understood() {
    use fast_socks5::server::Socks5ServerProtocol;
    use fast_socks5::util::target_addr::TargetAddr;
    let answering = peers::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let closed = peers::closed();
    let gateway = peers::serving(|stream| async move {
        let protocol = Socks5ServerProtocol::accept_no_auth(stream).await.unwrap();
        let (protocol, _command, target) = protocol.read_command().await.unwrap();
        let TargetAddr::Ip(target) = target else {
            panic!("an address was asked for");
        };
        if let Ok(mut far) = tokio::net::TcpStream::connect(target).await {
            let mut near = protocol.reply_success(target).await.unwrap();
            let _gone = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        } else {
            let reply = fast_socks5::ReplyError::ConnectionRefused;
            protocol.reply_error(&reply).await.unwrap();
        }
    })
    .await;
    let vantage = Vantage::Socks5(Socks5 {
        gateway: gateway.address,
        resolver: None,
    });
    for (port, outcome) in [(answering.port(), "answered"), (closed.port(), "refused")] {
        let url = format!("http://127.0.0.1:{port}/");
        let seen = observe(&get(url), &vantage, LONG).await.unwrap();
        assert_eq!(seen.outcome, outcome);
    }
}
