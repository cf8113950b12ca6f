//! Where a run's files go. The folder is tried before the run, so that a run is never made whose report has no place;
//! each file is whole or not there.
use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::exit::ExitCode;
use super::html;
use super::json::{to_json, write_json};
use super::junit;
use super::model::Report;
use crate::text::Lang;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder cannot be made or written to.
    #[error("reports cannot be written to {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// One file could not be written.
    #[error("{} could not be written: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl WriteError {
    /// The exit code for it.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::CannotWrite
    }
}

/// A folder that could be written to when the run began.
#[derive(Clone, Debug)]
pub struct Reports {
    folder: PathBuf,
}

impl Reports {
    /// The folder, made if it is not there, and tried by writing a file that leaves again.
    ///
    /// # Errors
    /// It cannot be made, is a file, or cannot be written to.
    pub fn prepare(folder: impl Into<PathBuf>) -> Result<Self, WriteError> {
        let folder = folder.into();
        let tried = fs::create_dir_all(&folder).and_then(|()| {
            let mut trial = temporary(&folder)?;
            trial.write_all(b"labcheck")?;
            trial.close()
        });
        match tried {
            Ok(()) => Ok(Self { folder }),
            Err(source) => Err(WriteError::Folder { folder, source }),
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `result.json`, `junit.xml` and `report.html`, messages in `lang`.
    ///
    /// # Errors
    /// The first file that could not be written; the others are written all the same.
    pub fn write_report(&self, report: &Report, lang: Lang) -> Result<(), WriteError> {
        let junit = self.made("junit.xml", junit::to_xml(report, lang));
        let page = self.made(
            "report.html",
            html::run(report, lang).map(String::into_bytes),
        );
        // Last: a run that was killed before it has no result, and one that has it has everything.
        let result = self.write_json("result.json", report);
        junit.and(page).and(result)
    }

    /// Writes `evidence.json`.
    ///
    /// # Errors
    /// It could not be written.
    pub fn write_evidence<T: Serialize + ?Sized>(&self, evidence: &T) -> Result<(), WriteError> {
        self.write_json("evidence.json", evidence)
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    /// It could not be written.
    pub fn write_json<T: Serialize + ?Sized>(
        &self,
        name: &str,
        value: &T,
    ) -> Result<(), WriteError> {
        self.made(name, to_json(value))
    }

    /// Writes one file. A reader, and a run that is cut off, finds the old one or the new one, never a part.
    ///
    /// # Errors
    /// It could not be written; the old one is then still there.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        replace(&self.folder, OsStr::new(name), bytes).map_err(|source| self.error(name, source))
    }

    /// Writes one file as [`Reports::write`] does, as its bytes come.
    ///
    /// # Errors
    /// They did not come, or could not be written.
    pub fn write_with(
        &self,
        name: &str,
        bytes: impl FnOnce(&mut BufWriter<&mut fs::File>) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let written = temporary(&self.folder).and_then(|mut file| {
            let mut to = BufWriter::new(file.as_file_mut());
            bytes(&mut to)?;
            to.flush()?;
            drop(to);
            place(file, &self.folder, OsStr::new(name))
        });
        written.map_err(|source| self.error(name, source))
    }

    /// Writes a value as JSON into a file that is named after its own SHA-256, and returns that. Nothing of its size is held
    /// in memory.
    ///
    /// # Errors
    /// It could not be written.
    pub fn write_by_digest<T: Serialize + ?Sized>(&self, value: &T) -> Result<String, WriteError> {
        let written = temporary(&self.folder).and_then(|mut file| {
            let mut to = BufWriter::new(Digesting {
                to: file.as_file_mut(),
                hash: Sha256::new(),
            });
            write_json(&mut to, value)?;
            let Digesting { hash, .. } = to.into_inner().map_err(IntoInnerError::into_error)?;
            let digest = hex(hash);
            place(file, &self.folder, format!("{digest}.json"))?;
            Ok(digest)
        });
        written.map_err(|source| self.error("SHA-256.json", source))
    }

    fn made(&self, name: &str, bytes: io::Result<Vec<u8>>) -> Result<(), WriteError> {
        let bytes = bytes.map_err(|source| self.error(name, source))?;
        self.write(name, &bytes)
    }

    fn error(&self, name: &str, source: io::Error) -> WriteError {
        WriteError::File {
            file: self.folder.join(name),
            source,
        }
    }
}

/// SHA-256 of a file's bytes, in hexadecimal.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A writer that takes the digest of what goes through it.
struct Digesting<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.to.write(bytes)?;
        self.hash.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn replace(folder: &Path, name: &OsStr, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(folder)?;
    file.write_all(bytes)?;
    place(file, folder, name)
}

/// Gives a file its name, once all of it is on the disk.
fn place(file: NamedTempFile, folder: &Path, name: impl AsRef<Path>) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(folder.join(name))
        .map_err(|error| error.error)?;
    sync_folder(folder)
}

/// A temporary file in the same folder, so that the renaming stays within one file system.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".labcheck-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(folder)
}

/// The renaming itself is on disk only once the folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Windows gives no handle to a folder; its renaming is journalled.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_folder_that_is_not_there_is_made_and_left_empty() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path().join("a/b")).unwrap();
        assert_eq!(names(reports.folder()), Vec::<String>::new());
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused_before_the_run_with_exit_code_74() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Reports::prepare(file.join("reports")).unwrap_err();
        assert_eq!(error.exit_code().number(), 74);
        assert!(
            error
                .to_string()
                .starts_with("reports cannot be written to "),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_is_named_after_its_digest_holds_what_the_digest_is_of() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        let digest = reports.write_by_digest(&["a", "b"]).unwrap();
        assert_eq!(names(home.path()), [format!("{digest}.json")]);
        let bytes = fs::read(home.path().join(format!("{digest}.json"))).unwrap();
        assert_eq!(bytes, to_json(&["a", "b"]).unwrap());
        assert_eq!(digest_of(&bytes), digest);
        assert_eq!(reports.write_by_digest(&["a", "b"]).unwrap(), digest);
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_stays() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        reports.write("junit.xml", b"old and long").unwrap();
        reports.write("junit.xml", b"new").unwrap();
        assert_eq!(fs::read(home.path().join("junit.xml")).unwrap(), b"new");
        assert_eq!(names(home.path()), ["junit.xml"]);
    }

    #[test]
    fn bytes_that_come_bit_by_bit_are_a_whole_file_or_none() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        let written = reports.write_with("class.html", |to| {
            to.write_all(b"one ")?;
            to.write_all(b"two")
        });
        written.unwrap();
        let broken = reports.write_with("class.html", |to| {
            to.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        let told = broken.unwrap_err().to_string();
        assert!(
            told.ends_with("class.html could not be written: no more"),
            "{told}"
        );
        assert_eq!(
            fs::read(home.path().join("class.html")).unwrap(),
            b"one two"
        );
        assert_eq!(names(home.path()), ["class.html"]);
    }

    #[test]
    fn a_file_that_cannot_be_replaced_is_told_by_name_and_leaves_no_rest() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        fs::create_dir_all(home.path().join("result.json/full")).unwrap();
        let error = reports.write("result.json", b"{}").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("result.json could not be written: "),
            "{error}"
        );
        assert_eq!(names(home.path()), ["result.json"]);
    }

    #[test]
    fn what_is_no_json_is_an_error_and_no_file() {
        let home = tempfile::tempdir().unwrap();
        let reports = Reports::prepare(home.path()).unwrap();
        let keys_of_lists = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(reports.write_evidence(&keys_of_lists).is_err());
        assert_eq!(names(home.path()), Vec::<String>::new());
    }
}
