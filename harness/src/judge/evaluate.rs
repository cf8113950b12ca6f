//! Holds a condition against a value and tells every difference. Pure: values in, mismatches out; no I/O, no clock.
//! On a missing value (absent or null) nothing holds but `absent` and `empty`.
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use jiff::Timestamp;
use regex::Regex;
use serde_json::{Value, json};

use super::assign::assign;
use super::condition::{Condition, Matcher, Operand, Pattern};
use super::operand::{evaluate_list, evaluate_operand};
use crate::plan::template::TemplateError;
use crate::result::{Expected, Mismatch};

/// Every difference between `condition` and `value`; none means that it holds. `names` is what templates refer to.
///
/// # Errors
/// A template in the condition gave no value.
pub fn differences(
    condition: &Condition,
    value: Option<&Value>,
    path: &str,
    names: &Value,
) -> Result<Vec<Mismatch>, TemplateError> {
    let mut found = Vec::new();
    match condition {
        Condition::All(matchers) => {
            for matcher in matchers {
                found.extend(matcher_differences(matcher, value, path, names)?);
            }
        }
        Condition::Pattern(fields) => {
            if fields.is_empty() || value.is_some_and(Value::is_object) || absence_only(condition) {
                for (field, inner) in fields {
                    let at = join(path, &field.to_string());
                    found.extend(differences(inner, walk(value, &field.0), &at, names)?);
                }
            } else {
                found.push(mismatch(
                    path,
                    "pattern",
                    describe(condition, names)?,
                    value,
                ));
            }
        }
    }
    Ok(found)
}

/// Whether `condition` holds of `value`.
///
/// # Errors
/// A template in the condition gave no value.
pub fn holds(
    condition: &Condition,
    value: Option<&Value>,
    names: &Value,
) -> Result<bool, TemplateError> {
    Ok(differences(condition, value, "", names)?.is_empty())
}

/// The value at the end of a dotted path; null counts as nothing.
#[must_use]
pub fn walk<'v>(value: Option<&'v Value>, path: &[String]) -> Option<&'v Value> {
    path.iter()
        .try_fold(value?, |value, segment| value.get(segment))
        .filter(|value| !value.is_null())
}

fn matcher_differences(
    matcher: &Matcher,
    value: Option<&Value>,
    path: &str,
    names: &Value,
) -> Result<Vec<Mismatch>, TemplateError> {
    let value = value.filter(|value| !value.is_null());
    if let Matcher::AllOf(conditions) = matcher {
        let mut found = Vec::new();
        for condition in conditions {
            found.extend(differences(condition, value, path, names)?);
        }
        return Ok(found);
    }
    if let (Matcher::Every(inner), Some(Value::Array(elements))) = (matcher, value)
        && !elements.is_empty()
    {
        return each_element(elements, path, |element, at| {
            differences(inner, Some(element), at, names)
        });
    }
    if let (Matcher::None(inner), Some(Value::Array(elements))) = (matcher, value) {
        let unwanted = describe(inner, names)?;
        return each_element(elements, path, |element, at| {
            Ok(if holds(inner, Some(element), names)? {
                vec![mismatch(at, "none", unwanted.clone(), Some(element))]
            } else {
                Vec::new()
            })
        });
    }
    if let (Matcher::Count(inner), Some(count)) = (matcher, value.and_then(length)) {
        return differences(inner, Some(&json!(count)), &format!("{path}.count"), names).map(
            |found| {
                found
                    .into_iter()
                    .map(|difference| Mismatch {
                        path: path.to_owned(),
                        ..counted(difference)
                    })
                    .collect()
            },
        );
    }
    if let (Some(conditions), Some(Value::Array(elements))) =
        (only_conditions(matcher, names)?, value)
    {
        return only(&conditions, elements, path, names);
    }
    if plain_matcher_holds(matcher, value, names)? {
        return Ok(Vec::new());
    }
    Ok(vec![mismatch(
        path,
        matcher.word(),
        argument(matcher, names)?,
        value,
    )])
}

/// A matcher that is told about as a whole: it holds or it does not.
fn plain_matcher_holds(
    matcher: &Matcher,
    value: Option<&Value>,
    names: &Value,
) -> Result<bool, TemplateError> {
    let Some(value) = value else {
        return match matcher {
            Matcher::Absent | Matcher::Empty => Ok(true),
            Matcher::AnyOf(conditions) => {
                any(conditions, |condition| holds(condition, None, names))
            }
            _ => Ok(false),
        };
    };
    Ok(match matcher {
        Matcher::Equals(operand) => equal(value, &evaluate_operand(operand, names)?),
        Matcher::Not(inner) => !is_empty_list(value) && !holds(inner, Some(value), names)?,
        Matcher::OneOf(operands) => evaluate_list(operands, names)?
            .iter()
            .any(|candidate| equal(value, candidate)),
        Matcher::ContainsText(operand) => {
            text_pair(value, &evaluate_operand(operand, names)?, |text, part| {
                text.contains(part)
            })
        }
        Matcher::StartsWith(operand) => {
            text_pair(value, &evaluate_operand(operand, names)?, |text, part| {
                text.starts_with(part)
            })
        }
        Matcher::ContainsElement(inner) | Matcher::Some(inner) => match value {
            Value::Array(elements) => any(elements, |element| holds(inner, Some(element), names))?,
            _ => false,
        },
        Matcher::Matches(pattern) => regex_of(pattern, names)?.is_match(&text_of(value)),
        Matcher::InCidr(operands) => evaluate_list(operands, names)?
            .iter()
            .any(|block| text_pair(value, block, is_in_block)),
        Matcher::AtLeast(operand) => at_least(value, &evaluate_operand(operand, names)?),
        Matcher::AtMost(operand) => at_least(&evaluate_operand(operand, names)?, value),
        Matcher::Between(low, high) => {
            at_least(value, &evaluate_operand(low, names)?)
                && at_least(&evaluate_operand(high, names)?, value)
        }
        Matcher::Distinct(field) => match value {
            Value::Array(elements) => are_distinct(
                elements,
                field.as_ref().map_or(&[], |field| field.0.as_slice()),
            ),
            _ => false,
        },
        Matcher::Present => true,
        Matcher::Empty => length(value) == Some(0),
        Matcher::AllOf(conditions) => !any(conditions, |condition| {
            Ok(!holds(condition, Some(value), names)?)
        })?,
        Matcher::AnyOf(conditions) => {
            any(conditions, |condition| holds(condition, Some(value), names))?
        }
        // Of a list these are told element by element above; of anything else, and of an empty list, they do not hold.
        Matcher::Every(_)
        | Matcher::None(_)
        | Matcher::Only(_)
        | Matcher::OnlyList(_)
        | Matcher::Count(_)
        | Matcher::Absent => false,
    })
}

/// The listed conditions of `only`, where the matcher is one.
fn only_conditions(
    matcher: &Matcher,
    names: &Value,
) -> Result<Option<Vec<Condition>>, TemplateError> {
    Ok(match matcher {
        Matcher::Only(conditions) => Some(conditions.clone()),
        Matcher::OnlyList(operand) => {
            let listed = match evaluate_operand(operand, names)? {
                Value::Array(values) => values,
                value => vec![value],
            };
            Some(
                listed
                    .into_iter()
                    .map(|value| Condition::All(vec![Matcher::Equals(Operand::Literal(value))]))
                    .collect(),
            )
        }
        _ => None,
    })
}

/// The same set in any order: what is listed and found nowhere, then what is there and listed nowhere.
fn only(
    conditions: &[Condition],
    elements: &[Value],
    path: &str,
    names: &Value,
) -> Result<Vec<Mismatch>, TemplateError> {
    let mut fits = vec![vec![false; elements.len()]; conditions.len()];
    for (row, condition) in fits.iter_mut().zip(conditions) {
        for (fit, element) in row.iter_mut().zip(elements) {
            *fit = holds(condition, Some(element), names)?;
        }
    }
    let assigned = assign(&fits);
    let mut found = Vec::new();
    for (condition, element) in conditions.iter().zip(&assigned) {
        if element.is_none() {
            found.push(mismatch(path, "only", describe(condition, names)?, None));
        }
    }
    for (index, element) in elements.iter().enumerate() {
        if !assigned.contains(&Some(index)) {
            found.push(mismatch(
                &format!("{path}[{index}]"),
                "only",
                Value::Null,
                Some(element),
            ));
        }
    }
    if elements.is_empty() && found.is_empty() {
        found.push(mismatch(path, "only", Value::Null, None));
    }
    Ok(found)
}

fn each_element(
    elements: &[Value],
    path: &str,
    differences: impl Fn(&Value, &str) -> Result<Vec<Mismatch>, TemplateError>,
) -> Result<Vec<Mismatch>, TemplateError> {
    let mut found = Vec::new();
    for (index, element) in elements.iter().enumerate() {
        found.extend(differences(element, &format!("{path}[{index}]"))?);
    }
    Ok(found)
}

fn any<T>(
    items: &[T],
    mut holds: impl FnMut(&T) -> Result<bool, TemplateError>,
) -> Result<bool, TemplateError> {
    for item in items {
        if holds(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A pattern that asks for nothing but absence holds of what is not there at all.
fn absence_only(condition: &Condition) -> bool {
    match condition {
        Condition::All(matchers) => matchers
            .iter()
            .all(|matcher| matches!(matcher, Matcher::Absent | Matcher::Empty)),
        Condition::Pattern(fields) => fields.iter().all(|(_, inner)| absence_only(inner)),
    }
}

fn counted(difference: Mismatch) -> Mismatch {
    let Expected { matcher, value } = difference.expected;
    let value = if matcher == "equals" {
        value
    } else {
        json!({ matcher: value })
    };
    Mismatch {
        expected: Expected {
            matcher: "count".to_owned(),
            value,
        },
        ..difference
    }
}

fn mismatch(path: &str, matcher: &str, value: Value, actual: Option<&Value>) -> Mismatch {
    Mismatch {
        path: path.to_owned(),
        expected: Expected {
            matcher: matcher.to_owned(),
            value,
        },
        actual: actual.filter(|actual| !actual.is_null()).cloned(),
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() {
        field.to_owned()
    } else {
        format!("{path}.{field}")
    }
}

/// A condition as data, its templates evaluated: what a report shows as expected.
///
/// # Errors
/// A template in the condition gave no value.
pub fn describe(condition: &Condition, names: &Value) -> Result<Value, TemplateError> {
    match condition {
        Condition::All(matchers) => match matchers.as_slice() {
            [Matcher::Equals(operand)] => evaluate_operand(operand, names),
            _ => object(
                matchers
                    .iter()
                    .map(|matcher| Ok((matcher.word().to_owned(), argument(matcher, names)?))),
            ),
        },
        Condition::Pattern(fields) => object(
            fields
                .iter()
                .map(|(field, inner)| Ok((field.to_string(), describe(inner, names)?))),
        ),
    }
}

fn object(
    entries: impl Iterator<Item = Result<(String, Value), TemplateError>>,
) -> Result<Value, TemplateError> {
    Ok(Value::Object(entries.collect::<Result<_, _>>()?))
}

fn argument(matcher: &Matcher, names: &Value) -> Result<Value, TemplateError> {
    let list = |conditions: &[Condition]| {
        conditions
            .iter()
            .map(|condition| describe(condition, names))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array)
    };
    match matcher {
        Matcher::Equals(operand)
        | Matcher::ContainsText(operand)
        | Matcher::StartsWith(operand)
        | Matcher::AtLeast(operand)
        | Matcher::AtMost(operand)
        | Matcher::OnlyList(operand) => evaluate_operand(operand, names),
        Matcher::Between(low, high) => Ok(json!([
            evaluate_operand(low, names)?,
            evaluate_operand(high, names)?
        ])),
        Matcher::OneOf(operands) | Matcher::InCidr(operands) => {
            evaluate_list(operands, names).map(Value::Array)
        }
        Matcher::Matches(pattern) => Ok(json!(regex_of(pattern, names)?.as_str())),
        Matcher::Not(inner)
        | Matcher::ContainsElement(inner)
        | Matcher::Every(inner)
        | Matcher::Some(inner)
        | Matcher::None(inner)
        | Matcher::Count(inner) => describe(inner, names),
        Matcher::Only(conditions) | Matcher::AllOf(conditions) | Matcher::AnyOf(conditions) => {
            list(conditions)
        }
        Matcher::Distinct(Some(field)) => Ok(json!(field.to_string())),
        Matcher::Distinct(None) | Matcher::Present | Matcher::Absent | Matcher::Empty => {
            Ok(Value::Null)
        }
    }
}

fn regex_of(pattern: &Pattern, names: &Value) -> Result<Regex, TemplateError> {
    match pattern {
        Pattern::Regex(regex) => Ok(regex.clone()),
        Pattern::Template(template) => {
            let text = text_of(&template.evaluate(names)?);
            Regex::new(&text).map_err(|error| TemplateError::Evaluation(error.to_string()))
        }
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a
            .as_i64()
            .zip(b.as_i64())
            .map_or_else(|| a.as_f64() == b.as_f64(), |(a, b)| a == b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => a == b,
    }
}

/// Whether `a` is `b` or more: two numbers, or two instants.
fn at_least(a: &Value, b: &Value) -> bool {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a >= b;
    }
    let instant = |value: &Value| {
        value
            .as_str()
            .and_then(|text| Timestamp::from_str(text).ok())
    };
    instant(a).zip(instant(b)).is_some_and(|(a, b)| a >= b)
}

fn text_pair(value: &Value, other: &Value, holds: impl Fn(&str, &str) -> bool) -> bool {
    value
        .as_str()
        .zip(other.as_str())
        .is_some_and(|(value, other)| holds(value, other))
}

/// Whether an address, or a whole block, lies in `block`.
fn is_in_block(text: &str, block: &str) -> bool {
    let Ok(block) = IpNet::from_str(block) else {
        return false;
    };
    match (IpAddr::from_str(text), IpNet::from_str(text)) {
        (Ok(address), _) => block.contains(&address),
        (_, Ok(inner)) => block.contains(&inner),
        _ => false,
    }
}

fn are_distinct(elements: &[Value], field: &[String]) -> bool {
    let keys: Vec<Option<&Value>> = elements
        .iter()
        .map(|element| walk(Some(element), field))
        .collect();
    !keys.is_empty()
        && keys.iter().all(Option::is_some)
        && keys
            .iter()
            .enumerate()
            .all(|(index, key)| !keys[..index].contains(key))
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(elements) => Some(elements.len()),
        Value::Object(fields) => Some(fields.len()),
        _ => None,
    }
}

/// A value as text: what a regex looks at.
fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
