//! A stack that outlives the run: a replica in this process, which the binary is let loose on from outside.
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use labcheck::aws::{Access, Aws, Credentials, Kind};
use labcheck::drill::journal::{Entry, Place, SCHEMA, Stage, Undo};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::support::{Lab, root};

/// How fast the stack's time runs here.
pub const SPEED: f64 = 20.0;

/// Longer than any drill takes here.
pub const LONG: Duration = Duration::from_mins(2);

/// How many drills are at work at once: their samples are timed.
static ROOM: Semaphore = Semaphore::const_new(3);

/// A stack that outlives the run.
pub struct Deployed {
    pub replica: replica::Replica,
    pub aws: Aws,
    folder: TempDir,
    _room: tokio::sync::SemaphorePermit<'static>,
}

impl Deployed {
    pub async fn with(faults: &[&str]) -> Self {
        Self::start(faults, None).await
    }

    /// With an API that allows these actions and no other.
    pub async fn start(faults: &[&str], allowed: Option<BTreeSet<String>>) -> Self {
        Self::of(Lab::HaWeb, faults, allowed).await
    }

    /// The same of a lab.
    pub async fn of(lab: Lab, faults: &[&str], allowed: Option<BTreeSet<String>>) -> Self {
        let options = replica::Options {
            lab: lab.name().to_owned(),
            faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
            allowed,
            ..replica::Options::default()
        };
        Self::as_told(lab, options).await
    }

    /// The first of so many stacks in one account.
    pub async fn among(stacks: usize) -> Self {
        let options = replica::Options {
            stacks: NonZeroUsize::new(stacks),
            ..replica::Options::default()
        };
        Self::as_told(Lab::HaWeb, options).await
    }

    async fn as_told(lab: Lab, options: replica::Options) -> Self {
        let place = ROOM.acquire().await.expect("it stays open");
        let is_one_of_many = options.stacks.is_some();
        let replica = replica::Replica::start(replica::Options {
            phase: "end".to_owned(),
            speed: SPEED,
            ..options
        })
        .await
        .expect("a replica");
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("a file in the folder");
        };
        let mut bed = deployment(lab, &replica);
        if is_one_of_many {
            bed.push_str("vars:\n");
            for (var, name) in replica::CLASS_VARS {
                bed.push_str(&format!("  {var}: {name}-0001\n"));
            }
        }
        write("bed.yaml", &bed);
        write("key", replica.ssh_key());
        write("known_hosts", &replica.known_hosts());
        write("password", replica.database_password());
        // As ssh itself wants it of a private key.
        for secret in ["key", "password"] {
            let mine = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(folder.path().join(secret), mine).expect("its owner's");
        }
        let access = Access {
            region: replica.region().to_owned(),
            endpoint_url: Some(replica.endpoint_url()),
            endpoint_urls: std::collections::BTreeMap::new(),
            credentials: Credentials::Fixed {
                access_key_id: replica.access_key_id().to_owned(),
                secret_access_key: replica.secret_access_key().to_owned(),
                session_token: None,
            },
            expect_account: None,
            isolated: true,
        };
        Self {
            aws: Aws::connect(access).await.expect("clients"),
            replica,
            folder,
            _room: place,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The account's keys, as a file of credentials holds them.
    pub fn keys(&self) -> String {
        format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            self.replica.access_key_id(),
            self.replica.secret_access_key()
        )
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare(arguments);
        command
            .arg("--stack")
            .arg(self.path("bed.yaml"))
            .arg("--reports")
            .arg(self.path("reports"))
            .arg("--state")
            .arg(self.path("state"));
        command
    }

    /// A command with the account's credentials, about no stack yet.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_labcheck"));
        command
            .args(arguments)
            .arg("--checks")
            .arg(root().join("checks"))
            .args(["--lang", "en"])
            .env("AWS_ACCESS_KEY_ID", self.replica.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", self.replica.secret_access_key())
            .env_remove("AWS_SESSION_TOKEN")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Begins the drill.
    pub fn drill(&self) -> Child {
        self.command(&["run", "survives-stop", "--exact", "--allow-disruptive"])
            .spawn()
            .expect("the binary")
    }

    pub async fn ended(&self, mut child: Child) -> Output {
        let until = Instant::now() + LONG;
        while child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < until, "it does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child.wait_with_output().expect("its output")
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        self.ended(self.command(arguments).spawn().expect("the binary"))
            .await
    }

    /// The states of the two servers.
    pub async fn states(&self) -> Vec<String> {
        let servers = self.aws.elsewhere(Kind::Instance, "us-east-1").await;
        let mut states = Vec::new();
        for server in servers.expect("the servers") {
            let text = |value: Option<&Value>| {
                value.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            if text(server.get("name")).starts_with("ha-web-server-") {
                let now = self.aws.server(&text(server.get("id"))).await;
                states.push(now.expect("the server").expect("it is there").state);
            }
        }
        states
    }

    /// Somebody terminates a server meanwhile, by the API.
    pub async fn terminate(&self, id: &str) {
        let key = self.replica.access_key_id();
        let scope = format!("{key}/20260101/us-east-1/ec2/aws4_request");
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let form = format!("Action=TerminateInstances&Version=2016-11-15&InstanceId.1={id}");
        // Another test may have done so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let asked = reqwest::Client::new()
            .post(self.replica.endpoint_url())
            .header("authorization", authorization)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = asked.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Waits for a server to be in this state.
    pub async fn until(&self, state: &str) {
        let until = Instant::now() + LONG;
        while !self.states().await.iter().any(|now| now == state) {
            assert!(Instant::now() < until, "no server came to be {state}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn journal(&self) -> Option<PathBuf> {
        let files = std::fs::read_dir(self.path("state")).ok()?;
        files
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|file| file.extension().is_some_and(|ending| ending == "json"))
    }

    /// Where the journal of this stack is.
    pub fn place(&self) -> Place {
        let stack = self.path("bed.yaml").display().to_string();
        Place::of(&self.path("state"), &stack, "us-east-1")
    }

    /// A journal that a drill of another time left behind.
    pub fn leave(&self, undo: Undo, account: Option<&str>) {
        let now = jiff::Timestamp::now();
        let entry = Entry {
            schema: SCHEMA.to_owned(),
            stack: "bed".to_owned(),
            lab: "ha-web".to_owned(),
            check: "survives-stop".to_owned(),
            nonce: "lcold".to_owned(),
            owner: "7@elsewhere".to_owned(),
            begun_at: now,
            until: now,
            ephemeral: false,
            stage: Stage::Begun,
            undo,
            account: account.map(str::to_owned),
        };
        std::fs::create_dir_all(self.path("state")).expect("a folder");
        let text = serde_json::to_string(&entry).expect("JSON");
        std::fs::write(self.place().file(), text).expect("written");
    }

    /// The first server's id.
    pub async fn server(&self) -> String {
        let servers = self.aws.elsewhere(Kind::Instance, "us-east-1").await;
        let servers = servers.expect("the servers");
        let one = servers
            .iter()
            .find(|server| server.get("name").and_then(Value::as_str) == Some("ha-web-server-1"));
        let id = one.and_then(|server| server.get("id")?.as_str());
        id.expect("its id").to_owned()
    }

    pub async fn until_journal(&self) {
        let until = Instant::now() + LONG;
        while self.journal().is_none() {
            assert!(Instant::now() < until, "no journal");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn all_runs(&self) {
        assert_eq!(self.states().await, ["running", "running"]);
        assert_eq!(self.journal(), None, "the journal is gone");
        assert_eq!(self.aws.marked().await.expect("the marked"), []);
    }

    /// What a drill saw.
    pub fn observed(&self, drill: &str) -> Value {
        let text = std::fs::read_to_string(self.path("reports/evidence.json")).expect("evidence");
        let evidence: Value = serde_json::from_str(&text).expect("JSON");
        evidence["checks"][drill]["attempts"][0]["seen"].clone()
    }

    pub fn calls(&self, action: &str) -> u64 {
        self.replica.requests().get(action).copied().unwrap_or(0)
    }
}

/// The stack file of whoever deployed it: the keys and the password are in files beside it.
fn deployment(lab: Lab, replica: &replica::Replica) -> String {
    let mut text = format!(
        "lab: {}\nregion: {}\nendpoint_url: {}\nvantages:\n  internet: {{ socks5: '{}', resolver: '{}' }}\n",
        lab.name(),
        replica.region(),
        replica.endpoint_url(),
        replica.gateway(),
        replica.resolver()
    );
    if lab == Lab::HaWeb {
        for server in ["web1", "web2"] {
            text.push_str(&format!(
                "  {server}: {{ ssm: {{ instance: {server} }} }}\n"
            ));
        }
    }
    if lab == Lab::AuroraWordpress {
        for (vantage, server) in [("bastion", "web1"), ("web2", "web2")] {
            text.push_str(&format!(
                "  {vantage}: {{ ssh: {{ host: '{{{{ {server}.public_dns_name }}}}', user: ec2-user, key: key, known_hosts: known_hosts }}, resolver: '10.0.0.2:53' }}\n"
            ));
        }
        text.push_str(&format!(
            "logins: {{ db: {{ user: {}, password: {{ file: password }} }} }}\n",
            replica.database_user()
        ));
    }
    text
}

pub fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
