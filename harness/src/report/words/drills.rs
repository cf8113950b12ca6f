//! What is said of drills that were left unfinished.
use super::say;
use crate::drill::journal::Entry;
use crate::report::inert::inert;
use crate::text::Lang;

/// The first line of a run on a stack where a drill was left unfinished.
#[must_use]
pub fn left(lang: Lang, entry: &Entry) -> String {
    let (check, owner, stack) = (
        inert(&entry.check),
        inert(&entry.owner),
        inert(&entry.stack),
    );
    say!(
        lang,
        "注意: 障害訓練 {check} ({owner}) が途中で終わり、止めたものが元に戻っていない可能性があります。`labcheck restore --stack {stack}` を実行してください。この実行は何も変更しません。",
        "Note: the drill {check} ({owner}) was left unfinished, and what it stopped may not run again. Run `labcheck restore --stack {stack}`. This run touches nothing of it."
    )
}

/// Nothing had to be put back.
#[must_use]
pub fn nothing_left(lang: Lang) -> String {
    say!(
        lang,
        "元に戻すものはありません。動いているべきものはすべて動いています。",
        "Nothing to put back: everything that should run runs."
    )
}

/// It was put back.
#[must_use]
pub fn restored(lang: Lang, what: &str) -> String {
    let what = inert(what);
    say!(lang, "元に戻しました: {what}", "Put back: {what}")
}
