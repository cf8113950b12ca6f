//! From a lab as written to a plan, with every mistake collected: resources, then each check for each element of its
//! `for_each`, then the graph, then the guards.
use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::check::Builder;
use super::references::Known;
use super::{Host, Plan, Probe, guard, implied, needs, resources};
use crate::aws::Kind;
use crate::language::ast::{self, At, Lab, Span, Tree};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::language::source::Sources;

/// What a run adds to a lab before it is planned.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Vars of the stack file and of `--var`, which go before the lab's own.
    pub vars: Map<String, Value>,
    /// The stack's name.
    pub stack: String,
    /// The stack's region, where it is not the lab's first.
    pub region: Option<String>,
    /// The hosts of the stack's vantages, templates, by the vantage's name.
    pub hosts: Vec<(String, At<String>)>,
}

/// Plans a lab. `diagnostics` holds what was found before.
///
/// # Errors
/// Every mistake that was found, in no order.
pub fn build(
    lab: &Lab,
    sources: &Sources,
    inputs: &Inputs,
    mut diagnostics: Diagnostics,
) -> Result<Plan, Diagnostics> {
    let names = names(lab, inputs);
    let kinds = resources::kinds(lab, &mut diagnostics);
    let mut plan = Plan {
        lab: lab.name.value.clone(),
        title: lab.title.clone(),
        regions: lab
            .regions
            .iter()
            .map(|region| region.value.clone())
            .collect(),
        phases: lab.phases.iter().map(|phase| phase.value.clone()).collect(),
        resources: resources::lower(lab, &names, &kinds, &mut diagnostics),
        names,
        checks: Vec::new(),
        rows: lab.rows.keys().cloned().collect(),
        hosts: IndexMap::new(),
        optional_vantages: lab
            .optional_vantages
            .iter()
            .map(|vantage| vantage.value.clone())
            .collect(),
    };
    plan.hosts = hosts(lab, inputs, &plan, &kinds, &mut diagnostics);
    let written: needs::Written = lab
        .checks
        .iter()
        .map(|check| {
            (
                check.id.value.clone(),
                check
                    .for_each
                    .iter()
                    .map(|element| element.value.clone())
                    .collect(),
            )
        })
        .collect();
    let mut origins: IndexMap<String, &ast::Check> = IndexMap::new();
    for check in &lab.checks {
        let elements: Vec<Option<&At<String>>> = if check.for_each.is_empty() {
            vec![None]
        } else {
            check.for_each.iter().map(Some).collect()
        };
        for element in elements {
            let builder = Builder {
                lab,
                sources,
                plan: &plan,
                kinds: &kinds,
                written: &written,
                check,
                each: element,
            };
            if let Some(built) = builder.build(&mut diagnostics) {
                origins.insert(built.id.clone(), check);
                plan.checks.push(built.into());
            }
        }
    }
    implied::add(&mut plan, &origins, &mut diagnostics);
    sort(&mut plan, &origins, &mut diagnostics);
    find_finders(&mut plan);
    // What could not be read may be the very check that is missing: these are told when all else is right.
    let unread = !lab.unread.checks.is_empty() || !lab.unread.resources.is_empty();
    if unread || !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    for (name, _) in guard::unfound(&plan) {
        diagnostics.push(
            Diagnostic::new(lab.resources[name].span, format!("no check looks for `{name}`"))
                .label("when it is missing, every check that names it is skipped, and none says why")
                .help(format!("add a check with `probe: {{ resource: {name} }}` of severity error that holds whenever another names it")),
        );
    }
    guard::check(&plan, &origins, &mut diagnostics);
    if diagnostics.is_empty() {
        Ok(plan)
    } else {
        Err(diagnostics)
    }
}

/// The hosts of the stack's vantages.
fn hosts(
    lab: &Lab,
    inputs: &Inputs,
    plan: &Plan,
    kinds: &IndexMap<String, (Kind, bool)>,
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, Host> {
    let known = Known {
        names: &plan.names,
        resources: kinds,
        each: None,
        saved: &BTreeSet::new(),
        unread: &lab.unread.resources,
    };
    let host = |(name, written): &(String, At<String>)| {
        let mut uses = Vec::new();
        let host = known.parse(&written.value, written.span, &mut uses, diagnostics);
        (name.clone(), Host { host, uses })
    };
    inputs.hosts.iter().map(host).collect()
}

/// Vars, the stack's before the lab's, and the built-in names.
fn names(lab: &Lab, inputs: &Inputs) -> Map<String, Value> {
    let mut names: Map<String, Value> = lab
        .vars
        .iter()
        .map(|(name, tree)| (name.clone(), plain(&tree.value)))
        .collect();
    names.extend(inputs.vars.clone());
    let region = inputs
        .region
        .clone()
        .or_else(|| lab.regions.first().map(|region| region.value.clone()));
    names.insert("stack".to_owned(), json!(inputs.stack));
    names.insert("lab".to_owned(), json!(lab.name.value));
    names.insert("region".to_owned(), json!(region));
    // What it stands for is known when a run begins.
    names.insert("nonce".to_owned(), json!("nonce"));
    names
}

/// A var's value: a plain scalar is a number or a truth value where YAML would have it so and nothing is lost by it.
#[must_use]
pub fn plain(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Scalar(scalar) if scalar.quoted => json!(scalar.text),
        Tree::Scalar(scalar) => match (scalar.text.parse::<i64>(), scalar.text.as_str()) {
            (Ok(number), text) if number.to_string() == text => json!(number),
            (_, "true") => json!(true),
            (_, "false") => json!(false),
            (_, text) => json!(text),
        },
        Tree::List(elements) => elements
            .iter()
            .map(|element| plain(&element.value))
            .collect(),
        Tree::Map(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| (key.value.clone(), plain(&value.value)))
                .collect(),
        ),
    }
}

/// Needs first, else as written.
fn sort(plan: &mut Plan, origins: &IndexMap<String, &ast::Check>, diagnostics: &mut Diagnostics) {
    let nodes: Vec<needs::Node<'_>> = plan
        .checks
        .iter()
        .map(|check| needs::Node {
            id: &check.id,
            span: origins
                .get(&check.id)
                .map_or_else(Span::default, |origin| origin.id.span),
            after: check
                .needs
                .iter()
                .chain(&check.agrees_with)
                .map(String::as_str)
                .collect(),
        })
        .collect();
    let order = needs::order(&nodes, diagnostics);
    plan.checks = order
        .into_iter()
        .map(|index| Arc::clone(&plan.checks[index]))
        .collect();
}

/// The check that fails when a resource is not found: the first error check that probes it and allows no other outcome
/// than finding it.
fn find_finders(plan: &mut Plan) {
    let mut finders: IndexMap<String, (usize, String)> = IndexMap::new();
    for check in plan
        .checks
        .iter()
        .filter(|check| check.severity == ast::Severity::Error && !guard::is_negative(check, plan))
    {
        if let ([step], true) = (&check.steps[..], check.finally.is_empty())
            && let Probe::Resource(name) = &step.probe
        {
            let known = finders
                .entry(name.clone())
                .or_insert_with(|| (check.since, check.id.clone()));
            if check.since < known.0 {
                *known = (check.since, check.id.clone());
            }
        }
    }
    for (name, (_, id)) in finders {
        if let Some(resource) = plan.resources.get_mut(&name) {
            resource.finder = Some(id);
        }
    }
}
