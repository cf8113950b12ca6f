//! `cargo bench -p labcheck --bench class`: a class in one account, graded by the release binary, held against what the
//! account's own limits make it take. The account is a replica's in this process, so that what is measured is the harness.
mod account;
mod grading;
#[path = "../measure/mod.rs"]
mod measure;
mod promises;

use std::process::ExitCode;

use account::Account;
use grading::Grading;
use measure::Verdicts;

fn main() -> ExitCode {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("nothing is measured but by `cargo bench`");
        return ExitCode::SUCCESS;
    }
    let mut verdicts = Verdicts::default();
    let few = graded(students("LABCHECK_BENCH_FEW", 300), 1, &mut verdicts);
    promises::the_limits_are_what_a_class_waits_for(&few, 5, &mut verdicts);
    let many = graded(students("LABCHECK_BENCH_MANY", 1000), 10, &mut verdicts);
    promises::the_limits_are_what_a_class_waits_for(&many, 35, &mut verdicts);
    promises::a_class_is_small(&many, &mut verdicts);
    promises::one_more_student(&few, &many);
    verdicts.close()
}

/// How many students; fewer where somebody tries the bench itself.
fn students(variable: &str, usual: usize) -> usize {
    let asked = std::env::var(variable).ok();
    asked.map_or(usual, |asked| asked.parse().expect("a number of students"))
}

/// So many students in one account, whose limits AWS has raised so.
fn graded(students: usize, raised: u32, verdicts: &mut Verdicts) -> Grading {
    let account = Account::of(students);
    let grading = Grading::of(&account, raised);
    promises::everybody_has_every_point(&grading, verdicts);
    promises::nothing_is_asked_twice(&grading, &account, verdicts);
    grading
}
