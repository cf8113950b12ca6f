//! The vantage `socks5`: every dial through a gateway (RFC 1928, no authentication). What the gateway answers about the
//! target is the target's outcome; whatever goes wrong with the gateway itself is the vantage's.
//!
//! The client is written out here since the ready one panics on a reply code outside the RFC's list, and does not say
//! whether the gateway or the target was silent.
mod wire;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::wire::{Reply, Target, read_reply};
use super::super::bounds::one_line;
use super::super::dial::{Dialled, Miss, race};
use super::super::local;
use super::super::resolve::{self, Resolver};
use super::super::stream::Stream;
use super::{dialable, literal};
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};

/// Dials through a SOCKS5 gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socks5 {
    /// Where the gateway listens.
    pub gateway: SocketAddr,
    /// The DNS server to ask, over TCP through the gateway. Without one the gateway resolves the names that it is
    /// asked to dial.
    pub resolver: Option<SocketAddr>,
}

impl Socks5 {
    pub(super) async fn dial(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Dialled, ProbeError> {
        if let Some(address) = literal(host) {
            return self.connect(SocketAddr::new(address, port), deadline).await;
        }
        let name = resolve::name(host)?;
        if self.resolver.is_none() {
            let name = name.to_ascii().trim_end_matches('.').to_owned();
            return self.reach(&Target::Name(name, port), deadline).await;
        }
        let resolver = self.resolver()?;
        let addresses = resolve::addresses(&resolver, &name, deadline.for_the_way()).await?;
        race(dialable(addresses, port), deadline, |address| {
            let gateway = self.clone();
            async move { gateway.connect(address, deadline).await }
        })
        .await
    }

    /// Connects to an address through the gateway.
    pub(in super::super) async fn connect(
        &self,
        address: SocketAddr,
        deadline: Deadline,
    ) -> Result<Dialled, ProbeError> {
        self.reach(&Target::Address(address), deadline).await
    }

    pub(super) fn resolver(&self) -> Result<Resolver, ProbeError> {
        match self.resolver {
            Some(server) => Ok(Resolver::Through(self.clone(), server)),
            None => Err(ProbeError::new(
                Code::ResolverFailed,
                Layer::Vantage,
                self.to_string(),
                "a SOCKS5 gateway answers no DNS questions: add `resolver: ADDRESS` to this vantage in the stack file",
            )),
        }
    }

    async fn reach(&self, target: &Target, deadline: Deadline) -> Result<Dialled, ProbeError> {
        let address = match target {
            Target::Address(address) => Some(address.ip()),
            Target::Name(..) => None,
        };
        let Some((reply, stream)) = self.ask(target, deadline).await? else {
            let miss = Miss::Timeout;
            return Ok(Dialled::Missed { miss, address });
        };
        if let Some(miss) = self.judge(reply, address)? {
            return Ok(Dialled::Missed { miss, address });
        }
        if let Reply::Connected { from: Some(from) } = reply
            && from.is_unspecified()
        {
            self.must_mean_it(deadline).await?;
        }
        Ok(Dialled::Connected { stream, address })
    }

    /// `ssh -D` says connected, from `0.0.0.0`, before it has tried. From such a gateway every port looks open; so one
    /// that does not say from where it is connected is asked for a name that exists nowhere (RFC 6761).
    async fn must_mean_it(&self, deadline: Deadline) -> Result<(), ProbeError> {
        let nowhere = Target::Name("labcheck.invalid".to_owned(), 1);
        match self.ask(&nowhere, deadline.for_the_way()).await {
            Ok(Some((Reply::Connected { .. }, _))) => Err(self.failed(
                "says connected before it is, as `ssh -D` does: take a vantage `ssh` instead",
            )),
            _ => Ok(()),
        }
    }

    /// The gateway's reply to CONNECT and the stream behind it; none if it is silent, and so the target.
    async fn ask(
        &self,
        target: &Target,
        deadline: Deadline,
    ) -> Result<Option<(Reply, Stream)>, ProbeError> {
        let way = deadline.for_the_way();
        let mut stream = self.greet(way).await?;
        let request = target.request();
        way.bound(stream.write_all(&request))
            .await
            .map_err(|_| self.failed("takes no request"))?
            .map_err(|e| self.broke(&e))?;
        // From here on silence is the target's: a gateway answers when it knows.
        let Ok(version) = deadline.bound(stream.read_u8()).await else {
            return Ok(None);
        };
        let version = version.map_err(|e| self.broke(&e))?;
        let reply = deadline
            .bound(read_reply(&mut stream, version))
            .await
            .map_err(|_| self.failed("stopped in the middle of its reply"))?
            .map_err(|e| self.broke(&e))?;
        Ok(Some((reply, stream)))
    }

    /// Connects to the gateway and agrees with it to need no authentication.
    async fn greet(&self, deadline: Deadline) -> Result<Stream, ProbeError> {
        let mut stream = match local::connect(self.gateway, deadline).await {
            Ok(Dialled::Connected { stream, .. }) => stream,
            Ok(Dialled::Missed { miss, .. }) => {
                return Err(self.failed(&format!("the gateway itself: {}", miss.as_str())));
            }
            Err(ours) => {
                return Err(ProbeError {
                    target: self.to_string(),
                    ..ours
                });
            }
        };
        let greeting = async {
            stream.write_all(&[5, 1, 0]).await?;
            let mut choice = [0; 2];
            stream.read_exact(&mut choice).await?;
            Ok::<_, io::Error>(choice)
        };
        let choice = deadline
            .bound(greeting)
            .await
            .map_err(|_| self.failed("does not answer the SOCKS5 greeting"))?
            .map_err(|e| self.broke(&e))?;
        match choice {
            [5, 0] => Ok(stream),
            [5, _] => Err(self.failed("asks for a login, and this vantage has none")),
            [other, _] => Err(self.failed(&format!(
                "is no SOCKS5 gateway: its answer begins with byte {other:#04x}"
            ))),
        }
    }

    /// What a reply says of the target: nothing missed, or why.
    fn judge(&self, reply: Reply, address: Option<IpAddr>) -> Result<Option<Miss>, ProbeError> {
        let refuses = |why: &str| Err(self.failed(&format!("will not connect: {why}")));
        match reply {
            Reply::Connected { .. } => Ok(None),
            Reply::Code(1) => refuses("general failure (reply 1)"),
            Reply::Code(2) => refuses("not allowed by its rules (reply 2)"),
            // The protocol has no code for a name that does not exist: gateways say this one.
            Reply::Code(4) if address.is_none() => Ok(Some(Miss::NotConnected)),
            Reply::Code(3 | 4) => Ok(Some(Miss::Unreachable)),
            Reply::Code(5) => Ok(Some(Miss::Refused)),
            // "TTL expired" is what gateways answer whose own dial ran into silence.
            Reply::Code(6) => Ok(Some(Miss::Timeout)),
            Reply::Code(7) => refuses("it knows no CONNECT (reply 7)"),
            Reply::Code(8) => refuses("it does not know this type of address (reply 8)"),
            Reply::Code(other) => refuses(&format!("unknown reply {other}")),
            Reply::Garbage(what) => Err(self.failed(what)),
        }
    }

    fn failed(&self, detail: &str) -> ProbeError {
        ProbeError::new(
            Code::VantageFailed,
            Layer::Vantage,
            self.to_string(),
            detail,
        )
    }

    fn broke(&self, error: &io::Error) -> ProbeError {
        self.failed(&match error.kind() {
            io::ErrorKind::UnexpectedEof => "closed the connection during the handshake".to_owned(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                "reset the connection during the handshake".to_owned()
            }
            _ => one_line(&error.to_string(), 200),
        })
    }
}

impl fmt::Display for Socks5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "socks5 {}", self.gateway)
    }
}
