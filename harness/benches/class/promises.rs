//! What was promised of a class. Times are held against what the same run's calls and time-outs come to, so that a slow
//! machine is no verdict.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use labcheck::aws::OwnCall;
use labcheck::outcome::Outcome;
use labcheck::report::model::Report;

use crate::account::Account;
use crate::grading::Grading;
use crate::measure::Verdicts;
use crate::measure::calls::{self, Counts};

/// How fast each family is asked, in calls a second: what AWS publishes, less a fifth.
const RATES: [(&str, f64); 5] = [
    ("ec2", 16.0),
    ("elasticloadbalancing", 8.0),
    ("rds", 5.0),
    ("ssm", 5.0),
    (COMMANDS, 20.0),
];

/// The family of what a command takes: a bucket of its own.
const COMMANDS: &str = "ssm's commands";

fn family(action: &str) -> &str {
    if calls::COMMANDS.contains(&action) {
        return COMMANDS;
    }
    action.split_once(':').map_or(action, |(family, _)| family)
}

/// What a class may take beyond what it waits for.
const FACTOR: f64 = 1.1;

/// The harness, in MB.
const SMALL: f64 = 300.0;

/// Of so many students it is told what they lack.
const TOLD: usize = 5;

/// A right stack is a right stack beside whomever.
pub fn everybody_has_every_point(grading: &Grading, verdicts: &mut Verdicts) {
    let has_every_point = |report: &Report| {
        let score = report.score.as_ref();
        score.is_some_and(|score| score.complete && score.points >= score.max_points)
    };
    let (mut full, mut failed) = (0, 0);
    for (place, report) in grading.reports().enumerate() {
        if has_every_point(&report) {
            full += 1;
            continue;
        }
        let is_told = place - full < TOLD;
        let lost = report.checks.iter().filter(|check| {
            check.selected && matches!(check.outcome, Outcome::Failed | Outcome::Errored)
        });
        for check in lost {
            failed += usize::from(check.outcome == Outcome::Failed);
            if is_told {
                let (id, why) = (&check.id, (&check.error, &check.mismatches));
                println!("{} {} {id}: {why:?}", report.stack, check.outcome.as_str());
            }
        }
    }
    verdicts.say(
        failed == 0,
        &format!("{failed} checks failed on right stacks"),
    );
    verdicts.say(
        full == grading.students,
        &format!("{full} of {} students have every point", grading.students),
    );
}

/// The account is looked at once for all of them.
pub fn nothing_is_asked_twice(grading: &Grading, account: &Account, verdicts: &mut Verdicts) {
    let asked = asked(grading);
    // A call that tells of one resource alone is made for those that somebody needs to know more of, and once.
    let of_one = |call, living: usize| asked.get(&call).map_or(0, BTreeSet::len).min(living);
    let expected = calls::expected(&grading.prepared(), &grading.look(), of_one);
    let who = format!("a class of {} in one account", grading.students);
    let sent = sent(grading);
    calls::nothing_is_asked_twice(&who, &sent, &expected, verdicts);
    verdicts.say(
        sent == account.asked(),
        "the account counts as many as the students' reports",
    );
}

/// The resources that anybody's calls of their own were made for.
fn asked(grading: &Grading) -> BTreeMap<OwnCall, BTreeSet<String>> {
    let mut asked: BTreeMap<OwnCall, BTreeSet<String>> = BTreeMap::new();
    for evidence in grading.evidence() {
        for snapshot in &evidence.snapshots {
            for &call in OwnCall::ALL {
                let ids = snapshot.asked_by(call).map(str::to_owned);
                asked.entry(call).or_default().extend(ids);
            }
        }
    }
    asked
}

fn sent(grading: &Grading) -> Counts {
    let mut sent = Counts::new();
    for report in grading.reports() {
        for (action, count) in report.aws_calls {
            *sent.entry(action).or_default() += count;
        }
    }
    sent
}

/// A class takes as long as the account's limits, or its longest time-out, make it take, and so many seconds.
pub fn the_limits_are_what_a_class_waits_for(
    grading: &Grading,
    more: u64,
    verdicts: &mut Verdicts,
) {
    let (family, waits) = tightest(&sent(grading), grading.raised);
    let silence = grading
        .reports()
        .flat_map(|report| report.checks)
        .map(|check| check.elapsed_ms)
        .max();
    let silence = Duration::from_millis(silence.unwrap_or_default());
    let longest = waits.max(timeout(grading));
    let most = longest.mul_f64(FACTOR) + Duration::from_secs(more);
    let wall = grading.took.wall;
    verdicts.say(
        wall <= most,
        &format!(
            "{} students take {:.1} s: at most {FACTOR} x {:.1} s ({family} calls at {} x the rate) + {more} s = {:.1} s; \
             the longest check took {:.1} s",
            grading.students,
            wall.as_secs_f64(),
            longest.as_secs_f64(),
            grading.raised,
            most.as_secs_f64(),
            silence.as_secs_f64(),
        ),
    );
}

/// The family whose calls take longest at its rate.
fn tightest(sent: &Counts, raised: u32) -> (&'static str, Duration) {
    let waits = RATES.map(|(family, rate)| {
        let of_family = sent
            .iter()
            .filter(|(action, _)| self::family(action) == family);
        let calls: u64 = of_family.map(|(_, count)| count).sum();
        let calls = f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
        let wait = calls / (rate * f64::from(raised));
        (family, Duration::from_secs_f64(wait))
    });
    let longest = waits.into_iter().max_by_key(|(_, wait)| *wait);
    longest.expect("there are families")
}

/// The longest time-out of a check of the run.
fn timeout(grading: &Grading) -> Duration {
    let prepared = grading.prepared();
    let selected = prepared
        .plan
        .select(prepared.phase, &prepared.options.filter);
    let timeouts = selected.checks.iter().map(|check| check.timeout);
    timeouts.max().unwrap_or_default()
}

/// A class of a thousand is graded on a laptop.
pub fn a_class_is_small(grading: &Grading, verdicts: &mut Verdicts) {
    let Some(peak) = megabytes(grading) else {
        println!("the memory of a process can't be read on this system (it has no /proc)\n");
        return;
    };
    verdicts.say(
        peak <= SMALL,
        &format!(
            "{} students take {peak:.0} MB at the peak, the account apart: at most {SMALL} MB",
            grading.students
        ),
    );
}

fn megabytes(grading: &Grading) -> Option<f64> {
    let kib = grading.took.peak_kib?;
    Some(f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) * 1024.0 / 1e6)
}

/// What one more student costs, by the difference between two classes.
pub fn one_more_student(few: &Grading, many: &Grading) {
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let students = count(many.students - few.students);
    let calls = |grading: &Grading| {
        let sent: u64 = sent(grading).values().sum();
        f64::from(u32::try_from(sent).unwrap_or(u32::MAX))
    };
    let bytes = |grading: &Grading| {
        let kib = u32::try_from(grading.size() / 1024).unwrap_or(u32::MAX);
        f64::from(kib) * 1024.0
    };
    println!(
        "one more student: {:.2} calls, {:.0} KB on the disk{}\n",
        (calls(many) - calls(few)) / students,
        (bytes(many) - bytes(few)) / students / 1e3,
        match (megabytes(few), megabytes(many)) {
            (Some(few), Some(many)) =>
                format!(", {:.0} KB of memory", (many - few) / students * 1e3),
            _ => String::new(),
        }
    );
}
