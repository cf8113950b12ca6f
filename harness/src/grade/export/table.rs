//! A table that a platform exported: its separator, its byte-order mark and its ids as spreadsheets leave them are
//! understood here, and every student of the roster is found in it, or told.
use std::collections::HashMap;
use std::path::Path;

use crate::grade::Student;
use crate::grade::roster::is_formula;
use crate::report::inert::inert_to;

/// The largest template.
const LARGEST: u64 = 32 << 20;

/// How many ids a message names.
const NAMED: usize = 50;

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Its separator.
    pub separator: u8,
    /// As written, without a byte-order mark.
    pub headers: Vec<String>,
    /// Everything below the header.
    pub rows: Vec<Line>,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Its line in the file, from 1.
    pub line: u64,
    /// As written, as many as there are headers.
    pub cells: Vec<String>,
}

/// Where the roster's students stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Matched {
    /// The column of the ids.
    pub key: usize,
    /// The students' ids, in the roster's order.
    pub ids: Vec<String>,
    /// The row of each.
    pub rows: Vec<usize>,
    /// How many people of the template are nobody's.
    pub others: usize,
}

impl Table {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let length = std::fs::metadata(path)
            .map_err(|error| error.to_string())?
            .len();
        if length > LARGEST {
            return Err(format!("{length} bytes are no roster"));
        }
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err("UTF-16: save it as CSV UTF-8".to_owned());
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let byte = error.utf8_error().valid_up_to();
            format!("not UTF-8, the first bad byte is byte {byte}: save it as CSV UTF-8, or export it again as UTF-8")
        })?;
        Self::parse(&text)
    }

    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        let separator = separator(text);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .from_reader(text.as_bytes());
        let headers: Vec<String> = reader
            .headers()
            .map_err(|error| error.to_string())?
            .iter()
            .map(|header| header.trim().to_owned())
            .collect();
        if headers.len() < 2 {
            return Err("one column only: it is no export of a roster".to_owned());
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
            if cells
                .iter()
                .skip(headers.len())
                .any(|cell| !cell.trim().is_empty())
            {
                return Err(format!(
                    "line {line} has {} cells under {} headers",
                    cells.len(),
                    headers.len()
                ));
            }
            cells.resize(headers.len(), String::new());
            rows.push(Line { line, cells });
        }
        Ok(Self {
            separator,
            headers,
            rows,
        })
    }

    /// The column with this header, whatever its case.
    pub fn column(&self, header: &str) -> Option<usize> {
        let wanted = header.trim().to_lowercase();
        self.headers
            .iter()
            .position(|header| header.to_lowercase() == wanted)
    }

    /// A cell.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        &self.rows[row].cells[column]
    }

    /// The headers, for a message.
    pub fn told(&self) -> String {
        inert_to(&self.headers.join(", "), 400)
    }

    /// Finds every student by id, never by name, in one column.
    pub fn matched(
        &self,
        asked: Option<&str>,
        keys: &[usize],
        people: &[usize],
        students: &[Student],
    ) -> Result<Matched, Vec<String>> {
        let keys = match asked.map(|header| (header, self.column(header))) {
            None => keys.to_vec(),
            Some((_, Some(column))) => vec![column],
            Some((header, None)) => {
                let header = inert_to(header, 80);
                let told = self.told();
                return Err(vec![format!(
                    "--export-key {header}: no such column; there is: {told}"
                )]);
            }
        };
        let tried: Vec<Column<'_>> = keys
            .iter()
            .map(|&key| Column::of(self, key, people))
            .collect();
        let whole: Vec<(&Column<'_>, Vec<usize>)> = tried
            .iter()
            .filter_map(|column| Some((column, column.all(students)?)))
            .collect();
        match &whole[..] {
            [] => {}
            [(first, rows), others @ ..] => {
                if let Some((other, _)) = others.iter().find(|(_, of_other)| of_other != rows) {
                    let named = |column: &Column<'_>| inert_to(&self.headers[column.key], 80);
                    return Err(vec![format!(
                        "the ids are found in `{}` and, at other people's rows, in `{}`: name the right one with --export-key",
                        named(first),
                        named(other)
                    )]);
                }
                return Ok(Matched {
                    key: first.key,
                    ids: students.iter().map(|student| student.id.clone()).collect(),
                    others: people.len().saturating_sub(rows.len()),
                    rows: rows.clone(),
                });
            }
        }
        let best = tried.iter().max_by_key(|column| {
            // Of columns that are equally bad the first is told.
            let missing = column.missing(students).len();
            (std::cmp::Reverse(missing), std::cmp::Reverse(column.key))
        });
        Err(best.map_or_else(
            || vec!["no column can hold ids".to_owned()],
            |column| column.mistakes(self, students),
        ))
    }
}

/// A column's ids.
struct Column<'t> {
    key: usize,
    /// The rows of each id.
    rows: HashMap<&'t str, Vec<usize>>,
}

impl<'t> Column<'t> {
    fn of(table: &'t Table, key: usize, people: &[usize]) -> Self {
        let mut rows: HashMap<&str, Vec<usize>> = HashMap::new();
        for &row in people {
            let id = plain(table.cell(row, key));
            if !id.is_empty() {
                rows.entry(id).or_default().push(row);
            }
        }
        Self { key, rows }
    }

    fn all(&self, students: &[Student]) -> Option<Vec<usize>> {
        let row = |student: &Student| match self.rows.get(student.id.as_str())?[..] {
            [one] => Some(one),
            _ => None,
        };
        students.iter().map(row).collect()
    }

    fn missing<'s>(&self, students: &'s [Student]) -> Vec<&'s str> {
        let ids = students.iter().map(|student| student.id.as_str());
        ids.filter(|id| !self.rows.contains_key(id)).collect()
    }

    fn mistakes(&self, table: &Table, students: &[Student]) -> Vec<String> {
        let header = inert_to(&table.headers[self.key], 80);
        let mut mistakes = Vec::new();
        let missing = self.missing(students);
        if !missing.is_empty() {
            let named = missing.iter().take(NAMED).map(|id| {
                let shown = inert_to(id, 80);
                match self.near(id) {
                    Some(near) => format!("{shown} (there is `{}`)", inert_to(near, 80)),
                    None => shown,
                }
            });
            let more = missing.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(", and {more} more")
            } else {
                String::new()
            };
            mistakes.push(format!(
                "{} of the roster's {} ids are not in its column `{header}`: {}{more}\n  take a new export, mend the roster, or name another column with --export-key",
                missing.len(),
                students.len(),
                named.collect::<Vec<_>>().join(", ")
            ));
        }
        for student in students {
            if let Some(rows @ [_, _, ..]) = self.rows.get(student.id.as_str()).map(Vec::as_slice) {
                let lines: Vec<String> = rows
                    .iter()
                    .map(|&row| table.rows[row].line.to_string())
                    .collect();
                mistakes.push(format!(
                    "the id `{}` stands in its column `{header}` more than once: lines {}",
                    inert_to(&student.id, 80),
                    lines.join(", ")
                ));
            }
        }
        mistakes
    }

    /// An id that a spreadsheet may have made of this one: zeros in front eaten, other case, full-width digits.
    fn near(&self, id: &str) -> Option<&'t str> {
        let wanted = likeness(id);
        self.rows
            .keys()
            .copied()
            .find(|there| likeness(there) == wanted)
    }
}

fn likeness(id: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let id: String = id.nfkc().collect::<String>().to_lowercase();
    id.trim_start_matches('0').trim_end_matches(".0").to_owned()
}

/// An id without what a spreadsheet's user puts around it to keep its zeros: `="00123"`, `'00123`.
pub(super) fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    let quoted = cell
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'));
    quoted.unwrap_or_else(|| cell.strip_prefix('\'').unwrap_or(cell))
}

/// A cell that is a text in every spreadsheet, on one line.
pub(in crate::grade) fn inert_cell(cell: &str) -> String {
    let line = inert_to(cell, 2_000);
    if is_formula(&line) {
        format!("'{line}")
    } else {
        line
    }
}

/// Rows as CSV, without a byte-order mark, each line ended as the importers and spreadsheets take it.
pub(super) fn csv(separator: u8, rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(separator)
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        // Into memory: nothing can fail.
        let _written = writer.write_record(&row);
    }
    writer.into_inner().unwrap_or_default()
}

/// The separator that the first line has most of, quoted text aside.
pub(in crate::grade) fn separator(text: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                for (separator, count) in &mut counts {
                    *count += usize::from(*separator == byte);
                }
            }
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let found = counts.iter().find(|(_, count)| *count == most);
    found.map_or(b',', |(separator, _)| *separator)
}
