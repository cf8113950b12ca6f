//! The built-in replica, started for a run, and what it brings in the place of a stack file's settings: endpoint,
//! credentials, gateway, resolver, the key to its servers and their own keys, the password of its database.
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use tempfile::TempDir;

use super::logins::Resolved;
use super::prepare::{Prepared, Refusal};
use super::stack::{Host, ReplicaWanted, SshHost};
use crate::aws::{Access, Credentials};
use crate::observe::{Login, Secret, Socks5, SshSettings, Vantage};
use crate::plan::Plan;
use crate::report::inert::inert;

/// A replica that runs, and the private folder that holds the key to its servers. Both are gone when this is dropped.
pub(super) struct Stage {
    replica: replica::Replica,
    folder: Option<TempDir>,
}

impl Stage {
    /// Starts it.
    ///
    /// # Errors
    /// The stack file asks for what there is not, or this machine gives no port or no folder.
    pub(super) async fn set(prepared: &Prepared, wanted: &ReplicaWanted) -> Result<Self, Refusal> {
        let refused = |why: String| {
            Refusal::bad_input(format!("stack `{}`: {why}", inert(&prepared.stack.name)))
        };
        let phase = &prepared.plan.phases[prepared.phase];
        let replica = replica::Replica::start(replica::Options {
            lab: prepared.plan.lab.clone(),
            phase: wanted.phase.as_ref().unwrap_or(phase).clone(),
            faults: wanted.faults.clone(),
            speed: wanted.speed,
            api_latency: wanted.api_latency,
            ..replica::Options::default()
        })
        .await
        .map_err(|error| refused(error.to_string()))?;
        // A lab whose servers nobody logs in to leaves nothing on the disk.
        let logged_in_to = wanted
            .hosts
            .values()
            .any(|host| matches!(host, Host::Ssh(_)));
        let folder = if logged_in_to {
            let folder = keys(&replica)
                .map_err(|error| refused(format!("no place for the replica's keys: {error}")))?;
            Some(folder)
        } else {
            None
        };
        Ok(Self { replica, folder })
    }

    /// How its API is reached.
    pub(super) fn access(&self, region: &str) -> Access {
        Access {
            region: region.to_owned(),
            endpoint_url: Some(self.replica.endpoint_url()),
            credentials: Credentials::Fixed {
                access_key_id: self.replica.access_key_id().to_owned(),
                secret_access_key: self.replica.secret_access_key().to_owned(),
                session_token: None,
            },
            endpoint_urls: BTreeMap::new(),
            expect_account: None,
            isolated: true,
        }
    }

    /// The vantage that is the internet.
    pub(super) fn internet(&self) -> Vantage {
        Vantage::Socks5(Socks5 {
            gateway: self.replica.gateway(),
            resolver: Some(self.replica.resolver()),
        })
    }

    /// The servers that others go through, with the key that the replica gives and those that it knows them by.
    pub(super) fn hosts(&self, wanted: &IndexMap<String, Host>) -> HashMap<String, Host> {
        let with_keys = |host: &Host| match (host, &self.folder) {
            (Host::Ssh(host), Some(folder)) => Host::Ssh(SshHost {
                port: host.port,
                settings: SshSettings {
                    key: Some(key_file(folder.path())),
                    known_hosts: known_hosts_file(folder.path()),
                    ..host.settings.clone()
                },
            }),
            (host, _) => host.clone(),
        };
        let hosts = wanted.iter();
        hosts
            .map(|(name, host)| (name.clone(), with_keys(host)))
            .collect()
    }

    /// Every login that the plan names: a replica has one master user.
    pub(super) fn logins(&self, plan: &Plan) -> Resolved {
        let mut resolved = Resolved::default();
        for name in plan.checks.iter().flat_map(|check| &check.logins) {
            let login = Login {
                user: self.replica.database_user().to_owned(),
                password: Secret::new(self.replica.database_password().to_owned()),
                ca: None,
            };
            resolved.usable.insert(name.clone(), login);
            resolved.told.insert(name.clone(), None);
        }
        resolved
    }
}

/// Writes the private key and the hosts' own into a folder that nobody else may look into.
fn keys(replica: &replica::Replica) -> std::io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("labcheck-").tempdir()?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(key_file(folder.path()))?
        .write_all(replica.ssh_key().as_bytes())?;
    options
        .open(known_hosts_file(folder.path()))?
        .write_all(replica.known_hosts().as_bytes())?;
    Ok(folder)
}

fn key_file(folder: &Path) -> PathBuf {
    folder.join("key")
}

fn known_hosts_file(folder: &Path) -> PathBuf {
    folder.join("known_hosts")
}
