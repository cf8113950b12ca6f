//! The templates of a class's stack files: the one for all, and those that rows of the roster name. Each is read once.
use std::collections::HashMap;
use std::path::{Path, PathBuf, absolute};

use super::roster::Student;
use crate::report::inert::inert_to;
use crate::run::Refusal;

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its file, for messages.
    pub path: PathBuf,
    /// What stands in it.
    pub text: String,
    /// Where its relative paths begin: its own folder.
    pub base: PathBuf,
}

/// Those of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    /// Of everybody who has none of their own.
    of_all: Option<Template>,
    /// By what the roster says.
    of_rows: HashMap<String, Template>,
}

impl Templates {
    /// Reads the template `of_all`, and those that the students' rows name, whose paths begin at the `roster`'s folder.
    ///
    /// # Errors
    /// Every file that can't be read.
    pub fn read(
        of_all: Option<&Path>,
        roster: &Path,
        students: &[Student],
    ) -> Result<Self, Refusal> {
        let mut wrong = Vec::new();
        let mut read = |path: &Path, said_by: &str| {
            let template = Template::read(path);
            let shown = inert_to(&path.to_string_lossy(), 200);
            template
                .map_err(|error| wrong.push(format!("{said_by} {shown}: {error}")))
                .ok()
        };
        let of_all = of_all.and_then(|path| read(path, "--stack-template"));
        let folder = roster.parent().unwrap_or(Path::new(""));
        let shown = inert_to(&roster.to_string_lossy(), 200);
        let mut of_rows = HashMap::new();
        for student in students {
            let name = &student.stack_template;
            if !name.is_empty() && !of_rows.contains_key(name) {
                let who = inert_to(&student.id, 80);
                let said_by = format!("{shown}: student {who}: the column `stack_template` names");
                of_rows.insert(name.clone(), read(&folder.join(name), &said_by));
            }
        }
        if !wrong.is_empty() {
            return Err(Refusal::bad_input(wrong.join("\n")));
        }
        let of_rows = of_rows.into_iter();
        Ok(Self {
            of_all,
            of_rows: of_rows
                .filter_map(|(name, template)| Some((name, template?)))
                .collect(),
        })
    }

    /// One for everybody.
    #[must_use]
    pub fn of_all(template: Template) -> Self {
        Self {
            of_all: Some(template),
            ..Self::default()
        }
    }

    /// A student's, if there is one.
    #[must_use]
    pub fn of(&self, student: &Student) -> Option<&Template> {
        let own = self.of_rows.get(&student.stack_template);
        own.or(self.of_all.as_ref())
    }
}

impl Template {
    fn read(path: &Path) -> std::io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            text: std::fs::read_to_string(path)?,
            base: folder_of(path)?,
        })
    }
}

/// The folder of a file, whole: the students' own stack files are elsewhere.
///
/// # Errors
/// There is no current folder that it could be relative to.
pub fn folder_of(file: &Path) -> std::io::Result<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new(""));
    absolute(Path::new(".").join(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn student(template: &str) -> Student {
        Student {
            id: format!("s-{template}"),
            stack_template: template.to_owned(),
            ..Student::default()
        }
    }

    #[test]
    fn a_row_has_its_own_template_or_the_class_s_and_paths_begin_where_it_is() {
        let home = tempfile::tempdir().expect("a folder");
        let roster = home.path().join("roster.csv");
        let other = home.path().join("other");
        std::fs::create_dir(&other).expect("a folder");
        std::fs::write(home.path().join("own.yaml"), "own").expect("a file");
        std::fs::write(other.join("all.yaml"), "all").expect("a file");
        let students = [student("own.yaml"), student("")];
        let all = other.join("all.yaml");
        let templates = Templates::read(Some(&all), &roster, &students).expect("both are there");
        let found = students.each_ref().map(|student| {
            let template = templates.of(student).expect("one");
            (template.text.as_str(), template.base.clone())
        });
        let home = home.path().to_path_buf();
        assert_eq!(found, [("own", home), ("all", other)]);
        let alone = Templates::read(None, &roster, &students).expect("it is there");
        assert!(alone.of(&students[1]).is_none());
    }

    #[test]
    fn every_template_that_is_not_there_is_told_once() {
        let home = tempfile::tempdir().expect("a folder");
        let roster = home.path().join("roster.csv");
        let students = [student("a.yaml"), student("b.yaml"), student("a.yaml")];
        let all = home.path().join("all.yaml");
        let told = Templates::read(Some(&all), &roster, &students).unwrap_err();
        let lines: Vec<&str> = told.message.lines().collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        for (line, (by, file)) in lines.iter().zip([
            ("--stack-template", "all.yaml"),
            ("student s-a.yaml: the column `stack_template`", "/a.yaml"),
            ("student s-b.yaml: the column `stack_template`", "/b.yaml"),
        ]) {
            assert!(line.contains(by) && line.contains(file), "{line}");
        }
    }
}
