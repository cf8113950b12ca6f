//! Below the causes: what was not looked at and what would let it run, then warnings and informations.
use super::page::Page;
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::folding::Folding;
use crate::report::inert::{inert, inert_to};
use crate::report::model::{Check, Report};
use crate::report::words::differences::difference;
use crate::report::words::{causes as words, faults, near, skips, totals};
use crate::result::Skip;

/// The most ids that a line names.
const IDS: usize = 6;
/// The most notes that are written out.
const NOTES: usize = 20;

/// Writes what stands apart from the causes.
pub fn write(page: &mut Page, report: &Report, folding: &Folding) {
    not_looked_at(page, report, folding);
    notes(page, report);
}

/// Skipped checks without a cause, by what they wait for.
fn not_looked_at(page: &mut Page, report: &Report, folding: &Folding) {
    let mut groups: Vec<(Option<&Skip>, Vec<&Check>)> = Vec::new();
    for &place in &folding.apart {
        let check = &report.checks[place];
        let own = waits_for(report, check);
        match groups.iter_mut().find(|(skip, _)| same(*skip, own)) {
            Some((_, checks)) => checks.push(check),
            None => groups.push((own, vec![check])),
        }
    }
    if groups.is_empty() {
        return;
    }
    let lang = page.lang();
    page.blank();
    page.bold(&words::not_looked_at(lang, folding.apart.len()));
    for (skip, checks) in groups {
        let ids = checks.iter().map(|check| inert(&check.id));
        let ids = words::first_of(lang, ids, IDS);
        match skip.map(|skip| skips::skip(lang, skip)) {
            Some(advice) => {
                page.item("-", &format!("{}: {ids}", advice.what));
                page.item(">", &advice.next);
            }
            None => page.item("-", &ids),
        }
    }
}

/// What a skipped check waits for in the end: a need that was skipped itself is not the answer.
fn waits_for<'a>(report: &'a Report, check: &'a Check) -> Option<&'a Skip> {
    let mut skip = check.skip.as_ref()?;
    for _ in 0..report.checks.len() {
        let above = report.checks.iter().find(|other| other.id == skip.name);
        match above.and_then(|above| above.skip.as_ref()) {
            Some(above) => skip = above,
            None => break,
        }
    }
    Some(skip)
}

fn same(one: Option<&Skip>, other: Option<&Skip>) -> bool {
    one.map(|skip| (skip.kind, &skip.name)) == other.map(|skip| (skip.kind, &skip.name))
}

/// Warnings and informations that did not hold.
fn notes(page: &mut Page, report: &Report) {
    let lang = page.lang();
    let notes: Vec<&Check> = (report.checks.iter())
        .filter(|check| check.selected && check.severity != Severity::Error)
        .filter(|check| matches!(check.outcome, Outcome::Failed | Outcome::Errored))
        .collect();
    if notes.is_empty() {
        return;
    }
    page.blank();
    page.bold(&words::notes(lang, notes.len()));
    for check in notes.iter().take(NOTES) {
        let title = inert(check.title.in_lang(lang));
        let severity = totals::severity(lang, check.severity);
        page.check(
            " ",
            Outcome::Skipped,
            &format!("{severity}  {}  {title}", inert(&check.id)),
        );
        match (&check.error, check.mismatches.first()) {
            (Some(error), _) => page.faint_item("?", &faults::fault(lang, error).what),
            (None, Some(mismatch)) => {
                let mut line = difference(lang, check, mismatch).line(lang);
                if let Some(miss) = check.near.first() {
                    line = format!("{line} ({})", near::near(lang, miss));
                }
                page.faint_item("x", &line);
            }
            (None, None) => {}
        }
        if let Some(hint) = &check.hint {
            page.faint_item(">", &inert_to(hint.in_lang(lang).trim(), 600));
        }
    }
    if notes.len() > NOTES {
        page.faint_item("-", &words::more(lang, notes.len() - NOTES));
    }
}
