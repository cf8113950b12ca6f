//! The words of the pages that a browser opens.
use serde::Serialize;

use super::{faults, say, totals};
use crate::report::inert::inert_to;
use crate::report::model::Try;
use crate::text::Lang;

/// Headings, columns and buttons.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "each is what it is called")]
pub struct Labels {
    pub checks: &'static str,
    pub calls: &'static str,
    pub waiting: &'static str,
    pub other_language: &'static str,
    pub seen: &'static str,
    pub students: &'static str,
    pub student: &'static str,
    pub name: &'static str,
    pub score: &'static str,
    pub incomplete: &'static str,
    pub notes: &'static str,
    pub filter: &'static str,
    pub show: &'static str,
    pub everybody: &'static str,
    pub with_failed: &'static str,
    pub not_complete: &'static str,
    pub grid: &'static str,
    pub items: &'static str,
    pub check: &'static str,
    pub passed: &'static str,
    pub failed: &'static str,
    pub errored: &'static str,
    pub skipped: &'static str,
    pub share: &'static str,
    pub tells_apart: &'static str,
    pub tells_nobody: &'static str,
    pub seconds: &'static str,
    pub legend: &'static str,
}

impl Labels {
    /// In this language.
    #[must_use]
    pub fn of(lang: Lang) -> Self {
        match lang {
            Lang::Ja => Self {
                checks: "すべてのチェック",
                calls: "AWS API の呼び出し",
                waiting: "これが直るまで判定できないもの",
                other_language: "English",
                seen: "見たもの",
                students: "受講者",
                student: "学籍番号",
                name: "氏名",
                score: "得点",
                incomplete: "未確定",
                notes: "備考",
                filter: "絞り込み (番号・氏名・チェック)",
                show: "表示",
                everybody: "全員",
                with_failed: "不合格のある人",
                not_complete: "未確定の人",
                grid: "一覧",
                items: "チェックごとの統計",
                check: "チェック",
                passed: "合格",
                failed: "不合格",
                errored: "判定できず",
                skipped: "未確認",
                share: "合格率",
                tells_apart: "識別力",
                tells_nobody: "全員同じ結果",
                seconds: "秒",
                legend: "✓ 合格  ✗ 不合格  ? 判定できず  – 未確認",
            },
            Lang::En => Self {
                checks: "All checks",
                calls: "Calls to the AWS API",
                waiting: "What can't be told until this is mended",
                other_language: "日本語",
                seen: "What was seen",
                students: "Students",
                student: "Student",
                name: "Name",
                score: "Score",
                incomplete: "incomplete",
                notes: "Notes",
                filter: "Filter (student, name, check)",
                show: "Show",
                everybody: "everybody",
                with_failed: "who failed something",
                not_complete: "who is incomplete",
                grid: "The class",
                items: "The checks",
                check: "Check",
                passed: "passed",
                failed: "failed",
                errored: "errored",
                skipped: "skipped",
                share: "passed",
                tells_apart: "tells apart",
                tells_nobody: "the same for all",
                seconds: "s",
                legend: "✓ passed  ✗ failed  ? errored  – skipped",
            },
        }
    }
}

/// One try of a check.
#[must_use]
pub fn attempt(lang: Lang, attempt: &Try) -> String {
    let target = inert_to(&attempt.target, 120);
    let seen = match (&attempt.outcome, attempt.error) {
        (Some(outcome), _) => inert_to(outcome, 60),
        (None, Some(code)) => faults::name(lang, code),
        (None, None) => String::new(),
    };
    let seconds = |ms: u64| format!("{}.{}", ms / 1000, ms % 1000 / 100);
    let (at, took) = (seconds(attempt.at_ms), seconds(attempt.elapsed_ms));
    say!(
        lang,
        "{at} 秒: {target} → {seen} ({took} 秒)",
        "at {at} s: {target} → {seen} ({took} s)"
    )
}

/// The title of a class's page.
#[must_use]
pub fn class_title(lang: Lang, lab: &str, students: usize) -> String {
    let lab = inert_to(lab, 60);
    say!(
        lang,
        "{lab}: クラスの採点結果 ({students} 名)",
        "{lab}: the class ({students} students)"
    )
}

/// What the class came to.
#[must_use]
pub fn class_summary(lang: Lang, complete: usize, students: usize, mean: Option<f64>) -> String {
    let mean = mean.map_or_else(|| "–".to_owned(), totals::number);
    say!(
        lang,
        "{students} 名のうち {complete} 名の得点が確定しました。平均 {mean} 点",
        "{complete} of {students} have a complete mark; the mean is {mean}"
    )
}
