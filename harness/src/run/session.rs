//! A run beside the one who watches it: it goes on in the runtime while a face prints, and its reports are written
//! whatever becomes of that face (a broken pipe, a panic of its printer).
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::board::Board;
use super::drive::{Run, drive};
use super::facts;
use super::prepare::{Prepared, Refusal};
use crate::discreet::discreet;
use crate::excused;
use crate::fault::{Code, Layer, ProbeError};
use crate::observe::Secret;
use crate::report::exit::ExitCode;
use crate::report::model::Report;

/// A runtime of our own: the main function is synchronous, and libtest's threads are none of tokio's.
///
/// # Errors
/// The machine gives no threads.
pub fn runtime() -> Result<Runtime, Refusal> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal {
            code: ExitCode::Bug,
            message: format!("no runtime: {error}"),
        })?;
    runtime.spawn(excused::watch());
    Ok(runtime)
}

/// A run that has begun.
pub struct Session {
    prepared: Arc<Prepared>,
    board: Arc<Board>,
    work: JoinHandle<Result<Run, Refusal>>,
}

impl Session {
    /// Begins the run.
    #[must_use]
    pub fn begin(runtime: &Runtime, prepared: Prepared) -> Self {
        let prepared = Arc::new(prepared);
        let selected = prepared
            .plan
            .select(prepared.phase, &prepared.options.filter);
        let board = Arc::new(Board::new(
            selected.checks.iter().map(|check| check.id.clone()),
        ));
        drop(selected);
        let (for_work, on_board) = (Arc::clone(&prepared), Arc::clone(&board));
        let work = runtime.spawn(async move {
            // However the work ends, nobody is left waiting for a result.
            let _closing = Closing(Arc::clone(&on_board));
            drive(&for_work, on_board).await
        });
        Self {
            prepared,
            board,
            work,
        }
    }

    /// What was prepared.
    #[must_use]
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Where results appear as they come.
    #[must_use]
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Waits for the end, and writes the reports.
    ///
    /// # Errors
    /// The run did not begin, or broke.
    pub fn finish(self, runtime: &Runtime) -> Result<Finished, Refusal> {
        let run = runtime.block_on(self.work).map_err(|error| Refusal {
            code: ExitCode::Bug,
            message: format!("the run broke off: {}", discreet(&error.to_string())),
        })??;
        let report = facts::report(&self.prepared, &run);
        let reports = &self.prepared.reports;
        let lang = self.prepared.options.lang;
        let evidence = reports.write_evidence(&run.evidence);
        let written = reports
            .write_report(&report, lang)
            .and(evidence)
            .map_err(|error| Refusal::cannot_write(&error));
        Ok(Finished {
            report,
            written,
            secrets: run.secrets,
        })
    }
}

/// A run that came to its end. Its report is there to be shown, also where it could not be written.
#[derive(Debug)]
pub struct Finished {
    /// The report.
    pub report: Report,
    /// The passwords that the run fetched.
    pub secrets: Vec<Secret>,
    /// Whether its files could be written.
    pub written: Result<(), Refusal>,
}

impl Finished {
    /// The process's exit code.
    ///
    /// # Errors
    /// The reports could not be written.
    pub fn exit_code(self) -> Result<ExitCode, Refusal> {
        self.written.map(|()| self.report.exit_code())
    }
}

/// Gives every check that is still open a result when the work is over.
struct Closing(Arc<Board>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close(&ProbeError::new(
            Code::Interrupted,
            Layer::Harness,
            "run",
            "it broke off",
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::outcome::Outcome;
    use crate::run::{Options, prepare};

    #[test]
    fn a_run_that_breaks_off_is_a_bug_and_leaves_nobody_waiting() {
        let folder = tempfile::tempdir().expect("a folder");
        let prepared = prepare(Options {
            checks: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks")),
            reports: Some(folder.path().join("reports")),
            ..Options::default()
        })
        .expect("the demo loads");
        let board = Arc::new(Board::new(["vpc-exists".to_owned()]));
        let runtime = runtime().expect("threads");
        let closing = Closing(Arc::clone(&board));
        let session = Session {
            prepared: Arc::new(prepared),
            board: Arc::clone(&board),
            work: runtime.spawn(async move {
                let _closing = closing;
                let password = Secret::new("SeededPassword-66");
                panic!("as a bug would, with {}", password.expose());
            }),
        };
        let waiting = runtime.block_on(board.wait("vpc-exists")).cloned();
        assert_eq!(waiting.expect("on the board").outcome, Outcome::Errored);
        let refusal = session.finish(&runtime).expect_err("it broke off");
        assert_eq!(refusal.code.number(), 70);
        assert!(
            refusal.message.contains("as a bug would, with •••"),
            "{}",
            refusal.message
        );
    }
}
