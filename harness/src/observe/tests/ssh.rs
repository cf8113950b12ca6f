//! The vantage `ssh` against OpenSSH's own server, and against servers that misbehave as it never would.
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, EcdsaCurve, PrivateKey};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::super::{Command, Line, Parser, Request, Ssh, SshSettings, Vantage};
use super::peers::{self, Peer};
use super::{LONG, SHORT, direct, dns, dns_server, get, observe, tcp};
use crate::fault::{Code, Layer};
use crate::observe::RecordKind;

const SSHD: &str = "/usr/sbin/sshd";

/// A folder with the keys of a host and of a user, and the host's server.
pub(super) struct Host {
    folder: TempDir,
    peer: Peer,
    key: PrivateKey,
    /// Sent to, it cuts the connections that there are.
    cut: watch::Sender<()>,
}

/// Whether OpenSSH's server is here. In CI it must be.
pub(super) fn have_sshd() -> bool {
    let there = Path::new(SSHD).is_file();
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(there || !in_ci, "CI must have {SSHD}: openssh-server");
    if !there {
        eprintln!("SKIPPED: no {SSHD}, so that the vantage `ssh` was not tried against OpenSSH");
    }
    there
}

impl Host {
    /// A host whose server has these lines in its configuration, beside those that every test needs.
    pub(super) async fn with(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let made = || PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap();
        let (host, user) = (made(), made());
        write(
            &at("host"),
            &host.to_openssh(LineEnding::LF).unwrap(),
            0o600,
        );
        write(
            &at("user"),
            &user.to_openssh(LineEnding::LF).unwrap(),
            0o600,
        );
        write(&at("keys"), &user.public_key().to_openssh().unwrap(), 0o600);
        let conf = format!(
            "HostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n{lines}\n",
            at("host").display(),
            at("keys").display()
        );
        write(&at("conf"), &conf, 0o600);
        // Where its unprivileged half lives; only root needs it.
        let _only_root_can = std::fs::create_dir_all("/run/sshd");
        let conf = at("conf");
        let cut = watch::Sender::new(());
        let cuts = cut.clone();
        let peer =
            peers::serving(move |stream| serve(stream, conf.clone(), cuts.subscribe())).await;
        let known = host.public_key().to_openssh().unwrap();
        let line = format!("[127.0.0.1]:{} {known}\n", peer.port());
        write(&at("known_hosts"), &line, 0o600);
        Self {
            folder,
            peer,
            key: host,
            cut,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn settings(&self) -> SshSettings {
        SshSettings {
            user: me(),
            key: Some(self.at("user")),
            known_hosts: self.at("known_hosts"),
            accept_new: false,
            resolver: None,
        }
    }

    pub(super) fn vantage(&self, settings: SshSettings) -> Vantage {
        through(&self.peer, settings)
    }
}

fn through(peer: &Peer, settings: SshSettings) -> Vantage {
    let host = "127.0.0.1".to_owned();
    Vantage::Ssh(Ssh::new(host, peer.port(), settings, direct(None)))
}

fn me() -> String {
    let told = Process::new("id").arg("-un").output().unwrap().stdout;
    String::from_utf8(told).unwrap().trim().to_owned()
}

fn write(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// One connection, by a server of its own (no port has to be found for it), until it is cut.
async fn serve(stream: TcpStream, conf: PathBuf, mut cut: watch::Receiver<()>) {
    let socket: OwnedFd = stream.into_std().unwrap().into();
    let blocking = std::net::TcpStream::from(socket);
    blocking.set_nonblocking(false).unwrap();
    let out = blocking.try_clone().unwrap();
    let mut child = tokio::process::Command::new(SSHD)
        .args(["-i", "-e", "-f"])
        .arg(conf)
        .stdin(Stdio::from(OwnedFd::from(blocking)))
        .stdout(Stdio::from(OwnedFd::from(out)))
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    tokio::select! {
        _ = child.wait() => {}
        _ = cut.changed() => {}
    }
}

fn command(line: Line, parse: Option<Parser>) -> Request {
    Request::Command(Command {
        line,
        parse,
        capture: vec![("word".to_owned(), "'([^']+)'".to_owned())],
    })
}

fn words(words: &[&str]) -> Line {
    Line::Words(words.iter().map(|word| (*word).to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_behind_the_host_is_told_as_from_anywhere_over_one_connection() {
    if !have_sshd() {
        return;
    }
    let host = Host::with("").await;
    let open = peers::open().await;
    let page = peers::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let full = peers::silent().await;
    let vantage = host.vantage(host.settings());
    assert_eq!(
        observe(&Request::Ready, &vantage, LONG)
            .await
            .unwrap()
            .outcome,
        "ready"
    );
    let short = Duration::from_secs(2);
    for (request, timeout, outcome) in [
        (tcp("127.0.0.1", open.port()), LONG, "connected"),
        (tcp("127.0.0.1", 1), LONG, "refused"),
        (tcp("127.0.0.1", full.port()), short, "timeout"),
        (tcp("no-such-name.invalid", 80), LONG, "name_not_found"),
        (
            get(format!("http://127.0.0.1:{}/", page.port())),
            LONG,
            "answered",
        ),
    ] {
        let seen = observe(&request, &vantage, timeout).await.unwrap();
        assert_eq!(seen.outcome, outcome, "{request:?}");
    }
    assert_eq!(host.peer.accepted(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_under_a_probe_is_ours_and_the_next_probe_dials_again() {
    if !have_sshd() {
        return;
    }
    let host = Host::with("").await;
    let cut = host.cut.clone();
    let page = peers::serving(move |mut stream| {
        let cut = cut.clone();
        async move {
            let head = peers::read_head(&mut stream).await;
            let began = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
            stream.write_all(began).await.unwrap();
            if head.starts_with("GET /cut ") {
                cut.send_replace(());
            } else {
                stream.write_all(b"ok").await.unwrap();
            }
            let _until_it_is_read = stream.read(&mut [0; 1]).await;
        }
    })
    .await;
    let vantage = host.vantage(host.settings());
    let url = |path: &str| format!("http://127.0.0.1:{}/{path}", page.port());
    let error = observe(&get(url("cut")), &vantage, LONG).await.unwrap_err();
    assert_eq!(
        (error.code, error.layer),
        (Code::VantageFailed, Layer::Vantage)
    );
    let seen = observe(&get(url("")), &vantage, LONG).await.unwrap();
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["body"]),
        ("answered", &"ok".into())
    );
    assert_eq!(host.peer.accepted(), 2, "one more connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_asked_of_the_vantages_own_resolver_over_the_connection() {
    if !have_sshd() {
        return;
    }
    let host = Host::with("").await;
    let names = dns_server::knowing(&["db.internal A 127.0.0.1"]).await;
    let settings = SshSettings {
        resolver: Some(names.address),
        ..host.settings()
    };
    let vantage = host.vantage(settings);
    let seen = observe(&dns(RecordKind::A, "db.internal"), &vantage, LONG)
        .await
        .unwrap();
    assert_eq!(seen.fields["addresses"], serde_json::json!(["127.0.0.1"]));
    let open = peers::open().await;
    let seen = observe(&tcp("db.internal", open.port()), &vantage, LONG)
        .await
        .unwrap();
    assert_eq!(seen.outcome, "connected");
    let seen = observe(&tcp("other.internal", 80), &vantage, LONG)
        .await
        .unwrap();
    assert_eq!(seen.outcome, "name_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_gets_its_words_as_they_are_and_its_output_is_not_kept() {
    if !have_sshd() {
        return;
    }
    let host = Host::with("").await;
    let vantage = host.vantage(host.settings());
    let run = |line, parse| {
        let (request, vantage) = (command(line, parse), vantage.clone());
        async move { observe(&request, &vantage, LONG).await.unwrap() }
    };
    let hostile = words(&["printf", "%s", "secret 'it'; rm -rf \"$HOME\" `id`"]);
    let seen = run(hostile, None).await;
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["exit_code"]),
        ("exited", &0.into())
    );
    assert_eq!(seen.fields["captured"]["word"], "it");
    assert_eq!(seen.fields["stdout"]["bytes"], 32);
    assert!(
        !serde_json::to_string(&seen).unwrap().contains("secret"),
        "{seen:?}"
    );
    let seen = run(
        Line::Script("echo out; echo err >&2; exit 3".to_owned()),
        Some(Parser::Lines),
    )
    .await;
    assert_eq!(seen.fields["exit_code"], 3);
    assert_eq!(seen.fields["lines"], serde_json::json!(["out"]));
    assert_eq!(seen.fields["stderr"]["bytes"], 4);
    let seen = run(words(&["no-such-command-here"]), None).await;
    assert_eq!(seen.fields["exit_code"], 127);
    let seen = run(Line::Script("kill -9 $$".to_owned()), None).await;
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["signal"]),
        ("killed", &"KILL".into())
    );
    let seen = run(words(&["yes"]), None).await;
    assert_eq!(
        (seen.outcome.as_str(), &seen.fields["truncated"]),
        ("killed", &true.into())
    );
    let slow = command(words(&["sleep", "60"]), None);
    let seen = observe(&slow, &vantage, Duration::from_secs(1))
        .await
        .unwrap();
    assert_eq!(seen.outcome, "timeout");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_share_one_connection_and_few_sessions() {
    if !have_sshd() {
        return;
    }
    let host = Host::with("MaxSessions 8").await;
    let vantage = host.vantage(host.settings());
    let mut runs = JoinSet::new();
    for _ in 0..24 {
        let vantage = vantage.clone();
        runs.spawn(async move {
            observe(&command(words(&["sleep", "0.1"]), None), &vantage, LONG).await
        });
    }
    for seen in runs.join_all().await {
        assert_eq!(seen.unwrap().fields["exit_code"], 0);
    }
    assert_eq!(host.peer.accepted(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_given_up_leaves_its_session_to_the_next() {
    if !have_sshd() {
        return;
    }
    let host = Host::with("MaxSessions 1").await;
    let vantage = host.vantage(host.settings());
    // It waits for an end of its input that only the closing of its session brings.
    let waits = command(words(&["cat"]), None);
    let seen = observe(&waits, &vantage, Duration::from_secs(1)).await;
    assert_eq!(seen.unwrap().outcome, "timeout");
    let next = observe(&command(words(&["true"]), None), &vantage, LONG).await;
    assert_eq!(next.unwrap().fields["exit_code"], 0);
    assert_eq!(host.peer.accepted(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_host_does_not_let_us_in_is_told_apart() {
    if !have_sshd() {
        return;
    }
    let (host, other) = (Host::with("").await, Host::with("").await);
    let closed = Host::with("AllowTcpForwarding no").await;
    for (vantage, outcome, says) in [
        (
            host.vantage(SshSettings {
                key: Some(other.at("user")),
                ..host.settings()
            }),
            "authentication",
            "takes no key of ours",
        ),
        (closed.vantage(closed.settings()), "forwarding_denied", ""),
    ] {
        let seen = observe(&Request::Ready, &vantage, LONG).await.unwrap();
        assert_eq!(seen.outcome, outcome);
        let detail = seen
            .fields
            .get("detail")
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(detail.contains(says), "{outcome}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_our_known_hosts_do_not_let_pass_is_refused_and_says_nothing_of_the_stack() {
    if !have_sshd() {
        return;
    }
    let (host, other) = (Host::with("").await, Host::with("").await);
    let empty = host.at("nobody");
    let known_as = |name: &str, key: &str| {
        let line = format!("[127.0.0.1]:{} {key}\n", host.peer.port());
        write(&host.at(name), &line, 0o600);
        host.at(name)
    };
    let changed = known_as("changed", &other.key.public_key().to_openssh().unwrap());
    let ecdsa = Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP256,
    };
    let ecdsa = PrivateKey::random(&mut rand::rng(), ecdsa).unwrap();
    let kind = known_as("kind", &ecdsa.public_key().to_openssh().unwrap());
    for (known_hosts, accept_new, says) in [
        (&empty, false, "ssh-keyscan"),
        // The same address with another key, or of another kind: refused whatever the stack says of new hosts.
        (&changed, true, "ssh-keygen"),
        (&kind, true, "ssh-keygen"),
    ] {
        let settings = SshSettings {
            known_hosts: known_hosts.clone(),
            accept_new,
            ..host.settings()
        };
        let error = observe(&Request::Ready, &host.vantage(settings), LONG)
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::HostKeyRefused);
        assert!(error.detail.contains(says), "{says}: {}", error.detail);
    }
    assert!(!empty.exists(), "a host is never taken down unasked");
    let new = SshSettings {
        known_hosts: empty.clone(),
        accept_new: true,
        ..host.settings()
    };
    let seen = observe(&Request::Ready, &host.vantage(new), LONG)
        .await
        .unwrap();
    assert_eq!(seen.outcome, "ready");
    assert!(empty.exists(), "and where it is asked for, it is");
}

#[tokio::test]
async fn a_server_that_misbehaves_is_the_hosts_doing_and_a_key_that_cant_be_read_is_ours() {
    let folder = tempfile::tempdir().unwrap();
    let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap();
    let file = folder.path().join("key");
    write(&file, &key.to_openssh(LineEnding::LF).unwrap(), 0o600);
    let settings = |key: &Path| SshSettings {
        user: "ec2-user".to_owned(),
        key: Some(key.to_owned()),
        known_hosts: folder.path().join("known_hosts"),
        accept_new: true,
        resolver: None,
    };
    let hangs = peers::serving(|mut stream| async move {
        let _written = stream.write_all(b"SSH-2.0-hangs\r\n").await;
        std::future::pending::<()>().await;
    })
    .await;
    let closes = peers::serving(|mut stream| async move {
        let _written = stream.write_all(b"SSH-2.0-closes\r\n").await;
    })
    .await;
    let in_the_exchange = peers::serving(|mut stream| async move {
        let _written = stream.write_all(b"SSH-2.0-closes\r\n").await;
        // The client's greeting and its offer of algorithms, and then nothing more of us.
        let mut offer = [0; 200];
        let _read = stream.read_exact(&mut offer).await;
    })
    .await;
    let no_ssh = peers::answering("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    for (peer, outcome) in [
        (&hangs, "timeout"),
        (&closes, "closed"),
        (&in_the_exchange, "closed"),
        (&no_ssh, "timeout"),
    ] {
        let vantage = through(peer, settings(&file));
        let seen = observe(&Request::Ready, &vantage, SHORT).await.unwrap();
        assert_eq!(seen.outcome, outcome);
        // Behind such a host nothing is said of the target.
        let error = observe(&tcp("10.0.2.10", 3306), &vantage, SHORT)
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::VantageFailed);
    }
    let refused = Vantage::Ssh(Ssh::new(
        "127.0.0.1".to_owned(),
        1,
        settings(&file),
        direct(None),
    ));
    assert_eq!(
        observe(&Request::Ready, &refused, LONG)
            .await
            .unwrap()
            .outcome,
        "refused"
    );
    let missing = folder.path().join("missing");
    let error = observe(&Request::Ready, &through(&hangs, settings(&missing)), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::KeyUnreadable);
}
