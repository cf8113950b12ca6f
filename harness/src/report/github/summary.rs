//! The job's summary in Markdown: the score, the causes, what hangs on them, what was not looked at, and every check in
//! a table. GitHub drops a summary of more than a megabyte whole, so this one ends early and says so.
use super::markdown::{block, code, sentence};
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::folding::Root;
use crate::report::model::{Check, Report};
use crate::report::telling::{Telling, telling};
use crate::report::words::{causes, drills, github as words, head, totals};
use crate::text::Lang;

/// The most bytes of a summary; GitHub takes 1 MiB of a step.
pub const MOST: usize = 900 * 1024;

/// The most differences of one cause that are written out.
const DIFFERENCES: usize = 20;

/// The report as Markdown.
#[must_use]
pub fn summary(report: &Report, lang: Lang) -> String {
    let mut page = Page::new(lang);
    page.add(&head(report, lang));
    let folding = report.folding();
    let waiting = folding
        .roots
        .iter()
        .map(|root| root.waiting.len() + root.members.len() - 1)
        .sum();
    page.add(&format!(
        "### {}\n\n",
        sentence(&if folding.roots.is_empty() {
            totals::no_cause(lang, report)
        } else {
            totals::causes(lang, folding.roots.len(), waiting)
        })
    ));
    for (place, root) in folding.roots.iter().enumerate() {
        page.add(&cause(report, root, place + 1, lang));
    }
    notes(&mut page, report, lang);
    if !folding.apart.is_empty() {
        page.add(&format!(
            "### {}\n\n",
            sentence(&causes::not_looked_at(lang, folding.apart.len()))
        ));
        for &place in &folding.apart {
            let check = &report.checks[place];
            let why = telling(check, lang).wrong.concat().join(" ");
            page.add(&format!("- {} {}\n", code(&check.id), sentence(&why)));
        }
        page.add("\n");
    }
    table(&mut page, report, lang);
    page.text
}

/// Text so far. What no longer fits is left out, and the end says so.
struct Page {
    lang: Lang,
    text: String,
    full: bool,
}

impl Page {
    fn new(lang: Lang) -> Self {
        Self {
            lang,
            text: String::new(),
            full: false,
        }
    }

    /// Adds a part whole, or not at all.
    fn add(&mut self, part: &str) {
        if self.full {
            return;
        }
        let cut = format!("\n\n**{}**\n", sentence(&words::cut(self.lang)));
        if self.text.len() + part.len() + cut.len() > MOST {
            self.text.push_str(&cut);
            self.full = true;
        } else {
            self.text.push_str(part);
        }
    }
}

fn head(report: &Report, lang: Lang) -> String {
    let mut text = format!("## {}\n\n", sentence(&head::lab(lang, report)));
    if report.demo {
        text.push_str(&format!("**{}**\n\n", sentence(&head::demo(lang))));
    }
    text.push_str(&format!(
        "**{}**\n\n",
        sentence(&totals::score(lang, report.score.as_ref()))
    ));
    text.push_str(&format!(
        "{}  \n{}\n\n",
        sentence(&totals::counts(lang, report.counts(), report.elapsed_ms)),
        sentence(&head::stack(lang, report))
    ));
    let score = report.score.iter();
    let gaps = score
        .clone()
        .flat_map(|score| &score.would_complete)
        .map(|gap| totals::gap(lang, gap));
    let outside = score
        .flat_map(|score| &score.outside)
        .map(|outside| totals::outside(lang, outside));
    let replaced = report
        .overrides
        .iter()
        .map(|replaced| head::replaced(lang, replaced));
    let interrupted = report
        .interrupted
        .map(|signal| head::interrupted(lang, signal));
    let drills = drills::lines(lang, report);
    let mut any = false;
    for line in interrupted
        .into_iter()
        .chain(replaced)
        .chain(gaps)
        .chain(outside)
        .chain((!drills.is_empty()).then(|| drills::heading(lang)))
        .chain(drills)
        .chain(totals::billed(lang, &report.billed))
    {
        text.push_str(&format!("- {}\n", sentence(&line)));
        any = true;
    }
    if any {
        text.push('\n');
    }
    text
}

fn cause(report: &Report, root: &Root, number: usize, lang: Lang) -> String {
    let check = &report.checks[root.members[0]];
    let Telling { wrong, next } = telling(check, lang);
    let mark = mark(check.outcome);
    let title = sentence(check.title.in_lang(lang));
    let mut text = format!("{number}. {mark} {} {title}\n\n", code(&check.id));
    let rest = wrong.len().saturating_sub(DIFFERENCES);
    let mut lines: Vec<String> = wrong.into_iter().take(DIFFERENCES).flatten().collect();
    if rest > 0 {
        lines.push(causes::more(lang, rest));
    }
    if !lines.is_empty() {
        text.push_str(&block(&lines, 3));
        text.push('\n');
    }
    for line in next {
        text.push_str(&format!("   → {}\n\n", sentence(&line)));
    }
    let same = &root.members[1..];
    if !same.is_empty() {
        let heading = causes::same_fault(lang, same.len());
        text.push_str(&folded(report, same, &heading, lang));
    }
    if !root.waiting.is_empty() {
        let heading = causes::hanging(lang, root.waiting.len());
        text.push_str(&folded(report, &root.waiting, &heading, lang));
    }
    text
}

/// Checks under one line, shown at a click.
fn folded(report: &Report, places: &[usize], heading: &str, lang: Lang) -> String {
    let mut text = format!("   <details><summary>{}</summary>\n\n", sentence(heading));
    for check in places.iter().map(|&place| &report.checks[place]) {
        let title = sentence(check.title.in_lang(lang));
        text.push_str(&format!("   - {} {title}\n", code(&check.id)));
    }
    text.push_str("\n   </details>\n\n");
    text
}

/// Warnings and informations that did not hold.
fn notes(page: &mut Page, report: &Report, lang: Lang) {
    let notes: Vec<&Check> = (report.checks.iter())
        .filter(|check| check.selected && check.severity != Severity::Error)
        .filter(|check| matches!(check.outcome, Outcome::Failed | Outcome::Errored))
        .collect();
    if notes.is_empty() {
        return;
    }
    page.add(&format!(
        "### {}\n\n",
        sentence(&causes::notes(lang, notes.len()))
    ));
    for check in notes {
        let Telling { wrong, next } = telling(check, lang);
        let title = sentence(check.title.in_lang(lang));
        let severity = totals::severity(lang, check.severity);
        let mut text = format!("- {severity} {} {title}\n\n", code(&check.id));
        text.push_str(&block(&wrong.concat(), 2));
        for line in next {
            text.push_str(&format!("\n  → {}\n", sentence(&line)));
        }
        text.push('\n');
        page.add(&text);
    }
}

fn table(page: &mut Page, report: &Report, lang: Lang) {
    let [outcome, id, title, points] = words::columns(lang);
    page.add(&format!(
        "<details><summary>{}</summary>\n\n| {outcome} | {id} | {title} | {points} |\n|---|---|---|--:|\n",
        sentence(&words::every_check(lang))
    ));
    for check in report.checks.iter().filter(|check| check.selected) {
        let outcome = totals::outcome(lang, check.outcome);
        let points = if check.max_points > 0.0 {
            format!(
                "{} / {}",
                totals::number(check.points),
                totals::number(check.max_points)
            )
        } else {
            String::new()
        };
        page.add(&format!(
            "| {} {outcome} | {} | {} | {points} |\n",
            mark(check.outcome),
            code(&check.id).replace('|', "\\|"),
            sentence(check.title.in_lang(lang))
        ));
    }
    page.add("\n</details>\n");
}

/// An outcome's sign, apart by shape as well as by colour.
fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Failed => "❌",
        Outcome::Errored => "❓",
        Outcome::Skipped => "➖",
        Outcome::Passed => "✅",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample::{everything, failed, mismatch, run, student};
    use serde_json::json;

    #[test]
    fn a_person_reads_the_causes_first() {
        insta::assert_snapshot!(summary(&student(), Lang::En));
    }

    #[test]
    fn hostile_text_is_no_markup() {
        for lang in [Lang::Ja, Lang::En] {
            let text = summary(&everything(), lang);
            let mut fenced = false;
            for line in text.lines() {
                if line.trim_start().starts_with("```") {
                    fenced = !fenced;
                    continue;
                }
                assert!(!line.trim_start().starts_with("::"), "{line}");
                // What stands in code is shown to the letter; what is left is ours or escaped.
                let outside = line.split('`').step_by(2).collect::<String>();
                if !fenced {
                    assert!(!outside.contains("<script"), "{line}");
                    assert!(!outside.contains("]("), "{line}");
                    assert!(!outside.contains("http://"), "{line}");
                }
            }
            assert!(!fenced);
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole_and_told() {
        let long = "x".repeat(100);
        let checks = (0..4_000).map(|n| {
            let differences = (0..20)
                .map(|at| {
                    mismatch(
                        &format!("rows[{at}].name"),
                        "equals",
                        json!(long),
                        Some(json!(long)),
                    )
                })
                .collect();
            failed(&format!("check-{n}"), differences)
        });
        let text = summary(&Report::assemble(run(), checks.collect()), Lang::En);
        assert!(text.len() <= MOST, "{}", text.len());
        assert!(
            text.trim_end()
                .ends_with(&format!("**{}**", words::cut(Lang::En)))
        );
    }
}
