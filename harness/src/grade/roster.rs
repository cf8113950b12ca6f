//! The roster: who is graded, on which stack, by which credentials. A column that we don't know is a var of the student's
//! stack file. Every mistake of the file is told at once, with its line.
use std::collections::HashMap;
use std::path::Path;

use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::export::separator;
use super::yaml;
use crate::report::inert::inert_to;
use crate::run::Refusal;

/// The columns that mean something to us.
pub const KNOWN: [&str; 10] = [
    "student",
    "name",
    "stack",
    "region",
    "profile",
    "role_arn",
    "external_id",
    "credentials_file",
    "evidence",
    "stack_template",
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(skip)]
    pub profile: String,
    /// A role to assume.
    #[serde(skip)]
    pub role_arn: String,
    /// The role's external id.
    #[serde(skip)]
    pub external_id: String,
    /// A file with the student's own keys, relative to the roster or the template.
    #[serde(skip)]
    pub credentials_file: String,
    /// The folder that the student handed in, relative to the roster; judged from its evidence, without a stack.
    #[serde(skip)]
    pub evidence: String,
    /// The template of the student's stack file, relative to the roster; the class's where it is empty.
    #[serde(skip)]
    pub stack_template: String,
    /// All other columns, by name.
    pub vars: IndexMap<String, String>,
}

impl Roster {
    /// Reads a roster in CSV or, by its ending, in YAML; `map` says which of its columns is which of ours.
    ///
    /// # Errors
    /// Every mistake of the files.
    pub fn read(path: &Path, map: Option<&Path>) -> Result<Self, Refusal> {
        let map = map.map(Columns::read).transpose()?;
        let shown = inert_to(&path.to_string_lossy(), 200);
        let text = read_text(path, "--roster")?;
        let rows = if is_yaml(path) {
            yaml::rows(&shown, &text)?
        } else {
            csv_rows(&text).map_err(|mistakes| refused(&shown, mistakes))?
        };
        Self::of(rows, map.as_ref()).map_err(|mistakes| refused(&shown, mistakes))
    }

    /// Reads the text of a roster in CSV.
    ///
    /// # Errors
    /// Every mistake with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<(u64, String)>> {
        Self::of(csv_rows(text)?, None)
    }

    fn of(mut rows: Rows, map: Option<&Columns>) -> Result<Self, Vec<(u64, String)>> {
        let mut mistakes = std::mem::take(&mut rows.mistakes);
        if let Some(map) = map {
            mistakes.extend(map.apply(&mut rows).into_iter().map(|what| (1, what)));
        }
        mistakes.extend(rows.doubled.iter().map(|name| {
            let name = inert_to(name, 80);
            let remedy = match map {
                Some(_) => "rename one of the two that --roster-map takes",
                None => "rename one of the two, or name the columns to take with --roster-map",
            };
            (1, format!("the column `{name}` stands twice\n  {remedy}"))
        }));
        let known = |rows: &Rows| rows.columns.iter().any(|name| name == "student");
        if !known(&rows) && (mistakes.is_empty() || map.is_none()) {
            let there = inert_to(&rows.columns.join(", "), 200);
            mistakes.insert(
                0,
                (
                    1,
                    format!("no column `student`; there is: {there}\n  a school's own export is read with --roster-map"),
                ),
            );
        }
        if !known(&rows) {
            return Err(mistakes);
        }
        let mut roster = Self::default();
        let mut first: HashMap<String, u64> = HashMap::new();
        for (line, cells) in &rows.students {
            let student = Student::of(cells);
            student.tell_mistakes(*line, &mut mistakes);
            if let Some(stack) = cells.get("stack").filter(|stack| is_path(stack)) {
                let shown = inert_to(stack, 80);
                mistakes.push((
                    *line,
                    format!("the stack `{shown}` is a path: a stack's own name is wanted here"),
                ));
            }
            if let Some(before) = first.get(&student.id) {
                let id = inert_to(&student.id, 80);
                mistakes.push((
                    *line,
                    format!("the student `{id}` stands twice, first in line {before}"),
                ));
            }
            first.entry(student.id.clone()).or_insert(*line);
            roster.students.push(student);
        }
        if roster.students.is_empty() && mistakes.is_empty() {
            mistakes.push((1, "nobody stands in it".to_owned()));
        }
        if mistakes.is_empty() {
            Ok(roster)
        } else {
            mistakes.sort_by_key(|(line, _)| *line);
            Err(mistakes)
        }
    }
}

/// A roster's table, whatever it was written in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    /// Every column that some row has.
    pub columns: Vec<String>,
    /// Those that stand there more than once.
    pub doubled: IndexSet<String>,
    /// A line and its cells by column.
    pub students: Vec<(u64, IndexMap<String, String>)>,
    /// What could not be read, by line.
    pub mistakes: Vec<(u64, String)>,
}

fn refused(shown: &str, mistakes: Vec<(u64, String)>) -> Refusal {
    let mistakes: Vec<String> = mistakes
        .into_iter()
        .map(|(line, what)| format!("{shown}:{line}: {what}"))
        .collect();
    let count = mistakes.len();
    Refusal::bad_input(format!(
        "{}\n{count} mistake(s) in the roster",
        mistakes.join("\n")
    ))
}

fn is_yaml(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml")
    })
}

/// A file's text without a byte-order mark.
pub(super) fn read_text(path: &Path, option: &str) -> Result<String, Refusal> {
    let shown = inert_to(&path.to_string_lossy(), 200);
    let bytes = std::fs::read(path)
        .map_err(|error| Refusal::bad_input(format!("{option} {shown}: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to();
        Refusal::bad_input(format!(
            "{option} {shown}: not UTF-8, the first bad byte is byte {byte}\n  save it as CSV UTF-8"
        ))
    })?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

fn csv_rows(text: &str) -> Result<Rows, Vec<(u64, String)>> {
    let mut rows = Rows::default();
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .delimiter(separator(text))
        .from_reader(text.as_bytes());
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(str::to_lowercase).collect(),
        Err(error) => return Err(vec![(1, error.to_string())]),
    };
    for record in reader.records() {
        match record {
            // Excel leaves rows of commas below a table, and columns of them beside it: they are nobody's and nothing.
            Ok(record) if record.iter().all(str::is_empty) => {}
            Ok(_) if rows.students.len() == MOST => {
                let more = format!("more than {MOST} students: split the roster");
                rows.mistakes.push((1, more));
                break;
            }
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells = headers.iter().zip(&record);
                let cells = cells.filter(|(name, _)| !name.is_empty());
                let cells = cells.map(|(name, cell)| (name.clone(), cell.to_owned()));
                rows.students.push((line, cells.collect()));
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.mistakes.push((line, error.to_string()));
            }
        }
    }
    for name in headers.into_iter().filter(|name| !name.is_empty()) {
        if rows.columns.contains(&name) {
            rows.doubled.insert(name);
        } else {
            rows.columns.push(name);
        }
    }
    Ok(rows)
}

impl Student {
    fn of(cells: &IndexMap<String, String>) -> Self {
        let mut student = Self::default();
        for (name, value) in cells {
            let value = value.clone();
            match name.as_str() {
                "student" => student.id = value,
                "name" => student.name = value,
                "stack" => student.stack = value,
                "region" => student.region = value,
                "profile" => student.profile = value,
                "role_arn" => student.role_arn = value,
                "external_id" => student.external_id = value,
                "credentials_file" => student.credentials_file = value,
                "evidence" => student.evidence = value,
                "stack_template" => student.stack_template = value,
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
        let ways = [&self.profile, &self.role_arn, &self.credentials_file];
        if !self.evidence.is_empty() && ways.iter().any(|way| !way.is_empty()) {
            tell(
                "evidence and credentials: what was handed in is judged without a stack".to_owned(),
            );
        }
        if !self.external_id.is_empty() && self.role_arn.is_empty() {
            tell("an external id without a role".to_owned());
        }
    }

    /// The student's folder.
    #[must_use]
    pub fn folder(&self) -> String {
        Self::folder_of(&self.id)
    }

    /// The folder of whoever has this id: the id, whatever no file system takes in it written `%2f`.
    #[must_use]
    pub fn folder_of(id: &str) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_@+".contains(&byte);
        id.bytes()
            .enumerate()
            .map(|(place, byte)| match byte {
                b'.' if place > 0 => ".".to_owned(),
                byte if plain(byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02x}"),
            })
            .collect()
    }
}

/// Whether a stack's name could lead elsewhere. An id may well be of this shape (`U2015/557`): it is no name of a file.
fn is_path(stack: &str) -> bool {
    stack.contains(['/', '\\']) || stack.starts_with('.')
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

    /// A roster read from files of these names and texts; the second is its map.
    fn read(name: &str, text: &str, map: Option<&str>) -> Result<Roster, String> {
        let folder = tempfile::tempdir().unwrap();
        let (path, mapped) = (folder.path().join(name), folder.path().join("map.yaml"));
        std::fs::write(&path, text).unwrap();
        std::fs::write(&mapped, map.unwrap_or_default()).unwrap();
        Roster::read(&path, map.map(|_| mapped.as_path())).map_err(|refusal| refusal.message)
    }

    #[test]
    fn yaml_says_the_same_as_csv() {
        let table = "student,name,stack,profile,user\ns1,山田 太郎,lab-1,class,01\ns2,B,,,\n";
        let wanted = Roster::parse(table).unwrap();
        let list = "- { student: s1, name: 山田 太郎, stack: lab-1, profile: class, user: '01' }\n- { student: s2, name: B, stack: ~, profile: '', user: '' }\n";
        for text in [list.to_owned(), format!("students:\n{list}")] {
            assert_eq!(read("r.yaml", &text, None).unwrap(), wanted);
        }
        assert_eq!(
            read("r.csv", &table.replace(',', ";"), None).unwrap(),
            wanted
        );
        assert_eq!(
            read("r.csv", &format!("\u{feff}{table}"), None).unwrap(),
            wanted
        );
    }

    #[test]
    fn mistakes_of_a_yaml_roster_are_told_with_their_places() {
        for (text, part) in [
            (
                "- { student: a }\n- { student: a }\n",
                "r.yaml:2: the student `a` stands twice, first in line 1",
            ),
            (
                "- { student: a, stack: ../b }\n",
                "r.yaml:1: the stack `../b` is a path",
            ),
            ("- { student: a, student: b }\n", "r.yaml:1:"),
            ("- { student: a, user: [b] }\n", "r.yaml:1:"),
            ("- a\n", "a student is a map of columns"),
            ("pupils: []\n", "unknown key `pupils`"),
            ("students: []\n", "no column `student`"),
        ] {
            let told = read("r.yaml", text, None).unwrap_err();
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn a_school_s_own_export_is_read_by_a_map_and_nothing_else_of_it_is_taken() {
        let export = "学籍番号;氏名;自宅電話;ログイン名\n0012;山田 太郎;03-0000-0000;user05\n";
        let map = "student: 学籍番号\nname: 氏名\nuser: ログイン名\n";
        let roster = read("r.csv", export, Some(map)).unwrap();
        let [student] = &roster.students[..] else {
            panic!()
        };
        assert_eq!(
            (student.id.as_str(), student.name.as_str()),
            ("0012", "山田 太郎")
        );
        assert_eq!(
            student.vars.keys().collect::<Vec<_>>(),
            ["user"],
            "no telephone number"
        );
        let told = read("r.csv", export, Some("student: 学生番号\n")).unwrap_err();
        assert!(
            told.contains("--roster-map names a column `学生番号`; there is: 学籍番号, 氏名, 自宅電話, ログイン名"),
            "{told}"
        );
        let told = read("r.csv", export, None).unwrap_err();
        assert!(told.contains("is read with --roster-map"), "{told}");
    }

    #[test]
    fn a_column_that_stands_twice_is_told_only_where_it_would_be_taken() {
        let export = "学籍番号,備考,氏名,備考\n0012,a,山田 太郎,b\n";
        let roster = read("r.csv", export, Some("student: 学籍番号\nname: 氏名\n")).unwrap();
        let student = &roster.students[0];
        assert_eq!(
            (student.id.as_str(), student.name.as_str()),
            ("0012", "山田 太郎")
        );
        assert!(student.vars.is_empty(), "no remark of a teacher's");
        let told = read("r.csv", export, Some("student: 学籍番号\nnote: 備考\n")).unwrap_err();
        assert!(
            told.contains("r.csv:1: the column `備考` stands twice")
                && told.contains("rename one of the two"),
            "{told}"
        );
        let told = read("r.csv", "student,user,user,user\na,b,c,d\n", None).unwrap_err();
        assert!(
            told.contains("r.csv:1: the column `user` stands twice")
                && told.contains("--roster-map")
                && told.ends_with("\n1 mistake(s) in the roster"),
            "{told}"
        );
    }

    #[test]
    fn what_excel_leaves_at_the_end_of_lines_and_files_is_nobody_and_nothing() {
        let roster = read("r.csv", "student,user,,\na,b,,\n,,,\nc,d,x,\n , ,,\n", None).unwrap();
        let seen: Vec<_> = roster.students.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(seen, ["a", "c"]);
        for student in &roster.students {
            assert_eq!(student.vars.keys().collect::<Vec<_>>(), ["user"]);
        }
        let told = read("r.csv", "student,user\na,b\n,c\n,\n", None).unwrap_err();
        assert!(
            told.contains("r.csv:3: a student without an id") && told.contains("\n1 mistake"),
            "who has anything is somebody: {told}"
        );
        let told = read("r.csv", "id,,\na,,\n", None).unwrap_err();
        assert!(
            told.contains("no column `student`; there is: id\n"),
            "{told}"
        );
        let told = read("r.csv", "student,\n,\n", None).unwrap_err();
        assert!(told.contains("nobody stands in it"), "{told}");
    }

    #[test]
    fn an_id_may_hold_a_slash_and_a_stack_that_was_given_may_not() {
        let roster = Roster::parse("student,stack\nU2015/557,\n../b,\n").unwrap();
        let seen = roster.students.iter();
        let seen = seen.map(|one| (one.id.as_str(), one.stack.as_str(), one.folder()));
        let seen: Vec<_> = seen.collect();
        assert_eq!(
            seen,
            [
                ("U2015/557", "U2015/557", "U2015%2f557".to_owned()),
                ("../b", "../b", "%2e.%2fb".to_owned())
            ]
        );
        let told = Roster::parse("student,stack\na/b,a/b\n").unwrap_err();
        assert_eq!(told.len(), 1);
        assert!(
            told[0].1.starts_with("the stack `a/b` is a path"),
            "{told:?}"
        );
    }

    #[test]
    fn what_was_handed_in_needs_no_credentials() {
        let told = Roster::parse("student,evidence,credentials_file\na,x,y\n").unwrap_err();
        assert!(
            told[0].1.starts_with("evidence and credentials"),
            "{told:?}"
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
