//! Starting the release binary as a user does, and what a finished process tells: its time, its memory, its reports.
//! Nothing is judged here.
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The binary that is measured.
pub const BINARY: &str = env!("CARGO_BIN_EXE_labcheck");

/// How often the memory of a process is read. The kernel keeps the peak; only one in the last interval is missed.
const INTERVAL: Duration = Duration::from_millis(5);

/// A report as a run wrote it.
pub fn read<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> T {
    let text = fs::read_to_string(folder.join(name)).expect("the run wrote its reports");
    serde_json::from_str(&text).expect("a report is read as it was written")
}

/// The folder that holds `checks/`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// From its start to its end.
    pub wall: Duration,
    /// The peak of its resident memory in KiB; none where the system does not tell.
    pub peak_kib: Option<u64>,
}

/// Runs the binary to its end, which must be good. Of the environment it has what this process has, but for labcheck's own
/// settings, and `more`.
pub fn timed<A: AsRef<OsStr>>(args: &[A], more: &[(&str, &str)]) -> Took {
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
        .envs(more.iter().copied())
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the binary starts");
    let watching = watch(&child);
    let status = child.wait().expect("the binary ends");
    let wall = began.elapsed();
    let shown: Vec<_> = args
        .iter()
        .map(|arg| arg.as_ref().to_string_lossy())
        .collect();
    assert!(status.success(), "labcheck {}: {status}", shown.join(" "));
    Took {
        wall,
        peak_kib: watching.join().ok().flatten(),
    }
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
