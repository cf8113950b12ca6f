//! The host's own key, held against the known hosts. A changed one is refused with how to accept it; one that is not known
//! is refused, or taken down where the stack says so.
use std::path::Path;

use russh::Preferred;
use russh::keys::known_hosts::{known_host_keys_path, learn_known_hosts_path};
use russh::keys::{Algorithm, PublicKey};

/// What a host's key is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the known one, or was taken down.
    Good,
    /// It is another than the known one, or the host is not known: why, and how to accept it.
    Refused(String),
}

/// Holds `key` against the known hosts, and takes it down where that is wanted.
pub(super) fn verdict(
    known_hosts: &Path,
    host: &str,
    port: u16,
    key: &PublicKey,
    accept_new: bool,
) -> Verdict {
    let known = known_host_keys_path(host, port, known_hosts).unwrap_or_default();
    // The comment is no part of a key.
    if known
        .iter()
        .any(|(_, known)| known.key_data() == key.key_data())
    {
        return Verdict::Good;
    }
    let file = known_hosts.display();
    let print = key.fingerprint(russh::keys::HashAlg::Sha256);
    if let Some((line, _)) = known.first() {
        let how = forget(known_hosts, host, port);
        return Verdict::Refused(format!("{print} is not the key in {file}:{line}; {how}"));
    }
    if accept_new && learn_known_hosts_path(host, port, key, known_hosts).is_ok() {
        return Verdict::Good;
    }
    Verdict::Refused(format!(
        "{print} is not in {file}; to accept it: ssh-keyscan -p {port} {host} >>{file}, or `accept_new: true` in the stack file"
    ))
}

/// Why a host is refused that has no key of the kinds that it is known by.
pub(super) fn of_no_known_kind(known_hosts: &Path, host: &str, port: u16) -> String {
    let file = known_hosts.display();
    let how = forget(known_hosts, host, port);
    format!("it has no key of the kinds in {file}; {how}")
}

/// How a known host is forgotten.
fn forget(known_hosts: &Path, host: &str, port: u16) -> String {
    let file = known_hosts.display();
    let name = if port == 22 {
        host.to_owned()
    } else {
        format!("[{host}]:{port}")
    };
    format!("if the server was made anew: ssh-keygen -f {file} -R '{name}'")
}

/// The algorithms to ask the host for: of a known host only those that it is known by, so that a key of another kind does
/// not pass for a new host.
pub(super) fn preferred(known_hosts: &Path, host: &str, port: u16) -> Preferred {
    let known = known_host_keys_path(host, port, known_hosts).unwrap_or_default();
    let algorithms: Vec<Algorithm> = known.iter().map(|(_, key)| key.algorithm()).collect();
    let mut preferred = Preferred::default();
    if algorithms.is_empty() {
        return preferred;
    }
    let same = |offered: &Algorithm| {
        algorithms.iter().any(|known| {
            known == offered
                || (matches!(known, Algorithm::Rsa { .. })
                    && matches!(offered, Algorithm::Rsa { .. }))
        })
    };
    let kept: Vec<Algorithm> = preferred
        .key
        .iter()
        .filter(|key| same(key))
        .cloned()
        .collect();
    preferred.key = kept.into();
    preferred
}

#[cfg(test)]
mod tests {
    use russh::keys::PrivateKey;

    use super::*;

    fn key() -> PublicKey {
        PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519)
            .unwrap()
            .public_key()
            .clone()
    }

    #[test]
    fn a_host_is_known_new_or_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known_hosts");
        let (one, other) = (key(), key());
        let of = |key: &PublicKey, accept_new| verdict(&file, "web1.example", 22, key, accept_new);
        assert!(matches!(of(&one, false), Verdict::Refused(how) if how.contains("ssh-keyscan")));
        assert!(!file.exists(), "nothing is taken down unasked");
        assert_eq!(of(&one, true), Verdict::Good);
        assert_eq!(of(&one, false), Verdict::Good);
        assert!(
            matches!(of(&other, true), Verdict::Refused(how) if how.contains("-R 'web1.example'"))
        );
        assert_eq!(
            preferred(&file, "web1.example", 22).key.as_ref(),
            [Algorithm::Ed25519]
        );
        assert!(preferred(&file, "other.example", 22).key.len() > 1);
    }
}
