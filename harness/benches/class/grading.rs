//! A class graded by the binary as an instructor starts it, and what it left. Nothing is judged here.
use std::fs;
use std::path::PathBuf;

use labcheck::aws::Snapshot;
use labcheck::grade::looks::Read;
use labcheck::report::model::Report;
use labcheck::run::evidence::Evidence;
use labcheck::run::{Options, Prepared, prepare};
use tempfile::TempDir;

use crate::account::Account;
use crate::measure::process::{Took, read, root, timed};

/// How many students at once. A student takes some eight seconds, most of them for silent ports, and the account gives less
/// than three a second at ten times its rates: more would only stand in the queue, in memory.
const JOBS: usize = 22;

/// What grading a class took, and what came of it.
pub struct Grading {
    /// How many students.
    pub students: usize,
    /// How many times as fast as published the account may be asked.
    pub raised: u32,
    /// What the process took.
    pub took: Took,
    folder: TempDir,
}

impl Grading {
    /// Grades everybody.
    pub fn of(account: &Account, raised: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("a file in the folder");
        };
        write("roster.csv", &account.roster());
        write("stack.yaml", &account.template());
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let args = [
            "grade",
            "--lab",
            "ha-web",
            "--lang",
            "en",
            "--allow-emulator",
            "--roster",
            &path("roster.csv"),
            "--stack-template",
            &path("stack.yaml"),
            "--out",
            &path("class"),
            "--jobs",
            &JOBS.to_string(),
            "--api-rate",
            &raised.to_string(),
        ];
        let took = timed(&args, &account.keys());
        Self {
            students: account.students,
            raised,
            took,
            folder,
        }
    }

    fn class(&self) -> PathBuf {
        self.folder.path().join("class")
    }

    /// Each student's report.
    pub fn reports(&self) -> impl Iterator<Item = Report> {
        self.folders().map(|folder| read(&folder, "result.json"))
    }

    /// What each student's run saw.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        let mut looks = Read::default();
        self.folders().map(move |folder| {
            let kept = looks.run(&folder);
            kept.unwrap_or_else(|why| panic!("{why}")).evidence
        })
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        let students = self.class().join("students");
        let numbers = 1..=self.students;
        numbers.map(move |number| students.join(format!("{number:04}")))
    }

    /// What was seen of the account: the only look that was kept.
    pub fn look(&self) -> Snapshot {
        let looks = fs::read_dir(self.class().join("looks")).expect("looks");
        let looks: Vec<_> = looks.map(|entry| entry.expect("a file").path()).collect();
        let [look] = &looks[..] else {
            panic!("one look at one account, and not {}", looks.len());
        };
        serde_json::from_slice(&fs::read(look).expect("a look")).expect("a look is read")
    }

    /// The first student's run, prepared as it was then.
    pub fn prepared(&self) -> Prepared {
        prepare(Options {
            stack: Some(self.stack(1)),
            checks: Some(root().join("checks")),
            reports: Some(self.folder.path().join("prepared")),
            ..Options::default()
        })
        .unwrap_or_else(|refusal| panic!("{}", refusal.message))
    }

    fn stack(&self, number: usize) -> String {
        let file = format!("students/{number:04}/stack.yaml");
        self.class().join(file).to_string_lossy().into_owned()
    }

    /// How much is on the disk of it, in bytes.
    pub fn size(&self) -> u64 {
        fn size(folder: PathBuf) -> u64 {
            let entries = fs::read_dir(folder).expect("a folder").flatten();
            let sizes = entries.map(|entry| match entry.metadata() {
                Ok(file) if file.is_file() => file.len(),
                _ => size(entry.path()),
            });
            sizes.sum()
        }
        size(self.class())
    }
}
