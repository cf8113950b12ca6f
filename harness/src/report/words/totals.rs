//! How much passed, and what the score is made of.
use std::time::Duration;

use super::{faults, say};
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::conclusion::Counts;
use crate::report::exit::ExitCode;
use crate::report::inert::inert_to;
use crate::report::model::{Billed, BilledKind, Gap, Missing, Outside, Report, Score};
use crate::text::Lang;

/// An outcome in one word.
#[must_use]
pub fn outcome(lang: Lang, outcome: Outcome) -> &'static str {
    match (lang, outcome) {
        (Lang::Ja, Outcome::Passed) => "合格",
        (Lang::Ja, Outcome::Failed) => "不合格",
        (Lang::Ja, Outcome::Errored) => "判定できず",
        (Lang::Ja, Outcome::Skipped) => "未確認",
        (Lang::En, _) => outcome.as_str(),
    }
}

/// How many checks came out how.
#[must_use]
pub fn counts(lang: Lang, counts: Counts, elapsed_ms: u64) -> String {
    let seconds = format!("{}.{}", elapsed_ms / 1000, elapsed_ms % 1000 / 100);
    let Counts {
        passed,
        failed,
        errored,
        skipped,
    } = counts;
    say!(
        lang,
        "合格 {passed}、不合格 {failed}、判定できず {errored}、未確認 {skipped} ({seconds} 秒)",
        "{passed} passed, {failed} failed, {errored} errored, {skipped} skipped ({seconds} s)"
    )
}

/// How far a class has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Students with every point.
    pub full: usize,
    /// Students with a mark below that.
    pub marked: usize,
    /// Students whose score is incomplete.
    pub incomplete: usize,
    /// Students without a result.
    pub nothing: usize,
}

/// The sums beside the bar of progress.
#[must_use]
pub fn sums(lang: Lang, sums: Sums) -> String {
    let Sums {
        full,
        marked,
        incomplete,
        nothing,
    } = sums;
    say!(
        lang,
        "満点 {full}、減点あり {marked}、未確定 {incomplete}、結果なし {nothing}",
        "{full} full marks, {marked} below, {incomplete} incomplete, {nothing} without a result"
    )
}

/// Who is at work longest, below the bar of progress; nothing where nobody is.
#[must_use]
pub fn slowest(lang: Lang, slowest: &[(String, Duration)]) -> String {
    let of = |(student, took): &(String, Duration)| {
        let (student, seconds) = (inert_to(student, 40), took.as_secs());
        say!(lang, "{student} {seconds} 秒", "{student} {seconds} s")
    };
    let told: Vec<String> = slowest.iter().map(of).collect();
    let told = told.join(", ");
    if told.is_empty() {
        return told;
    }
    say!(lang, "採点中(長い順): {told}", "at work longest: {told}")
}

/// How many causes there are; the headline of the report.
#[must_use]
pub fn causes(lang: Lang, causes: usize, waiting: usize) -> String {
    match (causes, waiting) {
        (0, _) => say!(
            lang,
            "直すところは見つかりませんでした。",
            "Nothing to mend was found."
        ),
        (1, 0) => say!(lang, "原因は 1 つです:", "There is one cause:"),
        (1, _) => say!(
            lang,
            "原因は 1 つです (これが直れば、ほかの {waiting} 件も判定できます):",
            "There is one cause ({waiting} more hang on it):"
        ),
        (_, 0) => say!(
            lang,
            "原因は {causes} つです:",
            "There are {causes} causes:"
        ),
        _ => say!(
            lang,
            "原因は {causes} つです (これらが直れば、ほかの {waiting} 件も判定できます):",
            "There are {causes} causes ({waiting} more hang on them):"
        ),
    }
}

/// The headline where there is no cause.
#[must_use]
pub fn no_cause(lang: Lang, report: &Report) -> String {
    match report.exit_code() {
        ExitCode::Passed => say!(lang, "すべて合格です。", "Everything passed."),
        ExitCode::NothingSelected => {
            say!(lang, "選ばれた確認がありません。", "No check was selected.")
        }
        _ => say!(
            lang,
            "誤りは見つかりませんでしたが、確認できていないものがあります。",
            "No mistake was found, but some checks could not be made."
        ),
    }
}

/// A severity in one word.
#[must_use]
pub fn severity(lang: Lang, severity: Severity) -> &'static str {
    match (lang, severity) {
        (Lang::Ja, Severity::Error) => "エラー",
        (Lang::Ja, Severity::Warning) => "注意",
        (Lang::Ja, Severity::Info) => "情報",
        (Lang::En, Severity::Error) => "error",
        (Lang::En, Severity::Warning) => "warning",
        (Lang::En, Severity::Info) => "info",
    }
}

/// The score, or why there is none.
#[must_use]
pub fn score(lang: Lang, score: Option<&Score>) -> String {
    let Some(score) = score else {
        return say!(
            lang,
            "得点はありません: 一部の確認だけを選んで実行しました。",
            "No score: only a part of the checks was selected."
        );
    };
    let earned = number(score.points);
    let all = number(score.max_points);
    if let Some(percent) = score.percent {
        let percent = number(percent);
        return say!(
            lang,
            "得点: 100 点中 {percent} 点 (配点 {all} のうち {earned})",
            "Score: {percent} of 100 ({earned} of {all} points)"
        );
    }
    if score.complete {
        return say!(
            lang,
            "得点はありません: 配点のある確認がありません。",
            "No score: none of the checks has points."
        );
    }
    let open = number(score.would_complete.iter().map(|gap| gap.points).sum());
    say!(
        lang,
        "得点はまだ決まりません: 配点 {all} のうち {earned} は確定、{open} は判定できていません。",
        "The score is incomplete: {earned} of {all} points are certain, {open} could not be judged."
    )
}

/// What would complete an incomplete score.
#[must_use]
pub fn gap(lang: Lang, gap: &Gap) -> String {
    let points = points(lang, gap.points);
    let checks = gap.checks;
    let missing = match &gap.missing {
        Missing::Observation(code) => faults::name(lang, *code),
        Missing::Vantage(name) => {
            let name = inert_to(name, 40);
            say!(
                lang,
                "接続元 {name} が設定されていません",
                "no vantage {name} is configured"
            )
        }
        Missing::Login(name) => {
            let name = inert_to(name, 40);
            say!(
                lang,
                "ログイン情報 {name} を使えません",
                "login {name} could not be used"
            )
        }
    };
    let plural = plural(checks);
    say!(
        lang,
        "{missing}: {checks} 件、{points}",
        "{missing}: {checks} check{plural}, {points}"
    )
}

/// What is outside the score, and which flag brings it in.
#[must_use]
pub fn outside(lang: Lang, outside: &Outside) -> String {
    let opt_in = inert_to(&outside.opt_in, 40);
    let points = points(lang, outside.points);
    let checks = outside.checks;
    let plural = plural(checks);
    say!(
        lang,
        "{opt_in} を付けると確認できるもの: {checks} 件、{points} (今回の配点の外です)",
        "With {opt_in}: {checks} more check{plural}, {points} (outside this score)"
    )
}

fn points(lang: Lang, points: f64) -> String {
    let number = number(points);
    let plural = if number == "1" { "" } else { "s" };
    say!(lang, "{number} 点", "{number} point{plural}")
}

/// The plural's ending.
#[must_use]
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A number with no more decimals than it has, two at most.
#[must_use]
pub fn number(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// How many of a class have a mark, and where the gradebook is.
#[must_use]
pub fn class(lang: Lang, complete: usize, all: usize, out: &str) -> String {
    let open = all - complete;
    say!(
        lang,
        "{all} 人のうち {complete} 人の得点が決まりました (未確定 {open} 人)。{out}/gradebook.csv",
        "{complete} of {all} students have a mark, {open} are incomplete. {out}/gradebook.csv"
    )
}

/// How many things that are billed are named.
const MOST_BILLED: usize = 12;

/// What still costs money; none where nothing does.
#[must_use]
pub fn billed(lang: Lang, billed: &[Billed]) -> Option<String> {
    if billed.is_empty() {
        return None;
    }
    let kind = |kind: BilledKind| match (lang, kind) {
        (Lang::Ja, BilledKind::Server) => "サーバー",
        (Lang::Ja, BilledKind::Database) => "データベース",
        (Lang::Ja, BilledKind::LoadBalancer) => "ロードバランサー",
        (Lang::Ja, BilledKind::NatGateway) => "NAT ゲートウェイ",
        (Lang::En, BilledKind::Server) => "server",
        (Lang::En, BilledKind::Database) => "database",
        (Lang::En, BilledKind::LoadBalancer) => "load balancer",
        (Lang::En, BilledKind::NatGateway) => "NAT gateway",
    };
    let each = billed
        .iter()
        .take(MOST_BILLED)
        .map(|one| format!("{} {}", kind(one.kind), inert_to(&one.name, 64)));
    let rest = (billed.len() > MOST_BILLED).then(|| format!("… (+{})", billed.len() - MOST_BILLED));
    let list = each.chain(rest).collect::<Vec<_>>();
    let list = list.join(if lang == Lang::Ja { "、" } else { ", " });
    Some(say!(
        lang,
        "課金が続いています: {list}。不要になったら削除してください。",
        "Still running, and billed by the hour: {list}. Delete what you no longer need."
    ))
}
