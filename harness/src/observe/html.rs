//! The title of an HTML page, for a person to recognise the page by. It is no HTML parser: it finds the first `<title>`
//! outside comments, and decodes the character references that titles bear.
use super::bounds::one_line;

/// At most so many characters of a title are kept.
const LONGEST: usize = 300;

/// The text of the page's first `<title>`, references decoded, white space collapsed; none if it has none.
pub(super) fn title(page: &str) -> Option<String> {
    let mut rest = page;
    loop {
        let open = rest.find('<')?;
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if begins_with_tag(rest, "<title") {
            let text = &rest[rest.find('>')? + 1..];
            let end = find_ignoring_case(text, "</title")?;
            let words: Vec<_> = text[..end].split_whitespace().collect();
            return Some(one_line(&decoded(&words.join(" ")), LONGEST));
        } else {
            rest = &rest[1..];
        }
    }
}

/// Whether `text` begins with this tag, and not with a longer tag's name.
fn begins_with_tag(text: &str, tag: &str) -> bool {
    text.get(..tag.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(tag))
        && text[tag.len()..].starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace())
}

fn find_ignoring_case(text: &str, tag: &str) -> Option<usize> {
    text.match_indices("</")
        .map(|(place, _)| place)
        .find(|place| {
            text.get(*place..place + tag.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(tag))
        })
}

/// Replaces numeric references and the five named ones that escaping produces, `&nbsp;` too.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        let (c, length) = reference(rest).unwrap_or(('&', 1));
        out.push(c);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The character that a reference at the start of `text` stands for, and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let c = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        number => {
            let digits = number.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_title_is_found_and_decoded() {
        for (page, text) in [
            (
                "<html lang=\"ja\"><title>社員管理システム</title>",
                Some("社員管理システム"),
            ),
            ("<TITLE\n class=x> a \r\n b </TITLE >", Some("a b")),
            ("<!-- <title>no</title> --><title>yes</title>", Some("yes")),
            ("<titles>no</titles><title>yes</title>", Some("yes")),
            (
                "<title>a &amp; b &lt;c&gt; &#8211; &#x793E; &nope; &</title>",
                Some("a & b <c> – 社 &nope; &"),
            ),
            ("<title>&amp;lt;</title>", Some("&lt;")),
            ("<title>&#x1b;[2J</title>", Some("·[2J")),
            (
                "<title>&#xFFFFFFFFF;&#xD800;</title>",
                Some("&#xFFFFFFFFF;&#xD800;"),
            ),
            ("<title></title>", Some("")),
            ("<title>never closed", None),
            ("<title", None),
            ("<!-- <title>a</title>", None),
            ("no page at all & nothing <", None),
            ("", None),
        ] {
            assert_eq!(title(page).as_deref(), text, "{page}");
        }
    }

    #[test]
    fn a_title_is_bounded_and_a_hostile_page_is_read_once() {
        let long = format!("<title>{}</title>", "社".repeat(5000));
        assert_eq!(title(&long).unwrap().chars().count(), 301);
        let opened = "<title><".repeat(100_000);
        assert_eq!(title(&opened), None);
        let closings = format!("<title>{}", "</titl".repeat(100_000));
        assert_eq!(title(&closings), None);
    }
}
