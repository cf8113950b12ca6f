//! A YAML text, parsed once into a tree with the place of every key and value. It knows YAML's rules and the ones that
//! hold in every file of ours (no doubled keys, anchors, merges or unquoted templates), and no key's meaning.
use std::collections::HashMap;

use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Options, Spanned};

use super::ast::{At, Scalar, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, quote};
use super::raw::Raw;
use super::refusal::{refusal, template_end, unquoted};
use super::source::Sources;

/// Lists and maps within each other; a lab's deepest are about 12.
pub const MAX_DEPTH: usize = 40;

/// Parses one file. Mistakes are told in `found`; with a mistake of syntax there is no tree.
pub fn parse(sources: &Sources, file: usize, found: &mut Diagnostics) -> Option<At<Tree>> {
    let text = &sources.get(file)?.text;
    match serde_saphyr::from_str_with_options(text, options()) {
        Ok(raw) => Some(Lift { text, file, found }.lift(raw)),
        Err(error) => {
            found.push(refusal(sources, file, &error));
            None
        }
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        merge_keys: MergeKeyPolicy::Error,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        ignore_binary_tag_for_string: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            // An anchor saves typing, and hides what a check asserts; without any, no alias can multiply.
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
        },
    }
}

/// Whether these characters of a scalar's place are a block's (`|`, `>`): it holds its last line's end and goes on to what
/// follows, where every other scalar ends with its own last character.
#[must_use]
pub fn is_block(slice: &str) -> bool {
    slice.trim_end_matches(' ').ends_with('\n')
}

/// Turns the parser's tree into ours.
struct Lift<'t> {
    text: &'t str,
    file: usize,
    found: &'t mut Diagnostics,
}

impl Lift<'_> {
    fn lift(&mut self, raw: Spanned<Raw>) -> At<Tree> {
        let span = self.span(raw.referenced);
        match raw.value {
            Raw::Null => At::new(Tree::Null, span),
            Raw::Typed(value) => self.typed(value, span),
            // Of a number beyond all bounds the parser gives not the characters but what became of it.
            Raw::Text(value) if [".inf", "-.inf", ".nan"].contains(&value.as_str()) => {
                self.typed(value, span)
            }
            Raw::Text(value) => self.string(value, span),
            Raw::List(items) => {
                let items: Vec<_> = items.into_iter().map(|item| self.lift(item)).collect();
                let last = items.last().map(|item| item.span);
                let span = self.extent(span, items.first().map(|item| item.span), last);
                At::new(Tree::List(items), span)
            }
            Raw::Map(entries) => self.map(entries, span),
        }
    }

    fn map(&mut self, raw: Vec<(Spanned<Raw>, Spanned<Raw>)>, span: Span) -> At<Tree> {
        if matches!(raw.as_slice(), [(key, _)] if matches!(key.value, Raw::Map(_))) {
            return self.unquoted_template(span);
        }
        let mut entries = Vec::with_capacity(raw.len());
        let mut first_places: HashMap<String, Span> = HashMap::new();
        for (key, value) in raw {
            let key = self.lift(key);
            let value = self.lift(value);
            let Some(key) = self.key(key) else { continue };
            if let Some(&first) = first_places.get(&key.value) {
                let title = format!("the key {} stands twice in one map", quote(&key.value));
                let twice = Diagnostic::new(key.span, title).also(first, "first here");
                self.found.push(twice.help("keep one of them"));
                continue;
            }
            first_places.insert(key.value.clone(), key.span);
            entries.push((key, value));
        }
        let last = entries.last().map(|(_, value)| value.span);
        let span = self.extent(span, entries.first().map(|(key, _)| key.span), last);
        At::new(Tree::Map(entries), span)
    }

    fn key(&mut self, key: At<Tree>) -> Option<At<String>> {
        let wrong = match key.value {
            Tree::Scalar(scalar) => return Some(At::new(scalar.text, key.span)),
            // `null: x` is a key like any other; `: x` is none.
            Tree::Null if key.span.start < key.span.end => {
                return Some(At::new(
                    self.text[key.span.start..key.span.end].to_owned(),
                    key.span,
                ));
            }
            Tree::Null => Diagnostic::new(key.span, "a key is missing before the `:`")
                .help("write the key, or quote the text if it begins with `:`"),
            Tree::List(_) | Tree::Map(_) => Diagnostic::new(key.span, "a key must be text")
                .help("quote it if it is meant as text"),
        };
        self.found.push(wrong);
        None
    }

    /// A boolean or number: its own characters, since `0300` and `8.40` may be text where they stand.
    fn typed(&mut self, value: String, span: Span) -> At<Tree> {
        let slice = &self.text[span.start..span.end];
        let quoted = slice.starts_with(['\'', '"']);
        let text = if quoted || slice.is_empty() {
            value
        } else {
            slice.to_owned()
        };
        At::new(Tree::Scalar(Scalar { text, quoted }), span)
    }

    fn string(&mut self, text: String, span: Span) -> At<Tree> {
        let slice = &self.text[span.start..span.end];
        let quoted = slice.starts_with(['\'', '"']) || is_block(slice);
        if !quoted && let Some(at) = slice.find("{{") {
            let from = Span {
                start: span.start + at,
                ..span
            };
            self.tell_unquoted(Span {
                end: template_end(self.text, from.start, span.end),
                ..from
            });
        }
        At::new(Tree::Scalar(Scalar { text, quoted }), span)
    }

    /// `{{ x }}` without quotes is a map whose key is a map. What was meant is plain, so the rest of the file is read
    /// as if the quotes stood there, and the mistake is told once.
    fn unquoted_template(&mut self, span: Span) -> At<Tree> {
        let end = template_end(self.text, span.start, span.end);
        let span = Span { end, ..span };
        self.tell_unquoted(span);
        let text = self.text[span.start..span.end].to_owned();
        At::new(Tree::Scalar(Scalar { text, quoted: true }), span)
    }

    fn tell_unquoted(&mut self, span: Span) {
        self.found.push(unquoted(span));
    }

    fn span(&self, location: Location) -> Span {
        let place = location.span();
        let byte = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok());
        let start = self
            .text
            .floor_char_boundary(byte(place.byte_offset()).unwrap_or_default());
        let length = byte(place.byte_len()).unwrap_or_default();
        let end = self.text.ceil_char_boundary(start.saturating_add(length));
        Span {
            file: self.file,
            start,
            end,
        }
    }

    /// A list or map as far as it is worth showing: the parser gives one character of a flow collection and none of a
    /// block. Of a flow collection it is what stands in its first line, of a block its first entry's beginning.
    fn extent(&self, span: Span, first: Option<Span>, last: Option<Span>) -> Span {
        if span.start == span.end {
            return first.unwrap_or(span);
        }
        let end = last.map_or(span.end, |last| last.end.max(span.end));
        let rest = &self.text[end..];
        let closed = rest.trim_start_matches([' ', ',']);
        let end = if closed.starts_with([']', '}']) {
            end + rest.len() - closed.len() + 1
        } else {
            end
        };
        let line = self.text[span.start..end]
            .find('\n')
            .map_or(end, |at| span.start + at);
        Span {
            end: self.text[..line].trim_end().len().max(span.end),
            ..span
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::diagnostic::Colour;
    use proptest::prelude::*;

    fn parsed(text: &str) -> (Option<At<Tree>>, Sources, Diagnostics) {
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        let file = sources.add("t.yaml", text);
        let tree = parse(&sources, file, &mut found);
        (tree, sources, found)
    }

    /// The tree as one line: quoted scalars in quotes, each scalar and key followed by its place.
    fn shown(tree: &At<Tree>) -> String {
        let at = |span: Span| format!("@{}..{}", span.start, span.end);
        match &tree.value {
            Tree::Null => format!("null{}", at(tree.span)),
            Tree::Scalar(scalar) if scalar.quoted => format!("{:?}{}", scalar.text, at(tree.span)),
            Tree::Scalar(scalar) => format!("{}{}", scalar.text, at(tree.span)),
            Tree::List(items) => {
                let items: Vec<_> = items.iter().map(shown).collect();
                format!("[{}]{}", items.join(", "), at(tree.span))
            }
            Tree::Map(entries) => {
                let entry = |(key, value): &(At<String>, At<Tree>)| {
                    format!("{}{}: {}", key.value, at(key.span), shown(value))
                };
                let entries: Vec<_> = entries.iter().map(entry).collect();
                format!("{{{}}}{}", entries.join(", "), at(tree.span))
            }
        }
    }

    #[test]
    fn scalars_keep_their_own_characters() {
        for (value, text, quoted) in [
            ("0300", "0300", false),
            ("8.40", "8.40", false),
            ("no", "no", false),
            ("true", "true", false),
            ("1e999", "1e999", false),
            (".inf", ".inf", false),
            ("0x1F", "0x1F", false),
            ("+5", "+5", false),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
                false,
            ),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false),
            ("10.0.0.0/16", "10.0.0.0/16", false),
            ("a plain\n  one", "a plain one", false),
            ("'0300'", "0300", true),
            ("'it''s'", "it's", true),
            (r#""a\tb""#, "a\tb", true),
            ("''", "", true),
            ("'null'", "null", true),
            ("|\n  a\n  b", "a\nb\n", true),
            ("|\n  a\n  {{ b }}\n", "a\n{{ b }}\n", true),
            (">-\n  a\n  b\n", "a b", true),
            ("'{{ x }}'", "{{ x }}", true),
            ("高可用性", "高可用性", false),
        ] {
            let (tree, _, found) = parsed(&format!("k: {value}\n"));
            assert_eq!(found.titles(), [""; 0], "{value}");
            let Some(Tree::Map(entries)) = tree.map(|tree| tree.value) else {
                panic!("{value}")
            };
            let scalar = Scalar {
                text: text.to_owned(),
                quoted,
            };
            assert_eq!(entries[0].1.value, Tree::Scalar(scalar), "{value}");
        }
    }

    #[test]
    fn a_block_is_quoted_whatever_follows_it() {
        for more in [
            "",
            "  l: c\n",
            "\n  # c\n  l: c\n",
            "n: c\n",
            "  l:\n  - c\n",
        ] {
            for block in ["|", ">-", "|+"] {
                let (_, _, found) = parsed(&format!("m:\n  k: {block}\n    {{{{ b }}}}\n{more}"));
                assert_eq!(found.titles(), [""; 0], "{block} {more}");
            }
        }
    }

    #[test]
    fn every_key_and_value_has_its_place() {
        for (text, expected) in [
            ("a: 1\n", "{a@0..1: 1@3..4}@0..1"),
            ("日: 'x'\n", "{日@0..3: \"x\"@5..8}@0..3"),
            (
                "{ a: [1, 'b' ], c: {} }",
                "{a@2..3: [1@6..7, \"b\"@9..12]@5..14, c@16..17: {}@19..21}@0..23",
            ),
            ("- a\n- b: c\n", "[a@2..3, {b@6..7: c@9..10}@6..7]@2..3"),
            ("a: [1,\n  2]\n", "{a@0..1: [1@4..5, 2@9..10]@3..6}@0..1"),
            (
                "5: ~\nno: null\nnull: x\nz:\n",
                "{5@0..1: null@3..4, no@5..7: null@9..13, null@14..18: x@20..21, z@22..23: null@23..23}@0..1",
            ),
            ("", "null@0..0"),
        ] {
            let (tree, _, found) = parsed(text);
            assert_eq!(found.titles(), [""; 0], "{text}");
            assert_eq!(shown(&tree.unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn an_unquoted_template_is_told_once_and_read_as_if_it_were_quoted() {
        for (text, place) in [
            ("a: {{ x.y }}\nb: 1\n", "{{ x.y }}"),
            ("a: {{ x ~ ':3' }} # c\nb: 1\n", "{{ x ~ ':3' }}"),
            ("c: [{{ x }}, y]\nb: 1\n", "{{ x }}"),
            ("a: http://{{ x }}/\nb: 1\n", "{{ x }}"),
        ] {
            let (tree, sources, found) = parsed(text);
            let [one] = found.sorted()[..] else {
                panic!("{text}: {:?}", found.titles())
            };
            assert!(one.title.starts_with("an unquoted"), "{text}");
            assert_eq!(sources.slice(one.span), place, "{text}");
            assert!(shown(&tree.unwrap()).contains("b@"), "{text}");
        }
    }

    #[test]
    fn an_unquoted_template_that_breaks_the_syntax_is_still_named() {
        for text in [
            "a: {{ x }}:{{ y }}\n",
            "a: {{ x }}/b\n",
            "a: 'q'\nb: [{{ x }}y]\n",
        ] {
            let (tree, sources, found) = parsed(text);
            assert!(tree.is_none(), "{text}");
            let [one] = found.sorted()[..] else {
                panic!("{text}")
            };
            assert!(
                one.title.starts_with("an unquoted"),
                "{text}: {}",
                one.title
            );
            assert_eq!(sources.slice(one.span), "{{ x }}");
        }
        for text in ["a: '{{ x }}': y\n", "a: b: c # {{ x }}\n"] {
            let told = parsed(text).2;
            assert!(
                told.titles()[0].starts_with("not YAML"),
                "{text}: {:?}",
                told.titles()
            );
        }
    }

    #[test]
    fn each_other_mistake_of_yaml_has_its_sentence() {
        for (text, title) in [
            ("a: 1\na: 2\n", "the key `a` stands twice in one map"),
            (
                "{ a: { b: 1, 'b': 2 } }",
                "the key `b` stands twice in one map",
            ),
            ("? [a]\n: b\n", "a key must be text"),
            (": b\n", "a key is missing before the `:`"),
            (
                "a: &x 1\nb: *x\n",
                "anchors and aliases (`&x`, `*x`) are not used here",
            ),
            (
                "a: *x\n",
                "anchors and aliases (`&x`, `*x`) are not used here",
            ),
            ("<<: { a: 1 }\n", "merge keys (`<<`) are not used here"),
            ("a: !lab b\n", "tags (`!lab`) are not used here"),
            ("a: 1\n---\nb: 2\n", "a second YAML document"),
            (
                "a: b: c\n",
                "not YAML: mapping values are not allowed in this context",
            ),
            (
                "a:\n\t- b\n",
                "not YAML: tabs disallowed within this context (block indentation)",
            ),
            ("a: @b\n", "not YAML: unexpected character: `@'"),
        ] {
            assert_eq!(parsed(text).2.titles(), [title], "{text}");
        }
    }

    #[test]
    fn bombs_are_refused_at_once() {
        let lines = |line: &dyn Fn(usize) -> String, count: usize| -> String {
            let lines: Vec<String> = (0..count).map(line).collect();
            lines.concat()
        };
        let anchor = |n: usize| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n.saturating_sub(1));
        let aliases = lines(&anchor, 30);
        let deep_block = lines(&|n| format!("{}a:\n", " ".repeat(n)), 2000);
        let deep_list = format!("{}x", "- ".repeat(100_000));
        let many_keys = lines(&|n| format!("k{n}: 1\n"), 90_000);
        for text in [
            aliases,
            "[".repeat(500_000),
            "{a: ".repeat(200_000),
            deep_block,
            deep_list,
        ] {
            let (tree, sources, found) = parsed(&text);
            assert!(
                tree.is_none() && found.len() == 1,
                "{:.20}: {:?}",
                text,
                found.titles()
            );
            assert!(found.render(&sources, Colour::Plain).len() < 2000);
        }
        assert!(parsed(&many_keys).0.is_some());
    }

    /// Every place of a tree, for a law about places.
    fn spans(tree: &At<Tree>, out: &mut Vec<Span>) {
        out.push(tree.span);
        match &tree.value {
            Tree::Null | Tree::Scalar(_) => {}
            Tree::List(items) => items.iter().for_each(|item| spans(item, out)),
            Tree::Map(entries) => entries.iter().for_each(|(key, value)| {
                out.push(key.span);
                spans(value, out);
            }),
        }
    }

    fn places_hold(text: &str) {
        let (tree, sources, found) = parsed(text);
        let mut all: Vec<Span> = found
            .sorted()
            .iter()
            .map(|diagnostic| diagnostic.span)
            .collect();
        if let Some(tree) = &tree {
            spans(tree, &mut all);
        }
        for span in all {
            assert!(
                text.get(span.start..span.end).is_some(),
                "{span:?} lies within {text:?}"
            );
        }
        assert!(tree.is_some() || !found.is_empty(), "a refusal is told");
        let _told = found.render(&sources, Colour::Plain);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_places_within_it(text in "\\PC{0,60}") {
            places_hold(&text);
        }

        #[test]
        fn any_text_of_yamls_own_characters_is_too(text in "[-a0:{}\\[\\],'\"|>&*!%#?~ \n\t\r日é\u{85}\u{feff}]{0,60}") {
            places_hold(&text);
        }
    }
}
