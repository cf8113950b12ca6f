//! Dotted paths into an observation: `error.code`, `tags.Name`, `tags."a.b"`. It knows their spelling, and not which
//! fields there are.
use std::fmt;

use super::ast::FieldPath;

/// Why a text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// `a..b`, `.a`, `a.` or nothing.
    #[error("a path with an empty part")]
    EmptyPart,
    /// A quote that is not closed, or something between it and the next dot.
    #[error("a path with a quote out of place")]
    Quote,
    /// `a[0]`.
    #[error("a path into a list by number")]
    Index,
}

impl PathError {
    /// How to mend it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::EmptyPart => "write one dot between two names: `error.code`",
            Self::Quote => "a name that holds dots stands whole in quotes: `tags.\"a.b\"`",
            Self::Index => {
                "the order of a list means nothing here: use `some`, `every`, `only` or `count`"
            }
        }
    }
}

impl FieldPath {
    /// Reads a path.
    ///
    /// # Errors
    /// When a part is empty, a quote stands out of place, or a list's element is asked for by number.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (part, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or(PathError::Quote)?,
                None => plain_part(rest)?,
            };
            if part.is_empty() {
                return Err(PathError::EmptyPart);
            }
            parts.push(part.to_owned());
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(Self(parts)),
                None => return Err(PathError::Quote),
            }
        }
    }
}

/// A part up to the next dot.
fn plain_part(rest: &str) -> Result<(&str, &str), PathError> {
    let (part, after) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    if part.contains('"') {
        return Err(PathError::Quote);
    }
    if part.ends_with(']') && part.contains('[') {
        return Err(PathError::Index);
    }
    Ok((part, after))
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            if part.contains('.') {
                write!(f, "{dot}\"{part}\"")?;
            } else {
                write!(f, "{dot}{part}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_part_by_part_and_written_back() {
        for (text, parts) in [
            ("outcome", &["outcome"][..]),
            ("error.code", &["error", "code"]),
            ("tags.Name", &["tags", "Name"]),
            ("tags.\"a.b\"", &["tags", "a.b"]),
            ("\"a.b\".c", &["a.b", "c"]),
            (
                "tags.aws:cloudformation:stack-name",
                &["tags", "aws:cloudformation:stack-name"],
            ),
            ("tags.名前", &["tags", "名前"]),
        ] {
            let path = FieldPath::parse(text).unwrap();
            assert_eq!(path.0, parts);
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_is_told_apart() {
        for (text, error) in [
            ("", PathError::EmptyPart),
            ("a..b", PathError::EmptyPart),
            (".a", PathError::EmptyPart),
            ("a.", PathError::EmptyPart),
            ("a.\"\"", PathError::EmptyPart),
            ("a.\"b", PathError::Quote),
            ("a\"b\"", PathError::Quote),
            ("\"a\"b", PathError::Quote),
            ("targets[0].health", PathError::Index),
        ] {
            assert_eq!(FieldPath::parse(text), Err(error), "{text}");
        }
    }
}
