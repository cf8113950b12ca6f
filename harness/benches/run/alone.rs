//! The binary brings its labs and its replica along: it needs an empty folder and nothing else.
use std::path::Path;
use std::process::{Command, Stdio};

use crate::measure::Verdicts;
use crate::measure::process::{BINARY, read};
use labcheck::outcome::Outcome;
use labcheck::report::model::Report;

/// The demo is graded, and so is a stack by its own name, as far as an AWS that nobody answers for can be.
pub fn an_empty_folder_is_enough(verdicts: &mut Verdicts) {
    let folder = tempfile::tempdir().expect("a folder");
    let (demo, report) = run(folder.path(), &["--stack", "demo"]);
    let full = report
        .score
        .is_some_and(|score| score.complete && score.points >= score.max_points);
    verdicts.say(
        demo == Some(0) && full,
        "the demo is graded in an empty folder, with every point",
    );
    let named = ["--stack", "user05", "--lab", "aurora-wordpress"];
    let (stack, report) = run(folder.path(), &named);
    let open = [Outcome::Errored, Outcome::Skipped];
    let unanswered = report
        .checks
        .iter()
        .all(|check| open.contains(&check.outcome));
    verdicts.say(
        stack == Some(3) && report.lab == "aurora-wordpress" && unanswered,
        &format!(
            "a stack by its name, too: {} checks, none with a verdict where AWS does not answer",
            report.checks.len()
        ),
    );
}

/// The exit code and the report of a run there, with no environment but what is said here.
fn run(folder: &Path, args: &[&str]) -> (Option<i32>, Report) {
    let status = Command::new(BINARY)
        .arg("run")
        .args(args)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_ACCESS_KEY_ID", "nobody")
        .env("AWS_SECRET_ACCESS_KEY", "nothing")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .expect("the binary starts");
    (status.code(), read(&folder.join("reports"), "result.json"))
}
