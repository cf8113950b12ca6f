//! What must hold, as written: a bare scalar, a map of matchers or a pattern of paths. It tells these apart, and knows
//! neither the fields of an observation nor what a matcher does with a value.
use std::collections::BTreeMap;

use super::ast::{At, Expect, FieldPath, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list, quote};
use super::fields::{Entries, wants};
use super::matcher::{self, MATCHERS};
use super::nearest::nearest;

/// The value of `expect:`, `when:` and `where:`: always a map, since an observation has many fields.
pub fn root(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<Expect>> {
    match &tree.value {
        Tree::Map(_) => expectation(tree, found),
        Tree::Scalar(scalar) => {
            let wrong = wants(
                tree,
                "a map from the observation's fields to what must hold",
            );
            found.push(wrong.help(format!(
                "name the field, for instance `{{ outcome: {} }}`",
                scalar.text
            )));
            None
        }
        Tree::Null => {
            found.push(empty(tree.span));
            None
        }
        Tree::List(_) => {
            found.push(wants(
                tree,
                "a map from the observation's fields to what must hold",
            ));
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
    match nearest(&field.value, MATCHERS) {
        Some(meant) => Diagnostic::new(
            field.span,
            format!("unknown matcher {}", quote(&field.value)),
        )
        .also(matcher.span, "a matcher stands beside it")
        .help(format!("did you mean `{meant}`?")),
        None => Diagnostic::new(
            field.span,
            format!("the field {} beside a matcher", quote(&field.value)),
        )
        .also(matcher.span, "the matcher is here")
        .help("a map holds either matchers or fields: put both maps into `all_of: [{ … }, { … }]`")
        .help(format!("the matchers are: {}", list(MATCHERS))),
    }
}

/// A map of paths to what must hold there.
fn pattern(entries: &Entries, found: &mut Diagnostics) -> Option<Vec<(At<FieldPath>, At<Expect>)>> {
    let before = found.len();
    let mut fields = Vec::with_capacity(entries.len());
    for (key, value) in entries {
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
