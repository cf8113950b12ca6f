//! What a check picks out of a text: the texts that CSS selectors find in a page, and the captures of regexes. Bounded, and
//! with no opinion of what is found.
use regex::Regex;
use scraper::{Html, Selector};
use serde_json::{Map, Value};

use super::bounds::one_line;
use crate::fault::{Code, Layer, ProbeError};

/// At most so many elements of one selector are kept.
const MOST: usize = 1_000;

/// At most so many characters of each.
const LONGEST: usize = 1_000;

/// Names and what finds them, a CSS selector or a regex each.
pub type Picks = Vec<(String, String)>;

/// Whether a CSS selector can be read.
///
/// # Errors
/// Why not.
pub fn selector(text: &str) -> Result<(), String> {
    Selector::parse(text)
        .map(|_| ())
        .map_err(|error| one_line(&error.to_string(), 200))
}

/// The texts of the elements that each selector finds, in the page's order; of an `<input>` its value, else its text.
pub(super) fn selected(page: &str, picks: &Picks) -> Result<Value, ProbeError> {
    let page = Html::parse_document(page);
    let mut found = Map::new();
    for (name, text) in picks {
        let selector = Selector::parse(text).map_err(|error| {
            ProbeError::new(
                Code::Template,
                Layer::Harness,
                one_line(text, 80),
                one_line(&error.to_string(), 200),
            )
        })?;
        let texts = page.select(&selector).take(MOST).map(|element| {
            let text = match element.value().attr("value") {
                Some(value) => value.to_owned(),
                None => element.text().collect::<String>(),
            };
            let words: Vec<&str> = text.split_whitespace().collect();
            Value::from(one_line(&words.join(" "), LONGEST))
        });
        found.insert(name.clone(), Value::Array(texts.collect()));
    }
    Ok(Value::Object(found))
}

/// For each regex its first group, or all that it matches where it has none; absent where it does not match.
pub(super) fn captured(text: &str, picks: &Picks) -> Result<Value, ProbeError> {
    let mut found = Map::new();
    for (name, pattern) in picks {
        let regex = Regex::new(pattern).map_err(|error| {
            ProbeError::new(
                Code::Template,
                Layer::Harness,
                one_line(pattern, 80),
                one_line(&error.to_string(), 200),
            )
        })?;
        if let Some(groups) = regex.captures(text)
            && let Some(group) = groups.get(1).or_else(|| groups.get(0))
        {
            found.insert(name.clone(), Value::from(one_line(group.as_str(), LONGEST)));
        }
    }
    Ok(Value::Object(found))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn picks(pairs: &[(&str, &str)]) -> Picks {
        pairs
            .iter()
            .map(|(name, by)| ((*name).to_owned(), (*by).to_owned()))
            .collect()
    }

    #[test]
    fn selectors_find_texts_and_values_in_order() {
        let page = "<table><tr><td>1</td><td> 山田  太郎\n</td></tr><tr><td>2</td><td>&lt;b&gt;</td></tr></table><input name=id value=7>";
        let found = selected(
            page,
            &picks(&[
                ("ids", "td:first-child"),
                ("names", "td:last-child"),
                ("id", "input[name=id]"),
                ("none", "h1"),
            ]),
        );
        assert_eq!(
            found.unwrap(),
            json!({ "ids": ["1", "2"], "names": ["山田 太郎", "<b>"], "id": ["7"], "none": [] })
        );
    }

    #[test]
    fn a_regex_gives_its_group_or_its_match_or_nothing() {
        let text = "define('DB_HOST', 'wp.cluster-x.rds');";
        let found = captured(
            text,
            &picks(&[
                ("host", "'DB_HOST', *'([^']+)'"),
                ("word", "DB_\\w+"),
                ("none", "PASSWORD"),
            ]),
        );
        assert_eq!(
            found.unwrap(),
            json!({ "host": "wp.cluster-x.rds", "word": "DB_HOST" })
        );
        assert!(captured(text, &picks(&[("x", "(")])).is_err());
    }
}
