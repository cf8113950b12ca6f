//! What is kept of user data. It holds passwords in the labs, so the text itself never leaves this file: a few captures,
//! its length and its hashes do.
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::CAPTURES;
use crate::aws::record::{Build, Record, bounded};

/// The longest capture, in bytes.
const LONGEST_CAPTURE: usize = 512;
/// The most `sed` commands that are kept.
const MOST_SEARCHES: usize = 32;

/// What is kept of user data as the API gives it; `None` where it is no Base64.
pub(super) fn kept(encoded: Option<&str>, captured: &BTreeSet<String>) -> Option<Record> {
    let encoded: String = encoded.unwrap_or_default().split_whitespace().collect();
    if encoded.is_empty() {
        return Some(Build::new().flag("has_user_data", Some(false)).done());
    }
    let bytes = STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let shebang = text.lines().next().filter(|line| line.starts_with("#!"));
    let user_data = Build::new()
        .int("length", i64::try_from(bytes.len()).ok())
        .text("sha256", Some(hex(&bytes)))
        .text("normalised_sha256", Some(hex(normalised(&text).as_bytes())))
        .text(
            "shebang",
            shebang.map(|line| bounded(line.trim_end(), LONGEST_CAPTURE)),
        )
        .texts("sed_searches", sed_searches(&text));
    let mut record = Build::new()
        .flag("has_user_data", Some(true))
        .record("user_data", Some(user_data))
        .done();
    record["user_data"][CAPTURES] = Value::Object(assignments(&text, captured));
    Some(record)
}

/// The captured variables' values; null where the text assigns none, so that it is known to have been asked.
fn assignments(text: &str, captured: &BTreeSet<String>) -> Map<String, Value> {
    let value = |name: &String| assignment(text, name).map_or(Value::Null, Value::from);
    captured
        .iter()
        .map(|name| (name.clone(), value(name)))
        .collect()
}

/// The value of a variable's first assignment at the beginning of a line, as a shell reads it: up to the closing quote,
/// or without quotes up to a blank, `;`, `&` or `#` after one.
fn assignment(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.strip_prefix(name)?.strip_prefix('=')
    })?;
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let quoted = &value[1..];
            quoted.split(quote).next().unwrap_or(quoted)
        }
        _ => value
            .split([' ', '\t', ';', '&', '\r'])
            .next()
            .unwrap_or(value),
    };
    Some(bounded(value, LONGEST_CAPTURE).to_owned())
}

/// What the `s` commands of lines with `sed` look for. The replacement, which may be a secret, is not kept.
fn sed_searches(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter(|line| {
            line.split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == "sed")
        })
        .flat_map(searches)
        .take(MOST_SEARCHES)
        .collect()
}

/// The searches in a line: after `s` at the beginning of a script, up to the second delimiter.
fn searches(line: &str) -> Vec<String> {
    /// An `s` after a quote, a blank, a `;` or a brace, and its delimiter.
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?:^|["'\s;{])s([|/#,@:!%+~^_=])"#).expect("the pattern is valid")
    });
    COMMAND
        .captures_iter(line)
        .filter_map(|found| {
            let delimiter = found[1].chars().next()?;
            let rest = &line[found.get(0)?.end()..];
            let (search, replacement) = rest.split_once(delimiter)?;
            // A command has both sides; a word that happens to begin with `s/` has not.
            replacement
                .contains(delimiter)
                .then(|| bounded(search, LONGEST_CAPTURE).to_owned())
        })
        .collect()
}

/// The text with line ends as LF, and without blanks at the ends of lines and of the text.
fn normalised(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SCRIPT: &str = "#!/bin/bash\nset -euxo pipefail\n\n# the one line to edit\n\
        RDS_ENDPOINT=\"employee-database.abc.us-east-1.rds.amazonaws.com\"\nDB_PASSWORD='hunter2'\n\
        sed -i \"s|YOUR_RDS_ENDPOINT_HERE|$RDS_ENDPOINT|g\" init_db.js\n\
        sed -i 's/PASSWORD_HERE/hunter2/; s/a/b/' server.js\n\
        # sed -i \"s|COMMENTED|x|\"\nsystemctl start employee-app\n";

    fn of(text: &str, captured: &[&str]) -> Value {
        let kept = kept(
            Some(&STANDARD.encode(text)),
            &captured.iter().copied().collect(),
        );
        Value::Object(kept.expect("valid Base64"))["user_data"].clone()
    }

    #[test]
    fn only_what_a_path_names_is_captured_and_no_password_is_kept() {
        let kept = of(SCRIPT, &["RDS_ENDPOINT", "NOT_THERE"]);
        assert_eq!(
            kept["assignments"],
            json!({ "RDS_ENDPOINT": "employee-database.abc.us-east-1.rds.amazonaws.com", "NOT_THERE": null })
        );
        assert_eq!(
            kept["sed_searches"],
            json!(["YOUR_RDS_ENDPOINT_HERE", "PASSWORD_HERE", "a"])
        );
        assert_eq!(kept["shebang"], "#!/bin/bash");
        assert_eq!(kept["length"], SCRIPT.len());
        assert!(!kept.to_string().contains("hunter2"));
    }

    #[test]
    fn assignments_are_read_as_a_shell_reads_them() {
        for (line, value) in [
            ("E=\"a b\"", "a b"),
            ("E='a'", "a"),
            ("E=a # remark", "a"),
            ("E=a;b", "a"),
            ("export E=\"x\"", "x"),
            ("E=\"lost", "lost"),
            ("E=", ""),
            ("E=\" host:3306\"\r", " host:3306"),
            ("E=first\nE=second", "first"),
        ] {
            assert_eq!(of(line, &["E"])["assignments"]["E"], value, "{line}");
        }
        for none in ["  E=indented", "EE=1", "echo E=1", "# E=1", ""] {
            assert!(
                of(&format!("{none}\n."), &["E"])["assignments"]["E"].is_null(),
                "{none}"
            );
        }
    }

    #[test]
    fn a_paste_with_other_blanks_and_line_ends_is_the_same_text() {
        let windows = SCRIPT.replace('\n', " \r\n") + "\r\n\r\n";
        assert_eq!(
            of(SCRIPT, &[])["normalised_sha256"],
            of(&windows, &[])["normalised_sha256"]
        );
        assert_ne!(of(SCRIPT, &[])["sha256"], of(&windows, &[])["sha256"]);
    }

    #[test]
    fn without_a_first_line_for_the_shell_there_is_no_shebang() {
        assert!(of("\n#!/bin/bash\n", &[]).get("shebang").is_none());
    }

    #[test]
    fn no_user_data_is_a_fact_and_bad_base64_is_none() {
        let nothing = kept(None, &BTreeSet::new()).expect("no user data");
        assert_eq!(Value::Object(nothing), json!({ "has_user_data": false }));
        assert!(kept(Some("<html>"), &BTreeSet::new()).is_none());
    }

    #[test]
    fn bytes_that_are_no_text_are_measured_all_the_same() {
        let gzip = [0x1f, 0x8b, 0xff, 0xfe];
        let kept = kept(
            Some(&STANDARD.encode(gzip)),
            &BTreeSet::from(["E".to_owned()]),
        )
        .expect("valid Base64");
        assert_eq!(kept["user_data"]["length"], 4);
        assert!(kept["user_data"]["assignments"]["E"].is_null());
    }
}
