//! What a drill measured, as a report tells it: read from the drill's observation, which is kept whole in the evidence.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::drill::measure::{HELD, LOST, UNSEEN};
use crate::observation::Attempt;
use crate::outcome::Outcome;

/// The most signs of a timeline that a report takes.
const LONGEST: usize = 200;

/// A check that a drill looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// Its id.
    pub check: String,
    /// What came of it.
    pub outcome: Outcome,
    /// When, since the disruption or since the restoring.
    pub seconds: f64,
}

/// The most checks of a drill's that a report takes.
const MOST_LOOKED: usize = 20;

/// What a drill measured. Times are the stack's seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// How many samples of the steady state were due.
    pub samples: u64,
    /// How many of them did not hold.
    pub lost: u64,
    /// How many this machine could not look at.
    #[serde(default)]
    pub unseen: u64,
    /// The share that held of those that were looked at, 0 to 1.
    pub availability: f64,
    /// The longest time without a sample that held.
    pub longest_outage: f64,
    /// Since the disruption, when the last outage was over; null where it is not over.
    pub recovery: Option<f64>,
    /// From the disrupting call until the server was stopped, or the roles had changed.
    pub time_to_disrupt: Option<f64>,
    /// From the disrupting call until the target group saw it.
    pub time_to_detect: Option<f64>,
    /// From the restoring call until what was disrupted ran again.
    pub time_to_restore: Option<f64>,
    /// From the restoring call until the target was healthy again.
    pub time_to_recover: Option<f64>,
    /// The checks that were looked at while it was disrupted.
    #[serde(default)]
    pub during: Vec<Looked>,
    /// The checks that were looked at after all was put back.
    #[serde(default)]
    pub after: Vec<Looked>,
    /// How many of the stack's seconds passed in one of ours: 1 but on a replica that runs fast.
    pub speed: f64,
    /// The samples in order: `●` held, `○` lost, `·` not looked at; a sign that stands for several is lost if one of them is.
    pub timeline: String,
}

impl Measured {
    /// Of a check's attempts; none where no drill came to its end.
    #[must_use]
    pub fn of(attempts: &[Attempt]) -> Option<Self> {
        let seen = attempts.last()?.seen.as_ref().ok()?;
        let fields = (seen.outcome == "measured").then_some(&seen.fields)?;
        let number = |name: &str| fields.get(name).and_then(Value::as_f64);
        let count = |name: &str| fields.get(name).and_then(Value::as_u64);
        Some(Self {
            samples: count("samples")?,
            lost: count("lost")?,
            unseen: count("unseen").unwrap_or_default(),
            availability: number("availability")?,
            longest_outage: number("longest_outage")?,
            recovery: number("recovery"),
            time_to_disrupt: number("time_to_disrupt"),
            time_to_detect: number("time_to_detect"),
            time_to_restore: number("time_to_restore"),
            time_to_recover: number("time_to_recover"),
            during: looked(fields, "during"),
            after: looked(fields, "after"),
            speed: number("speed")?,
            timeline: signs(fields),
        })
    }

    /// The timeline in stretches: their sign, from which place on, and for how many.
    #[must_use]
    pub fn stretches(&self) -> Vec<(char, usize, usize)> {
        let mut stretches: Vec<(char, usize, usize)> = Vec::new();
        for (place, sign) in self.timeline.chars().enumerate() {
            match stretches.last_mut() {
                Some((same, _, length)) if *same == sign => *length += 1,
                _ => stretches.push((sign, place, 1)),
            }
        }
        stretches
    }
}

/// The checks of a list, as far as they are any: evidence may have been handed in.
fn looked(fields: &Map<String, Value>, list: &str) -> Vec<Looked> {
    let all = fields.get(list).and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .filter_map(|one| Looked::deserialize(one).ok())
        .take(MOST_LOOKED)
        .collect()
}

/// Nothing but the signs: evidence may have been handed in.
fn signs(fields: &Map<String, Value>) -> String {
    let line = fields.get("timeline").and_then(Value::as_str);
    line.unwrap_or_default()
        .chars()
        .filter(|sign| [HELD, LOST, UNSEEN].contains(sign))
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::observation::Observation;

    fn attempt(seen: Observation) -> Attempt {
        Attempt {
            at_ms: 0,
            elapsed_ms: 0,
            target: String::new(),
            seen: Ok(seen),
            pass: 0,
            step: 0,
            finally: false,
        }
    }

    #[test]
    fn a_drills_observation_is_read_and_nothing_foreign_with_it() {
        let seen = Observation::of("measured")
            .with("samples", 4)
            .with("lost", 1)
            .with("availability", 0.75)
            .with("longest_outage", 2.0)
            .with("recovery", 3.5)
            .with("speed", 20.0)
            .with(
                "during",
                json!([
                    { "check": "writes", "outcome": "passed", "seconds": 2.5, "detail": "" },
                    { "check": "junk" },
                ]),
            )
            .with("timeline", "●\u{1b}[31m<b>○·●");
        let measured = Measured::of(&[attempt(seen)]).expect("measured");
        let stretches = measured.stretches();
        assert_eq!(measured.timeline, "●○·●");
        let writes = Looked {
            check: "writes".to_owned(),
            outcome: Outcome::Passed,
            seconds: 2.5,
        };
        assert_eq!((measured.during, measured.after), (vec![writes], vec![]));
        assert_eq!(measured.unseen, 0, "evidence of before has none");
        assert_eq!(
            stretches,
            [(HELD, 0, 1), (LOST, 1, 1), (UNSEEN, 2, 1), (HELD, 3, 1)]
        );
        assert_eq!(
            (measured.recovery, measured.time_to_detect),
            (Some(3.5), None)
        );
        assert_eq!(Measured::of(&[attempt(Observation::of("answered"))]), None);
        assert_eq!(Measured::of(&[attempt(Observation::of("measured"))]), None);
        assert_eq!(Measured::of(&[]), None);
    }
}
