//! Each mistake that an author can make, beside what is told of it: `fixtures/invalid/x.yaml` or `x/`, and `x.stderr`.
//!
//! A folder is a lab. A file whose name begins with `stack-` is a stack file. Any other file is a check file, and is
//! loaded beside the lab in `fixtures/invalid/lab/`, so that a fixture holds no more than its mistake.
//! `LABCHECK_BLESS=1 cargo test -p labcheck --test it invalid` writes what is told now; read it before committing.
use std::fs;
use std::path::{Path, PathBuf};

use labcheck::language::diagnostic::{Colour, Diagnostics};
use labcheck::language::load::{load_lab, load_stack};
use labcheck::language::source::Sources;
use labcheck::plan::{self, build::Inputs};

/// The lab that a lone check file is loaded beside; itself without a mistake.
const BASE: &str = "lab";

#[test]
fn each_mistake_is_told_with_its_place_and_remedy() {
    let bless = std::env::var_os("LABCHECK_BLESS").is_some();
    let mut wrong = Vec::new();
    let fixtures = fixtures();
    assert!(fixtures.len() > 20, "the fixtures are there: {fixtures:?}");
    for fixture in fixtures {
        let told = told_of(&fixture);
        let golden = fixture.with_extension("stderr");
        if told.is_empty() {
            wrong.push(format!("{}: nothing was told", fixture.display()));
        } else if bless {
            fs::write(&golden, told).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != told {
            wrong.push(format!("{}: told now:\n{told}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_lab_that_the_mistakes_stand_beside_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let told = told_of_lab(&base_with(folder.path(), None), folder.path());
    assert_eq!(told, "");
}

#[test]
fn each_golden_file_has_its_mistake() {
    let mistakes: Vec<PathBuf> = fixtures()
        .iter()
        .map(|path| path.with_extension(""))
        .collect();
    for path in entries() {
        if path
            .extension()
            .is_some_and(|extension| extension == "stderr")
        {
            assert!(
                mistakes.contains(&path.with_extension("")),
                "{}",
                path.display()
            );
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/invalid")
}

/// What stands in the folder of mistakes.
fn entries() -> Vec<PathBuf> {
    let entries = fs::read_dir(root()).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The mistakes, by name.
fn fixtures() -> Vec<PathBuf> {
    let mut paths = entries();
    paths.retain(|path| {
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml");
        (path.is_dir() || is_yaml) && !path.ends_with(BASE)
    });
    paths.sort();
    paths
}

fn told_of(fixture: &Path) -> String {
    let name = fixture.file_name().unwrap().to_string_lossy();
    if fixture.is_dir() {
        return told_of_lab(fixture, fixture.parent().unwrap());
    }
    if name.starts_with("stack-") {
        return told_of_stack(fixture);
    }
    let folder = tempfile::tempdir().unwrap();
    told_of_lab(&base_with(folder.path(), Some(fixture)), folder.path())
}

/// A lab's folder with the base lab's files and one more.
fn base_with(folder: &Path, fixture: Option<&Path>) -> PathBuf {
    let lab = folder.join(BASE);
    fs::create_dir(&lab).unwrap();
    for entry in fs::read_dir(root().join(BASE)).unwrap() {
        let from = entry.unwrap().path();
        fs::copy(&from, lab.join(from.file_name().unwrap())).unwrap();
    }
    if let Some(fixture) = fixture {
        fs::copy(fixture, lab.join(fixture.file_name().unwrap())).unwrap();
    }
    lab
}

/// What is told of a lab by loading and planning it, with paths as seen from `from`.
fn told_of_lab(lab: &Path, from: &Path) -> String {
    let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
    let loaded = load_lab(lab, &mut sources, &mut found);
    assert_remedies(&found);
    if let Some(lab) = loaded {
        let inputs = Inputs {
            stack: "demo".to_owned(),
            ..Inputs::default()
        };
        found = plan::build(&lab, &sources, &inputs, found)
            .err()
            .unwrap_or_default();
    }
    relative(&found.render(&sources, Colour::Plain), from)
}

fn told_of_stack(path: &Path) -> String {
    let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
    let _incomplete = load_stack(path, &mut sources, &mut found);
    assert_remedies(&found);
    relative(
        &found.render(&sources, Colour::Plain),
        path.parent().unwrap(),
    )
}

fn assert_remedies(found: &Diagnostics) {
    for mistake in found.sorted() {
        assert!(!mistake.remedies.is_empty(), "no remedy: {}", mistake.title);
    }
}

fn relative(told: &str, from: &Path) -> String {
    told.replace(&format!("{}/", from.display()), "")
}
