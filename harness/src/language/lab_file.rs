//! `lab.yaml`: the lab's name, regions, vars, resources and phases. It knows no kind of resource by name.
use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::ast::{At, ResourceDecl, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, quote};
use super::expect;
use super::fields::{Fields, bilingual, map, names, text, text_map, wants};
use super::matcher::regex_diagnostic;
use super::names::{kebab, snake};
use crate::text::Text;

const KEYS: [&str; 8] = [
    "lab",
    "title",
    "stack_name",
    "regions",
    "vars",
    "resources",
    "phases",
    "vantages",
];

/// What `lab.yaml` says, as far as it could be read.
#[derive(Debug, Default)]
pub struct LabFile {
    /// `lab:`.
    pub name: Option<At<String>>,
    /// `title:`.
    pub title: Option<Text>,
    /// `stack_name:`.
    pub stack_name: Option<At<String>>,
    /// `regions:`.
    pub regions: Vec<At<String>>,
    /// `vars:`.
    pub vars: IndexMap<String, At<Tree>>,
    /// `resources:`.
    pub resources: IndexMap<String, At<ResourceDecl>>,
    /// Names under `resources:` whose declaration could not be read.
    pub unread: BTreeSet<String>,
    /// `phases:`.
    pub phases: Vec<At<String>>,
    /// `vantages:`.
    pub vantages: Vec<At<String>>,
}

/// Reads the tree of a `lab.yaml`.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> LabFile {
    let Some(fields) = Fields::open(tree, "a lab file", tree.span, &KEYS, found) else {
        return LabFile::default();
    };
    let mut lab = LabFile {
        name: fields
            .require("lab", found)
            .and_then(|tree| text(tree, found)),
        title: fields.get("title").and_then(|tree| bilingual(tree, found)),
        stack_name: fields
            .require("stack_name", found)
            .and_then(|tree| pattern(tree, found)),
        regions: fields
            .require("regions", found)
            .map(|tree| some_names(tree, "region", found))
            .unwrap_or_default(),
        phases: fields
            .require("phases", found)
            .map(|tree| some_names(tree, "phase", found))
            .unwrap_or_default(),
        vantages: fields
            .get("vantages")
            .map(|tree| some_names(tree, "vantage", found))
            .unwrap_or_default(),
        vars: fields
            .get("vars")
            .map(|tree| vars(tree, found))
            .unwrap_or_default(),
        ..LabFile::default()
    };
    if let Some(name) = &lab.name {
        kebab(name, "the name of a lab", found);
    }
    for phase in &lab.phases {
        kebab(phase, "the name of a phase", found);
    }
    if let Some(tree) = fields.get("resources") {
        resources(tree, &mut lab, found);
    }
    tell_shared_names(&fields, found);
    lab
}

/// A regular expression.
fn pattern(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let pattern = text(tree, found)?;
    if let Err(error) = regex::Regex::new(&pattern.value) {
        found.push(regex_diagnostic(pattern.span, &error));
        return None;
    }
    Some(pattern)
}

fn some_names(tree: &At<Tree>, what: &str, found: &mut Diagnostics) -> Vec<At<String>> {
    let before = found.len();
    let names = names(tree, found);
    if names.is_empty() && found.len() == before {
        found.push(Diagnostic::new(
            tree.span,
            format!("a lab needs at least one {what}"),
        ));
    }
    names
}

/// `vars:` of a lab or a stack.
pub fn vars(tree: &At<Tree>, found: &mut Diagnostics) -> IndexMap<String, At<Tree>> {
    let entries = map(tree, "names and values", found).unwrap_or_default();
    let mut vars = IndexMap::new();
    for (name, value) in entries {
        snake(name, "the name of a var", found);
        vars.insert(name.value.clone(), value.clone());
    }
    vars
}

fn resources(tree: &At<Tree>, lab: &mut LabFile, found: &mut Diagnostics) {
    for (name, value) in map(tree, "names and resources", found).unwrap_or_default() {
        snake(name, "the name of a resource", found);
        match resource(name, value, found) {
            Some(declared) => {
                lab.resources
                    .insert(name.value.clone(), At::new(declared, name.span));
            }
            None => {
                lab.unread.insert(name.value.clone());
            }
        }
    }
}

/// `{ instance: { name: …, vpc: …, tags: …, where: … } }`
fn resource(name: &At<String>, tree: &At<Tree>, found: &mut Diagnostics) -> Option<ResourceDecl> {
    let Tree::Map(entries) = &tree.value else {
        let wrong = wants(tree, "a map of one kind");
        found
            .push(wrong.help("write the kind and what is looked for: `{ instance: { name: … } }`"));
        return None;
    };
    let [(kind, arguments)] = entries.as_slice() else {
        let title = format!("the resource {} needs exactly one kind", quote(&name.value));
        found.push(
            Diagnostic::new(tree.span, title).help("write `{ instance: { name: …, vpc: … } }`"),
        );
        return None;
    };
    let fields = Fields::open(
        arguments,
        "a resource",
        kind.span,
        &["name", "vpc", "tags", "where"],
        found,
    )?;
    Some(ResourceDecl {
        kind: kind.clone(),
        name: fields.get("name").and_then(|tree| text(tree, found)),
        vpc: fields.get("vpc").and_then(|tree| text(tree, found)),
        tags: fields
            .get("tags")
            .map(|tree| text_map(tree, "tags", found))
            .unwrap_or_default(),
        filter: fields
            .get("where")
            .and_then(|tree| expect::root(tree, found))
            .map(|expect| expect.value),
    })
}

/// A template knows one set of names: a var and a resource can't share one.
fn tell_shared_names(fields: &Fields<'_>, found: &mut Diagnostics) {
    let entries = |key: &str| match fields.get(key).map(|tree| &tree.value) {
        Some(Tree::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    for (resource, _) in entries("resources") {
        if let Some((var, _)) = entries("vars")
            .iter()
            .find(|(var, _)| var.value == resource.value)
        {
            let title = format!("{} is both a var and a resource", quote(&resource.value));
            let shared = Diagnostic::new(resource.span, title).also(var.span, "the var is here");
            found.push(shared.help("templates name both alike: rename one"));
        }
    }
}
