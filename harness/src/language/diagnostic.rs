//! An author's mistake: where it is, what is wrong and how to mend it; and many of them, rendered at once. It is told
//! everything: it looks nothing up but the text that a place points at.
use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::ast::Span;
use super::nearest::nearest;
use super::source::{Source, Sources};

/// How many mistakes are shown at once; the rest is counted.
const SHOWN: usize = 40;

/// A longer text than this in a message is cut.
const QUOTED: usize = 80;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, a lowercase fragment.
    pub title: String,
    /// Where.
    pub span: Span,
    /// What stands at that place, where the title does not say it.
    pub label: Option<String>,
    /// Other places that the mistake has to do with, and what stands there.
    pub related: Vec<(Span, String)>,
    /// How to mend it, one sentence each.
    pub remedies: Vec<String>,
}

impl Diagnostic {
    /// A mistake at a place.
    #[must_use]
    pub fn new(span: Span, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            span,
            label: None,
            related: Vec::new(),
            remedies: Vec::new(),
        }
    }

    /// Says what stands at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }

    /// Says how to mend it, where that is known.
    #[must_use]
    pub fn maybe_help(mut self, remedy: Option<impl Into<String>>) -> Self {
        self.remedies.extend(remedy.map(Into::into));
        self
    }

    /// Names what the author may have meant by `written`: the nearest of `names`, else all of them.
    #[must_use]
    pub fn suggest<'n>(self, written: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        match nearest(written, names.iter().copied()) {
            Some(name) => self.help(format!("did you mean {}?", quote(name))),
            None if names.is_empty() => self,
            None => self.help(format!("there is: {}", list(names))),
        }
    }
}

/// A text of the author's in a message: in backquotes, and cut where it is long.
#[must_use]
pub fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// Names in a message, in their order; of very many the first.
#[must_use]
pub fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const LISTED: usize = 40;
    let names: Vec<&str> = names.into_iter().collect();
    let mut shown: Vec<String> = names.iter().take(LISTED).map(|name| quote(name)).collect();
    if names.len() > LISTED {
        shown.push(format!("and {} more", names.len() - LISTED));
    }
    shown.join(", ")
}

/// Whether a rendering may use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// ANSI styles.
    Styled,
    /// None: for files, pipes and tests.
    Plain,
}

/// Mistakes as they are found.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Their titles as they were found.
    #[must_use]
    pub fn titles(&self) -> Vec<&str> {
        self.found
            .iter()
            .map(|diagnostic| diagnostic.title.as_str())
            .collect()
    }

    /// All of them, by file and place; what was found twice counts once.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.found.iter().collect();
        sorted.sort_by_key(|diagnostic| diagnostic.span);
        sorted.dedup();
        sorted
    }

    /// All of them as text: place, snippet and remedy of each, and how many there are.
    #[must_use]
    pub fn render(&self, sources: &Sources, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Styled => Renderer::styled(),
            Colour::Plain => Renderer::plain(),
        };
        let sorted = self.sorted();
        let mut out = String::new();
        for diagnostic in sorted.iter().take(SHOWN) {
            out.push_str(&render(diagnostic, sources, &renderer));
            out.push_str("\n\n");
        }
        let count = match sorted.len() {
            0 => return out,
            1 => "1 mistake\n".to_owned(),
            n if n > SHOWN => format!("{n} mistakes, of which the first {SHOWN} are shown\n"),
            n => format!("{n} mistakes\n"),
        };
        out + &count
    }
}

fn render(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(inert(&diagnostic.title)));
    for (file, marks) in by_file(diagnostic) {
        let Some(source) = sources.get(file) else {
            continue;
        };
        group = if source.text.is_empty() {
            group.element(Origin::path(inert(&source.path)))
        } else {
            group.element(snippet(source, &marks))
        };
    }
    for remedy in &diagnostic.remedies {
        group = group.element(Level::HELP.message(inert(remedy)));
    }
    renderer.render(&[group])
}

/// A place within a file, what stands there, and whether it is the mistake itself.
type Mark<'d> = (Span, Option<&'d str>, AnnotationKind);

/// The marks of a mistake, file by file, its own file first.
fn by_file(diagnostic: &Diagnostic) -> Vec<(usize, Vec<Mark<'_>>)> {
    let own = (
        diagnostic.span,
        diagnostic.label.as_deref(),
        AnnotationKind::Primary,
    );
    let mut files = vec![(diagnostic.span.file, vec![own])];
    for (span, label) in &diagnostic.related {
        let mark = (*span, Some(label.as_str()), AnnotationKind::Context);
        match files.iter_mut().find(|(file, _)| *file == span.file) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((span.file, vec![mark])),
        }
    }
    files
}

fn snippet<'s>(
    source: &'s Source,
    marks: &[Mark<'_>],
) -> Snippet<'s, annotate_snippets::Annotation<'s>> {
    let text = source.text.as_str();
    // The renderer panics on a range outside the text; no place of ours is, but a report must not end on it.
    let range = |span: &Span| {
        let start = text.floor_char_boundary(span.start);
        start..text.ceil_char_boundary(span.end.max(start))
    };
    let ranges = || marks.iter().map(|(span, _, _)| range(span));
    // Only the lines from the first mark to the last are handed over: a renderer that walks a whole file for each of
    // many mistakes would take its time.
    let first = ranges().map(|range| range.start).min().unwrap_or(0);
    let last = ranges().map(|range| range.end).max().unwrap_or(0);
    let begin = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
    let line = text[..begin].matches('\n').count() + 1;
    let mut snippet = Snippet::source(inert_in_place(&text[begin..end]))
        .line_start(line)
        .path(inert(&source.path).into_owned());
    for ((_, label, kind), range) in marks.iter().zip(ranges()) {
        let label = label.map(|label| inert(label).into_owned());
        let range = range.start - begin..range.end - begin;
        snippet = snippet.annotation(kind.span(range).label(label));
    }
    snippet
}

/// Whether a terminal may act on a character instead of showing it.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text that may hold anything, for a message: what a terminal would act on is written out.
fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::new(), |mut out, c| {
        if acts(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    }))
}

/// The same for a source, without moving any byte, so that places hold: each such character becomes another of its
/// length. Line ends and tabs stay; the renderer draws the other control characters of one byte as pictures.
fn inert_in_place(text: &str) -> Cow<'_, str> {
    let stands_in = |c: char| match (acts(c), c.len_utf8()) {
        (true, 2) => '\u{b7}',
        (true, 3) => '\u{fffd}',
        _ => c,
    };
    if text.chars().all(|c| stands_in(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(stands_in).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(file: usize, text: &str, needle: &str) -> Span {
        let start = text.find(needle).unwrap();
        Span {
            file,
            start,
            end: start + needle.len(),
        }
    }

    #[test]
    fn several_mistakes_are_shown_at_once_in_the_order_of_files_and_places() {
        let (a, b) = ("needs: [foo]\nexpekt: 1\n", "# 日本語\n検査: [foo]\n");
        let mut sources = Sources::default();
        let (fa, fb) = (sources.add("lab/a.yaml", a), sources.add("lab/b.yaml", b));
        let mut found = Diagnostics::default();
        found.push(
            Diagnostic::new(span(fb, b, "foo"), "unknown check `foo`")
                .suggest("foo", ["bar", "baz"]),
        );
        found.push(
            Diagnostic::new(span(fa, a, "expekt"), "unknown key `expekt`")
                .suggest("expekt", ["expect", "needs"]),
        );
        found.push(
            Diagnostic::new(span(fa, a, "foo"), "doubled")
                .label("here")
                .also(span(fb, b, "foo"), "and here"),
        );
        assert_eq!(
            found.render(&sources, Colour::Plain),
            "\
error: doubled
 --> lab/a.yaml:1:9
  |
1 | needs: [foo]
  |         ^^^ here
  |
 ::: lab/b.yaml:2:6
  |
2 | 検査: [foo]
  |        --- and here

error: unknown key `expekt`
 --> lab/a.yaml:2:1
  |
2 | expekt: 1
  | ^^^^^^
  |
  = help: did you mean `expect`?

error: unknown check `foo`
 --> lab/b.yaml:2:6
  |
2 | 検査: [foo]
  |        ^^^
  |
  = help: there is: `bar`, `baz`

3 mistakes
"
        );
        assert!(found.render(&sources, Colour::Styled).contains("\u{1b}["));
    }

    #[test]
    fn a_mistake_of_a_whole_path_names_the_path() {
        let mut sources = Sources::default();
        let place = sources.nowhere(std::path::Path::new("checks/none"));
        let mut found = Diagnostics::default();
        found.push(Diagnostic::new(place, "no such lab").help("write one"));
        let text = found.render(&sources, Colour::Plain);
        assert_eq!(
            text,
            "error: no such lab\n--> checks/none\n = help: write one\n\n1 mistake\n"
        );
    }

    #[test]
    fn nothing_in_a_source_or_a_message_reaches_the_terminal_as_a_command() {
        let text = "a: \u{1b}[31m \u{9b}31m \u{202e}x \u{7} é\n";
        let mut sources = Sources::default();
        let file = sources.add("a\u{1b}]0;x\u{7}.yaml", text);
        let mut found = Diagnostics::default();
        let place = span(file, text, "é");
        found.push(
            Diagnostic::new(place, text)
                .label(text)
                .also(span(file, text, "a"), text)
                .help(text),
        );
        let shown = found.render(&sources, Colour::Plain);
        assert!(!shown.contains(|c| acts(c) && c != '\n'), "{shown:?}");
        assert!(shown.contains("a\\u{1b}]0;x\\u{7}.yaml:1:"), "{shown}");
    }

    #[test]
    fn very_many_mistakes_are_counted_and_not_all_shown() {
        let mut sources = Sources::default();
        let text = "x\n".repeat(5000);
        let file = sources.add("many.yaml", text);
        let mut found = Diagnostics::default();
        for line in 0..5000 {
            found.push(Diagnostic::new(
                Span {
                    file,
                    start: 2 * line,
                    end: 2 * line + 1,
                },
                "no",
            ));
        }
        let shown = found.render(&sources, Colour::Plain);
        assert_eq!(shown.matches("error: no").count(), SHOWN);
        assert!(
            shown.ends_with("5000 mistakes, of which the first 40 are shown\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_place_outside_its_text_is_no_panic() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "é");
        let mut found = Diagnostics::default();
        for (start, end) in [(1, 1), (0, 1), (5, 9), (9, 5)] {
            found.push(Diagnostic::new(Span { file, start, end }, "x"));
        }
        found.push(Diagnostic::new(
            Span {
                file: 7,
                start: 0,
                end: 0,
            },
            "y",
        ));
        assert!(found.render(&sources, Colour::Plain).contains("error: y"));
    }

    #[test]
    fn long_texts_are_cut_and_long_lists_counted() {
        assert_eq!(quote("a"), "`a`");
        assert_eq!(quote(&"語".repeat(81)), format!("`{}…`", "語".repeat(80)));
        assert_eq!(list(["a", "b"]), "`a`, `b`");
        assert!(list(std::iter::repeat_n("x", 50)).ends_with("`x`, and 10 more"));
    }
}
