//! A student's stack file: made of the class's template and the student's own columns, or of the columns alone. A value
//! of the roster is always one YAML text: it can add no key and no line.
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value, json};

use super::roster::Student;
use crate::report::inert::inert_to;

/// The text of a student's stack file.
///
/// # Errors
/// The template can't be filled in: what it names is no column.
pub fn stack_file(template: Option<&str>, lab: &str, student: &Student) -> Result<String, String> {
    match template {
        Some(template) => filled(template, lab, student),
        None => Ok(plain(lab, student)),
    }
}

fn plain(lab: &str, student: &Student) -> String {
    let mut lines = vec![format!("lab: {}", quoted(lab))];
    for (key, value) in [
        ("region", &student.region),
        ("profile", &student.profile),
        ("role_arn", &student.role_arn),
        ("external_id", &student.external_id),
        ("credentials_file", &student.credentials_file),
    ] {
        if !value.is_empty() {
            lines.push(format!("{key}: {}", quoted(value)));
        }
    }
    if !student.vars.is_empty() {
        lines.push("vars:".to_owned());
        let vars = student.vars.iter();
        lines.extend(vars.map(|(name, value)| format!("  {}: {}", quoted(name), quoted(value))));
    }
    lines.join("\n") + "\n"
}

fn filled(template: &str, lab: &str, student: &Student) -> Result<String, String> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let mut names: Map<String, Value> = student
        .vars
        .iter()
        .map(|(name, value)| (name.clone(), json!(inner(value))))
        .collect();
    for (name, value) in [
        ("student", &student.id),
        ("name", &student.name),
        ("stack", &student.stack),
        ("region", &student.region),
        ("profile", &student.profile),
        ("role_arn", &student.role_arn),
        ("external_id", &student.external_id),
        ("credentials_file", &student.credentials_file),
    ] {
        names.insert(name.to_owned(), json!(inner(value)));
    }
    names.insert("lab".to_owned(), json!(inner(lab)));
    // What a run fills in is left for the run: `{{ web1.public_dns_name }}` is no column.
    let text = placeholders(template, |expression| {
        let bare = expression.split(['.', '|', ' ']).next().unwrap_or_default();
        names.contains_key(bare).then(|| {
            let context = minijinja::Value::from(minijinja::value::Serde(&names));
            environment
                .compile_expression(expression)
                .and_then(|compiled| compiled.eval(context))
                .map(|value| value.to_string())
                .map_err(|error| format!("{{{{ {} }}}}: {error}", inert_to(expression, 80)))
        })
    })?;
    Ok(with_own_keys(text, student))
}

/// A template that does not say where the student's account is gets it from the student's row: no column is dropped.
fn with_own_keys(mut text: String, student: &Student) -> String {
    let said = |text: &str, key: &str| {
        text.lines().any(|line| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with(':'))
        })
    };
    for (key, value) in [
        ("region", &student.region),
        ("profile", &student.profile),
        ("role_arn", &student.role_arn),
        ("external_id", &student.external_id),
        ("credentials_file", &student.credentials_file),
    ] {
        if !value.is_empty() && !said(&text, key) {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&format!("{key}: {}\n", quoted(value)));
        }
    }
    text
}

/// A text with each `{{ … }}` replaced that `fill` knows, and the others left.
fn placeholders(
    text: &str,
    fill: impl Fn(&str) -> Option<Result<String, String>>,
) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else {
            break;
        };
        let (before, hole) = (&rest[..open], &rest[open..open + close + 2]);
        filled.push_str(before);
        match fill(hole[2..hole.len() - 2].trim()) {
            Some(value) => filled.push_str(&value?),
            None => filled.push_str(hole),
        }
        rest = &rest[open + close + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// A value inside whatever quotes the template has: nothing in it ends them, a line or a list.
fn inner(value: &str) -> String {
    value
        .chars()
        .filter(|c| !c.is_control() && !"'\"\\{}#:&*!|>%@`".contains(*c))
        .collect()
}

/// A YAML text in single quotes.
fn quoted(value: &str) -> String {
    let line: String = value.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", line.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn student() -> Student {
        Student {
            id: "s1".to_owned(),
            stack: "user01".to_owned(),
            region: "us-east-1".to_owned(),
            vars: [
                ("faults".to_owned(), "a, b".to_owned()),
                ("user".to_owned(), "x'\n  profile: evil".to_owned()),
            ]
            .into_iter()
            .collect(),
            ..Student::default()
        }
    }

    #[test]
    fn a_value_of_the_roster_is_one_text_and_no_more() {
        let text = stack_file(None, "ha-web", &student()).unwrap();
        assert_eq!(
            text,
            "lab: 'ha-web'\nregion: 'us-east-1'\nvars:\n  'faults': 'a, b'\n  'user': 'x''  profile: evil'\n"
        );
        let template = "key: keys/{{ student }}.pem\nuser: '{{ user }}'\nreplica: { faults: [{{ faults }}] }\nhost: '{{ web1.public_dns_name }}'\n";
        let text = stack_file(Some(template), "ha-web", &student()).unwrap();
        assert_eq!(
            text,
            "key: keys/s1.pem\nuser: 'x  profile evil'\nreplica: { faults: [a, b] }\nhost: '{{ web1.public_dns_name }}'\nregion: 'us-east-1'\n",
            "what the template does not say is the student's own"
        );
    }
}
