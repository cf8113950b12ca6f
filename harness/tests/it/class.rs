//! A class: everybody gets a row, what is incomplete stays blank, a run that was cut off goes on where it stopped, and a
//! roster's mistakes are told before anybody is looked at.
use std::collections::BTreeMap;
use std::path::Path;

use crate::face::Face;

const CLASS: &str = "--stack-template fixtures/rosters/replica.yaml --lab ha-web --lang en";

/// The rows of a gradebook by student, each a map of its columns.
fn gradebook(folder: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join("gradebook.csv")).unwrap();
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| row.unwrap())
        .map(|row| (row["student"].clone(), row))
        .collect()
}

fn grading(roster: &str) -> Face {
    let face = Face::command("grade");
    let path = face.file("roster.csv", roster);
    let out = face.home().join("class");
    face.args(CLASS)
        .arg("--roster")
        .arg(path)
        .arg("--out")
        .arg(out)
}

const ROSTER: &str = "student,name,faults\n\
    right,\"=1+1\",\n\
    wrong,B,open-rule-kept\n\
    expired,C,credentials-expired\n";

#[test]
fn marks_are_as_the_mistakes_and_what_is_incomplete_is_blank() {
    let face = grading(ROSTER).args("--allow-emulator");
    let folder = face.home().join("class");
    let kept = face.end().exits(0);
    let book = gradebook(&folder);
    assert_eq!(book["right"]["percent"], "100");
    assert_eq!(book["right"]["name"], "'=1+1");
    assert_eq!(book["wrong"]["complete"], "true");
    assert_eq!(book["wrong"]["causes"], "web-tier-only-from-alb");
    let expired = &book["expired"];
    assert_eq!(
        (
            expired["percent"].as_str(),
            expired["points"].as_str(),
            expired["complete"].as_str()
        ),
        ("", "", "false")
    );
    assert!(expired["notes"].contains("expired"), "{expired:?}");
    for student in ["right", "wrong", "expired"] {
        for file in ["result.json", "evidence.json", "junit.xml"] {
            assert!(
                folder.join("students").join(student).join(file).is_file(),
                "{student}/{file}"
            );
        }
    }
    drop(kept);
}

#[test]
fn a_class_that_was_cut_off_goes_on_where_it_stopped() {
    let face = grading(ROSTER).args("--allow-emulator --jobs 1");
    let folder = face.home().join("class");
    let mut running = face.start();
    running.wait_for("right");
    running.signal("KILL");
    let kept = running.end();
    let results = || -> Vec<String> {
        let found = std::fs::read_dir(folder.join("students")).unwrap();
        let done =
            found.filter(|entry| entry.as_ref().unwrap().path().join("result.json").is_file());
        let mut names: Vec<String> = done
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let before = results();
    assert!(
        before.contains(&"right".to_owned()) && before.len() < 3,
        "{before:?}"
    );
    let written = |student: &str| {
        std::fs::metadata(folder.join("students").join(student).join("result.json"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let first = written("right");
    let reports = kept.reports();
    let roster = reports.parent().unwrap().join("roster.csv");
    Face::command("grade")
        .args(CLASS)
        .args("--allow-emulator --resume")
        .arg("--roster")
        .arg(&roster)
        .arg("--out")
        .arg(&folder)
        .end()
        .exits(0);
    assert_eq!(results().len(), 3, "nobody is missing");
    assert_eq!(written("right"), first, "nobody is graded twice");
    let book = gradebook(&folder);
    assert_eq!(
        (
            book["right"]["percent"].as_str(),
            book["wrong"]["causes"].as_str()
        ),
        ("100", "web-tier-only-from-alb")
    );
}

#[test]
fn a_roster_or_a_stack_that_can_not_be_is_refused_before_anybody_is_looked_at() {
    grading("student,faults\na,\na,\n../b,\n")
        .args("--allow-emulator")
        .end()
        .exits(78)
        .complains("roster.csv:3: the student `a` stands twice, first in line 2")
        .complains("roster.csv:4: the stack `../b` is a path");
    let face = grading("student,faults\na,\n");
    let folder = face.home().join("class");
    let refused = face.end().exits(78).complains("--allow-emulator");
    assert!(!folder.join("gradebook.csv").exists());
    drop(refused);
    grading("student,faults\na,no-such-fault\n")
        .args("--allow-emulator")
        .end()
        .exits(3);
    Face::command("grade")
        .args("--roster nowhere.csv --lab ha-web")
        .end()
        .exits(78)
        .complains("nowhere.csv");
}
