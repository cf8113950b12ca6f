//! `class.html`: students × checks as a grid, what the checks tell of the class, and each student's causes. A pure function of
//! what was graded and of the gradebook; the layout is [`crate::report::html`]'s. One student's report is looked at after the
//! other: what the grid needs of them is kept, and the details go to the disk until their place comes.
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Seek, Write};

use indexmap::IndexMap;
use serde::Serialize;

use super::gradebook::{Gradebook, Row};
use super::settled::Graded;
use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::html::{Templates, view};
use crate::report::inert::inert_to;
use crate::report::model::{Check, Report};
use crate::report::words::{page as words, totals};
use crate::text::Lang;

/// The page before its rows.
#[derive(Debug, Serialize)]
struct Head<'a> {
    title: String,
    summary: String,
    checks: &'a [Item],
}

/// What the checks tell of the class.
#[derive(Debug, Serialize)]
struct Items {
    /// Those that most failed first.
    items: Vec<Item>,
}

/// A student's row of the grid.
#[derive(Debug, Serialize)]
struct Cells<'a> {
    #[serde(flatten)]
    row: &'a StudentView,
    /// Outcome and sign for each check.
    cells: Vec<(&'static str, &'static str)>,
}

/// A student's part of the page.
#[derive(Debug, Serialize)]
struct Details<'a> {
    row: &'a StudentView,
    report: Option<view::ReportView>,
}

/// The page after the students.
#[derive(Debug, Serialize)]
struct End {
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
}

/// A check as it came out for everybody so far.
#[derive(Debug)]
struct Tally {
    id: String,
    title: String,
    counts: [usize; 4],
    /// Whether it was earned, and what the rest of the lab earned, where there was a verdict.
    decided: Vec<(f64, f64)>,
}

/// Every check that counts, by id, in the order in which they come.
#[derive(Debug, Default)]
struct Columns(IndexMap<String, Tally>);

/// Writes the page. `class` is in the order of the gradebook's rows.
///
/// # Errors
/// A mistake in a template; the page, or a part of it, can't be written.
pub fn write(
    book: &Gradebook,
    class: impl IntoIterator<Item: Borrow<Graded>>,
    lang: Lang,
    mut to: impl Write,
) -> io::Result<()> {
    let templates = Templates::of(lang)?;
    let mut columns = Columns::default();
    let mut asked: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = Vec::new();
    let mut details = BufWriter::new(tempfile::tempfile()?);
    for ((place, row), one) in book.rows.iter().enumerate().zip(class) {
        let report = one.borrow().report();
        let row = student(place, row, report, lang);
        let of_report = Details {
            row: &row,
            report: report.map(|report| view::ReportView::of(report, lang)),
        };
        templates.write("class/student.html", &of_report, &mut details)?;
        for (action, count) in report.iter().flat_map(|report| &report.aws_calls) {
            *asked.entry(inert_to(action, 80)).or_default() += count;
        }
        let outcomes = report.map(|report| columns.add(report, lang));
        rows.push((row, outcomes.unwrap_or_default()));
    }
    let checks: Vec<Item> = columns.0.values().map(Tally::item).collect();
    let complete = book.rows.iter().filter(|row| row.complete).count();
    let head = Head {
        title: words::class_title(lang, &book.lab, book.rows.len()),
        summary: words::class_summary(lang, complete, book.rows.len(), mean(book)),
        checks: &checks,
    };
    templates.write("class/head.html", &head, &mut to)?;
    for (row, outcomes) in &rows {
        let cell = |place: usize| match outcomes.get(&place) {
            Some(&outcome) => (outcome.as_str(), view::mark(outcome)),
            None => ("", ""),
        };
        let cells = (0..checks.len()).map(cell).collect();
        templates.write("class/row.html", &Cells { row, cells }, &mut to)?;
    }
    let mut items = checks;
    items.sort_by_key(|item| std::cmp::Reverse(item.counts[1]));
    templates.write("class/items.html", &Items { items }, &mut to)?;
    let mut details = details.into_inner()?;
    details.rewind()?;
    io::copy(&mut details, &mut to)?;
    let calls = asked.into_iter().collect();
    templates.write("class/end.html", &End { calls }, &mut to)
}

/// The checks that count.
fn counted(report: &Report) -> impl Iterator<Item = &Check> {
    let checks = report.checks.iter();
    checks.filter(|check| check.selected && check.severity == Severity::Error)
}

impl Columns {
    /// Counts a student's checks, and returns how each came out, by its place.
    fn add(&mut self, report: &Report, lang: Lang) -> BTreeMap<usize, Outcome> {
        let mut outcomes = BTreeMap::new();
        for check in counted(report) {
            let known = self.0.entry(check.id.clone());
            outcomes.insert(known.index(), check.outcome);
            let tally = known.or_insert_with(|| Tally::of(check, lang));
            tally.counts[match check.outcome {
                Outcome::Passed => 0,
                Outcome::Failed => 1,
                Outcome::Errored => 2,
                Outcome::Skipped => 3,
            }] += 1;
            let earned = match check.outcome {
                Outcome::Passed => 1.0,
                Outcome::Failed => 0.0,
                Outcome::Errored | Outcome::Skipped => continue,
            };
            if let Some(score) = &report.score {
                tally.decided.push((earned, score.points - check.points));
            }
        }
        outcomes
    }
}

impl Tally {
    fn of(check: &Check, lang: Lang) -> Self {
        Self {
            id: inert_to(&check.id, 80),
            title: inert_to(check.title.in_lang(lang), 200),
            counts: [0; 4],
            decided: Vec::new(),
        }
    }

    fn item(&self) -> Item {
        let verdicts = self.counts[0] + self.counts[1];
        Item {
            id: self.id.clone(),
            title: self.title.clone(),
            share: (self.counts[0] * 100 + verdicts / 2)
                .checked_div(verdicts)
                .and_then(|share| u32::try_from(share).ok()),
            counts: self.counts,
            tells: correlation(&self.decided).map(|number| (number * 100.0).round() / 100.0),
        }
    }
}

/// The mean of the marks that are complete.
fn mean(book: &Gradebook) -> Option<f64> {
    let marks: Vec<f64> = book.rows.iter().filter_map(|row| row.percent).collect();
    average(&marks)
}

fn student(place: usize, row: &Row, report: Option<&Report>, lang: Lang) -> StudentView {
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
    use crate::grade::{Ended, Student};
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

    fn page(book: &Gradebook, class: &[Graded], lang: Lang) -> String {
        let mut page = Vec::new();
        write(book, class, lang, &mut page).expect("a page");
        String::from_utf8(page).expect("UTF-8")
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
            let page = page(&book, &class, lang);
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
        let page = page(&book, &class, Lang::En);
        assert_eq!(page.matches("<svg").count(), 1, "once");
        let mut failed = drilled();
        failed.checks[0].outcome = Outcome::Failed;
        let class = [graded("s1", "Taro", Some(failed))];
        let page = super::tests::page(&book, &class, Lang::En);
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
