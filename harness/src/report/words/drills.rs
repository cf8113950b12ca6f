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

/// A process of this machine has the stack.
#[must_use]
pub fn at_work(lang: Lang) -> String {
    say!(
        lang,
        "このスタックでは障害訓練が実行中です。終わると自動で元に戻ります。",
        "A drill is at work on this stack, and puts things back itself."
    )
}

/// Another machine's drill has a server in hand.
#[must_use]
pub fn at_work_elsewhere(lang: Lang, server: &str, mark: &str) -> String {
    let (server, mark) = (inert(server), inert(mark));
    say!(
        lang,
        "{server} は別のマシンの障害訓練が使用中です ({mark})。何も変更していません。そのマシンが失われた場合は --take-over を付けて実行してください。",
        "{server} is in the hands of another machine's drill ({mark}): nothing was touched. If that machine is lost, say --take-over."
    )
}

/// The journal is there and can't be read.
#[must_use]
pub fn unreadable(lang: Lang, file: &std::path::Path, why: &str) -> String {
    let (file, why) = (inert(&file.display().to_string()), inert(why));
    say!(
        lang,
        "ジャーナル {file} を読めません ({why})。そのまま残してあります。書き込んだバージョンの labcheck で restore を実行するか、内容を確認してから移動してください。",
        "The journal {file} can't be read ({why}), and was left as it is: run restore with the version of labcheck that wrote it, or move it away after a look."
    )
}
