//! The lab's resources: kinds known, VPCs and templates resolved, no circle among them.
use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::references::Known;
use super::{Resource, paths, typed};
use crate::aws::{Kind, Paths};
use crate::judge::condition::Condition;
use crate::language::ast::{At, Lab, ResourceDecl};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Type;

/// The kind of each resource, and whether it is plural.
pub fn kinds(lab: &Lab, diagnostics: &mut Diagnostics) -> IndexMap<String, (Kind, bool)> {
    let mut kinds = IndexMap::new();
    for (name, declared) in &lab.resources {
        let word = &declared.value.kind;
        if let Some(kind) = Kind::from_word(&word.value) {
            kinds.insert(name.clone(), kind);
        } else {
            let words: Vec<&str> = Kind::ALL
                .iter()
                .flat_map(|kind| [kind.word(), kind.plural()])
                .collect();
            diagnostics.push(
                Diagnostic::new(
                    word.span,
                    format!("unknown kind of resource `{}`", word.value),
                )
                .label("no such kind")
                .suggest(&word.value, words.iter().copied())
                .help(format!(
                    "the kinds are {}",
                    Kind::ALL
                        .iter()
                        .map(|kind| kind.word())
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
            );
        }
    }
    kinds
}

/// Every resource, resolved; `finder` is filled in when the checks are known.
pub fn lower(
    lab: &Lab,
    names: &Map<String, Value>,
    kinds: &IndexMap<String, (Kind, bool)>,
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, Resource> {
    let mut resources = IndexMap::new();
    for (name, declared) in &lab.resources {
        let Some((kind, plural)) = kinds.get(name).copied() else {
            continue;
        };
        if names.contains_key(name) {
            diagnostics.push(
                Diagnostic::new(
                    declared.span,
                    format!("`{name}` is both a resource and a var"),
                )
                .label("name one of them otherwise"),
            );
        }
        resources.insert(
            name.clone(),
            resource(
                declared,
                kind,
                plural,
                &Known {
                    names,
                    resources: kinds,
                    each: None,
                    saved: &BTreeSet::new(),
                    unread: &lab.unread.resources,
                },
                diagnostics,
            ),
        );
    }
    refuse_circles(lab, &resources, diagnostics);
    resources
}

fn resource(
    declared: &At<ResourceDecl>,
    kind: Kind,
    plural: bool,
    known: &Known<'_>,
    diagnostics: &mut Diagnostics,
) -> Resource {
    let decl = &declared.value;
    let mut uses = Vec::new();
    let name = decl
        .name
        .as_ref()
        .map(|name| known.parse(&name.value, name.span, &mut uses, diagnostics));
    let vpc = decl
        .vpc
        .as_ref()
        .and_then(|vpc| resolve_vpc(vpc, kind, known, diagnostics));
    let tags = decl
        .tags
        .iter()
        .map(|(key, value)| {
            (
                key.value.clone(),
                known.parse(&value.value, value.span, &mut uses, diagnostics),
            )
        })
        .collect();
    let mut filter_paths = Paths::default();
    let filter = decl.filter.as_ref().map(|filter| {
        let condition = typed::lower(
            &At::new(filter.clone(), declared.span),
            &Type::Resource(kind),
            diagnostics,
        );
        paths::collect(&condition, &[], &mut filter_paths);
        check_templates(&condition, declared, known, &mut uses, diagnostics);
        condition
    });
    // A VPC may be told by a relation, and tags by a call of their own: finding it takes those paths too.
    if let (Some(_), Some(path)) = (&vpc, kind.vpc_path()) {
        filter_paths.insert(path.iter().map(|segment| (*segment).to_owned()).collect());
    }
    if !decl.tags.is_empty() {
        filter_paths.insert(vec!["tags".to_owned()]);
    }
    uses.extend(vpc.iter().map(|vpc| super::Use {
        resource: vpc.clone(),
        path: vec!["id".to_owned()],
    }));
    Resource {
        kind,
        plural,
        name,
        vpc,
        tags,
        filter,
        filter_paths,
        uses,
        finder: None,
    }
}

fn check_templates(
    condition: &Condition,
    at: &At<ResourceDecl>,
    known: &Known<'_>,
    uses: &mut Vec<super::Use>,
    diagnostics: &mut Diagnostics,
) {
    let mut templates = Vec::new();
    condition.templates(&mut templates);
    for template in templates {
        known.check(template, at.span, uses, diagnostics);
    }
}

fn resolve_vpc(
    vpc: &At<String>,
    kind: Kind,
    known: &Known<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    if kind.vpc_path().is_none() {
        diagnostics.push(
            Diagnostic::new(vpc.span, format!("a {} belongs to no VPC", kind.word()))
                .label("not for this kind"),
        );
        return None;
    }
    match known.resources.get(&vpc.value) {
        Some((Kind::Vpc, false)) => Some(vpc.value.clone()),
        Some(_) => {
            diagnostics.push(
                Diagnostic::new(vpc.span, format!("`{}` is not one VPC", vpc.value))
                    .label("a resource of the kind `vpc` is wanted"),
            );
            None
        }
        None if known.unread.contains(&vpc.value) => None,
        None => {
            let vpcs: Vec<&str> = known
                .resources
                .iter()
                .filter(|(_, kind)| **kind == (Kind::Vpc, false))
                .map(|(name, _)| name.as_str())
                .collect();
            diagnostics.push(
                Diagnostic::new(vpc.span, format!("unknown resource `{}`", vpc.value))
                    .label("the lab names no such VPC")
                    .suggest(&vpc.value, vpcs.iter().copied())
                    .help(format!("the lab's VPCs are {}", vpcs.join(", "))),
            );
            None
        }
    }
}

fn refuse_circles(
    lab: &Lab,
    resources: &IndexMap<String, Resource>,
    diagnostics: &mut Diagnostics,
) {
    for (name, declared) in &lab.resources {
        let mut seen = vec![name.as_str()];
        let mut open: Vec<&str> = resources
            .get(name)
            .map(|resource| {
                resource
                    .uses
                    .iter()
                    .map(|used| used.resource.as_str())
                    .collect()
            })
            .unwrap_or_default();
        while let Some(next) = open.pop() {
            if next == name {
                diagnostics.push(
                    Diagnostic::new(
                        declared.span,
                        format!("to find `{name}` it must have been found already"),
                    )
                    .label("a circle of resources"),
                );
                break;
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(
                    resources.get(next).into_iter().flat_map(|resource| {
                        resource.uses.iter().map(|used| used.resource.as_str())
                    }),
                );
            }
        }
    }
}
