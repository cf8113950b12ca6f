//! What the YAML parser refuses, in an author's words and at the place that the author must look at. It knows the
//! parser's errors and no key of ours.
use serde_saphyr::budget::BudgetBreach as Breach;
use serde_saphyr::{Error, Location, UserMessageFormatter};

use super::ast::Span;
use super::diagnostic::{Diagnostic, quote};
use super::node::MAX_DEPTH;
use super::source::{Position, Sources};

/// The remedy for what is no YAML: the parser's sentence says where it stopped, which is often after the cause.
const SYNTAX: &str = "indent by spaces, close every bracket and quote, and quote a text that holds `: ` or ` #` or begins \
    with one of `@`, `%`, `*`, `&`, `!`, `|`, `>`, `{`, `[`; the cause may stand a line above";

/// Where the template that begins at `start` ends: after its `}}` on the same line, else at `least`.
pub fn template_end(text: &str, start: usize, least: usize) -> usize {
    let line = text[start..].split('\n').next().unwrap_or_default();
    line.find("}}").map_or(least, |at| start + at + 2)
}

/// The mistake of a template without quotes.
pub fn unquoted(span: Span) -> Diagnostic {
    Diagnostic::new(
        span,
        "an unquoted `{{`: YAML reads a brace as the beginning of a map",
    )
    .help("quote the whole value: `'{{ … }}'`")
}

/// A mistake of syntax, in an author's words.
pub fn refusal(sources: &Sources, file: usize, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let span = place(sources, file, error.location());
    if let Some(template) = unquoted_in_line(sources, span) {
        return unquoted(template);
    }
    match error {
        Error::Budget { breach, .. } => budget(sources, span, breach),
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
            Diagnostic::new(span, format!("not YAML: {sentence}")).help(SYNTAX)
        }
    }
}

fn no_anchors(span: Span) -> Diagnostic {
    Diagnostic::new(span, "anchors and aliases (`&x`, `*x`) are not used here").help(
        "write the value out, put it under `vars:`, or quote a text that begins with `&` or `*`",
    )
}

/// The anchor before a place: the parser gives the value that it names.
fn anchor(sources: &Sources, span: Span) -> Span {
    let text = sources.get(span.file).map_or("", |source| &source.text);
    let Some(start) = text[..span.start].rfind('&') else {
        return span;
    };
    let length = text[start..].find(char::is_whitespace).unwrap_or(1);
    Span {
        start,
        end: start + length,
        ..span
    }
}

fn budget(sources: &Sources, span: Span, breach: &Breach) -> Diagnostic {
    match breach {
        Breach::Anchors { .. } | Breach::Aliases { .. } => no_anchors(anchor(sources, span)),
        Breach::Documents { .. } => Diagnostic::new(span, "a second YAML document")
            .help("a file holds one; begin another file"),
        Breach::Depth { .. } => {
            Diagnostic::new(span, format!("lists and maps more than {MAX_DEPTH} deep"))
                .help("no file of ours needs that: look for a bracket that is not closed")
        }
        _ => Diagnostic::new(span, "the file is too large or too complex")
            .help("divide it over several files"),
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
