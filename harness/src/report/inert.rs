//! The one gate for strings that we did not write: names, tags, banners, error texts. What comes out is one line of
//! visible characters, bounded, that no terminal, log or CI runner acts upon. It knows nothing of formats.

/// The most characters of one foreign string in a sentence.
pub const BOUND: usize = 160;

/// A foreign string made harmless and cut to [`BOUND`] characters.
#[must_use]
pub fn inert(text: &str) -> String {
    inert_to(text, BOUND)
}

/// A foreign string made harmless and cut to `bound` characters, the `…` included. What acts rather than shows (control
/// characters, escape sequences, line ends, bidi controls, invisible and unassigned ones) is written `\u{1b}`. Doing it
/// twice changes nothing.
#[must_use]
pub fn inert_to(text: &str, bound: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(bound));
    let mut length = 0;
    let mut last = None;
    for character in text.chars() {
        let shown = shown(character, last);
        let width = shown.as_ref().map_or(1, String::len);
        if length + width > bound {
            while length >= bound && length > 0 {
                safe.pop();
                length -= 1;
            }
            safe.push('…');
            break;
        }
        match &shown {
            Some(escape) => safe.push_str(escape),
            None => safe.push(character),
        }
        length += width;
        last = Some(character);
    }
    without_commands(&safe)
}

/// How a character is shown if not as itself.
fn shown(character: char, last: Option<char>) -> Option<String> {
    match character {
        '\n' => Some("\\n".to_owned()),
        '\r' => Some("\\r".to_owned()),
        '\t' => Some("\\t".to_owned()),
        _ if acts(character) => Some(format!("\\u{{{:x}}}", u32::from(character))),
        // A pile of marks on one letter draws over the lines above and below; one or two are a language.
        _ if is_mark(character) && last.is_none_or(is_mark) => {
            Some(format!("\\u{{{:x}}}", u32::from(character)))
        }
        _ => None,
    }
}

/// Whether a character does something other than show itself: it moves the cursor, turns the line round, or hides.
#[must_use]
pub fn acts(character: char) -> bool {
    // Nearly all of every report, and none of it acts.
    if matches!(character, ' '..='~') {
        return false;
    }
    let code = u32::from(character);
    character.is_control()
        || matches!(code,
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfdd0..=0xfdef
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe000..=0xf8ff
            | 0x1d173..=0x1d17a | 0xe0000..=0x0010_ffff)
        || code & 0xfffe == 0xfffe
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// A CI runner takes `::name` at the beginning of a line, and `##[name]` anywhere, for a command. Lines are broken where
/// they fill up, so a blank before it may become a beginning.
fn without_commands(text: &str) -> String {
    let text = text.replace("##[", "#\\u{23}[");
    let mut safe = String::with_capacity(text.len());
    let mut last = None;
    for (place, character) in text.char_indices() {
        let begins = last.is_none_or(char::is_whitespace);
        if begins && is_command(&text[place..]) {
            safe.push_str("\\u{3a}");
        } else {
            safe.push(character);
        }
        last = Some(character);
    }
    safe
}

/// Whether a CI runner would take a line that begins so for a command.
pub(super) fn is_command(text: &str) -> bool {
    let name = text.strip_prefix("::").and_then(|rest| rest.chars().next());
    name.is_some_and(|first| first.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_is_shown_and_what_shows_is_kept() {
        let table = [
            ("社員管理システム é ﾀ 🚀", "社員管理システム é ﾀ 🚀"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("two\r\nlines\tand", "two\\r\\nlines\\tand"),
            ("nul\0", "nul\\u{0}"),
            ("abc\u{202e}txt.exe", "abc\\u{202e}txt.exe"),
            ("web\u{200b}", "web\\u{200b}"),
            ("\u{fffe}\u{ffff}", "\\u{fffe}\\u{ffff}"),
            ("::error::x", "\\u{3a}:error::x"),
            ("x ::set-env name=a::b", "x \\u{3a}:set-env name=a::b"),
            ("Aws::Error, ::/0, fe80::1", "Aws::Error, ::/0, fe80::1"),
            ("##[command]x", "#\\u{23}[command]x"),
            ("か\u{3099}", "か\u{3099}"),
            ("a\u{301}\u{301}\u{301}", "a\u{301}\\u{301}\\u{301}"),
        ];
        for (text, safe) in table {
            assert_eq!(inert(text), safe);
        }
    }

    #[test]
    fn a_long_string_is_cut_where_it_says_so() {
        assert_eq!(inert_to("abcdef", 6), "abcdef");
        assert_eq!(inert_to("abcdefg", 6), "abcde…");
        assert_eq!(inert(&"x".repeat(10_000)).chars().count(), BOUND);
    }

    proptest! {
        #[test]
        fn nothing_that_acts_comes_through_and_twice_is_once(text in any::<String>(), bound in 1usize..40) {
            let once = inert_to(&text, bound);
            prop_assert!(!once.chars().any(acts), "{once:?}");
            prop_assert_eq!(inert_to(&once, usize::MAX), once);
        }
    }
}
