//! A template of a stack file, filled in with a student's row. It is read as YAML first, with a mark in the place of each
//! column, so that nothing in a cell is ever read as YAML; then each text that has a mark is written anew where it stood, in
//! quotes. All else stays as it is, each in its line, since mistakes are told by lines. It knows no key of a stack file.
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value, json};

use super::templates::Template;
use crate::language::ast::{At, Span, Tree};
use crate::language::diagnostic::Diagnostics;
use crate::language::node;
use crate::language::source::Sources;
use crate::report::inert::inert_to;
use crate::run::prepare::told;

/// What opens something in a template of the run's: a value, a statement, a remark.
const OPENS: [&str; 3] = ["{{", "{%", "{#"];

const NOT_ONE_LINE: &str =
    "which is not one line of text\n  take line ends and control characters out of the cell";

const A_TEMPLATE: &str = "which opens a template where it stands: a run would fill it in\n  \
    take the braces out of the cell, or the column out of the template";

/// A stack file.
pub(super) struct Filled {
    /// Its text.
    pub text: String,
    /// What it says at all.
    pub keys: Vec<String>,
}

/// Fills in the columns. What else stands in `{{ … }}` is left for the run: `{{ web1.public_dns_name }}` is no column.
///
/// # Errors
/// The template is no YAML, or what stands in a cell can't stand where the template wants it; all of it.
pub(super) fn filled(template: &Template, columns: &Map<String, Value>) -> Result<Filled, String> {
    let mut text = template.text.clone();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let holes = Hole::all(&text, columns);
    let tree = parse(&template.path, &text, &holes)?;
    let mut filling = Filling {
        template: &text,
        holes: &holes,
        columns,
        written: Vec::new(),
        wrong: BTreeSet::new(),
    };
    filling.tree(&tree);
    if !filling.wrong.is_empty() {
        let wrong: Vec<String> = filling.wrong.into_iter().collect();
        return Err(wrong.join("\n"));
    }
    let keys = match &tree.value {
        Tree::Map(entries) => entries.iter().map(|(key, _)| key.value.clone()).collect(),
        _ => Vec::new(),
    };
    let written = filling.written;
    for (place, written) in written.into_iter().rev() {
        text.replace_range(place, &written);
    }
    Ok(Filled { text, keys })
}

/// Why a cell can't stand in any stack file, if so.
pub(super) fn refused(column: &str, cell: &str) -> Option<String> {
    if cell.chars().any(char::is_control) {
        Some(refusal(column, cell, NOT_ONE_LINE))
    } else {
        opens(cell).then(|| refusal(column, cell, A_TEMPLATE))
    }
}

fn refusal(column: &str, cell: &str, why: &str) -> String {
    let (column, cell) = (inert_to(column, 80), inert_to(cell, 80));
    format!("the column `{column}` holds `{cell}`, {why}")
}

/// A text as YAML, on one line.
pub(super) fn quoted(text: &str) -> String {
    if text.chars().any(char::is_control) {
        json!(text).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn opens(text: &str) -> bool {
    OPENS.iter().any(|opens| text.contains(opens))
}

/// A place in a template for something out of the row.
struct Hole {
    place: Range<usize>,
    /// The column that it begins with.
    column: String,
    expression: String,
    /// What stands there while YAML is read: a character that is nowhere else, and as many bytes as the hole has.
    mark: String,
}

impl Hole {
    fn all(template: &str, columns: &Map<String, Value>) -> Vec<Self> {
        let mut unused = ('\u{f0000}'..='\u{10fffd}').filter(|mark| !template.contains(*mark));
        let mut holes = Vec::new();
        let mut from = 0;
        while let Some(open) = template[from..].find("{{").map(|at| from + at)
            && let Some(close) = template[open..].find("}}").map(|at| open + at)
        {
            from = close + 2;
            let expression = template[open + 2..close].trim();
            let column = expression.split(['.', '|', ' ']).next().unwrap_or_default();
            if columns.contains_key(column)
                && let Some(mark) = unused.next()
            {
                let more = from - open - mark.len_utf8();
                holes.push(Self {
                    place: open..from,
                    column: column.to_owned(),
                    expression: expression.to_owned(),
                    mark: format!("{mark}{}", "x".repeat(more)),
                });
            }
        }
        holes
    }
}

/// The template's tree, with marks in it. Its mistakes are told in the text without them, where each byte has the same place.
fn parse(path: &Path, template: &str, holes: &[Hole]) -> Result<At<Tree>, String> {
    let mut marked = template.to_owned();
    for hole in holes {
        marked.replace_range(hole.place.clone(), &hole.mark);
    }
    let path = path.to_string_lossy();
    let (mut sources, mut shown) = (Sources::default(), Sources::default());
    let mut found = Diagnostics::default();
    let file = sources.add(path.clone(), marked);
    shown.add(path, template);
    node::parse(&sources, file, &mut found)
        .filter(|_| found.is_empty())
        .ok_or_else(|| told(&found, &shown).message)
}

struct Filling<'t> {
    template: &'t str,
    holes: &'t [Hole],
    columns: &'t Map<String, Value>,
    /// What stands anew in which place, in the template's order.
    written: Vec<(Range<usize>, String)>,
    wrong: BTreeSet<String>,
}

impl<'t> Filling<'t> {
    fn tree(&mut self, tree: &At<Tree>) {
        match &tree.value {
            Tree::Null => {}
            Tree::Scalar(scalar) => {
                let slice = &self.template[tree.span.start..tree.span.end];
                self.text(&scalar.text, tree.span, node::is_block(slice));
            }
            Tree::List(items) => match self.sole_column(items, tree.span) {
                Some(hole) => self.list(hole),
                None => items.iter().for_each(|item| self.tree(item)),
            },
            Tree::Map(entries) => {
                for (key, value) in entries {
                    self.text(&key.value, key.span, false);
                    self.tree(value);
                }
            }
        }
    }

    /// A text, written anew where a column stands in it.
    fn text(&mut self, text: &str, span: Span, is_block: bool) {
        let holes = self.holes;
        let (mut filled, mut rest) = (String::new(), text);
        let mut values = Vec::new();
        for hole in holes {
            let Some((before, after)) = rest.split_once(&hole.mark) else {
                continue;
            };
            filled.push_str(before);
            let start = filled.len();
            filled.push_str(&self.value(hole));
            values.push((start..filled.len(), hole));
            rest = after;
        }
        if values.is_empty() {
            return;
        }
        filled.push_str(rest);
        for (place, hole) in &values {
            // What stands beside a value may open with it what neither opens by itself.
            let from = filled.floor_char_boundary(place.start.saturating_sub(1));
            let to = filled.ceil_char_boundary(place.end + 1);
            self.refuse_opened(hole, &filled[from..to]);
        }
        if !is_block {
            return self.write(span.start..span.end, &quoted(&filled));
        }
        // Below `|` or `>` nothing but a line's end means anything, and the place is that of the lines alone.
        for (place, hole) in values {
            self.write(hole.place.clone(), &filled[place]);
        }
    }

    /// The column that is all of a list: `[{{ faults }}]`. What is in its cell is then the list, divided by commas.
    fn sole_column(&self, items: &[At<Tree>], span: Span) -> Option<&'t Hole> {
        let [only] = items else { return None };
        let is_flow = self.template[span.start..].starts_with('[');
        let place = only.span.start..only.span.end;
        let hole = self.holes.iter().find(|hole| hole.place == place);
        hole.filter(|_| is_flow && matches!(only.value, Tree::Scalar(_)))
    }

    fn list(&mut self, hole: &Hole) {
        let value = self.value(hole);
        self.refuse_opened(hole, &value);
        let items = value.split(',').map(str::trim);
        let items: Vec<String> = items.filter(|item| !item.is_empty()).map(quoted).collect();
        self.write(hole.place.clone(), &items.join(", "));
    }

    /// Writes on one line, and keeps the lines that follow where they are.
    fn write(&mut self, place: Range<usize>, text: &str) {
        let lines = self.template[place.clone()].matches('\n').count();
        let text = text.to_owned() + &"\n".repeat(lines);
        self.written.push((place, text));
    }

    fn refuse_opened(&mut self, hole: &Hole, text: &str) {
        if opens(text) {
            let cell = self.cell(&hole.column);
            self.wrong.insert(refusal(&hole.column, cell, A_TEMPLATE));
        }
    }

    fn cell(&self, column: &str) -> &'t str {
        self.columns[column].as_str().unwrap_or_default()
    }

    /// What stands in a hole; nothing where that is wrong, which is told.
    fn value(&mut self, hole: &Hole) -> String {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        let value = environment
            .compile_expression(&hole.expression)
            .and_then(|compiled| {
                let named = compiled.undeclared_variables(false).into_iter();
                let named = named.filter(|name| self.columns.contains_key(name));
                let wrong: Vec<String> = named
                    .filter_map(|name| refused(&name, self.cell(&name)))
                    .collect();
                self.wrong.extend(wrong);
                compiled.eval(minijinja::Value::from(minijinja::value::Serde(
                    self.columns,
                )))
            });
        value.map_or_else(
            |error| {
                let expression = inert_to(&hole.expression, 80);
                self.wrong
                    .insert(format!("{{{{ {expression} }}}}: {error}"));
                String::new()
            },
            |value| value.to_string(),
        )
    }
}
