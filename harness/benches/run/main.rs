//! `cargo bench -p labcheck`: time, calls and size of the release build, held against what the project promises. Whole
//! processes are measured, as a user starts them. A time is held against another time of the same run, so that a slow
//! machine is no verdict.
mod alone;
mod calls;
mod process;
mod size;
mod time;

use std::process::ExitCode;

use process::{AURORA, Demo, HA_WEB};

fn main() -> ExitCode {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("nothing is measured but by `cargo bench`");
        return ExitCode::SUCCESS;
    }
    let (demo, aurora) = (Demo::run(HA_WEB), Demo::run(AURORA));
    let mut verdicts = Verdicts::default();
    time::a_run_takes_little_longer_than_its_longest_check(&demo, time::OF_DIALS, &mut verdicts);
    time::a_run_takes_little_longer_than_its_longest_check(&aurora, time::OF_LOGINS, &mut verdicts);
    calls::nothing_is_asked_twice(&demo, &mut verdicts);
    time::listing_starts_nothing(&mut verdicts);
    size::a_run_is_small(&demo, &mut verdicts);
    size::the_binary_is_small(&mut verdicts);
    alone::an_empty_folder_is_enough(&mut verdicts);
    verdicts.close()
}

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

    fn close(&self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
