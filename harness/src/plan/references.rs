//! What templates refer to: each name must be a var, a resource or a built-in, and each path behind a resource must
//! exist in its kind's schema. What is left is the list of resources and fields that a check uses.
use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Use;
use super::template::{Reference, Template};
use super::typed::{Step, step};
use crate::aws::Kind;
use crate::judge::condition::Condition;
use crate::language::ast::Span;
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Type;

/// The name that stands for the element of `for_each`.
pub const EACH: &str = "each";

/// The names that a template may use.
pub struct Known<'a> {
    /// Vars and built-in names, with their values.
    pub names: &'a Map<String, Value>,
    /// Resources by name, with kind and whether they are plural.
    pub resources: &'a IndexMap<String, (Kind, bool)>,
    /// The resource that `each` stands for.
    pub each: Option<&'a str>,
    /// Names that earlier steps saved.
    pub saved: &'a BTreeSet<String>,
    /// Resources that could not be read; what is wrong with them has been told.
    pub unread: &'a BTreeSet<String>,
}

impl Known<'_> {
    /// Parses a template and checks what it refers to. A template that can't be read is reported and stands for
    /// nothing.
    pub fn parse(
        &self,
        text: &str,
        span: Span,
        uses: &mut Vec<Use>,
        diagnostics: &mut Diagnostics,
    ) -> Template {
        match Template::parse(text) {
            Ok(template) => {
                self.check(&template, span, uses, diagnostics);
                template
            }
            Err(error) => {
                diagnostics.push(
                    Diagnostic::new(span, "this template can't be read")
                        .label(error.to_string())
                        .help("a template is one expression in double braces, in quotes: '{{ web1.id }}'"),
                );
                Template::default()
            }
        }
    }

    /// Checks what a template refers to, and adds the resources among it to `uses`.
    pub fn check(
        &self,
        template: &Template,
        span: Span,
        uses: &mut Vec<Use>,
        diagnostics: &mut Diagnostics,
    ) {
        let attributes = template.source().contains("attribute");
        for reference in template.references() {
            if reference.name == EACH && self.each.is_none() {
                diagnostics.push(
                    Diagnostic::new(span, "`each` stands for nothing here")
                        .label("used outside `for_each`")
                        .help("give the check a `for_each: [name, …]`, or name the resource"),
                );
                continue;
            }
            let name = if reference.name == EACH {
                self.each.unwrap_or_default()
            } else {
                reference.name.as_str()
            };
            if let Some((kind, plural)) = self.resources.get(name) {
                if Self::check_path(reference, *kind, *plural, attributes, span, diagnostics) {
                    uses.push(Use {
                        resource: name.to_owned(),
                        path: reference.path.clone(),
                    });
                }
            } else if !self.names.contains_key(name)
                && !self.unread.contains(name)
                && !self.saved.contains(name)
            {
                let mut known: Vec<&str> = self.resources.keys().map(String::as_str).collect();
                known.extend(self.names.keys().map(String::as_str));
                known.extend(self.saved.iter().map(String::as_str));
                diagnostics.push(
                    Diagnostic::new(span, format!("unknown name `{name}` in a template"))
                        .label("neither a resource nor a var of this lab")
                        .suggest(name, known.iter().copied())
                        .help("resources and vars are named in lab.yaml; vars also come from the stack file and --var"),
                );
            }
        }
    }

    /// Checks what the templates of a condition refer to.
    pub fn check_all(
        &self,
        condition: &Condition,
        span: Span,
        uses: &mut Vec<Use>,
        diagnostics: &mut Diagnostics,
    ) {
        let mut templates = Vec::new();
        condition.templates(&mut templates);
        for template in templates {
            self.check(template, span, uses, diagnostics);
        }
    }

    fn check_path(
        reference: &Reference,
        kind: Kind,
        plural: bool,
        attributes: bool,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        if plural && !reference.path.is_empty() && !attributes {
            diagnostics.push(
                Diagnostic::new(
                    span,
                    format!(
                        "`{}` is a list, and a list has no field `{}`",
                        reference.name,
                        reference.path.join(".")
                    ),
                )
                .label("a field of its elements")
                .help(format!(
                    "take it of each element: {{{{ {} | map(attribute='{}') | list }}}}",
                    reference.name,
                    reference.path.join(".")
                )),
            );
            return false;
        }
        if !plural && reference.path.is_empty() && !attributes {
            diagnostics.push(
                Diagnostic::new(span, format!("`{}` is a whole resource", reference.name))
                    .label("a template needs one field of it")
                    .help(format!("as in {{{{ {}.id }}}}", reference.name)),
            );
            return false;
        }
        let mut ty = Type::Resource(kind);
        for segment in &reference.path {
            ty = match (step(&ty, segment), ty) {
                (Step::To(next), _) => next,
                (Step::List, Type::List(element)) if attributes => match step(element, segment) {
                    Step::To(next) => next,
                    _ => return unknown(reference, segment, &[], span, diagnostics),
                },
                (Step::Unknown(names), _) => {
                    return unknown(reference, segment, &names, span, diagnostics);
                }
                _ => return unknown(reference, segment, &[], span, diagnostics),
            };
        }
        true
    }
}

fn unknown(
    reference: &Reference,
    segment: &str,
    fields: &[&'static str],
    span: Span,
    diagnostics: &mut Diagnostics,
) -> bool {
    let mut diagnostic = Diagnostic::new(
        span,
        format!("`{reference}` leads nowhere: unknown field `{segment}`"),
    )
    .label("no such field")
    .suggest(segment, fields.iter().copied());
    if !fields.is_empty() {
        diagnostic = diagnostic.help(format!("the fields are {}", fields.join(", ")));
    }
    diagnostics.push(diagnostic);
    false
}
