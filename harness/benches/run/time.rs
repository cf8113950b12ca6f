//! How long things take: a run against its own longest check, with the path that it waited for; listing against the
//! lightest thing that the binary does.
use std::time::Duration;

use labcheck::report::model::{Check, Report};

use crate::demo::Demo;
use crate::measure::Verdicts;
use crate::measure::process::timed;

/// What a run may take beyond its longest check.
const FACTOR: f64 = 1.15;

/// The allowance of a run that dials.
pub const OF_DIALS: Duration = Duration::from_secs(1);

/// The allowance of one that logs in to servers first.
pub const OF_LOGINS: Duration = Duration::from_millis(1500);

/// What listing should take; only several times as much, of a process that does next to nothing as well, is a verdict.
const LIST: Duration = Duration::from_millis(50);
const LIST_RATIO: f64 = 10.0;
const STARTS: usize = 21;

/// A run takes as long as its longest check: a port that is silent until its deadline.
pub fn a_run_takes_little_longer_than_its_longest_check(
    demo: &Demo,
    allowance: Duration,
    verdicts: &mut Verdicts,
) {
    let longest = demo
        .report
        .checks
        .iter()
        .max_by_key(|check| check.elapsed_ms)
        .expect("a run has checks");
    println!("the critical path of a run with 50 ms added to each answer of the API:");
    for line in critical_path(&demo.report) {
        println!("  {line}");
    }
    let alone = Duration::from_millis(longest.elapsed_ms);
    let most = alone.mul_f64(FACTOR) + allowance;
    verdicts.say(
        demo.took.wall <= most,
        &format!(
            "a run of {} checks of {} takes {:.2} s: at most {FACTOR} x {:.2} s ({}) + {:.1} s = {:.2} s",
            demo.report.checks.len(),
            demo.report.lab,
            demo.took.wall.as_secs_f64(),
            alone.as_secs_f64(),
            longest.id,
            allowance.as_secs_f64(),
            most.as_secs_f64()
        ),
    );
}

/// From the check that ended last back through whichever of its needs ended last, in the order of time.
fn critical_path(report: &Report) -> Vec<String> {
    let mut path = Vec::new();
    let mut next = report.checks.iter().max_by_key(|check| end_ms(check));
    while let Some(check) = next {
        path.push(line(check));
        next = check
            .needs
            .iter()
            .chain(&check.agrees_with)
            .filter_map(|id| report.checks.iter().find(|other| other.id == *id))
            .max_by_key(|other| end_ms(other));
    }
    let first_look = report.checks.iter().filter_map(begin_ms).min();
    path.push(format!(
        "{:>7} ms  {:>6} ms  the snapshot of the account",
        0,
        first_look.unwrap_or_default()
    ));
    path.reverse();
    path
}

fn line(check: &Check) -> String {
    let begin = begin_ms(check).unwrap_or_default();
    format!(
        "{begin:>7} ms  {:>6} ms  {}",
        end_ms(check).saturating_sub(begin),
        check.id
    )
}

fn begin_ms(check: &Check) -> Option<u64> {
    Some(check.attempts.first()?.at_ms)
}

fn end_ms(check: &Check) -> u64 {
    check
        .attempts
        .last()
        .map_or(0, |attempt| attempt.at_ms + attempt.elapsed_ms)
}

/// `--list` reads the lab and starts nothing.
pub fn listing_starts_nothing(verdicts: &mut Verdicts) {
    let version = median(&["--version"]);
    let list = median(&["run", "--list"]);
    let ratio = list.as_secs_f64() / version.as_secs_f64();
    verdicts.say(
        list <= LIST || ratio <= LIST_RATIO,
        &format!(
            "`run --list` takes {:.1} ms, {ratio:.1} x `--version`: at most {} ms, or {LIST_RATIO} x where the machine is slow \
             (medians of {STARTS})",
            list.as_secs_f64() * 1e3,
            LIST.as_millis()
        ),
    );
}

fn median(args: &[&str]) -> Duration {
    let mut times: Vec<Duration> = (0..STARTS).map(|_| timed(args, &[]).wall).collect();
    times.sort();
    times[STARTS / 2]
}
