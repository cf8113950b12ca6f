//! The digest of a lab's files: two runs with the same one were judged by the same checks.
use sha2::{Digest, Sha256};

use crate::language::source::Sources;

/// SHA-256 over the files below `folder`, by name and content, in hexadecimal.
#[must_use]
pub fn digest<'s>(files: impl IntoIterator<Item = (&'s str, &'s str)>) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        // Lengths keep two files from standing for one with their texts joined.
        hash.update(path.len().to_be_bytes());
        hash.update(path);
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The files of a lab by their names within its folder, so that a moved checkout has the same digest.
#[must_use]
pub fn of_lab(sources: &Sources, files: std::ops::Range<usize>) -> String {
    let files: Vec<(&str, &str)> = files
        .filter_map(|file| sources.get(file))
        .map(|source| {
            (
                source.path.rsplit('/').next().unwrap_or(&source.path),
                source.text.as_str(),
            )
        })
        .collect();
    digest(files)
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn moving_text_from_one_file_to_the_next_changes_the_digest() {
        assert_ne!(
            digest([("a", "xy"), ("b", "")]),
            digest([("a", "x"), ("b", "y")])
        );
        assert_eq!(digest([("a", "x")]), digest([("a", "x")]));
        assert_eq!(digest([]).len(), 64);
    }
}
