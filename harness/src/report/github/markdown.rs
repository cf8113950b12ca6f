//! Text for GitHub's Markdown: sentences in which nothing of theirs is markup, and blocks that are shown to the letter.
//! It knows nothing of what the text says.
use crate::report::inert::inert_to;

/// A sentence of ours or of a lab's author. Backticks are the author's; what makes links, tags, mentions, images, tables
/// and emphasis is shown to the letter.
pub fn sentence(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in inert_to(text, usize::MAX).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // Behind a zero-width joiner no name is a mention and no address is a link.
            '@' => safe.push_str("@&#8205;"),
            '[' | ']' | '!' | '|' | '\\' | '*' | '_' | '~' | '#' => {
                safe.push('\\');
                safe.push(character);
            }
            _ => safe.push(character),
        }
    }
    for scheme in ["http://", "https://", "www."] {
        safe = safe.replace(scheme, &split(scheme));
    }
    safe
}

/// A scheme that starts no link: its last punctuation stands alone.
fn split(scheme: &str) -> String {
    scheme
        .replace("//", "/&#8205;/")
        .replace("www.", "www&#8205;.")
}

/// A word in code: ids, values.
pub fn code(text: &str) -> String {
    format!("`{}`", inert_to(text, 200).replace('`', "'"))
}

/// Lines that are shown to the letter, indented by `indent` blanks.
pub fn block(lines: &[String], indent: usize) -> String {
    let lines: Vec<String> = lines.iter().map(|line| inert_to(line, 2_000)).collect();
    let longest = lines
        .iter()
        .flat_map(|line| line.split(|c| c != '`').map(str::len))
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let indent = " ".repeat(indent);
    let mut text = format!("{indent}{fence}text\n");
    for line in lines {
        text.push_str(&format!("{indent}{line}\n"));
    }
    text.push_str(&format!("{indent}{fence}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_sentence_is_markup() {
        for (text, shown) in [
            ("path `/`", "path `/`"),
            ("<script>", "&lt;script&gt;"),
            ("![x](http://a)", "\\!\\[x\\](http:/&#8205;/a)"),
            ("@everyone", "@&#8205;everyone"),
            ("a|b", "a\\|b"),
            ("see www.example.com", "see www&#8205;.example.com"),
            ("two\nlines", "two\\\\nlines"),
        ] {
            assert_eq!(sentence(text), shown, "{text}");
        }
    }

    #[test]
    fn a_block_ends_where_we_end_it() {
        let hostile = ["````".to_owned(), "a\n```\nb".to_owned()];
        let text = block(&hostile, 2);
        assert_eq!(text, "  `````text\n  ````\n  a\\n```\\nb\n  `````\n");
    }
}
