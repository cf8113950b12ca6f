//! The gradebook for a school's platform. Each takes the roster that the platform itself exported as its template, so that
//! every row is one that the platform knows; an id without a row is refused before anybody is looked at. What is
//! incomplete is blank, in the platform's own way of saying so, and never a zero.
mod canvas;
mod classroom;
mod gradescope;
mod moodle;
mod table;

use std::borrow::Borrow;
use std::collections::HashMap;
use std::path::PathBuf;

use super::gradebook::{Gradebook, Row};
use super::{Graded, Student};
use crate::report::inert::inert_to;
use crate::report::model::Report;
use crate::run::Refusal;
use crate::text::Lang;
use table::{Matched, Table};
pub(super) use table::{inert_cell, separator};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// `canvas.csv`, to be imported into the gradebook.
    Canvas,
    /// `moodle.csv`, to be imported into the gradebook.
    Moodle,
    /// A `results.json` for each student's submission.
    Gradescope,
    /// A grader's result for each student's repository.
    Classroom,
}

impl Format {
    /// The name of its file or folder.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Canvas => "canvas",
            Self::Moodle => "moodle",
            Self::Gradescope => "gradescope",
            Self::Classroom => "classroom",
        }
    }
}

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The platform.
    pub format: Format,
    /// The roster that it exported.
    pub template: PathBuf,
    /// The template's column that holds our roster's ids; found by itself where it is clear.
    pub key: Option<String>,
    /// The assignment's column.
    pub column: Option<String>,
    /// The points that a full mark is worth; the platform's own where it tells them, else 100.
    pub full: Option<f64>,
}

/// An export whose template fits the roster.
#[derive(Clone, Debug)]
pub struct Export {
    wanted: Wanted,
    table: Table,
    matched: Matched,
    /// The assignment's column in the template, where it has one.
    column: Option<usize>,
    /// The points of a full mark.
    full: f64,
}

/// A file of an export, below the class's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// An export made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The files.
    pub files: Vec<File>,
    /// Files of an earlier time that must not stay: nobody has a mark in them any more.
    pub stale: Vec<String>,
    /// How many marks stand in them.
    pub marks: usize,
    /// The students that are blank.
    pub blank: Vec<String>,
    /// How many rows of the template are nobody's of the roster, and are left out.
    pub others: usize,
}

impl Export {
    /// Reads the template and finds every student in it.
    ///
    /// # Errors
    /// It is no such template, or some ids have no row: all of them.
    pub fn prepare(wanted: Wanted, students: &[Student]) -> Result<Self, Refusal> {
        let path = inert_to(&wanted.template.to_string_lossy(), 200);
        Self::try_prepare(wanted, students).map_err(|mistakes| {
            let told = mistakes
                .iter()
                .map(|mistake| format!("--export-template {path}: {mistake}"));
            Refusal::bad_input(told.collect::<Vec<_>>().join("\n"))
        })
    }

    fn try_prepare(wanted: Wanted, students: &[Student]) -> Result<Self, Vec<String>> {
        let table = Table::read(&wanted.template).map_err(|mistake| vec![mistake])?;
        let mut mistakes = Vec::new();
        let keys = match wanted.format {
            Format::Canvas => canvas::keys(&table),
            Format::Moodle => Ok(moodle::keys(&table)),
            Format::Gradescope => gradescope::keys(&table),
            Format::Classroom => classroom::keys(&table),
        };
        let keys = keys.map_err(|mistake| vec![mistake])?;
        let people = match wanted.format {
            Format::Canvas => canvas::people(&table),
            _ => (0..table.rows.len()).collect(),
        };
        let matched = table.matched(wanted.key.as_deref(), &keys, &people, students);
        let place = match wanted.format {
            Format::Canvas => canvas::assignment(&table, wanted.column.as_deref(), wanted.full),
            Format::Moodle => moodle::assignment(wanted.full),
            _ => Ok((None, wanted.full.unwrap_or(100.0))),
        };
        let (column, full) = place.unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            (None, 0.0)
        });
        let matched = match matched {
            Ok(matched) => matched,
            Err(more) => {
                mistakes.extend(more);
                return Err(mistakes);
            }
        };
        if wanted.format == Format::Classroom {
            mistakes.extend(classroom::unlinked(&table, &matched, students));
            mistakes.extend(classroom::shared(&table, &matched, students));
        }
        if mistakes.is_empty() {
            Ok(Self {
                wanted,
                table,
                matched,
                column,
                full,
            })
        } else {
            Err(mistakes)
        }
    }

    /// The platform.
    #[must_use]
    pub fn format(&self) -> Format {
        self.wanted.format
    }

    /// The export of these marks. Whoever is in neither of them (another shard's) has no row.
    #[must_use]
    pub fn of(
        &self,
        book: &Gradebook,
        class: impl IntoIterator<Item: Borrow<Graded>>,
        lang: Lang,
    ) -> Exported {
        // By id: what stands in one place here may stand in another there.
        let rows: HashMap<&str, &Row> = book
            .rows
            .iter()
            .map(|row| (row.student.as_str(), row))
            .collect();
        let marked: Vec<Marked<'_>> = self
            .matched
            .ids
            .iter()
            .zip(&self.matched.rows)
            .filter_map(|(id, &place)| {
                let row = rows.get(id.as_str())?;
                Some(Marked { place, row })
            })
            .collect();
        let files = match self.wanted.format {
            Format::Canvas => vec![canvas::file(self, &marked)],
            Format::Moodle => vec![moodle::file(self, &marked, &book.lab)],
            Format::Gradescope => each(&marked, class, |one, graded| {
                gradescope::file(self, one, graded, lang)
            }),
            Format::Classroom => each(&marked, class, |one, graded| {
                classroom::file(self, one, graded, lang)
            }),
        };
        let blank = marked.iter().filter(|one| one.mark(self.full).is_none());
        let blank: Vec<String> = blank.map(|one| one.row.student.clone()).collect();
        let names = |one: &Marked<'_>| match self.wanted.format {
            Format::Gradescope => Some(gradescope::name(one)),
            Format::Classroom => Some(classroom::name(self, one)),
            Format::Canvas | Format::Moodle => None,
        };
        let stale = marked.iter().filter_map(names);
        let stale = stale.filter(|name| !files.iter().any(|file| file.name == *name));
        Exported {
            stale: stale.collect(),
            marks: marked.len() - blank.len(),
            files,
            blank,
            others: self.matched.others,
        }
    }
}

/// A file for each student who has a row and a report, one report at a time.
fn each<'m>(
    marked: &'m [Marked<'_>],
    class: impl IntoIterator<Item: Borrow<Graded>>,
    file: impl Fn(&'m Marked<'_>, &Report) -> Option<File>,
) -> Vec<File> {
    let marked: HashMap<&str, &Marked<'_>> = marked
        .iter()
        .map(|one| (one.row.student.as_str(), one))
        .collect();
    let of = |graded: &Graded| {
        let one = marked.get(graded.student.id.as_str())?;
        file(one, graded.report()?)
    };
    class
        .into_iter()
        .filter_map(|graded| of(graded.borrow()))
        .collect()
}

/// A student with a row of the template.
struct Marked<'a> {
    /// The template's row.
    place: usize,
    row: &'a Row,
}

impl Marked<'_> {
    /// The mark out of `full`; none while it is incomplete.
    fn mark(&self, full: f64) -> Option<f64> {
        let percent = self.row.percent.filter(|_| self.row.complete)?;
        Some(hundredths(percent * full / 100.0))
    }
}

/// A number with two decimals, as every platform keeps them.
fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// The points of a full mark that can be given.
fn possible(full: f64) -> Result<f64, String> {
    if full.is_finite() && full > 0.0 {
        Ok(full)
    } else {
        Err(format!(
            "a full mark of {full} points: it has to be more than 0"
        ))
    }
}

#[cfg(test)]
mod tests;
