//! The vantage `ssm`: a host of the stack, reached through AWS's Systems Manager and neither by a key nor by an open port. Commands
//! run by Run Command; dials are forwarded by `session-manager-plugin`, one session for each target, kept for the run.
//!
//! That Systems Manager can't reach the instance is the stack's doing, and an outcome of the probe `vantage`; that the plugin is
//! missing or fails is ours. A session tells nothing of why its target can't be had: that is asked of the host first.
mod plugin;

use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use self::plugin::Tunnel;
use super::super::bounds::one_line;
use super::super::command::Output;
use super::super::dial::{Dialled, Miss};
use super::super::{local, resolve};
use super::{literal, why};
use crate::aws::{Aws, Ran};
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::Observation;

/// How long a plugin whose connections have ended may take to be gone.
const PARTING: Duration = Duration::from_millis(500);

/// How a host is forwarded from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SsmSettings {
    /// `session-manager-plugin`; looked for in `PATH` where absent.
    pub plugin: Option<PathBuf>,
}

impl SsmSettings {
    /// Why there is no `session-manager-plugin`; none where it is found. Only dials take it: commands do without.
    #[must_use]
    pub fn plugin_trouble(&self) -> Option<Box<ProbeError>> {
        plugin::find(self.plugin.as_deref()).err().map(Box::new)
    }
}

/// A host, and the sessions through it.
#[derive(Clone)]
pub struct Ssm {
    inner: Arc<Inner>,
}

struct Inner {
    aws: Aws,
    instance: String,
    settings: SsmSettings,
    /// By the target's host and port.
    tunnels: Mutex<HashMap<(String, u16), Tunnel>>,
    /// How many plugins ended without us.
    lost: watch::Sender<u64>,
}

impl Ssm {
    /// An instance that nothing is asked of yet.
    #[must_use]
    pub fn new(aws: Aws, instance: String, settings: SsmSettings) -> Self {
        Self {
            inner: Arc::new(Inner {
                aws,
                instance,
                settings,
                tunnels: Mutex::default(),
                lost: watch::Sender::new(0),
            }),
        }
    }

    /// The instance's id.
    pub(in super::super) fn instance(&self) -> &str {
        &self.inner.instance
    }

    /// Whether Systems Manager runs a command there.
    pub(super) async fn ready(&self, deadline: Deadline) -> Result<Observation, ProbeError> {
        let told =
            |outcome, detail: &str| Observation::of(outcome).with("detail", one_line(detail, 300));
        Ok(match self.ran("true", deadline).await? {
            Ran::Ended { .. } => Observation::of("ready"),
            Ran::TimedOut => Observation::of("timeout"),
            Ran::NotManaged(detail) => told("not_managed", &detail),
            Ran::Undelivered(detail) => told("undelivered", &detail),
        })
    }

    /// Runs a command on the host, as root; none where it was not done in time.
    pub(super) async fn run(
        &self,
        line: &str,
        deadline: Deadline,
    ) -> Result<Option<Output>, ProbeError> {
        match self.ran(line, deadline).await? {
            Ran::Ended {
                exit_code,
                stdout,
                stderr,
                truncated,
            } => Ok(Some(Output {
                exit_code,
                signal: None,
                stdout: stdout.into_bytes(),
                stderr: stderr.into_bytes(),
                truncated,
            })),
            Ran::TimedOut => Ok(None),
            Ran::NotManaged(detail) => Err(self.failed(&format!("not_managed: {detail}"))),
            Ran::Undelivered(detail) => Err(self.failed(&format!("undelivered: {detail}"))),
        }
    }

    async fn ran(&self, line: &str, deadline: Deadline) -> Result<Ran, ProbeError> {
        let Inner { aws, instance, .. } = &*self.inner;
        aws.run_command(instance, line, deadline).await
    }

    pub(super) async fn dial(
        &self,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<Dialled, ProbeError> {
        let address = literal(host);
        let host = if let Some(address) = address {
            address.to_string()
        } else {
            let name = resolve::name(host)?.to_ascii();
            name.trim_end_matches('.').to_owned()
        };
        // Before the host is asked: without the plugin there is no stream whatever it says.
        let plugin = plugin::find(self.inner.settings.plugin.as_deref())?;
        let (line, within) = why::question(&host, port, deadline);
        let missed = |miss| Ok(Dialled::Missed { miss, address });
        match self.run(&line, within).await? {
            None => return missed(Miss::Timeout),
            Some(output) => {
                if let Some(miss) = why::answer(&output) {
                    return missed(miss);
                }
            }
        }
        let local = self.tunnel(&plugin, &host, port, deadline).await?;
        match local::connect(local, deadline).await? {
            Dialled::Connected { stream, .. } => Ok(Dialled::Connected { stream, address }),
            Dialled::Missed { miss, .. } => {
                let miss = miss.as_str();
                Err(self.failed(&format!("session-manager-plugin at {local}: {miss}")))
            }
        }
    }

    /// Where the plugin listens for connections to a target: begun if there is none, or the last one is gone.
    async fn tunnel(
        &self,
        plugin: &std::path::Path,
        host: &str,
        port: u16,
        deadline: Deadline,
    ) -> Result<SocketAddr, ProbeError> {
        let Inner {
            aws,
            instance,
            tunnels,
            ..
        } = &*self.inner;
        // Whoever comes second waits for the first one's session.
        let Ok(mut tunnels) = deadline.bound(tunnels.lock()).await else {
            return Err(self.failed("no session in time"));
        };
        let key = (host.to_owned(), port);
        if let Some(tunnel) = tunnels.get(&key) {
            if tunnel.is_alive() {
                return Ok(at(tunnel.port));
            }
            if let Some(gone) = tunnels.remove(&key) {
                gone.end(aws).await;
            }
        }
        let own = ["127.0.0.1", "::1", "localhost"].contains(&host);
        let remote = (!own).then_some(host);
        let begun = deadline.bound(aws.begin_forwarding(instance, remote, port));
        let session = match begun.await {
            Ok(begun) => begun?.map_err(|detail| self.failed(&detail))?,
            Err(_elapsed) => return Err(self.failed("no session in time")),
        };
        let lost = self.inner.lost.clone();
        match Tunnel::open(plugin, session.clone(), lost, deadline).await {
            Ok(tunnel) => {
                let port = tunnel.port;
                tunnels.insert(key, tunnel);
                Ok(at(port))
            }
            Err(detail) => {
                let _it_ends_by_itself = aws.end_forwarding(&session.id).await;
                Err(self.failed(&detail))
            }
        }
    }

    /// Ends every session, and the plugins that carry them.
    pub(super) async fn hang_up(&self) {
        let tunnels: Vec<Tunnel> = {
            let mut tunnels = self.inner.tunnels.lock().await;
            tunnels.drain().map(|(_, tunnel)| tunnel).collect()
        };
        for tunnel in tunnels {
            tunnel.end(&self.inner.aws).await;
        }
    }

    /// How many plugins ended so far without us.
    pub(super) fn losses(&self) -> u64 {
        *self.inner.lost.borrow()
    }

    /// Whether one ended since. Its connections end before it is seen to be gone, so that is waited for.
    pub(super) async fn lost_since(&self, losses: u64) -> Option<ProbeError> {
        let mut lost = self.inner.lost.subscribe();
        let one_more = timeout(PARTING, lost.wait_for(|now| *now != losses)).await;
        one_more.ok()?.ok()?;
        Some(self.failed("session-manager-plugin ended meanwhile"))
    }

    pub(super) fn has_no_resolver(&self) -> ProbeError {
        ProbeError::new(
            Code::ResolverFailed,
            Layer::Vantage,
            self.to_string(),
            "Systems Manager carries no questions for names: ask by a command, `getent hosts NAME`",
        )
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

fn at(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

impl PartialEq for Ssm {
    fn eq(&self, other: &Self) -> bool {
        let key = |ssm: &Self| (ssm.inner.instance.clone(), ssm.inner.settings.clone());
        key(self) == key(other)
    }
}

impl Eq for Ssm {}

impl fmt::Debug for Ssm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Ssm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ssm {}", one_line(&self.inner.instance, 100))
    }
}
