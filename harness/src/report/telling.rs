//! What is told of a check that did not pass, as sentences and not yet as lines of any format: what is wrong, with its
//! near misses, and what to do next. The terminal, the job summary and whatever shows causes say the same.
use super::inert::inert_to;
use super::model::Check;
use super::words::differences::difference;
use super::words::{causes, faults, near, skips};
use crate::outcome::Outcome;
use crate::text::Lang;

/// The most near misses that are named.
const NEAR: usize = 4;

/// The most characters of a hint's line.
const HINT: usize = 600;

/// A check's sentences; foreign strings in them are inert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// What is wrong: for each difference what is asked and what is there, or the fault, or why it was not looked at.
    pub wrong: Vec<Vec<String>>,
    /// What to do next, a line each.
    pub next: Vec<String>,
}

/// Tells a check.
#[must_use]
pub fn telling(check: &Check, lang: Lang) -> Telling {
    let advice = match (check.outcome, &check.error, &check.skip) {
        (Outcome::Errored, Some(error), _) => Some(faults::fault(lang, error)),
        (Outcome::Skipped, _, Some(skip)) => Some(skips::skip(lang, skip)),
        _ => None,
    };
    let mut wrong: Vec<Vec<String>> = match &advice {
        Some(advice) => vec![vec![advice.what.clone()]],
        None => (check.mismatches.iter())
            .map(|mismatch| difference(lang, check, mismatch).lines(lang).to_vec())
            .collect(),
    };
    // A near miss is mostly the whole answer: it belongs to what is there.
    let near: Vec<String> = (check.near.iter().take(NEAR))
        .map(|miss| near::near(lang, miss))
        .collect();
    if let Some(actual) = wrong
        .first_mut()
        .and_then(|sides| sides.last_mut())
        .filter(|_| !near.is_empty())
    {
        *actual = format!("{actual}: {}", near.join(", "));
    }
    if let Some(step) = &check.step {
        wrong.insert(0, vec![causes::at_step(lang, step)]);
    }
    let mut next = match advice {
        Some(advice) => vec![advice.next],
        None => hint(check, lang),
    };
    if let (Outcome::Failed, Some(left)) = (check.outcome, &check.error) {
        let advice = faults::fault(lang, left);
        next.push(format!("{}. {}", advice.what, advice.next));
    }
    Telling { wrong, next }
}

/// The check's hint, a line each.
fn hint(check: &Check, lang: Lang) -> Vec<String> {
    let hint = check.hint.as_ref().map(|hint| hint.in_lang(lang));
    hint.into_iter()
        .flat_map(str::lines)
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| inert_to(line, HINT))
        .collect()
}
