//! A class on more than one machine: which students are whose, what a shard leaves beside its students' folders, and how
//! shards are put together again. A student belongs to a shard by the id alone, so that no machine needs to know another.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::integrity::Expected;
use super::roster::Student;

/// The schema that this version writes and reads.
pub const SCHEMA: &str = "labcheck/shard/v1";
/// Where it is, below a shard's folder.
pub const FILE: &str = "shard.json";

/// One of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 1.
    pub index: u32,
    /// How many there are.
    pub size: u32,
}

impl Shard {
    /// Whether a student is this shard's: by the id's digest, whoever else is in the roster.
    #[must_use]
    pub fn has(self, student: &str) -> bool {
        let digest = Sha256::digest(student);
        let number = digest
            .iter()
            .take(8)
            .fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
        number % u64::from(self.size) == u64::from(self.index) - 1
    }

    /// The name of its folder.
    #[must_use]
    pub fn folder(self) -> String {
        format!("shard-{}-of-{}", self.index, self.size)
    }
}

/// How a shard is asked for: `3/8`, `auto`, or `auto/8` where a scheduler tells the index but not how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// This one.
    Given(Shard),
    /// The one that the scheduler says.
    Auto {
        /// How many there are.
        size: Option<u32>,
    },
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no shard: I/N from 1/N to N/N, `auto`, or `auto/N`");
        let number = |text: &str| {
            text.parse::<u32>()
                .ok()
                .filter(|&number| number > 0)
                .ok_or_else(wrong)
        };
        match text.split_once('/') {
            None if text == "auto" => Ok(Self::Auto { size: None }),
            Some(("auto", size)) => Ok(Self::Auto {
                size: Some(number(size)?),
            }),
            Some((index, size)) => {
                let shard = Shard {
                    index: number(index)?,
                    size: number(size)?,
                };
                if shard.index > shard.size {
                    return Err(wrong());
                }
                Ok(Self::Given(shard))
            }
            None => Err(wrong()),
        }
    }
}

impl Asked {
    /// The shard; `variable` reads the environment.
    ///
    /// # Errors
    /// No scheduler says which, or how many there are.
    pub fn shard(self, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
        let told = match self {
            Self::Given(shard) => return Ok(shard),
            Self::Auto { size } => size,
        };
        let number = |name: &str| variable(name)?.parse::<u32>().ok();
        // Slurm's indices begin and step as its user likes, the others' at 0.
        let slurm = || {
            let first = number("SLURM_ARRAY_TASK_MIN").unwrap_or(0);
            let step = number("SLURM_ARRAY_TASK_STEP").unwrap_or(1).max(1);
            let place = number("SLURM_ARRAY_TASK_ID")?.checked_sub(first)? / step;
            Some((place, number("SLURM_ARRAY_TASK_COUNT")))
        };
        let batch = || {
            Some((
                number("AWS_BATCH_JOB_ARRAY_INDEX")?,
                number("AWS_BATCH_JOB_ARRAY_SIZE"),
            ))
        };
        let kubernetes = || Some((number("JOB_COMPLETION_INDEX")?, None));
        let (place, size) = slurm().or_else(batch).or_else(kubernetes).ok_or(
            "--shard auto: no SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX or JOB_COMPLETION_INDEX says which shard this is",
        )?;
        let size = told.or(size).ok_or(
            "--shard auto: the scheduler does not say how many shards there are; name it: --shard auto/N",
        )?;
        if place >= size {
            return Err(format!(
                "--shard auto: this is shard {} of {size}",
                place + 1
            ));
        }
        Ok(Shard {
            index: place + 1,
            size,
        })
    }
}

/// What a shard leaves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Left {
    /// [`SCHEMA`].
    pub schema: String,
    /// Which it is.
    pub shard: Shard,
    /// The lab.
    pub lab: String,
    /// What every run should have been.
    pub expected: Expected,
    /// Everybody in the roster, other shards' students too.
    pub students: Vec<Student>,
    /// What became of its own, by id; none before it came to its end.
    pub graded: Option<BTreeMap<String, Outcome>>,
}

/// What became of a student.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Why there is no report.
    pub nothing: Option<String>,
    /// The run that counts, where it is not the newest: below the student's folder.
    pub run: Option<String>,
    /// The digest of the checks by which the student's own run was judged.
    pub digest: Option<String>,
}

/// A shard that was read, and its folder.
pub type Read = (PathBuf, Left);

/// The shards in these folders: of themselves, or right below.
///
/// # Errors
/// A folder is none and holds none, or a file can't be read.
pub fn read(folders: &[PathBuf]) -> Result<Vec<Read>, String> {
    let mut shards = Vec::new();
    let mut wrong = Vec::new();
    for folder in folders {
        let before = shards.len() + wrong.len();
        if folder.join(FILE).is_file() {
            take(folder, &mut shards, &mut wrong);
        } else {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let mut below: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            below.sort();
            for folder in below.iter().filter(|folder| folder.join(FILE).is_file()) {
                take(folder, &mut shards, &mut wrong);
            }
        }
        if shards.len() + wrong.len() == before {
            wrong.push(format!(
                "{}: no shard, and none in it ({FILE})",
                folder.display()
            ));
        }
    }
    if wrong.is_empty() {
        Ok(shards)
    } else {
        Err(wrong.join("\n"))
    }
}

fn take(folder: &Path, shards: &mut Vec<Read>, wrong: &mut Vec<String>) {
    let file = folder.join(FILE);
    let text = std::fs::read_to_string(&file).map_err(|error| error.to_string());
    match text
        .and_then(|text| serde_json::from_str::<Left>(&text).map_err(|error| error.to_string()))
    {
        Ok(left) if left.schema == SCHEMA => shards.push((folder.to_owned(), left)),
        Ok(left) => wrong.push(format!(
            "{}: of another version, {}",
            file.display(),
            left.schema
        )),
        Err(error) => wrong.push(format!("{}: {error}", file.display())),
    }
}

/// What keeps shards from being put together at all: all of it.
#[must_use]
pub fn contradictions(shards: &[Read]) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some((first_folder, first)) = shards.first() else {
        return wrong;
    };
    let ids = |left: &Left| {
        left.students
            .iter()
            .map(|one| one.id.clone())
            .collect::<Vec<_>>()
    };
    for (folder, left) in &shards[1..] {
        let mut differs = |what: &str| {
            wrong.push(format!(
                "{}: {what} than {}",
                folder.display(),
                first_folder.display()
            ));
        };
        if left.lab != first.lab {
            differs("of another lab");
        }
        if left.expected.checks_digest != first.expected.checks_digest {
            differs("graded by other checks (checks_digest)");
        } else if left.expected != first.expected {
            differs("graded with other options");
        }
        if left.shard.size != first.shard.size {
            differs(&format!(
                "one of {} shards, not of {},",
                left.shard.size, first.shard.size
            ));
        }
        if ids(left) != ids(first) {
            differs("of another roster");
        }
    }
    let mut seen: BTreeMap<Shard, &Path> = BTreeMap::new();
    for (folder, left) in shards {
        if let Some(other) = seen.insert(left.shard, folder) {
            wrong.push(format!(
                "{}: shard {} again, which {} is",
                folder.display(),
                left.shard.index,
                other.display()
            ));
        }
    }
    wrong
}

/// The shards that are not there, or did not come to their end.
#[must_use]
pub fn missing(shards: &[Read]) -> Vec<u32> {
    let size = shards.first().map_or(0, |(_, left)| left.shard.size);
    let done = |index: u32| {
        shards
            .iter()
            .any(|(_, left)| left.shard.index == index && left.graded.is_some())
    };
    (1..=size).filter(|&index| !done(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(size: Option<u32>, environment: &[(&str, &str)]) -> Result<Shard, String> {
        Asked::Auto { size }.shard(|name| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_student_is_in_exactly_one_shard() {
        for size in [1, 2, 7, 8, 64] {
            for student in 0..500 {
                let id = format!("s{student}@school.example");
                let of = (1..=size).filter(|&index| Shard { index, size }.has(&id));
                assert_eq!(of.count(), 1, "{id} of {size}");
            }
        }
        let first = (0..400).filter(|one| Shard { index: 1, size: 8 }.has(&format!("s{one}")));
        assert!((25..=75).contains(&first.count()), "the shares are alike");
    }

    #[test]
    fn what_is_asked_for_is_read_or_refused() {
        let given = |text: &str| text.parse::<Asked>();
        assert_eq!(given("3/8"), Ok(Asked::Given(Shard { index: 3, size: 8 })));
        assert_eq!(given("auto"), Ok(Asked::Auto { size: None }));
        assert_eq!(given("auto/8"), Ok(Asked::Auto { size: Some(8) }));
        for wrong in [
            "", "0/8", "9/8", "8", "a/8", "1/0", "auto/0", "-1/8", "1/8/2",
        ] {
            assert!(given(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_scheduler_says_which_it_is() {
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "15"),
            ("SLURM_ARRAY_TASK_MIN", "11"),
            ("SLURM_ARRAY_TASK_STEP", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "8"),
        ];
        assert_eq!(auto(None, &slurm), Ok(Shard { index: 3, size: 8 }));
        let batch = [
            ("AWS_BATCH_JOB_ARRAY_INDEX", "0"),
            ("AWS_BATCH_JOB_ARRAY_SIZE", "4"),
        ];
        assert_eq!(auto(None, &batch), Ok(Shard { index: 1, size: 4 }));
        let kubernetes = [("JOB_COMPLETION_INDEX", "7")];
        assert_eq!(auto(Some(8), &kubernetes), Ok(Shard { index: 8, size: 8 }));
        assert!(auto(None, &kubernetes).is_err_and(|error| error.contains("auto/N")));
        assert!(auto(Some(7), &kubernetes).is_err());
        assert!(auto(Some(7), &[]).is_err_and(|error| error.contains("SLURM_ARRAY_TASK_ID")));
    }
}
