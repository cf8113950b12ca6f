//! Keeping foreign text short and on one line: whatever a peer sends may be endless or hostile, and ends up in reports.
//! It knows nothing of where the text came from.

/// At most `most` characters of `text` on one line: what was cut is marked by `…`, control characters (line breaks and
/// terminal escapes among them) become `·`.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let mut line: String = text
        .chars()
        .take(most)
        .map(|c| if is_unprintable(c) { '·' } else { c })
        .collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

/// Controls, and the marks that turn the direction of text round on a screen.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An error and its causes, joined by `: `, bounded. A cause that its error already quotes is not said twice.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    one_line(&text, 300)
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_line_is_cut_by_characters_and_bears_no_controls() {
        for (text, most, line) in [
            ("plain", 5, "plain"),
            ("plain", 4, "plai…"),
            ("社員管理", 2, "社員…"),
            ("a\r\nb\u{1b}[2Jc\0", 20, "a··b·[2Jc·"),
            ("gpj.\u{202e}exe", 20, "gpj.·exe"),
            ("", 0, ""),
        ] {
            assert_eq!(one_line(text, most), line);
        }
    }
}
