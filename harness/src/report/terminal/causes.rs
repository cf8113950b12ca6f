//! The causes. First all of them, short, so that they stand on the first screen; then for each what had no room there
//! and what hangs on it.
use super::page::Page;
use crate::outcome::Outcome;
use crate::report::folding::{Folding, Root};
use crate::report::inert::{inert, inert_to};
use crate::report::model::{Check, Report};
use crate::report::words::differences::difference;
use crate::report::words::{causes as words, faults, near, totals};

/// The lines of a first screen: causes are cut to fit it while there is a way.
const SCREEN: usize = 24;
/// The most dependants that get a line of their own.
const DEPENDANTS: usize = 12;
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
    /// What is wrong: one line for each difference, or the fault.
    wrong: Vec<String>,
    /// What lies near, of a resource that was not found.
    near: Vec<String>,
    /// What to do next.
    next: Vec<String>,
}

impl<'a> Cause<'a> {
    fn of(page: &Page, report: &'a Report, root: &'a Root) -> Self {
        let check = &report.checks[root.members[0]];
        let lang = page.lang();
        let advice = check.error.as_ref().map(|error| faults::fault(lang, error));
        let differences = check.mismatches.iter();
        let wrong = match &advice {
            Some(advice) => vec![advice.what.clone()],
            None => differences
                .map(|m| difference(lang, check, m).line(lang))
                .collect(),
        };
        let hint = check.hint.as_ref().map(|hint| hint.in_lang(lang));
        let hint = hint
            .into_iter()
            .flat_map(str::lines)
            .filter(|line| !line.trim().is_empty());
        Self {
            report,
            root,
            check,
            wrong,
            near: check
                .near
                .iter()
                .map(|miss| near::near(lang, miss))
                .collect(),
            next: match advice {
                Some(advice) => vec![advice.next],
                None => hint.map(|line| inert_to(line.trim(), 600)).collect(),
            },
        }
    }

    /// The cause in `most` lines; whether something was left out.
    fn write(&self, page: &mut Page, number: usize, most: usize) -> bool {
        let lang = page.lang();
        let title = inert(self.check.title.in_lang(lang));
        let id = inert(&self.check.id);
        let others = self.root.members.len() - 1;
        let id = if others > 0 {
            words::with_others(lang, &id, others)
        } else {
            id
        };
        page.check(
            &format!("{number}."),
            self.check.outcome,
            &format!("{id}  {title}"),
        );
        let first = self.wrong.first().map_or("", String::as_str);
        // A near miss is the whole answer: it belongs to what is wrong.
        let what = match self.near.first() {
            Some(near) => format!("{first} ({near})"),
            None => first.to_owned(),
        };
        let next = self.next.join(" ");
        let room = most.saturating_sub(1).max(2);
        let wanted = (page.height("x", &what), page.height("→", &next));
        let for_next = wanted
            .1
            .min(room - 1)
            .min(room.saturating_sub(wanted.0).max(room / 2));
        let for_what = room - for_next;
        let mark = if self.check.outcome == Outcome::Errored {
            "?"
        } else {
            "x"
        };
        let mut was_cut = !what.is_empty() && page.short_item(mark, &what, for_what.max(1));
        if !next.is_empty() {
            was_cut |= page.short_item("→", &next, for_next.max(1));
        }
        was_cut
    }

    fn write_more(&self, page: &mut Page, number: usize, was_cut: bool) {
        let lang = page.lang();
        let also = was_cut || self.wrong.len() > 1 || self.near.len() > 1;
        let hanging: Vec<usize> = self.root.members[1..]
            .iter()
            .chain(&self.root.waiting)
            .copied()
            .collect();
        if !also && hanging.is_empty() {
            return;
        }
        page.blank();
        let id = inert(&self.check.id);
        page.bold(&format!(
            "{number}. {id}  ({}:{})",
            inert(&self.check.file),
            self.check.line
        ));
        if also {
            let mark = if self.check.outcome == Outcome::Errored {
                "?"
            } else {
                "x"
            };
            for wrong in self.wrong.iter().take(DIFFERENCES) {
                page.item(mark, wrong);
            }
            if self.wrong.len() > DIFFERENCES {
                page.item(mark, &words::more(lang, self.wrong.len() - DIFFERENCES));
            }
            for near in self.near.iter().take(DIFFERENCES) {
                page.item("~", near);
            }
            for next in &self.next {
                page.item("→", next);
            }
        }
        if hanging.is_empty() {
            return;
        }
        page.plain(&words::hanging(lang, hanging.len()));
        for &place in hanging.iter().take(DEPENDANTS) {
            let check = &self.report.checks[place];
            let outcome = totals::outcome(lang, check.outcome);
            let title = inert(check.title.in_lang(lang));
            let id = inert(&check.id);
            page.check(
                "   ",
                Outcome::Skipped,
                &format!("{outcome}  {id}  {title}"),
            );
        }
        if hanging.len() > DEPENDANTS {
            page.check(
                "   ",
                Outcome::Skipped,
                &words::more(lang, hanging.len() - DEPENDANTS),
            );
        }
    }
}
