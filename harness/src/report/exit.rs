//! The process's exit code as a type. Of reports it knows the signals; [`super::model::Report::exit_code`] picks one.
use std::process;

use super::model::Signal;

/// Why the process ends, one variant for each documented number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitCode {
    /// 0: every check that counts passed, or awaits an opt-in that was not given.
    Passed,
    /// 101: some check failed.
    Failed,
    /// 3: none failed, but something other than an opt-in kept a check from a verdict.
    Undecided,
    /// 4: nothing was selected.
    NothingSelected,
    /// 2: the command line is wrong, or names an unknown phase.
    Usage,
    /// 78: a check file, a stack file or a lab is wrong or missing.
    BadInput,
    /// 74: a report could not be written.
    CannotWrite,
    /// 70: a bug of ours.
    Bug,
    /// 130: interrupted from the keyboard.
    Interrupted,
    /// 143: told to terminate.
    Terminated,
}

impl ExitCode {
    /// The number that the shell sees.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 101,
            Self::Undecided => 3,
            Self::NothingSelected => 4,
            Self::Usage => 2,
            Self::BadInput => 78,
            Self::CannotWrite => 74,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Signal> for ExitCode {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::Interrupted,
            Signal::Terminate => Self::Terminated,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}
