//! The probe `command`: a command on a host of the stack, its exit code, and what its output says. Output is free text that
//! may hold secrets, so of it are kept the captures that the check names, the fields that its parser knows, its length
//! and its SHA-256. How the command gets to the host is the vantage's.
mod parse;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use parse::Parser;

use super::by_hand::quote;
use super::pick::{Picks, captured};
use super::vantage::Vantage;
use crate::deadline::Deadline;
use crate::fault::ProbeError;
use crate::observation::Observation;

/// At most so many bytes of each of its outputs are read.
pub(super) const LARGEST: usize = 1024 * 1024;

/// `{ command: { argv } }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is run.
    pub line: Line,
    /// How standard output is read.
    pub parse: Option<Parser>,
    /// What is kept of it, by a regex each.
    pub capture: Picks,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Words, which reach the command as they are.
    Words(Vec<String>),
    /// A script for the host's shell.
    Script(String),
}

/// What a host said of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The exit code; absent where a signal ended it.
    pub exit_code: Option<u32>,
    /// The signal that ended it.
    pub signal: Option<String>,
    /// Standard output, bounded.
    pub stdout: Vec<u8>,
    /// Standard error, bounded.
    pub stderr: Vec<u8>,
    /// Whether either was longer than what is read of it.
    pub truncated: bool,
}

impl Line {
    /// As a shell takes it.
    #[must_use]
    pub fn shell(&self) -> String {
        match self {
            Self::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
                words.join(" ")
            }
            Self::Script(script) => script.clone(),
        }
    }
}

impl Command {
    pub(super) async fn observe(
        &self,
        vantage: &Vantage,
        deadline: Deadline,
    ) -> Result<Observation, ProbeError> {
        match vantage.run(&self.line.shell(), deadline).await? {
            Some(output) => self.described(&output),
            None => Ok(Observation::of("timeout")),
        }
    }

    fn described(&self, output: &Output) -> Result<Observation, ProbeError> {
        let text = String::from_utf8_lossy(&output.stdout);
        let outcome = if output.exit_code.is_some() {
            "exited"
        } else {
            "killed"
        };
        let mut seen = Observation::of(outcome)
            .with("captured", captured(&text, &self.capture)?)
            .with("stdout", told(&output.stdout))
            .with("stderr", told(&output.stderr))
            .with("truncated", output.truncated);
        if let Some(code) = output.exit_code {
            seen = seen.with("exit_code", code);
        }
        if let Some(signal) = &output.signal {
            seen = seen.with("signal", signal.as_str());
        }
        if let Some(parser) = self.parse {
            let (name, value) = parser.read(&text);
            seen = seen.with(name, value);
        }
        Ok(seen)
    }
}

fn told(bytes: &[u8]) -> Value {
    let sha256: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({ "bytes": bytes.len(), "sha256": sha256 })
}
