//! The text of a body, by the charset that its Content-Type names. Nothing here fails: what cannot be decoded becomes
//! U+FFFD.

/// The body's text.
pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    let charset = content_type.and_then(charset).unwrap_or_default();
    if let Some(text) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8_lossy(text).into_owned();
    }
    match charset.as_str() {
        "iso-8859-1" | "latin1" | "windows-1252" | "us-ascii" | "ascii" => {
            bytes.iter().copied().map(windows_1252).collect()
        }
        "utf-16le" => utf16(bytes, u16::from_le_bytes),
        "utf-16" | "utf-16be" => match bytes {
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
            _ => utf16(bytes, u16::from_be_bytes),
        },
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The charset of a Content-Type, in lower case.
fn charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    })
}

/// As browsers read Latin-1: its upper controls are the punctuation of Windows.
fn windows_1252(byte: u8) -> char {
    const PUNCTUATION: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => PUNCTUATION[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes
        .chunks(2)
        .map(|pair| match *pair {
            [first, second] => unit([first, second]),
            _ => 0xfffd,
        })
        .collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn a_body_is_decoded_by_its_charset_and_never_fails() {
        for (bytes, content_type, text) in [
            (&b"\xe7\xa4\xbe"[..], None, "社"),
            (b"\xef\xbb\xbfa", Some("text/html"), "a"),
            (b"\xff\0a", Some("text/html; charset=UTF-8"), "\u{fffd}\0a"),
            (b"\xe9\x80", Some("text/html; Charset=\"ISO-8859-1\""), "é€"),
            (b"a\0", Some("text/plain;charset=utf-16le"), "a"),
            (b"\xff\xfea\0", Some("text/plain;charset=utf-16"), "a"),
            (b"\0a\x01", Some("text/plain;charset=utf-16be"), "a\u{fffd}"),
            (b"a", Some("text/plain; charset=nonsense"), "a"),
            (b"a", Some(";;=;charset"), "a"),
        ] {
            assert_eq!(decode(bytes, content_type), text);
        }
    }
}
