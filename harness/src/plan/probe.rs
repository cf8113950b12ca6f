//! What a step does: its probe, a drill's parts, and the vantage that it is dialled from.
use std::time::Duration;

use super::check::Builder;
use super::references::{EACH, Known};
use super::template::Template;
use super::{Disrupt, Drill, INTERNET, Probe, Use};
use crate::aws::Kind;
use crate::language::ast::{self, At};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::observe::{Parser, RecordKind};

impl Builder<'_> {
    /// What is done, its names and templates resolved; none where the mistake is told already.
    pub(super) fn probe(
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
        Some(Drill {
            disrupt,
            target_group,
            steady_state: self
                .ids(std::slice::from_ref(&written.steady_state), diagnostics)
                .into_iter()
                .next()?,
            every: written
                .every
                .as_ref()
                .map_or(Duration::from_secs(1), |every| every.value),
            during: self.ids(&written.during, diagnostics),
            after: self.ids(&written.after, diagnostics),
            restore_writer: written.restore_writer,
        })
    }

    /// Where a step is dialled from: of the probe `vantage` its own word, else the step's, the check's, or `internet`.
    pub(super) fn vantage(
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
