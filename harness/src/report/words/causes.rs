//! The headings of a report's parts, and how many hang together.
use super::{say, totals::plural};
use crate::report::inert::inert;
use crate::result::StepAt;
use crate::text::Lang;

/// A fault that kept many checks from observing.
#[must_use]
pub fn in_many(lang: Lang, what: &str, checks: usize) -> String {
    say!(
        lang,
        "{what} ({checks} 件に影響)",
        "{what} ({checks} checks)"
    )
}

/// How many more checks show the same fault.
#[must_use]
pub fn same_fault(lang: Lang, others: usize) -> String {
    let plural = plural(others);
    say!(
        lang,
        "同じ原因で判定できないもの (ほか {others} 件):",
        "For the same reason ({others} more check{plural}):"
    )
}

/// The first few of many, and how many more there are.
#[must_use]
pub fn first_of(lang: Lang, all: impl ExactSizeIterator<Item = String>, most: usize) -> String {
    let rest = all.len().saturating_sub(most);
    let mut texts: Vec<String> = all.take(most).collect();
    if rest > 0 {
        texts.push(more(lang, rest));
    }
    texts.join(", ")
}

/// What hangs on a cause.
#[must_use]
pub fn hanging(lang: Lang, count: usize) -> String {
    let plural = plural(count);
    say!(
        lang,
        "これが直るまで確かめられないもの ({count} 件):",
        "Held up by it ({count} check{plural}):"
    )
}

/// That more was left out.
#[must_use]
pub fn more(lang: Lang, count: usize) -> String {
    say!(lang, "ほか {count} 件", "and {count} more")
}

/// What was not looked at, though nothing above it failed.
#[must_use]
pub fn not_looked_at(lang: Lang, count: usize) -> String {
    say!(
        lang,
        "確認しなかったもの ({count} 件):",
        "Not looked at ({count}):"
    )
}

/// Warnings and informations that did not hold.
#[must_use]
pub fn notes(lang: Lang, count: usize) -> String {
    say!(
        lang,
        "参考 ({count} 件、得点には関係しません):",
        "For your information ({count}, no effect on the score):"
    )
}

/// At which step of a check it differs.
#[must_use]
pub fn at_step(lang: Lang, step: &StepAt) -> String {
    let StepAt { number, of, .. } = step;
    let target = inert(&step.target);
    say!(
        lang,
        "{of} 段階のうち {number} 段階目: {target}",
        "step {number} of {of}: {target}"
    )
}
