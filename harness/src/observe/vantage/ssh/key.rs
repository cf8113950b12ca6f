//! The private key of a login, and what can be wrong with its file. All of that is ours: no student's stack is to blame
//! for a key that this machine can't read.
use std::path::Path;
use std::sync::Arc;

use russh::keys::{Algorithm, Error, PrivateKey, load_secret_key};

use crate::fault::{Code, Layer, ProbeError};
use crate::observe::bounds::one_line;

/// Reads a key's file.
///
/// # Errors
/// Which trouble it is, and how to mend it.
pub(super) fn read(path: &Path) -> Result<Arc<PrivateKey>, ProbeError> {
    let shown = one_line(&path.display().to_string(), 200);
    let wrong = |code, detail: String| ProbeError::new(code, Layer::Harness, shown.clone(), detail);
    let unreadable = |error: &std::io::Error| wrong(Code::KeyUnreadable, error.to_string());
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(wrong(Code::KeyUnreadable, "not a file".to_owned()));
    }
    open_to_others(path, &metadata).map_err(|detail| wrong(Code::KeyOpenToOthers, detail))?;
    match load_secret_key(path, None) {
        Ok(key) if matches!(key.algorithm(), Algorithm::Dsa) => Err(wrong(
            Code::KeyUnusable,
            "an ssh-dss key, which no server takes any more".to_owned(),
        )),
        Ok(key) => Ok(Arc::new(key)),
        Err(Error::KeyIsEncrypted) => Err(wrong(
            Code::KeyEncrypted,
            "the key has a passphrase".to_owned(),
        )),
        Err(Error::IO(error)) => Err(unreadable(&error)),
        Err(error) => {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            // Of this form the reader gives up before it comes to the passphrase.
            if text.contains("BEGIN ENCRYPTED PRIVATE KEY") {
                let detail = "the key has a passphrase".to_owned();
                return Err(wrong(Code::KeyEncrypted, detail));
            }
            let detail = if text.trim_start().starts_with("ssh-") {
                "this is the public half of a key".to_owned()
            } else {
                one_line(&error.to_string(), 200)
            };
            Err(wrong(Code::KeyUnusable, detail))
        }
    }
}

/// `ssh` itself refuses a key that others can read.
#[cfg(unix)]
fn open_to_others(path: &Path, metadata: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(format!(
        "mode {mode:04o}: chmod 600 {}",
        one_line(&path.display().to_string(), 200)
    ))
}

/// Windows has no such modes.
#[cfg(not(unix))]
fn open_to_others(_: &Path, _: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn each_trouble_with_a_key_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap();
        let text = key
            .to_openssh(russh::keys::ssh_key::LineEnding::LF)
            .unwrap();
        assert!(read(&file("good", &text, 0o600)).is_ok());
        for (path, code) in [
            (folder.path().join("missing"), Code::KeyUnreadable),
            (folder.path().to_path_buf(), Code::KeyUnreadable),
            (file("open", &text, 0o644), Code::KeyOpenToOthers),
            (file("junk", "no key at all", 0o600), Code::KeyUnusable),
            (
                file("public", &key.public_key().to_openssh().unwrap(), 0o600),
                Code::KeyUnusable,
            ),
        ] {
            assert_eq!(read(&path).unwrap_err().code, code, "{path:?}");
        }
        let open = read(&file("open", &text, 0o644)).unwrap_err();
        assert!(open.detail.contains("chmod 600"), "{open}");
    }

    /// A key as `ssh-keygen` makes it.
    fn made(folder: &Path, name: &str, options: &[&str]) -> std::path::PathBuf {
        let path = folder.join(name);
        let made = std::process::Command::new("ssh-keygen")
            .args(["-q", "-C", "", "-f"])
            .arg(&path)
            .args(options)
            .output();
        let made = made.expect("ssh-keygen is there: openssh-client");
        assert!(made.status.success(), "{made:?}");
        path
    }

    #[test]
    fn keys_of_every_make_are_read_and_an_encrypted_or_outlived_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, options: &[&str]| made(folder.path(), name, options);
        // The first is what the console hands out.
        for (name, options) in [
            (
                "pem",
                &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""][..],
            ),
            ("rsa", &["-t", "rsa", "-b", "2048", "-N", ""]),
            ("ed25519", &["-t", "ed25519", "-N", ""]),
            ("ecdsa", &["-t", "ecdsa", "-N", ""]),
        ] {
            assert!(read(&of(name, options)).is_ok(), "{name}");
        }
        for (name, options, code) in [
            (
                "locked",
                &["-t", "ed25519", "-N", "secret"][..],
                Code::KeyEncrypted,
            ),
            (
                "locked-pem",
                &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret"],
                Code::KeyEncrypted,
            ),
            (
                "locked-pkcs8",
                &["-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "secret"],
                Code::KeyEncrypted,
            ),
            ("dsa", &["-t", "dsa", "-N", ""], Code::KeyUnusable),
        ] {
            let error = read(&of(name, options)).unwrap_err();
            assert_eq!(error.code, code, "{name}: {error}");
        }
    }
}
