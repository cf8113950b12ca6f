//! A login whose key is the agent's: OpenSSH's own agent, with the key in it, without it, and none.
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::deployed::{Deployed, LONG, told};
use crate::support::Lab;

/// An agent of the test's own, ended when it is dropped.
struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ended = (self.child.kill(), self.child.wait());
    }
}

impl Agent {
    async fn start(socket: PathBuf) -> Self {
        let child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .expect("ssh-agent is there: openssh-client");
        let agent = Self { child, socket };
        let until = Instant::now() + LONG;
        while !agent.socket.exists() {
            assert!(Instant::now() < until, "the agent does not listen");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        agent
    }

    fn takes(&self, key: &Path) {
        let added = Command::new("ssh-add")
            .arg(key)
            .env("SSH_AUTH_SOCK", &self.socket)
            .output()
            .expect("ssh-add is there");
        assert!(added.status.success(), "{added:?}");
    }
}

/// The check of the login, with this agent or none, and what the screen says of it.
async fn login(stack: &Deployed, agent: Option<&Agent>) -> (Value, String) {
    let mut command = stack.command(&["run", "ssh-to-web1", "--exact"]);
    match agent {
        Some(agent) => command.env("SSH_AUTH_SOCK", &agent.socket),
        None => command.env_remove("SSH_AUTH_SOCK"),
    };
    let output = stack.ended(command.spawn().expect("the binary")).await;
    let text = std::fs::read_to_string(stack.path("reports/result.json"));
    let result: Value = serde_json::from_str(&text.expect("a result")).expect("JSON");
    let checks = result["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["id"] == "ssh-to-web1");
    let told = told(&output);
    (check.unwrap_or_else(|| panic!("{told}")).clone(), told)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_stack_file_names_no_key_the_agents_logs_in_and_that_it_has_none_is_ours() {
    let stack = Deployed::of(Lab::AuroraWordpress, &[], None).await;
    let bed = stack.path("bed.yaml");
    let text = std::fs::read_to_string(&bed).expect("the stack file");
    std::fs::write(&bed, text.replace("key: key, ", "")).expect("written");
    let agent = Agent::start(stack.path("agent")).await;
    for (nobody, code, words) in [
        (None, "no_agent", "the SSH agent can't be asked"),
        (Some(&agent), "agent_empty", "the SSH agent holds no key"),
    ] {
        let (check, told) = login(&stack, nobody).await;
        assert_eq!(check["outcome"], "errored", "{check}");
        assert_eq!(check["error"]["code"], code, "{check}");
        assert!(told.contains(words) && told.contains("ssh-add"), "{told}");
    }
    agent.takes(&stack.path("key"));
    let (check, _) = login(&stack, Some(&agent)).await;
    assert_eq!(check["outcome"], "passed", "{check}");
}
