//! Sentences of the job summary and of its limits.
use super::say;
use crate::report::github::Refused;
use crate::text::Lang;

/// That the summary ends before its end.
#[must_use]
pub fn cut(lang: Lang) -> String {
    say!(
        lang,
        "ここから先は長すぎるため省きました。全体は junit.xml と result.json にあります。",
        "The rest was left out, since GitHub takes no more. All of it is in junit.xml and result.json."
    )
}

/// The heading of the table of all checks.
#[must_use]
pub fn every_check(lang: Lang) -> String {
    say!(lang, "すべての確認", "Every check")
}

/// The columns of that table.
#[must_use]
pub fn columns(lang: Lang) -> [&'static str; 4] {
    match lang {
        Lang::Ja => ["結果", "確認", "内容", "配点"],
        Lang::En => ["outcome", "check", "what holds", "points"],
    }
}

/// Why no result was handed to GitHub Classroom.
#[must_use]
pub fn refused(lang: Lang, refused: Refused) -> String {
    match refused {
        Refused::Demo => say!(
            lang,
            "デモの結果なので、Classroom には渡していません。",
            "This is the demo: nothing was handed to Classroom."
        ),
        Refused::Override => say!(
            lang,
            "AWS や接続の一部を置き換えた結果なので、Classroom には渡していません (--allow-emulator で渡せます)。",
            "Something stood in the place of AWS or of the network: nothing was handed to Classroom (--allow-emulator does)."
        ),
        Refused::Filtered => say!(
            lang,
            "一部の確認だけの結果なので、Classroom には渡していません。",
            "Only a part of the checks was selected: nothing was handed to Classroom."
        ),
        Refused::Incomplete => say!(
            lang,
            "得点がまだ決まらないので、Classroom には渡していません。",
            "The score is incomplete: nothing was handed to Classroom."
        ),
    }
}
