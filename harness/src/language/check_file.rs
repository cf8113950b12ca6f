//! A check file: the phase that its checks share, and the checks.
use std::collections::BTreeSet;

use super::ast::{At, Check, Expect, Hint, Severity, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list};
use super::fields::{
    Fields, bilingual, count, duration, is_template, items, map, names, text, wants,
};
use super::names::kebab;
use super::{expect, probe};
use crate::text::Text;

const KEYS: [&str; 2] = ["phase", "checks"];

const CHECK_KEYS: [&str; 19] = [
    "asserts",
    "title",
    "phase",
    "until",
    "except",
    "severity",
    "points",
    "for_each",
    "needs",
    "agrees_with",
    "because",
    "from",
    "probe",
    "expect",
    "times",
    "eventually",
    "timeout",
    "hint",
    "hints",
];

/// What a check file says, as far as it could be read.
#[derive(Debug, Default)]
pub struct CheckFile {
    /// Its checks, in order.
    pub checks: Vec<Check>,
    /// Where the ids of all its checks stand, also of those that could not be read.
    pub ids: Vec<At<String>>,
    /// Ids of the checks that could not be read.
    pub unread: BTreeSet<String>,
}

/// Reads the tree of a check file.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> CheckFile {
    let mut file = CheckFile::default();
    let Some(fields) = Fields::open(tree, "a check file", tree.span, &KEYS, found) else {
        return file;
    };
    let phase = fields.get("phase").and_then(|tree| text(tree, found));
    let entries = fields
        .require("checks", found)
        .and_then(|tree| checks(tree, found))
        .unwrap_or_default();
    for (id, tree) in entries {
        kebab(id, "the id of a check", found);
        file.ids.push(id.clone());
        match check(id, tree, phase.as_ref(), found) {
            Some(check) => file.checks.push(check),
            None => {
                file.unread.insert(id.value.clone());
            }
        }
    }
    file
}

fn checks<'t>(tree: &'t At<Tree>, found: &mut Diagnostics) -> Option<&'t super::fields::Entries> {
    let nothing = matches!(&tree.value, Tree::Null)
        || matches!(&tree.value, Tree::Map(entries) if entries.is_empty());
    if nothing {
        found.push(
            Diagnostic::new(tree.span, "no checks")
                .help("write a check below its id, or remove the file"),
        );
        return None;
    }
    map(tree, "ids and checks", found)
}

fn check(
    id: &At<String>,
    tree: &At<Tree>,
    phase: Option<&At<String>>,
    found: &mut Diagnostics,
) -> Option<Check> {
    let fields = Fields::open(tree, "a check", id.span, &CHECK_KEYS, found)?;
    fields.exclude(
        "hint",
        "hints",
        "`hint` is the only one, `hints` are several",
        found,
    );
    let mut names_of = |key| {
        fields
            .get(key)
            .map(|tree| names(tree, found))
            .unwrap_or_default()
    };
    let asserts = names_of("asserts");
    let except = names_of("except");
    let for_each = names_of("for_each");
    let needs = names_of("needs");
    let agrees_with = names_of("agrees_with");
    let because = names_of("because");
    let mut text_of = |key| fields.get(key).and_then(|tree| text(tree, found));
    let own_phase = text_of("phase");
    let until = text_of("until");
    let from = text_of("from");
    let title = fields.get("title").and_then(|tree| bilingual(tree, found));
    let severity = fields
        .get("severity")
        .and_then(|tree| severity(tree, found))
        .unwrap_or_default();
    let points = fields.get("points").and_then(|tree| count(tree, 0, found));
    let expect = fields
        .get("expect")
        .and_then(|tree| expect::root(tree, found));
    let times = fields.get("times").and_then(|tree| count(tree, 1, found));
    let eventually = fields
        .get("eventually")
        .and_then(|tree| waiting(tree, found));
    let timeout = fields.get("timeout").and_then(|tree| duration(tree, found));
    let hints = hints(&fields, found);
    let probe = fields
        .require("probe", found)
        .and_then(|tree| probe::read(tree, found));
    Some(Check {
        id: id.clone(),
        asserts,
        title: title.unwrap_or_else(|| Text::same(&id.value)),
        phase: own_phase.or_else(|| phase.cloned()),
        until,
        except,
        severity,
        points: points.unwrap_or(At::new(1, id.span)),
        for_each,
        needs,
        agrees_with,
        because,
        from,
        probe: probe?,
        expect,
        times,
        eventually,
        timeout,
        hints,
    })
}

fn severity(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Severity> {
    match text(tree, found)?.value.as_str() {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "info" => Some(Severity::Info),
        _ => {
            found.push(wants(
                tree,
                &format!("one of {}", list(["error", "warning", "info"])),
            ));
            None
        }
    }
}

/// `eventually:`, a duration or a template for one.
fn waiting(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let written = text(tree, found)?;
    if is_template(&written.value) {
        return Some(written);
    }
    duration(tree, found).map(|_| written)
}

/// `hint: …` or `hints: [{ when: …, text: … }, …]`.
fn hints(fields: &Fields<'_>, found: &mut Diagnostics) -> Vec<Hint> {
    let mut hints = Vec::new();
    if let Some(tree) = fields.get("hint") {
        hints.extend(bilingual(tree, found).map(|text| Hint { when: None, text }));
    }
    if let Some(tree) = fields.get("hints") {
        let listed = items(tree, "a list of hints", found).unwrap_or_default();
        hints.extend(listed.iter().filter_map(|item| hint(item, found)));
        tell_hidden(&hints, listed, found);
    }
    hints
}

fn hint(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Hint> {
    let fields = Fields::open(tree, "a hint", tree.span, &["when", "text"], found)?;
    let when: Option<At<Expect>> = fields
        .get("when")
        .and_then(|tree| expect::root(tree, found));
    let text = fields
        .require("text", found)
        .and_then(|tree| bilingual(tree, found));
    Some(Hint { when, text: text? })
}

/// The first hint that fits is shown, so that nothing after one without `when` ever is.
fn tell_hidden(hints: &[Hint], listed: &[At<Tree>], found: &mut Diagnostics) {
    if hints.len() != listed.len() {
        return;
    }
    let always: Option<usize> = hints.iter().position(|hint| hint.when.is_none());
    if let Some(first) = always.filter(|&first| first + 1 < hints.len()) {
        let next: Span = listed[first + 1].span;
        let hidden = Diagnostic::new(next, "a hint that is never shown");
        found.push(
            hidden
                .also(listed[first].span, "this one fits always")
                .help("put the one without `when` last"),
        );
    }
}
