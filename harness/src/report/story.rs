//! A check in a few lines, for formats that tell one check at a time: `JUnit` and libtest's own face.
use super::inert::{inert, inert_to};
use super::model::Check;
use super::words::differences::difference;
use super::words::{causes, faults, near, skips};
use crate::text::Lang;

/// As many differences are told; the rest is counted.
const DIFFERENCES: usize = 50;

/// What is told of one check outside a terminal.
pub struct Story {
    /// One line: the title and the first thing to know.
    pub message: String,
    /// The message, every difference, what to do next, and where the check stands.
    pub body: String,
}

/// Tells a check that did not pass.
#[must_use]
pub fn story(check: &Check, lang: Lang) -> Story {
    let mut lines = Vec::new();
    let mut next = Vec::new();
    if let Some(step) = &check.step {
        lines.push(causes::at_step(lang, step));
    }
    for mismatch in check.mismatches.iter().take(DIFFERENCES) {
        lines.push(difference(lang, check, mismatch).line(lang));
    }
    if check.mismatches.len() > DIFFERENCES {
        lines.push(causes::more(lang, check.mismatches.len() - DIFFERENCES));
    }
    lines.extend(check.near.iter().map(|miss| near::near(lang, miss)));
    if let Some(hint) = &check.hint {
        let hint = hint
            .in_lang(lang)
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        next.extend(hint.map(|line| inert_to(line, 600)));
    }
    if let Some(error) = &check.error {
        let advice = faults::fault(lang, error);
        lines.push(advice.what);
        if !error.detail.is_empty() {
            lines.push(format!(
                "{}: {}",
                inert(&error.target),
                inert(&error.detail)
            ));
        }
        next.push(advice.next);
    }
    if let Some(skip) = &check.skip {
        let advice = skips::skip(lang, skip);
        lines.push(advice.what);
        next.push(advice.next);
    }
    let title = inert(check.title.in_lang(lang));
    let message = match lines.first() {
        Some(first) => format!("{title}: {first}"),
        None => title,
    };
    let expects = inert_to(&check.expects, 400);
    let place = format!("{}:{}", inert_to(&check.file, 400), check.line);
    let arrows = next.into_iter().map(|line| format!("→ {line}"));
    let body: Vec<String> = std::iter::once(message.clone())
        .chain(lines.into_iter().skip(1))
        .chain(arrows)
        .chain([expects, place])
        .filter(|line| !line.is_empty())
        .collect();
    Story {
        message,
        body: body.join("\n"),
    }
}
