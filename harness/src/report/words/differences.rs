//! A difference in the student's words: what the lab asks for, and what is there.
use serde_json::Value;

use super::{fields, say, values};
use crate::report::inert::{inert, inert_to};
use crate::report::model::Check;
use crate::result::{Expected, Mismatch};
use crate::text::Lang;

/// The two sides of a difference, each one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the lab asks for.
    pub expected: String,
    /// What is there.
    pub actual: String,
}

impl Difference {
    /// Both sides, a line each.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> [String; 2] {
        let Self { expected, actual } = self;
        [
            say!(lang, "期待: {expected}", "expected: {expected}"),
            say!(lang, "実際: {actual}", "actual:   {actual}"),
        ]
    }

    /// Both sides on one line.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        let Self { expected, actual } = self;
        say!(
            lang,
            "期待: {expected}、実際: {actual}",
            "expected: {expected}; actual: {actual}"
        )
    }
}

/// A check's difference; the check tells what was aimed at.
#[must_use]
pub fn difference(lang: Lang, check: &Check, mismatch: &Mismatch) -> Difference {
    if mismatch.path == "outcome" {
        return of_outcome(lang, check, mismatch);
    }
    // The element is told by the actual side; the expected side speaks of the list.
    let (list, element) = list_of(&mismatch.path);
    let label = fields::path(lang, list);
    let at = fields::path(lang, &mismatch.path);
    let Expected { matcher, value } = &mismatch.expected;
    let asked = values::wanted(lang, value);
    let expected = match matcher.as_str() {
        "some" | "contains" if is_list(mismatch.actual.as_ref()) => {
            say!(
                lang,
                "{label}に次のものがある: {asked}",
                "among the {label}: {asked}"
            )
        }
        "none" if element => say!(
            lang,
            "{label}に次のものがない: {asked}",
            "not among the {label}: {asked}"
        ),
        "only" if element && value.is_null() => {
            say!(
                lang,
                "{label}: 決められたものだけ",
                "{label}: nothing beyond what the lab names"
            )
        }
        "only" if mismatch.actual.is_none() && !value.is_null() && !value.is_array() => {
            say!(
                lang,
                "{label}に次のものがある: {asked}",
                "among the {label}: {asked}"
            )
        }
        "only" if value.is_null() => say!(lang, "{label}: 1 つ以上", "{label}: at least one"),
        "pattern" => format!("{at}: {asked}"),
        name => {
            let asked = values::matcher(lang, name, value);
            format!("{at}: {asked}")
        }
    };
    let actual = match &mismatch.actual {
        None | Some(Value::Null) => say!(lang, "なし", "nothing"),
        Some(actual) => values::value(lang, actual),
    };
    Difference { expected, actual }
}

/// The path without the place in the list at its end, and whether there was one.
fn list_of(path: &str) -> (&str, bool) {
    match path
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
    {
        Some((list, place)) if place.bytes().all(|byte| byte.is_ascii_digit()) => (list, true),
        _ => (path, false),
    }
}

fn is_list(actual: Option<&Value>) -> bool {
    actual.is_none_or(Value::is_array)
}

fn of_outcome(lang: Lang, check: &Check, mismatch: &Mismatch) -> Difference {
    let expected = match (mismatch.expected.matcher.as_str(), &mismatch.expected.value) {
        ("equals", Value::String(code)) => outcome(lang, code),
        ("one_of", Value::Array(codes)) => {
            let codes = codes.iter().filter_map(Value::as_str);
            let codes: Vec<String> = codes.map(|code| outcome(lang, code)).collect();
            codes.join(match lang {
                Lang::Ja => " または ",
                Lang::En => ", or ",
            })
        }
        (name, value) => values::matcher(lang, name, value),
    };
    let actual = match mismatch.actual.as_ref().and_then(Value::as_str) {
        Some(code) => outcome(lang, code),
        None => say!(lang, "なし", "nothing"),
    };
    let target = check.attempts.last().map(|attempt| inert(&attempt.target));
    Difference {
        expected: match target.filter(|target| !target.is_empty()) {
            Some(target) => format!("{target}: {expected}"),
            None => expected,
        },
        actual,
    }
}

/// An observation's outcome in words; one that is not known here keeps its own.
fn outcome(lang: Lang, code: &str) -> String {
    match code {
        "found" => say!(lang, "ある", "it exists"),
        "not_found" => say!(lang, "見つかりません", "it was not found"),
        "ambiguous" => say!(lang, "2 つ以上あります", "there is more than one"),
        "connected" => say!(lang, "つながる", "it connects"),
        "too_large" => say!(
            lang,
            "応答が大きすぎる、または終わらない",
            "its answer is too large, or has no end"
        ),
        "answered" => say!(lang, "応答が返る", "it answers"),
        "resolved" => say!(lang, "名前が引ける", "the name resolves"),
        "timeout" => say!(lang, "応答なし (timeout)", "no answer (timeout)"),
        "refused" => say!(lang, "接続を拒否 (refused)", "connection refused"),
        "reset" => say!(lang, "接続が切られる (reset)", "connection reset"),
        "unreachable" => say!(lang, "届かない (unreachable)", "unreachable"),
        "closed" => say!(
            lang,
            "返事の前に切られる (closed)",
            "closed before an answer"
        ),
        "not_connected" => say!(lang, "つながらない", "it does not connect"),
        "name_not_found" | "nxdomain" => {
            say!(lang, "その名前がない ({code})", "no such name ({code})")
        }
        "no_data" | "no_records" => {
            say!(
                lang,
                "名前はあるがアドレスがない",
                "the name has no address"
            )
        }
        other => inert_to(other, 60),
    }
}
