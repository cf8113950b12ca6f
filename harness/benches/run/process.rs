//! Starting the release binary as a user does, and what a finished process tells: its time, its memory, its reports.
//! Nothing is judged here.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use labcheck::report::model::Report;
use labcheck::run::evidence::Evidence;
use tempfile::TempDir;

/// The binary that is measured.
pub const BINARY: &str = env!("CARGO_BIN_EXE_labcheck");

/// What each answer of the API is delayed by in the demo that is measured: a far region's.
const LATENCY: &str = "50ms";

/// How often the memory of a process is read. The kernel keeps the peak; only one in the last interval is missed.
const INTERVAL: Duration = Duration::from_millis(5);

/// A run of the demo and all that it told.
pub struct Demo {
    /// From start to end of the process.
    pub wall: Duration,
    /// The peak of its resident memory in KiB, replica included; none where the system does not tell.
    pub peak_kib: Option<u64>,
    /// `result.json`
    pub report: Report,
    /// `evidence.json`
    pub evidence: Evidence,
    /// The stack file.
    pub stack: PathBuf,
    folder: TempDir,
}

/// Lab 000 as its demo has it.
pub const HA_WEB: &str = "lab: ha-web\nregion: us-east-1\nvantages: { web1: { ssm: { instance: web1 } }, web2: { ssm: { instance: web2 } } }\n";

/// Lab 001 as its demo has it.
pub const AURORA: &str = "lab: aurora-wordpress\nregion: ap-northeast-1\nvantages:\n  bastion: { ssh: { host: '{{ web1.public_dns_name }}', user: ec2-user }, resolver: '10.0.0.2:53' }\n  web2: { ssh: { host: '{{ web2.public_dns_name }}', user: ec2-user }, resolver: '10.0.0.2:53' }\n";

impl Demo {
    /// Grades the demo of a lab once, with a slow API.
    pub fn run(lab: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let stack = folder.path().join("slow.yaml");
        let text = format!("{lab}replica: {{ api_latency: {LATENCY} }}\n");
        fs::write(&stack, text).expect("a stack file");
        let (stack_arg, folder_arg) = (stack.to_string_lossy(), folder.path().to_string_lossy());
        let (wall, peak_kib) = timed(
            &[
                "run",
                "--lang",
                "en",
                "--stack",
                &stack_arg,
                "--reports",
                &folder_arg,
            ],
            true,
        );
        Self {
            wall,
            peak_kib,
            report: read(folder.path(), "result.json"),
            evidence: read(folder.path(), "evidence.json"),
            stack,
            folder,
        }
    }

    /// A folder for the reports of whoever prepares the same run again.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A report as a run wrote it.
pub fn read<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> T {
    let text = fs::read_to_string(folder.join(name)).expect("the run wrote its reports");
    serde_json::from_str(&text).expect("a report is read as it was written")
}

/// The folder that holds `checks/`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the binary to its end, which must be good; its time, and its peak memory where that is wanted.
pub fn timed(args: &[&str], memory: bool) -> (Duration, Option<u64>) {
    let settings = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_string_lossy().starts_with("LABCHECK_"));
    let mut command = Command::new(BINARY);
    settings.for_each(|name| {
        command.env_remove(name);
    });
    let began = Instant::now();
    let mut child = command
        .args(args)
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the binary starts");
    let watching = memory.then(|| watch(&child));
    let status = child.wait().expect("the binary ends");
    let wall = began.elapsed();
    assert!(status.success(), "labcheck {}: {status}", args.join(" "));
    (wall, watching.and_then(|watching| watching.join().ok()?))
}

/// The peak of a process's resident memory in KiB, read until it has none any more.
fn watch(child: &Child) -> thread::JoinHandle<Option<u64>> {
    let status = format!("/proc/{}/status", child.id());
    thread::spawn(move || {
        let mut peak = None;
        while let Some(now) = fs::read_to_string(&status)
            .ok()
            .as_deref()
            .and_then(peak_in)
        {
            peak = Some(now);
            thread::sleep(INTERVAL);
        }
        peak
    })
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
