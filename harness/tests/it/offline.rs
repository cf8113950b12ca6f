//! Nothing leaves this machine: the demo runs in a network namespace of its own whose only way out is a wire that
//! counts, and what it binds and connects to is read from the kernel while it runs. Linux only: elsewhere, and where no
//! namespace can be had, it says so; in CI that is a failure.
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use crate::face::{Ended, Face};

/// How often the kernel is asked for a run's sockets.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Runs `"$@"` in a namespace with loopback and a wire to nowhere as the way to everywhere else, and tells at the end how
/// many packets went onto the wire. ARP and IPv6's own talk are off: what is counted is what a program sent.
const IN_A_NAMESPACE: &str = r#"
set -eu
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null || true
ip link set lo up
ip link add wire type veth peer name nowhere
ip link set wire arp off up
ip link set nowhere arp off up
ip addr add 203.0.113.2/24 dev wire
ip route add default dev wire
sent() { while read -r name _ _ _ _ _ _ _ _ _ packets _; do [ "$name" != wire: ] || echo "$packets"; done </proc/net/dev; }
before=$(sent)
status=0
"$@" || status=$?
echo "SENT $(($(sent) - before))" >&2
exit "$status"
"#;

/// `unshare`, as root or by a user namespace; the program and its arguments follow.
fn unshared(program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args([
        "--net",
        "--map-root-user",
        "--",
        "sh",
        "-c",
        IN_A_NAMESPACE,
        "sh",
        program,
    ]);
    command
}

/// Whether this machine gives us such a namespace. In CI it must.
fn can() -> bool {
    let tried = unshared("true").stdin(Stdio::null()).output();
    let why = match &tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !in_ci,
        "CI must give a network namespace (unshare, ip, veth): {why}"
    );
    eprintln!(
        "SKIPPED: whether anything leaves this machine was not tried, since it gives no network namespace: {why}"
    );
    false
}

/// How many packets went onto the wire.
fn sent(ended: &Ended) -> u64 {
    let told = ended
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("SENT "));
    told.and_then(|count| count.parse().ok())
        .unwrap_or_else(|| panic!("no count\n{}", ended.told()))
}

fn isolated() -> Face {
    Face::program(unshared(env!("CARGO_BIN_EXE_labcheck")))
}

#[test]
fn the_wire_counts_what_is_sent_beyond_loopback() {
    if !can() {
        return;
    }
    let face = Face::program(unshared("bash"));
    let one = face
        .arg("-c")
        .arg("echo hello >/dev/udp/198.51.100.9/53")
        .end()
        .exits(0);
    assert_eq!(sent(&one), 1, "{}", one.told());
}

#[test]
fn the_demos_send_nothing_beyond_loopback_and_come_out_the_same() {
    if !can() {
        return;
    }
    for (stack, code) in [("demo", 0), ("demo-broken", 101)] {
        let here = Face::run().args("--stack").arg(stack).end().exits(code);
        let there = isolated().args("run --stack").arg(stack).end().exits(code);
        assert_eq!(sent(&there), 0, "{stack}\n{}", there.told());
        assert_eq!(here.outcomes(), there.outcomes(), "{stack}");
    }
}

#[test]
fn the_demo_binds_and_connects_to_nothing_but_loopback() {
    if !can() {
        return;
    }
    let running = isolated().args("run --stack demo").start();
    let (over, waiting) = mpsc::channel::<()>();
    let id = running.id();
    std::thread::scope(|scope| {
        let watcher = scope.spawn(move || {
            let mut seen = BTreeSet::new();
            while waiting.recv_timeout(BETWEEN_LOOKS) == Err(RecvTimeoutError::Timeout) {
                seen.extend(sockets(id));
            }
            seen
        });
        let ended = running.end();
        drop(over);
        let seen = watcher.join().expect("the watcher");
        ended.exits(0);
        assert!(
            seen.len() > 3,
            "the watcher saw the replica's own ports: {seen:?}"
        );
        let beyond: Vec<_> = seen.iter().filter(|address| !is_ours(**address)).collect();
        assert!(beyond.is_empty(), "{beyond:?}");
    });
}

/// Loopback, or the far end of a socket that has none.
fn is_ours((end, address, port): (End, IpAddr, u16)) -> bool {
    let nobody = address.is_unspecified() && port == 0 && end == End::Far;
    nobody || address.is_loopback()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Near,
    Far,
}

/// Both ends of every socket in the namespace of a process; none before it has one of its own, and when it is gone.
fn sockets(process: u32) -> Vec<(End, IpAddr, u16)> {
    let namespace = |of: &str| std::fs::read_link(format!("/proc/{of}/ns/net")).ok();
    let its = namespace(&process.to_string());
    if its.is_none() || its == namespace("self") {
        return Vec::new();
    }
    let tables = ["tcp", "tcp6", "udp", "udp6"];
    let read = |table| std::fs::read_to_string(format!("/proc/{process}/net/{table}"));
    let texts: Vec<String> = tables
        .into_iter()
        .filter_map(|table| read(table).ok())
        .collect();
    let rows = texts.iter().flat_map(|text| text.lines().skip(1));
    rows.filter_map(|row| {
        let mut fields = row.split_whitespace().skip(1);
        let (near, near_port) = address(fields.next()?)?;
        let (far, far_port) = address(fields.next()?)?;
        Some([(End::Near, near, near_port), (End::Far, far, far_port)])
    })
    .flatten()
    .collect()
}

/// `0100007F:1F90`, or sixteen bytes of IPv6, each word in the machine's own order.
fn address(text: &str) -> Option<(IpAddr, u16)> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Vec<u32> = (0..host.len() / 8)
        .map(|word| u32::from_str_radix(&host[word * 8..word * 8 + 8], 16))
        .collect::<Result<_, _>>()
        .ok()?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let host = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        _ => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some((host.to_canonical(), port))
}

#[test]
fn the_kernels_addresses_are_read_as_they_are_meant() {
    let v4 = |a, b, c, d| IpAddr::V4(Ipv4Addr::new(a, b, c, d));
    if cfg!(target_endian = "little") {
        assert_eq!(address("0100007F:1F90"), Some((v4(127, 0, 0, 1), 8080)));
        assert_eq!(
            address("0000000000000000FFFF00000100007F:0050"),
            Some((v4(127, 0, 0, 1), 80))
        );
    }
}

#[test]
fn shells_and_manuals_are_told_of_every_command() {
    let commands = [
        "run",
        "grade",
        "lint",
        "explain",
        "init",
        "restore",
        "completions",
    ];
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = Face::command("completions").arg(shell).end();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        for command in commands {
            assert!(ended.stdout.contains(command), "{shell}: {command}");
        }
    }
    let man = Face::command("man").end();
    assert_eq!(man.code, Some(0), "{}", man.stderr);
    assert!(man.stdout.contains(".TH labcheck 1"), "{}", man.stdout);
    for part in [
        "LABCHECK RUN",
        "LABCHECK RESTORE",
        "allow\\-disruptive",
        "Exit codes",
    ] {
        assert!(man.stdout.contains(part), "{part}");
    }
    assert!(
        !man.stdout.contains("LABCHECK TEST"),
        "a hidden command is told of"
    );
}
