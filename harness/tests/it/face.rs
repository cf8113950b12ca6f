//! The binary in the words of the tests: run in a folder and an environment of its own, bounded in time, with what it
//! wrote to the terminal and into its reports.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::root;

/// The longest that any of these runs may take. It bounds a hang; nothing waits for it.
const PATIENCE: Duration = Duration::from_secs(150);

/// The binary, about to be run.
pub struct Face {
    home: TempDir,
    command: Command,
}

/// What a run left.
pub struct Ended {
    /// The exit code; none where a signal killed it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    home: TempDir,
}

impl Face {
    /// `labcheck run`, in English, with an empty home and nothing of this process's environment but PATH.
    pub fn run() -> Self {
        Self::command("run").in_english()
    }

    /// The runner of `cargo test`, by its hidden name.
    pub fn runner() -> Self {
        Self::command("test").in_english()
    }

    /// A command of the binary.
    pub fn command(name: &str) -> Self {
        Self::program(Command::new(env!("CARGO_BIN_EXE_labcheck"))).arg(name)
    }

    /// Another program that ends up as the binary.
    pub fn program(mut command: Command) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("COLUMNS", "80")
            .env("LABCHECK_REPORTS", home.path().join("reports"))
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { home, command }
    }

    fn in_english(self) -> Self {
        self.env("LANG", "en_US.UTF-8")
    }

    /// With an argument.
    pub fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// With arguments, as typed with blanks between them.
    pub fn args(mut self, arguments: &str) -> Self {
        self.command.args(arguments.split_whitespace());
        self
    }

    /// With an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The run's own folder, also its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file into the run's folder and gives its path.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// On a stack with this text.
    pub fn stack(self, text: &str) -> Self {
        let path = self.file("stack.yaml", text);
        self.arg("--stack").arg(path)
    }

    /// With a standard output whose reader has gone away.
    pub fn unheard(mut self) -> Self {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        self.command.stdout(writer);
        self
    }

    /// Runs it to its end.
    pub fn end(self) -> Ended {
        self.start().end()
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let mut child = self.command.spawn().expect("the binary is there");
        let stdout = child.stdout.take().map(|out| reader(BufReader::new(out)));
        let stderr = child.stderr.take().map(|out| reader(BufReader::new(out)));
        Running {
            child,
            stdout,
            stderr,
            said: String::new(),
            home: self.home,
        }
    }
}

/// The binary while it runs.
pub struct Running {
    child: Child,
    stdout: Option<mpsc::Receiver<String>>,
    stderr: Option<mpsc::Receiver<String>>,
    said: String,
    home: TempDir,
}

/// Gives the lines of a stream as they come; the last may lack its end.
fn reader(mut stream: impl BufRead + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = Vec::new();
        while stream
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            if sender
                .send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                return;
            }
            line.clear();
        }
    });
    receiver
}

impl Running {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of standard output that contains `text`.
    pub fn wait_for(&mut self, text: &str) {
        let lines = self.stdout.as_ref().expect("standard output is kept");
        loop {
            let line = lines
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("{text:?} was never said, only:\n{}", self.said));
            self.said.push_str(&line);
            if line.contains(text) {
                return;
            }
        }
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.id().to_string()])
            .status()
            .expect("kill is there");
        assert!(sent.success(), "kill -{name}");
    }

    /// Kills it when it has lived so long, whatever it is at; false where it ended by itself before.
    pub fn dies_after(mut self, life: Duration) -> bool {
        let (over, waiting) = mpsc::channel::<()>();
        let id = self.id();
        let killer = std::thread::spawn(move || {
            let lives = waiting.recv_timeout(life) == Err(mpsc::RecvTimeoutError::Timeout);
            if lives {
                let _ = Command::new("kill")
                    .args(["-KILL", &id.to_string()])
                    .status();
            }
        });
        let status = self.child.wait().expect("a child ends");
        drop(over);
        killer.join().expect("the killer");
        status.code().is_none()
    }

    /// Waits for the end.
    pub fn end(mut self) -> Ended {
        let mut told = std::mem::take(&mut self.said);
        let status = self.wait();
        let rest = |stream: Option<mpsc::Receiver<String>>| -> String {
            stream.into_iter().flatten().collect()
        };
        told.push_str(&rest(self.stdout.take()));
        Ended {
            code: status.code(),
            stdout: told,
            stderr: rest(self.stderr.take()),
            home: self.home,
        }
    }

    /// The process's own end, or its end by us when it hangs.
    fn wait(&mut self) -> ExitStatus {
        let (over, waiting) = mpsc::channel::<()>();
        let id = self.id();
        let watchdog = std::thread::spawn(move || {
            let hangs = waiting.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout);
            if hangs {
                let _ = Command::new("kill")
                    .args(["-KILL", &id.to_string()])
                    .status();
            }
            hangs
        });
        let status = self.child.wait().expect("a child ends");
        drop(over);
        assert!(
            !watchdog.join().expect("the watchdog"),
            "it hung for {PATIENCE:?}"
        );
        status
    }
}

impl Ended {
    /// The text of a report; panics with everything that was said where it is missing.
    pub fn report(&self, name: &str) -> String {
        std::fs::read_to_string(self.reports().join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}\n{}", self.told()))
    }

    /// Where the reports are.
    pub fn reports(&self) -> PathBuf {
        self.home.path().join("reports")
    }

    /// `result.json`.
    pub fn result(&self) -> Value {
        serde_json::from_str(&self.report("result.json")).expect("result.json is JSON")
    }

    /// The outcome of each check in `result.json`.
    pub fn outcomes(&self) -> BTreeMap<String, String> {
        let result = self.result();
        let checks = result["checks"].as_array().expect("checks");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        checks
            .iter()
            .map(|check| (text(&check["id"]), text(&check["outcome"])))
            .collect()
    }

    /// The row of a check in `result.json`.
    pub fn check(&self, id: &str) -> Value {
        let result = self.result();
        let checks = result["checks"].as_array().expect("checks");
        checks
            .iter()
            .find(|check| check["id"] == id)
            .unwrap_or_else(|| panic!("no {id}\n{}", self.told()))
            .clone()
    }

    /// Whether a run left nothing in its reports' folder.
    pub fn wrote_nothing(&self) -> bool {
        std::fs::read_dir(self.reports()).map_or(true, |mut entries| entries.next().is_none())
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.told());
        self
    }

    /// Asserts that standard error says this.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "{text:?} is not in\n{}",
            self.told()
        );
        self
    }

    /// Asserts that standard output says this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "{text:?} is not in\n{}",
            self.told()
        );
        self
    }

    /// All that was said.
    pub fn told(&self) -> String {
        format!(
            "{:?}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

/// A port that must not be called.
pub struct Trap(TcpListener);

impl Trap {
    /// A port of this machine that accepts.
    pub fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self(listener)
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("an address")
    }

    /// As a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Waits until somebody calls, and holds the line.
    pub fn caught(&self) -> impl Sized {
        let (sender, receiver) = mpsc::channel();
        let listener = self.0.try_clone().expect("a socket");
        std::thread::spawn(move || sender.send(listener.accept()));
        receiver
            .recv_timeout(PATIENCE)
            .expect("somebody calls")
            .expect("a caller")
    }

    /// Asserts that nobody has called: whoever did stands in the queue still.
    #[track_caller]
    pub fn was_left_alone(&self) {
        self.0.set_nonblocking(true).expect("a socket");
        if let Ok((mut stream, _)) = self.0.accept() {
            let mut said = [0; 200];
            let _ = stream.set_nonblocking(true);
            let length = stream.read(&mut said).unwrap_or(0);
            panic!(
                "somebody called: {}",
                String::from_utf8_lossy(&said[..length])
            );
        }
    }
}
