//! The files that were read: their paths as shown to people, their text, and where a byte lies in lines and columns.
//! It knows nothing of YAML.
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::ast::Span;
use super::builtin;
use super::diagnostic::{Diagnostic, Diagnostics};

/// The most that a file of ours may hold. A lab's largest is about 30 KiB; what is larger is a mistake or an attack.
pub const MAX_BYTES: u64 = 1 << 20;

/// All files of a run, in the order in which they were read. A [`Span`] points into one of them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user wrote it or as it was found below what the user wrote.
    pub path: String,
    /// The text; empty where it could not be read.
    pub text: String,
}

/// A place as people count: lines and characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Sources {
    /// How many files were read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Takes a text that is already in memory, and gives its number.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> usize {
        self.files.push(Source {
            path: path.into(),
            text: text.into(),
        });
        self.files.len() - 1
    }

    /// Reads a file and gives its number; what kept it from being read is told in `found`.
    pub fn read(&mut self, path: &Path, found: &mut Diagnostics) -> Option<usize> {
        match read(path) {
            Ok(text) => Some(self.add(path.display().to_string(), text)),
            Err(why) => {
                let place = self.nowhere(path);
                found.push(Diagnostic::new(place, why.title).maybe_help(why.help));
                None
            }
        }
    }

    /// A place for what concerns a whole path, which may not exist or not be a file.
    pub fn nowhere(&mut self, path: &Path) -> Span {
        Span {
            file: self.add(path.display().to_string(), String::new()),
            start: 0,
            end: 0,
        }
    }

    /// The file of that number; none for a number that these sources never gave.
    #[must_use]
    pub fn get(&self, file: usize) -> Option<&Source> {
        self.files.get(file)
    }

    /// The path of the file that a place lies in.
    #[must_use]
    pub fn path(&self, span: Span) -> &str {
        self.get(span.file).map_or("", |source| &source.path)
    }

    /// The characters at a place.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|source| source.text.get(span.start..span.end))
            .unwrap_or_default()
    }

    /// The line and column at which a place begins.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        self.get(span.file)
            .map_or(Position { line: 1, column: 1 }, |source| {
                source.position(span.start)
            })
    }
}

impl Source {
    /// The line and column of a byte; a byte inside a character counts as that character's first.
    #[must_use]
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte);
        let before = &self.text[..byte];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }

    /// The byte at a line and column, within the text.
    #[must_use]
    pub fn byte(&self, position: Position) -> usize {
        let start = match position.line {
            0 | 1 => 0,
            line => self
                .text
                .match_indices('\n')
                .nth(line - 2)
                .map_or(self.text.len(), |(at, _)| at + 1),
        };
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let within = line.char_indices().nth(position.column.saturating_sub(1));
        start + within.map_or(line.len(), |(at, _)| at)
    }
}

/// Why a file could not be read, in an author's words.
struct Unreadable {
    title: String,
    help: Option<String>,
}

impl Unreadable {
    fn because(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            help: None,
        }
    }
}

fn read(path: &Path) -> Result<String, Unreadable> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Unreadable::because("no such file"),
        _ => Unreadable::because(format!("the file can't be read: {error}")),
    };
    if builtin::is_ours(path) {
        let ours = builtin::read(path).and_then(|bytes| String::from_utf8(bytes).ok());
        return ours.ok_or_else(|| Unreadable::because("no such file"));
    }
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(Unreadable::because("not a file"));
    }
    let mut bytes = Vec::new();
    // One byte more than is allowed tells a file that grew, or whose size the system does not know, from one that fits.
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if metadata.len().max(bytes.len() as u64) > MAX_BYTES {
        return Err(Unreadable {
            title: format!("the file is larger than {} MiB", MAX_BYTES >> 20),
            help: Some("a lab is a folder: divide the checks over several files".to_owned()),
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| Unreadable {
        title: format!(
            "the file is not UTF-8: the first bad byte is byte {}",
            error.utf8_error().valid_up_to()
        ),
        help: Some("save it as UTF-8".to_owned()),
    })?;
    // A byte order mark would be a character of the first line that nobody sees.
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_lies_in_the_line_and_character_that_a_person_counts() {
        let text = "a: 1\n日本: [x]\n\nend";
        let mut sources = Sources::default();
        let file = sources.add("t.yaml", text);
        for (needle, line, column) in [
            ("a", 1, 1),
            ("1", 1, 4),
            ("日", 2, 1),
            ("本", 2, 2),
            ("x", 2, 6),
            ("end", 4, 1),
        ] {
            let start = text.find(needle).unwrap();
            let position = sources.position(Span {
                file,
                start,
                end: start,
            });
            assert_eq!(position, Position { line, column }, "{needle}");
            assert_eq!(sources.get(file).unwrap().byte(position), start, "{needle}");
        }
    }

    #[test]
    fn a_place_outside_the_text_is_brought_inside() {
        let source = Source {
            path: String::new(),
            text: "é\nb".to_owned(),
        };
        assert_eq!(source.position(1), Position { line: 1, column: 1 });
        assert_eq!(source.position(99), Position { line: 2, column: 2 });
        for (line, column, byte) in [(0, 0, 0), (1, 99, 2), (2, 99, 4), (99, 1, 4)] {
            assert_eq!(
                source.byte(Position { line, column }),
                byte,
                "{line}:{column}"
            );
        }
    }

    #[test]
    fn what_is_no_readable_text_is_told_and_never_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let fits = "x".repeat(usize::try_from(MAX_BYTES).unwrap());
        for (path, title) in [
            (folder.path().join("none.yaml"), "no such file"),
            (folder.path().to_path_buf(), "not a file"),
            (
                file("big.yaml", format!("{fits}x").as_bytes()),
                "the file is larger than 1 MiB",
            ),
            (
                file("latin.yaml", b"a: caf\xe9"),
                "the file is not UTF-8: the first bad byte is byte 6",
            ),
        ] {
            let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
            assert_eq!(sources.read(&path, &mut found), None);
            assert_eq!(found.titles(), [title]);
        }
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        assert!(
            sources
                .read(&file("fits.yaml", fits.as_bytes()), &mut found)
                .is_some()
        );
        assert!(found.is_empty());
    }
}
