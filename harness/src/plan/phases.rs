//! Phases: from when, until when and in which of them a check holds.
use std::ops::RangeInclusive;

use super::names_of;
use crate::language::ast::{At, Check};
use crate::language::diagnostic::{Diagnostic, Diagnostics};

/// The phase that a run takes when it is not told, and up to which a check holds that does not say.
pub const END: &str = "end";

/// From when, until when, and the exceptions between, as indices.
pub struct Span {
    /// First and last phase.
    pub range: RangeInclusive<usize>,
    /// Where it does not hold in between.
    pub except: Vec<usize>,
}

/// The phases of a check.
pub fn of(check: &Check, phases: &[At<String>], diagnostics: &mut Diagnostics) -> Span {
    let mut index = |name: &At<String>| {
        let found = phases.iter().position(|phase| phase.value == name.value);
        if found.is_none() {
            let known = names_of(phases);
            diagnostics.push(
                Diagnostic::new(name.span, format!("unknown phase `{}`", name.value))
                    .label("not among the lab's phases")
                    .suggest(&name.value, known.iter().copied())
                    .help(format!("the phases are {}", known.join(", "))),
            );
        }
        found
    };
    let since = check.phase.as_ref().and_then(&mut index).unwrap_or(0);
    let end = phases
        .iter()
        .position(|phase| phase.value == END)
        .unwrap_or(phases.len().saturating_sub(1));
    let until = check
        .until
        .as_ref()
        .map_or(Some(end.max(since)), &mut index)
        .unwrap_or(end.max(since));
    let except = check.except.iter().filter_map(&mut index).collect();
    if let Some(written) = check.until.as_ref().filter(|_| until < since) {
        diagnostics.push(
            Diagnostic::new(
                written.span,
                format!(
                    "`{}` holds in no phase: it ends before it begins",
                    check.id.value
                ),
            )
            .label(format!("comes before `{}`", phases[since].value)),
        );
    }
    Span {
        range: since..=until,
        except,
    }
}
