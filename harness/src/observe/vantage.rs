//! Where a probe is dialled from. A vantage is one function: a host and a port in, a typed outcome out, the name
//! resolved by the vantage's own resolver. Nothing here takes a proxy or a hosts file from the environment, and nothing
//! here knows what is spoken over the stream.
mod direct;
mod socks5;
mod ssh;
mod ssm;
mod why;

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

pub use direct::Direct;
pub use socks5::Socks5;
pub use ssh::{Ssh, SshSettings};
pub use ssm::{Ssm, SsmSettings};

use super::command::Output;
use super::dial::Dialled;
use super::resolve::Resolver;
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::Observation;

/// A vantage as the stack file configures it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vantage {
    /// From this machine.
    Direct(Direct),
    /// Through a SOCKS5 gateway.
    Socks5(Socks5),
    /// From a host of the stack.
    Ssh(Ssh),
    /// From a host of the stack, by Systems Manager.
    Ssm(Ssm),
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
            Self::Ssh(ssh) => ssh.dial(host, port, deadline).await,
            Self::Ssm(ssm) => ssm.dial(host, port, deadline).await,
            Self::None(_) => Err(nowhere()),
        }
    }

    /// The same, for a vantage that dials through another: a future that may hold one of its own kind.
    fn dial_for<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        deadline: Deadline,
    ) -> Pin<Box<dyn Future<Output = Result<Dialled, ProbeError>> + Send + 'a>> {
        Box::pin(self.dial(host, port, deadline))
    }

    /// The resolver of this vantage.
    ///
    /// # Errors
    /// If it has none: this machine's configuration names no server, a gateway has no `resolver`.
    pub(super) fn resolver(&self) -> Result<Resolver, ProbeError> {
        match self {
            Self::Direct(direct) => direct.resolver(),
            Self::Socks5(socks5) => socks5.resolver(),
            Self::Ssh(ssh) => ssh.resolver(),
            Self::Ssm(ssm) => Err(ssm.has_no_resolver()),
            Self::None(_) => Err(nowhere()),
        }
    }

    /// Runs a command on the vantage's host; none where it was not done in time.
    ///
    /// # Errors
    /// There is no host, or it can't be had.
    pub(super) async fn run(
        &self,
        line: &str,
        deadline: Deadline,
    ) -> Result<Option<Output>, ProbeError> {
        match self {
            Self::Ssh(ssh) => ssh.run(line, deadline).await,
            Self::Ssm(ssm) => ssm.run(line, deadline).await,
            Self::Direct(_) | Self::Socks5(_) => Err(ProbeError::new(
                Code::VantageFailed,
                Layer::Vantage,
                self.to_string(),
                "no host stands behind this vantage to run a command on: it takes one of `ssh` or `ssm`",
            )),
            Self::None(_) => Err(nowhere()),
        }
    }

    /// Whether the vantage itself can be had.
    ///
    /// # Errors
    /// What keeps us from telling, and is ours.
    pub(super) async fn ready(&self, deadline: Deadline) -> Result<Observation, ProbeError> {
        match self {
            Self::Ssh(ssh) => ssh.ready(deadline).await,
            Self::Ssm(ssm) => ssm.ready(deadline).await,
            // Nothing of the stack's stands in between.
            Self::Direct(_) | Self::Socks5(_) => Ok(Observation::of("ready")),
            Self::None(_) => Err(nowhere()),
        }
    }

    /// How often what carries its dials was lost so far: to be asked of before a look.
    pub(super) fn losses(&self) -> u64 {
        match self {
            Self::Ssh(ssh) => ssh.losses(),
            Self::Ssm(ssm) => ssm.losses(),
            // Nothing of theirs outlives a dial, so that nothing of theirs is lost under it.
            Self::Direct(_) | Self::Socks5(_) | Self::None(_) => 0,
        }
    }

    /// Whether it was lost since, so that an exchange that broke off tells nothing of its target.
    pub(super) async fn lost_since(&self, losses: u64) -> Option<ProbeError> {
        match self {
            Self::Ssh(ssh) => ssh.lost_since(losses).await,
            Self::Ssm(ssm) => ssm.lost_since(losses).await,
            Self::Direct(_) | Self::Socks5(_) | Self::None(_) => None,
        }
    }

    /// Ends what the vantage keeps open outside of this process.
    pub async fn hang_up(&self) {
        match self {
            Self::Ssm(ssm) => ssm.hang_up().await,
            // A connection of our own ends with us.
            Self::Direct(_) | Self::Socks5(_) | Self::Ssh(_) | Self::None(_) => {}
        }
    }
}

impl fmt::Display for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(_) => f.write_str("direct"),
            Self::Socks5(socks5) => socks5.fmt(f),
            Self::Ssh(ssh) => fmt::Display::fmt(ssh, f),
            Self::Ssm(ssm) => fmt::Display::fmt(ssm, f),
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
