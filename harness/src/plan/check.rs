//! One check of the plan: its steps in order, its hints, whom it names, each held against what there is.
use std::collections::BTreeSet;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use super::expectation::refuse_unknown_outcomes;
use super::references::Known;
use super::{Check, DEFAULT_TIMEOUT, Hint, Plan, Probe, Step, Use, needs, paths, phases};
use crate::aws::{Kind, Paths};
use crate::judge::condition::Condition;
use crate::judge::summary::summary;
use crate::language::ast::{self, At, Lab};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::language::source::Sources;
use crate::schema::Type;

/// One check, for one element of its `for_each`.
pub(super) struct Builder<'a> {
    pub(super) lab: &'a Lab,
    pub(super) sources: &'a Sources,
    pub(super) plan: &'a Plan,
    pub(super) kinds: &'a IndexMap<String, (Kind, bool)>,
    pub(super) written: &'a needs::Written,
    pub(super) check: &'a ast::Check,
    pub(super) each: Option<&'a At<String>>,
}

impl Builder<'_> {
    #[expect(
        clippy::too_many_lines,
        reason = "one field after another; apart they would hide what a check is made of"
    )]
    pub(super) fn build(&self, diagnostics: &mut Diagnostics) -> Option<Check> {
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
            let known = self.known(&saved);
            let (look, ty) = self.step(step, &known, &mut uses, diagnostics)?;
            for (name, _) in &look.save {
                saved.insert(name.clone());
            }
            types.push(ty);
            looks.push(look);
        }
        let known = self.known(&saved);
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
        let (mut needs, agrees_with, because) = (
            self.ids(&check.needs, diagnostics),
            self.ids(&check.agrees_with, diagnostics),
            self.ids(&check.because, diagnostics),
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

    /// What a template may name, when steps before it have saved so much.
    fn known<'s>(&'s self, saved: &'s BTreeSet<String>) -> Known<'s> {
        Known {
            names: &self.plan.names,
            resources: self.kinds,
            each: self.each.map(|each| each.value.as_str()),
            saved,
            unread: &self.lab.unread.resources,
        }
    }

    /// The checks that a list of ids names, from here.
    pub(super) fn ids(&self, list: &[At<String>], diagnostics: &mut Diagnostics) -> Vec<String> {
        let named = list.iter().flat_map(|reference| {
            needs::resolve(
                reference,
                self.each.map(|each| each.value.as_str()),
                &self.check.id.value,
                self.written,
                &self.lab.unread.checks,
                diagnostics,
            )
        });
        named.collect()
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

fn unique(uses: Vec<Use>) -> Vec<Use> {
    let mut unique: Vec<Use> = Vec::new();
    for used in uses {
        if !unique.contains(&used) {
            unique.push(used);
        }
    }
    unique
}
