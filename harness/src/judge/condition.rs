//! What must hold of a value, with names, types and templates settled: the plan makes it of what the author wrote.
//! It does no I/O; [`super::evaluate`] holds it against a value.
use regex::Regex;
use serde_json::Value;

use crate::language::ast::FieldPath;
use crate::plan::template::Template;
use crate::schema::Type;

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these hold.
    All(Vec<Matcher>),
    /// Each path's value meets its condition; other fields are free.
    Pattern(Vec<(FieldPath, Condition)>),
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Known since loading, in the field's type.
    Literal(Value),
    /// Known when judged; read in this type.
    Template(Template, Type),
}

/// One matcher. The language names them; the doc of each is in [`crate::language::ast::Matcher`].
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "each is documented where the language defines it"
)]
pub enum Matcher {
    Equals(Operand),
    Not(Box<Condition>),
    OneOf(Vec<Operand>),
    /// A text holds this text.
    ContainsText(Operand),
    /// A list holds an element that meets this.
    ContainsElement(Box<Condition>),
    StartsWith(Operand),
    Matches(Pattern),
    InCidr(Vec<Operand>),
    AtLeast(Operand),
    AtMost(Operand),
    Between(Operand, Operand),
    Every(Box<Condition>),
    Some(Box<Condition>),
    None(Box<Condition>),
    Only(Vec<Condition>),
    /// The whole list for `only`, by a template.
    OnlyList(Operand),
    Count(Box<Condition>),
    Distinct(Option<FieldPath>),
    Present,
    Absent,
    Empty,
    AllOf(Vec<Condition>),
    AnyOf(Vec<Condition>),
}

/// A regex, compiled when loading; or a template that gives one.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Known since loading.
    Regex(Regex),
    /// Its text is known when judged; values put into it are taken literally by the author's own care.
    Template(Template),
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Regex(one), Self::Regex(other)) => one.as_str() == other.as_str(),
            (Self::Template(one), Self::Template(other)) => one == other,
            _ => false,
        }
    }
}

impl Condition {
    /// The condition that nothing more is asked.
    #[must_use]
    pub fn nothing() -> Self {
        Self::All(Vec::new())
    }

    /// Every template in it.
    pub fn templates<'c>(&'c self, found: &mut Vec<&'c Template>) {
        match self {
            Self::All(matchers) => matchers.iter().for_each(|matcher| matcher.templates(found)),
            Self::Pattern(fields) => fields
                .iter()
                .for_each(|(_, condition)| condition.templates(found)),
        }
    }
}

impl Operand {
    fn templates<'c>(&'c self, found: &mut Vec<&'c Template>) {
        if let Self::Template(template, _) = self {
            found.push(template);
        }
    }
}

impl Matcher {
    fn templates<'c>(&'c self, found: &mut Vec<&'c Template>) {
        match self {
            Self::Equals(operand)
            | Self::ContainsText(operand)
            | Self::StartsWith(operand)
            | Self::AtLeast(operand)
            | Self::AtMost(operand)
            | Self::OnlyList(operand) => operand.templates(found),
            Self::Between(low, high) => [low, high]
                .into_iter()
                .for_each(|operand| operand.templates(found)),
            Self::OneOf(operands) | Self::InCidr(operands) => {
                operands.iter().for_each(|operand| operand.templates(found));
            }
            Self::Matches(Pattern::Template(template)) => found.push(template),
            Self::Not(inner)
            | Self::ContainsElement(inner)
            | Self::Every(inner)
            | Self::Some(inner)
            | Self::None(inner)
            | Self::Count(inner) => inner.templates(found),
            Self::Only(conditions) | Self::AllOf(conditions) | Self::AnyOf(conditions) => {
                conditions
                    .iter()
                    .for_each(|condition| condition.templates(found));
            }
            Self::Matches(Pattern::Regex(_))
            | Self::Distinct(_)
            | Self::Present
            | Self::Absent
            | Self::Empty => {}
        }
    }

    /// Its word in the language.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Equals(_) => "equals",
            Self::Not(_) => "not",
            Self::OneOf(_) => "one_of",
            Self::ContainsText(_) | Self::ContainsElement(_) => "contains",
            Self::StartsWith(_) => "starts_with",
            Self::Matches(_) => "matches",
            Self::InCidr(_) => "in_cidr",
            Self::AtLeast(_) => "at_least",
            Self::AtMost(_) => "at_most",
            Self::Between(..) => "between",
            Self::Every(_) => "every",
            Self::Some(_) => "some",
            Self::None(_) => "none",
            Self::Only(_) | Self::OnlyList(_) => "only",
            Self::Count(_) => "count",
            Self::Distinct(_) => "distinct",
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Empty => "empty",
            Self::AllOf(_) => "all_of",
            Self::AnyOf(_) => "any_of",
        }
    }
}
