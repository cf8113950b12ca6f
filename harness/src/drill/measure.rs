//! What samples amount to. Pure functions; times go in as the machine's and come out in the stack's seconds.
use super::sampler::{Look, Sample};

/// A timeline's sign of what held.
pub const HELD: char = '●';
/// Of what was lost.
pub const LOST: char = '○';
/// Of what this machine could not look at.
pub const UNSEEN: char = '·';

/// Where more than one look in so many could not be made, what the others found is no measurement.
const MOST_UNSEEN: usize = 5;

/// What a sampled stretch amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// How many samples were due.
    pub samples: usize,
    /// How many did not hold.
    pub lost: usize,
    /// How many could not be looked at.
    pub unseen: usize,
    /// The share that held of those that were looked at, 0 to 1.
    pub availability: f64,
    /// The longest time without a sample that held, in the stack's seconds: from the first that was lost to the next that
    /// was not, or to the end. What could not be looked at between two that were lost is part of it.
    pub longest_outage: f64,
    /// Since the disruption, when the last outage was over; 0 where there was none, none where it is not over.
    pub recovered_after: Option<f64>,
}

impl Measured {
    /// Whether enough was seen for it to say anything of the stack.
    #[must_use]
    pub const fn is_of_the_stack(&self) -> bool {
        self.unseen * MOST_UNSEEN <= self.samples
    }
}

/// Measures samples; the disruption was `disrupted` seconds after the sampler began, in the machine's time, and the stack
/// runs `speed` times as fast as that.
#[must_use]
pub fn measure(samples: &[Sample], disrupted: f64, speed: f64) -> Measured {
    let of = |look: Look| {
        samples
            .iter()
            .filter(|sample| sample.look() == look)
            .count()
    };
    let (held, lost, unseen) = (of(Look::Held), of(Look::Lost), of(Look::Unseen));
    let (mut longest, mut over) = (0.0_f64, 0.0_f64);
    // Since when it is lost, and until when that is known.
    let mut outage: Option<(f64, Option<f64>)> = None;
    let mut latest = 0.0_f64;
    for sample in samples {
        let at = sample.due.as_secs_f64();
        latest = at;
        outage = match (sample.look(), outage) {
            (Look::Lost, None) => Some((at, None)),
            (Look::Lost, Some((since, _))) => Some((since, None)),
            (Look::Unseen, Some((since, known))) => Some((since, known.or(Some(at)))),
            (Look::Held, Some((since, known))) => {
                let until = known.unwrap_or(at);
                longest = longest.max(until - since);
                over = until;
                None
            }
            (Look::Held | Look::Unseen, None) => None,
        };
    }
    if let Some((since, known)) = outage {
        longest = longest.max(known.unwrap_or(latest) - since);
    }
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    Measured {
        samples: samples.len(),
        lost,
        unseen,
        availability: if held + lost == 0 {
            0.0
        } else {
            round(count(held) / count(held + lost))
        },
        longest_outage: round(longest * speed),
        recovered_after: outage
            .is_none()
            .then(|| round((over - disrupted).max(0.0) * speed)),
    }
}

/// To the thousandth: what is finer is noise.
#[must_use]
pub fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// The samples as a line: `●` held, `○` lost, `·` not looked at, folded to at most `width` signs; a sign that stands for
/// several is the worst that is known of one of them.
#[must_use]
pub fn timeline(samples: &[Sample], width: usize) -> String {
    let each = samples.len().div_ceil(width.max(1)).max(1);
    samples
        .chunks(each)
        .map(|some| {
            let any = |look: Look| some.iter().any(|sample| sample.look() == look);
            if any(Look::Lost) {
                LOST
            } else if any(Look::Held) {
                HELD
            } else {
                UNSEEN
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn samples(pattern: &str) -> Vec<Sample> {
        let of = |(second, sign): (usize, char)| {
            let look = match sign {
                '+' => Look::Held,
                '-' => Look::Lost,
                _ => Look::Unseen,
            };
            let due = Duration::from_secs(u64::try_from(second).expect("small"));
            Sample::of(due, look)
        };
        pattern.chars().enumerate().map(of).collect()
    }

    #[test]
    fn samples_amount_to_what_a_person_would_count() {
        for (pattern, availability, longest, recovered) in [
            ("++++", 1.0, 0.0, Some(0.0)),
            ("++--++", 0.667, 2.0, Some(2.0)),
            ("++-+--+", 0.571, 2.0, Some(4.0)),
            ("++--", 0.5, 1.0, None),
            ("----", 0.0, 3.0, None),
            ("", 0.0, 0.0, Some(0.0)),
            // What could not be looked at is no outage, and ends none.
            ("++??++", 1.0, 0.0, Some(0.0)),
            ("++-??-+", 0.6, 4.0, Some(4.0)),
            ("++-??+", 0.75, 1.0, Some(1.0)),
            ("++--??", 0.5, 2.0, None),
            ("??", 0.0, 0.0, Some(0.0)),
        ] {
            let measured = measure(&samples(pattern), 2.0, 1.0);
            assert_eq!(
                (
                    measured.availability,
                    measured.longest_outage,
                    measured.recovered_after
                ),
                (availability, longest, recovered),
                "{pattern}"
            );
        }
        let fast = measure(&samples("++--++"), 2.0, 20.0);
        assert_eq!(
            (fast.longest_outage, fast.recovered_after),
            (40.0, Some(40.0))
        );
    }

    #[test]
    fn a_stretch_that_was_mostly_not_looked_at_says_nothing_of_the_stack() {
        let says = |pattern| measure(&samples(pattern), 0.0, 1.0).is_of_the_stack();
        assert!(says("+++++") && says("++-+?"));
        assert!(!says("+++?") && !says("?"));
    }

    #[test]
    fn a_folded_line_hides_no_outage() {
        assert_eq!(timeline(&samples("++++-+++"), 4), "●●○●");
        assert_eq!(timeline(&samples("+-?"), 80), "●○·");
        assert_eq!(timeline(&samples("+?-???"), 3), "●○·");
        assert_eq!(timeline(&[], 80), "");
    }
}
