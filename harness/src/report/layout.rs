//! Lines of a given width, in columns: East Asian letters are two wide. It knows nothing of what the lines say.
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::inert::is_command;

/// How many columns a text takes. A letter whose width the terminal chooses (`→`, `…`) counts as two: a line that is
/// short by one is better than one that runs over.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width_cjk()
}

/// A text on as many lines as it takes, each `width` columns at most. English breaks at blanks, Japanese between any two
/// letters but before closing marks and after opening ones; a word that is longer than a line is cut.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for piece in pieces(text) {
        let wide = columns(piece.trim_end());
        if used > 0 && used + wide > width {
            start_line(&mut lines);
            used = 0;
        }
        if wide > width {
            for (place, character) in piece.char_indices() {
                if used + character.width_cjk().unwrap_or(0) > width {
                    start_line(&mut lines);
                    used = 0;
                }
                // A word cut in two may begin a line with what was harmless in its middle.
                if used == 0 && is_command(&piece[place..]) {
                    "\\u{3a}".chars().for_each(|c| push(&mut lines, c));
                    used += 6;
                } else {
                    push(&mut lines, character);
                    used += character.width_cjk().unwrap_or(0);
                }
            }
        } else {
            piece.chars().for_each(|c| push(&mut lines, c));
            used += columns(piece);
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// A text on at most `lines` lines, the last of which ends in `…` where something was cut; and whether it was.
#[must_use]
pub fn wrap_to(text: &str, width: usize, lines: usize) -> (Vec<String>, bool) {
    let mut wrapped = wrap(text, width);
    if wrapped.len() <= lines {
        return (wrapped, false);
    }
    let above = lines.max(1) - 1;
    // The last line is filled up to its end rather than to the last blank: what is cut off is the answer's end.
    let begins = wrapped[..above].iter().try_fold(0, |begins, line| {
        let place = text[begins..].find(line.as_str())?;
        Some(begins + place + line.len())
    });
    let rest = begins.map_or(wrapped[above].as_str(), |begins| &text[begins..]);
    let last = cut(&format!("{}…", rest.trim_start()), width);
    wrapped.truncate(above);
    wrapped.push(last);
    (wrapped, true)
}

/// A text on one line, ended by `…` where it was cut.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += character.width_cjk().unwrap_or(0);
        if used + 2 > width {
            break;
        }
        kept.push(character);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

fn start_line(lines: &mut Vec<String>) {
    lines.push(String::new());
}

fn push(lines: &mut [String], character: char) {
    if let Some(line) = lines.last_mut() {
        if line.is_empty() && character == ' ' {
            return;
        }
        line.push(character);
    }
}

/// The pieces between which a line may break; a blank belongs to the piece before it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (place, character) in text.char_indices() {
        if before.is_some_and(|before| may_break(before, character)) {
            pieces.push(&text[start..place]);
            start = place;
        }
        before = Some(character);
    }
    pieces.push(&text[start..]);
    pieces
}

fn may_break(before: char, after: char) -> bool {
    const CLOSING: &str =
        "、。，．・：；？！）」』】〕］｝〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…)]},.:;!?%";
    const OPENING: &str = "（「『【〔［｛〈《([{";
    if after == ' ' || CLOSING.contains(after) || OPENING.contains(before) {
        return false;
    }
    // Only letters that are wide in any terminal: an arrow or an ellipsis is no place to break at.
    let wide = |character: char| character.width() == Some(2);
    before == ' ' || wide(before) || wide(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_breaks_at_blanks_and_japanese_between_letters() {
        let english = wrap("Open the security group and edit its rules", 16);
        assert_eq!(
            english,
            ["Open the", "security group", "and edit its", "rules"]
        );
        let japanese = wrap("セキュリティグループのルールを編集します。", 20);
        assert_eq!(
            japanese,
            ["セキュリティグループ", "のルールを編集しま", "す。"]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_width() {
        let text = "ha-web-server-sg のインバウンドルール（カスタム TCP 3000）→ ha-alb-sg を追加。 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
        for width in 8..60 {
            for line in wrap(text, width) {
                assert!(columns(&line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn what_is_cut_says_so_and_keeps_the_width() {
        let (lines, was_cut) = wrap_to("one two three four five", 9, 2);
        assert!(was_cut);
        assert_eq!(lines, ["one two", "three f…"]);
        assert_eq!(cut("社員管理システム", 10), "社員管理…");
        assert_eq!(cut("short", 10), "short");
    }

    #[test]
    fn a_word_cut_in_two_starts_no_command() {
        let lines = wrap("aaaaaaaa::error::x", 8);
        assert!(
            lines.iter().all(|line| !line.starts_with("::e")),
            "{lines:?}"
        );
    }
}
