//! Why a check was not looked at, and what lets it run.
use super::{Advice, say};
use crate::report::inert::{inert, inert_to};
use crate::result::{Skip, SkipKind};
use crate::text::Lang;

/// Why it was skipped, and what to do.
#[must_use]
pub fn skip(lang: Lang, skip: &Skip) -> Advice {
    let name = inert_to(&skip.name, 80);
    let detail = inert(&skip.detail);
    let what = match skip.kind {
        SkipKind::Need => say!(
            lang,
            "{name} が先に通る必要があります",
            "it needs {name} first"
        ),
        SkipKind::Vantage | SkipKind::OptionalVantage => say!(
            lang,
            "接続元 {name} が設定されていません",
            "no vantage {name} is configured"
        ),
        SkipKind::Login if detail.is_empty() => say!(
            lang,
            "ログイン情報 {name} が設定されていません",
            "no login {name} is configured"
        ),
        SkipKind::Login => say!(
            lang,
            "ログイン情報 {name} のパスワードを読み取れません",
            "the password of login {name} could not be had"
        ),
        SkipKind::OptIn => say!(
            lang,
            "{name} を付けたときだけ実行します",
            "it runs only with {name}"
        ),
    };
    let next = match skip.kind {
        SkipKind::Need => say!(
            lang,
            "{name} を直して、もう一度実行してください。",
            "Mend {name} and run again."
        ),
        SkipKind::Vantage | SkipKind::OptionalVantage => say!(
            lang,
            "スタックファイルの vantages: に {name}: を書き足してください。",
            "Add {name}: at vantages: in the stack file."
        ),
        SkipKind::Login if !detail.is_empty() => say!(
            lang,
            "スタックファイルの logins: に書いた {name} のパスワードの置き場所を確かめて、もう一度実行してください。",
            "Put the password where logins: of the stack file says, and run again."
        ),
        SkipKind::Login => say!(
            lang,
            "スタックファイルの logins: に {name}: を書き足してください。",
            "Add {name}: at logins: in the stack file."
        ),
        SkipKind::OptIn => say!(
            lang,
            "{name} を付けて実行してください。実際のスタックに手を加える確認なので、付けない限り実行されません。",
            "Run with {name}. Such a check changes the stack, so it never runs by itself."
        ),
    };
    let what = if detail.is_empty() {
        what
    } else {
        format!("{what} ({detail})")
    };
    Advice { what, next }
}
