//! What is to be judged again: of each path a run's own folder, or everybody of a class. Nobody is called as another is,
//! since each has a line of one gradebook; who had no run has none now.
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::roster::Student;
use super::terms::Terms;
use crate::report::inert::inert_to;
use crate::run::Refusal;

/// The most of one mistake that are told.
const MOST: usize = 10;

/// A run to judge again.
#[derive(Debug)]
pub struct Run {
    /// Whose.
    pub student: Student,
    /// Its folder, or why the class has none of the student.
    pub folder: Result<PathBuf, String>,
    /// The path in which it was found.
    from: PathBuf,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// In the paths' order, and in that of the class's rows.
    pub runs: Vec<Run>,
    /// What the classes among them were graded by, with their folders.
    terms: Vec<(PathBuf, Terms)>,
}

impl Found {
    /// What these paths hold.
    ///
    /// # Errors
    /// One is neither a run nor a class, or two students would be one.
    pub fn of(paths: &[PathBuf]) -> Result<Self, Refusal> {
        let mut found = Self::default();
        for path in paths {
            found.add(path)?;
        }
        found.tell_apart();
        let doubled = found.doubled();
        if doubled.is_empty() {
            Ok(found)
        } else {
            Err(Refusal::usage(doubled.join("\n")))
        }
    }

    /// What all of it was graded by; none where no class says.
    ///
    /// # Errors
    /// Two classes were graded by different terms: one gradebook can't have both.
    pub fn terms(&self) -> Result<Option<Terms>, Refusal> {
        let mut all: Option<(&Path, Terms)> = None;
        for (folder, terms) in &self.terms {
            match &mut all {
                None => all = Some((folder, terms.clone())),
                Some((first, all)) if all.expected != terms.expected => {
                    return Err(Refusal::usage(format!(
                        "{} and {} were graded by other checks or with other options\n  judge each of them by itself, with an --out of its own",
                        shown(first),
                        shown(folder)
                    )));
                }
                Some((_, all)) => all.digests.extend(terms.digests.clone()),
            }
        }
        Ok(all.map(|(_, terms)| terms))
    }

    /// Adds what a folder, or a file in it, holds.
    fn add(&mut self, path: &Path) -> Result<(), Refusal> {
        let folder = if path.is_dir() {
            path
        } else {
            path.parent().unwrap_or(path)
        };
        if std::fs::symlink_metadata(folder.join("evidence.json")).is_ok() {
            self.runs.push(Run {
                student: Student::default(),
                folder: Ok(folder.to_owned()),
                from: folder.to_owned(),
            });
            return Ok(());
        }
        let shown = shown(path);
        let book = std::fs::read_to_string(folder.join("gradebook.json")).map_err(|error| {
            Refusal::bad_input(format!(
                "{shown}: no evidence.json, and no gradebook.json of a class: {error}"
            ))
        })?;
        let book: Book = serde_json::from_str(&book)
            .map_err(|error| Refusal::bad_input(format!("{shown}/gradebook.json: {error}")))?;
        let terms = Terms::read(folder).map_err(Refusal::bad_input)?;
        let terms = terms.map(|terms| (folder.to_owned(), terms));
        self.terms.extend(terms);
        let rows = book.rows.into_iter();
        self.runs.extend(rows.map(|row| row.run(folder)));
        Ok(())
    }

    /// Names the runs that no class names by their folders.
    fn tell_apart(&mut self) {
        let own = |run: &&mut Run| run.student.id.is_empty();
        let mut runs: Vec<&mut Run> = self.runs.iter_mut().filter(own).collect();
        let folder = |run: &&mut Run| run.from.canonicalize().unwrap_or_else(|_| run.from.clone());
        let folders: Vec<PathBuf> = runs.iter().map(folder).collect();
        for (run, name) in runs.iter_mut().zip(called(&folders)) {
            run.student.stack.clone_from(&name);
            run.student.id = name;
        }
    }

    /// Who would be told as another is, with the paths of both.
    fn doubled(&self) -> Vec<String> {
        let mut first: HashMap<&str, &Path> = HashMap::new();
        let mut told = Vec::new();
        for Run { student, from, .. } in &self.runs {
            let Some(other) = first.insert(&student.id, from) else {
                continue;
            };
            told.push(format!(
                "{} and {} both hold a run of `{}`",
                shown(other),
                shown(from),
                inert_to(&student.id, 80)
            ));
        }
        if told.len() > MOST {
            told.truncate(MOST);
            told.push("…".to_owned());
        }
        if !told.is_empty() {
            let remedy = "  judge each of them by itself, with an --out of its own";
            told.push(remedy.to_owned());
        }
        told
    }
}

/// What each folder is called: by its last name or, where others have the same (`alice/reports`, `bob/reports`), by the
/// nearest above it in which all of these differ.
fn called(folders: &[PathBuf]) -> Vec<String> {
    let name = |folder: &Path, above: usize| {
        let folder = folder.ancestors().nth(above)?;
        Some(folder.file_name()?.to_string_lossy().into_owned())
    };
    let one = |folder: &PathBuf| {
        let last = name(folder, 0);
        let alike: Vec<&PathBuf> = folders.iter().filter(|it| name(it, 0) == last).collect();
        let differ = |above: &usize| {
            let names: BTreeSet<_> = alike.iter().map(|it| name(it, *above)).collect();
            names.len() == alike.len() && !names.contains(&None)
        };
        let above = (0..folder.components().count()).find(differ);
        name(folder, above.unwrap_or(0)).unwrap_or_default()
    };
    folders.iter().map(one).collect()
}

/// Who was graded.
#[derive(Deserialize)]
struct Book {
    rows: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    student: String,
    name: String,
    stack: String,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    run: Option<String>,
}

impl Known {
    fn run(self, class: &Path) -> Run {
        let student = Student {
            id: self.student,
            name: self.name,
            stack: self.stack,
            ..Student::default()
        };
        let folder = match self.run {
            Some(named) => Ok(place(class, named, &student)),
            // Whatever an earlier grading left in the student's folder is not the run that was graded.
            None if self.notes.is_empty() => Err("no run".to_owned()),
            None => Err(self.notes.join("; ")),
        };
        Run {
            student,
            folder,
            from: class.to_owned(),
        }
    }
}

/// Where the run is that counts: below the class's folder, or where `merge` found it, as its shards were named then.
fn place(class: &Path, named: String, student: &Student) -> PathBuf {
    let places = [class.join(&named), PathBuf::from(named)];
    let holds = |place: &PathBuf| place.join("evidence.json").is_file();
    let own = || class.join("students").join(student.folder());
    places.into_iter().find(holds).unwrap_or_else(own)
}

fn shown(path: &Path) -> String {
    inert_to(&path.to_string_lossy(), 200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::integrity::Expected;
    use crate::grade::terms::FILE;

    fn names(folders: &[&str]) -> Vec<String> {
        let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
        called(&folders)
    }

    #[test]
    fn folders_of_one_name_are_called_by_what_they_differ_in() {
        assert_eq!(names(&["/h/alice", "/h/bob/reports"]), ["alice", "reports"]);
        assert_eq!(
            names(&["/h/alice/day4/reports", "/h/bob/day4/reports", "/h/carol"]),
            ["alice", "bob", "carol"]
        );
        // The same twice is the caller's to refuse.
        assert_eq!(names(&["/h/alice", "/h/alice"]), ["alice", "alice"]);
    }

    fn class(folder: &Path, rows: &str, deadline: &str) {
        std::fs::create_dir_all(folder).unwrap();
        let book = format!("{{\"rows\": [{rows}]}}");
        std::fs::write(folder.join("gradebook.json"), book).unwrap();
        let expected = Expected {
            deadline: Some(deadline.parse().unwrap()),
            ..Expected::default()
        };
        let terms = Terms::new(expected, [("a".to_owned(), "ab".to_owned())].into());
        std::fs::write(folder.join(FILE), serde_json::to_string(&terms).unwrap()).unwrap();
    }

    #[test]
    fn who_is_called_as_another_is_refused_with_both_paths_and_classes_of_other_terms_too() {
        let home = tempfile::tempdir().unwrap();
        let (one, two) = (home.path().join("one"), home.path().join("two"));
        let row = |id: &str| {
            format!(
                "{{\"student\": \"{id}\", \"name\": \"\", \"stack\": \"\", \"run\": null, \"notes\": [\"late\", \"ill\"]}}"
            )
        };
        class(&one, &row("a"), "2026-01-01T00:00:00Z");
        class(&two, &row("b"), "2026-01-02T00:00:00Z");
        let found = Found::of(&[one.clone(), two.clone()]).unwrap();
        let why: Vec<_> = found.runs.iter().map(|run| run.folder.clone()).collect();
        assert_eq!(
            why,
            vec![Err("late; ill".to_owned()); 2],
            "who had no run has none"
        );
        let refused = found.terms().unwrap_err().message;
        assert!(
            refused.contains("other options") && refused.contains("/two"),
            "{refused}"
        );
        class(&two, &row("a"), "2026-01-01T00:00:00Z");
        let refused = Found::of(&[one.clone(), two.clone()]).unwrap_err().message;
        assert!(
            refused.contains("/one and ")
                && refused.contains("/two both hold a run of `a`\n  judge each"),
            "{refused}"
        );
        class(&two, &row("b"), "2026-01-01T00:00:00Z");
        let found = Found::of(&[one, two]).unwrap();
        assert_eq!(found.terms().unwrap().unwrap().digests["a"], "ab");
    }
}
