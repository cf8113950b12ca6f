//! The vantage `direct`: this machine's own sockets and, without a `resolver`, its own DNS servers.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::super::dial::{Dialled, race};
use super::super::local;
use super::super::resolve::{self, Resolver};
use super::{dialable, literal};
use crate::deadline::Deadline;
use crate::fault::ProbeError;

/// Dials from this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direct {
    /// The DNS server to ask; this machine's own where absent. The hosts file is never looked at.
    pub resolver: Option<SocketAddr>,
}

impl Direct {
    pub(super) async fn dial(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Dialled, ProbeError> {
        let addresses = match literal(host) {
            Some(address) => vec![SocketAddr::new(address, port)],
            None => dialable(self.addresses(host, deadline.for_the_way()).await?, port),
        };
        race(addresses, deadline, move |address| {
            local::connect(address, deadline)
        })
        .await
    }

    async fn addresses(&self, host: &str, deadline: Deadline) -> Result<Vec<IpAddr>, ProbeError> {
        let name = resolve::name(host)?;
        if name.is_localhost() {
            // RFC 6761: never a question for a server.
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        resolve::addresses(&self.resolver()?, &name, deadline).await
    }

    pub(super) fn resolver(&self) -> Result<Resolver, ProbeError> {
        match self.resolver {
            Some(server) => Ok(Resolver::Udp(vec![server])),
            None => Resolver::of_this_machine(),
        }
    }
}
