//! What the environment of the process may do to a probe: certificates are the machine's own, a proxy is never taken,
//! and a machine without a network is no verdict about a stack. Each case runs in a process of its own, started with
//! one of the tests marked `ignore`.
use std::process::Command;

use super::observe;
use super::tls::{self, Then};
use super::{LONG, SHORT, direct, dns_server, get, peers, tcp};
use crate::fault::{Code, Layer};

/// Set for the processes that [`run`] begins.
const STAGED: &str = "LABCHECK_TEST_STAGED";

/// Runs one ignored test of this file in a process that `command` begins.
fn run(mut command: Command, test: &str) {
    let name = format!("observe::tests::environment::{test}");
    command.args(["--exact", &name, "--ignored", "--test-threads=1"]);
    let output = command.env(STAGED, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Whether this process was begun by [`run`]: elsewhere, as under `--include-ignored`, the ignored tests dial nothing.
fn is_staged() -> bool {
    std::env::var_os(STAGED).is_some()
}

fn this_process() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

#[test]
fn a_proxy_in_the_environment_is_not_taken() {
    let mut command = this_process();
    // Nobody listens there: whoever took it would not reach the target.
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env(name, "http://127.0.0.1:1");
    }
    command.env("no_proxy", "").env("NO_PROXY", "");
    run(command, "answers_are_had_despite_the_environment");
}

#[tokio::test]
#[ignore = "run by a_proxy_in_the_environment_is_not_taken"]
async fn answers_are_had_despite_the_environment() {
    if !is_staged() {
        return;
    }
    let peer = peers::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
    let names = dns_server::knowing(&["web.example A 127.0.0.1"]).await;
    let untrusted = tls::serving(Then::Answers(""));
    for (url, outcome) in [
        (format!("http://web.example:{}/", peer.port()), "answered"),
        (format!("https://web.example:{untrusted}/"), "tls_failed"),
    ] {
        let seen = observe(&get(url), &direct(Some(names.address)), LONG)
            .await
            .unwrap();
        assert_eq!(seen.outcome, outcome);
    }
}

#[test]
fn a_certificate_that_the_machine_trusts_is_held_against_the_real_host() {
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/src/observe/tests/tls/ca.pem");
    let mut command = this_process();
    command
        .env("SSL_CERT_FILE", authority)
        .env_remove("SSL_CERT_DIR");
    run(command, "trusted_servers_answer_under_their_own_names_only");
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "run by a_certificate_that_the_machine_trusts_is_held_against_the_real_host"]
async fn trusted_servers_answer_under_their_own_names_only() {
    if !is_staged() {
        return;
    }
    let names =
        dns_server::knowing(&["web.example A 127.0.0.1", "other.example A 127.0.0.1"]).await;
    let answering = tls::serving(Then::Answers(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ));
    let closing = tls::serving(Then::Closes);
    let hanging = tls::serving(Then::Hangs);
    for (host, port, timeout, outcome, stage) in [
        ("web.example", answering, LONG, "answered", None),
        ("127.0.0.1", answering, LONG, "answered", None),
        ("other.example", answering, LONG, "tls_failed", Some("tls")),
        ("web.example", closing, LONG, "closed", Some("answer")),
        ("web.example", hanging, SHORT, "timeout", Some("answer")),
    ] {
        let request = get(format!("https://{host}:{port}/"));
        let seen = observe(&request, &direct(Some(names.address)), timeout)
            .await
            .unwrap();
        let found = seen.fields.get("stage").and_then(|value| value.as_str());
        assert_eq!((seen.outcome.as_str(), found), (outcome, stage), "{host}");
        if outcome == "tls_failed" {
            let detail = seen.fields["detail"].as_str().unwrap();
            assert!(
                detail.contains("certificate not valid for name"),
                "{detail}"
            );
        }
    }
}

/// A Unix socket's name is not long: under such a temporary folder a relay has a port.
#[cfg(unix)]
#[test]
fn answers_and_certificates_are_the_same_through_a_relay_that_has_a_port() {
    let home = tempfile::tempdir().unwrap();
    let long = home.path().join("x".repeat(120));
    std::fs::create_dir(&long).unwrap();
    for test in [
        "observe::tests::answers::",
        "observe::tests::hostile::",
        "observe::tests::table::each_outcome_of_http",
    ] {
        let output = this_process()
            .arg(test)
            .env("TMPDIR", &long)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(!said.contains(" 0 passed"), "{said}");
    }
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/src/observe/tests/tls/ca.pem");
    let mut command = this_process();
    command
        .envs([("TMPDIR", &long), ("SSL_CERT_FILE", &authority.into())])
        .env_remove("SSL_CERT_DIR");
    run(command, "trusted_servers_answer_under_their_own_names_only");
}

/// In a network namespace that has nothing but loopback, as a laptop without a network.
#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_a_network_says_nothing_of_the_stack() {
    let Some(command) = in_namespace("exec \"$@\"") else {
        return;
    };
    run(command, "without_a_network_the_trouble_is_our_own");
}

/// This process within a network namespace that `script` sets up.
#[cfg(target_os = "linux")]
fn in_namespace(script: &str) -> Option<Command> {
    let unshare = ["--user", "--map-root-user", "--net", "sh", "-ec"];
    let made = Command::new("unshare")
        .args(unshare)
        .arg("ip link set lo up")
        .output();
    if !made.is_ok_and(|output| output.status.success()) {
        println!(
            "skipped: this machine has no `unshare` and `ip`, or lets nobody make a network namespace"
        );
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(unshare)
        .args([&format!("ip link set lo up\n{script}"), "sh"])
        .arg(std::env::current_exe().unwrap());
    Some(command)
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "run by a_machine_without_a_network_says_nothing_of_the_stack"]
async fn without_a_network_the_trouble_is_our_own() {
    if !is_staged() {
        return;
    }
    let far = "198.51.100.53:53".parse().unwrap();
    for (request, vantage) in [
        (tcp("198.51.100.7", 80), direct(None)),
        (tcp("2001:db8::7", 80), direct(None)),
        (get("http://198.51.100.7/"), direct(None)),
        (tcp("web.example", 80), direct(Some(far))),
    ] {
        let error = observe(&request, &vantage, LONG).await.unwrap_err();
        assert_eq!(
            (error.code, error.layer),
            (Code::LocalNetwork, Layer::Network),
            "{error}"
        );
    }
    // An address that no host can have is none of our network's.
    let seen = observe(&tcp("224.0.0.1", 80), &direct(None), LONG)
        .await
        .unwrap();
    assert_eq!(seen.outcome, "unreachable");
}

/// A router that knows no way further answers so, and that is a fact about the target.
#[cfg(target_os = "linux")]
#[test]
fn a_router_that_answers_that_there_is_no_way_makes_a_target_unreachable() {
    let script = "
        unshare --net sleep 60 & router=$!
        trap 'kill $router' EXIT
        while [ \"$(readlink /proc/$router/ns/net)\" = \"$(readlink /proc/self/ns/net)\" ]; do :; done
        ip link add name near0 type veth peer name far0
        ip link set far0 netns $router
        ip addr add 203.0.113.2/24 dev near0
        ip link set near0 up
        ip route add default via 203.0.113.1
        nsenter --net -t $router sh -ec '
            ip addr add 203.0.113.1/24 dev far0
            ip link set far0 up
            echo 1 > /proc/sys/net/ipv4/ip_forward'
        \"$@\"";
    let Some(command) = in_namespace(script) else {
        return;
    };
    run(command, "beyond_a_router_the_trouble_is_the_targets");
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "run by a_router_that_answers_that_there_is_no_way_makes_a_target_unreachable"]
async fn beyond_a_router_the_trouble_is_the_targets() {
    if !is_staged() {
        return;
    }
    // The first beyond the router, the second on the wire and not there.
    for request in [
        tcp("198.51.100.7", 80),
        get("http://198.51.100.7/"),
        tcp("203.0.113.9", 80),
    ] {
        let seen = observe(&request, &direct(None), LONG).await.unwrap();
        assert_eq!(seen.outcome, "unreachable", "{}", request.target());
    }
    // There is a network, and no IPv6 in it.
    let error = observe(&tcp("2001:db8::7", 80), &direct(None), LONG)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::LocalNetwork);
}
