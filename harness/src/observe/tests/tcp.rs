//! The probe `tcp`: each outcome, through each vantage.
use std::net::SocketAddr;
use std::time::Duration;

use super::super::{Deadline, Direct, Nowhere, Tcp, Vantage};
use super::gateway::{Gateway, Manner};
use super::{dns_server, peers};
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::Observation;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(400);

fn direct(resolver: Option<SocketAddr>) -> Vantage {
    Vantage::Direct(Direct { resolver })
}

async fn tcp(
    vantage: &Vantage,
    host: &str,
    port: u16,
    timeout: Duration,
) -> Result<Observation, ProbeError> {
    let probe = Tcp {
        host: host.to_owned(),
        port,
    };
    probe.observe(vantage, Deadline::after(timeout)).await
}

#[tokio::test]
async fn each_outcome_is_the_same_directly_and_through_a_gateway() {
    let dns = dns_server::knowing(&["web.example A 127.0.0.1", "empty.example AAAA ::"]).await;
    let gateway = Gateway::start(Manner::Honest).await;
    let open = peers::open().await;
    let banner = peers::serving(|mut stream| async move {
        use tokio::io::AsyncWriteExt;
        let _gone = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
    })
    .await;
    let closed = peers::closed();
    let silent = peers::silent().await;
    let resetting = peers::resetting().await;
    let cases = [
        (
            "127.0.0.1",
            open.port(),
            LONG,
            "connected",
            Some("127.0.0.1"),
        ),
        (
            "web.example",
            open.port(),
            LONG,
            "connected",
            Some("127.0.0.1"),
        ),
        (
            "127.0.0.1",
            banner.port(),
            LONG,
            "connected",
            Some("127.0.0.1"),
        ),
        (
            "127.0.0.1",
            closed.port(),
            LONG,
            "refused",
            Some("127.0.0.1"),
        ),
        (
            "web.example",
            closed.port(),
            LONG,
            "refused",
            Some("127.0.0.1"),
        ),
        (
            "127.0.0.1",
            silent.port(),
            SHORT,
            "timeout",
            Some("127.0.0.1"),
        ),
        (
            "127.0.0.1",
            resetting.port(),
            LONG,
            "reset",
            Some("127.0.0.1"),
        ),
        ("224.0.0.1", 9, LONG, "unreachable", Some("224.0.0.1")),
        ("nobody.example", 80, LONG, "name_not_found", None),
        ("empty.example", 80, LONG, "name_not_found", None),
    ];
    for vantage in [
        direct(Some(dns.address)),
        gateway.vantage(Some(dns.address)),
    ] {
        for (host, port, timeout, outcome, address) in cases {
            let seen = tcp(&vantage, host, port, timeout).await;
            let mut expected = Observation::of(outcome);
            if let Some(address) = address {
                expected = expected.with("address", address);
            }
            assert_eq!(seen, Ok(expected), "{vantage}: {host}:{port}");
        }
    }
}

#[tokio::test]
async fn from_none_nothing_is_dialled() {
    let open = peers::open().await;
    let error = tcp(&Vantage::None(Nowhere), "127.0.0.1", open.port(), LONG)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.layer),
        (Code::VantageFailed, Layer::Vantage)
    );
    // The queue of a listener is served in order: had the probe dialled, its connection would come before this one.
    assert_eq!(
        tcp(&direct(None), "127.0.0.1", open.port(), LONG)
            .await
            .unwrap()
            .outcome,
        "connected"
    );
    assert_eq!(open.accepted(), 1);
}
