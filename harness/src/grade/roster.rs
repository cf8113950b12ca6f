//! The roster: who is graded, on which stack, by which credentials. A column that we don't know is a var of the student's
//! stack file. Every mistake of the file is told at once, with its line.
use std::collections::HashMap;
use std::path::Path;

use indexmap::IndexMap;

use crate::report::inert::inert_to;
use crate::run::Refusal;

/// The columns that mean something to us.
const KNOWN: [&str; 8] = [
    "student",
    "name",
    "stack",
    "region",
    "profile",
    "role_arn",
    "external_id",
    "evidence",
];

/// The most students of one roster.
const MOST: usize = 100_000;

/// A class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// In the file's order.
    pub students: Vec<Student>,
}

/// One student.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Student {
    /// What the school knows the student by; unique.
    pub id: String,
    /// For people.
    pub name: String,
    /// The stack's own name; the id where there is no such column.
    pub stack: String,
    /// The region; the lab's first where it is empty.
    pub region: String,
    /// A profile of this machine's AWS configuration.
    pub profile: String,
    /// A role to assume.
    pub role_arn: String,
    /// The role's external id.
    pub external_id: String,
    /// The folder that the student handed in, relative to the roster; judged from its evidence, without a stack.
    pub evidence: String,
    /// All other columns, by name.
    pub vars: IndexMap<String, String>,
}

impl Roster {
    /// Reads a roster in CSV.
    ///
    /// # Errors
    /// Every mistake of the file.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let shown = inert_to(&path.to_string_lossy(), 200);
        let bytes = std::fs::read(path)
            .map_err(|error| Refusal::bad_input(format!("--roster {shown}: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let byte = error.utf8_error().valid_up_to();
            Refusal::bad_input(format!(
                "--roster {shown}: not UTF-8, the first bad byte is byte {byte}\n  save it as CSV UTF-8"
            ))
        })?;
        Self::parse(text.trim_start_matches('\u{feff}')).map_err(|mistakes| {
            let mistakes: Vec<String> = mistakes
                .into_iter()
                .map(|(line, what)| format!("{shown}:{line}: {what}"))
                .collect();
            let count = mistakes.len();
            Refusal::bad_input(format!(
                "{}\n{count} mistake(s) in the roster",
                mistakes.join("\n")
            ))
        })
    }

    /// Reads the text of a roster.
    ///
    /// # Errors
    /// Every mistake with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<(u64, String)>> {
        let mut mistakes = Vec::new();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let headers: Vec<String> = match reader.headers() {
            Ok(headers) => headers.iter().map(str::to_lowercase).collect(),
            Err(error) => return Err(vec![(1, error.to_string())]),
        };
        if !headers.iter().any(|name| name == "student") {
            let there = inert_to(&headers.join(", "), 200);
            return Err(vec![(1, format!("no column `student`; there is: {there}"))]);
        }
        for (place, name) in headers.iter().enumerate() {
            if headers[..place].contains(name) {
                mistakes.push((
                    1,
                    format!("the column `{}` stands twice", inert_to(name, 80)),
                ));
            }
        }
        let mut roster = Self::default();
        let mut first: HashMap<String, u64> = HashMap::new();
        for record in reader.records().take(MOST) {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    mistakes.push((line, error.to_string()));
                    continue;
                }
            };
            let line = record.position().map_or(0, csv::Position::line);
            let student = Student::of(&headers, &record);
            student.tell_mistakes(line, &mut mistakes);
            if let Some(before) = first.get(&student.id) {
                let id = inert_to(&student.id, 80);
                mistakes.push((
                    line,
                    format!("the student `{id}` stands twice, first in line {before}"),
                ));
            }
            first.entry(student.id.clone()).or_insert(line);
            roster.students.push(student);
        }
        if roster.students.is_empty() && mistakes.is_empty() {
            mistakes.push((1, "nobody stands in it".to_owned()));
        }
        if mistakes.is_empty() {
            Ok(roster)
        } else {
            Err(mistakes)
        }
    }
}

impl Student {
    fn of(headers: &[String], record: &csv::StringRecord) -> Self {
        let mut student = Self::default();
        for (name, value) in headers.iter().zip(record) {
            let value = value.to_owned();
            match name.as_str() {
                "student" => student.id = value,
                "name" => student.name = value,
                "stack" => student.stack = value,
                "region" => student.region = value,
                "profile" => student.profile = value,
                "role_arn" => student.role_arn = value,
                "external_id" => student.external_id = value,
                "evidence" => student.evidence = value,
                _ => {
                    student.vars.insert(name.clone(), value);
                }
            }
        }
        if student.stack.is_empty() {
            student.stack.clone_from(&student.id);
        }
        student
    }

    fn tell_mistakes(&self, line: u64, mistakes: &mut Vec<(u64, String)>) {
        let mut tell = |what: String| mistakes.push((line, what));
        if self.id.is_empty() {
            tell("a student without an id: fill in the column `student`".to_owned());
        }
        let shown = inert_to(&self.stack, 80);
        if self.stack.contains(['/', '\\']) || self.stack.starts_with('.') {
            tell(format!(
                "the stack `{shown}` is a path: a stack's own name is wanted here"
            ));
        }
        if let Some(cell) = [&self.id, &self.stack]
            .into_iter()
            .find(|cell| is_formula(cell))
        {
            let cell = inert_to(cell, 80);
            tell(format!(
                "`{cell}` would be a formula in a spreadsheet: an id begins with a letter or a digit"
            ));
        }
        if !self.profile.is_empty() && !self.role_arn.is_empty() {
            tell("a profile and a role: one way to credentials is enough".to_owned());
        }
        if !self.evidence.is_empty() && (!self.profile.is_empty() || !self.role_arn.is_empty()) {
            tell(
                "evidence and credentials: what was handed in is judged without a stack".to_owned(),
            );
        }
        if !self.external_id.is_empty() && self.role_arn.is_empty() {
            tell("an external id without a role".to_owned());
        }
    }

    /// The student's folder: the id, whatever no file system takes in it written `%2f`.
    #[must_use]
    pub fn folder(&self) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@+".contains(&byte);
        self.id
            .bytes()
            .enumerate()
            .map(|(place, byte)| match byte {
                b'.' if place > 0 => ".".to_owned(),
                byte if plain(byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02x}"),
            })
            .collect()
    }
}

/// Whether a spreadsheet would take a cell for a formula.
#[must_use]
pub fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The names of our own columns, for a message.
#[must_use]
pub fn columns() -> String {
    KNOWN.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roster_is_read_and_other_columns_are_vars() {
        let roster = Roster::parse(
            "student,name,stack,Profile,user\ns1,山田 太郎,lab-1,class,user01\n\"s,2\",B,,,user02\n",
        )
        .unwrap();
        let [one, two] = &roster.students[..] else {
            panic!()
        };
        assert_eq!(
            (one.id.as_str(), one.stack.as_str(), one.profile.as_str()),
            ("s1", "lab-1", "class")
        );
        assert_eq!(one.vars["user"], "user01");
        assert_eq!(
            (two.stack.as_str(), two.folder().as_str()),
            ("s,2", "s%2c2")
        );
    }

    #[test]
    fn every_mistake_is_told_at_once_with_its_line() {
        let text = "student,stack,profile,role_arn,external_id\na,../etc,,,\na,x,p,r,\n=cmd(),x,,,e\n,x,,,\n";
        let told: Vec<String> = Roster::parse(text)
            .unwrap_err()
            .into_iter()
            .map(|(line, what)| format!("{line} {what}"))
            .collect();
        for part in [
            "2 the stack `../etc` is a path",
            "3 the student `a` stands twice, first in line 2",
            "3 a profile and a role",
            "4 `=cmd()` would be a formula",
            "4 an external id without a role",
            "5 a student without an id",
        ] {
            assert!(
                told.iter().any(|one| one.starts_with(part)),
                "{part}: {told:?}"
            );
        }
        assert!(
            Roster::parse("name\nx\n").unwrap_err()[0]
                .1
                .contains("no column `student`")
        );
        assert!(
            Roster::parse("student\n").unwrap_err()[0]
                .1
                .contains("nobody")
        );
        assert_eq!(
            Roster::parse("student,a\nx\n").unwrap_err()[0].0,
            2,
            "a line that is cut short"
        );
    }

    #[test]
    fn no_id_leaves_its_folder() {
        for (id, folder) in [
            ("..", "%2e."),
            ("a/b", "a%2fb"),
            (".hidden", "%2ehidden"),
            ("あ", "%e3%81%82"),
            ("a.b@c", "a.b@c"),
        ] {
            let student = Student {
                id: id.to_owned(),
                ..Student::default()
            };
            assert_eq!(student.folder(), folder);
        }
    }
}
