//! The vantage `ssh`: a host of the stack, reached through another vantage, from which dials are forwarded and on which
//! commands run. One connection a host for the whole run, dialled again once when it is lost.
//!
//! Where the host itself can't be had (port 22 closed, a key that it does not take) is the stack's doing or ours, and which
//! of the two is said by [`Down`]. A forwarding tells only that it failed: why is asked of the host by a command.
mod host_key;
mod key;
mod session;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use russh::ChannelOpenFailure;
use russh::client::Handle;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

use self::session::{Client, connect};
use super::super::bounds::one_line;
use super::super::command::Output;
use super::super::dial::{Dialled, Miss, race};
use super::super::resolve::{self, Resolver};
use super::super::stream::Stream;
use super::{Vantage, dialable, literal, why};
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::Observation;

/// `MaxSessions` of OpenSSH is 10; two are left to whoever else is there.
const SESSIONS: usize = 8;

/// Within which a host that is there answers a ping.
const ALIVE: Duration = Duration::from_secs(3);

/// How a host is logged in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshSettings {
    /// The user.
    pub user: String,
    /// The private key's file; the agent's keys where absent.
    pub key: Option<PathBuf>,
    /// Where known hosts stand.
    pub known_hosts: PathBuf,
    /// Whether a host that is not known is taken down rather than refused.
    pub accept_new: bool,
    /// The DNS server to ask, over TCP through the host. Without one the host resolves the names that it is asked for.
    pub resolver: Option<SocketAddr>,
}

impl SshSettings {
    /// What is wrong with the key's file; none where it can be used, or the agent's keys are.
    #[must_use]
    pub fn key_trouble(&self) -> Option<Box<ProbeError>> {
        let file = self.key.as_ref()?;
        key::read(file).err().map(Box::new)
    }
}

/// A host, and the connection to it.
#[derive(Clone)]
pub struct Ssh {
    inner: Arc<Inner>,
}

struct Inner {
    host: String,
    port: u16,
    settings: SshSettings,
    through: Vantage,
    link: Mutex<Option<Arc<Handle<Client>>>>,
    sessions: Semaphore,
    /// How many connections were lost and made anew.
    lost: AtomicU64,
}

/// Why a host can't be had.
pub(super) enum Down {
    /// It is the host's doing: an outcome of the probe `vantage`.
    Host {
        outcome: &'static str,
        detail: String,
    },
    /// It is ours.
    Ours(ProbeError),
}

impl Ssh {
    /// A host that nothing is connected to yet.
    #[must_use]
    pub fn new(host: String, port: u16, settings: SshSettings, through: Vantage) -> Self {
        Self {
            inner: Arc::new(Inner {
                host,
                port,
                settings,
                through,
                link: Mutex::new(None),
                sessions: Semaphore::new(SESSIONS),
                lost: AtomicU64::new(0),
            }),
        }
    }

    /// The DNS server that is asked through the host.
    pub(in super::super) fn resolver_address(&self) -> Option<SocketAddr> {
        self.inner.settings.resolver
    }

    /// The user and the host, as `ssh` takes them.
    pub(in super::super) fn destination(&self) -> String {
        let Inner {
            host,
            port,
            settings,
            ..
        } = &*self.inner;
        let port = if *port == 22 {
            String::new()
        } else {
            format!("-p {port} ")
        };
        format!("{port}{}@{host}", settings.user)
    }

    /// The connection, made if there is none or the last one is lost.
    async fn link(&self, deadline: Deadline) -> Result<Arc<Handle<Client>>, Down> {
        let inner = &*self.inner;
        // Whoever comes second waits for the first one's connection.
        let locked = deadline.bound(inner.link.lock()).await;
        let Ok(mut link) = locked else {
            return Err(Down::Ours(self.failed("no connection in time")));
        };
        if let Some(live) = link.as_ref().filter(|live| !live.is_closed()) {
            return Ok(Arc::clone(live));
        }
        if link.is_some() {
            inner.lost.fetch_add(1, Ordering::SeqCst);
        }
        let made = connect(
            &inner.through,
            &inner.host,
            inner.port,
            &inner.settings,
            deadline,
        );
        let live = Arc::new(made.await?);
        *link = Some(Arc::clone(&live));
        Ok(live)
    }

    /// The connection for a probe of something behind the host: its absence is the vantage's failure.
    async fn usable(&self, deadline: Deadline) -> Result<Arc<Handle<Client>>, ProbeError> {
        self.link(deadline.for_the_way())
            .await
            .map_err(|down| match down {
                Down::Ours(error) => error,
                Down::Host { outcome, detail } => self.failed(&format!("{outcome}: {detail}")),
            })
    }

    /// Whether the host lets us in, and forwards.
    pub(super) async fn ready(&self, deadline: Deadline) -> Result<Observation, ProbeError> {
        let link = match self.link(deadline).await {
            Ok(link) => link,
            Err(Down::Ours(error)) => return Err(error),
            Err(Down::Host { outcome, detail }) => {
                let seen = Observation::of(outcome);
                return Ok(if detail.is_empty() {
                    seen
                } else {
                    seen.with("detail", one_line(&detail, 300))
                });
            }
        };
        // Its own SSH port is there, so that only a rule of its server's refuses.
        let tried = link.channel_open_direct_tcpip("127.0.0.1", 22, "127.0.0.1", 0);
        let outcome = match deadline.bound(tried).await {
            Ok(Err(russh::Error::ChannelOpenFailure(
                ChannelOpenFailure::AdministrativelyProhibited,
            ))) => "forwarding_denied",
            Ok(Ok(_) | Err(russh::Error::ChannelOpenFailure(_))) => "ready",
            Ok(Err(error)) => return Err(self.failed(&error.to_string())),
            Err(_elapsed) => "timeout",
        };
        Ok(Observation::of(outcome))
    }

    pub(super) async fn dial(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Dialled, ProbeError> {
        if let Some(address) = literal(host) {
            return self.forward(&address.to_string(), port, deadline).await;
        }
        let name = resolve::name(host)?;
        if self.inner.settings.resolver.is_none() {
            let name = name.to_ascii().trim_end_matches('.').to_owned();
            return self.forward(&name, port, deadline).await;
        }
        let addresses =
            resolve::addresses(&self.resolver()?, &name, deadline.for_the_way()).await?;
        race(dialable(addresses, port), deadline, |address| {
            let ssh = self.clone();
            async move {
                ssh.forward(&address.ip().to_string(), address.port(), deadline)
                    .await
            }
        })
        .await
    }

    pub(super) fn resolver(&self) -> Result<Resolver, ProbeError> {
        match self.inner.settings.resolver {
            Some(server) => Ok(Resolver::OverSsh(self.clone(), server)),
            None => Err(ProbeError::new(
                Code::ResolverFailed,
                Layer::Vantage,
                self.to_string(),
                "add `resolver: 10.0.0.2:53`, the VPC's own, to this vantage in the stack file",
            )),
        }
    }

    /// A stream to a target behind the host, or why there is none.
    pub(in super::super) async fn forward(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Dialled, ProbeError> {
        let address = literal(host);
        let link = self.usable(deadline).await?;
        let opened = link.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0);
        let missed = |miss| Ok(Dialled::Missed { miss, address });
        match deadline.bound(opened).await {
            Ok(Ok(channel)) => Ok(Dialled::Connected {
                stream: Stream::Ssh(Box::new(channel.into_stream())),
                address,
            }),
            Ok(Err(russh::Error::ChannelOpenFailure(
                ChannelOpenFailure::AdministrativelyProhibited,
            ))) => Err(self.failed("the host forbids forwarding")),
            Ok(Err(russh::Error::ChannelOpenFailure(_))) => {
                missed(self.ask_again(host, port, deadline).await?)
            }
            Ok(Err(error)) => Err(self.failed(&error.to_string())),
            // Silence is the target's only where the host itself still answers.
            Err(_elapsed) => {
                let alive = Deadline::after(ALIVE);
                match alive.bound(link.send_ping()).await {
                    Ok(Ok(())) => missed(Miss::Timeout),
                    _ => Err(self.failed("the host stopped answering")),
                }
            }
        }
    }

    /// Why a forwarding failed, told by the host's own shell.
    async fn ask_again(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Miss, ProbeError> {
        let (line, deadline) = why::question(host, port, deadline);
        Ok(match self.run(&line, deadline).await? {
            // It hides why it failed where the host itself connects.
            Some(output) => why::answer(&output).unwrap_or(Miss::NotConnected),
            None => Miss::Timeout,
        })
    }

    /// Runs a command on the host; none where it was not done in time.
    pub(super) async fn run(
        &self,
        line: &str,
        deadline: Deadline,
    ) -> Result<Option<Output>, ProbeError> {
        let host = self.usable(deadline).await?;
        let permit = deadline.bound(self.inner.sessions.acquire()).await;
        let Ok(Ok(_permit)) = permit else {
            return Err(self.failed("no session was free in time"));
        };
        session::run(&host, line, deadline)
            .await
            .map_err(|error| self.failed(&error.to_string()))
    }

    /// How many connections were lost so far and made anew.
    pub(super) fn losses(&self) -> u64 {
        self.inner.lost.load(Ordering::SeqCst)
    }

    /// Whether the connection was lost since: another one is there by now, or this one answers no more.
    pub(super) async fn lost_since(&self, losses: u64) -> Option<ProbeError> {
        let lost = || Some(self.failed("the connection to the host was lost meanwhile"));
        let Ok(held) = timeout(ALIVE, self.inner.link.lock()).await else {
            // It is held for as long as another one is dialled.
            return lost();
        };
        if self.losses() != losses {
            return lost();
        }
        let link = held.clone()?;
        drop(held);
        match timeout(ALIVE, link.send_ping()).await {
            Ok(Ok(())) => None,
            _ => lost(),
        }
    }

    fn failed(&self, detail: &str) -> ProbeError {
        ProbeError::new(
            Code::VantageFailed,
            Layer::Vantage,
            self.to_string(),
            one_line(detail, 300),
        )
    }
}

impl PartialEq for Ssh {
    fn eq(&self, other: &Self) -> bool {
        let key = |ssh: &Self| {
            (
                ssh.inner.host.clone(),
                ssh.inner.port,
                ssh.inner.settings.clone(),
            )
        };
        Arc::ptr_eq(&self.inner, &other.inner) || key(self) == key(other)
    }
}

impl Eq for Ssh {}

impl fmt::Debug for Ssh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Ssh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            host,
            port,
            settings,
            ..
        } = &*self.inner;
        write!(f, "ssh {}@{}:{port}", settings.user, one_line(host, 100))
    }
}
