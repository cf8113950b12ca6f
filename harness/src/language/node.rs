//! A YAML text, parsed once into a tree with the place of every key and value. It knows YAML's rules and the ones that
//! hold in every file of ours (no doubled keys, anchors, merges or unquoted templates), and no key's meaning.
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Location, Options, Spanned, UserMessageFormatter};

use super::ast::{At, Scalar, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, quote};
use super::source::{Position, Sources};

/// Lists and maps within each other; a lab's deepest are about 12.
const MAX_DEPTH: usize = 40;

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
            flow_nesting_limit: MAX_DEPTH,
            // An anchor saves typing, and hides what a check asserts; without any, no alias can multiply.
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
        },
    }
}

/// What the parser hands over: scalars in YAML's own typing, of which only the place is used (their text is taken from
/// the source), doubled keys, and keys of any shape.
enum Raw {
    Null,
    /// A boolean or a number: its text where the source does not give it (a tag on a quoted scalar).
    Typed(String),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Typed(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
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
                let twice = Diagnostic::new(
                    key.span,
                    format!("the key {} stands twice in one map", quote(&key.value)),
                );
                self.found.push(twice.also(first, "first here"));
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
            Tree::Null => Diagnostic::new(key.span, "a key is missing before the `:`"),
            Tree::List(_) | Tree::Map(_) => Diagnostic::new(key.span, "a key must be text"),
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
        // A plain scalar begins with no quote and ends before its line's end; a block scalar holds it.
        let quoted = slice.starts_with(['\'', '"']) || slice.ends_with('\n');
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

/// Where the template that begins at `start` ends: after its `}}` on the same line, else at `least`.
fn template_end(text: &str, start: usize, least: usize) -> usize {
    let line = text[start..].split('\n').next().unwrap_or_default();
    line.find("}}").map_or(least, |at| start + at + 2)
}

fn unquoted(span: Span) -> Diagnostic {
    Diagnostic::new(
        span,
        "an unquoted `{{`: YAML reads a brace as the beginning of a map",
    )
    .help("quote the whole value: `'{{ … }}'`")
}

/// A mistake of syntax, in an author's words.
fn refusal(sources: &Sources, file: usize, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let span = place(sources, file, error.location());
    if let Some(template) = unquoted_in_line(sources, span) {
        return unquoted(template);
    }
    match error {
        Error::Budget { breach, .. } => budget(span, breach),
        Error::MergeKeyNotAllowed { .. } => {
            Diagnostic::new(span, "merge keys (`<<`) are not used here").help("write the keys out")
        }
        Error::UnknownAnchor { .. } => no_anchors(span),
        Error::UnsupportedTag { tag, .. } => {
            Diagnostic::new(span, format!("tags ({}) are not used here", quote(tag)))
                .help("quote what is text")
        }
        _ => {
            let told = error.render_with_formatter(&UserMessageFormatter);
            // The place is shown beside the snippet, not in the sentence.
            let sentence = told
                .rfind(" at line ")
                .map_or(told.as_str(), |at| &told[..at]);
            Diagnostic::new(span, format!("not YAML: {sentence}"))
        }
    }
}

fn no_anchors(span: Span) -> Diagnostic {
    Diagnostic::new(span, "anchors and aliases (`&x`, `*x`) are not used here").help(
        "write the value out, put it under `vars:`, or quote a text that begins with `&` or `*`",
    )
}

fn budget(span: Span, breach: &serde_saphyr::budget::BudgetBreach) -> Diagnostic {
    use serde_saphyr::budget::BudgetBreach as Breach;
    match breach {
        Breach::Anchors { .. } | Breach::Aliases { .. } => no_anchors(span),
        Breach::Documents { .. } => Diagnostic::new(span, "a second YAML document")
            .help("a file holds one; begin another file"),
        Breach::Depth { .. } => {
            Diagnostic::new(span, format!("lists and maps more than {MAX_DEPTH} deep"))
        }
        _ => Diagnostic::new(span, "the file is too large or too complex"),
    }
}

/// Where the parser stopped. It gives bytes or only line and column.
fn place(sources: &Sources, file: usize, location: Option<Location>) -> Span {
    let nowhere = Span {
        file,
        start: 0,
        end: 0,
    };
    let (Some(source), Some(location)) = (sources.get(file), location) else {
        return nowhere;
    };
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let start = source.byte(Position {
        line: number(location.line()),
        column: number(location.column()),
    });
    let length = source.text[start..]
        .chars()
        .next()
        .filter(|c| !c.is_whitespace())
        .map_or(0, char::len_utf8);
    Span {
        start,
        end: start + length,
        ..nowhere
    }
}

/// The unquoted template in the line of a place, which is then what broke the syntax: `host: {{ a }}:{{ b }}`.
fn unquoted_in_line(sources: &Sources, span: Span) -> Option<Span> {
    let text = &sources.get(span.file)?.text;
    let begin = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[begin..].split('\n').next()?;
    let (mut quote_open, mut before) = (None, ' ');
    for (at, c) in line.char_indices() {
        match quote_open {
            Some(open) if c == open => quote_open = None,
            None if matches!(c, '\'' | '"') && " [{,".contains(before) => quote_open = Some(c),
            None if c == '#' && before == ' ' => return None,
            None if line[at..].starts_with("{{") => {
                let start = begin + at;
                return Some(Span {
                    file: span.file,
                    start,
                    end: template_end(text, start, start + 2),
                });
            }
            _ => {}
        }
        before = c;
    }
    None
}
