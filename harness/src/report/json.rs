//! JSON files: `result.json` and `evidence.json`, pretty and in ASCII where a letter acts rather than shows. It knows
//! nothing of what is in them.
use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

use super::inert::acts;

/// A value as JSON text, ended by a line feed. Letters that a terminal acts upon (bidi controls, C1 controls, invisible
/// ones) are written as `\u` escapes: the same string to a program, and harmless to who prints the file.
///
/// # Errors
/// The value cannot be written as JSON: a map whose keys are no strings.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    write_json(&mut text, value)?;
    Ok(text)
}

/// Writes a value as [`to_json`] puts it.
///
/// # Errors
/// As there, and what `to` says.
pub fn write_json<T: Serialize + ?Sized>(mut to: impl io::Write, value: &T) -> io::Result<()> {
    let formatter = Inert(PrettyFormatter::new());
    value
        .serialize(&mut Serializer::with_formatter(&mut to, formatter))
        .map_err(io::Error::from)?;
    to.write_all(b"\n")
}

/// Pretty JSON whose strings hold nothing that acts.
struct Inert(PrettyFormatter<'static>);

impl Formatter for Inert {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(place) = rest.find(acts) {
            writer.write_all(&rest.as_bytes()[..place])?;
            let character = rest[place..].chars().next().unwrap_or_default();
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[place + character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::to_json;
    use crate::report::inert::acts;

    #[test]
    fn a_letter_that_acts_is_escaped_and_read_back_as_itself() {
        let value = json!({ "a\u{202e}": ["\u{9b}31m", "社員", "\u{fffe}", "\u{e0041}", "plain"] });
        let text = String::from_utf8(to_json(&value).unwrap()).unwrap();
        assert!(
            text.contains(r#""\u009b31m""#) && text.contains(r#""\udb40\udc41""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn half_a_surrogate_pair_is_no_json_and_its_escape_as_text_stays_text() {
        assert!(serde_json::from_str::<Value>(r#""\ud800""#).is_err());
        let text = String::from_utf8(to_json("\\ud800").unwrap()).unwrap();
        assert_eq!(text, "\"\\\\ud800\"\n");
    }

    proptest! {
        #[test]
        fn any_string_is_read_back_and_nothing_in_it_acts(text in any::<String>()) {
            let json = String::from_utf8(to_json(&text).unwrap()).unwrap();
            prop_assert!(!json.trim_end_matches('\n').chars().any(acts));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
