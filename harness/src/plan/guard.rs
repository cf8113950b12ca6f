//! Guarded negatives: what passes by something being absent, blocked or rejected needs a control that shows the same
//! thing alive, and what expects silence names the check that explains it.
use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{Check, Plan, Probe, Resource, Step};
use crate::aws::Kind;
use crate::judge::condition::{Condition, Matcher, Operand};
use crate::language::ast::{self, Severity};
use crate::language::diagnostic::{Diagnostic, Diagnostics};

/// The outcome of silence, the same word for every probe that is dialled.
pub const TIMEOUT: &str = "timeout";

/// Reports every negative without a control and every silence without an explanation.
pub fn check(plan: &Plan, written: &IndexMap<String, &ast::Check>, diagnostics: &mut Diagnostics) {
    for check in &plan.checks {
        let Some(source) = written.get(&check.id) else {
            continue;
        };
        refuse_unsampled(check, source, plan, diagnostics);
        if is_negative(check, plan) && !check.needs.iter().any(|need| guards(need, check, plan)) {
            let span = negative_step(check, plan)
                .and_then(|place| source.steps.get(place)?.expect.as_ref())
                .map_or(source.id.span, |expect| expect.span);
            let of = plan
                .resources_of(check)
                .into_iter()
                .collect::<Vec<_>>()
                .join("`, `");
            diagnostics.push(
                Diagnostic::new(span, format!("`{}` passes by something not being there, and no control shows that it would be seen", source.id.value))
                    .label("a negative")
                    .help(format!("add to `needs:` a check that passes by seeing something on `{of}`")),
            );
        }
        let silent = check
            .steps
            .iter()
            .any(|step| expects_silence(&step.condition));
        if silent && check.agrees_with.is_empty() {
            diagnostics.push(
                Diagnostic::new(source.id.span, format!("`{}` expects silence, and nothing explains it", source.id.value))
                    .label("a network that drops the packets would pass it too")
                    .help("name in `agrees_with:` the check that says why it must be silent, as the one on the security group"),
            );
        }
        for (list, word) in [(&check.needs, "needs"), (&check.agrees_with, "agrees_with")] {
            for other in list.iter().filter_map(|id| plan.check(id)) {
                refuse_weaker(check, other, word, source, plan, diagnostics);
            }
        }
    }
}

/// A drill samples what is dialled, once a sample.
fn refuse_unsampled(
    check: &Check,
    source: &ast::Check,
    plan: &Plan,
    diagnostics: &mut Diagnostics,
) {
    let Some(drill) = check.drill() else { return };
    let sampled = plan.check(&drill.steady_state);
    let fits = |other: &Check| {
        matches!(&other.steps[..], [step]
            if !matches!(step.probe, Probe::Resource(_) | Probe::Drill(_) | Probe::Vantage))
            && !other.writes
    };
    if sampled.is_some_and(|other| !fits(other)) {
        diagnostics.push(
            Diagnostic::new(source.id.span, format!("`{}` can't be sampled", drill.steady_state))
                .label("the steady state of this drill")
                .help("name a check of one probe that is dialled (http, tcp, dns, mysql, command) and writes nothing"),
        );
    }
    for id in drill.during.iter().chain(&drill.after) {
        if plan.check(id).is_some_and(|other| other.drill().is_some()) {
            diagnostics.push(
                Diagnostic::new(source.id.span, format!("`{id}` is a drill itself"))
                    .label("looked at in this drill")
                    .help("drills run one at a time: let one need the other"),
            );
        }
    }
}

/// An error check leans on error checks only, and on none that does not hold wherever it holds itself.
fn refuse_weaker(
    check: &Check,
    other: &Check,
    word: &str,
    source: &ast::Check,
    plan: &Plan,
    diagnostics: &mut Diagnostics,
) {
    if check.severity == Severity::Error && other.severity != Severity::Error {
        diagnostics.push(
            Diagnostic::new(
                source.id.span,
                format!(
                    "`{}` {word} `{}`, which is not of severity error",
                    check.id, other.id
                ),
            )
            .label("its marks would hang on a mere warning"),
        );
    }
    if let Some(phase) =
        (0..plan.phases.len()).find(|&phase| check.holds_in(phase) && !other.holds_in(phase))
    {
        diagnostics.push(
            Diagnostic::new(source.id.span, format!("`{}` {word} `{}`, which does not hold in the phase `{}`", check.id, other.id, plan.phases[phase]))
                .label("holds there")
                .help("a need must hold wherever its dependant does: mend `phase`, `until` or `except` of one of them"),
        );
    }
}

/// Whether `need` shows alive what `check` finds absent: it is positive and shares a resource or a host with it. What
/// is gone from a whole account is shown alive by the account itself.
fn guards(need: &str, check: &Check, plan: &Plan) -> bool {
    let named = named(check, plan);
    let of_account = named.iter().all(|name| plan.resources[*name].plural);
    plan.check(need).is_some_and(|control| {
        let shown = self::named(control, plan);
        let is_account = shown
            .iter()
            .any(|name| plan.resources[*name].kind == Kind::Account);
        !is_negative(control, plan)
            && (!shown.is_disjoint(&named)
                || same_host(control, check)
                || (of_account && is_account))
    })
}

/// The resources that a check names itself. A list has no life of its own: what it is listed in counts with it; but that
/// a VPC is there shows nothing of a server in it.
fn named<'p>(check: &'p Check, plan: &'p Plan) -> BTreeSet<&'p str> {
    let mut named: BTreeSet<&str> = check
        .uses
        .iter()
        .map(|used| used.resource.as_str())
        .collect();
    named.extend(check.probed());
    let listed_in: Vec<&str> = named
        .iter()
        .filter_map(|name| plan.resources.get(*name))
        .filter(|resource| resource.plural)
        .flat_map(|resource| resource.uses.iter().map(|used| used.resource.as_str()))
        .collect();
    named.extend(listed_in);
    named
}

fn same_host(a: &Check, b: &Check) -> bool {
    // A command is aimed at the vantage's own host, as the probe of the vantage is.
    let host = |step: &Step| match &step.probe {
        Probe::Command { .. } | Probe::Vantage => {
            step.from.as_ref().map(|from| format!("from {from}"))
        }
        probe => host_of(probe).map(str::to_owned),
    };
    let hosts = |check: &Check| -> Vec<String> { check.steps.iter().filter_map(host).collect() };
    let of_b = hosts(b);
    hosts(a).iter().any(|host| of_b.contains(host))
}

/// The host as written, a template perhaps.
fn host_of(probe: &Probe) -> Option<&str> {
    let written = probe.host()?.source();
    if !matches!(probe, Probe::Http { .. }) {
        return Some(written);
    }
    let rest = written.split_once("://").map_or(written, |(_, rest)| rest);
    let end = rest.find("}}").map_or(0, |hole| hole + 2);
    let length = rest[end..]
        .find(['/', ':'])
        .map_or(rest.len(), |slash| end + slash);
    Some(&rest[..length])
}

/// Whether a check passes by something being absent, blocked or rejected. On a field of a resource that was found, the
/// finding is the guard.
#[must_use]
pub fn is_negative(check: &Check, plan: &Plan) -> bool {
    negative_step(check, plan).is_some()
}

/// The first step that is negative. What is done in the end asserts nothing.
fn negative_step(check: &Check, plan: &Plan) -> Option<usize> {
    check
        .steps
        .iter()
        .position(|step| is_negative_step(step, plan))
}

fn is_negative_step(step: &Step, plan: &Plan) -> bool {
    let by_content = match &step.probe {
        Probe::Resource(name) => plan
            .resources
            .get(name)
            .is_some_and(|resource| resource.plural),
        Probe::Http { .. } | Probe::Mysql { .. } | Probe::Command { .. } => true,
        Probe::Dns { .. } | Probe::Tcp { .. } | Probe::Vantage | Probe::Drill(_) => false,
    };
    allows_other_outcome(&step.condition, step.probe.schema().positive)
        || (by_content && asks_absence(&step.condition))
}

/// Whether the condition can hold with another outcome than the positive one.
fn allows_other_outcome(condition: &Condition, positive: &str) -> bool {
    outcome_conditions(condition).into_iter().any(|outcome| {
        outcomes_of(outcome)
            .is_none_or(|outcomes| outcomes.iter().any(|outcome| outcome != positive))
    })
}

/// The conditions that stand on the path `outcome`.
fn outcome_conditions(condition: &Condition) -> Vec<&Condition> {
    match condition {
        Condition::Pattern(fields) => fields
            .iter()
            .filter(|(path, _)| path.0 == ["outcome"])
            .map(|(_, inner)| inner)
            .collect(),
        Condition::All(matchers) => matchers
            .iter()
            .flat_map(|matcher| match matcher {
                Matcher::AllOf(inner) | Matcher::AnyOf(inner) => {
                    inner.iter().flat_map(outcome_conditions).collect()
                }
                _ => Vec::new(),
            })
            .collect(),
    }
}

/// The outcomes that a condition names; none where they can't be told.
fn outcomes_of(condition: &Condition) -> Option<Vec<String>> {
    let Condition::All(matchers) = condition else {
        return None;
    };
    let mut found = Vec::new();
    for matcher in matchers {
        match matcher {
            Matcher::Equals(operand) => found.push(text(operand)?),
            Matcher::OneOf(operands) => {
                found.extend(operands.iter().map(text).collect::<Option<Vec<_>>>()?);
            }
            _ => return None,
        }
    }
    Some(found)
}

fn text(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Literal(value) => value.as_str().map(str::to_owned),
        Operand::Template(..) => None,
    }
}

/// Whether the author names an outcome.
#[must_use]
pub fn names_outcome(condition: &Condition) -> bool {
    !outcome_conditions(condition).is_empty()
}

/// The outcomes that the condition names.
#[must_use]
pub fn outcomes(condition: &Condition) -> Vec<String> {
    outcome_conditions(condition)
        .into_iter()
        .filter_map(outcomes_of)
        .flatten()
        .collect()
}

/// Whether silence is among the outcomes that the condition names.
#[must_use]
pub fn expects_silence(condition: &Condition) -> bool {
    outcomes(condition).iter().any(|outcome| outcome == TIMEOUT)
}

/// Whether anything in the condition asks that something be absent.
fn asks_absence(condition: &Condition) -> bool {
    match condition {
        Condition::Pattern(fields) => fields
            .iter()
            .any(|(path, inner)| path.0 != ["outcome"] && asks_absence(inner)),
        Condition::All(matchers) => matchers.iter().any(|matcher| match matcher {
            Matcher::Absent | Matcher::Empty | Matcher::None(_) | Matcher::Not(_) => true,
            Matcher::Count(inner) => allows_zero(inner),
            Matcher::AllOf(inner) | Matcher::AnyOf(inner) => inner.iter().any(asks_absence),
            // Inside an element that is there, absence of a field is a property of it: the element is the guard.
            _ => false,
        }),
    }
}

fn allows_zero(condition: &Condition) -> bool {
    crate::judge::evaluate::holds(
        condition,
        Some(&serde_json::json!(0)),
        &serde_json::Value::Null,
    )
    .unwrap_or(true)
}

/// The resources of a plan that no check finds.
#[must_use]
pub fn unfound(plan: &Plan) -> Vec<(&str, &Resource)> {
    plan.resources
        .iter()
        .filter(|(_, resource)| !resource.plural && resource.finder.is_none())
        .map(|(name, resource)| (name.as_str(), resource))
        .collect()
}
