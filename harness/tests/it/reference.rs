//! The reference of fields, `docs/fields.md`, says what the code does: it is made of the same tables that check files are
//! held against. `LABCHECK_BLESS=1 cargo test -p labcheck --test it reference` writes it anew; read it before committing.
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use labcheck::aws::Kind;
use labcheck::language::MATCHERS;
use labcheck::observe::schema::{COMMAND, DNS, DRILL, HTTP, MYSQL, ProbeSchema, TCP, VANTAGE};
use labcheck::schema::{Field, Source, Type};
use labcheck::world::RESOURCE;

use crate::support::{is_what_the_code_knows, root};

#[test]
fn the_reference_of_fields_is_what_the_code_knows() {
    is_what_the_code_knows(&root().join("docs/fields.md"), &fields());
}

/// Every probe.
const PROBES: [&ProbeSchema; 8] = [
    &RESOURCE, &DNS, &TCP, &HTTP, &MYSQL, &COMMAND, &VANTAGE, &DRILL,
];

#[test]
fn the_reference_of_the_language_names_each_kind_matcher_and_outcome() {
    let text = fs::read_to_string(root().join("docs/language.md")).unwrap();
    let named: BTreeSet<&str> = text
        .split('`')
        .flat_map(|part| part.split([' ', ',', '\n', ':', '{', '}']))
        .collect();
    let outcomes = PROBES
        .into_iter()
        .flat_map(|schema| schema.outcomes.iter().map(|outcome| outcome.name))
        // Carriers that hide the reason come with the vantages that have them.
        .filter(|outcome| *outcome != "not_connected");
    let words = Kind::ALL
        .iter()
        .map(|kind| kind.word())
        .chain(MATCHERS)
        .chain(outcomes);
    let missing: Vec<&str> = words.filter(|word| !named.contains(word)).collect();
    assert!(missing.is_empty(), "docs/language.md lacks {missing:?}");
}

fn fields() -> String {
    let mut text = String::from(
        "# Fields\n\n\
         What a check can look at, made from the code by `harness/tests/it/reference.rs`; how it is used is in\n\
         [language.md](language.md). *Also lists* names the kinds that are listed with a field that is worked out from them,\n\
         and the call that is made only when a path names the field. A field of a relation goes on in the other kind's fields.\n\
         In `name[]` each element of a list has the fields below it.\n\n## Probes\n",
    );
    for schema in PROBES {
        probe(&mut text, schema);
    }
    text.push_str("\n## Kinds\n");
    for kind in Kind::ALL {
        let _ = write!(
            text,
            "\n### {} · {}\n\nListed by `{}`.\n\n| field | type | meaning | also lists |\n|---|---|---|---|\n",
            kind.word(),
            kind.plural(),
            kind.page_call()
        );
        rows(&mut text, kind.fields(), "", true);
    }
    text
}

fn probe(text: &mut String, schema: &ProbeSchema) {
    let _ = write!(
        text,
        "\n### {}\n\n| outcome | meaning |\n|---|---|\n",
        schema.probe
    );
    for outcome in schema.outcomes {
        let _ = writeln!(text, "| `{}` | {} |", outcome.name, cell(outcome.doc));
    }
    if !schema.fields.is_empty() {
        text.push_str("\n| field | type | meaning |\n|---|---|---|\n");
        rows(text, schema.fields, "", false);
    }
}

/// A row for each field, and below it those inside it.
fn rows(text: &mut String, fields: &[Field], above: &str, with_source: bool) {
    for field in fields {
        let list = if matches!(field.ty, Type::List(_)) {
            "[]"
        } else {
            ""
        };
        let path = format!("{above}{}", field.name);
        let _ = write!(
            text,
            "| `{path}{list}` | {} | {} |",
            noun(&field.ty),
            cell(field.doc)
        );
        text.push_str(&if with_source {
            format!(" {} |\n", source(field.source))
        } else {
            "\n".to_owned()
        });
        if let Type::Record(inner) = element(&field.ty) {
            rows(text, inner, &format!("{path}{list}."), with_source);
        }
    }
}

fn element(ty: &Type) -> &Type {
    match ty {
        Type::List(of) => element(of),
        ty => ty,
    }
}

fn noun(ty: &Type) -> String {
    match ty {
        Type::Text => "text".to_owned(),
        Type::Integer => "whole number".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Time => "instant".to_owned(),
        Type::List(of) => format!("list of {}", noun(of)),
        Type::Record(_) => "record".to_owned(),
        Type::Map(of) => format!("map to {}", noun(of)),
        Type::Resource(kind) => format!("[{}](#{})", kind.word(), anchor(*kind)),
    }
}

/// The heading's own anchor, as GitHub makes it.
fn anchor(kind: Kind) -> String {
    format!("{}--{}", kind.word(), kind.plural())
}

fn source(source: Source) -> String {
    match source {
        Source::Listed => String::new(),
        Source::Derived(kinds) => kinds
            .iter()
            .map(|kind| format!("`{}`", kind.page_call()))
            .collect::<Vec<_>>()
            .join(" "),
        Source::OwnCall(call) => format!("`{}`", call.action()),
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
