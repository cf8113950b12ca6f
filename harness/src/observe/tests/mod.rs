//! Every outcome of every probe through every vantage, on loopback, and every way in which a vantage fails.
mod answers;
mod dns_server;
mod environment;
mod gateway;
mod gateways;
mod hostile;
mod mysql;
mod mysql_tls;
mod names;
mod peers;
mod plugin;
mod relays;
mod resolvers;
mod ssh;
mod ssm;
mod table;
mod through_ssm;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use super::{Direct, Dns, Held, Http, RecordKind, Request, Tcp, Vantage};
use crate::fault::ProbeError;
use crate::observation::Observation;

/// More than anything takes that ends by itself.
const LONG: Duration = Duration::from_secs(20);
/// For what only the deadline ends.
const SHORT: Duration = Duration::from_millis(400);

/// One look by itself: nothing is held from one to the next.
async fn observe(
    request: &Request,
    vantage: &Vantage,
    timeout: Duration,
) -> Result<Observation, ProbeError> {
    super::observe(request, vantage, &mut Held::default(), timeout).await
}

fn direct(resolver: Option<SocketAddr>) -> Vantage {
    Vantage::Direct(Direct { resolver })
}

fn dns(record: RecordKind, name: &str) -> Request {
    Request::Dns(Dns {
        name: name.to_owned(),
        record,
    })
}

fn tcp(host: &str, port: u16) -> Request {
    Request::Tcp(Tcp {
        host: host.to_owned(),
        port,
    })
}

fn get(url: impl Into<String>) -> Request {
    Request::Http(Http {
        method: "GET".to_owned(),
        url: url.into(),
        headers: Vec::new(),
        json: false,
        ..Http::default()
    })
}
