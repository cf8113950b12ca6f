//! The run that is measured: the built-in demo behind a slow API, as a user starts it. Nothing is judged here.
use std::fs;
use std::path::{Path, PathBuf};

use labcheck::report::model::Report;
use labcheck::run::evidence::Evidence;
use tempfile::TempDir;

use crate::measure::process::{Took, read, timed};

/// What each answer of the API is delayed by in the demo that is measured: a far region's.
const LATENCY: &str = "50ms";

/// A run of the demo and all that it told.
pub struct Demo {
    /// What the process took, replica included.
    pub took: Took,
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
        let args = ["run", "--lang", "en", "--stack"];
        let took = timed(
            &[&args[..], &[&stack_arg, "--reports", &folder_arg]].concat(),
            &[],
        );
        Self {
            took,
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
