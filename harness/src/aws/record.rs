//! A record: what was observed of one resource, as JSON, and the means to build one out of an SDK type. Text that a
//! stranger may have written (tags, descriptions, reasons) is bounded here, once. It knows no kind.
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value};

/// What was observed of one resource: fields by name, in snake case; what AWS left out is absent.
pub type Record = Map<String, Value>;

/// The longest text that is kept, in bytes: four times what AWS allows in a description.
const LONGEST_TEXT: usize = 1024;
/// The longest tag value that AWS allows, in characters; keys have half of it.
const LONGEST_TAG: usize = 256;
/// The most tags that are kept; AWS allows 50 and adds some of its own.
const MOST_TAGS: usize = 100;

/// The text at a path, if there is one.
#[must_use]
pub fn at<'a>(record: &'a Record, path: &[&str]) -> Option<&'a str> {
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(record.get(*first)?, |value, segment| value.get(segment))?
        .as_str()
}

/// The objects in the list at `name`.
pub(super) fn rows<'a>(record: &'a Record, name: &str) -> impl Iterator<Item = &'a Record> {
    let list = record.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

/// The texts in the list at `name`.
pub(super) fn texts<'a>(record: &'a Record, name: &str) -> impl Iterator<Item = &'a str> {
    let list = record.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// A record in the making. Each step leaves out what AWS left out.
#[derive(Debug, Default)]
pub(super) struct Build(Record);

impl Build {
    /// A record with nothing in it.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A text; an empty one is AWS's way to say that there is none.
    pub(super) fn text(mut self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value
            && !value.as_ref().is_empty()
        {
            let kept = bounded(value.as_ref(), LONGEST_TEXT);
            self.0.insert(name.to_owned(), kept.into());
        }
        self
    }

    /// A whole number.
    pub(super) fn int(mut self, name: &str, value: Option<impl Into<i64>>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into().into());
        }
        self
    }

    /// `true` or `false`.
    pub(super) fn flag(mut self, name: &str, value: Option<bool>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
        self
    }

    /// An instant, as RFC 3339 in UTC.
    pub(super) fn time(self, name: &str, value: Option<&DateTime>) -> Self {
        let text = value.and_then(|time| time.fmt(Format::DateTime).ok());
        self.text(name, text)
    }

    /// A list of texts, empty where AWS left it out.
    pub(super) fn texts(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        let values = values
            .into_iter()
            .map(|value| Value::from(bounded(value.as_ref(), LONGEST_TEXT)));
        self.0.insert(name.to_owned(), values.collect());
        self
    }

    /// A list of records, empty where AWS left it out.
    pub(super) fn rows(mut self, name: &str, rows: impl IntoIterator<Item = Self>) -> Self {
        let rows = rows.into_iter().map(|row| Value::Object(row.done()));
        self.0.insert(name.to_owned(), rows.collect());
        self
    }

    /// A record within this one.
    pub(super) fn record(mut self, name: &str, inner: Option<Self>) -> Self {
        if let Some(inner) = inner {
            self.0.insert(name.to_owned(), Value::Object(inner.done()));
        }
        self
    }

    /// A map of texts by key, such as attributes; hostile keys and values are bounded.
    pub(super) fn map(
        mut self,
        name: &str,
        pairs: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> Self {
        let map: Record = pairs
            .into_iter()
            .take(MOST_TAGS)
            .map(|(key, value)| {
                let key = characters(key.as_ref(), LONGEST_TAG / 2).to_owned();
                (key, bounded(value.as_ref(), LONGEST_TEXT).into())
            })
            .collect();
        self.0.insert(name.to_owned(), Value::Object(snug(map)));
        self
    }

    /// The tags by key, and `name` out of the Name tag where `named` says so.
    pub(super) fn tags<'a>(
        mut self,
        named: Named,
        tags: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>,
    ) -> Self {
        let map: Record = tags
            .into_iter()
            .filter_map(|(key, value)| Some((key?, value.unwrap_or_default())))
            .take(MOST_TAGS)
            .map(|(key, value)| {
                let key = characters(key, LONGEST_TAG / 2).to_owned();
                (key, characters(value, LONGEST_TAG).into())
            })
            .collect();
        if named == Named::ByTag
            && let Some(name) = map.get("Name")
        {
            self.0.insert("name".to_owned(), name.clone());
        }
        self.0.insert("tags".to_owned(), Value::Object(snug(map)));
        self
    }

    /// The record.
    pub(super) fn done(self) -> Record {
        snug(self.0)
    }
}

/// The same in no more room than it needs: a map that grew has twice of that, and a class's account has many.
fn snug(record: Record) -> Record {
    record.into_iter().collect()
}

/// Where a kind's `name` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The tag `Name`.
    ByTag,
    /// A field of its own, which the conversion sets.
    ByItself,
}

/// As much of a text as fits in so many bytes, cut at a character.
pub(super) fn bounded(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// As much of a text as fits in so many characters.
fn characters(text: &str, most: usize) -> &str {
    text.char_indices()
        .nth(most)
        .map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_tag_is_bounded_by_characters_and_stays_text() {
        let long = "あ".repeat(5000);
        let record = Build::new()
            .tags(
                Named::ByTag,
                [(Some("Name"), Some(long.as_str())), (None, Some("lost"))],
            )
            .done();
        assert_eq!(
            at(&record, &["name"]).map(|name| name.chars().count()),
            Some(LONGEST_TAG)
        );
        assert_eq!(record["tags"].as_object().map(Map::len), Some(1));
    }

    #[test]
    fn what_aws_left_out_is_absent_and_an_empty_text_too() {
        let record = Build::new()
            .text("gone", None::<&str>)
            .text("empty", Some(""))
            .int("none", None::<i32>)
            .time("never", None)
            .rows("list", [])
            .done();
        assert_eq!(Value::Object(record), serde_json::json!({ "list": [] }));
    }

    #[test]
    fn a_time_is_rfc_3339_in_utc() {
        let record = Build::new()
            .time("at", Some(&DateTime::from_secs(1_576_540_098)))
            .done();
        assert_eq!(at(&record, &["at"]), Some("2019-12-16T23:48:18Z"));
    }
}
