//! Reading a tree by keys: what each file's own reader stands on. A reader says which keys there are and what shape
//! each wants; what does not fit is told with its place, and the reading goes on.
use std::time::Duration;

use super::ast::{At, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list, quote};
use super::nearest::nearest;
use crate::text::Text;

/// A map's entries.
pub type Entries = [(At<String>, At<Tree>)];

/// A map with known keys.
pub struct Fields<'t> {
    /// What it is, for messages: "a check".
    what: &'static str,
    /// Where a missing key is told: at the name of the thing rather than at its first line.
    place: Span,
    entries: &'t Entries,
}

impl<'t> Fields<'t> {
    /// The tree as a map with no other keys than `keys`. `place` is where the thing is named.
    pub fn open(
        tree: &'t At<Tree>,
        what: &'static str,
        place: Span,
        keys: &[&'static str],
        found: &mut Diagnostics,
    ) -> Option<Self> {
        let entries = map(tree, what, found)?;
        for (key, _) in entries {
            if !keys.contains(&key.value.as_str()) {
                found.push(unknown_key(key, what, keys));
            }
        }
        Some(Self {
            what,
            place,
            entries,
        })
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&'t At<Tree>> {
        entry(self.entries, key).map(|(_, value)| value)
    }

    /// The value under a key, and where the key stands.
    pub fn entry(&self, key: &str) -> Option<&'t (At<String>, At<Tree>)> {
        entry(self.entries, key)
    }

    /// The value under a key that must be there.
    pub fn require(&self, key: &str, found: &mut Diagnostics) -> Option<&'t At<Tree>> {
        let value = self.get(key);
        if value.is_none() {
            found.push(Diagnostic::new(
                self.place,
                format!("{} lacks the key `{key}`", self.what),
            ));
        }
        value
    }

    /// Tells that two keys exclude each other, where both are there.
    pub fn exclude(&self, one: &str, other: &str, why: &str, found: &mut Diagnostics) {
        if let (Some((first, _)), Some((second, _))) = (self.entry(one), self.entry(other)) {
            let both = format!("`{one}` and `{other}` exclude each other: {why}");
            found.push(
                Diagnostic::new(second.span, both).also(first.span, format!("`{one}` is here")),
            );
        }
    }
}

fn entry<'t>(entries: &'t Entries, key: &str) -> Option<&'t (At<String>, At<Tree>)> {
    entries.iter().find(|(name, _)| name.value == key)
}

/// An unknown key, with the nearest known one or all of them.
pub fn unknown_key(key: &At<String>, what: &str, keys: &[&'static str]) -> Diagnostic {
    let unknown = Diagnostic::new(
        key.span,
        format!("unknown key {} in {what}", quote(&key.value)),
    );
    match nearest(&key.value, keys.iter().copied()) {
        Some(meant) => unknown.help(format!("did you mean `{meant}`?")),
        None => unknown.help(format!("{what} has: {}", list(keys.iter().copied()))),
    }
}

/// Tells that something of another shape was wanted.
pub fn wants(tree: &At<Tree>, wanted: &str) -> Diagnostic {
    Diagnostic::new(
        tree.span,
        format!("expected {wanted}, found {}", shape(&tree.value)),
    )
}

/// What a value is, in a message.
pub fn shape(tree: &Tree) -> String {
    match tree {
        Tree::Null => "nothing".to_owned(),
        Tree::Scalar(scalar) => quote(&scalar.text),
        Tree::List(_) => "a list".to_owned(),
        Tree::Map(_) => "a map".to_owned(),
    }
}

/// A map's entries.
pub fn map<'t>(tree: &'t At<Tree>, what: &str, found: &mut Diagnostics) -> Option<&'t Entries> {
    if let Tree::Map(entries) = &tree.value {
        return Some(entries);
    }
    found.push(wants(tree, &format!("a map ({what})")));
    None
}

/// A list's items.
pub fn items<'t>(
    tree: &'t At<Tree>,
    wanted: &str,
    found: &mut Diagnostics,
) -> Option<&'t [At<Tree>]> {
    match &tree.value {
        Tree::List(items) => Some(items),
        Tree::Scalar(scalar) => {
            found.push(wants(tree, wanted).help(format!("write a list: `[{}]`", scalar.text)));
            None
        }
        Tree::Null | Tree::Map(_) => {
            found.push(wants(tree, wanted));
            None
        }
    }
}

/// A text. Any scalar is one, by its own characters.
pub fn text(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    match &tree.value {
        Tree::Scalar(scalar) if scalar.text.trim().is_empty() => {
            found.push(Diagnostic::new(
                tree.span,
                "expected text, found an empty one",
            ));
            None
        }
        Tree::Scalar(scalar) => Some(At::new(scalar.text.clone(), tree.span)),
        Tree::Null | Tree::List(_) | Tree::Map(_) => {
            found.push(wants(tree, "text"));
            None
        }
    }
}

/// A list of texts.
pub fn texts(tree: &At<Tree>, found: &mut Diagnostics) -> Vec<At<String>> {
    let Some(items) = items(tree, "a list of names", found) else {
        return Vec::new();
    };
    items.iter().filter_map(|item| text(item, found)).collect()
}

/// A list of texts of which none stands twice.
pub fn names(tree: &At<Tree>, found: &mut Diagnostics) -> Vec<At<String>> {
    let mut unique: Vec<At<String>> = Vec::new();
    for name in texts(tree, found) {
        match unique.iter().find(|known| known.value == name.value) {
            Some(first) => {
                let twice = Diagnostic::new(
                    name.span,
                    format!("{} stands twice in one list", quote(&name.value)),
                );
                found.push(twice.also(first.span, "first here"));
            }
            None => unique.push(name),
        }
    }
    unique
}

/// A map of texts, such as tags or headers.
pub fn text_map(
    tree: &At<Tree>,
    what: &str,
    found: &mut Diagnostics,
) -> Vec<(At<String>, At<String>)> {
    let Some(entries) = map(tree, what, found) else {
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), text(value, found)?)))
        .collect()
}

/// `true` or `false`.
pub fn flag(tree: &At<Tree>, found: &mut Diagnostics) -> Option<bool> {
    match &tree.value {
        Tree::Scalar(scalar) if !scalar.quoted && scalar.text == "true" => Some(true),
        Tree::Scalar(scalar) if !scalar.quoted && scalar.text == "false" => Some(false),
        _ => {
            found.push(wants(tree, "`true` or `false`"));
            None
        }
    }
}

/// A whole number that is `least` or more.
pub fn count(tree: &At<Tree>, least: u32, found: &mut Diagnostics) -> Option<At<u32>> {
    let number = match &tree.value {
        Tree::Scalar(scalar) if !scalar.quoted => scalar.text.parse().ok(),
        _ => None,
    };
    match number {
        Some(number) if number >= least => Some(At::new(number, tree.span)),
        _ => {
            found.push(wants(tree, &format!("a whole number, {least} or more")));
            None
        }
    }
}

/// A duration such as `90s` or `2m 30s`.
pub fn duration(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<Duration>> {
    let written = text(tree, found)?;
    match humantime::parse_duration(&written.value) {
        Ok(duration) if !duration.is_zero() => Some(At::new(duration, tree.span)),
        Ok(_) => {
            found.push(Diagnostic::new(tree.span, "a duration of nothing"));
            None
        }
        Err(_) => {
            found.push(
                wants(tree, "a duration")
                    .help("write a number and its unit: `500ms`, `90s`, `2m 30s`"),
            );
            None
        }
    }
}

/// A text in both languages: `{ ja: …, en: … }`, or one text for both.
pub fn bilingual(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Text> {
    if !matches!(tree.value, Tree::Map(_)) {
        return text(tree, found).map(|one| Text::same(one.value));
    }
    let fields = Fields::open(tree, "a text", tree.span, &["ja", "en"], found)?;
    let ja = fields
        .require("ja", found)
        .and_then(|tree| text(tree, found));
    let en = fields
        .require("en", found)
        .and_then(|tree| text(tree, found));
    Some(Text {
        ja: ja?.value,
        en: en?.value,
    })
}

/// Whether a text holds a template, which only the plan can judge.
#[must_use]
pub fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// Whether a text is one template and nothing else: then the value keeps its type, lists too.
#[must_use]
pub fn is_one_template(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("{{") && text.find("}}").is_some_and(|at| at + 2 == text.len())
}
