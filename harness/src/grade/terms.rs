//! What a class was graded by, kept beside its gradebook: whoever judges its runs again holds them against the same, and
//! knows by which checks each was judged when it was made.
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::integrity::Expected;
use super::shard::Outcome;
use crate::report::inert::inert_to;

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "labcheck/class/v1";
/// Where it is, below a class's folder.
pub const FILE: &str = "class.json";

/// What a class was graded by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// [`SCHEMA`].
    pub schema: String,
    /// What every run should have been.
    pub expected: Expected,
    /// The digest of the checks by which a run was judged when it was made, where that is not in its report; by student.
    pub digests: BTreeMap<String, String>,
}

impl Terms {
    /// Those of a class in which these became of the students.
    #[must_use]
    pub fn of(expected: &Expected, told: &BTreeMap<String, Outcome>) -> Self {
        let told = told.iter();
        let digests = told.filter_map(|(id, one)| Some((id.clone(), one.digest.clone()?)));
        Self::new(expected.clone(), digests.collect())
    }

    /// With these digests.
    #[must_use]
    pub fn new(expected: Expected, digests: BTreeMap<String, String>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            expected,
            digests,
        }
    }

    /// Those in a class's folder; none where an earlier version graded it.
    ///
    /// # Errors
    /// They are there and can't be read: the file, what is wrong, and what to do.
    pub fn read(class: &Path) -> Result<Option<Self>, String> {
        let file = class.join(FILE);
        let told = |what: &str| {
            let file = file.to_string_lossy();
            let (file, what) = (inert_to(&file, 200), inert_to(what, 200));
            format!("{file}: {what}\n  remove it to judge by the command line's options alone")
        };
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(told(&error.to_string())),
        };
        let terms: Self = serde_json::from_str(&text).map_err(|error| told(&error.to_string()))?;
        if terms.schema == SCHEMA {
            Ok(Some(terms))
        } else {
            Err(told(&format!("of another version, {}", terms.schema)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_read_as_they_were_written_and_what_is_none_of_ours_is_told_with_its_file() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Terms::read(home.path()), Ok(None));
        let told = BTreeMap::from([
            (
                "a".to_owned(),
                Outcome {
                    digest: Some("ab".to_owned()),
                    ..Outcome::default()
                },
            ),
            ("b".to_owned(), Outcome::default()),
        ]);
        let expected = Expected {
            deadline: Some("2026-02-01T00:00:00Z".parse().unwrap()),
            allow_emulator: true,
            ..Expected::default()
        };
        let terms = Terms::of(&expected, &told);
        assert_eq!(terms.digests.len(), 1);
        let write = |text: String| std::fs::write(home.path().join(FILE), text).unwrap();
        write(serde_json::to_string(&terms).unwrap());
        assert_eq!(Terms::read(home.path()), Ok(Some(terms.clone())));
        let newer = Terms {
            schema: "labcheck/class/v9".to_owned(),
            ..terms
        };
        for (text, what) in [
            (serde_json::to_string(&newer).unwrap(), "another version"),
            ("{".to_owned(), "EOF"),
        ] {
            write(text);
            let wrong = Terms::read(home.path()).unwrap_err();
            assert!(
                wrong.contains("class.json: ") && wrong.contains(what) && wrong.contains("remove"),
                "{wrong}"
            );
        }
    }
}
