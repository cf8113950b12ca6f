//! What must hold, as written: a bare scalar, a map of matchers or a pattern of paths. It tells these apart, and knows
//! neither the fields of an observation nor what a matcher does with a value.
use std::collections::BTreeMap;

use super::ast::{At, Expect, FieldPath, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list, quote};
use super::fields::{Entries, wants};
use super::matcher::{self, MATCHERS};
use super::nearest::nearest;

/// What stands behind `expect:`.
const ROOT: &str = "a map from the observation's fields to what must hold";

/// The value of `expect:`, `when:` and `where:`: always a map, since an observation has many fields.
pub fn root(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<Expect>> {
    match &tree.value {
        Tree::Map(_) => expectation(tree, found),
        Tree::Scalar(scalar) => {
            let instance = quote(&format!("{{ outcome: {} }}", scalar.text));
            found.push(wants(
                tree,
                ROOT,
                format!("name the field, for instance {instance}"),
            ));
            None
        }
        Tree::Null => {
            found.push(empty(tree.span));
            None
        }
        Tree::List(_) => {
            found.push(wants(tree, ROOT, "name the field: `{ outcome: … }`"));
            None
        }
    }
}

/// What must hold of one value.
pub fn expectation(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<Expect>> {
    let expect = match &tree.value {
        Tree::Scalar(scalar) => Some(Expect::Equals(scalar.clone())),
        Tree::Null => {
            let nothing = Diagnostic::new(tree.span, "expected what must hold, found nothing");
            found.push(nothing.help("write `absent: true` for a field without a value"));
            None
        }
        Tree::List(_) => {
            let bare = Diagnostic::new(
                tree.span,
                "a bare list does not say whether its order counts",
            );
            found.push(bare.help("write `only: […]` for the same set in any order, `equals: […]` for exactly this list"));
            None
        }
        Tree::Map(entries) => map(entries, tree.span, found),
    };
    Some(At::new(expect?, tree.span))
}

fn map(entries: &Entries, span: Span, found: &mut Diagnostics) -> Option<Expect> {
    let is_matcher = |key: &At<String>| MATCHERS.contains(&key.value.as_str());
    let (matchers, fields): (Vec<_>, Vec<_>) = entries.iter().partition(|(key, _)| is_matcher(key));
    match (matchers.first(), fields.first()) {
        (None, None) => {
            found.push(empty(span));
            None
        }
        (Some(_), None) => {
            let all: Vec<_> = entries
                .iter()
                .map(|(key, value)| matcher::read(key, value, found))
                .collect();
            all.into_iter().collect::<Option<_>>().map(Expect::Matchers)
        }
        (None, Some(_)) => pattern(entries, found).map(Expect::Pattern),
        (Some((matcher, _)), Some((field, _))) => {
            found.push(mixture(matcher, field));
            None
        }
    }
}

fn empty(span: Span) -> Diagnostic {
    Diagnostic::new(span, "an empty expectation asserts nothing")
        .help("name a field and what must hold of it, or leave the whole key out")
}

fn mixture(matcher: &At<String>, field: &At<String>) -> Diagnostic {
    if let Some(meant) = nearest(&field.value, MATCHERS) {
        return unknown_matcher(field)
            .also(matcher.span, "a matcher stands beside it")
            .help(format!("did you mean `{meant}`?"));
    }
    let title = format!("the field {} beside a matcher", quote(&field.value));
    Diagnostic::new(field.span, title)
        .also(matcher.span, "the matcher is here")
        .help("a map holds either matchers or fields: put both maps into `all_of: [{ … }, { … }]`")
        .help(format!("the matchers are: {}", list(MATCHERS)))
}

fn unknown_matcher(key: &At<String>) -> Diagnostic {
    Diagnostic::new(key.span, format!("unknown matcher {}", quote(&key.value)))
}

/// A map of paths to what must hold there.
fn pattern(entries: &Entries, found: &mut Diagnostics) -> Option<Vec<(At<FieldPath>, At<Expect>)>> {
    let before = found.len();
    let mut fields = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        // In this order: what is near is worked out of a mistake alone.
        if matches!(value.value, Tree::List(_))
            && let Some(meant) = nearest(&key.value, MATCHERS)
        {
            found.push(unknown_matcher(key).help(format!("did you mean `{meant}`?")));
            continue;
        }
        let path = path(key, found);
        let expect = expectation(value, found);
        if let (Some(path), Some(expect)) = (path, expect) {
            fields.push((path, expect));
        }
    }
    let mut seen = BTreeMap::new();
    for (path, expect) in &fields {
        tell_doubled(&path.value.0, path.span, &expect.value, &mut seen, found);
    }
    (found.len() == before).then_some(fields)
}

/// A key as a path.
pub fn path(key: &At<String>, found: &mut Diagnostics) -> Option<At<FieldPath>> {
    match FieldPath::parse(&key.value) {
        Ok(path) => Some(At::new(path, key.span)),
        Err(error) => {
            found.push(Diagnostic::new(key.span, error.to_string()).help(error.remedy()));
            None
        }
    }
}

/// Tells a path that stands twice in different spellings: `a: { b: 1 }` beside `a.b: 2`.
fn tell_doubled(
    path: &[String],
    span: Span,
    expect: &Expect,
    seen: &mut BTreeMap<Vec<String>, Span>,
    found: &mut Diagnostics,
) {
    if let Expect::Pattern(fields) = expect {
        for (inner, expect) in fields {
            let whole = [path, &inner.value.0].concat();
            tell_doubled(&whole, inner.span, &expect.value, seen, found);
        }
        return;
    }
    match seen.get(path) {
        // Within one map the same spelling was told by the parser, and a pattern further in by its own reading.
        Some(&first) if first != span => {
            let path = FieldPath(path.to_vec()).to_string();
            let twice = Diagnostic::new(span, format!("the path {} stands twice", quote(&path)));
            found.push(
                twice
                    .also(first, "first here")
                    .help("write both under one key, or join them by `all_of`"),
            );
        }
        Some(_) => {}
        None => {
            seen.insert(path.to_vec(), span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::ast::Matcher;
    use crate::language::testing::{made, read, told};

    /// An expectation as one line: `path=…` for a pattern's field, `name(…)` for a matcher.
    fn shown(expect: &Expect) -> String {
        match expect {
            Expect::Equals(scalar) => scalar.text.clone(),
            Expect::Matchers(matchers) => {
                let all: Vec<_> = matchers
                    .iter()
                    .map(|matcher| shown_matcher(&matcher.value))
                    .collect();
                all.join(" & ")
            }
            Expect::Pattern(fields) => {
                let all: Vec<_> = fields
                    .iter()
                    .map(|(path, expect)| format!("{}={}", path.value, shown(&expect.value)))
                    .collect();
                format!("{{{}}}", all.join(", "))
            }
        }
    }

    fn shown_matcher(matcher: &Matcher) -> String {
        let all = |expects: &[At<Expect>]| {
            let all: Vec<_> = expects.iter().map(|expect| shown(&expect.value)).collect();
            all.join(", ")
        };
        let texts = |scalars: &[At<crate::language::ast::Scalar>]| {
            let all: Vec<_> = scalars
                .iter()
                .map(|scalar| scalar.value.text.clone())
                .collect();
            all.join(", ")
        };
        match matcher {
            Matcher::Equals(tree) => {
                format!("equals({})", crate::language::fields::shape(&tree.value))
            }
            Matcher::Not(inner) => format!("not({})", shown(&inner.value)),
            Matcher::OneOf(scalars) => format!("one_of({})", texts(scalars)),
            Matcher::Contains(inner) => format!("contains({})", shown(&inner.value)),
            Matcher::StartsWith(scalar) => format!("starts_with({})", scalar.value.text),
            Matcher::Matches(regex) => format!("matches({})", regex.value),
            Matcher::InCidr(blocks) => format!("in_cidr({})", texts(blocks)),
            Matcher::AtLeast(bound) => format!("at_least({})", bound.value.text),
            Matcher::AtMost(bound) => format!("at_most({})", bound.value.text),
            Matcher::Between(low, high) => {
                format!("between({}, {})", low.value.text, high.value.text)
            }
            Matcher::Every(inner) => format!("every({})", shown(&inner.value)),
            Matcher::Some(inner) => format!("some({})", shown(&inner.value)),
            Matcher::None(inner) => format!("none({})", shown(&inner.value)),
            Matcher::Only(expects) => format!("only({})", all(expects)),
            Matcher::OnlyTemplate(template) => format!("only_template({})", template.value.text),
            Matcher::Count(inner) => format!("count({})", shown(&inner.value)),
            Matcher::Distinct(None) => "distinct".to_owned(),
            Matcher::Distinct(Some(path)) => format!("distinct({})", path.value),
            Matcher::Present => "present".to_owned(),
            Matcher::Absent => "absent".to_owned(),
            Matcher::Empty => "empty".to_owned(),
            Matcher::AllOf(expects) => format!("all_of({})", all(expects)),
            Matcher::AnyOf(expects) => format!("any_of({})", all(expects)),
        }
    }

    #[test]
    fn an_expectation_is_a_pattern_of_paths_or_a_map_of_matchers() {
        for (text, expected) in [
            ("{ outcome: timeout }", "{outcome=timeout}"),
            (
                "{ engine_version: '8.40', mode: 0300 }",
                "{engine_version=8.40, mode=0300}",
            ),
            (
                "{ error.code: { one_of: [1290, 1836] } }",
                "{error.code=one_of(1290, 1836)}",
            ),
            (
                "{ tags.Name: x, tags: { Owner: y } }",
                "{tags.Name=x, tags={Owner=y}}",
            ),
            ("{ 'tags.\"a.b\"': x }", "{tags.\"a.b\"=x}"),
            (
                "{ port: { at_least: 1, at_most: 9 } }",
                "{port=at_least(1) & at_most(9)}",
            ),
            ("{ present: true }", "present"),
            (
                "{ ingress: { some: { port: 3000 }, none: { protocol: { one_of: [tcp, all] } } } }",
                "{ingress=some({port=3000}) & none({protocol=one_of(tcp, all)})}",
            ),
        ] {
            let expect = made(text, root).unwrap();
            assert_eq!(shown(&expect.value), expected, "{text}");
        }
    }

    #[test]
    fn each_matcher_takes_the_arguments_of_its_shape() {
        for (matcher, expected) in [
            ("equals: [a, b]", "equals(a list)"),
            ("equals: { one_of: 1 }", "equals(a map)"),
            ("equals: null", "equals(nothing)"),
            ("not: x", "not(x)"),
            ("not: { empty: true }", "not(empty)"),
            ("one_of: [a, 2]", "one_of(a, 2)"),
            ("one_of: '{{ subnets }}'", "one_of({{ subnets }})"),
            ("contains: x", "contains(x)"),
            ("contains: { port: 1 }", "contains({port=1})"),
            ("starts_with: ami-", "starts_with(ami-)"),
            ("matches: '^a.*$'", "matches(^a.*$)"),
            ("matches: '^{{ user }}$'", "matches(^{{ user }}$)"),
            ("in_cidr: 10.0.2.0/24", "in_cidr(10.0.2.0/24)"),
            (
                "in_cidr: [10.0.2.0/24, 'fd00::/8']",
                "in_cidr(10.0.2.0/24, fd00::/8)",
            ),
            (
                "in_cidr: '{{ subnet.cidr_block }}'",
                "in_cidr({{ subnet.cidr_block }})",
            ),
            ("at_least: 2", "at_least(2)"),
            (
                "at_least: 2026-01-01T00:00:00Z",
                "at_least(2026-01-01T00:00:00Z)",
            ),
            ("at_most: '{{ n }}'", "at_most({{ n }})"),
            ("between: [1, 2]", "between(1, 2)"),
            ("between: [10s, 2m]", "between(10s, 2m)"),
            (
                "every: { in_cidr: 10.0.0.0/8 }",
                "every(in_cidr(10.0.0.0/8))",
            ),
            ("some: x", "some(x)"),
            ("none: { a.b: 1 }", "none({a.b=1})"),
            ("only: [a, { b: 1 }]", "only(a, {b=1})"),
            (
                "only: '{{ web.subnets }}'",
                "only_template({{ web.subnets }})",
            ),
            ("count: 2", "count(2)"),
            ("count: '{{ n }}'", "count({{ n }})"),
            ("count: { at_least: 2 }", "count(at_least(2))"),
            ("distinct: true", "distinct"),
            ("distinct: placement.zone", "distinct(placement.zone)"),
            ("distinct: 'true'", "distinct(true)"),
            ("present: true", "present"),
            ("absent: true", "absent"),
            ("empty: true", "empty"),
            (
                "all_of: [{ at_least: 1 }, { not: 3 }]",
                "all_of(at_least(1), not(3))",
            ),
            (
                "any_of: [a, { starts_with: b }]",
                "any_of(a, starts_with(b))",
            ),
        ] {
            let expect = made(&format!("{{ f: {{ {matcher} }} }}"), root).unwrap();
            assert_eq!(
                shown(&expect.value),
                format!("{{f={expected}}}"),
                "{matcher}"
            );
        }
    }

    #[test]
    fn every_matcher_is_read() {
        for matcher in MATCHERS {
            let (expect, told) = read(&format!("{{ {matcher}: {{}} }}"), root);
            assert!(
                expect.is_some() || !told.is_empty(),
                "{matcher} is read or refused"
            );
        }
    }

    #[test]
    fn what_asserts_nothing_or_two_things_is_refused() {
        for (text, title) in [
            ("{}", "an empty expectation asserts nothing"),
            ("{ a: {} }", "an empty expectation asserts nothing"),
            ("{ a: }", "expected what must hold, found nothing"),
            ("{ a: { one_off: [x, y] } }", "unknown matcher `one_off`"),
            (
                "{ a: [x] }",
                "a bare list does not say whether its order counts",
            ),
            (
                "{ a: { at_least: 1, b: 2 } }",
                "the field `b` beside a matcher",
            ),
            (
                "{ a: { at_least: 1, at_mots: 2 } }",
                "unknown matcher `at_mots`",
            ),
            (
                "timeout",
                "expected a map from the observation's fields to what must hold, found `timeout`",
            ),
            (
                "[a]",
                "expected a map from the observation's fields to what must hold, found a list",
            ),
            ("{ a: { b: 1 }, a.b: 2 }", "the path `a.b` stands twice"),
            (
                "{ a.b: 2, a: { b: { at_least: 1 } } }",
                "the path `a.b` stands twice",
            ),
            (
                "{ a: { b: { c: 1 } }, a.b: { c: 2 } }",
                "the path `a.b.c` stands twice",
            ),
            ("{ 'a.\"b\"': 1, a.b: 2 }", "the path `a.b` stands twice"),
            (
                "{ x: { some: { a: { b: 1 }, a.b: 2 } } }",
                "the path `a.b` stands twice",
            ),
            ("{ a..b: 1 }", "a path with an empty part"),
            ("{ 'a[0].b': 1 }", "a path into a list by number"),
        ] {
            assert_eq!(told(text, root), [title], "{text}");
        }
    }

    #[test]
    fn paths_that_only_share_a_beginning_stand_side_by_side() {
        for text in [
            "{ a: { b: 1 }, a.c: 2 }",
            "{ a: { present: true }, a.b: 1 }",
            "{ a.b: 1, a.b.c: { absent: true } }",
        ] {
            assert_eq!(told(text, root), [""; 0], "{text}");
        }
    }
}
