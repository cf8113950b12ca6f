//! `--debug`: what is asked and what is answered, a line each on standard error, while it happens. Off unless somebody asks; it
//! tells nothing that a report would not, and no secret, account or person.
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::discreet::{discreet, hidden};
use crate::fault::ProbeError;
use crate::observation::Observation;
use crate::report::inert::inert_to;

/// At most so many characters of one line.
const LONGEST: usize = 600;

/// For the whole process: what is asked in it may be a class's.
static ON: AtomicBool = AtomicBool::new(false);

/// From here on it is told.
pub fn begin() {
    ON.store(true, Ordering::Relaxed);
}

/// A call to AWS, or its answer.
pub fn call(words: impl FnOnce() -> String) {
    if ON.load(Ordering::Relaxed) {
        say(&discreet(&words()));
    }
}

/// A look from a vantage, and what was seen.
pub fn look(
    vantage: &dyn std::fmt::Display,
    target: impl FnOnce() -> String,
    seen: &Result<Observation, ProbeError>,
    took: Duration,
) {
    if ON.load(Ordering::Relaxed) {
        say(&told(&vantage.to_string(), &target(), seen, took));
    }
}

fn told(
    vantage: &str,
    target: &str,
    seen: &Result<Observation, ProbeError>,
    took: Duration,
) -> String {
    let seen = match seen {
        Ok(seen) => {
            let fields = serde_json::to_string(&seen.fields).unwrap_or_default();
            format!("{} {fields}", seen.outcome)
        }
        Err(error) => format!("could not be looked at: {error}"),
    };
    // `ec2-user@HOST` is the stack file's own word and nobody's address.
    let (from, took) = (hidden(vantage), took.as_millis());
    let (target, seen) = (discreet(target), discreet(&seen));
    format!("{from}: {target} -> {seen} ({took} ms)")
}

fn say(line: &str) {
    let line = inert_to(line, LONGEST);
    let _a_reader_that_is_gone = writeln!(std::io::stderr().lock(), "debug: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_holds_is_told_without_secrets_accounts_and_persons() {
        crate::discreet::remember("Seeded-Password-5");
        let seen = Observation::of("answered").with(
            "body",
            "Seeded-Password-5 of 123456789012, taro@example.ac.jp",
        );
        let target = "http://web/?p=Seeded-Password-5";
        let line = told("ec2-user@web", target, &Ok(seen), Duration::from_millis(7));
        assert_eq!(
            line,
            r#"ec2-user@web: http://web/?p=••• -> answered {"body":"••• of 000000000000, person"} (7 ms)"#
        );
    }
}
