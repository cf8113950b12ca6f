//! `session-manager-plugin`, AWS's own program that carries a session: found, started with its command line, waited for until it
//! listens, ended. It is in no registry, so it is the user's to install. Nothing here knows what the session is for.
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::aws::{Aws, Session};
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};
use crate::observe::bounds::one_line;

/// What the program is called.
const NAME: &str = "session-manager-plugin";

/// At most so many bytes of what it prints are read for the port.
const LONGEST: u64 = 64 * 1024;

/// How long the end of a session may take.
const PARTING: Duration = Duration::from_secs(5);

/// Finds the plugin: where the stack file says, else in `PATH`.
pub(super) fn find(named: Option<&Path>) -> Result<PathBuf, ProbeError> {
    let missing = |target: String| {
        ProbeError::new(
            Code::PluginMissing,
            Layer::Harness,
            target,
            "no such program",
        )
    };
    if let Some(path) = named {
        return if path.is_file() {
            Ok(path.to_owned())
        } else {
            Err(missing(one_line(&path.to_string_lossy(), 200)))
        };
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let name = format!("{NAME}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&folders)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
        .ok_or_else(|| missing(NAME.to_owned()))
}

/// A session, and the plugin that listens for it.
pub(super) struct Tunnel {
    /// The port of this machine.
    pub port: u16,
    session: Session,
    /// What waits for the plugin's end; it ends the plugin when `stop` is used or dropped.
    watched: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Tunnel {
    /// Starts the plugin and waits until it listens; `lost` counts its end where it is not of our doing. An error says why it does not; the program is gone then.
    pub async fn open(
        plugin: &Path,
        session: Session,
        lost: watch::Sender<u64>,
        deadline: Deadline,
    ) -> Result<Self, String> {
        let mut child = Command::new(plugin)
            .arg(&session.response)
            .arg(&session.region)
            .arg("StartSession")
            .arg(&session.profile)
            .arg(&session.request)
            .arg(&session.endpoint)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{NAME}: {error}"))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let mut said = String::new();
        let listening = deadline.bound(port(stdout, &mut said)).await;
        match listening {
            Ok(Some(port)) => {
                if let Some(stderr) = stderr {
                    tokio::spawn(drain(stderr));
                }
                let (stop, stopped) = oneshot::channel();
                Ok(Self {
                    port,
                    session,
                    watched: tokio::spawn(watch_over(child, stopped, lost)),
                    stop,
                })
            }
            Ok(None) => {
                let mut text = String::new();
                if let Some(stderr) = stderr {
                    let mut stderr = stderr.take(LONGEST);
                    let read = stderr.read_to_string(&mut text);
                    let _as_far_as_it_came = timeout(PARTING, read).await;
                }
                let words = if text.trim().is_empty() { &said } else { &text };
                Err(format!(
                    "{NAME} ended before it listened: {}",
                    one_line(words.trim(), 200)
                ))
            }
            Err(_elapsed) => {
                let _it_may_be_gone = child.kill().await;
                Err(format!("{NAME} did not listen in time"))
            }
        }
    }

    /// Whether the plugin is still there.
    pub fn is_alive(&self) -> bool {
        !self.watched.is_finished()
    }

    /// Ends the plugin, and the session that it leaves when it is killed.
    pub async fn end(self, aws: &Aws) {
        let _it_may_be_gone = self.stop.send(());
        let _gone = self.watched.await;
        // One that is not ended by us ends by itself after twenty minutes without traffic.
        let _best_effort = timeout(PARTING, aws.end_forwarding(&self.session.id)).await;
    }
}

/// Waits for the plugin's end, or ends it.
async fn watch_over(mut child: Child, stopped: oneshot::Receiver<()>, lost: watch::Sender<u64>) {
    tokio::select! {
        _ended = child.wait() => lost.send_modify(|lost| *lost += 1),
        _by_us = stopped => {
            let _it_may_be_gone = child.kill().await;
        }
    }
}

/// The port that the plugin says it has opened; none where it ended, or closed its output, without one. What it prints afterwards
/// is read and thrown away, so that it never waits for us.
async fn port(stdout: Option<ChildStdout>, said: &mut String) -> Option<u16> {
    let mut lines = BufReader::new(stdout?.take(LONGEST)).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(port) = opened(&line) {
            tokio::spawn(drain(lines.into_inner().into_inner().into_inner()));
            return Some(port);
        }
        *said = line;
    }
    None
}

/// `Port 54321 opened for sessionId …`
fn opened(line: &str) -> Option<u16> {
    let rest = line.trim().strip_prefix("Port ")?;
    let (port, rest) = rest.split_once(' ')?;
    if rest.starts_with("opened") {
        port.parse().ok()
    } else {
        None
    }
}

async fn drain(mut from: impl AsyncRead + Unpin) {
    let mut thrown_away = tokio::io::sink();
    let _until_it_ends = tokio::io::copy(&mut from, &mut thrown_away).await;
}
