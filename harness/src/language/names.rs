//! How names are spelled: ids in kebab case, names that templates use in snake case.
use super::ast::At;
use super::diagnostic::{Diagnostic, Diagnostics, quote};

/// Words that a template reads otherwise than as a name, and names that the harness itself gives.
const TAKEN: [&str; 14] = [
    "each", "nonce", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else", "loop",
    "self",
];

/// Check ids, phases, vantages, labs: `reader-rejects-writes`.
pub fn kebab(name: &At<String>, what: &str, found: &mut Diagnostics) {
    let parts_hold = name
        .value
        .split('-')
        .all(|part| !part.is_empty() && part.bytes().all(is_plain));
    if !parts_hold {
        let title = format!("{} can't be {what}", quote(&name.value));
        let better = respelled(&name.value, '-');
        found.push(
            Diagnostic::new(name.span, title)
                .help("write small letters, digits and single hyphens between them")
                .maybe_help(better.map(|better| format!("for instance `{better}`"))),
        );
    }
}

/// Resources and vars: `web_sg`, as a template names them.
pub fn snake(name: &At<String>, what: &str, found: &mut Diagnostics) {
    let begins = name
        .value
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase());
    if !begins
        || !name
            .value
            .bytes()
            .all(|byte| is_plain(byte) || byte == b'_')
    {
        let title = format!("{} can't be {what}", quote(&name.value));
        let better = respelled(&name.value, '_');
        found.push(
            Diagnostic::new(name.span, title)
                .help("write small letters, digits and `_`, beginning with a letter: templates use the name")
                .maybe_help(better.map(|better| format!("for instance `{better}`"))),
        );
    } else if TAKEN.contains(&name.value.as_str()) {
        let title = format!("{} means something else in a template", quote(&name.value));
        found.push(Diagnostic::new(name.span, title).help("choose another name"));
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// The name as it should be spelled, where its letters allow that.
fn respelled(name: &str, between: char) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let better = parts.join(&between.to_string());
    let is_name = name.is_ascii()
        && better
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase());
    (is_name && better.len() <= 64).then_some(better)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::ast::Span;

    fn refused(name: &str, rule: fn(&At<String>, &str, &mut Diagnostics)) -> Option<Vec<String>> {
        let mut found = Diagnostics::default();
        rule(
            &At::new(name.to_owned(), Span::default()),
            "a name",
            &mut found,
        );
        found
            .sorted()
            .first()
            .map(|diagnostic| diagnostic.remedies.clone())
    }

    #[test]
    fn ids_are_kebab_case() {
        for good in ["a", "web-sg", "ha-404", "x1-2"] {
            assert_eq!(refused(good, kebab), None, "{good}");
        }
        for bad in [
            "", "-a", "a-", "a--b", "A", "a_b", "a.b", "a[b]", "日本", "a b", "a\n",
        ] {
            assert!(refused(bad, kebab).is_some(), "{bad}");
        }
        assert_eq!(
            refused("Web_SG", kebab).unwrap()[1],
            "for instance `web-sg`"
        );
    }

    #[test]
    fn names_for_templates_are_snake_case_and_free() {
        for good in ["a", "web_sg", "web1", "a__b"] {
            assert_eq!(refused(good, snake), None, "{good}");
        }
        for bad in [
            "", "1a", "_a", "web-sg", "A", "each", "nonce", "not", "日本",
        ] {
            assert!(refused(bad, snake).is_some(), "{bad}");
        }
        assert_eq!(
            refused("web-sg", snake).unwrap()[1],
            "for instance `web_sg`"
        );
    }
}
