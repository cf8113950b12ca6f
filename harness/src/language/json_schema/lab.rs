//! `lab.yaml` and `rows.yaml`.
use serde_json::{Map, Value, json};

use super::expect;
use super::values::{
    Described, bilingual, map_of, names, object, one_of_keys, reference, text, text_map, word,
};
use crate::aws::Kind;
use crate::language::{lab_file, rows_file};

pub fn lab() -> Value {
    let some = || {
        let mut list = names();
        list["minItems"] = json!(1);
        list
    };
    object(
        &lab_file::KEYS,
        &["lab", "stack_name", "regions", "phases"],
        vec![
            ("lab", "the lab's name, the same as its folder's", text()),
            ("title", "for people", bilingual()),
            (
                "stack_name",
                "a regex on the whole name that a stack without a file may have",
                text(),
            ),
            (
                "regions",
                "the first is the default; the others are looked in for a hint",
                some(),
            ),
            (
                "vars",
                "values that templates name; a stack file and --var go before them",
                map_of(&json!({})),
            ),
            (
                "resources",
                "names for what checks look at",
                map_of(&resource()),
            ),
            (
                "phases",
                "the lab's steps, in order; a run takes `end` unless --phase says otherwise",
                some(),
            ),
            (
                "vantages",
                "names beside `internet` from which checks are dialled",
                some(),
            ),
            (
                "optional_vantages",
                "more of them: where a stack has none, their checks are outside the score",
                some(),
            ),
        ],
    )
}

/// What is looked for, kind by kind.
pub fn definitions() -> Map<String, Value> {
    Kind::ALL
        .iter()
        .map(|kind| (kind.word().to_owned(), arguments(*kind)))
        .collect()
}

/// A map of one kind, singular or plural.
fn resource() -> Value {
    let kinds = Kind::ALL.iter().flat_map(|kind| -> [Described; 2] {
        [
            (
                kind.word(),
                "the one resource that fits",
                reference(kind.word()),
            ),
            (
                kind.plural(),
                "the list of all that fit",
                reference(kind.word()),
            ),
        ]
    });
    one_of_keys(kinds.collect())
}

fn arguments(kind: Kind) -> Value {
    let filter =
        json!({ "allOf": [expect::root(), { "properties": expect::fields(kind.fields()) }] });
    object(
        &lab_file::RESOURCE_KEYS,
        &[],
        vec![
            (
                "name",
                "the Name tag, or the kind's own name where it has one",
                text(),
            ),
            ("vpc", "another resource: the VPC that it is in", text()),
            ("tags", "tags that it has", text_map()),
            ("where", "what holds of its fields", filter),
        ],
    )
}

pub fn rows() -> Value {
    let kinds: Vec<&str> = rows_file::KINDS.iter().map(|(word, _)| *word).collect();
    map_of(&object(
        &rows_file::KEYS,
        &["type", "severity", "phase", "text"],
        vec![
            (
                "type",
                "RO is only looked at, RW writes something small, DRILL disrupts",
                word(&kinds),
            ),
            (
                "severity",
                "how much hangs on it, in the lab's own words",
                text(),
            ),
            ("phase", "the lab's step that it belongs to", text()),
            ("text", "the assertion", bilingual()),
            ("cannot", "why no check can judge it", text()),
        ],
    ))
}
