//! The headings of a report's parts, and how many hang together.
use super::{say, totals::plural};
use crate::text::Lang;

/// A check, and how many others one fault kept from observing.
#[must_use]
pub fn with_others(lang: Lang, id: &str, others: usize) -> String {
    let plural = plural(others);
    say!(
        lang,
        "{id} (同じ原因がほか {others} 件)",
        "{id} (and {others} more check{plural})"
    )
}

/// What hangs on a cause.
#[must_use]
pub fn hanging(lang: Lang, count: usize) -> String {
    let plural = plural(count);
    say!(
        lang,
        "  これが直るまで確かめられないもの ({count} 件):",
        "  On account of it ({count} check{plural}):"
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
