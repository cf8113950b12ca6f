//! What a run should have been for its mark to count without a question.
use clap::Args;
use clap::builder::FalseyValueParser;
use jiff::Timestamp;

use crate::grade::integrity::Expected;

/// What `grade` and `judge` are told of the runs that count.
#[derive(Clone, Debug, Default, Args)]
pub struct IntegrityArgs {
    /// Note every run that began after this: a time with its offset, as in 2026-11-30T23:59:59+09:00
    #[arg(long, env = "LABCHECK_DEADLINE", value_name = "TIME")]
    pub deadline: Option<Timestamp>,
    /// Note every run that began before this
    #[arg(long, env = "LABCHECK_NOT_BEFORE", value_name = "TIME")]
    pub not_before: Option<Timestamp>,
    /// A replica's or an emulator's marks count, too
    #[arg(long, env = "LABCHECK_ALLOW_EMULATOR", value_parser = FalseyValueParser::new())]
    pub allow_emulator: bool,
}

impl IntegrityArgs {
    /// What is expected of the runs of a lab; the rest is the caller's.
    pub fn expected(&self, lab: &str) -> Expected {
        self.over(Expected {
            lab: lab.to_owned(),
            ..Expected::default()
        })
    }

    /// What was expected before, but for what is said now.
    pub fn over(&self, before: Expected) -> Expected {
        Expected {
            not_before: self.not_before.or(before.not_before),
            deadline: self.deadline.or(before.deadline),
            allow_emulator: self.allow_emulator || before.allow_emulator,
            ..before
        }
    }
}
