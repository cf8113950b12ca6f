//! Shapes that many keys share, as the readers of [`crate::language::fields`] take them.
use serde_json::{Map, Value, json};

/// One key: its name, what it means and the shape of its value.
pub type Described = (&'static str, &'static str, Value);

/// A map with these keys and no others. `keys` is the reader's own table; a test holds that each is described.
pub fn object(keys: &[&str], required: &[&str], described: Vec<Described>) -> Value {
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties(keys, described),
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn properties(keys: &[&str], described: Vec<Described>) -> Map<String, Value> {
    let mut properties: Map<String, Value> = keys
        .iter()
        .map(|key| ((*key).to_owned(), json!({})))
        .collect();
    for (key, doc, shape) in described {
        properties.insert(key.to_owned(), doc_of(doc, shape));
    }
    properties
}

/// The shape, explained. A draft-7 validator ignores what stands beside a `$ref`, so that one is wrapped.
pub fn doc_of(doc: &str, shape: Value) -> Value {
    let mut schema = if shape.get("$ref").is_some() {
        json!({ "allOf": [shape] })
    } else {
        shape
    };
    schema["description"] = json!(doc);
    schema
}

/// A map of exactly one of these keys.
pub fn one_of_keys(described: Vec<Described>) -> Value {
    let keys: Vec<&str> = described.iter().map(|(key, _, _)| *key).collect();
    let mut schema = object(&keys, &[], described);
    schema["minProperties"] = json!(1);
    schema["maxProperties"] = json!(1);
    schema
}

/// A map from names of the author's to one shape.
pub fn map_of(shape: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": shape })
}

/// A shape among the definitions.
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// Shapes under their names, for the definitions.
pub fn defined<const N: usize>(shapes: [(&str, Value); N]) -> Map<String, Value> {
    shapes
        .map(|(name, shape)| (name.to_owned(), shape))
        .into_iter()
        .collect()
}

/// A text: any scalar is one, by its own characters.
pub fn text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

/// One of these words.
pub fn word(words: &[&str]) -> Value {
    json!({ "enum": words })
}

/// One of these words, or a template for one.
pub fn word_or_template(words: &[&str]) -> Value {
    json!({ "anyOf": [{ "enum": words }, template()] })
}

/// A text that holds a template.
pub fn template() -> Value {
    json!({ "type": "string", "pattern": r"\{\{" })
}

/// A list of names, none twice.
pub fn names() -> Value {
    json!({ "type": "array", "items": text(), "uniqueItems": true })
}

/// A list of texts.
pub fn texts() -> Value {
    json!({ "type": "array", "items": text() })
}

/// A map of texts.
pub fn text_map() -> Value {
    map_of(&text())
}

/// `true` or `false`.
pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A whole number.
pub fn count(least: u32) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": u32::MAX })
}

/// `90s`, `2m 30s`.
pub fn duration() -> Value {
    json!({ "type": "string", "examples": ["500ms", "90s", "2m 30s"] })
}

/// A port, or a template for it.
pub fn port() -> Value {
    json!({ "anyOf": [
        { "type": "integer", "minimum": 1, "maximum": u16::MAX },
        { "type": "string", "pattern": r"^\+?[0-9]+$|\{\{" },
    ] })
}

/// A text in both languages, or one for both.
pub fn bilingual() -> Value {
    let both = object(
        &["ja", "en"],
        &["ja", "en"],
        vec![("ja", "in Japanese", text()), ("en", "in English", text())],
    );
    json!({ "anyOf": [text(), both] })
}
