//! Which column of a school's own export is which of ours: a small YAML file, `student: 学籍番号`, so that the export is read
//! as it is. Columns that it does not name are not taken: an export holds more of a student than a grader should see.
use std::path::Path;

use indexmap::IndexMap;

use super::roster::{Rows, read_text};
use crate::language::ast::{At, Tree};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::language::fields::{map, text};
use crate::language::node;
use crate::language::source::Sources;
use crate::report::inert::inert_to;
use crate::run::Refusal;
use crate::run::prepare::told;

/// Our columns and theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Theirs by ours, both in lower case.
    theirs: IndexMap<String, String>,
}

impl Columns {
    /// Reads a mapping file.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let shown = inert_to(&path.to_string_lossy(), 200);
        Self::parse(&shown, &read_text(path, "--roster-map")?)
    }

    fn parse(path: &str, written: &str) -> Result<Self, Refusal> {
        let mut sources = Sources::default();
        let mut found = Diagnostics::default();
        let file = sources.add(path, written);
        let columns = node::parse(&sources, file, &mut found)
            .map(|tree| Self::of(&tree, &mut found))
            .unwrap_or_default();
        if found.is_empty() {
            Ok(columns)
        } else {
            Err(told(&found, &sources))
        }
    }

    fn of(tree: &At<Tree>, found: &mut Diagnostics) -> Self {
        let mut columns = Self::default();
        let Some(entries) = map(tree, "our column, then the roster's", found) else {
            return columns;
        };
        for (ours, theirs) in entries {
            if let Some(theirs) = text(theirs, found) {
                let theirs = theirs.value.trim().to_lowercase();
                columns.theirs.insert(ours.value.to_lowercase(), theirs);
            }
        }
        if !columns.theirs.contains_key("student") && found.is_empty() {
            let title = "no `student` in a roster's map";
            let told = Diagnostic::new(tree.span, title);
            found.push(told.help("name the column of the ids: `student: COLUMN`"));
        }
        columns
    }

    /// Names a roster's columns as ours; gives what the roster lacks.
    pub fn apply(&self, rows: &mut Rows) -> Vec<String> {
        // What is not taken may stand there as often as it likes.
        let taken = |doubled: &String| self.theirs.values().any(|theirs| theirs == doubled);
        rows.doubled.retain(taken);
        let lacking = self
            .theirs
            .values()
            .filter(|theirs| !rows.columns.contains(theirs));
        let there = inert_to(&rows.columns.join(", "), 200);
        let lacking: Vec<String> = lacking
            .map(|theirs| {
                let theirs = inert_to(theirs, 80);
                format!("--roster-map names a column `{theirs}`; there is: {there}")
            })
            .collect();
        for (_, cells) in &mut rows.students {
            *cells = self
                .theirs
                .iter()
                .filter_map(|(ours, theirs)| Some((ours.clone(), cells.get(theirs)?.clone())))
                .collect();
        }
        let had = |theirs: &String| rows.columns.contains(theirs);
        rows.columns = self
            .theirs
            .iter()
            .filter(|(_, theirs)| had(theirs))
            .map(|(ours, _)| ours.clone())
            .collect();
        lacking
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_without_the_ids_or_of_another_shape_is_refused_with_its_place() {
        for (text, part) in [
            ("name: 氏名\n", "no `student` in a roster's map"),
            ("[student]\n", "a map (our column, then the roster's)"),
            ("student: [a]\n", "map.yaml:1:10"),
        ] {
            let told = Columns::parse("map.yaml", text).unwrap_err().message;
            assert!(told.contains(part), "{told}");
        }
    }
}
