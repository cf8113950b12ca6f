//! What must hold: a scalar, a map of matchers, or a pattern of fields. The shape calls itself, so that it stands among
//! the definitions.
use serde_json::{Map, Value, json};

use super::values::{Described, defined, doc_of, flag, object, reference, template, text};
use crate::language::MATCHERS;
use crate::observe::schema::ProbeSchema;
use crate::schema::{Field, Type};

/// What the other parts refer to.
pub fn definitions() -> Map<String, Value> {
    let any = json!({ "anyOf": [text(), reference("matchers"), reference("pattern")] });
    defined([
        ("expectation", any),
        ("matchers", matchers()),
        ("pattern", pattern()),
    ])
}

/// What must hold of one value.
pub fn expectation() -> Value {
    reference("expectation")
}

/// `expect`, `when`, `where`: always a map.
pub fn root() -> Value {
    json!({ "anyOf": [reference("pattern"), reference("matchers")] })
}

/// What must hold of the observation of a probe, whose fields and outcomes are completed. Paths into a field are free.
pub fn of(schema: &ProbeSchema) -> Value {
    let outcomes = schema
        .outcomes
        .iter()
        .map(|outcome| json!({ "const": outcome.name, "description": outcome.doc }));
    let outcomes: Vec<Value> = outcomes
        .chain([template(), reference("matchers")])
        .collect();
    let mut properties = fields(schema.fields);
    properties.insert(
        "outcome".to_owned(),
        json!({ "anyOf": outcomes, "description": "what became of the look" }),
    );
    json!({ "properties": properties })
}

/// Fields, explained; of a field's own fields too.
pub fn fields(fields: &[Field]) -> Map<String, Value> {
    fields
        .iter()
        .map(|field| (field.name.to_owned(), field_of(field)))
        .collect()
}

fn field_of(field: &Field) -> Value {
    let shape = match field.ty {
        Type::Record(inner) => json!({ "allOf": [
            expectation(),
            { "properties": fields(inner) },
        ] }),
        _ => expectation(),
    };
    doc_of(field.doc, shape)
}

fn pattern() -> Value {
    json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "not": { "enum": MATCHERS } },
        "additionalProperties": expectation(),
    })
}

fn matchers() -> Value {
    let mut schema = object(&MATCHERS, &[], described());
    schema["minProperties"] = json!(1);
    schema
}

fn described() -> Vec<Described> {
    let some = |items: Value| json!({ "type": "array", "minItems": 1, "items": items });
    let list_or_template = |list: Value| json!({ "anyOf": [list, template()] });
    let truth = || json!({ "const": true });
    let two = json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": ["string", "number"] } });
    let bound = || json!({ "type": ["string", "number"] });
    vec![
        (
            "equals",
            "it is literally this, lists and maps too",
            json!({}),
        ),
        ("not", "the inner expectation does not hold", expectation()),
        (
            "one_of",
            "it equals one of the list",
            list_or_template(some(text())),
        ),
        (
            "contains",
            "a text has this part; a list has an element that meets this",
            expectation(),
        ),
        ("starts_with", "a text begins so", text()),
        ("matches", "the regex matches somewhere", text()),
        (
            "in_cidr",
            "an address or a block lies in the block, or in one of a list",
            json!({ "anyOf": [text(), some(text())] }),
        ),
        (
            "at_least",
            "a number, an instant or a duration is this or more",
            bound(),
        ),
        (
            "at_most",
            "a number, an instant or a duration is this or less",
            bound(),
        ),
        ("between", "[LOW, HIGH], both inclusive", two),
        ("every", "all elements of a list meet this", expectation()),
        (
            "some",
            "at least one element of a list meets this",
            expectation(),
        ),
        ("none", "no element of a list meets this", expectation()),
        (
            "only",
            "each listed expectation meets an element of its own, in any order, and nothing else is there",
            list_or_template(some(expectation())),
        ),
        (
            "count",
            "the length of a list or a map equals or meets this",
            expectation(),
        ),
        (
            "distinct",
            "no two elements are equal (true), or no two in this field (its path)",
            json!({ "anyOf": [flag(), text()], "not": { "const": false } }),
        ),
        ("present", "there is a value", truth()),
        ("absent", "there is none", truth()),
        (
            "empty",
            "a text, list or map is empty or not there",
            truth(),
        ),
        (
            "all_of",
            "all of a list of expectations hold",
            some(expectation()),
        ),
        (
            "any_of",
            "any of a list of expectations holds",
            some(expectation()),
        ),
    ]
}
