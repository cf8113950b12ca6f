//! What a class's runs saw of an account that they share, each look once: a file below `looks`, named after its SHA-256. A
//! run's evidence keeps in what it differs from it. Whoever judges again reads each look once.
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::aws::Snapshot;
use crate::report::files::{Reports, WriteError, digest_of};
use crate::report::inert::inert_to;
use crate::run::again::{Kept, LARGEST};
use crate::run::evidence::Evidence;

/// Where the looks are, below a class's folder.
const FOLDER: &str = "looks";

/// How far above a run's folder the class's is at most: `students/ID/earlier/N`.
const ABOVE: usize = 5;

/// The looks that are written.
#[derive(Debug)]
pub struct Looks {
    folder: PathBuf,
    written: Mutex<Vec<(Snapshot, String)>>,
}

impl Looks {
    /// Those of the class whose folder this is; none is written yet.
    #[must_use]
    pub fn below(class: &Path) -> Self {
        Self {
            folder: class.join(FOLDER),
            written: Mutex::default(),
        }
    }

    /// Writes a run's evidence into its folder; what it saw with others, only once.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn write(
        &self,
        reports: &Reports,
        evidence: &Evidence,
        look: Option<&Snapshot>,
    ) -> Result<(), WriteError> {
        if let Some(look) = look {
            let digest = self.keep(look)?;
            if let Some(apart) = evidence.apart(look, &digest) {
                return reports.write_evidence(&apart);
            }
        }
        reports.write_evidence(evidence)
    }

    fn keep(&self, look: &Snapshot) -> Result<String, WriteError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, digest)) = written.iter().find(|(known, _)| known == look) {
            return Ok(digest.clone());
        }
        let digest = Reports::prepare(&self.folder)?.write_by_digest(look)?;
        written.push((look.clone(), digest.clone()));
        Ok(digest)
    }
}

/// The looks that were read.
#[derive(Debug, Default)]
pub struct Read(HashMap<String, Snapshot>);

impl Read {
    /// Reads the folder of a run of a class.
    ///
    /// # Errors
    /// As [`Kept::read`]; the look that it is told apart from is not where the class keeps it, or was changed.
    pub fn run(&mut self, folder: &Path) -> Result<Kept, String> {
        Kept::read_with(folder, |digest| self.look(folder, digest))
    }

    fn look(&mut self, folder: &Path, digest: &str) -> Result<Snapshot, String> {
        if let Some(known) = self.0.get(digest) {
            return Ok(known.clone());
        }
        let shown = inert_to(digest, 64);
        let none = || format!("{FOLDER}/{shown}.json, which evidence.json leans on, is not there");
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = folder.canonicalize().map_err(|_| none())?;
        let mut places = folder.ancestors().take(ABOVE);
        let file = places
            .find_map(|above| {
                let file = above.join(FOLDER).join(format!("{digest}.json"));
                (is_digest && file.is_file()).then_some(file)
            })
            .ok_or_else(none)?;
        let told = |error: &dyn std::fmt::Display| format!("{FOLDER}/{shown}.json: {error}");
        let length = file.metadata().map_err(|error| told(&error))?.len();
        if length > LARGEST {
            return Err(told(&format!("more than {LARGEST} bytes")));
        }
        let bytes = std::fs::read(file).map_err(|error| told(&error))?;
        if digest_of(&bytes) != digest {
            return Err(told(&"it is not what its name says: it was changed"));
        }
        let look: Snapshot = serde_json::from_slice(&bytes).map_err(|error| told(&error))?;
        self.0.insert(digest.to_owned(), look.clone());
        Ok(look)
    }
}
