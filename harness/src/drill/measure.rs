//! What samples amount to. Pure functions; times go in as the machine's and come out in the stack's seconds.
use super::sampler::Sample;

/// What a sampled stretch amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// How many samples were due.
    pub samples: usize,
    /// How many did not hold.
    pub lost: usize,
    /// The share that held, 0 to 1.
    pub availability: f64,
    /// The longest time without a sample that held, in the stack's seconds: from the first that was lost to the next that
    /// held, or to the end.
    pub longest_outage: f64,
    /// Since the disruption, when the last outage was over; 0 where there was none, none where it is not over.
    pub recovered_after: Option<f64>,
}

/// Measures samples; the disruption was `disrupted` seconds after the sampler began, in the machine's time, and the stack
/// runs `speed` times as fast as that.
#[must_use]
pub fn measure(samples: &[Sample], disrupted: f64, speed: f64) -> Measured {
    let lost = samples.iter().filter(|sample| !sample.held).count();
    let (mut longest, mut since, mut over) = (0.0_f64, None, 0.0_f64);
    let mut latest = 0.0_f64;
    for sample in samples {
        let at = sample.due.as_secs_f64();
        latest = at;
        match (sample.held, since) {
            (false, None) => since = Some(at),
            (true, Some(from)) => {
                longest = longest.max(at - from);
                over = at;
                since = None;
            }
            _ => {}
        }
    }
    if let Some(from) = since {
        longest = longest.max(latest - from);
    }
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    Measured {
        samples: samples.len(),
        lost,
        availability: if samples.is_empty() {
            0.0
        } else {
            round(count(samples.len() - lost) / count(samples.len()))
        },
        longest_outage: round(longest * speed),
        recovered_after: since
            .is_none()
            .then(|| round((over - disrupted).max(0.0) * speed)),
    }
}

/// To the thousandth: what is finer is noise.
#[must_use]
pub fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// The samples as a line: `●` held, `○` lost, folded to at most `width` signs; a sign that stands for several is lost if
/// one of them is.
#[must_use]
pub fn timeline(samples: &[Sample], width: usize) -> String {
    let each = samples.len().div_ceil(width.max(1)).max(1);
    samples
        .chunks(each)
        .map(|some| {
            if some.iter().all(|sample| sample.held) {
                '●'
            } else {
                '○'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn samples(pattern: &str) -> Vec<Sample> {
        let of = |(second, held): (usize, char)| Sample {
            due: Duration::from_secs(u64::try_from(second).expect("small")),
            held: held == '+',
            answered: true,
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
    fn a_folded_line_hides_no_outage() {
        assert_eq!(timeline(&samples("++++-+++"), 4), "●●○●");
        assert_eq!(timeline(&samples("+-"), 80), "●○");
        assert_eq!(timeline(&[], 80), "");
    }
}
