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

/// The keys of a lab file.
pub(super) const KEYS: [&str; 9] = [
    "lab",
    "title",
    "stack_name",
    "regions",
    "vars",
    "resources",
    "phases",
    "vantages",
    "optional_vantages",
];

/// The keys of what is looked for.
pub(super) const RESOURCE_KEYS: [&str; 4] = ["name", "vpc", "tags", "where"];

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
    /// `optional_vantages:`.
    pub optional_vantages: Vec<At<String>>,
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
        optional_vantages: fields
            .get("optional_vantages")
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
    for vantage in lab.vantages.iter().chain(&lab.optional_vantages) {
        kebab(vantage, "the name of a vantage", found);
    }
    if let Some(tree) = fields.get("resources") {
        resources(tree, &mut lab, found);
    }
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
        let none = Diagnostic::new(tree.span, format!("a lab needs at least one {what}"));
        found.push(none.help(format!("name each {what} in the list")));
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
        let remedy = "write the kind and what is looked for: `{ instance: { name: … } }`";
        found.push(wants(tree, "a map of one kind", remedy));
        return None;
    };
    let [(kind, arguments)] = entries.as_slice() else {
        let title = format!("the resource {} needs exactly one kind", quote(&name.value));
        found.push(
            Diagnostic::new(tree.span, title).help("write `{ instance: { name: …, vpc: … } }`"),
        );
        return None;
    };
    let fields = Fields::open(arguments, "a resource", kind.span, &RESOURCE_KEYS, found)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::ast::Expect;
    use crate::language::testing::{made, told};

    const HEAD: &str = "lab: small\nstack_name: '[a-z]+'\nregions: [us-east-1]\nphases: [end]\n";

    #[test]
    fn a_lab_file_is_read_whole() {
        let lab = made(
            "\
lab: ha-web
title: { ja: 日, en: day }
stack_name: 'user[0-9]{2}'
regions: [us-east-1, us-west-2]
vars: { app_port: 3000, zones: [a, b] }
resources:
  vpc: { vpc: { name: employee-app-vpc, tags: { Env: '{{ env }}' } } }
  public_subnets: { subnets: { vpc: vpc, where: { public: true } } }
  me: { account: {} }
phases: [vpc, end]
",
            read,
        );
        assert_eq!(lab.name.unwrap().value, "ha-web");
        assert_eq!(lab.title.unwrap().en, "day");
        assert_eq!(lab.stack_name.unwrap().value, "user[0-9]{2}");
        assert_eq!(lab.regions.len(), 2);
        assert_eq!(lab.phases[1].value, "end");
        assert_eq!(lab.vars.keys().collect::<Vec<_>>(), ["app_port", "zones"]);
        assert_eq!(
            lab.resources.keys().collect::<Vec<_>>(),
            ["vpc", "public_subnets", "me"]
        );
        let vpc = &lab.resources["vpc"].value;
        assert_eq!(vpc.kind.value, "vpc");
        assert_eq!(vpc.name.as_ref().unwrap().value, "employee-app-vpc");
        assert_eq!(vpc.tags[0].1.value, "{{ env }}");
        let subnets = &lab.resources["public_subnets"].value;
        assert_eq!(subnets.vpc.as_ref().unwrap().value, "vpc");
        assert!(matches!(subnets.filter, Some(Expect::Pattern(_))));
    }

    #[test]
    fn mistakes_of_a_lab_file_are_told() {
        for (more, title) in [
            ("rezources: {}", "unknown key `rezources` in a lab file"),
            (
                "resources: { web: instance }",
                "expected a map of one kind, found `instance`",
            ),
            (
                "resources: { web: { vpc: {}, subnet: {} } }",
                "the resource `web` needs exactly one kind",
            ),
            (
                "resources: { web: { vpc: { nmae: x } } }",
                "unknown key `nmae` in a resource",
            ),
            (
                "resources: { web: { vpc: } }",
                "expected a map (a resource), found nothing",
            ),
            (
                "resources: { web-1: { vpc: {} } }",
                "`web-1` can't be the name of a resource",
            ),
            (
                "vars: { each: 1 }",
                "`each` means something else in a template",
            ),
        ] {
            assert_eq!(told(&format!("{HEAD}{more}\n"), read), [title], "{more}");
        }
        for (from, to, title) in [
            (
                "lab: small",
                "lab: Small Lab",
                "`Small Lab` can't be the name of a lab",
            ),
            ("'[a-z]+'", "'[a-z'", "not a regular expression"),
            ("[us-east-1]", "[]", "a lab needs at least one region"),
            ("[end]", "[end, end]", "`end` stands twice in one list"),
            ("phases: [end]\n", "", "a lab file lacks the key `phases`"),
        ] {
            assert_eq!(told(&HEAD.replace(from, to), read), [title], "{to}");
        }
    }

    #[test]
    fn a_resource_that_could_not_be_read_stays_known() {
        let (lab, _) = crate::language::testing::read(
            &format!("{HEAD}resources: {{ web: x, db: {{ vpc: {{}} }} }}\n"),
            read,
        );
        assert_eq!(lab.unread.iter().collect::<Vec<_>>(), ["web"]);
        assert_eq!(lab.resources.keys().collect::<Vec<_>>(), ["db"]);
    }
}
