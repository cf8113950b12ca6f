//! The marks: points of each check, their sum, and what would complete them. Pure arithmetic on standings.
use super::model::{Check, Gap, Missing, Outside, Score};
use super::standing::Standing;
use crate::language::ast::Severity;

/// Writes each check's `points` and `max_points`, given its weight, and sums them up.
pub(super) fn mark(checks: &mut [Check], weights: &[f64], standings: &[Standing]) -> Score {
    let mut sum = Sum::default();
    for ((check, &weight), standing) in checks.iter_mut().zip(weights).zip(standings) {
        if check.severity == Severity::Error {
            sum.add(check, weight, standing);
        }
    }
    sum.score()
}

#[derive(Default)]
struct Sum {
    points: f64,
    max_points: f64,
    gaps: Vec<Gap>,
    outside: Vec<Outside>,
}

impl Sum {
    fn add(&mut self, check: &mut Check, weight: f64, standing: &Standing) {
        if let Standing::Outside(opt_in) = standing {
            return self.leave_out(opt_in, weight);
        }
        self.max_points += weight;
        check.max_points = rounded(weight, 4);
        match standing {
            Standing::Earned => {
                self.points += weight;
                check.points = rounded(weight, 4);
            }
            Standing::Open(missing) => self.leave_open(missing, weight),
            Standing::Lost | Standing::Outside(_) => {}
        }
    }

    fn leave_out(&mut self, opt_in: &str, weight: f64) {
        let known = self.outside.iter().position(|o| o.opt_in == opt_in);
        let place = known.unwrap_or_else(|| {
            self.outside.push(Outside {
                opt_in: opt_in.to_owned(),
                checks: 0,
                points: 0.0,
            });
            self.outside.len() - 1
        });
        self.outside[place].checks += 1;
        self.outside[place].points += weight;
    }

    fn leave_open(&mut self, missing: &Missing, weight: f64) {
        let known = self.gaps.iter().position(|gap| gap.missing == *missing);
        let place = known.unwrap_or_else(|| {
            self.gaps.push(Gap {
                missing: missing.clone(),
                checks: 0,
                points: 0.0,
            });
            self.gaps.len() - 1
        });
        self.gaps[place].checks += 1;
        self.gaps[place].points += weight;
    }

    fn score(mut self) -> Score {
        for gap in &mut self.gaps {
            gap.points = rounded(gap.points, 2);
        }
        for outside in &mut self.outside {
            outside.points = rounded(outside.points, 2);
        }
        let complete = self.gaps.is_empty();
        Score {
            points: rounded(self.points, 2),
            max_points: rounded(self.max_points, 2),
            percent: complete
                .then(|| percent(self.points, self.max_points))
                .flatten(),
            complete,
            would_complete: self.gaps,
            outside: self.outside,
        }
    }
}

/// Two decimals; 100 only for all the points there are.
fn percent(points: f64, max_points: f64) -> Option<f64> {
    if max_points <= 0.0 {
        return None;
    }
    let exact = 100.0 * points / max_points;
    let shown = rounded(exact, 2);
    Some(if shown >= 100.0 && points < max_points {
        99.99
    } else {
        shown
    })
}

/// Few decimals, so that a number is read back as it was written.
fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (number * scale).round() / scale
}
