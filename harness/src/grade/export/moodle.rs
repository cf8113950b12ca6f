//! Moodle's gradebook: the id under the template's own header, the mark, and a feedback. One id that Moodle does not know
//! ends its whole import. Its importer makes 0 of an empty cell when it is told to make a new grade item, and no grade of
//! a `-` in any case; so `-` is the blank here.
use super::table::{Table, csv, inert_cell, plain};
use super::{Export, File, Marked, possible};
use crate::report::words::totals::number;

/// The most that Moodle takes unless its grades are unlimited.
const MOST: f64 = 100.0;

/// Any column can hold ids: its headers are in the site's language.
pub(super) fn keys(table: &Table) -> Vec<usize> {
    (0..table.headers.len()).collect()
}

/// The points of a full mark.
pub(super) fn assignment(full: Option<f64>) -> Result<(Option<usize>, f64), String> {
    let full = possible(full.unwrap_or(MOST))?;
    if full > MOST {
        return Err(format!(
            "--export-full {full}: Moodle refuses a grade above {MOST} when importing"
        ));
    }
    Ok((None, full))
}

/// Whoever is not in the roster has no row: an empty one would take a grade away.
pub(super) fn file(export: &Export, marked: &[Marked<'_>], lab: &str) -> File {
    let table = &export.table;
    let key = export.matched.key;
    let title = export
        .wanted
        .column
        .clone()
        .unwrap_or_else(|| lab.to_owned());
    let mut rows = vec![vec![
        table.headers[key].clone(),
        title.clone(),
        format!("{title} (feedback)"),
    ]];
    for one in marked {
        let feedback = if one.row.complete {
            one.row.causes.join(" ")
        } else {
            one.row.notes.join("; ")
        };
        rows.push(vec![
            plain(table.cell(one.place, key)).to_owned(),
            one.mark(export.full).map_or_else(|| "-".to_owned(), number),
            inert_cell(&feedback),
        ]);
    }
    File {
        name: "moodle.csv".to_owned(),
        bytes: csv(table.separator, rows),
    }
}
