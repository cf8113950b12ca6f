//! A roster in YAML: `students:` and a list of maps, or the list alone. It has the table's meaning and no other: every
//! value is a text. Its shape is told here; what the values mean is [`super::roster`]'s.
use indexmap::IndexMap;

use super::roster::Rows;
use crate::language::ast::{At, Tree};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::language::fields::{Fields, items, text};
use crate::language::node;
use crate::language::source::Sources;
use crate::run::Refusal;
use crate::run::prepare::told;

/// Reads the text of a roster.
pub(super) fn rows(path: &str, written: &str) -> Result<Rows, Refusal> {
    let mut sources = Sources::default();
    let mut found = Diagnostics::default();
    let file = sources.add(path, written);
    let read = node::parse(&sources, file, &mut found)
        .map(|tree| table(&tree, &sources, &mut found))
        .unwrap_or_default();
    if found.is_empty() {
        Ok(read)
    } else {
        Err(told(&found, &sources))
    }
}

fn table(tree: &At<Tree>, sources: &Sources, found: &mut Diagnostics) -> Rows {
    let mut rows = Rows::default();
    let list = if matches!(tree.value, Tree::Map(_)) {
        let fields = Fields::open(tree, "a roster", tree.span, &["students"], found);
        fields.and_then(|fields| fields.require("students", found))
    } else {
        Some(tree)
    };
    let students = list.and_then(|list| items(list, "a list of students", found));
    for student in students.into_iter().flatten() {
        let Tree::Map(entries) = &student.value else {
            let title = "a student is a map of columns";
            found.push(Diagnostic::new(student.span, title).help("write `{ student: ID, … }`"));
            continue;
        };
        let mut cells = IndexMap::new();
        for (key, value) in entries {
            let name = key.value.to_lowercase();
            let cell = match &value.value {
                Tree::Null => String::new(),
                Tree::Scalar(scalar) if scalar.text.trim().is_empty() => String::new(),
                _ => match text(value, found) {
                    Some(cell) => cell.value.trim().to_owned(),
                    None => continue,
                },
            };
            if !rows.columns.contains(&name) {
                rows.columns.push(name.clone());
            }
            cells.insert(name, cell);
        }
        rows.students
            .push((sources.position(student.span).line as u64, cells));
    }
    rows
}
