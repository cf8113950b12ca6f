//! `cargo bench -p labcheck --bench run`: time, calls and size of the release build, held against what the project promises. Whole
//! processes are measured, as a user starts them. A time is held against another time of the same run, so that a slow
//! machine is no verdict.
mod alone;
mod demo;
#[path = "../measure/mod.rs"]
mod measure;
mod size;
mod time;

use std::process::ExitCode;

use demo::{AURORA, Demo, HA_WEB};
use labcheck::run::{Options, prepare};
use measure::Verdicts;
use measure::calls::{expected, nothing_is_asked_twice};
use measure::process::root;

fn main() -> ExitCode {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("nothing is measured but by `cargo bench`");
        return ExitCode::SUCCESS;
    }
    let (demo, aurora) = (Demo::run(HA_WEB), Demo::run(AURORA));
    let mut verdicts = Verdicts::default();
    time::a_run_takes_little_longer_than_its_longest_check(&demo, time::OF_DIALS, &mut verdicts);
    time::a_run_takes_little_longer_than_its_longest_check(&aurora, time::OF_LOGINS, &mut verdicts);
    calls(&demo, &mut verdicts);
    time::listing_starts_nothing(&mut verdicts);
    size::a_run_is_small(&demo, &mut verdicts);
    size::the_binary_is_small(&mut verdicts);
    alone::an_empty_folder_is_enough(&mut verdicts);
    verdicts.close()
}

/// A run asks for each thing once.
fn calls(demo: &Demo, verdicts: &mut Verdicts) {
    let prepared = prepare(Options {
        stack: Some(demo.stack.to_string_lossy().into_owned()),
        checks: Some(root().join("checks")),
        reports: Some(demo.folder().to_path_buf()),
        ..Options::default()
    })
    .unwrap_or_else(|refusal| panic!("{}", refusal.message));
    let look = demo.evidence.snapshots.first().expect("a snapshot");
    let expected = expected(&prepared, look, |_, living| living);
    nothing_is_asked_twice("a run", &demo.report.aws_calls, &expected, verdicts);
}
