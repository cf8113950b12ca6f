//! From paths to a [`Lab`] or a [`Stack`] as written: the files of a folder, read in the order of their names and put
//! together. It resolves nothing that one part says of another, but that an id is given once.
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::ast::{At, Check, Lab, Row, Span, Stack, Unread};
use super::check_file::CheckFile;
use super::diagnostic::{Diagnostic, Diagnostics, quote};
use super::lab_file::LabFile;
use super::source::Sources;
use super::{builtin, check_file, lab_file, node, rows_file, stack_file};
use crate::text::Text;

/// The file that makes a folder a lab.
pub const LAB_FILE: &str = "lab.yaml";

/// The file of the lab's assertions; a lab may have none.
pub const ROWS_FILE: &str = "rows.yaml";

/// Reads a lab's folder. All mistakes of all files are told in `found`; with any there, the lab is incomplete, and
/// only good for being looked through for more of them. There is none where `lab.yaml` lacks what every lab has, or a
/// file is no YAML: any name that seems unknown may stand in it.
pub fn load_lab(folder: &Path, sources: &mut Sources, found: &mut Diagnostics) -> Option<Lab> {
    let paths = yaml_files(folder, sources, found)?;
    let mut parts = Parts::default();
    for path in &paths {
        parts.read(path, sources, found);
    }
    if parts.check_files == 0 {
        let none = Diagnostic::new(sources.nowhere(folder), "a lab without checks");
        found.push(none.help(
            "write a check file beside `lab.yaml`: any other `.yaml` file with the key `checks:`",
        ));
    }
    parts.join(folder)
}

/// Reads a stack file, telling all its mistakes in `found`; with any there, the stack is incomplete.
pub fn load_stack(path: &Path, sources: &mut Sources, found: &mut Diagnostics) -> Option<Stack> {
    let file = sources.read(path, found)?;
    let tree = node::parse(sources, file, found)?;
    stack_file::read(&tree, found)
}

/// The YAML files of a lab's folder, `lab.yaml` among them, by name.
fn yaml_files(
    folder: &Path,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> Option<Vec<PathBuf>> {
    let mut paths = match builtin::list(folder) {
        Ok(paths) => paths,
        Err(error) => {
            let title = match error.kind() {
                std::io::ErrorKind::NotFound => "no such folder".to_owned(),
                std::io::ErrorKind::NotADirectory => "not a folder".to_owned(),
                _ => format!("the folder can't be read: {error}"),
            };
            let unread = Diagnostic::new(sources.nowhere(folder), title);
            found.push(unread.help("a lab is a folder that holds a `lab.yaml`"));
            return None;
        }
    };
    paths.retain(|path| {
        path.file_name()
            .is_some_and(|name| !name.to_string_lossy().starts_with('.'))
    });
    paths.sort();
    for path in paths.iter().filter(|path| has_extension(path, "yml")) {
        let ignored = Diagnostic::new(sources.nowhere(path), "a file that would not be read");
        found.push(ignored.help("name it `.yaml`"));
    }
    paths.retain(|path| has_extension(path, "yaml"));
    if !paths.iter().any(|path| path.ends_with(LAB_FILE)) {
        let title = format!("no `{LAB_FILE}` in this folder");
        found.push(
            Diagnostic::new(sources.nowhere(folder), title)
                .help("a lab is a folder that holds one"),
        );
        return None;
    }
    Some(paths)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// What the files said so far.
#[derive(Default)]
struct Parts {
    lab: LabFile,
    rows: IndexMap<String, Row>,
    checks: Vec<Check>,
    unread: Unread,
    ids: HashMap<String, Span>,
    check_files: usize,
    a_file_is_no_yaml: bool,
}

impl Parts {
    fn read(&mut self, path: &Path, sources: &mut Sources, found: &mut Diagnostics) {
        let is = |name: &str| path.ends_with(name);
        if !is(LAB_FILE) && !is(ROWS_FILE) {
            self.check_files += 1;
        }
        let tree = sources
            .read(path, found)
            .and_then(|file| node::parse(sources, file, found));
        let Some(tree) = tree else {
            self.a_file_is_no_yaml = true;
            return;
        };
        if is(LAB_FILE) {
            self.lab = lab_file::read(&tree, found);
        } else if is(ROWS_FILE) {
            self.rows = rows_file::read(&tree, found);
        } else {
            self.take(check_file::read(&tree, found), found);
        }
    }

    fn take(&mut self, file: CheckFile, found: &mut Diagnostics) {
        for id in &file.ids {
            self.take_id(id, found);
        }
        self.checks.extend(file.checks);
        self.unread.checks.extend(file.unread);
    }

    fn take_id(&mut self, id: &At<String>, found: &mut Diagnostics) {
        match self.ids.get(&id.value) {
            Some(&first) => {
                let twice = Diagnostic::new(
                    id.span,
                    format!("the check {} is given twice", quote(&id.value)),
                );
                found.push(
                    twice
                        .also(first, "first here")
                        .help("give one of them another id"),
                );
            }
            None => {
                self.ids.insert(id.value.clone(), id.span);
            }
        }
    }

    fn join(self, folder: &Path) -> Option<Lab> {
        let LabFile {
            name,
            title,
            stack_name,
            regions,
            vars,
            resources,
            unread,
            phases,
            vantages,
            optional_vantages,
        } = self.lab;
        let name = name?;
        if regions.is_empty() || phases.is_empty() || self.a_file_is_no_yaml {
            return None;
        }
        Some(Lab {
            folder: folder.to_owned(),
            title: title.unwrap_or_else(|| Text::same(&name.value)),
            name,
            stack_name: stack_name?,
            regions,
            vars,
            resources,
            phases,
            vantages,
            optional_vantages,
            checks: self.checks,
            rows: self.rows,
            unread: Unread {
                resources: unread,
                ..self.unread
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str = "lab: small\nstack_name: '.*'\nregions: [us-east-1]\nphases: [end]\nresources: { vpc: { vpc: {} } }\n";

    fn check(id: &str) -> String {
        format!("checks: {{ {id}: {{ probe: {{ resource: vpc }} }} }}\n")
    }

    fn loaded(files: &[(&str, &str)]) -> (Option<Lab>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        let lab = load_lab(folder.path(), &mut sources, &mut found);
        (
            lab,
            found.sorted().iter().map(|one| one.title.clone()).collect(),
        )
    }

    #[test]
    fn a_folder_is_read_in_the_order_of_its_names() {
        let (b, a) = (check("from-b"), check("from-a"));
        let rows = "R-1: { type: RO, severity: E, phase: end, text: x }\n";
        let files = [
            ("b.yaml", b.as_str()),
            ("lab.yaml", LAB),
            ("a.yaml", &a),
            ("rows.yaml", rows),
            ("README.md", "{"),
            (".x.yaml", "{"),
        ];
        let (lab, told) = loaded(&files);
        assert_eq!(told, [""; 0]);
        let lab = lab.unwrap();
        assert_eq!(
            lab.checks
                .iter()
                .map(|check| check.id.value.as_str())
                .collect::<Vec<_>>(),
            ["from-a", "from-b"]
        );
        assert_eq!(
            (
                lab.name.value.as_str(),
                lab.title.en.as_str(),
                lab.rows.len()
            ),
            ("small", "small", 1)
        );
    }

    #[test]
    fn mistakes_of_all_files_are_told_and_what_they_name_stays_known() {
        let (a, b) = (check("twice"), check("twice"));
        let (lab, told) = loaded(&[
            (
                "lab.yaml",
                &LAB.replace("vpc: {} }", "vpc: {} }, web: instance"),
            ),
            ("a.yaml", &a),
            ("b.yaml", &b),
            ("c.yaml", "checks: { broken: {} }"),
            ("d.yml", ""),
        ]);
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(
            told.contains(&"the check `twice` is given twice".to_owned()),
            "{told:?}"
        );
        assert!(
            told.contains(&"a file that would not be read".to_owned()),
            "{told:?}"
        );
        let unread = lab.unwrap().unread;
        assert!(unread.checks.contains("broken") && unread.resources.contains("web"));
    }

    #[test]
    fn with_a_file_that_is_no_yaml_nobody_knows_what_the_lab_names() {
        let (a, b) = (check("one"), "checks: {");
        for name in ["b.yaml", "rows.yaml"] {
            let (lab, told) = loaded(&[("lab.yaml", LAB), ("a.yaml", &a), (name, b)]);
            assert!(lab.is_none(), "{name}");
            assert!(told[0].starts_with("not YAML"), "{told:?}");
        }
    }

    #[test]
    fn a_folder_that_is_no_lab_is_told() {
        assert_eq!(loaded(&[]).1, ["no `lab.yaml` in this folder"]);
        assert_eq!(loaded(&[("lab.yaml", LAB)]).1, ["a lab without checks"]);
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        assert!(load_lab(Path::new("no/such/folder"), &mut sources, &mut found).is_none());
        assert!(load_lab(Path::new(file!()), &mut sources, &mut found).is_none());
        assert!(load_stack(Path::new("no/such/stack.yaml"), &mut sources, &mut found).is_none());
        assert_eq!(found.titles().len(), 3);
    }
}
