//! `rows.yaml`: the assertions of the lab's text, by id, whether or not a check judges them.
use indexmap::IndexMap;

use super::ast::{At, Row, RowKind, Tree};
use super::diagnostic::{Diagnostics, list};
use super::fields::{Fields, bilingual, map, text, wants};

const KEYS: [&str; 5] = ["type", "severity", "phase", "text", "cannot"];

/// Reads the tree of a `rows.yaml`.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> IndexMap<String, Row> {
    let mut rows = IndexMap::new();
    for (id, tree) in map(tree, "ids and rows", found).unwrap_or_default() {
        if let Some(row) = row(id, tree, found) {
            rows.insert(id.value.clone(), row);
        }
    }
    rows
}

fn row(id: &At<String>, tree: &At<Tree>, found: &mut Diagnostics) -> Option<Row> {
    let fields = Fields::open(tree, "a row", id.span, &KEYS, found)?;
    let kind = fields
        .require("type", found)
        .and_then(|tree| kind(tree, found));
    let severity = fields
        .require("severity", found)
        .and_then(|tree| text(tree, found));
    let phase = fields
        .require("phase", found)
        .and_then(|tree| text(tree, found));
    let sentence = fields
        .require("text", found)
        .and_then(|tree| bilingual(tree, found));
    let cannot = fields.get("cannot").and_then(|tree| text(tree, found));
    Some(Row {
        span: id.span,
        kind: kind?,
        severity: severity?.value,
        phase: phase?.value,
        text: sentence?,
        cannot: cannot.map(|reason| reason.value),
    })
}

fn kind(tree: &At<Tree>, found: &mut Diagnostics) -> Option<RowKind> {
    match text(tree, found)?.value.as_str() {
        "RO" => Some(RowKind::ReadOnly),
        "RW" => Some(RowKind::ReadWrite),
        "DRILL" => Some(RowKind::Drill),
        _ => {
            found.push(wants(
                tree,
                &format!("one of {}", list(["RO", "RW", "DRILL"])),
            ));
            None
        }
    }
}
