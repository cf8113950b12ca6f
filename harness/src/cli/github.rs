//! What a run leaves for GitHub Actions: the job's summary and the step's outputs in the files that the runner names, and
//! annotations on standard output. What they say is [`crate::report::github`]'s.
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::FalseyValueParser;

use super::say;
use crate::observe::Secret;
use crate::report::exit::ExitCode;
use crate::report::github::{Place, annotations, classroom, masks, outputs, summary};
use crate::report::inert::inert_to;
use crate::report::model::Report;
use crate::report::words::github as words;
use crate::run::prepare::stack_path;
use crate::run::{Options, Refusal};

/// How a run is told to GitHub Actions.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct GithubArgs {
    /// Write a job summary, annotations and outputs; by itself under GitHub Actions
    #[arg(long, env = "LABCHECK_GITHUB", value_parser = FalseyValueParser::new())]
    pub github: bool,
    /// Hand a result to Classroom although it is the demo's, or an emulator's
    #[arg(long, env = "LABCHECK_ALLOW_EMULATOR", value_parser = FalseyValueParser::new())]
    pub allow_emulator: bool,
}

impl GithubArgs {
    /// Whether this run is told to GitHub Actions.
    fn wanted(self) -> bool {
        self.github || under_actions()
    }

    /// Tells the runner what it must never print: before anything else is printed.
    pub fn mask(secrets: &[Secret]) {
        // Elsewhere nobody takes the commands out again, and each would be the leak that it is against.
        if under_actions() && !goes_to_a_file() {
            for command in masks(secrets) {
                say(&format!("{command}\n"));
            }
        }
    }

    /// Writes everything, if it is wanted. `reports` is the folder of the run's files.
    ///
    /// # Errors
    /// A file that the runner names cannot be written.
    pub fn publish(
        self,
        report: &Report,
        options: &Options,
        reports: &Path,
    ) -> Result<(), Refusal> {
        if !self.wanted() {
            return Ok(());
        }
        let lang = options.lang;
        let here = std::env::current_dir().unwrap_or_default();
        let workspace = told("GITHUB_WORKSPACE").unwrap_or_else(|| here.clone());
        let stack_file = stack_path(options);
        let place = Place {
            workspace: &workspace,
            base: &here,
            stack_file: stack_file.as_deref(),
        };
        for command in annotations(report, lang, place) {
            say(&format!("{command}\n"));
        }
        let mut page = summary(report, lang);
        let mut outputs = outputs(report);
        let reports = reports
            .canonicalize()
            .unwrap_or_else(|_| reports.to_path_buf());
        for (name, file) in [("result", "result.json"), ("junit", "junit.xml")] {
            outputs.push((name, reports.join(file).display().to_string()));
        }
        match classroom(report, lang, self.allow_emulator) {
            Ok(result) => outputs.push(("classroom", result)),
            Err(refused) => page.push_str(&format!("\n{}\n", words::refused(lang, refused))),
        }
        append("GITHUB_STEP_SUMMARY", &page)?;
        let lines = outputs.into_iter().map(|(name, value)| {
            // A value of one line needs no delimiter; what would end the line can't be in it.
            format!("{name}={}\n", inert_to(&value, usize::MAX))
        });
        append("GITHUB_OUTPUT", &lines.collect::<String>())
    }
}

/// Whether a runner of GitHub Actions reads what is printed.
fn under_actions() -> bool {
    std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true")
}

/// Whether standard output is a file, which no runner reads.
fn goes_to_a_file() -> bool {
    #[cfg(unix)]
    let output = std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let output = std::os::windows::io::AsHandle::as_handle(&std::io::stdout()).try_clone_to_owned();
    let metadata = output.and_then(|output| std::fs::File::from(output).metadata());
    metadata.is_ok_and(|metadata| metadata.is_file())
}

/// Adds to the file that a variable names, if it names one.
fn append(variable: &str, text: &str) -> Result<(), Refusal> {
    let Some(path) = told(variable) else {
        return Ok(());
    };
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Refusal {
        code: ExitCode::CannotWrite,
        message: format!(
            "{variable} ({}) could not be written: {error}",
            path.display()
        ),
    })
}

fn told(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable)?;
    (!value.is_empty()).then(|| PathBuf::from(value))
}
