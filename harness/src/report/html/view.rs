//! What a page shows of a report, as sentences: foreign text in it is inert, and the templates escape it once more.
use serde::Serialize;

use crate::drill::measure::{HELD, UNSEEN};
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::folding::Root;
use crate::report::inert::{inert, inert_to};
use crate::report::measured::Measured;
use crate::report::model::{Check, Report};
use crate::report::telling::{Telling, telling};
use crate::report::words::{causes, drills, head, page, totals};
use crate::text::Lang;

pub use crate::report::words::page::Labels;

/// The most tries of a check that are shown, from the last one back.
const TRIES: usize = 5;
/// The most differences.
const DIFFERENCES: usize = 20;

/// A report.
#[derive(Debug, Serialize)]
pub struct ReportView {
    /// The lab, its phase.
    pub title: String,
    /// The stack, and what stands in the place of the real thing.
    pub about: Vec<String>,
    /// When the run began.
    pub at: String,
    /// The score in words.
    pub score: String,
    /// The counts in words.
    pub counts: String,
    /// What would complete the score, what is outside of it, what costs money.
    pub notes: Vec<String>,
    /// The headline of the causes.
    pub headline: String,
    /// What is wrong first.
    pub causes: Vec<CauseView>,
    /// Every check, by phase.
    pub phases: Vec<PhaseView>,
    /// How often AWS was asked what.
    pub calls: Vec<(String, u64)>,
}

/// A cause.
#[derive(Debug, Serialize)]
pub struct CauseView {
    /// The headline.
    pub title: String,
    /// The check that shows it.
    pub check: CheckView,
    /// The checks that hang on it.
    pub waiting: Vec<String>,
}

/// The checks of a phase.
#[derive(Debug, Serialize)]
pub struct PhaseView {
    /// Its name.
    pub name: String,
    /// Its checks.
    pub checks: Vec<CheckView>,
}

/// A check.
#[derive(Debug, Serialize)]
pub struct CheckView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `passed`, `failed`, … for the style.
    pub outcome: &'static str,
    /// The outcome as a sign, told apart without colour.
    pub mark: &'static str,
    /// The outcome in the reader's language.
    pub word: &'static str,
    /// Its severity, where it does not count.
    pub severity: Option<&'static str>,
    /// Points earned and to be earned; none where there are none.
    pub points: Option<String>,
    /// What is wrong.
    pub wrong: Vec<Vec<String>>,
    /// What to do next.
    pub next: Vec<String>,
    /// The same in the other language.
    pub next_else: Vec<String>,
    /// The other language.
    pub lang_else: &'static str,
    /// What was looked at and seen, try by try.
    pub seen: Vec<String>,
    /// What a drill measured.
    pub drill: Option<DrillView>,
    /// What was expected, as in the check file.
    pub expects: String,
    /// Where that is.
    pub place: String,
}

/// A drill's timeline, to be drawn.
#[derive(Debug, Serialize)]
pub struct DrillView {
    /// What it measured, in words.
    pub told: String,
    /// The timeline's length.
    pub length: usize,
    /// Its stretches: whether the steady state held, was lost or not looked at, from where, and for how long.
    pub stretches: Vec<(&'static str, usize, usize)>,
}

impl DrillView {
    fn of(drill: &Measured, lang: Lang) -> Self {
        Self {
            told: drills::measured(lang, drill),
            length: drill.timeline.chars().count(),
            stretches: drill.stretches().into_iter().map(drawn).collect(),
        }
    }
}

/// A stretch by the class that it is drawn with.
fn drawn((sign, from, length): (char, usize, usize)) -> (&'static str, usize, usize) {
    let class = match sign {
        HELD => "held",
        UNSEEN => "unseen",
        _ => "lost",
    };
    (class, from, length)
}

impl ReportView {
    /// Of a report.
    #[must_use]
    pub fn of(report: &Report, lang: Lang) -> Self {
        let folding = report.folding();
        let waiting = folding
            .roots
            .iter()
            .map(|root| root.waiting.len() + root.members.len() - 1)
            .sum();
        let mut phases: Vec<PhaseView> = Vec::new();
        for check in report.checks.iter().filter(|check| check.selected) {
            let view = CheckView::of(check, lang);
            match phases.iter_mut().find(|phase| phase.name == check.phase) {
                Some(phase) => phase.checks.push(view),
                None => phases.push(PhaseView {
                    name: check.phase.clone(),
                    checks: vec![view],
                }),
            }
        }
        let mut about = vec![head::stack(lang, report)];
        about.extend(report.demo.then(|| head::demo(lang)));
        about.extend(report.overrides.iter().map(|one| head::replaced(lang, one)));
        about.extend(
            report
                .interrupted
                .map(|signal| head::interrupted(lang, signal)),
        );
        let score = report.score.iter();
        let gaps = score.clone().flat_map(|score| &score.would_complete);
        let outside = score.flat_map(|score| &score.outside);
        Self {
            title: head::lab(lang, report),
            about,
            at: report.started_at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            score: totals::score(lang, report.score.as_ref()),
            counts: totals::counts(lang, report.counts(), report.elapsed_ms),
            notes: gaps
                .map(|gap| totals::gap(lang, gap))
                .chain(outside.map(|outside| totals::outside(lang, outside)))
                .chain(totals::billed(lang, &report.billed))
                .collect(),
            headline: if folding.roots.is_empty() {
                totals::no_cause(lang, report)
            } else {
                totals::causes(lang, folding.roots.len(), waiting)
            },
            causes: folding
                .roots
                .iter()
                .map(|root| CauseView::of(report, root, lang))
                .collect(),
            phases,
            calls: report
                .aws_calls
                .iter()
                .map(|(action, count)| (inert_to(action, 80), *count))
                .collect(),
        }
    }
}

impl CauseView {
    fn of(report: &Report, root: &Root, lang: Lang) -> Self {
        let check = CheckView::of(&report.checks[root.members[0]], lang);
        let waiting = root.members[1..].iter().chain(&root.waiting);
        let title = match (root.members.len(), check.wrong.first()) {
            (2.., Some(fault)) => {
                let fault = fault.first().map(String::as_str).unwrap_or_default();
                causes::in_many(lang, fault, root.members.len())
            }
            _ => check.title.clone(),
        };
        Self {
            title,
            waiting: waiting
                .map(|&place| inert(&report.checks[place].id))
                .collect(),
            check,
        }
    }
}

impl CheckView {
    fn of(check: &Check, lang: Lang) -> Self {
        let other = match lang {
            Lang::Ja => Lang::En,
            Lang::En => Lang::Ja,
        };
        let passed = check.outcome == Outcome::Passed;
        let Telling { mut wrong, next } = telling(check, lang);
        wrong.truncate(DIFFERENCES);
        let next_else = telling(check, other).next;
        let skipped = check.attempts.len().saturating_sub(TRIES);
        Self {
            id: inert_to(&check.id, 100),
            title: inert_to(check.title.in_lang(lang), 200),
            outcome: check.outcome.as_str(),
            mark: mark(check.outcome),
            word: totals::outcome(lang, check.outcome),
            severity: (check.severity != Severity::Error)
                .then(|| totals::severity(lang, check.severity)),
            points: (check.max_points > 0.0).then(|| {
                format!(
                    "{}/{}",
                    totals::number(check.points),
                    totals::number(check.max_points)
                )
            }),
            wrong: if passed { Vec::new() } else { wrong },
            next_else: if passed || next == next_else {
                Vec::new()
            } else {
                next_else
            },
            next: if passed { Vec::new() } else { next },
            lang_else: match other {
                Lang::Ja => "ja",
                Lang::En => "en",
            },
            seen: check
                .attempts
                .iter()
                .skip(skipped)
                .map(|attempt| page::attempt(lang, attempt))
                .collect(),
            drill: check.drill.as_ref().map(|drill| DrillView::of(drill, lang)),
            expects: inert_to(&check.expects, 400),
            place: format!("{}:{}", inert_to(&check.file, 200), check.line),
        }
    }
}

/// An outcome as a sign.
#[must_use]
pub fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "✓",
        Outcome::Failed => "✗",
        Outcome::Errored => "?",
        Outcome::Skipped => "–",
    }
}
