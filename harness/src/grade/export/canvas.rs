//! Canvas's gradebook: `Student`, `ID` and the SIS columns up to `Section` as Canvas wrote them, and one assignment. Its
//! importer makes a new assignment of a header without Canvas's own id, and a new points value of the row `Points
//! Possible`; both are taken over. It takes a student's row whose name says `Points Possible` for that row, and a
//! byte-order mark for a part of `LastName`.
use super::table::{Table, csv, inert_cell, plain};
use super::{Export, File, Marked, possible};
use crate::report::inert::inert_to;
use crate::report::words::totals::number;

/// What stands in the first cell of the row that describes the assignments.
const POINTS_POSSIBLE: &str = "Points Possible";

/// Columns that are no assignment, beside those that Canvas marks `(read only)`.
const RESULTS: [&str; 9] = [
    "Current Score",
    "Current Points",
    "Current Grade",
    "Final Score",
    "Final Points",
    "Final Grade",
    "Override Score",
    "Override Grade",
    "Override Status",
];

/// How many columns tell who a row is.
fn people_columns(table: &Table) -> Option<usize> {
    let named =
        |place: usize, header: &str| table.headers.get(place).is_some_and(|it| it == header);
    let begins = (named(0, "Student") && named(1, "ID"))
        || (named(0, "LastName") && named(1, "FirstName") && named(2, "ID"));
    let section = table
        .headers
        .iter()
        .position(|header| header == "Section")?;
    begins.then_some(section + 1)
}

/// The columns that can hold ids, in the order in which Canvas itself looks.
pub(super) fn keys(table: &Table) -> Result<Vec<usize>, String> {
    if people_columns(table).is_none() {
        return Err(format!(
            "it is no export of Canvas's gradebook, which begins with Student, ID, … Section; there is: {}",
            table.told()
        ));
    }
    let names = ["ID", "SIS User ID", "SIS Login ID", "Integration ID"];
    Ok(names.iter().filter_map(|name| table.column(name)).collect())
}

/// The rows that are people: whoever has an id. The rows below the header that describe the assignments have none.
pub(super) fn people(table: &Table) -> Vec<usize> {
    let ids = keys(table).unwrap_or_default();
    let known = |row: &usize| {
        ids.iter()
            .any(|&id| !plain(table.cell(*row, id)).is_empty())
    };
    (0..table.rows.len()).filter(known).collect()
}

fn points_row(table: &Table) -> Option<usize> {
    let people = people(table);
    let mut rows = (0..table.rows.len()).filter(|row| !people.contains(row));
    rows.find(|&row| table.cell(row, 0).contains(POINTS_POSSIBLE))
}

/// The assignment's column and its points.
pub(super) fn assignment(
    table: &Table,
    asked: Option<&str>,
    full: Option<f64>,
) -> Result<(Option<usize>, f64), String> {
    let first = people_columns(table).unwrap_or(table.headers.len());
    let points = points_row(table);
    let is_assignment = |column: &usize| {
        let header = &table.headers[*column];
        let read_only = points.is_some_and(|row| table.cell(row, *column).contains("read only"));
        !header.is_empty() && !read_only && !RESULTS.iter().any(|result| header.contains(result))
    };
    let all: Vec<usize> = (first..table.headers.len()).filter(is_assignment).collect();
    let column = match asked {
        Some(asked) => {
            let fits = |column: &&usize| {
                let header = &table.headers[**column];
                header == asked.trim() || title(header) == Some(asked.trim())
            };
            let fitting: Vec<usize> = all.iter().filter(fits).copied().collect();
            match fitting[..] {
                [one] => one,
                [] => {
                    return Err(format!(
                        "--export-column {}: no such assignment; Canvas would make a new one. There is: {}",
                        inert_to(asked, 80),
                        listed(table, &all)
                    ));
                }
                _ => {
                    return Err(format!(
                        "--export-column {}: several assignments have this title; write Canvas's id, too: {}",
                        inert_to(asked, 80),
                        listed(table, &fitting)
                    ));
                }
            }
        }
        None => match all[..] {
            [one] => one,
            _ => {
                return Err(format!(
                    "name the assignment with --export-column; there is: {}",
                    listed(table, &all)
                ));
            }
        },
    };
    let header = inert_to(&table.headers[column], 80);
    if title(&table.headers[column]).is_none() {
        return Err(format!(
            "`{header}` lacks Canvas's own id, as in `Day 4 (1234)`: Canvas would make a new assignment"
        ));
    }
    let told = points.map(|row| table.cell(row, column).trim().replace(',', "."));
    let told = told.filter(|cell| !cell.is_empty());
    let own = match &told {
        None => None,
        Some(cell) => Some(cell.parse::<f64>().map_err(|_| {
            format!(
                "`{header}` has {} points possible, which is no number",
                inert_to(cell, 40)
            )
        })?),
    };
    match (own, full) {
        (Some(own), Some(full)) if (own - full).abs() > f64::EPSILON => Err(format!(
            "`{header}` is worth {own} points in Canvas and --export-full says {full}: leave it out, or mend Canvas"
        )),
        (Some(points), _) | (None, Some(points)) => {
            possible(points).map(|points| (Some(column), points))
        }
        (None, None) => Err(format!(
            "the row `{POINTS_POSSIBLE}` tells no points of `{header}`: say what a full mark is worth with --export-full"
        )),
    }
}

/// The title of a header that ends in Canvas's id: `Day 4 (1234)`.
fn title(header: &str) -> Option<&str> {
    let (title, id) = header.strip_suffix(')')?.rsplit_once('(')?;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| title.trim_end())
}

fn listed(table: &Table, columns: &[usize]) -> String {
    let named: Vec<&str> = columns
        .iter()
        .map(|&column| table.headers[column].as_str())
        .collect();
    if named.is_empty() {
        return "none".to_owned();
    }
    inert_to(&named.join(", "), 400)
}

/// Whoever is not in the roster has no row: nothing changes for them.
pub(super) fn file(export: &Export, marked: &[Marked<'_>]) -> File {
    let table = &export.table;
    let people = people_columns(table).unwrap_or_default();
    let column = export.column.unwrap_or_default();
    let mut head = table.headers[..people].to_vec();
    head.push(table.headers[column].clone());
    let mut rows = vec![head];
    if let Some(points) = points_row(table) {
        let mut row: Vec<String> = (0..people)
            .map(|place| table.cell(points, place).to_owned())
            .collect();
        row.push(table.cell(points, column).to_owned());
        rows.push(row);
    }
    for one in marked {
        let mut row: Vec<String> = (0..people)
            .map(|place| match table.cell(one.place, place) {
                id if place == export.matched.key => plain(id).to_owned(),
                // A row that describes assignments, Canvas would think; the id tells it who this is.
                name if name.contains(POINTS_POSSIBLE) => String::new(),
                cell => inert_cell(cell),
            })
            .collect();
        // Whoever is excused stays so: a mark would take it back.
        let excused = table
            .cell(one.place, column)
            .trim()
            .eq_ignore_ascii_case("EX");
        row.push(match one.mark(export.full) {
            _ if excused => "EX".to_owned(),
            Some(mark) => number(mark),
            None => String::new(),
        });
        rows.push(row);
    }
    File {
        name: "canvas.csv".to_owned(),
        bytes: csv(table.separator, rows),
    }
}
