//! The causes. First all of them, short, so that they stand on the first screen; then for each what had no room there
//! and what hangs on it.
use super::page::Page;
use crate::outcome::Outcome;
use crate::report::folding::{Folding, Root};
use crate::report::inert::inert;
use crate::report::model::{Check, Report};
use crate::report::telling::{Telling, telling};
use crate::report::words::{causes as words, faults, totals};

/// The lines of a first screen: causes are cut to fit it while there is a way.
const SCREEN: usize = 24;
/// The most dependants that get a line of their own.
const DEPENDANTS: usize = 12;
/// The most details of a fault that are written out.
const DETAILS: usize = 4;
/// What stands before the next thing to do; one column in every terminal, which an arrow is not.
const HINT: &str = ">";
/// The most differences of one check that are written out.
const DIFFERENCES: usize = 8;

/// Writes all causes.
pub fn write(page: &mut Page, report: &Report, folding: &Folding) {
    let roots = &folding.roots;
    let waiting = roots
        .iter()
        .map(|root| root.waiting.len() + root.members.len() - 1)
        .sum();
    let lang = page.lang();
    page.bold(&if roots.is_empty() {
        totals::no_cause(lang, report)
    } else {
        totals::causes(lang, roots.len(), waiting)
    });
    let causes: Vec<Cause> = roots
        .iter()
        .map(|root| Cause::of(page, report, root))
        .collect();
    let mut room = SCREEN.saturating_sub(page.lines());
    let mut more = Vec::new();
    for (place, cause) in causes.iter().enumerate() {
        let before = page.lines();
        let was_cut = cause.write(page, place + 1, room / (causes.len() - place));
        room = room.saturating_sub(page.lines() - before);
        more.push(was_cut);
    }
    for (place, (cause, was_cut)) in causes.iter().zip(more).enumerate() {
        cause.write_more(page, place + 1, was_cut);
    }
}

/// One cause with its sentences made.
struct Cause<'a> {
    report: &'a Report,
    root: &'a Root,
    check: &'a Check,
    /// What is wrong: for each difference what is asked and what is there, or the fault.
    wrong: Vec<Vec<String>>,
    /// What to do next.
    next: Vec<String>,
}

impl<'a> Cause<'a> {
    fn of(page: &Page, report: &'a Report, root: &'a Root) -> Self {
        let check = &report.checks[root.members[0]];
        let Telling { wrong, next } = telling(check, page.lang());
        Self {
            report,
            root,
            check,
            wrong,
            next,
        }
    }

    /// The cause in `most` lines; whether something was left out.
    fn write(&self, page: &mut Page, number: usize, most: usize) -> bool {
        let lang = page.lang();
        let mut sides = self.wrong.first().cloned().unwrap_or_default();
        let others = self.root.members.len() - 1;
        let headline = if others > 0 {
            // One fault in many checks: the fault is the headline, not one of the checks.
            let what = sides.drain(..).next().unwrap_or_default();
            words::in_many(lang, &what, others + 1)
        } else {
            let title = inert(self.check.title.in_lang(lang));
            format!("{}  {title}", inert(&self.check.id))
        };
        page.check(&format!("{number}."), self.check.outcome, &headline);
        let next = self.next.join(" ");
        let room = most.saturating_sub(1);
        if sides.len() + 1 > room {
            sides = vec![sides.join("  ")];
        }
        let for_next = page
            .height(&next)
            .min(room.saturating_sub(sides.len()).max(1));
        let mut spare = room.saturating_sub(sides.len() + for_next);
        let mut was_cut = false;
        for (place, side) in sides.iter().enumerate() {
            let lines = page.height(side).min(1 + spare);
            spare -= lines - 1;
            let mark = if place == 0 { self.mark() } else { " " };
            was_cut |= page.short_item(mark, side, lines);
        }
        if !next.is_empty() {
            was_cut |= page.short_item(HINT, &next, for_next);
        }
        was_cut
    }

    fn mark(&self) -> &'static str {
        if self.check.outcome == Outcome::Errored {
            "?"
        } else {
            "x"
        }
    }

    fn write_more(&self, page: &mut Page, number: usize, was_cut: bool) {
        let lang = page.lang();
        let also = was_cut || self.wrong.len() > 1;
        let details = self.details();
        let same = &self.root.members[1..];
        let waiting = &self.root.waiting;
        if !also && details.is_empty() && same.is_empty() && waiting.is_empty() {
            return;
        }
        page.blank();
        let heading = match &self.check.error {
            Some(error) if !same.is_empty() => faults::name(lang, error.code),
            _ => inert(&self.check.id),
        };
        page.bold(&format!("{number}. {heading}"));
        if also {
            self.write_in_full(page);
        }
        for detail in &details {
            page.faint_item(" ", detail);
        }
        if !same.is_empty() {
            page.item(" ", &words::same_fault(lang, same.len()));
            let same = same
                .iter()
                .map(|&place| inert(&self.report.checks[place].id));
            page.faint_item("   ", &words::first_of(lang, same, DEPENDANTS));
        }
        if waiting.is_empty() {
            return;
        }
        page.item(" ", &words::hanging(lang, waiting.len()));
        for &place in waiting.iter().take(DEPENDANTS) {
            let check = &self.report.checks[place];
            let outcome = totals::outcome(lang, check.outcome);
            let title = inert(check.title.in_lang(lang));
            let id = inert(&check.id);
            page.check(
                "     ",
                Outcome::Skipped,
                &format!("{outcome}  {id}  {title}"),
            );
        }
        if waiting.len() > DEPENDANTS {
            page.check(
                "     ",
                Outcome::Skipped,
                &words::more(lang, waiting.len() - DEPENDANTS),
            );
        }
    }

    fn write_in_full(&self, page: &mut Page) {
        let lang = page.lang();
        for sides in self.wrong.iter().take(DIFFERENCES) {
            for (place, side) in sides.iter().enumerate() {
                page.item(if place == 0 { self.mark() } else { " " }, side);
            }
        }
        if self.wrong.len() > DIFFERENCES {
            page.item(
                self.mark(),
                &words::more(lang, self.wrong.len() - DIFFERENCES),
            );
        }
        for next in &self.next {
            page.item(HINT, next);
        }
    }

    /// What the library or AWS said, for who helps the student: each target once, with its detail.
    fn details(&self) -> Vec<String> {
        let members = self
            .root
            .members
            .iter()
            .map(|&place| &self.report.checks[place]);
        let mut details: Vec<String> = Vec::new();
        for error in members.filter_map(|check| check.error.as_ref()) {
            let parts = [&error.target, &error.detail].map(|part| inert(part));
            let told: Vec<&str> = parts
                .iter()
                .map(String::as_str)
                .filter(|part| !part.is_empty())
                .collect();
            let told = told.join(": ");
            if !told.is_empty() && !details.contains(&told) && details.len() < DETAILS {
                details.push(told);
            }
        }
        details
    }
}
