//! Each matcher on values that meet it, that do not, and that are missing.
use serde_json::{Value, json};

use super::{differences, holds};
use crate::judge::condition::{Condition, Matcher, Operand, Pattern};
use crate::language::ast::FieldPath;
use crate::plan::template::Template;
use crate::schema::Type;

fn literal(value: Value) -> Operand {
    Operand::Literal(value)
}

fn one(matcher: Matcher) -> Condition {
    Condition::All(vec![matcher])
}

fn equals(value: Value) -> Condition {
    one(Matcher::Equals(literal(value)))
}

fn pattern(fields: Vec<(&str, Condition)>) -> Condition {
    Condition::Pattern(
        fields
            .into_iter()
            .map(|(path, inner)| {
                (
                    FieldPath(path.split('.').map(str::to_owned).collect()),
                    inner,
                )
            })
            .collect(),
    )
}

fn all_matchers() -> Vec<Matcher> {
    let boxed = || Box::new(equals(json!(1)));
    vec![
        Matcher::Equals(literal(json!(1))),
        Matcher::Not(boxed()),
        Matcher::OneOf(vec![literal(json!(1))]),
        Matcher::ContainsText(literal(json!("a"))),
        Matcher::ContainsElement(boxed()),
        Matcher::StartsWith(literal(json!("a"))),
        Matcher::Matches(Pattern::Regex(regex::Regex::new(".*").unwrap())),
        Matcher::InCidr(vec![literal(json!("0.0.0.0/0"))]),
        Matcher::AtLeast(literal(json!(0))),
        Matcher::AtMost(literal(json!(9))),
        Matcher::Between(literal(json!(0)), literal(json!(9))),
        Matcher::Every(boxed()),
        Matcher::Some(boxed()),
        Matcher::None(boxed()),
        Matcher::Only(vec![]),
        Matcher::Count(Box::new(equals(json!(0)))),
        Matcher::Distinct(None),
        Matcher::Present,
    ]
}

#[test]
fn on_a_missing_value_nothing_holds_but_absent_and_empty() {
    for matcher in all_matchers() {
        for value in [None, Some(Value::Null)] {
            let condition = one(matcher.clone());
            assert!(
                !holds(&condition, value.as_ref(), &Value::Null).unwrap(),
                "{} on {value:?}",
                matcher.word()
            );
        }
    }
    for matcher in [Matcher::Absent, Matcher::Empty] {
        assert!(
            holds(&one(matcher.clone()), None, &Value::Null).unwrap(),
            "{}",
            matcher.word()
        );
        assert!(holds(&one(matcher), Some(&Value::Null), &Value::Null).unwrap());
    }
}

#[test]
fn every_only_distinct_between_and_not_do_not_hold_on_an_empty_list() {
    for matcher in [
        Matcher::Every(Box::new(Condition::nothing())),
        Matcher::Only(vec![]),
        Matcher::Distinct(None),
        Matcher::Between(literal(json!(0)), literal(json!(9))),
        Matcher::Not(Box::new(equals(json!(1)))),
    ] {
        assert!(
            !holds(&one(matcher.clone()), Some(&json!([])), &Value::Null).unwrap(),
            "{}",
            matcher.word()
        );
    }
    for matcher in [
        Matcher::None(Box::new(Condition::nothing())),
        Matcher::Empty,
        Matcher::Count(Box::new(equals(json!(0)))),
    ] {
        assert!(
            holds(&one(matcher.clone()), Some(&json!([])), &Value::Null).unwrap(),
            "{}",
            matcher.word()
        );
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a table: each matcher with what meets it and what does not"
)]
#[test]
fn each_matcher_tells_what_meets_it_from_what_does_not() {
    let text = |text: &str| literal(json!(text));
    let of_port = |port: u16| pattern(vec![("port", equals(json!(port)))]);
    for (matcher, good, bad) in [
        (Matcher::Equals(text("8.40")), json!("8.40"), json!("8.4")),
        (
            Matcher::Equals(literal(json!(3000))),
            json!(3000),
            json!("3000"),
        ),
        (
            Matcher::Equals(literal(json!([1, 2]))),
            json!([1, 2]),
            json!([2, 1]),
        ),
        (
            Matcher::Not(Box::new(equals(json!("x")))),
            json!("y"),
            json!("x"),
        ),
        (
            Matcher::OneOf(vec![text("a"), literal(json!(["b", "c"]))]),
            json!("c"),
            json!("d"),
        ),
        (
            Matcher::ContainsText(text("bc")),
            json!("abcd"),
            json!("acbd"),
        ),
        (
            Matcher::ContainsElement(Box::new(of_port(80))),
            json!([{"port": 1}, {"port": 80}]),
            json!([{"port": 8080}]),
        ),
        (Matcher::StartsWith(text("ab")), json!("abc"), json!("cab")),
        (
            Matcher::Matches(Pattern::Regex(regex::Regex::new("^8\\.4\\.").unwrap())),
            json!("8.4.9"),
            json!("18.4.9"),
        ),
        (
            Matcher::InCidr(vec![text("10.0.2.0/24")]),
            json!("10.0.2.7"),
            json!("10.0.20.7"),
        ),
        (
            Matcher::InCidr(vec![text("10.0.0.0/16")]),
            json!("10.0.2.0/24"),
            json!("10.0.0.0/15"),
        ),
        (
            Matcher::InCidr(vec![text("10.0.0.0/16")]),
            json!("10.0.2.0"),
            json!("not an address"),
        ),
        (Matcher::AtLeast(literal(json!(3))), json!(3), json!(2)),
        (
            Matcher::AtLeast(text("2026-01-01T00:00:00Z")),
            json!("2026-01-01T01:00:00Z"),
            json!("2025-12-31T23:59:59Z"),
        ),
        (Matcher::AtMost(literal(json!(3))), json!(3), json!(4)),
        (
            Matcher::Between(literal(json!(1)), literal(json!(2))),
            json!(1),
            json!(0),
        ),
        (
            Matcher::Every(Box::new(of_port(80))),
            json!([{"port": 80}]),
            json!([{"port": 80}, {"port": 81}]),
        ),
        (
            Matcher::Some(Box::new(of_port(80))),
            json!([{"port": 80}, {"port": 81}]),
            json!([{"port": 81}]),
        ),
        (
            Matcher::None(Box::new(of_port(80))),
            json!([{"port": 81}]),
            json!([{"port": 80}, {"port": 81}]),
        ),
        (
            Matcher::Only(vec![equals(json!(1)), equals(json!(2))]),
            json!([2, 1]),
            json!([1, 2, 3]),
        ),
        (
            Matcher::OnlyList(literal(json!(["a"]))),
            json!(["a"]),
            json!(["a", "b"]),
        ),
        (
            Matcher::Count(Box::new(one(Matcher::AtLeast(literal(json!(2)))))),
            json!([1, 1]),
            json!([1]),
        ),
        (Matcher::Distinct(None), json!([1, 2]), json!([1, 1])),
        (
            Matcher::Distinct(Some(FieldPath(vec!["az".into()]))),
            json!([{"az": "a"}, {"az": "b"}]),
            json!([{"az": "a"}, {}]),
        ),
        (Matcher::Present, json!(""), Value::Null),
        (Matcher::Absent, Value::Null, json!("")),
        (Matcher::Empty, json!([]), json!([0])),
        (
            Matcher::AllOf(vec![equals(json!(1)), one(Matcher::Present)]),
            json!(1),
            json!(2),
        ),
        (
            Matcher::AnyOf(vec![equals(json!(1)), one(Matcher::Absent)]),
            json!(1),
            json!(2),
        ),
    ] {
        let condition = one(matcher);
        assert!(
            holds(&condition, Some(&good), &Value::Null).unwrap(),
            "{condition:?} on {good}"
        );
        assert!(
            !holds(&condition, Some(&bad), &Value::Null).unwrap(),
            "{condition:?} on {bad}"
        );
    }
}

#[test]
fn a_mismatch_names_the_path_the_expected_and_the_actual() {
    let condition = pattern(vec![
        (
            "targets",
            one(Matcher::Every(Box::new(pattern(vec![(
                "health",
                equals(json!("healthy")),
            )])))),
        ),
        ("tags.Name", equals(json!("x"))),
    ]);
    let value =
        json!({ "targets": [ { "health": "healthy" }, { "health": "unused" } ], "tags": {} });
    let found = differences(&condition, Some(&value), "", &Value::Null).unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|m| (m.path.as_str(), m.expected.value.clone(), m.actual.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("targets[1].health", json!("healthy"), Some(json!("unused"))),
            ("tags.Name", json!("x"), None)
        ]
    );
}

#[test]
fn only_tells_what_is_missing_and_what_is_too_much() {
    let condition = one(Matcher::Only(vec![equals(json!("a")), equals(json!("b"))]));
    let found = differences(&condition, Some(&json!(["b", "c"])), "groups", &Value::Null).unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|m| (m.path.as_str(), m.expected.value.clone(), m.actual.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("groups", json!("a"), None),
            ("groups[1]", Value::Null, Some(json!("c")))
        ]
    );
}

#[test]
fn a_template_is_read_in_the_fields_type_and_a_missing_value_is_told_apart() {
    let names = json!({ "app_port": "3000", "blocks": ["10.0.2.0/24", "10.0.3.0/24"] });
    let port = one(Matcher::Equals(Operand::Template(
        Template::parse("{{ app_port }}").unwrap(),
        Type::Integer,
    )));
    assert!(holds(&port, Some(&json!(3000)), &names).unwrap());
    let blocks = one(Matcher::InCidr(vec![Operand::Template(
        Template::parse("{{ blocks }}").unwrap(),
        Type::Text,
    )]));
    assert!(holds(&blocks, Some(&json!("10.0.3.9")), &names).unwrap());
    let gone = one(Matcher::Equals(Operand::Template(
        Template::parse("{{ nope.id }}").unwrap(),
        Type::Text,
    )));
    assert!(holds(&gone, Some(&json!("x")), &names).is_err());
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c]{0,3}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_equals_itself_and_is_only_itself_in_any_order(mut list in prop::collection::vec(values(), 1..5)) {
            let conditions: Vec<Condition> = list.iter().cloned().map(equals).collect();
            list.reverse();
            prop_assert!(holds(&one(Matcher::Only(conditions)), Some(&Value::from(list)), &Value::Null).unwrap());
        }

        #[test]
        fn some_is_what_none_is_not_on_a_list(list in prop::collection::vec(values(), 0..5), wanted in values()) {
            let list = Value::from(list);
            let some = holds(&one(Matcher::Some(Box::new(equals(wanted.clone())))), Some(&list), &Value::Null).unwrap();
            let none = holds(&one(Matcher::None(Box::new(equals(wanted)))), Some(&list), &Value::Null).unwrap();
            prop_assert_ne!(some, none);
        }
    }
}
