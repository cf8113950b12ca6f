//! Values and asserted values as a student writes them: a rule as a rule, a resource by its name, a long list by its
//! beginning. Every string that came from outside leaves here inert and bounded.
use serde_json::{Map, Value};

use super::{fields, say};
use crate::report::inert::inert_to;
use crate::text::Lang;

/// The most elements of a list that are written out.
const ELEMENTS: usize = 4;
/// The most fields of a record that are written out.
const FIELDS: usize = 6;
/// How deep a value is written out.
const DEPTH: usize = 3;
/// The most characters of one text.
const TEXT: usize = 80;

/// An observed value.
#[must_use]
pub fn value(lang: Lang, value: &Value) -> String {
    written(lang, value, DEPTH)
}

/// An asserted value: like an observed one, but a map of matchers is what must hold.
#[must_use]
pub fn wanted(lang: Lang, value: &Value) -> String {
    written(lang, value, DEPTH + 2)
}

/// What one matcher asserts.
#[must_use]
pub fn matcher(lang: Lang, name: &str, argument: &Value) -> String {
    asserted(lang, name, argument, DEPTH + 2)
}

fn asserted(lang: Lang, name: &str, argument: &Value, depth: usize) -> String {
    let joined = |with: &str| match argument {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|i| written(lang, i, depth)).collect();
            items.join(with)
        }
        other => written(lang, other, depth),
    };
    let text = written(lang, argument, depth);
    match name {
        "equals" => text,
        "not" => say!(lang, "「{text}」以外", "not {text}"),
        "one_of" | "any_of" => joined(match lang {
            Lang::Ja => " または ",
            Lang::En => " or ",
        }),
        "all_of" => joined(match lang {
            Lang::Ja => " かつ ",
            Lang::En => " and ",
        }),
        "contains" => say!(lang, "{text} を含む", "contains {text}"),
        "starts_with" => say!(lang, "{text} で始まる", "begins with {text}"),
        "matches" => say!(lang, "{text} の形", "of the form {text}"),
        "in_cidr" => {
            let text = joined(", ");
            say!(lang, "{text} の範囲内", "inside {text}")
        }
        "at_least" => say!(lang, "{text} 以上", "{text} or more"),
        "at_most" => say!(lang, "{text} 以下", "{text} or less"),
        "between" => {
            let text = joined(match lang {
                Lang::Ja => " から ",
                Lang::En => " to ",
            });
            say!(lang, "{text} まで", "{text}")
        }
        "every" => say!(lang, "どれも {text}", "each is {text}"),
        "some" => say!(lang, "{text} がある", "there is {text}"),
        "none" => say!(lang, "{text} がない", "there is no {text}"),
        "only" => {
            let text = joined("; ");
            say!(lang, "{text} だけ", "only {text}")
        }
        "count" => say!(lang, "数が {text}", "their number is {text}"),
        "distinct" if argument.is_string() => {
            let field = fields::path(lang, argument.as_str().unwrap_or_default());
            say!(lang, "{field} がすべて異なる", "each with another {field}")
        }
        "distinct" => say!(lang, "すべて異なる", "all different"),
        "present" => say!(lang, "設定がある", "something"),
        "absent" => say!(lang, "何もない", "nothing"),
        "empty" => say!(lang, "空", "empty"),
        other => format!("{} {text}", inert_to(other, 40)),
    }
}

fn is_matcher(name: &str) -> bool {
    matches!(
        name,
        "equals"
            | "not"
            | "one_of"
            | "contains"
            | "starts_with"
            | "matches"
            | "in_cidr"
            | "at_least"
            | "at_most"
            | "between"
            | "every"
            | "some"
            | "none"
            | "only"
            | "count"
            | "distinct"
            | "present"
            | "absent"
            | "empty"
            | "all_of"
            | "any_of"
    )
}

fn written(lang: Lang, value: &Value, depth: usize) -> String {
    match value {
        Value::Null => say!(lang, "なし", "nothing"),
        Value::Bool(true) => say!(lang, "はい (true)", "yes (true)"),
        Value::Bool(false) => say!(lang, "いいえ (false)", "no (false)"),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) if depth == 0 => "…".to_owned(),
        Value::Array(items) => list(lang, items, depth - 1),
        Value::Object(map) => record(lang, map, depth - 1),
    }
}

/// A text as it is, in quotes where its ends would otherwise not be seen.
fn quoted(text: &str) -> String {
    let safe = inert_to(text, TEXT);
    let hides = text.contains(char::is_whitespace) || !text.contains(char::is_alphanumeric);
    if hides { format!("\"{safe}\"") } else { safe }
}

fn list(lang: Lang, items: &[Value], depth: usize) -> String {
    if items.is_empty() {
        return say!(lang, "なし", "none");
    }
    let shown = items.iter().take(ELEMENTS);
    let mut texts: Vec<String> = shown.map(|item| written(lang, item, depth)).collect();
    if items.len() > ELEMENTS {
        let more = items.len() - ELEMENTS;
        texts.push(say!(lang, "ほか {more} 件", "{more} more"));
    }
    let flat = items
        .iter()
        .all(|item| !item.is_object() && !item.is_array());
    texts.join(if flat { ", " } else { "; " })
}

fn record(lang: Lang, map: &Map<String, Value>, depth: usize) -> String {
    if !map.is_empty() && map.keys().all(|key| is_matcher(key)) {
        let all = map
            .iter()
            .map(|(name, arg)| asserted(lang, name, arg, depth));
        let all: Vec<String> = all.collect();
        return all.join(match lang {
            Lang::Ja => "、",
            Lang::En => " and ",
        });
    }
    if let Some(rule) = rule(lang, map, depth) {
        return rule;
    }
    if let Some(Value::String(id)) = map.get("id") {
        let id = inert_to(id, TEXT);
        return match map.get("name").and_then(Value::as_str) {
            Some(name) if name != id => format!("{} ({id})", quoted(name)),
            _ => id,
        };
    }
    let there: Vec<_> = map.iter().filter(|(_, value)| !value.is_null()).collect();
    let mut texts: Vec<String> = there
        .iter()
        .take(FIELDS)
        .map(|(field, value)| {
            let field = fields::path(lang, field);
            format!("{field} {}", written(lang, value, depth))
        })
        .collect();
    if there.is_empty() {
        return say!(lang, "なし", "nothing");
    }
    if there.len() > FIELDS {
        texts.push("…".to_owned());
    }
    texts.join(", ")
}

/// A security group's rule, or a pattern for one: `tcp 3000 from sg-0abc`.
fn rule(lang: Lang, map: &Map<String, Value>, depth: usize) -> Option<String> {
    let get = |key: &str| map.get(key).filter(|value| !value.is_null());
    let source = get("source").or_else(|| get("source_kind"))?;
    if get("protocol").is_none() && get("port").is_none() && get("from_port").is_none() {
        return None;
    }
    let protocol = match get("protocol") {
        Some(asked) => protocol(lang, asked, depth),
        None => say!(lang, "どのプロトコルでも", "any protocol"),
    };
    let mut text = protocol;
    if let Some(ports) =
        ports(lang, map, depth).filter(|_| map.get("protocol") != Some(&"all".into()))
    {
        text = format!("{text} {ports}");
    }
    let source = match source {
        Value::String(kind) if get("source").is_none() => source_kind(lang, kind),
        Value::String(any) if any == "0.0.0.0/0" || any == "::/0" => {
            say!(lang, "{any} (どこからでも)", "{any} (anywhere)")
        }
        other => written(lang, other, depth),
    };
    Some(say!(
        lang,
        "{text}、ソース {source}",
        "{text} from {source}"
    ))
}

fn protocol(lang: Lang, asked: &Value, depth: usize) -> String {
    let all = |name: &Value| name == "all";
    match asked.get("one_of").and_then(Value::as_array) {
        None if all(asked) => say!(lang, "すべてのトラフィック", "all traffic"),
        Some(names) if names.iter().any(all) => {
            let rest: Vec<Value> = names.iter().filter(|name| !all(name)).cloned().collect();
            let rest = list(lang, &rest, depth);
            say!(
                lang,
                "{rest} またはすべてのトラフィックの",
                "{rest} or all traffic"
            )
        }
        _ => written(lang, asked, depth),
    }
}

fn ports(lang: Lang, map: &Map<String, Value>, depth: usize) -> Option<String> {
    let get = |key: &str| map.get(key).filter(|value| !value.is_null());
    if let Some(port) = get("port") {
        return Some(written(lang, port, depth));
    }
    let (from, to) = (get("from_port")?, get("to_port")?);
    if let (Some(most), Some(least)) = (from.get("at_most"), to.get("at_least"))
        && most == least
    {
        let port = written(lang, most, depth);
        return Some(say!(lang, "{port} 番を含む", "covering port {port}"));
    }
    let (from, to) = (written(lang, from, depth), written(lang, to, depth));
    Some(if from == to {
        from
    } else {
        format!("{from}-{to}")
    })
}

fn source_kind(lang: Lang, kind: &str) -> String {
    match kind {
        "cidr" => say!(lang, "IP アドレスの範囲", "an IP address range"),
        "security_group" => say!(lang, "セキュリティグループ", "a security group"),
        "prefix_list" => say!(lang, "プレフィックスリスト", "a prefix list"),
        other => inert_to(other, 40),
    }
}
