//! From a lab as written to a plan, with every mistake collected: resources, then each check for each element of its
//! `for_each`, then the graph, then the guards.
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::references::{EACH, Known};
use super::template::Template;
use super::{
    Check, DEFAULT_TIMEOUT, Disrupt, Drill, Hint, Host, INTERNET, Plan, Probe, Step, Use, guard,
    implied, needs, paths, phases, resources, typed,
};
use crate::aws::{Kind, Paths};
use crate::judge::condition::{Condition, Matcher, Operand};
use crate::judge::summary::summary;
use crate::language::ast::{self, At, Lab, Span, Tree};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::language::source::Sources;
use crate::observe::{Parser, RecordKind};
use crate::schema::Type;

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

/// One check, for one element of its `for_each`.
struct Builder<'a> {
    lab: &'a Lab,
    sources: &'a Sources,
    plan: &'a Plan,
    kinds: &'a IndexMap<String, (Kind, bool)>,
    written: &'a needs::Written,
    check: &'a ast::Check,
    each: Option<&'a At<String>>,
}

impl Builder<'_> {
    #[expect(
        clippy::too_many_lines,
        reason = "one field after another; apart they would hide what a check is made of"
    )]
    fn build(&self, diagnostics: &mut Diagnostics) -> Option<Check> {
        let check = self.check;
        if let Some(each) = self.each
            && !matches!(self.kinds.get(&each.value), Some((_, false)))
        {
            if self.lab.unread.resources.contains(&each.value) {
                return None;
            }
            diagnostics.push(
                Diagnostic::new(
                    each.span,
                    format!("`{}` is not one resource of this lab", each.value),
                )
                .label("`for_each` goes over named resources")
                .suggest(
                    &each.value,
                    self.kinds
                        .iter()
                        .filter(|(_, (_, plural))| !plural)
                        .map(|(name, _)| name.as_str()),
                ),
            );
            return None;
        }
        let each = self.each.map(|each| each.value.as_str());
        let mut uses = Vec::new();
        let mut saved = BTreeSet::new();
        let mut looks = Vec::new();
        let mut types = Vec::new();
        for step in check.steps.iter().chain(&check.finally) {
            let known = Known {
                names: &self.plan.names,
                resources: self.kinds,
                each,
                saved: &saved,
                unread: &self.lab.unread.resources,
            };
            let (look, ty) = self.step(step, &known, &mut uses, diagnostics)?;
            for (name, _) in &look.save {
                saved.insert(name.clone());
            }
            types.push(ty);
            looks.push(look);
        }
        let known = Known {
            names: &self.plan.names,
            resources: self.kinds,
            each,
            saved: &saved,
            unread: &self.lab.unread.resources,
        };
        let finally = looks.split_off(check.steps.len());
        let mut steps = looks;
        let hints: Vec<Hint> = check
            .hints
            .iter()
            .map(|hint| Hint {
                when: hint
                    .when
                    .as_ref()
                    .map(|when| Self::hint_when(when, &steps, &types, diagnostics)),
                text: hint.text.clone(),
            })
            .collect();
        for (place, when) in hints.iter().filter_map(|hint| hint.when.as_ref()) {
            paths::collect(when, &[], &mut steps[*place].paths);
            known.check_all(when, check.id.span, &mut uses, diagnostics);
        }
        self.tell_held(&steps, &finally, diagnostics);
        let logins = steps
            .iter()
            .chain(&finally)
            .filter_map(|step| match &step.probe {
                Probe::Mysql { login, .. } => login.clone(),
                _ => None,
            });
        let mut logins: Vec<String> = logins.collect();
        logins.dedup();
        for from in steps
            .iter()
            .chain(&finally)
            .filter_map(|step| step.from.as_ref())
        {
            uses.extend(
                self.plan
                    .hosts
                    .get(from)
                    .into_iter()
                    .flat_map(|host| host.uses.clone()),
            );
        }
        for row in check
            .asserts
            .iter()
            .filter(|row| !self.lab.rows.is_empty() && !self.lab.rows.contains_key(&row.value))
        {
            diagnostics.push(
                Diagnostic::new(row.span, format!("unknown row `{}`", row.value))
                    .label("not in rows.yaml")
                    .suggest(&row.value, self.lab.rows.keys().map(String::as_str)),
            );
        }
        let own = &check.id.value;
        let mut ids = |list: &[At<String>]| -> Vec<String> {
            list.iter()
                .flat_map(|reference| {
                    needs::resolve(
                        reference,
                        each,
                        own,
                        self.written,
                        &self.lab.unread.checks,
                        diagnostics,
                    )
                })
                .collect()
        };
        let (mut needs, agrees_with, because) = (
            ids(&check.needs),
            ids(&check.agrees_with),
            ids(&check.because),
        );
        // What is looked at in a drill must hold before it: else nothing is touched.
        if let Probe::Drill(drill) = &steps[0].probe {
            let looked_at = std::iter::once(&drill.steady_state)
                .chain(&drill.during)
                .chain(&drill.after);
            for id in looked_at {
                if !needs.contains(id) {
                    needs.push(id.clone());
                }
            }
        }
        let phases = phases::of(check, &self.lab.phases, diagnostics);
        let elements = check.for_each.len().max(1);
        Some(Check {
            id: each.map_or_else(|| own.clone(), |each| needs::full(own, each)),
            file: self.sources.path(check.id.span).to_owned(),
            line: u32::try_from(self.sources.position(check.id.span).line).unwrap_or(u32::MAX),
            asserts: check.asserts.iter().map(|row| row.value.clone()).collect(),
            title: check.title.clone(),
            since: *phases.range.start(),
            until: *phases.range.end(),
            except: phases.except,
            severity: check.severity,
            points: f64::from(check.points.value)
                / f64::from(u32::try_from(elements).unwrap_or(u32::MAX)),
            each: each.map(str::to_owned),
            needs,
            agrees_with,
            because,
            steps,
            finally,
            writes: check.writes,
            logins,
            eventually: self.eventually(&known, diagnostics),
            timeout: check
                .timeout
                .as_ref()
                .map_or(DEFAULT_TIMEOUT, |timeout| timeout.value),
            hints,
            uses: unique(uses),
        })
    }

    /// One step, and the type of what it observes.
    fn step(
        &self,
        step: &ast::Step,
        known: &Known<'_>,
        uses: &mut Vec<Use>,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Step, Type)> {
        let probe = self.probe(&step.probe, known, uses, diagnostics)?;
        let ty = self.observed(&probe);
        let condition = self.condition(step.expect.as_ref(), &probe, &ty, diagnostics);
        let mut paths = Paths::default();
        paths::collect(&condition, &[], &mut paths);
        let place = step.expect.as_ref().map_or(step.span, |expect| expect.span);
        known.check_all(&condition, place, uses, diagnostics);
        let save = step.save.iter().map(|(name, path)| {
            if self.plan.names.contains_key(&name.value) || self.kinds.contains_key(&name.value) {
                diagnostics.push(
                    Diagnostic::new(
                        name.span,
                        format!("`{}` stands for something else already", name.value),
                    )
                    .label("a var or a resource of this lab")
                    .help("save it under another name"),
                );
            }
            // The path is held against the schema as an expectation on it would be.
            let asked = At::new(
                ast::Expect::Pattern(vec![(
                    path.clone(),
                    At::new(
                        ast::Expect::Matchers(vec![At::new(ast::Matcher::Present, path.span)]),
                        path.span,
                    ),
                )]),
                path.span,
            );
            paths::collect(&Self::lower(&asked, &ty, diagnostics), &[], &mut paths);
            (name.value.clone(), path.value.0.clone())
        });
        let save = save.collect();
        let from = self.vantage(step, &probe, diagnostics);
        let step = Step {
            from,
            expects: summary(&condition),
            condition,
            paths,
            times: step.times.as_ref().map_or(1, |times| times.value.max(1)),
            save,
            probe,
        };
        Some((step, ty))
    }

    /// On which step's observation a hint's `when` is, and what must hold of it: the last step whose fields it names.
    fn hint_when(
        when: &At<ast::Expect>,
        steps: &[Step],
        types: &[Type],
        diagnostics: &mut Diagnostics,
    ) -> (usize, Condition) {
        let last = steps.len() - 1;
        let fits = (0..steps.len()).rev().find(|&place| {
            let mut tried = Diagnostics::default();
            let condition = Self::lower(when, &types[place], &mut tried);
            refuse_unknown_outcomes(&steps[place].probe, &condition, when.span, &mut tried);
            tried.is_empty()
        });
        let place = fits.unwrap_or(last);
        let condition = Self::lower(when, &types[place], diagnostics);
        refuse_unknown_outcomes(&steps[place].probe, &condition, when.span, diagnostics);
        (place, condition)
    }

    /// A statement without a host needs a connection that an earlier step holds.
    fn tell_held(&self, steps: &[Step], finally: &[Step], diagnostics: &mut Diagnostics) {
        let written = self.check.steps.iter().chain(&self.check.finally);
        let mut held = false;
        for (look, written) in steps.iter().chain(finally).zip(written) {
            if let Probe::Mysql { host, .. } = &look.probe {
                if host.is_none() && !held {
                    diagnostics.push(
                        Diagnostic::new(
                            written.probe.span,
                            "no step before this one connects to a database",
                        )
                        .label("a statement without a host")
                        .help("give it `host:` and `login:`"),
                    );
                }
                held = true;
            }
        }
    }

    fn probe(
        &self,
        written: &At<ast::Probe>,
        known: &Known<'_>,
        uses: &mut Vec<Use>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Probe> {
        let mut template =
            |text: &At<String>| known.parse(&text.value, text.span, uses, diagnostics);
        Some(match &written.value {
            ast::Probe::Resource(name) => {
                let resolved = match (name.value.as_str(), self.each) {
                    (EACH, Some(each)) => &each.value,
                    _ => &name.value,
                };
                if self.lab.unread.resources.contains(resolved) {
                    return None;
                }
                if !self.kinds.contains_key(resolved) {
                    diagnostics.push(
                        Diagnostic::new(name.span, format!("unknown resource `{resolved}`"))
                            .label("not named in lab.yaml")
                            .suggest(resolved, self.kinds.keys().map(String::as_str)),
                    );
                    return None;
                }
                Probe::Resource(resolved.clone())
            }
            ast::Probe::Dns(dns) => Probe::Dns {
                name: template(&dns.name),
                record: dns
                    .record
                    .as_ref()
                    .and_then(|record| RecordKind::from_word(&record.value))
                    .unwrap_or_default(),
            },
            ast::Probe::Tcp(tcp) => Probe::Tcp {
                host: template(&tcp.host),
                port: template(&tcp.port),
            },
            ast::Probe::Http(http) => Probe::Http {
                url: template(&http.url),
                method: http.method.as_ref().map_or_else(
                    || if http.form.is_empty() { "GET" } else { "POST" }.to_owned(),
                    |method| method.value.clone(),
                ),
                headers: templates(&http.headers, &mut template),
                json: http.json,
                form: templates(&http.form, &mut template),
                select: http
                    .select
                    .iter()
                    .map(|(name, selector)| (name.value.clone(), selector.value.clone()))
                    .collect(),
                capture: templates(&http.capture, &mut template),
            },
            ast::Probe::Mysql(mysql) => Probe::Mysql {
                host: mysql.host.as_ref().map(|host| {
                    let port = mysql.port.clone();
                    let port = port.unwrap_or_else(|| At::new("3306".to_owned(), host.span));
                    (template(host), template(&port))
                }),
                login: mysql.login.as_ref().map(|login| login.value.clone()),
                database: mysql.database.as_ref().map(&mut template),
                query: mysql.query.as_ref().map(&mut template),
            },
            ast::Probe::Command(command) => Probe::Command {
                argv: command.argv.iter().map(&mut template).collect(),
                script: command.script.as_ref().map(&mut template),
                parse: command
                    .parse
                    .as_ref()
                    .and_then(|word| Parser::from_word(&word.value)),
                capture: templates(&command.capture, &mut template),
            },
            ast::Probe::Vantage(_) => Probe::Vantage,
            ast::Probe::Drill(drill) => Probe::Drill(self.drill(drill, uses, diagnostics)?),
        })
    }

    /// A drill: the resources and checks that it names.
    fn drill(
        &self,
        written: &ast::DrillProbe,
        uses: &mut Vec<Use>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Drill> {
        let mut resource = |name: &At<String>, kind: Kind, field: &str| -> Option<String> {
            let resolved = match (name.value.as_str(), self.each) {
                (EACH, Some(each)) => &each.value,
                _ => &name.value,
            };
            if self.lab.unread.resources.contains(resolved) {
                return None;
            }
            if self.kinds.get(resolved) != Some(&(kind, false)) {
                let of_kind = self.kinds.iter().filter(|(_, of)| **of == (kind, false));
                let title = format!("`{resolved}` is not one {} of this lab", kind.word());
                diagnostics.push(
                    Diagnostic::new(name.span, title)
                        .suggest(resolved, of_kind.map(|(name, _)| name.as_str())),
                );
                return None;
            }
            uses.push(Use {
                resource: resolved.clone(),
                path: vec![field.to_owned()],
            });
            Some(resolved.clone())
        };
        let disrupt = match &written.disrupt {
            ast::Disrupt::Stop(name) => Disrupt::Stop(resource(name, Kind::Instance, "id")?),
            ast::Disrupt::FailOver(name) => {
                Disrupt::FailOver(resource(name, Kind::DbCluster, "id")?)
            }
            ast::Disrupt::StopService { instance, unit } => Disrupt::StopService {
                instance: resource(instance, Kind::Instance, "id")?,
                unit: unit.value.clone(),
            },
        };
        let target_group = match &written.target_group {
            Some(name) => Some(resource(name, Kind::TargetGroup, "arn")?),
            None => None,
        };
        let each = self.each.map(|each| each.value.as_str());
        let mut ids = |list: &[At<String>]| -> Vec<String> {
            let resolved = list.iter().flat_map(|id| {
                needs::resolve(
                    id,
                    each,
                    &self.check.id.value,
                    self.written,
                    &self.lab.unread.checks,
                    diagnostics,
                )
            });
            resolved.collect()
        };
        Some(Drill {
            disrupt,
            target_group,
            steady_state: ids(std::slice::from_ref(&written.steady_state))
                .into_iter()
                .next()?,
            every: written
                .every
                .as_ref()
                .map_or(Duration::from_secs(1), |every| every.value),
            during: ids(&written.during),
            after: ids(&written.after),
            restore_writer: written.restore_writer,
        })
    }

    /// The type of what the probe observes.
    fn observed(&self, probe: &Probe) -> Type {
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
    fn lower(expect: &At<ast::Expect>, ty: &Type, diagnostics: &mut Diagnostics) -> Condition {
        match ty {
            Type::List(_) => typed::lower(expect, ty, diagnostics),
            _ => typed::lower_with_outcome(expect, ty, diagnostics),
        }
    }

    /// What must hold, with the outcome that the probe implies unless the author names one.
    fn condition(
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

    /// Where a step is dialled from: of the probe `vantage` its own word, else the step's, the check's, or `internet`.
    fn vantage(
        &self,
        step: &ast::Step,
        probe: &Probe,
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let named = match &step.probe.value {
            ast::Probe::Vantage(name) => Some(name),
            _ => step.from.as_ref().or(self.check.from.as_ref()),
        };
        if let Probe::Drill(drill) = probe
            && !matches!(drill.disrupt, Disrupt::StopService { .. })
        {
            return None;
        }
        if matches!(probe, Probe::Resource(_)) {
            // In a check of several steps its `from` is the others'.
            if let Some(from) = step.from.as_ref().or(self
                .check
                .from
                .as_ref()
                .filter(|_| self.check.steps.len() == 1))
            {
                diagnostics.push(
                    Diagnostic::new(from.span, "a resource is not dialled, it has no vantage")
                        .label("has no effect"),
                );
            }
            return None;
        }
        let Some(from) = named else {
            return Some(INTERNET.to_owned());
        };
        let from = match (from.value.as_str(), self.each) {
            (EACH, Some(each)) => &At::new(each.value.clone(), from.span),
            _ => from,
        };
        let known: Vec<&str> = std::iter::once(INTERNET)
            .chain(
                self.lab
                    .vantages
                    .iter()
                    .chain(&self.lab.optional_vantages)
                    .map(|vantage| vantage.value.as_str()),
            )
            .collect();
        if !known.contains(&from.value.as_str()) {
            diagnostics.push(
                Diagnostic::new(from.span, format!("unknown vantage `{}`", from.value))
                    .label("not among the lab's `vantages:` and `optional_vantages:`")
                    .suggest(&from.value, known),
            );
        }
        Some(from.value.clone())
    }

    fn eventually(&self, known: &Known<'_>, diagnostics: &mut Diagnostics) -> Option<Duration> {
        let written = self.check.eventually.as_ref()?;
        let template = known.parse(&written.value, written.span, &mut Vec::new(), diagnostics);
        let text = template
            .evaluate(&Value::Object(self.plan.names.clone()))
            .ok()
            .map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            });
        let duration = text
            .as_deref()
            .and_then(|text| humantime::parse_duration(text).ok());
        if duration.is_none() {
            diagnostics.push(
                Diagnostic::new(
                    written.span,
                    format!(
                        "`{}` is not a duration",
                        text.unwrap_or_else(|| written.value.clone())
                    ),
                )
                .label("as in `90s`, `3m`, or a var that is one"),
            );
        }
        duration
    }
}

/// Names and templates.
fn templates(
    written: &[(At<String>, At<String>)],
    template: &mut impl FnMut(&At<String>) -> Template,
) -> Vec<(String, Template)> {
    written
        .iter()
        .map(|(name, value)| (name.value.clone(), template(value)))
        .collect()
}

/// An outcome that the probe never has would make a check that can't pass, or can't fail.
fn refuse_unknown_outcomes(
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

fn unique(uses: Vec<Use>) -> Vec<Use> {
    let mut unique: Vec<Use> = Vec::new();
    for used in uses {
        if !unique.contains(&used) {
            unique.push(used);
        }
    }
    unique
}
