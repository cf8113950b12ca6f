//! `rows.yaml`: the assertions of the lab's text, by id, whether or not a check judges them.
use indexmap::IndexMap;

use super::ast::{At, Row, RowKind, Tree};
use super::diagnostic::Diagnostics;
use super::fields::{Fields, bilingual, map, text, word};

/// The keys of a row.
pub(super) const KEYS: [&str; 5] = ["type", "severity", "phase", "text", "cannot"];

/// The words of `type`.
pub(super) const KINDS: [(&str, RowKind); 3] = [
    ("RO", RowKind::ReadOnly),
    ("RW", RowKind::ReadWrite),
    ("DRILL", RowKind::Drill),
];

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
    word(tree, &KINDS, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::testing::{made, told};

    #[test]
    fn rows_are_read_in_their_order() {
        let rows = made(
            "\
HA-101: { type: RO, severity: E, phase: 'P1 →', text: { ja: 日, en: day } }
HA-513: { type: DRILL, severity: E engine / W patch, phase: end, text: both, cannot: needs a shell }
",
            read,
        );
        assert_eq!(rows.keys().collect::<Vec<_>>(), ["HA-101", "HA-513"]);
        assert_eq!(rows["HA-101"].kind, RowKind::ReadOnly);
        assert_eq!(rows["HA-101"].text.en, "day");
        let last = &rows["HA-513"];
        assert_eq!(
            (last.kind, last.severity.as_str()),
            (RowKind::Drill, "E engine / W patch")
        );
        assert_eq!(last.cannot.as_deref(), Some("needs a shell"));
    }

    #[test]
    fn mistakes_of_a_row_are_told() {
        for (row, title) in [
            (
                "{ severity: E, phase: end, text: x }",
                "a row lacks the key `type`",
            ),
            (
                "{ type: R, severity: E, phase: end, text: x }",
                "`R` is none of `RO`, `RW`, `DRILL`",
            ),
            (
                "{ type: RO, severity: E, phase: end, text: x, cannot: }",
                "expected text, found nothing",
            ),
            (
                "{ type: RO, severity: E, phase: end, text: x, hint: y }",
                "unknown key `hint` in a row",
            ),
            ("x", "expected a map (a row), found `x`"),
        ] {
            assert_eq!(told(&format!("HA-1: {row}\n"), read), [title], "{row}");
        }
        assert_eq!(
            told("- HA-1\n", read),
            ["expected a map (ids and rows), found a list"]
        );
    }
}
