//! What the benches share: whole processes are measured, as a user starts them, and each promise is said with the numbers
//! that it is judged by.
pub mod calls;
pub mod process;

use std::process::ExitCode;

/// What was promised, and whether it holds.
#[derive(Debug, Default)]
pub struct Verdicts {
    passed: usize,
    failed: usize,
}

impl Verdicts {
    /// One promise, with the numbers that it is judged by.
    pub fn say(&mut self, holds: bool, what: &str) {
        if holds {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        println!("{} {what}\n", if holds { "ok    " } else { "FAILED" });
    }

    /// What it all came to.
    pub fn close(&self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
