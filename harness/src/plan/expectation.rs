//! What a step expects of what its probe observes: typed by that, with the outcome that the probe implies.
use std::sync::LazyLock;

use serde_json::json;

use super::check::Builder;
use super::{Probe, guard, typed};
use crate::aws::Kind;
use crate::judge::condition::{Condition, Matcher, Operand};
use crate::language::ast::{self, At, Span};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Type;

impl Builder<'_> {
    /// The type of what the probe observes.
    pub(super) fn observed(&self, probe: &Probe) -> Type {
        match probe {
            Probe::Resource(name) => {
                let (kind, plural) = self.kinds[name];
                if plural {
                    Type::List(resource_type(kind))
                } else {
                    Type::Resource(kind)
                }
            }
            probe => Type::Record(probe.schema().fields),
        }
    }

    /// An expectation on an observation, whose `outcome` stands beside its fields; a plural's is on its elements.
    pub(super) fn lower(
        expect: &At<ast::Expect>,
        ty: &Type,
        diagnostics: &mut Diagnostics,
    ) -> Condition {
        match ty {
            Type::List(_) => typed::lower(expect, ty, diagnostics),
            _ => typed::lower_with_outcome(expect, ty, diagnostics),
        }
    }

    /// What must hold, with the outcome that the probe implies unless the author names one.
    pub(super) fn condition(
        &self,
        expect: Option<&At<ast::Expect>>,
        probe: &Probe,
        ty: &Type,
        diagnostics: &mut Diagnostics,
    ) -> Condition {
        let implied = match probe {
            Probe::Resource(name) if self.kinds[name].1 => None,
            probe => Some(probe.schema().positive),
        };
        let written = expect.map(|expect| {
            if let (Type::List(_), ast::Expect::Pattern(_)) = (ty, &expect.value) {
                diagnostics.push(
                    Diagnostic::new(expect.span, "a plural resource is a list, and a list has no fields").label("fields of its elements").help("say which elements are meant: `every`, `some`, `none`, `only`, `count`, `empty` or `distinct`"),
                );
                return Condition::nothing();
            }
            Self::lower(expect, ty, diagnostics)
        });
        if let (Some(expect), Some(condition)) = (expect, &written) {
            refuse_unknown_outcomes(probe, condition, expect.span, diagnostics);
        }
        match (implied, written) {
            (None, None) => Condition::All(vec![Matcher::Not(Box::new(Condition::All(vec![
                Matcher::Empty,
            ])))]),
            (None, Some(condition)) => condition,
            (Some(outcome), written) if !written.as_ref().is_some_and(guard::names_outcome) => {
                let implied = (
                    ast::FieldPath(vec!["outcome".to_owned()]),
                    Condition::All(vec![Matcher::Equals(Operand::Literal(json!(outcome)))]),
                );
                match written {
                    Some(Condition::Pattern(fields)) => {
                        Condition::Pattern(std::iter::once(implied).chain(fields).collect())
                    }
                    Some(other) => Condition::All(vec![Matcher::AllOf(vec![
                        Condition::Pattern(vec![implied]),
                        other,
                    ])]),
                    None => Condition::Pattern(vec![implied]),
                }
            }
            (Some(_), written) => written.unwrap_or_else(Condition::nothing),
        }
    }
}

/// An outcome that the probe never has would make a check that can't pass, or can't fail.
pub(super) fn refuse_unknown_outcomes(
    probe: &Probe,
    condition: &Condition,
    span: Span,
    diagnostics: &mut Diagnostics,
) {
    let schema = probe.schema();
    for outcome in guard::outcomes(condition)
        .into_iter()
        .filter(|outcome| !schema.knows(outcome))
    {
        diagnostics.push(
            Diagnostic::new(span, format!("unknown outcome `{outcome}`"))
                .label(format!("`{}` never has it", schema.probe))
                .suggest(&outcome, schema.outcomes.iter().map(|known| known.name)),
        );
    }
}

/// The type of one element of a plural.
fn resource_type(kind: Kind) -> &'static Type {
    static TYPES: LazyLock<Vec<(Kind, Type)>> = LazyLock::new(|| {
        Kind::ALL
            .iter()
            .map(|kind| (*kind, Type::Resource(*kind)))
            .collect()
    });
    TYPES
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or(&Type::Text, |(_, ty)| ty)
}
