//! Where a probe is dialled from. A vantage is one function: a host and a port in, a typed outcome out, the name
//! resolved by the vantage's own resolver. Nothing here takes a proxy or a hosts file from the environment, and nothing
//! here knows what is spoken over the stream.
mod direct;
mod socks5;

use std::fmt;
use std::net::{IpAddr, SocketAddr};

pub use direct::Direct;
pub use socks5::Socks5;

use super::deadline::Deadline;
use super::dial::Dialled;
use super::resolve::Resolver;
use crate::fault::{Code, Layer, ProbeError};

/// A vantage as the stack file configures it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// From this machine.
    Direct(Direct),
    /// Through a SOCKS5 gateway.
    Socks5(Socks5),
    /// Not at all.
    None(Nowhere),
}

/// The vantage that is not configured: nothing is dialled, resolved or asked from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nowhere;

impl Vantage {
    /// Dials `port` of `host`, a name or an address.
    ///
    /// # Errors
    /// What is not the target's doing: a gateway or resolver that fails ([`Layer::Vantage`]), this machine's own
    /// network ([`Layer::Network`]), a host that is no name ([`Code::Template`]).
    pub async fn dial(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Dialled, ProbeError> {
        match self {
            Self::Direct(direct) => direct.dial(host, port, deadline).await,
            Self::Socks5(socks5) => socks5.dial(host, port, deadline).await,
            Self::None(_) => Err(nowhere()),
        }
    }

    /// The resolver of this vantage.
    ///
    /// # Errors
    /// If it has none: this machine's configuration names no server, a gateway has no `resolver`.
    pub(super) fn resolver(&self) -> Result<Resolver, ProbeError> {
        match self {
            Self::Direct(direct) => direct.resolver(),
            Self::Socks5(socks5) => socks5.resolver(),
            Self::None(_) => Err(nowhere()),
        }
    }
}

impl fmt::Display for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(_) => f.write_str("direct"),
            Self::Socks5(socks5) => socks5.fmt(f),
            Self::None(_) => f.write_str("none"),
        }
    }
}

fn nowhere() -> ProbeError {
    ProbeError::new(
        Code::VantageFailed,
        Layer::Vantage,
        "none",
        "this vantage is `none`: nothing is dialled from it",
    )
}

/// `host` as an address, with or without the brackets of a URL.
fn literal(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse().ok()
}

/// The addresses of a name with the port to dial. `0.0.0.0` and `::` are how a filtering resolver says nothing: they
/// are no addresses, and dialled they would be this machine.
fn dialable(addresses: Vec<IpAddr>, port: u16) -> Vec<SocketAddr> {
    addresses
        .into_iter()
        .filter(|address| !address.is_unspecified())
        .map(|address| SocketAddr::new(address, port))
        .collect()
}
