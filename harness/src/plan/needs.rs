//! The graph of checks: what `needs`, `agrees_with` and `because` name, without a circle, and an order in which needs
//! come first.
use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::language::ast::{At, Span};
use crate::language::diagnostic::{Diagnostic, Diagnostics};

/// What is known of a written check, by its id: the elements of its `for_each`, in order.
pub type Written = IndexMap<String, Vec<String>>;

/// The full ids that a written reference stands for: `id`, `id[each]`, `id[web1]`; a bare id of a check with
/// `for_each` stands for all of its elements.
pub fn resolve(
    reference: &At<String>,
    each: Option<&str>,
    own: &str,
    written: &Written,
    unread: &BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let (id, element) = split(&reference.value);
    if unread.contains(id) {
        // It is there, and what is wrong with it has been told.
        return Vec::new();
    }
    let Some(elements) = written.get(id) else {
        let known: Vec<&str> = written.keys().map(String::as_str).collect();
        diagnostics.push(
            Diagnostic::new(reference.span, format!("unknown check `{id}`"))
                .label("no check of this lab has that id")
                .suggest(id, known.iter().copied()),
        );
        return Vec::new();
    };
    let element = match element {
        Some("each") => {
            let Some(each) = each else {
                diagnostics.push(
                    Diagnostic::new(reference.span, "`each` stands for nothing here")
                        .label(format!("`{own}` has no `for_each`"))
                        .help("name the element, or give the check a `for_each`"),
                );
                return Vec::new();
            };
            Some(each)
        }
        other => other,
    };
    match element {
        None if elements.is_empty() => vec![id.to_owned()],
        None => elements.iter().map(|element| full(id, element)).collect(),
        Some(element) if elements.iter().any(|known| known == element) => vec![full(id, element)],
        Some(element) => {
            let remedy = if elements.is_empty() {
                format!("`{id}` has no `for_each`; write `{id}`")
            } else {
                format!("its elements are {}", elements.join(", "))
            };
            diagnostics.push(
                Diagnostic::new(reference.span, format!("`{id}` has no element `{element}`"))
                    .label("no such element")
                    .help(remedy),
            );
            Vec::new()
        }
    }
}

/// The id of one element of a check with `for_each`.
#[must_use]
pub fn full(id: &str, element: &str) -> String {
    format!("{id}[{element}]")
}

/// `id[element]` taken apart.
fn split(reference: &str) -> (&str, Option<&str>) {
    match reference
        .strip_suffix(']')
        .and_then(|rest| rest.split_once('['))
    {
        Some((id, element)) => (id, Some(element)),
        None => (reference, None),
    }
}

/// A check as a node of the graph.
pub struct Node<'a> {
    /// Its id.
    pub id: &'a str,
    /// Where that stands.
    pub span: Span,
    /// What must be judged before it.
    pub after: Vec<&'a str>,
}

/// Indices of `nodes` in an order in which what comes before comes before, else as written. A circle is reported once,
/// with the checks on it.
pub fn order(nodes: &[Node<'_>], diagnostics: &mut Diagnostics) -> Vec<usize> {
    let places: IndexMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| (node.id, index))
        .collect();
    let mut ordered = Vec::with_capacity(nodes.len());
    let mut state = vec![State::New; nodes.len()];
    for index in 0..nodes.len() {
        visit(
            index,
            nodes,
            &places,
            &mut state,
            &mut Vec::new(),
            &mut ordered,
            diagnostics,
        );
    }
    ordered
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn visit(
    index: usize,
    nodes: &[Node<'_>],
    places: &IndexMap<&str, usize>,
    state: &mut [State],
    trail: &mut Vec<usize>,
    ordered: &mut Vec<usize>,
    diagnostics: &mut Diagnostics,
) {
    match state[index] {
        State::Done => return,
        State::Open => {
            let from = trail.iter().position(|&other| other == index).unwrap_or(0);
            let mut circle: Vec<String> = trail[from..]
                .iter()
                .map(|&other| format!("`{}`", nodes[other].id))
                .collect();
            circle.push(format!("`{}`", nodes[index].id));
            diagnostics.push(
                Diagnostic::new(nodes[index].span, "checks that wait for each other").label(circle.join(" → ")).help("take one of these out of `needs` or `agrees_with`; `because` folds without waiting"),
            );
            return;
        }
        State::New => state[index] = State::Open,
    }
    trail.push(index);
    for before in &nodes[index].after {
        if let Some(&before) = places.get(before) {
            visit(before, nodes, places, state, trail, ordered, diagnostics);
        }
    }
    trail.pop();
    state[index] = State::Done;
    ordered.push(index);
}
