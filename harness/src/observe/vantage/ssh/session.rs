//! One SSH connection: dialled, its host held against the known ones, logged in; and a command run on it. It knows nothing
//! of what the connection is for.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{self, AuthResult, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh::keys::agent::client::AgentClient;
use russh::keys::{PrivateKeyWithHashAlg, PublicKey};
use russh::{AlgorithmKind, ChannelMsg, Sig};

use super::super::super::command::{LARGEST, Output};
use super::super::super::dial::Dialled;
use super::super::Vantage;
use super::host_key::{Verdict, of_no_known_kind, preferred, verdict};
use super::{Down, SshSettings, key};
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};

/// Behind a stateful firewall a silent connection is forgotten within minutes.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How often a session is asked for, and how long is waited in between.
const TRIES: usize = 20;
const BREATH: Duration = Duration::from_millis(100);

/// Our side of a connection.
pub struct Client {
    host: String,
    port: u16,
    settings: SshSettings,
    verdict: Arc<Mutex<Option<Verdict>>>,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        key: &PublicKeyOrCertificate,
    ) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else {
            return Ok(false);
        };
        let SshSettings {
            known_hosts,
            accept_new,
            ..
        } = &self.settings;
        let verdict = verdict(known_hosts, &self.host, self.port, key, *accept_new);
        let good = verdict == Verdict::Good;
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        Ok(good)
    }
}

/// Dials, greets and logs in.
pub(super) async fn connect(
    through: &Vantage,
    host: &str,
    port: u16,
    settings: &SshSettings,
    deadline: Deadline,
) -> Result<Handle<Client>, Down> {
    // Read first: what is wrong with it is ours, whatever the host would say.
    let key = match &settings.key {
        Some(path) => Some(key::read(path).map_err(Down::Ours)?),
        None => None,
    };
    let stream = match through
        .dial_for(host, port, deadline)
        .await
        .map_err(Down::Ours)?
    {
        Dialled::Connected { stream, .. } => stream,
        Dialled::Missed { miss, .. } => return Err(host_is(miss.as_str(), "")),
    };
    let seen = Arc::new(Mutex::new(None));
    let client = Client {
        host: host.to_owned(),
        port,
        settings: settings.clone(),
        verdict: Arc::clone(&seen),
    };
    let config = client::Config {
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 3,
        preferred: preferred(&settings.known_hosts, host, port),
        ..client::Config::default()
    };
    let greeted = client::connect_stream(Arc::new(config), stream, client);
    let mut link = match deadline.bound(greeted).await {
        Err(_elapsed) => return Err(host_is("timeout", "no SSH handshake in time")),
        Ok(Ok(link)) => link,
        Ok(Err(error)) => {
            let verdict = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Err(match verdict {
                Some(Verdict::Refused(why)) => refused(host, port, why),
                _ if of_another_kind(&error) => {
                    let why = of_no_known_kind(&settings.known_hosts, host, port);
                    refused(host, port, why)
                }
                _ => host_is("closed", &error.to_string()),
            });
        }
    };
    let logged_in = log_in(&mut link, &settings.user, key);
    match deadline.bound(logged_in).await {
        Err(_elapsed) => Err(host_is("timeout", "no answer to the login in time")),
        Ok(Err(down)) => Err(down),
        Ok(Ok(true)) => Ok(link),
        Ok(Ok(false)) => {
            let why = format!("the server takes no key of ours for {}", settings.user);
            Err(host_is("authentication", &why))
        }
    }
}

async fn log_in(
    link: &mut Handle<Client>,
    user: &str,
    key: Option<Arc<russh::keys::PrivateKey>>,
) -> Result<bool, Down> {
    let lost = |error: russh::Error| host_is("closed", &error.to_string());
    let hash = link
        .best_supported_rsa_hash()
        .await
        .map_err(lost)?
        .flatten();
    if let Some(key) = key {
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let answer = link.authenticate_publickey(user, key).await.map_err(lost)?;
        return Ok(matches!(answer, AuthResult::Success));
    }
    let ours = |code, detail: String| {
        Down::Ours(ProbeError::new(code, Layer::Harness, "ssh agent", detail))
    };
    let gone = |error: &dyn std::fmt::Display| ours(Code::NoAgent, error.to_string());
    let mut agent = AgentClient::connect_env()
        .await
        .map_err(|error| gone(&error))?;
    let identities = agent
        .request_identities()
        .await
        .map_err(|error| gone(&error))?;
    if identities.is_empty() {
        return Err(ours(Code::AgentEmpty, String::new()));
    }
    for identity in identities {
        let key: PublicKey = identity.public_key().into_owned();
        let answer = link
            .authenticate_publickey_with(user, key, hash, &mut agent)
            .await
            .map_err(|error| gone(&error))?;
        if matches!(answer, AuthResult::Success) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the host has no key of the kinds that it is known by.
fn of_another_kind(error: &russh::Error) -> bool {
    matches!(
        error,
        russh::Error::NoCommonAlgo {
            kind: AlgorithmKind::Key,
            ..
        }
    )
}

/// Our own file of known hosts does not let the host pass, which says nothing of the host: its address may have been
/// another server's before.
fn refused(host: &str, port: u16, why: String) -> Down {
    let target = format!("ssh {host}:{port}");
    Down::Ours(ProbeError::new(
        Code::HostKeyRefused,
        Layer::Harness,
        target,
        why,
    ))
}

fn host_is(outcome: &'static str, detail: &str) -> Down {
    Down::Host {
        outcome,
        detail: detail.to_owned(),
    }
}

/// Runs a command; none where it was not done in time. What it prints beyond the bound is read and thrown away.
pub(super) async fn run(
    link: &Handle<Client>,
    typed: &str,
    deadline: Deadline,
) -> Result<Option<Output>, russh::Error> {
    let Ok(opened) = deadline.bound(open(link)).await else {
        return Ok(None);
    };
    let mut channel = opened?;
    let mut output = Output::default();
    let ended = deadline
        .bound(listen(&mut channel, typed, &mut output))
        .await;
    let in_time = ended.is_ok();
    if !in_time || output.truncated {
        // A channel that is dropped stays open, and would be one session less for whoever comes next.
        let left = async {
            channel.signal(Sig::KILL).await?;
            channel.close().await
        };
        let _it_may_be_gone = tokio::time::timeout(BREATH, left).await;
    }
    match ended {
        Ok(heard) => heard.map(|()| Some(output)),
        Err(_elapsed) => Ok(None),
    }
}

/// Starts the command, and takes what it prints until it ends or has printed too much.
async fn listen(
    channel: &mut russh::Channel<client::Msg>,
    typed: &str,
    output: &mut Output,
) -> Result<(), russh::Error> {
    channel.exec(true, typed).await?;
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => take(output, &data, false),
            ChannelMsg::ExtendedData { data, ext: 1 } => take(output, &data, true),
            ChannelMsg::ExitStatus { exit_status } => output.exit_code = Some(exit_status),
            ChannelMsg::ExitSignal { signal_name, .. } => {
                output.signal = Some(format!("{signal_name:?}"));
            }
            ChannelMsg::Failure => return Err(russh::Error::RequestDenied),
            _ => {}
        }
        if output.truncated {
            break;
        }
    }
    Ok(())
}

/// Opens a session. A server that still counts one which we have closed is asked again.
async fn open(link: &Handle<Client>) -> Result<russh::Channel<client::Msg>, russh::Error> {
    for _ in 1..TRIES {
        match link.channel_open_session().await {
            Err(russh::Error::ChannelOpenFailure(_)) => tokio::time::sleep(BREATH).await,
            opened => return opened,
        }
    }
    link.channel_open_session().await
}

fn take(output: &mut Output, data: &[u8], is_error: bool) {
    let to = if is_error {
        &mut output.stderr
    } else {
        &mut output.stdout
    };
    let room = LARGEST - to.len();
    to.extend(&data[..data.len().min(room)]);
    output.truncated |= data.len() > room;
}
