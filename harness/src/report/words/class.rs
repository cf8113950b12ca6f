//! What an instructor is told of a class's marks: what was exported, what to look at, what a judgement changed.
use super::{faults, say, totals};
use crate::grade::change::{Change, Shift, Why};
use crate::grade::integrity::Doubt;
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

/// Whose mark changed, and by which checks; a line each.
#[must_use]
pub fn change(lang: Lang, student: &str, change: &Change) -> String {
    let student = inert_to(student, 80);
    let mark = |mark: Option<f64>| match (lang, mark) {
        (_, Some(percent)) => totals::number(percent),
        (Lang::Ja, None) => "未確定".to_owned(),
        (Lang::En, None) => "incomplete".to_owned(),
    };
    let (before, after) = (mark(change.before), mark(change.after));
    let mut text = format!("{student}: {before} → {after}\n");
    for shift in &change.shifts {
        text.push_str(&format!("  {}\n", shifted(lang, shift)));
    }
    text
}

fn shifted(lang: Lang, shift: &Shift) -> String {
    let outcome = |outcome: Option<_>| {
        outcome.map_or_else(|| "-".to_owned(), |it| totals::outcome(lang, it).to_owned())
    };
    let why: Vec<String> = shift.why.iter().map(|one| why(lang, one)).collect();
    let id = inert_to(&shift.id, 120);
    let (before, after) = (outcome(shift.before), outcome(shift.after));
    let outcomes = if before == after {
        before
    } else {
        format!("{before} → {after}")
    };
    format!("{id}: {outcomes} ({})", why.join("; "))
}

fn why(lang: Lang, why: &Why) -> String {
    match why {
        Why::New => say!(lang, "新しい確認です", "a new check"),
        Why::Gone => say!(lang, "なくなった確認です", "no longer a check"),
        Why::Asks(now) => {
            let now = inert_to(now, 300);
            say!(lang, "いまの確認内容: {now}", "it asks now: {now}")
        }
        Why::Weighs(before, after) => {
            let (before, after) = (totals::number(*before), totals::number(*after));
            say!(lang, "配点 {before} → {after}", "points {before} → {after}")
        }
        Why::Need(id) => {
            let id = inert_to(id, 120);
            say!(
                lang,
                "必要な確認 {id} の判定が変わりました",
                "it needs {id}, which changed"
            )
        }
        Why::Open(code) => faults::name(lang, *code),
        Why::Rule => say!(
            lang,
            "前提となる確認の書き方が変わりました",
            "what it needs or agrees with is written otherwise"
        ),
    }
}

/// How many were judged again, and how many marks are others.
#[must_use]
pub fn judged(lang: Lang, all: usize, changed: usize) -> String {
    say!(
        lang,
        "{all} 人を記録から判定し直しました。得点が変わったのは {changed} 人です。",
        "{all} judged again from the evidence; {changed} of the marks changed."
    )
}

/// What to look at before a mark counts.
#[must_use]
pub fn doubt(lang: Lang, doubt: &Doubt) -> String {
    let named = |names: &[String]| inert_to(&names.join(", "), 200);
    match doubt {
        Doubt::OneStack(others) => {
            let others = named(others);
            say!(
                lang,
                "{others} と同じスタックです",
                "the same stack as {others}"
            )
        }
        Doubt::OneRun(others) => {
            let others = named(others);
            say!(
                lang,
                "{others} と同じ実行です (写しです)",
                "the same run as {others}: one is a copy"
            )
        }
        Doubt::Early(at) => say!(
            lang,
            "期間の前の実行です ({at})",
            "made before the time allowed ({at})"
        ),
        Doubt::Late(at) => say!(
            lang,
            "締め切りの後の実行です ({at})",
            "made after the deadline ({at})"
        ),
        Doubt::Demo => say!(
            lang,
            "AWS ではなくデモ (レプリカ) の結果です",
            "of the demo's replica, not of AWS"
        ),
        Doubt::Emulator(what) => {
            let what = named(what);
            say!(
                lang,
                "AWS や接続の一部を置き換えた結果です ({what})",
                "something stood in the place of AWS or of the network ({what})"
            )
        }
        Doubt::OtherChecks(digest) => {
            let digest: String = inert_to(digest, 80).chars().take(12).collect();
            say!(
                lang,
                "別の版の確認による実行です ({digest})",
                "made by other checks ({digest})"
            )
        }
        Doubt::OtherLab(lab) => {
            let lab = inert_to(lab, 80);
            say!(lang, "別のラボ {lab} の結果です", "of another lab, {lab}")
        }
        Doubt::OtherPhase(phase) => {
            let phase = inert_to(phase, 80);
            say!(
                lang,
                "別の段階 {phase} での実行です",
                "made at another step, {phase}"
            )
        }
        Doubt::OtherOptIns(given) => {
            let given = if given.is_empty() {
                "-".to_owned()
            } else {
                named(given)
            };
            say!(
                lang,
                "許可の指定が違います ({given})",
                "made with other opt-ins ({given})"
            )
        }
        Doubt::Vars(vars) => {
            let vars = named(vars);
            say!(
                lang,
                "値を変えて実行しています ({vars})",
                "made with values of its own ({vars})"
            )
        }
        Doubt::Part(filter) => {
            let filter = inert_to(filter, 120);
            say!(
                lang,
                "一部の確認だけの実行です ({filter})",
                "of a part of the lab only ({filter})"
            )
        }
    }
}

/// Shards that are not there, or did not come to their end.
#[must_use]
pub fn shards_missing(lang: Lang, missing: &[u32], size: u32) -> String {
    let list: Vec<String> = missing.iter().map(u32::to_string).collect();
    let list = list.join(", ");
    say!(
        lang,
        "{size} 個の分割のうち {list} がないか、終わっていません。その受講者の得点は空欄です。",
        "Of {size} shards these are missing or did not come to their end: {list}. Their students are blank."
    )
}

/// Why a student of a missing shard has no mark.
#[must_use]
pub fn not_in_a_shard(lang: Lang) -> String {
    say!(
        lang,
        "この受講者の分割がありません",
        "the shard of this student is missing"
    )
}
