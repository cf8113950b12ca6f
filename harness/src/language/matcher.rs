//! Each matcher's name and the shape of its argument. What it does with a value is not known here.
use std::net::IpAddr;

use super::ast::{At, Expect, Matcher, Scalar, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, quote};
use super::expect::{expectation, path};
use super::fields::{flag, is_one_template, is_template, items, wants};

/// All matchers. No field of an observation bears one of these names.
pub const MATCHERS: [&str; 21] = [
    "equals",
    "not",
    "one_of",
    "contains",
    "starts_with",
    "matches",
    "in_cidr",
    "at_least",
    "at_most",
    "between",
    "every",
    "some",
    "none",
    "only",
    "count",
    "distinct",
    "present",
    "absent",
    "empty",
    "all_of",
    "any_of",
];

/// Reads one matcher by its key.
pub fn read(key: &At<String>, argument: &At<Tree>, found: &mut Diagnostics) -> Option<At<Matcher>> {
    let matcher = match key.value.as_str() {
        "equals" => Matcher::Equals(argument.clone()),
        "not" => Matcher::Not(inner(argument, found)?),
        "one_of" => Matcher::OneOf(scalars(argument, found)?),
        "contains" => Matcher::Contains(inner(argument, found)?),
        "starts_with" => Matcher::StartsWith(scalar(argument, "a text", found)?),
        "matches" => Matcher::Matches(regex(argument, found)?),
        "in_cidr" => Matcher::InCidr(cidrs(argument, found)?),
        "at_least" => Matcher::AtLeast(bound(argument, found)?),
        "at_most" => Matcher::AtMost(bound(argument, found)?),
        "between" => between(argument, found)?,
        "every" => Matcher::Every(inner(argument, found)?),
        "some" => Matcher::Some(inner(argument, found)?),
        "none" => Matcher::None(inner(argument, found)?),
        "only" => only(argument, found)?,
        "count" => Matcher::Count(count(argument, found)?),
        "distinct" => distinct(argument, found)?,
        "present" => truth(
            key,
            argument,
            "write `absent: true`",
            Matcher::Present,
            found,
        )?,
        "absent" => truth(
            key,
            argument,
            "write `present: true`",
            Matcher::Absent,
            found,
        )?,
        "empty" => truth(
            key,
            argument,
            "write `not: { empty: true }`",
            Matcher::Empty,
            found,
        )?,
        "all_of" => Matcher::AllOf(alternatives(argument, found)?),
        "any_of" => Matcher::AnyOf(alternatives(argument, found)?),
        _ => return None,
    };
    Some(At::new(matcher, key.span))
}

fn inner(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Box<At<Expect>>> {
    expectation(argument, found).map(Box::new)
}

fn scalar(argument: &At<Tree>, wanted: &str, found: &mut Diagnostics) -> Option<At<Scalar>> {
    if let Tree::Scalar(scalar) = &argument.value {
        return Some(At::new(scalar.clone(), argument.span));
    }
    found.push(wants(argument, wanted, "write one value"));
    None
}

/// Items of a list that holds at least one.
fn some_items<'t>(
    argument: &'t At<Tree>,
    wanted: &str,
    found: &mut Diagnostics,
) -> Option<&'t [At<Tree>]> {
    let items = items(argument, wanted, found)?;
    if items.is_empty() {
        found.push(wants(argument, wanted, "name at least one"));
        return None;
    }
    Some(items)
}

/// A list of scalars, or one template that gives such a list.
fn scalars(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Vec<At<Scalar>>> {
    if let Some(template) = list_template(argument) {
        return Some(vec![template]);
    }
    let items = some_items(argument, "a list of values", found)?;
    let all: Vec<_> = items
        .iter()
        .map(|item| scalar(item, "a value", found))
        .collect();
    all.into_iter().collect()
}

/// A text that is one template, which may give a list.
fn list_template(argument: &At<Tree>) -> Option<At<Scalar>> {
    match &argument.value {
        Tree::Scalar(scalar) if is_one_template(&scalar.text) => {
            Some(At::new(scalar.clone(), argument.span))
        }
        _ => None,
    }
}

fn regex(argument: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let written = scalar(argument, "a regular expression", found)?;
    let text = written.value.text;
    if !is_template(&text)
        && let Err(error) = regex::Regex::new(&text)
    {
        found.push(regex_diagnostic(argument.span, &error));
        return None;
    }
    Some(At::new(text, argument.span))
}

/// A mistake in a regular expression, in one line.
pub fn regex_diagnostic(span: super::ast::Span, error: &regex::Error) -> Diagnostic {
    let told = error.to_string();
    let why = told
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    Diagnostic::new(span, "not a regular expression")
        .label(why)
        .help("a character that means itself takes a `\\` before it; brackets are closed")
}

fn cidrs(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Vec<At<Scalar>>> {
    let blocks = match &argument.value {
        Tree::Scalar(scalar) => vec![At::new(scalar.clone(), argument.span)],
        _ => scalars(argument, found)?,
    };
    let all: Vec<_> = blocks.into_iter().map(|block| cidr(block, found)).collect();
    all.into_iter().collect()
}

fn cidr(block: At<Scalar>, found: &mut Diagnostics) -> Option<At<Scalar>> {
    let text = &block.value.text;
    if is_template(text) || text.parse::<ipnet::IpNet>().is_ok() {
        return Some(block);
    }
    let wrong = Diagnostic::new(
        block.span,
        format!("expected a CIDR block, found {}", quote(text)),
    );
    found.push(match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => wrong.help(format!("one address is `{address}/32`")),
        Ok(IpAddr::V6(address)) => wrong.help(format!("one address is `{address}/128`")),
        Err(_) => wrong.help("write an address and a length: `10.0.2.0/24`"),
    });
    None
}

/// A number, an instant, a duration or a template for one; which of them, the field's type decides.
fn bound(argument: &At<Tree>, found: &mut Diagnostics) -> Option<At<Scalar>> {
    let written = scalar(argument, "a number, an instant or a duration", found)?;
    if !written.value.quoted && matches!(written.value.text.as_str(), "true" | "false") {
        let remedy = "write `3`, `2026-01-01T00:00:00Z` or `90s`";
        found.push(wants(
            argument,
            "a number, an instant or a duration",
            remedy,
        ));
        return None;
    }
    Some(written)
}

fn between(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Matcher> {
    let items = items(argument, "the least and the most", found)?;
    let [low, high] = items else {
        let title = format!(
            "expected the least and the most, found a list of {}",
            items.len()
        );
        found.push(
            Diagnostic::new(argument.span, title).help("write two, both inclusive: `[10, 20]`"),
        );
        return None;
    };
    let (low, high) = (bound(low, found), bound(high, found));
    let (low, high) = (low?, high?);
    let number = |scalar: &At<Scalar>| scalar.value.text.parse::<f64>().ok();
    if let (Some(least), Some(most)) = (number(&low), number(&high))
        && least > most
    {
        let nothing = Diagnostic::new(argument.span, "nothing lies between these");
        found.push(nothing.help("write the least first"));
        return None;
    }
    Some(Matcher::Between(low, high))
}

fn only(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Matcher> {
    if let Some(template) = list_template(argument) {
        return Some(Matcher::OnlyTemplate(template));
    }
    let listed = items(argument, "a list", found)?;
    if listed.is_empty() {
        let empty = Diagnostic::new(argument.span, "`only` with an empty list");
        found.push(empty.help("write `empty: true` for a list without elements"));
        return None;
    }
    let all: Vec<_> = listed.iter().map(|item| expectation(item, found)).collect();
    all.into_iter().collect::<Option<_>>().map(Matcher::Only)
}

fn count(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Box<At<Expect>>> {
    let expect = expectation(argument, found)?;
    let is_number = match &expect.value {
        Expect::Equals(scalar) => {
            is_one_template(&scalar.text) || (!scalar.quoted && scalar.text.parse::<u32>().is_ok())
        }
        Expect::Matchers(_) => true,
        Expect::Pattern(_) => false,
    };
    if is_number {
        return Some(Box::new(expect));
    }
    let remedy = "write `count: 2` or `count: { at_least: 2 }`";
    found.push(wants(argument, "a whole number, or matchers on it", remedy));
    None
}

fn distinct(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Matcher> {
    let written = scalar(argument, "`true` or the path of a field", found)?;
    match (written.value.quoted, written.value.text.as_str()) {
        (false, "true") => Some(Matcher::Distinct(None)),
        (false, "false") => {
            let title = "`distinct` takes `true` or the path of a field";
            found.push(Diagnostic::new(argument.span, title).help("leave `distinct` out"));
            None
        }
        (_, text) => path(&At::new(text.to_owned(), argument.span), found)
            .map(|path| Matcher::Distinct(Some(path))),
    }
}

/// A matcher whose argument is `true`; of `false` it is not plain what it would mean.
fn truth(
    key: &At<String>,
    argument: &At<Tree>,
    instead: &str,
    matcher: Matcher,
    found: &mut Diagnostics,
) -> Option<Matcher> {
    if flag(argument, found)? {
        return Some(matcher);
    }
    found.push(
        Diagnostic::new(argument.span, format!("`{}` takes only `true`", key.value)).help(instead),
    );
    None
}

fn alternatives(argument: &At<Tree>, found: &mut Diagnostics) -> Option<Vec<At<Expect>>> {
    let items = some_items(argument, "a list of expectations", found)?;
    let all: Vec<_> = items.iter().map(|item| expectation(item, found)).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::language::expect::root;
    use crate::language::testing::told;

    #[test]
    fn an_argument_of_another_shape_is_refused() {
        for (matcher, title) in [
            ("one_of: a", "expected a list of values, found `a`"),
            (
                "one_of: []",
                "expected a list of values, found an empty list",
            ),
            ("one_of: [{ a: 1 }]", "expected a value, found a map"),
            ("starts_with: [a]", "expected a text, found a list"),
            ("matches: '(a'", "not a regular expression"),
            (
                "matches: { a: 1 }",
                "expected a regular expression, found a map",
            ),
            (
                "in_cidr: 10.0.2.0/33",
                "expected a CIDR block, found `10.0.2.0/33`",
            ),
            (
                "in_cidr: 10.0.2.1",
                "expected a CIDR block, found `10.0.2.1`",
            ),
            (
                "in_cidr: []",
                "expected a list of values, found an empty list",
            ),
            (
                "at_least: true",
                "expected a number, an instant or a duration, found `true`",
            ),
            (
                "at_most: [1]",
                "expected a number, an instant or a duration, found a list",
            ),
            (
                "between: [1]",
                "expected the least and the most, found a list of 1",
            ),
            ("between: [2, 1]", "nothing lies between these"),
            (
                "between: { at_least: 1 }",
                "expected the least and the most, found a map",
            ),
            ("only: []", "`only` with an empty list"),
            ("only: a", "expected a list, found `a`"),
            (
                "only: [[a]]",
                "a bare list does not say whether its order counts",
            ),
            (
                "count: many",
                "expected a whole number, or matchers on it, found `many`",
            ),
            (
                "count: '2'",
                "expected a whole number, or matchers on it, found `'2'`",
            ),
            (
                "count: -1",
                "expected a whole number, or matchers on it, found `-1`",
            ),
            (
                "count: { port: 80 }",
                "expected a whole number, or matchers on it, found a map",
            ),
            (
                "distinct: false",
                "`distinct` takes `true` or the path of a field",
            ),
            ("distinct: a..b", "a path with an empty part"),
            ("present: false", "`present` takes only `true`"),
            ("absent: false", "`absent` takes only `true`"),
            ("empty: false", "`empty` takes only `true`"),
            (
                "present: 'true'",
                "expected `true` or `false`, found `'true'`",
            ),
            ("present: yes", "expected `true` or `false`, found `yes`"),
            (
                "all_of: { a: 1 }",
                "expected a list of expectations, found a map",
            ),
            (
                "any_of: []",
                "expected a list of expectations, found an empty list",
            ),
            (
                "every: [a]",
                "a bare list does not say whether its order counts",
            ),
            ("not:", "expected what must hold, found nothing"),
        ] {
            assert_eq!(
                told(&format!("{{ f: {{ {matcher} }} }}"), root),
                [title],
                "{matcher}"
            );
        }
    }
}
