//! What `labcheck run --watch` says between its rounds.
use std::time::Duration;

use super::{say, totals};
use crate::report::inert::inert_to;
use crate::report::model::Check;
use crate::text::Lang;

/// How many are red, and when they are looked at again.
#[must_use]
pub fn waiting(lang: Lang, red: usize, pause: Duration) -> String {
    let seconds = pause.as_secs();
    say!(
        lang,
        "まだ合格していないチェックは {red} 件です。{seconds} 秒後にもう一度確認します (終了は Ctrl-C)。",
        "{red} not passed yet; they are looked at again in {seconds} s (Ctrl-C ends)."
    )
}

/// A check that is otherwise than it was.
#[must_use]
pub fn changed(lang: Lang, check: &Check) -> String {
    let title = inert_to(check.title.in_lang(lang), 100);
    let outcome = totals::outcome(lang, check.outcome);
    let id = inert_to(&check.id, 100);
    format!("  {outcome}  {id}  {title}")
}

/// What can't be watched.
#[must_use]
pub fn demo(lang: Lang) -> String {
    say!(
        lang,
        "--watch はデプロイしたスタックに使います。デモは実行のたびに作り直されるので、直すことができません。",
        "--watch is for a deployed stack; the demo is made anew for each run, so nobody can mend it"
    )
}
