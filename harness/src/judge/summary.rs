//! A condition on one line, templates as written: what a check asks, before anything is known of the stack.
use super::condition::{Condition, Matcher, Operand, Pattern};

/// The condition on one line.
#[must_use]
pub fn summary(condition: &Condition) -> String {
    match condition {
        Condition::All(matchers) => matchers
            .iter()
            .map(of_matcher)
            .collect::<Vec<_>>()
            .join(" and "),
        Condition::Pattern(fields) => fields
            .iter()
            .map(|(path, inner)| format!("{path} {}", summary(inner)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn of_matcher(matcher: &Matcher) -> String {
    let list = |conditions: &[Condition]| {
        conditions
            .iter()
            .map(|inner| format!("({})", summary(inner)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match matcher {
        Matcher::Equals(operand) => of_operand(operand),
        Matcher::ContainsText(operand)
        | Matcher::StartsWith(operand)
        | Matcher::AtLeast(operand)
        | Matcher::AtMost(operand)
        | Matcher::OnlyList(operand) => {
            format!("{} {}", matcher.word(), of_operand(operand))
        }
        Matcher::Between(low, high) => {
            format!("between {} and {}", of_operand(low), of_operand(high))
        }
        Matcher::OneOf(operands) | Matcher::InCidr(operands) => {
            format!(
                "{} {}",
                matcher.word(),
                operands
                    .iter()
                    .map(of_operand)
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Matcher::Matches(Pattern::Regex(regex)) => format!("matches {regex}"),
        Matcher::Matches(Pattern::Template(template)) => format!("matches {}", template.source()),
        Matcher::Not(inner)
        | Matcher::ContainsElement(inner)
        | Matcher::Every(inner)
        | Matcher::Some(inner)
        | Matcher::None(inner)
        | Matcher::Count(inner) => {
            format!("{} ({})", matcher.word(), summary(inner))
        }
        Matcher::Only(conditions) | Matcher::AllOf(conditions) | Matcher::AnyOf(conditions) => {
            format!("{} {}", matcher.word(), list(conditions))
        }
        Matcher::Distinct(Some(path)) => format!("distinct {path}"),
        Matcher::Distinct(None) | Matcher::Present | Matcher::Absent | Matcher::Empty => {
            matcher.word().to_owned()
        }
    }
}

fn of_operand(operand: &Operand) -> String {
    match operand {
        Operand::Literal(value) => value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
        Operand::Template(template, _) => template.source().to_owned(),
    }
}
