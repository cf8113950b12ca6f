//! What an author expects, held against the schema of what is looked at: each path must exist, each matcher must suit
//! the type there, each literal must read in that type. What passes is a [`Condition`]; all else is a diagnostic.
use regex::Regex;
use serde_json::{Value, json};

use crate::judge::condition::{Condition, Matcher, Operand, Pattern};
use crate::language::ast::{self, At, Expect, FieldPath, Scalar, Span, Tree};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::template::Template;
use crate::schema::{Field, Type};

/// Lowers an expectation on a value of type `ty`. What is wrong goes to `diagnostics`, and the rest is still looked at.
pub fn lower(expect: &At<Expect>, ty: &Type, diagnostics: &mut Diagnostics) -> Condition {
    match &expect.value {
        Expect::Equals(scalar) => {
            let operand = operand(scalar, expect.span, ty, diagnostics);
            Condition::All(vec![Matcher::Equals(operand)])
        }
        Expect::Matchers(matchers) => Condition::All(
            matchers
                .iter()
                .filter_map(|matcher| lower_matcher(matcher, ty, diagnostics))
                .collect(),
        ),
        Expect::Pattern(fields) => Condition::Pattern(
            fields
                .iter()
                .filter_map(|(path, inner)| {
                    let ty = resolve(path, ty, diagnostics)?;
                    Some((path.value.clone(), lower(inner, &ty, diagnostics)))
                })
                .collect(),
        ),
    }
}

/// Lowers an expectation on an observation, whose `outcome` may be named beside its fields, at any depth of `all_of` and
/// `any_of`.
pub fn lower_with_outcome(
    expect: &At<Expect>,
    ty: &Type,
    diagnostics: &mut Diagnostics,
) -> Condition {
    match &expect.value {
        Expect::Pattern(fields) => {
            let (outcome, others): (Vec<_>, Vec<_>) = fields
                .iter()
                .cloned()
                .partition(|(path, _)| path.value.0 == ["outcome"]);
            let mut lowered: Vec<_> = outcome
                .iter()
                .map(|(path, inner)| (path.value.clone(), lower(inner, &Type::Text, diagnostics)))
                .collect();
            if let Condition::Pattern(fields) = lower(
                &At::new(Expect::Pattern(others), expect.span),
                ty,
                diagnostics,
            ) {
                lowered.extend(fields);
            }
            Condition::Pattern(lowered)
        }
        Expect::Matchers(matchers) => Condition::All(
            matchers
                .iter()
                .filter_map(|matcher| {
                    let mut each = |inner: &[At<Expect>]| {
                        inner
                            .iter()
                            .map(|inner| lower_with_outcome(inner, ty, diagnostics))
                            .collect()
                    };
                    match &matcher.value {
                        ast::Matcher::AllOf(inner) => Some(Matcher::AllOf(each(inner))),
                        ast::Matcher::AnyOf(inner) => Some(Matcher::AnyOf(each(inner))),
                        _ => lower_matcher(matcher, ty, diagnostics),
                    }
                })
                .collect(),
        ),
        Expect::Equals(_) => lower(expect, ty, diagnostics),
    }
}

/// The type at the end of a path, or a diagnostic that names the nearest.
pub fn resolve(path: &At<FieldPath>, from: &Type, diagnostics: &mut Diagnostics) -> Option<Type> {
    let mut ty = *from;
    for (depth, segment) in path.value.0.iter().enumerate() {
        match step(&ty, segment) {
            Step::To(next) => ty = next,
            Step::Unknown(names) => {
                let parent = FieldPath(path.value.0[..depth].to_vec());
                let of = if depth == 0 {
                    String::new()
                } else {
                    format!(" in `{parent}`")
                };
                diagnostics.push(
                    Diagnostic::new(path.span, format!("unknown field `{segment}`{of}"))
                        .label("no such field here")
                        .suggest(segment, names.iter().copied())
                        .help(format!("the fields are {}", names.join(", "))),
                );
                return None;
            }
            Step::List => {
                diagnostics.push(
                    Diagnostic::new(path.span, format!("`{}` is a list, a path does not lead through it", FieldPath(path.value.0[..depth].to_vec())))
                        .label("a field of a list's elements")
                        .help("say which elements are meant: `some`, `every`, `none`, `only`, `contains` or `count`"),
                );
                return None;
            }
            Step::Scalar => {
                diagnostics.push(
                    Diagnostic::new(
                        path.span,
                        format!(
                            "`{}` has no fields",
                            FieldPath(path.value.0[..depth].to_vec())
                        ),
                    )
                    .label("a field of a plain value"),
                );
                return None;
            }
        }
    }
    Some(ty)
}

/// One step of a path.
pub enum Step {
    /// It leads to a value of this type.
    To(Type),
    /// There is no such field; those that are.
    Unknown(Vec<&'static str>),
    /// A list has no fields of its own.
    List,
    /// Neither has a plain value.
    Scalar,
}

/// Where `segment` leads from a value of type `ty`.
#[must_use]
pub fn step(ty: &Type, segment: &str) -> Step {
    let among = |fields: &'static [Field]| match fields.iter().find(|field| field.name == segment) {
        Some(field) => Step::To(field.ty),
        None => Step::Unknown(fields.iter().map(|field| field.name).collect()),
    };
    match ty {
        Type::Record(fields) => among(fields),
        Type::Resource(kind) => among(kind.fields()),
        Type::Map(inner) => Step::To(**inner),
        Type::List(_) => Step::List,
        Type::Text | Type::Integer | Type::Number | Type::Boolean | Type::Time => Step::Scalar,
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each matcher; a new one must not compile until it is here"
)]
fn lower_matcher(
    matcher: &At<ast::Matcher>,
    ty: &Type,
    diagnostics: &mut Diagnostics,
) -> Option<Matcher> {
    let span = matcher.span;
    Some(match &matcher.value {
        ast::Matcher::Equals(tree) => Matcher::Equals(literal(tree, ty, diagnostics)),
        ast::Matcher::Not(inner) => Matcher::Not(Box::new(lower(inner, ty, diagnostics))),
        ast::Matcher::OneOf(scalars) => Matcher::OneOf(operands(scalars, ty, diagnostics)),
        ast::Matcher::Contains(inner) => match ty {
            Type::List(element) => {
                Matcher::ContainsElement(Box::new(lower(inner, element, diagnostics)))
            }
            Type::Text => match &inner.value {
                Expect::Equals(scalar) => {
                    Matcher::ContainsText(operand(scalar, inner.span, ty, diagnostics))
                }
                _ => {
                    return refuse(
                        inner.span,
                        "of a text, `contains` takes a text",
                        diagnostics,
                    );
                }
            },
            _ => return unsuited(span, "contains", "a list or a text", ty, diagnostics),
        },
        ast::Matcher::StartsWith(scalar) if is_text(ty) => {
            Matcher::StartsWith(operand(&scalar.value, scalar.span, ty, diagnostics))
        }
        ast::Matcher::StartsWith(_) => {
            return unsuited(span, "starts_with", "a text", ty, diagnostics);
        }
        ast::Matcher::Matches(regex) if is_scalar(ty) => {
            Matcher::Matches(pattern(regex, diagnostics)?)
        }
        ast::Matcher::Matches(_) => {
            return unsuited(span, "matches", "a plain value", ty, diagnostics);
        }
        ast::Matcher::InCidr(blocks) if is_text(ty) => Matcher::InCidr(cidrs(blocks, diagnostics)),
        ast::Matcher::InCidr(_) => {
            return unsuited(span, "in_cidr", "an address or a block", ty, diagnostics);
        }
        ast::Matcher::AtLeast(scalar) if is_ordered(ty) => {
            Matcher::AtLeast(operand(&scalar.value, scalar.span, ty, diagnostics))
        }
        ast::Matcher::AtLeast(_) => {
            return unsuited(span, "at_least", "a number or an instant", ty, diagnostics);
        }
        ast::Matcher::AtMost(scalar) if is_ordered(ty) => {
            Matcher::AtMost(operand(&scalar.value, scalar.span, ty, diagnostics))
        }
        ast::Matcher::AtMost(_) => {
            return unsuited(span, "at_most", "a number or an instant", ty, diagnostics);
        }
        ast::Matcher::Between(low, high) if is_ordered(ty) => Matcher::Between(
            operand(&low.value, low.span, ty, diagnostics),
            operand(&high.value, high.span, ty, diagnostics),
        ),
        ast::Matcher::Between(..) => {
            return unsuited(span, "between", "a number or an instant", ty, diagnostics);
        }
        ast::Matcher::Every(inner) => Matcher::Every(each(inner, span, "every", ty, diagnostics)?),
        ast::Matcher::Some(inner) => Matcher::Some(each(inner, span, "some", ty, diagnostics)?),
        ast::Matcher::None(inner) => Matcher::None(each(inner, span, "none", ty, diagnostics)?),
        ast::Matcher::Only(listed) => {
            let Type::List(element) = ty else {
                return unsuited(span, "only", "a list", ty, diagnostics);
            };
            Matcher::Only(
                listed
                    .iter()
                    .map(|inner| lower(inner, element, diagnostics))
                    .collect(),
            )
        }
        ast::Matcher::OnlyTemplate(scalar) => {
            let Type::List(_) = ty else {
                return unsuited(span, "only", "a list", ty, diagnostics);
            };
            Matcher::OnlyList(operand(&scalar.value, scalar.span, ty, diagnostics))
        }
        ast::Matcher::Count(inner) => match ty {
            Type::List(_) | Type::Map(_) => {
                Matcher::Count(Box::new(lower(inner, &Type::Integer, diagnostics)))
            }
            _ => return unsuited(span, "count", "a list", ty, diagnostics),
        },
        ast::Matcher::Distinct(path) => {
            let Type::List(element) = ty else {
                return unsuited(span, "distinct", "a list", ty, diagnostics);
            };
            if let Some(path) = path {
                resolve(path, element, diagnostics)?;
            }
            Matcher::Distinct(path.as_ref().map(|path| path.value.clone()))
        }
        ast::Matcher::Present => Matcher::Present,
        ast::Matcher::Absent => Matcher::Absent,
        ast::Matcher::Empty => Matcher::Empty,
        ast::Matcher::AllOf(inner) => Matcher::AllOf(
            inner
                .iter()
                .map(|inner| lower(inner, ty, diagnostics))
                .collect(),
        ),
        ast::Matcher::AnyOf(inner) => Matcher::AnyOf(
            inner
                .iter()
                .map(|inner| lower(inner, ty, diagnostics))
                .collect(),
        ),
    })
}

fn each(
    inner: &At<Expect>,
    span: Span,
    word: &str,
    ty: &Type,
    diagnostics: &mut Diagnostics,
) -> Option<Box<Condition>> {
    let Type::List(element) = ty else {
        return unsuited(span, word, "a list", ty, diagnostics);
    };
    Some(Box::new(lower(inner, element, diagnostics)))
}

fn operands(scalars: &[At<Scalar>], ty: &Type, diagnostics: &mut Diagnostics) -> Vec<Operand> {
    scalars
        .iter()
        .map(|scalar| operand(&scalar.value, scalar.span, ty, diagnostics))
        .collect()
}

/// A scalar in the type of the field that it stands for; a template is read in that type when judged.
pub fn operand(scalar: &Scalar, span: Span, ty: &Type, diagnostics: &mut Diagnostics) -> Operand {
    match Template::parse(&scalar.text) {
        Ok(template) if !template.is_plain() => Operand::Template(template, *ty),
        Ok(_) => Operand::Literal(read(scalar, span, ty, diagnostics)),
        Err(error) => {
            diagnostics.push(
                Diagnostic::new(span, "this template can't be read").label(error.to_string()),
            );
            Operand::Literal(Value::Null)
        }
    }
}

fn read(scalar: &Scalar, span: Span, ty: &Type, diagnostics: &mut Diagnostics) -> Value {
    let text = scalar.text.as_str();
    let read = match ty {
        Type::Text => Some(json!(text)),
        Type::Integer => text.parse::<i64>().ok().map(|number| json!(number)),
        Type::Number => text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| json!(number)),
        Type::Boolean => text.parse::<bool>().ok().map(|truth| json!(truth)),
        Type::Time => text
            .parse::<jiff::Timestamp>()
            .ok()
            .map(|instant| json!(instant.to_string())),
        Type::List(_) | Type::Record(_) | Type::Map(_) | Type::Resource(_) => None,
    };
    read.unwrap_or_else(|| {
        let mut diagnostic = Diagnostic::new(span, format!("`{text}` is not {}", noun(ty))).label(format!("{} is wanted here", noun(ty)));
        if matches!(ty, Type::List(_)) {
            diagnostic = diagnostic.help("use a matcher for lists: `only`, `contains`, `some`, `every`, `none`, `count`, `empty`");
        }
        diagnostics.push(diagnostic);
        Value::Null
    })
}

/// The argument of `equals:`, taken literally, its leaves in the types of the fields that they stand for.
fn literal(tree: &At<Tree>, ty: &Type, diagnostics: &mut Diagnostics) -> Operand {
    if let Tree::Scalar(scalar) = &tree.value {
        return operand(scalar, tree.span, ty, diagnostics);
    }
    Operand::Literal(literal_value(tree, ty, diagnostics))
}

fn literal_value(tree: &At<Tree>, ty: &Type, diagnostics: &mut Diagnostics) -> Value {
    match &tree.value {
        Tree::Null => Value::Null,
        Tree::Scalar(scalar) => read(scalar, tree.span, ty, diagnostics),
        Tree::List(elements) => {
            let Type::List(inner) = ty else {
                diagnostics.push(
                    Diagnostic::new(tree.span, format!("a list is not {}", noun(ty)))
                        .label(format!("{} is wanted here", noun(ty))),
                );
                return Value::Null;
            };
            elements
                .iter()
                .map(|element| literal_value(element, inner, diagnostics))
                .collect()
        }
        Tree::Map(fields) => Value::Object(
            fields
                .iter()
                .filter_map(|(key, value)| {
                    let ty = resolve(
                        &At::new(FieldPath(vec![key.value.clone()]), key.span),
                        ty,
                        diagnostics,
                    )?;
                    Some((key.value.clone(), literal_value(value, &ty, diagnostics)))
                })
                .collect(),
        ),
    }
}

fn pattern(regex: &At<String>, diagnostics: &mut Diagnostics) -> Option<Pattern> {
    match Template::parse(&regex.value) {
        Ok(template) if !template.is_plain() => Some(Pattern::Template(template)),
        _ => match Regex::new(&regex.value) {
            Ok(regex) => Some(Pattern::Regex(regex)),
            Err(error) => {
                let told = error.to_string();
                let reason = told
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .to_owned();
                diagnostics
                    .push(Diagnostic::new(regex.span, "this regex can't be read").label(reason));
                None
            }
        },
    }
}

fn cidrs(blocks: &[At<Scalar>], diagnostics: &mut Diagnostics) -> Vec<Operand> {
    for block in blocks {
        if !block.value.text.contains("{{") && block.value.text.parse::<ipnet::IpNet>().is_err() {
            diagnostics.push(
                Diagnostic::new(
                    block.span,
                    format!("`{}` is not an address block", block.value.text),
                )
                .label("as in `10.0.2.0/24`"),
            );
        }
    }
    operands(blocks, &Type::Text, diagnostics)
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Text)
}

fn is_scalar(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Text | Type::Integer | Type::Number | Type::Boolean | Type::Time
    )
}

fn is_ordered(ty: &Type) -> bool {
    matches!(ty, Type::Integer | Type::Number | Type::Time)
}

fn unsuited<T>(
    span: Span,
    word: &str,
    wanted: &str,
    ty: &Type,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    diagnostics.push(
        Diagnostic::new(
            span,
            format!("`{word}` is for {wanted}, and this is {}", noun(ty)),
        )
        .label("does not suit this field"),
    );
    None
}

fn refuse<T>(span: Span, title: &str, diagnostics: &mut Diagnostics) -> Option<T> {
    diagnostics.push(Diagnostic::new(span, title.to_owned()).label("here"));
    None
}

/// A type in an author's words.
#[must_use]
pub fn noun(ty: &Type) -> &'static str {
    match ty {
        Type::Text => "a text",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "`true` or `false`",
        Type::Time => "an instant (RFC 3339)",
        Type::List(_) => "a list",
        Type::Record(_) | Type::Map(_) => "a map of fields",
        Type::Resource(_) => "a resource",
    }
}
