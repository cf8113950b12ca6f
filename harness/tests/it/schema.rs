//! The schemas that editors read, `fixtures/schema/`, are what the code knows, and take every file of ours.
//! `LABCHECK_BLESS=1 cargo test -p labcheck --test it schema` writes them anew; read them before committing.
use std::fs;
use std::path::{Path, PathBuf};

use labcheck::language::json_schema::Document;
use serde_json::Value;

use crate::support::{is_what_the_code_knows, root};

fn file_of(document: Document) -> PathBuf {
    root().join(format!("fixtures/schema/{}.json", document.word()))
}

#[test]
fn the_committed_schemas_are_what_the_code_knows() {
    for document in Document::ALL {
        let now = format!("{:#}\n", document.schema());
        is_what_the_code_knows(&file_of(document), &now);
    }
}

/// Each file that somebody may open in an editor, and its kind.
fn ours() -> Vec<(PathBuf, Document)> {
    let mut files = Vec::new();
    for lab in fs::read_dir(root().join("checks")).unwrap() {
        for file in fs::read_dir(lab.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let document = match path.file_name().and_then(|name| name.to_str()) {
                Some("lab.yaml") => Document::Lab,
                Some("rows.yaml") => Document::Rows,
                _ => Document::Check,
            };
            files.push((path, document));
        }
    }
    // A student's own stack files are in no commit, and may lack the line.
    for name in [
        "demo",
        "demo-broken",
        "demo-aurora",
        "demo-aurora-broken",
        "example",
    ] {
        files.push((
            root().join(format!("fixtures/stacks/{name}.yaml")),
            Document::Stack,
        ));
    }
    files
}

/// The schema that a file names for its editor.
fn named(path: &Path, text: &str) -> PathBuf {
    let line = text.lines().next().unwrap_or_default();
    let relative = line.strip_prefix("# yaml-language-server: $schema=");
    let relative = relative.unwrap_or_else(|| panic!("{} names no schema", path.display()));
    let schema = path.parent().unwrap().join(relative);
    schema
        .canonicalize()
        .unwrap_or_else(|error| panic!("{}: {error}", schema.display()))
}

#[test]
fn every_file_of_ours_names_its_schema_and_holds_to_it() {
    let files = ours();
    assert!(files.len() > 20, "{}", files.len());
    for (path, document) in files {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            named(&path, &text),
            file_of(document).canonicalize().unwrap(),
            "{}",
            path.display()
        );
        let written: Value = serde_saphyr::from_str(&text).unwrap();
        let schema = jsonschema::validator_for(&document.schema()).unwrap();
        let told: Vec<String> = schema
            .iter_errors(&written)
            .map(|error| {
                format!(
                    "{}: {}",
                    error.instance_path(),
                    error.to_string().chars().take(300).collect::<String>()
                )
            })
            .collect();
        assert!(told.is_empty(), "{}: {told:#?}", path.display());
    }
}
