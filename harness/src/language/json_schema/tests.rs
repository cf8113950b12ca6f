use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Document, expect, probe};
use crate::language::ast::{At, Tree};
use crate::language::check_file::CHECK_KEYS;
use crate::language::diagnostic::Diagnostics;
use crate::language::drill::DISRUPTIONS;
use crate::language::probe::PROBES;
use crate::language::testing::read;
use crate::language::{check_file, expect as reader, lab_file, rows_file, stack_file};

/// Each map below a schema that has no other keys than those it names.
fn properties<'v>(schema: &'v Value, found: &mut Vec<&'v Map<String, Value>>) {
    match schema {
        Value::Object(map) => {
            if let (Some(Value::Object(named)), Some(Value::Bool(false))) =
                (map.get("properties"), map.get("additionalProperties"))
            {
                found.push(named);
            }
            map.values().for_each(|inner| properties(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| properties(inner, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_every_reader_is_described() {
    for document in Document::ALL {
        let schema = document.schema();
        let mut found = Vec::new();
        properties(&schema, &mut found);
        assert!(!found.is_empty());
        for named in found {
            for (key, shape) in named {
                let doc = shape["description"].as_str().unwrap_or_default();
                assert!(
                    !doc.is_empty(),
                    "{}: `{key}` is not described",
                    document.word()
                );
            }
        }
    }
}

/// The keys of one map, as described.
fn keys(schema: &Value) -> Vec<&str> {
    schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn nothing_is_described_that_a_reader_does_not_know() {
    let check = Document::Check.schema();
    let check = &check["definitions"]["check"];
    assert_eq!(keys(check), CHECK_KEYS);
    assert_eq!(keys(&probe::definitions()["probe"]), PROBES);
    assert_eq!(keys(&check["properties"]["disrupt"]), DISRUPTIONS);
    assert_eq!(
        keys(&Value::Object(expect::definitions())["matchers"]),
        crate::language::MATCHERS
    );
}

/// A tree as an editor's YAML server sees it.
fn value(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Scalar(scalar) if scalar.quoted => json!(scalar.text),
        Tree::Scalar(scalar) => match scalar.text.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            text => text
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| text.parse::<f64>().map(Value::from))
                .unwrap_or_else(|_| json!(text)),
        },
        Tree::List(items) => items.iter().map(|item| value(&item.value)).collect(),
        Tree::Map(entries) => entries
            .iter()
            .map(|(key, inner)| (key.value.clone(), value(&inner.value)))
            .collect(),
    }
}

/// What the schema says of a text, where a reader finds nothing wrong with it.
fn complaint<T>(
    validator: &Validator,
    text: &str,
    reader: impl Fn(&At<Tree>, &mut Diagnostics) -> T,
) -> Option<String> {
    let (seen, told) = read(text, |tree, found| {
        let _made = reader(tree, found);
        value(&tree.value)
    });
    if !told.is_empty() {
        return None;
    }
    validator
        .iter_errors(&seen)
        .next()
        .map(|error| format!("{}: {error}", error.instance_path()))
}

fn validator(document: Document) -> Validator {
    jsonschema::validator_for(&document.schema()).expect("the schema is one")
}

/// Expectations, most of which the reader takes.
fn expectation() -> impl Strategy<Value = String> {
    let scalar = proptest::sample::select(vec![
        "a",
        "'1'",
        "3",
        "8.40",
        "true",
        "'{{ x }}'",
        "10.0.0.0/8",
        "90s",
        "2026-01-01T00:00:00Z",
    ]);
    let scalar = scalar.prop_map(str::to_owned);
    let field = proptest::sample::select(vec!["outcome", "status", "a.b", "'a.\"b\"'", "rows"]);
    let one = proptest::sample::select(crate::language::MATCHERS.to_vec());
    scalar.prop_recursive(4, 24, 3, move |inner| {
        let list = proptest::collection::vec(inner.clone(), 1..3)
            .prop_map(|all| format!("[{}]", all.join(", ")));
        let argument = prop_oneof![2 => inner.clone(), 1 => list];
        let matchers = proptest::collection::btree_map(one.clone(), argument, 1..3);
        let pattern = proptest::collection::btree_map(field.clone(), inner, 1..3);
        prop_oneof![
            matchers.prop_map(|map| written(&map)),
            pattern.prop_map(|map| written(&map))
        ]
    })
}

fn written(map: &std::collections::BTreeMap<&str, String>) -> String {
    let entries: Vec<String> = map
        .iter()
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    format!("{{ {} }}", entries.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn what_a_reader_takes_as_an_expectation_the_schema_takes(text in expectation()) {
        thread_local! {
            static ROOT: Validator = {
                let mut schema = expect::root();
                schema["definitions"] = Value::Object(expect::definitions());
                jsonschema::validator_for(&schema).expect("the schema is one")
            };
        }
        let told = ROOT.with(|root| complaint(root, &text, reader::root));
        prop_assert_eq!(told, None, "{}", text);
    }
}

#[test]
fn what_the_readers_take_the_schemas_take() {
    let check = validator(Document::Check);
    for written in [
        "probe: { resource: web }",
        "probe: { tcp: { host: a, port: '{{ p }}' } }, expect: { outcome: { one_of: [timeout, refused] } }",
        "probe: { dns: { name: a, type: '{{ t }}' } }, expect: { outcome: '{{ o }}', cnames: { count: 2 } }",
        "probe: { mysql: { query: x } }, hint: a, title: { ja: a, en: b }, points: 0, eventually: '{{ settle }}'",
        "steps: [{ probe: { command: { argv: [ip, 1] } }, save: { id: selected.ids }, times: 3 }], finally: [], writes: true",
        "kind: drill, disrupt: { failover_cluster: c }, steady_state: s, every: 2s, restore: original-writer",
        "kind: drill, disrupt: { stop_service: { instance: a, unit: b } }, steady_state: s, from: c",
        "probe: { http: { url: 'http://a/', form: { a: 1 }, capture: { id: '(.)' } } }, expect: { body: a, headers.via: { absent: true } }",
    ] {
        let text = format!("{{ phase: end, checks: {{ a: {{ {written} }} }} }}");
        let (_, told) = read(&text, check_file::read);
        assert!(told.is_empty(), "{told:?} of {text}");
        assert_eq!(complaint(&check, &text, check_file::read), None, "{text}");
    }
    let stack = validator(Document::Stack);
    for written in [
        "lab: a, expect_account: '012345678901', endpoint_urls: { rds: 'http://a' }, vars: { a: [1, { b: 2 }] }",
        "vantages: { a: none, b: { ssh: { host: a, user: b, port: 22 }, resolver: 10.0.0.2 }, c: { direct: true }, d: { ssm: { instance: web1, plugin: p } } }",
        "logins: { a: { user: x, password: { env: A } } }, replica: { speed: 0.5, faults: [], api_latency: 50ms }",
    ] {
        let text = format!("{{ {written} }}");
        let (_, told) = read(&text, stack_file::read);
        assert!(told.is_empty(), "{told:?} of {text}");
        assert_eq!(complaint(&stack, &text, stack_file::read), None, "{text}");
    }
    let lab = "{ lab: a, stack_name: '.', regions: [a], phases: [end], resources: { web: { instances: { where: { subnet.id: x } } } } }";
    assert_eq!(
        complaint(&validator(Document::Lab), lab, lab_file::read),
        None
    );
    let rows = "{ A-1: { type: RO, severity: error, phase: end, text: a, cannot: b } }";
    assert_eq!(
        complaint(&validator(Document::Rows), rows, rows_file::read),
        None
    );
}

#[test]
fn mistakes_of_shape_are_underlined() {
    let refused = |document: Document, text: &str| {
        let (seen, _) = read(text, |tree, _| value(&tree.value));
        assert!(
            !validator(document).is_valid(&seen),
            "{} takes {text}",
            document.word()
        );
    };
    for written in [
        "probee: { resource: web }",
        "needs: [a]",
        "probe: { tpc: { host: a, port: 1 } }",
        "probe: { tcp: { host: a } }",
        "probe: { tcp: { host: a, port: 0 } }",
        "probe: { tcp: { host: a, port: 1 } }, expect: { outcome: timeuot }",
        "probe: { resource: a, vantage: b }",
        "probe: { resource: a }, expect: { b: { at_least: 1, c: 2 } }",
        "probe: { resource: a }, expect: { b: [1] }",
        "probe: { resource: a }, expect: {}",
        "probe: { resource: a }, needs: b",
        "probe: { resource: a }, times: 0",
        "probe: { resource: a }, timeout: 90",
        "probe: { resource: a }, hint: a, hints: []",
        "probe: { resource: a }, title: { ja: a }",
        "probe: { resource: a }, severity: fatal",
        "steps: [{ expect: { a: 1 } }]",
        "kind: drill, disrupt: { stop: a }, steady_state: b",
        "kind: drill, disrupt: { stop_service: { instance: a } }, steady_state: b, from: c",
    ] {
        refused(
            Document::Check,
            &format!("{{ checks: {{ a: {{ {written} }} }} }}"),
        );
    }
    for written in [
        "{ regio: a }",
        "{ expect_account: '1' }",
        "{ logins: { a: { user: x, password: secret } } }",
        "{ vantages: { a: derect } }",
        "{ endpoint_urls: { s3: 'http://a' } }",
        "{ replica: { speed: 0 } }",
    ] {
        refused(Document::Stack, written);
    }
    refused(
        Document::Lab,
        "{ lab: a, stack_name: '.', regions: [a], phases: [end], resources: { web: { instanze: {} } } }",
    );
    refused(
        Document::Lab,
        "{ lab: a, stack_name: '.', regions: [], phases: [end] }",
    );
    refused(Document::Rows, "{ A-1: { type: R } }");
    refused(Document::Roster, "{ students: { a: b } }");
}
