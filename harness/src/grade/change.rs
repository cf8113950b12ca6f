//! What a second judgement of the same evidence changed: whose mark, by which checks, and why. A pure function of the two
//! reports.
use crate::fault::Code;
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::model::{Check, Report};
use crate::result::SkipKind;

/// A mark before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// 0 to 100; none while it was incomplete.
    pub before: Option<f64>,
    /// The same now.
    pub after: Option<f64>,
    /// The checks that changed.
    pub shifts: Vec<Shift>,
}

/// A check that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Its id.
    pub id: String,
    /// Its outcome before; none where there was no such check.
    pub before: Option<Outcome>,
    /// Its outcome now; none where there is no such check any more.
    pub after: Option<Outcome>,
    /// Why, as far as the two tell.
    pub why: Vec<Why>,
}

/// Why a check changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// There was no such check.
    New,
    /// There is no such check any more.
    Gone,
    /// It looks at something else, or something else must hold: this.
    Asks(String),
    /// It weighs otherwise: points, all points, before and now.
    Weighs(f64, f64),
    /// Another check, which it needs, came out otherwise.
    Need(String),
    /// What it asks now can't be told from the evidence.
    Open(Code),
    /// What it needs, agrees with or is skipped for was written otherwise.
    Rule,
}

impl Change {
    /// The difference of two judgements.
    #[must_use]
    pub fn of(before: &Report, after: &Report) -> Self {
        let mark = |report: &Report| report.score.as_ref().and_then(|score| score.percent);
        let find = |report: &'_ Report, id: &str| -> Option<usize> {
            report.checks.iter().position(|check| check.id == id)
        };
        let mut shifts: Vec<Shift> = after
            .checks
            .iter()
            .filter_map(|now| {
                let then = find(before, &now.id).map(|place| &before.checks[place]);
                shift(then, Some(now), before, after)
            })
            .collect();
        let gone = before
            .checks
            .iter()
            .filter(|then| find(after, &then.id).is_none());
        shifts.extend(gone.filter_map(|then| shift(Some(then), None, before, after)));
        Self {
            before: mark(before),
            after: mark(after),
            shifts,
        }
    }

    /// Whether the mark is another.
    #[must_use]
    pub fn is_of_the_mark(&self) -> bool {
        self.before != self.after
    }
}

fn shift(
    then: Option<&Check>,
    now: Option<&Check>,
    before: &Report,
    after: &Report,
) -> Option<Shift> {
    let outcome = |check: Option<&Check>| check.map(|check| check.outcome);
    let id = now.or(then)?.id.clone();
    let mut why = Vec::new();
    match (then, now) {
        (Some(then), Some(now)) => {
            let same = then.outcome == now.outcome && weight(then) == weight(now);
            if same {
                return None;
            }
            why = reasons(then, now, before, after);
        }
        (None, _) => why.push(Why::New),
        (_, None) => why.push(Why::Gone),
    }
    Some(Shift {
        id,
        before: outcome(then),
        after: outcome(now),
        why,
    })
}

/// The points that a check puts into the score.
fn weight(check: &Check) -> Weight {
    if check.severity == Severity::Error && check.max_points > 0.0 {
        Weight(check.max_points)
    } else {
        Weight(0.0)
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Weight(f64);

fn reasons(then: &Check, now: &Check, before: &Report, after: &Report) -> Vec<Why> {
    let mut why = Vec::new();
    if then.expects != now.expects {
        why.push(Why::Asks(now.expects.clone()));
    }
    let need = |check: &Check| {
        let skip = check.skip.as_ref()?;
        (skip.kind == SkipKind::Need).then(|| skip.name.clone())
    };
    let outcome = |report: &Report, id: &str| {
        let found = report.checks.iter().find(|check| check.id == id);
        found.map(|check| check.outcome)
    };
    let needed = need(now).or_else(|| need(then));
    let needed = needed.filter(|id| outcome(before, id) != outcome(after, id));
    let follows = needed.is_some();
    why.extend(needed.map(Why::Need));
    if let Some(error) = now
        .error
        .as_ref()
        .filter(|_| now.outcome == Outcome::Errored)
    {
        why.push(Why::Open(error.code));
    }
    let (was, is) = (weight(then), weight(now));
    // What is outside the score has no weight: it followed what it needs.
    if was != is && !follows {
        why.push(Why::Weighs(was.0, is.0));
    }
    if why.is_empty() {
        why.push(Why::Rule);
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample::{Pair, errored, failed, passed, run, waiting};

    fn report(checks: Vec<Pair>) -> Report {
        Report::assemble(run(), checks)
    }

    fn why(before: Vec<Pair>, after: Vec<Pair>, id: &str) -> Vec<Why> {
        let change = Change::of(&report(before), &report(after));
        let shift = change.shifts.iter().find(|shift| shift.id == id);
        shift.map(|shift| shift.why.clone()).unwrap_or_default()
    }

    fn weighing(mut pair: Pair, points: f64) -> Pair {
        pair.0.points = points;
        pair
    }

    #[test]
    fn equal_reports_have_no_change() {
        let one = || vec![passed("a"), failed("b", Vec::new())];
        let change = Change::of(&report(one()), &report(one()));
        assert!(!change.is_of_the_mark() && change.shifts.is_empty());
    }

    #[test]
    fn each_change_has_its_reason() {
        let mut asks = passed("a");
        asks.0.expects = "resource web_sg: egress".to_owned();
        assert_eq!(
            why(vec![failed("a", Vec::new())], vec![asks], "a"),
            [Why::Asks("resource web_sg: egress".to_owned())]
        );
        assert_eq!(why(vec![], vec![passed("a")], "a"), [Why::New]);
        assert_eq!(why(vec![passed("a")], vec![], "a"), [Why::Gone]);
        assert_eq!(
            why(vec![passed("a")], vec![weighing(passed("a"), 4.0)], "a"),
            [Why::Weighs(1.0, 4.0)]
        );
        assert_eq!(
            why(
                vec![failed("a", Vec::new()), waiting("b", "a")],
                vec![passed("a"), passed("b")],
                "b"
            ),
            [Why::Need("a".to_owned())]
        );
        assert_eq!(
            why(
                vec![passed("a")],
                vec![errored("a", Code::NotInEvidence, "a")],
                "a"
            ),
            [Why::Open(Code::NotInEvidence)]
        );
        assert_eq!(
            why(vec![failed("a", Vec::new())], vec![passed("a")], "a"),
            [Why::Rule]
        );
    }
}
