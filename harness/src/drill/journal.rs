//! The journal of a stack: what a drill is about to do and how it is undone. It is on disk, flushed and renamed into its
//! place, before the first call, so that whatever becomes of this process, the next one can put things back. Beside it
//! lies a lock that the kernel lets go of when its holder dies: a journal whose lock is free was left behind.
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::mark::Mark;

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "labcheck/drill/v1";

/// How a disruption is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// The server is started again.
    StartServer {
        /// `i-…`
        id: String,
        /// Its name, for people.
        name: String,
    },
    /// The service is started again.
    StartService {
        /// The server.
        id: String,
        /// Its name, for people.
        name: String,
        /// The unit.
        unit: String,
        /// The vantage whose host the server is.
        vantage: String,
    },
    /// The cluster is waited for, and where a writer is named, that one becomes it again.
    Cluster {
        /// The cluster.
        id: String,
        /// Who writes in the end; none: whoever does.
        writer: Option<String>,
    },
}

impl Undo {
    /// The vantage whose host it is done on.
    #[must_use]
    pub fn vantage(&self) -> Option<&str> {
        match self {
            Self::StartService { vantage, .. } => Some(vantage),
            Self::StartServer { .. } | Self::Cluster { .. } => None,
        }
    }
}

/// How far a drill has come. It only ever grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The disruption is about to be called, or has been.
    Begun,
    /// The undoing has begun.
    Undoing,
}

/// What stands in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// [`SCHEMA`].
    pub schema: String,
    /// The stack's name.
    pub stack: String,
    /// Its lab.
    pub lab: String,
    /// The drill.
    pub check: String,
    /// The run, unique.
    pub nonce: String,
    /// Who ran it: process and machine.
    pub owner: String,
    /// When it began.
    pub begun_at: jiff::Timestamp,
    /// By when it is over, if all goes as planned.
    pub until: jiff::Timestamp,
    /// Whether the stack dies with the process (a replica inside of it), so that nothing can be left.
    pub ephemeral: bool,
    /// How far it came.
    pub stage: Stage,
    /// How it is undone.
    pub undo: Undo,
    /// The account that it is undone in: in another one the server is unknown, and that says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

impl Entry {
    /// Whether it can be undone with credentials of this account.
    #[must_use]
    pub fn is_of_account(&self, account: &str) -> bool {
        self.account.as_deref().is_none_or(|own| own == account)
    }

    /// What the resource bears meanwhile.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let writer = match &self.undo {
            Undo::Cluster { writer, .. } => writer.clone(),
            Undo::StartServer { .. } | Undo::StartService { .. } => None,
        };
        Mark {
            nonce: self.nonce.clone(),
            writer,
            owner: self.owner.clone(),
            until: self.until,
        }
    }
}

/// Where the journals of this user are: what was asked for, else `$XDG_STATE_HOME/labcheck`, else
/// `~/.local/state/labcheck`.
#[must_use]
pub fn folder(asked: Option<&Path>) -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    asked
        .map(Path::to_path_buf)
        .or_else(|| Some(PathBuf::from(variable("XDG_STATE_HOME")?).join("labcheck")))
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/state/labcheck")))
        .or_else(|| Some(PathBuf::from(variable("LOCALAPPDATA")?).join("labcheck")))
}

/// The place of one stack's journal.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
    stem: String,
}

impl Place {
    /// Of a stack in a region. Its name may be anything a file system would not take; where it is a stack file's path, each
    /// way to write that path is the same stack.
    #[must_use]
    pub fn of(folder: &Path, stack: &str, region: &str) -> Self {
        let file = Some(Path::new(stack))
            .filter(|path| {
                path.extension()
                    .is_some_and(|ending| ending == "yaml" || ending == "yml")
            })
            .and_then(|path| path.canonicalize().ok());
        let whole = file.map_or_else(|| stack.to_owned(), |path| path.display().to_string());
        let digest = Sha256::digest(format!("{whole}\n{region}"));
        let stack = Path::new(stack).file_stem().unwrap_or_default();
        let stack = stack.to_string_lossy();
        let plain: String = stack
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
            .take(40)
            .collect();
        let digest: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
        Self {
            folder: folder.to_path_buf(),
            stem: format!("{plain}-{digest}"),
        }
    }

    /// The journal's file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.stem))
    }

    /// What is written there; none where nothing is.
    ///
    /// # Errors
    /// The file can't be read, or is no journal of ours: it is left where it is.
    pub fn read(&self) -> io::Result<Option<Entry>> {
        let text = match std::fs::read_to_string(self.file()) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let entry: Entry = serde_json::from_str(&text)?;
        if entry.schema == SCHEMA {
            Ok(Some(entry))
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{} is of another version", entry.schema),
            ))
        }
    }

    /// A drill that this user left behind, and that nobody holds any more.
    #[must_use]
    pub fn left(&self) -> Option<Entry> {
        let entry = self.read().ok().flatten()?;
        let held = match self.lock() {
            Ok(lock) => lock.is_none(),
            Err(_) => false,
        };
        (!held && !entry.ephemeral).then_some(entry)
    }

    /// Takes the stack's lock; none where another process has it. It is let go when it is dropped, or its holder dies.
    ///
    /// # Errors
    /// The folder can't be made, or the file not be opened.
    pub fn lock(&self) -> io::Result<Option<Lock>> {
        std::fs::create_dir_all(&self.folder)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(format!("{}.lock", self.stem)))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Writes the entry: into a file of its own, flushed, then renamed over the old one, and the folder flushed too.
    fn write(&self, entry: &Entry) -> io::Result<()> {
        let text = serde_json::to_string_pretty(entry)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.file()).map_err(|error| error.error)?;
        self.flush_folder()
    }

    /// Removes the journal: nothing is left to put back. The stack's lock must be held.
    ///
    /// # Errors
    /// It could not be removed.
    pub fn remove(&self) -> io::Result<()> {
        match std::fs::remove_file(self.file()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.flush_folder(),
        }
    }

    fn flush_folder(&self) -> io::Result<()> {
        // A rename lasts only when its folder is on disk, where a folder can be opened at all.
        if cfg!(unix) {
            File::open(&self.folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// The lock of a stack.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// An open journal, and the lock that goes with it.
#[derive(Debug)]
pub struct Journal {
    place: Place,
    entry: Entry,
    _lock: Lock,
}

impl Journal {
    /// Begins a journal under a lock. It is on disk when this returns.
    ///
    /// # Errors
    /// It could not be written: then nothing may be touched.
    pub fn begin(place: Place, lock: Lock, entry: Entry) -> io::Result<Self> {
        place.write(&entry)?;
        Ok(Self {
            place,
            entry,
            _lock: lock,
        })
    }

    /// What stands in it.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Where it is.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.place.file()
    }

    /// Notes how far the drill has come. A journal that can't be written any more still says how to undo.
    pub fn note(&mut self, stage: Stage) {
        if stage > self.entry.stage {
            self.entry.stage = stage;
            let _ = self.place.write(&self.entry);
        }
    }

    /// Nothing is left to put back: the journal goes, the lock stays until this is dropped. One that can't be removed only
    /// makes the next run look once more.
    pub fn close(&self) {
        let _ = self.place.remove();
    }
}

/// This process, for others: `1234@host`.
#[must_use]
pub fn owner() -> String {
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let host: String = host
        .trim()
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || ".-".contains(*letter))
        .take(60)
        .collect();
    format!("{}@{host}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn entry() -> Entry {
        let now = jiff::Timestamp::now();
        Entry {
            schema: SCHEMA.to_owned(),
            stack: "demo".to_owned(),
            lab: "ha-web".to_owned(),
            check: "survives".to_owned(),
            nonce: "lc1".to_owned(),
            owner: owner(),
            begun_at: now,
            until: now,
            ephemeral: false,
            stage: Stage::Begun,
            undo: Undo::StartServer {
                id: "i-1".to_owned(),
                name: "ha-web-server-1".to_owned(),
            },
            account: None,
        }
    }

    #[test]
    fn a_journal_is_there_from_its_beginning_to_its_end_and_left_only_when_nobody_holds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::of(folder.path(), "../a b/デモ", "us-east-1");
        assert_eq!(place.file().parent(), Some(folder.path()));
        assert_eq!(place.read().expect("readable"), None);
        let lock = place.lock().expect("a lock").expect("free");
        assert!(place.lock().expect("a lock").is_none(), "it is held");
        let mut journal = Journal::begin(place.clone(), lock, entry()).expect("written");
        assert_eq!(
            place.read().expect("readable").as_ref(),
            Some(journal.entry())
        );
        assert_eq!(place.left(), None, "its holder lives");
        journal.note(Stage::Undoing);
        journal.note(Stage::Begun);
        let on_disk = place.read().expect("readable").expect("there");
        assert_eq!(on_disk.stage, Stage::Undoing, "it never goes back");
        drop(journal);
        assert_eq!(place.left(), Some(on_disk.clone()), "as after a kill");
        let lock = place.lock().expect("a lock").expect("free again");
        let journal = Journal::begin(place.clone(), lock, on_disk).expect("written");
        journal.close();
        assert_eq!(place.read().expect("readable"), None);
        drop(journal);
        assert_eq!(place.left(), None);
    }

    #[test]
    fn each_way_to_write_a_stack_files_path_is_one_stack() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bed.yaml");
        std::fs::write(&path, "").expect("written");
        let place =
            |path: &Path| Place::of(folder.path(), &path.display().to_string(), "us-east-1").file();
        let around = folder
            .path()
            .join(".")
            .join("..")
            .join(folder.path().file_name().expect("a name"));
        assert_eq!(place(&path), place(&around.join("bed.yaml")));
        assert_ne!(place(&path), place(&folder.path().join("other.yaml")));
        let name = place(&path);
        let name = name.file_name().expect("a name").to_string_lossy();
        assert!(name.starts_with("bed-"), "{name}");
    }

    #[test]
    fn what_can_not_be_written_is_an_error_and_what_is_none_of_ours_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("written");
        assert!(Place::of(&file, "demo", "r").lock().is_err());
        let place = Place::of(folder.path(), "demo", "r");
        std::fs::write(place.file(), "{}").expect("written");
        assert!(place.read().is_err() && place.left().is_none());
        assert!(place.file().exists());
    }
}
