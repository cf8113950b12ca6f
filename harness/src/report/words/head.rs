//! What stands at the head and the foot of a report: which stack was looked at, and whether it was a real one.
use super::say;
use crate::report::inert::inert_to;
use crate::report::model::{Override, OverrideKind, Report, Signal};
use crate::text::Lang;

/// The first and the last line of a report on the built-in demo.
#[must_use]
pub fn demo(lang: Lang) -> String {
    say!(
        lang,
        "DEMO  組み込みのデモの結果です。あなたの AWS は見ていません。",
        "DEMO  This is the built-in demo. Your AWS account was not looked at."
    )
}

/// Lab and phase.
#[must_use]
pub fn lab(lang: Lang, report: &Report) -> String {
    let title = inert_to(report.lab_title.in_lang(lang), 80);
    let lab = inert_to(&report.lab, 40);
    let phase = inert_to(&report.phase, 40);
    say!(
        lang,
        "{title} ({lab})  段階: {phase}",
        "{title} ({lab})  phase: {phase}"
    )
}

/// Stack, region, account and profile.
#[must_use]
pub fn stack(lang: Lang, report: &Report) -> String {
    let stack = inert_to(&report.stack, 40);
    let region = inert_to(&report.region, 40);
    let mut about = vec![region];
    if let Some(account) = &report.account {
        let account = inert_to(account, 40);
        about.push(say!(lang, "アカウント {account}", "account {account}"));
    }
    if let Some(profile) = &report.profile {
        let profile = inert_to(profile, 40);
        about.push(say!(lang, "プロファイル {profile}", "profile {profile}"));
    }
    let about = about.join(", ");
    say!(
        lang,
        "スタック: {stack} ({about})",
        "stack: {stack} ({about})"
    )
}

/// Something that stands in the place of the real thing.
#[must_use]
pub fn replaced(lang: Lang, replaced: &Override) -> String {
    let name = inert_to(&replaced.name, 40);
    let value = inert_to(&replaced.value, 80);
    match replaced.kind {
        OverrideKind::Endpoint if name == "*" => say!(
            lang,
            "注意: AWS の代わりに {value} を見ています",
            "note: {value} was asked in the place of AWS"
        ),
        OverrideKind::Endpoint => say!(
            lang,
            "注意: AWS の {name} の代わりに {value} を見ています",
            "note: {value} was asked in the place of AWS's {name}"
        ),
        OverrideKind::Resolver => say!(
            lang,
            "注意: {name} の名前は {value} に尋ねています",
            "note: names seen from {name} were asked of {value}"
        ),
        OverrideKind::Gateway => say!(
            lang,
            "注意: {name} への接続は {value} を通しています",
            "note: connections from {name} went through {value}"
        ),
        OverrideKind::Var => say!(
            lang,
            "注意: {name} の値を {value} に替えています",
            "note: the value of {name} was set to {value}"
        ),
        OverrideKind::Checks => say!(
            lang,
            "注意: 確認の内容は {value} のものです",
            "note: the checks are those in {value}"
        ),
    }
}

/// That the run ended before it was done.
#[must_use]
pub fn interrupted(lang: Lang, signal: Signal) -> String {
    match signal {
        Signal::Interrupt => say!(
            lang,
            "途中で中断されました (Ctrl-C)。終わっていない確認は「判定できず」になっています。",
            "Interrupted (Ctrl-C). Checks that were not done count as errored."
        ),
        Signal::Terminate => say!(
            lang,
            "途中で終了を求められました。終わっていない確認は「判定できず」になっています。",
            "Told to stop before it was done. Checks that were not done count as errored."
        ),
    }
}
