//! What an instructor is told of a class's marks: what was exported, what to look at, what a judgement changed.
use super::say;
use crate::report::inert::inert_to;
use crate::text::Lang;

/// What an export holds.
#[must_use]
pub fn exported(lang: Lang, place: &str, marks: usize, blank: &[String], others: usize) -> String {
    let count = blank.len();
    let mut text = say!(
        lang,
        "{place}: 得点 {marks} 人、空欄 {count} 人",
        "{place}: {marks} with a mark, {count} blank"
    );
    if count > 0 {
        let named = inert_to(&blank.join(", "), 400);
        text.push_str(&say!(lang, " ({named})", " ({named})"));
    }
    if others > 0 {
        text.push_str(&say!(
            lang,
            "、名簿にない {others} 人は変更なし",
            "; {others} not in the roster, left as they are"
        ));
    }
    text
}
