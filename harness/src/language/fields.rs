//! Reading a tree by keys: what each file's own reader stands on. A reader says which keys there are and what shape
//! each wants; what does not fit is told with its place, and the reading goes on.
use std::collections::HashMap;
use std::time::Duration;

use super::ast::{At, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list, quote};
use super::nearest::nearest;
use crate::text::Text;

/// The remedy for a key without a value.
const LEAVE_OUT: &str = "write a text after the key, or leave the key out";

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
            let title = format!("{} lacks the key `{key}`", self.what);
            found.push(Diagnostic::new(self.place, title).help(format!("add `{key}:` to it")));
        }
        value
    }

    /// Tells that two keys exclude each other, where both are there.
    pub fn exclude(&self, one: &str, other: &str, why: &str, found: &mut Diagnostics) {
        if let (Some((first, _)), Some((second, _))) = (self.entry(one), self.entry(other)) {
            let both = format!("`{one}` and `{other}` exclude each other");
            let told = Diagnostic::new(second.span, both).label(why);
            found.push(
                told.also(first.span, format!("`{one}` is here"))
                    .help("take one of the two out"),
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

/// Tells that something of another shape was wanted, and how that is written.
pub fn wants(tree: &At<Tree>, wanted: &str, remedy: impl Into<String>) -> Diagnostic {
    let title = format!("expected {wanted}, found {}", shape(&tree.value));
    Diagnostic::new(tree.span, title).help(remedy)
}

/// What a value is, in a message.
pub fn shape(tree: &Tree) -> String {
    match tree {
        Tree::Null => "nothing".to_owned(),
        Tree::Scalar(scalar) if scalar.quoted => quote(&format!("'{}'", scalar.text)),
        Tree::Scalar(scalar) => quote(&scalar.text),
        Tree::List(items) if items.is_empty() => "an empty list".to_owned(),
        Tree::List(_) => "a list".to_owned(),
        Tree::Map(_) => "a map".to_owned(),
    }
}

/// A map's entries.
pub fn map<'t>(tree: &'t At<Tree>, what: &str, found: &mut Diagnostics) -> Option<&'t Entries> {
    if let Tree::Map(entries) = &tree.value {
        return Some(entries);
    }
    let remedy = "write each key and its value: `{ key: value }`, or one below the other";
    found.push(wants(tree, &format!("a map ({what})"), remedy));
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
            found.push(wants(
                tree,
                wanted,
                format!("write a list: {}", listed(&scalar.text)),
            ));
            None
        }
        Tree::Null | Tree::Map(_) => {
            found.push(wants(tree, wanted, "write a list: `[…, …]`"));
            None
        }
    }
}

/// A text as the one item of a list, for a remedy.
fn listed(text: &str) -> String {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    quote(&if plain {
        format!("[{text}]")
    } else {
        format!("['{text}']")
    })
}

/// A text. Any scalar is one, by its own characters.
pub fn text(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    match &tree.value {
        Tree::Scalar(scalar) if scalar.text.trim().is_empty() => {
            let empty = Diagnostic::new(tree.span, "expected text, found an empty one");
            found.push(empty.help(LEAVE_OUT));
            None
        }
        Tree::Scalar(scalar) => Some(At::new(scalar.text.clone(), tree.span)),
        Tree::Null | Tree::List(_) | Tree::Map(_) => {
            let remedy = if matches!(tree.value, Tree::Null) {
                LEAVE_OUT
            } else {
                "write one text here"
            };
            found.push(wants(tree, "text", remedy));
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
    let mut first_places: HashMap<String, Span> = HashMap::new();
    let mut names = texts(tree, found);
    names.retain(|name| {
        let first = *first_places.entry(name.value.clone()).or_insert(name.span);
        if first != name.span {
            let title = format!("{} stands twice in one list", quote(&name.value));
            found.push(
                Diagnostic::new(name.span, title)
                    .also(first, "first here")
                    .help("take one of them out"),
            );
        }
        first == name.span
    });
    names
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
            found.push(wants(
                tree,
                "`true` or `false`",
                "write one of the two, without quotes",
            ));
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
            let remedy = "write its digits alone, without quotes";
            found.push(wants(
                tree,
                &format!("a whole number, {least} or more"),
                remedy,
            ));
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
            let nothing = Diagnostic::new(tree.span, "a duration of nothing");
            found.push(nothing.help("leave the key out, or write more than nothing: `90s`"));
            None
        }
        Err(_) => {
            found.push(wants(
                tree,
                "a duration",
                "write a number and its unit: `500ms`, `90s`, `2m 30s`",
            ));
            None
        }
    }
}

/// One word of a few, as what it stands for.
pub fn word<T: Copy>(
    tree: &At<Tree>,
    words: &[(&'static str, T)],
    found: &mut Diagnostics,
) -> Option<T> {
    let written = text(tree, found)?;
    let meant = words.iter().find(|(word, _)| *word == written.value);
    if meant.is_none() {
        found.push(not_a_word(&written, words.iter().map(|(word, _)| *word)));
    }
    meant.map(|&(_, value)| value)
}

/// Tells that a word is none of those that may stand there.
pub fn not_a_word(
    written: &At<String>,
    words: impl IntoIterator<Item = &'static str>,
) -> Diagnostic {
    let words: Vec<&str> = words.into_iter().collect();
    let known = list(words.iter().copied());
    let unknown = Diagnostic::new(
        written.span,
        format!("{} is none of {known}", quote(&written.value)),
    );
    match nearest(&written.value, words) {
        Some(meant) => unknown.help(format!("did you mean `{meant}`?")),
        None => unknown.help("write one of these"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::testing::{made, told};

    #[test]
    fn values_are_read_by_their_shape() {
        assert_eq!(made("no", text).unwrap().value, "no");
        assert_eq!(made("0300", text).unwrap().value, "0300");
        assert_eq!(made("true", flag), Some(true));
        assert_eq!(
            made("7", |tree, found| count(tree, 1, found))
                .unwrap()
                .value,
            7
        );
        for (written, seconds) in [("90s", 90), ("2m 30s", 150), ("1h", 3600)] {
            assert_eq!(made(written, duration).unwrap().value.as_secs(), seconds);
        }
        assert_eq!(made("same", bilingual), Some(Text::same("same")));
        let both = Text {
            ja: "日".to_owned(),
            en: "day".to_owned(),
        };
        assert_eq!(made("{ ja: 日, en: day }", bilingual), Some(both));
        let tags = made("{ Name: a, Env: 1 }", |tree, found| {
            text_map(tree, "tags", found)
        });
        assert_eq!(
            tags.iter()
                .map(|(key, value)| format!("{}={}", key.value, value.value))
                .collect::<Vec<_>>(),
            ["Name=a", "Env=1"]
        );
    }

    fn refused<T>(reader: impl Fn(&At<Tree>, &mut Diagnostics) -> T, cases: &[(&str, &str)]) {
        for (written, title) in cases {
            assert_eq!(told(written, &reader), [*title], "{written}");
        }
    }

    #[test]
    fn values_of_another_shape_are_told() {
        refused(
            text,
            &[
                ("[a]", "expected text, found a list"),
                ("", "expected text, found nothing"),
                ("' '", "expected text, found an empty one"),
            ],
        );
        refused(
            flag,
            &[
                ("yes", "expected `true` or `false`, found `yes`"),
                ("'true'", "expected `true` or `false`, found `'true'`"),
            ],
        );
        refused(
            |tree, found| count(tree, 1, found),
            &[
                ("0", "expected a whole number, 1 or more, found `0`"),
                ("-1", "expected a whole number, 1 or more, found `-1`"),
                ("1.5", "expected a whole number, 1 or more, found `1.5`"),
                ("'1'", "expected a whole number, 1 or more, found `'1'`"),
                (
                    "4294967296",
                    "expected a whole number, 1 or more, found `4294967296`",
                ),
            ],
        );
        refused(
            duration,
            &[
                ("90", "expected a duration, found `90`"),
                ("0s", "a duration of nothing"),
            ],
        );
        refused(
            names,
            &[
                ("a", "expected a list of names, found `a`"),
                ("[a, b, a]", "`a` stands twice in one list"),
                ("[[a]]", "expected text, found a list"),
            ],
        );
        refused(
            bilingual,
            &[
                ("{ ja: 日 }", "a text lacks the key `en`"),
                ("[a]", "expected text, found a list"),
            ],
        );
        refused(
            |tree, found| text_map(tree, "tags", found),
            &[("a", "expected a map (tags), found `a`")],
        );
    }

    #[test]
    fn keys_are_known_required_or_exclusive() {
        let open = |tree: &At<Tree>, found: &mut Diagnostics| {
            if let Some(fields) = Fields::open(tree, "a thing", tree.span, &["a", "b"], found) {
                fields.require("a", found);
                fields.exclude("a", "b", "one is enough", found);
            }
        };
        assert_eq!(told("{ a: 1 }", open), [""; 0]);
        assert_eq!(told("{ b: 1 }", open), ["a thing lacks the key `a`"]);
        assert_eq!(told("{ a: 1, c: 2 }", open), ["unknown key `c` in a thing"]);
        assert_eq!(
            told("{ a: 1, b: 2 }", open),
            ["`a` and `b` exclude each other"]
        );
        assert_eq!(
            told("[a]", open),
            ["expected a map (a thing), found a list"]
        );
    }

    #[test]
    fn one_template_is_told_from_a_text_with_templates() {
        for (text, one) in [
            ("{{ a.b }}", true),
            (" {{ a }} ", true),
            ("{{ a }}:{{ b }}", false),
            ("x{{ a }}", false),
            ("{{ a", false),
            ("a", false),
        ] {
            assert_eq!(is_one_template(text), one, "{text}");
        }
    }
}
