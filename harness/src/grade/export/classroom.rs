//! GitHub Classroom: what its reporter reads from a grader's step, a file for each student's GitHub account. The reporter
//! adds up its tests' scores and knows no score that is incomplete, so whoever's mark is open has no file.
use indexmap::IndexMap;

use super::table::{Matched, Table, plain};
use super::{Export, File, Marked};
use crate::grade::Student;
use crate::report::github::classroom;
use crate::report::inert::inert_to;
use crate::report::model::Report;
use crate::text::Lang;

/// The columns that can hold ids.
pub(super) fn keys(table: &Table) -> Result<Vec<usize>, String> {
    if table.column("github_username").is_none() {
        return Err(format!(
            "it is no roster of GitHub Classroom, which has identifier and github_username; there is: {}",
            table.told()
        ));
    }
    let names = ["identifier", "roster_identifier", "github_username"];
    Ok(names.iter().filter_map(|name| table.column(name)).collect())
}

/// Students whose row names no GitHub account: their result has nowhere to go.
pub(super) fn unlinked(table: &Table, matched: &Matched, students: &[Student]) -> Option<String> {
    let without = students
        .iter()
        .zip(&matched.rows)
        .filter(|(_, row)| !is_account(account(table, **row)))
        .map(|(student, _)| inert_to(&student.id, 80));
    let without: Vec<String> = without.collect();
    (!without.is_empty()).then(|| {
        format!(
            "{} student(s) without a GitHub account in `github_username`: {}\n  they have to accept the assignment, or be linked in Classroom's roster",
            without.len(),
            without.join(", ")
        )
    })
}

/// Accounts that more than one student's row names: of their results, in one file, all but the last would be lost.
pub(super) fn shared(table: &Table, matched: &Matched, students: &[Student]) -> Vec<String> {
    let mut of_accounts: IndexMap<String, (&str, Vec<String>)> = IndexMap::new();
    for (student, &row) in students.iter().zip(&matched.rows) {
        let account = account(table, row);
        // GitHub knows an account in whatever case.
        let of_account = of_accounts.entry(account.to_ascii_lowercase());
        let (_, of_account) = of_account.or_insert((account, Vec::new()));
        of_account.push(inert_to(&student.id, 80));
    }
    let shared = of_accounts
        .into_values()
        .filter(|(account, students)| students.len() > 1 && is_account(account));
    shared
        .map(|(account, students)| {
            format!(
                "the GitHub account `{account}` is that of more than one student: {}\n  each has an account of their own: mend `github_username` in Classroom's roster, and export it again",
                students.join(", ")
            )
        })
        .collect()
}

fn account(table: &Table, row: usize) -> &str {
    let column = table.column("github_username");
    column.map_or("", |column| plain(table.cell(row, column)))
}

fn is_account(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=60).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(fits)
}

/// The name of a student's file.
pub(super) fn name(export: &Export, one: &Marked<'_>) -> String {
    format!("classroom/{}.base64", account(&export.table, one.place))
}

/// The file of a student.
pub(super) fn file(export: &Export, one: &Marked<'_>, report: &Report, lang: Lang) -> Option<File> {
    let _certain = one.mark(export.full)?;
    // Whether an emulator's result may be graded was asked before the class was.
    let result = classroom(report, lang, true).ok()?;
    Some(File {
        name: name(export, one),
        bytes: result.into_bytes(),
    })
}
