//! Every outcome of every probe through every vantage, on loopback, and every way in which a vantage fails.
mod answers;
mod dns_server;
mod environment;
mod gateway;
mod gateways;
mod hostile;
mod names;
mod peers;
mod relays;
mod resolvers;
mod table;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use super::{Direct, Dns, Http, RecordKind, Request, Tcp, Vantage};

/// More than anything takes that ends by itself.
const LONG: Duration = Duration::from_secs(20);
/// For what only the deadline ends.
const SHORT: Duration = Duration::from_millis(400);

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
    })
}
