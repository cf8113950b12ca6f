//! `class.html`: students × checks as a grid, what the checks tell of the class, and each student's causes. A pure function of
//! what was graded and of the gradebook; the layout is [`crate::report::html`]'s.
use std::collections::BTreeMap;

use serde::Serialize;

use super::class::{Ended, Graded};
use super::gradebook::{Gradebook, Row};
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::html::{self, view};
use crate::report::inert::inert_to;
use crate::report::model::{Check, Report};
use crate::report::words::{page as words, totals};
use crate::text::Lang;

/// A class.
#[derive(Debug, Serialize)]
struct ClassView {
    title: String,
    summary: String,
    checks: Vec<Item>,
    /// The same, those that most failed first.
    items: Vec<Item>,
    rows: Vec<StudentView>,
    calls: Vec<(String, u64)>,
}

/// A check and what it tells of the class.
#[derive(Clone, Debug, Serialize)]
struct Item {
    id: String,
    title: String,
    /// Of those with a verdict, how many passed, in per cent; none where there is no verdict.
    share: Option<u32>,
    /// Passed, failed, errored, skipped.
    counts: [usize; 4],
    /// How it goes with the rest of the score, -1 to 1; none where all came out the same, and it tells nobody apart.
    tells: Option<f64>,
}

/// A student.
#[derive(Debug, Serialize)]
struct StudentView {
    student: String,
    name: String,
    /// Where the details are on the page. It is made of the place, not of what a roster says.
    anchor: String,
    score: String,
    /// The score for sorting; empty where there is none.
    value: String,
    seconds: String,
    complete: bool,
    notes: Vec<String>,
    /// Outcome and sign for each check.
    cells: Vec<(&'static str, &'static str)>,
    report: Option<view::ReportView>,
}

/// The page. `class` is in the order of the gradebook's rows.
///
/// # Errors
/// A mistake in a template.
pub fn page(book: &Gradebook, class: &[Graded], lang: Lang) -> Result<String, minijinja::Error> {
    let reports: Vec<&Report> = class.iter().filter_map(report).collect();
    let mut columns: Vec<&Check> = Vec::new();
    for check in reports.iter().flat_map(|report| counted(report)) {
        if !columns.iter().any(|known| known.id == check.id) {
            columns.push(check);
        }
    }
    let mut calls: BTreeMap<&str, u64> = BTreeMap::new();
    for (action, count) in reports.iter().flat_map(|report| &report.aws_calls) {
        *calls.entry(action).or_default() += count;
    }
    let complete = book.rows.iter().filter(|row| row.complete).count();
    let checks: Vec<Item> = columns
        .iter()
        .map(|check| item(check, &reports, lang))
        .collect();
    let mut items = checks.clone();
    items.sort_by_key(|item| std::cmp::Reverse(item.counts[1]));
    let view = ClassView {
        title: words::class_title(lang, &book.lab, book.rows.len()),
        summary: words::class_summary(lang, complete, book.rows.len(), mean(book)),
        checks,
        items,
        rows: book
            .rows
            .iter()
            .zip(class)
            .enumerate()
            .map(|(place, (row, one))| student(place, row, report(one), &columns, lang))
            .collect(),
        calls: calls
            .into_iter()
            .map(|(action, count)| (inert_to(action, 80), count))
            .collect(),
    };
    html::render("class.html", &view, lang)
}

fn report(graded: &Graded) -> Option<&Report> {
    match &graded.ended {
        Ended::Report(report) => Some(report),
        Ended::Nothing(_) => None,
    }
}

/// The checks that count.
fn counted(report: &Report) -> impl Iterator<Item = &Check> {
    let checks = report.checks.iter();
    checks.filter(|check| check.selected && check.severity == Severity::Error)
}

/// The mean of the marks that are complete.
fn mean(book: &Gradebook) -> Option<f64> {
    let marks: Vec<f64> = book.rows.iter().filter_map(|row| row.percent).collect();
    average(&marks)
}

fn student(
    place: usize,
    row: &Row,
    report: Option<&Report>,
    columns: &[&Check],
    lang: Lang,
) -> StudentView {
    let outcomes: BTreeMap<&str, Outcome> = report
        .into_iter()
        .flat_map(counted)
        .map(|check| (check.id.as_str(), check.outcome))
        .collect();
    StudentView {
        student: inert_to(&row.student, 60),
        name: inert_to(&row.name, 80),
        anchor: format!("student-{}", place + 1),
        score: row.percent.map_or_else(
            || view::Labels::of(lang).incomplete.to_owned(),
            totals::number,
        ),
        value: row.percent.map(totals::number).unwrap_or_default(),
        seconds: report.map_or_else(String::new, |report| (report.elapsed_ms / 1000).to_string()),
        complete: row.complete,
        notes: row.notes.iter().map(|note| inert_to(note, 300)).collect(),
        cells: columns
            .iter()
            .map(|check| match outcomes.get(check.id.as_str()) {
                Some(&outcome) => (outcome.as_str(), view::mark(outcome)),
                None => ("", ""),
            })
            .collect(),
        report: report.map(|report| view::ReportView::of(report, lang)),
    }
}

fn item(check: &Check, reports: &[&Report], lang: Lang) -> Item {
    let mut counts = [0_usize; 4];
    // Whether it was earned, and what the rest of the lab earned.
    let mut decided: Vec<(f64, f64)> = Vec::new();
    for report in reports {
        let Some(here) = counted(report).find(|other| other.id == check.id) else {
            continue;
        };
        counts[match here.outcome {
            Outcome::Passed => 0,
            Outcome::Failed => 1,
            Outcome::Errored => 2,
            Outcome::Skipped => 3,
        }] += 1;
        let earned = match here.outcome {
            Outcome::Passed => 1.0,
            Outcome::Failed => 0.0,
            Outcome::Errored | Outcome::Skipped => continue,
        };
        if let Some(score) = &report.score {
            decided.push((earned, score.points - here.points));
        }
    }
    let verdicts = counts[0] + counts[1];
    Item {
        id: inert_to(&check.id, 80),
        title: inert_to(check.title.in_lang(lang), 200),
        share: (counts[0] * 100 + verdicts / 2)
            .checked_div(verdicts)
            .and_then(|share| u32::try_from(share).ok()),
        counts,
        tells: correlation(&decided).map(|number| (number * 100.0).round() / 100.0),
    }
}

fn average(numbers: &[f64]) -> Option<f64> {
    let count = u32::try_from(numbers.len())
        .ok()
        .filter(|&count| count > 0)?;
    Some(numbers.iter().sum::<f64>() / f64::from(count))
}

/// Pearson's; none where one of the two never varies.
fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (x, y) = (average(&xs)?, average(&ys)?);
    let (mut both, mut of_x, mut of_y) = (0.0, 0.0, 0.0);
    for (one, other) in pairs {
        both += (one - x) * (other - y);
        of_x += (one - x) * (one - x);
        of_y += (other - y) * (other - y);
    }
    (of_x > 0.0 && of_y > 0.0).then(|| both / (of_x * of_y).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::Student;
    use crate::report::tests::formats::drilled;
    use crate::report::tests::sample::{HOSTILE, everything, student as broken};

    fn graded(id: &str, name: &str, report: Option<Report>) -> Graded {
        Graded {
            student: Student {
                id: id.to_owned(),
                name: name.to_owned(),
                ..Student::default()
            },
            ended: match report {
                Some(report) => Ended::Report(Box::new(report)),
                None => Ended::Nothing("no credentials".to_owned()),
            },
        }
    }

    #[test]
    fn a_class_is_a_page_whose_texts_are_texts() {
        let class = [
            graded("s1", "Taro", Some(broken())),
            graded(HOSTILE, HOSTILE, Some(everything())),
            graded("s3", "<script>alert(1)</script>", None),
        ];
        for lang in [Lang::Ja, Lang::En] {
            let book = Gradebook::of("ha-web", &class, lang);
            let page = page(&book, &class, lang).expect("a page");
            assert_eq!(page.matches("<script").count(), 1, "ours alone");
            assert!(page.contains("&lt;script&gt;alert(1)"), "it stays a text");
            for fetched in ["src=", "<link", "@import", "url("] {
                assert!(!page.contains(fetched), "nothing is fetched: {fetched}");
            }
            let cells = page.matches("<td class=\"failed\">").count();
            assert!(cells >= 4, "{cells}");
        }
    }

    #[test]
    fn a_student_s_drills_are_drawn_whether_or_not_they_passed() {
        let class = [graded("s1", "Taro", Some(drilled()))];
        let book = Gradebook::of("ha-web", &class, Lang::En);
        let page = page(&book, &class, Lang::En).expect("a page");
        assert_eq!(page.matches("<svg").count(), 1, "once");
        let mut failed = drilled();
        failed.checks[0].outcome = Outcome::Failed;
        let class = [graded("s1", "Taro", Some(failed))];
        let page = super::page(&book, &class, Lang::En).expect("a page");
        assert_eq!(
            page.matches("<svg").count(),
            1,
            "among the causes, and not again"
        );
    }

    #[test]
    fn a_check_tells_apart_as_far_as_it_goes_with_the_rest() {
        let with = [(1.0, 9.0), (1.0, 8.0), (0.0, 2.0), (0.0, 1.0)];
        assert!(correlation(&with).is_some_and(|number| number > 0.9));
        let against = [(0.0, 9.0), (0.0, 8.0), (1.0, 2.0), (1.0, 1.0)];
        assert!(correlation(&against).is_some_and(|number| number < -0.9));
        assert_eq!(correlation(&[(1.0, 9.0), (1.0, 2.0)]), None);
        assert_eq!(correlation(&[]), None);
    }
}
