//! A class that is cut off: it ends when it is told to, goes on where it stopped, and loses nobody, however and whenever it was
//! killed; and one that is graded once more.
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;

use crate::class::{CLASS, ROSTER, gradebook, grading};
use crate::face::{Ended, Face};

/// The lines of a class's index: who, and why there is no report; nothing where there is one.
fn index(out: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(out.join("index.jsonl")).unwrap_or_default();
    let line = |line| -> (String, String) {
        let told: Value = serde_json::from_str(line).expect("a line of the index is whole");
        let text = |key: &str| told[key].as_str().unwrap().to_owned();
        assert_eq!(told["report"], text("detail").is_empty(), "{told}");
        (text("student"), text("detail"))
    };
    text.lines().map(line).collect()
}

/// Whose runs with a report are in a class's index, sorted.
fn reported(out: &Path) -> Vec<String> {
    let told = index(out).into_iter();
    let with_report = told.filter(|(_, why_none)| why_none.is_empty());
    let mut students: Vec<String> = with_report.map(|(student, _)| student).collect();
    students.sort();
    students
}

#[test]
fn a_class_that_is_told_to_end_while_nobody_is_looked_at_ends() {
    const STUDENTS: usize = 400;
    // Whose profile is not there is never looked at: such a class only prepares.
    let mut roster = "student,profile\n".to_owned();
    for number in 0..STUDENTS {
        roster += &format!("s{number},labcheck-nobody\n");
    }
    let face = Face::command("grade").args("--lab ha-web --lang en --jobs 1");
    let roster = face.file("roster.csv", roster);
    let template = face.file("template.yaml", "lab: ha-web\nregion: us-east-1\n");
    let out = face.home().join("class");
    let mut running = face
        .arg("--roster")
        .arg(roster)
        .arg("--stack-template")
        .arg(template)
        .arg("--out")
        .arg(&out)
        .start();
    running.wait_for("no such profile");
    running.signal("TERM");
    let _home = running.end().exits(143);
    let (cut_off, told): (Vec<_>, Vec<_>) = index(&out)
        .into_iter()
        .partition(|(_, why)| why == "interrupted");
    assert!(!told.is_empty() && !cut_off.is_empty(), "{told:?}");
    assert_eq!(told.len() + cut_off.len(), STUDENTS, "nobody is missing");
    assert_eq!(gradebook(&out).len(), STUDENTS);
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
    // As if it had been killed while it wrote the line of its first.
    std::fs::write(folder.join("index.jsonl"), r#"{"at":"2026-"#).unwrap();
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
    assert_eq!(reported(&folder), results(), "each has a line");
    let book = gradebook(&folder);
    assert_eq!(
        (
            book["right"]["percent"].as_str(),
            book["wrong"]["causes"].as_str()
        ),
        ("100", "web-tier-only-from-alb")
    );
}

/// Grades a class into this folder, with more options, and ends.
fn graded(out: &Path, roster: &str, more: &str) -> Ended {
    into(out, roster, more).end()
}

fn into(out: &Path, roster: &str, more: &str) -> Face {
    let face = Face::command("grade");
    let roster = face.file("roster.csv", roster);
    face.args(CLASS)
        .args("--allow-emulator --jobs 1")
        .args(more)
        .arg("--roster")
        .arg(roster)
        .arg("--out")
        .arg(out)
}

#[test]
fn a_run_of_another_step_is_no_mark_of_this_one() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("class");
    let expired = "student,faults\na,credentials-expired\n";
    let cell = |column: &str| gradebook(&out)["a"][column].clone();
    graded(&out, "student,faults\na,\n", "--phase vpc").exits(0);
    assert_eq!(cell("percent"), "100");
    graded(&out, expired, "").exits(0);
    assert_eq!(
        (cell("percent"), cell("run")),
        (String::new(), "students/a".to_owned())
    );
    graded(&out, "student,faults\na,open-rule-kept\n", "--only errored").exits(0);
    assert!(cell("causes").contains("web-tier-only-from-alb"));
    // Nor is one left out for it.
    graded(&out, "student,faults\na,\n", "--phase vpc --resume").exits(0);
    assert_eq!(
        (cell("percent"), cell("causes")),
        ("100".to_owned(), String::new())
    );
}

#[test]
fn a_class_graded_anew_and_cut_off_goes_on_anew() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("class");
    graded(&out, "student,faults\na,\nb,\n", "").exits(0);
    let today = "student,faults\na,open-rule-kept\nb,open-rule-kept\n";
    let cut_off = |signal: &str| {
        let mut running = into(&out, today, "").start();
        running.wait_for("a  ");
        running.signal(signal);
        running.end()
    };
    cut_off("KILL");
    graded(&out, today, "--resume").exits(0);
    for (student, row) in gradebook(&out) {
        assert_eq!(row["causes"], "web-tier-only-from-alb", "{student}");
    }
    // Of the other student there are two runs now, and neither is of this time.
    cut_off("TERM").exits(143);
    let book = gradebook(&out);
    let b = ["percent", "notes", "run"].map(|column| book["b"][column].as_str());
    assert_eq!(b, ["", "interrupted", ""]);
}

#[test]
fn only_the_errored_are_run_again_both_runs_are_kept_and_the_gradebook_names_the_one_that_counts() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("class");
    let run = |roster: &str, more: &str| {
        graded(&out, roster, more).exits(0);
        gradebook(&out)
    };
    let students = out.join("students");
    let started = |path: &str| {
        let text = std::fs::read_to_string(students.join(path).join("result.json")).unwrap();
        let result: Value = serde_json::from_str(&text).unwrap();
        result["started_at"].as_str().unwrap().to_owned()
    };
    let roster =
        |right: &str, expired: &str| format!("student,faults\nright,{right}\nexpired,{expired}\n");
    let book = run(&roster("", "credentials-expired"), "");
    assert_eq!(book["expired"]["percent"], "");
    let (right, expired) = (started("right"), started("expired"));

    let book = run(&roster("", ""), "--only errored");
    assert_eq!(started("right"), right, "who has a mark is left alone");
    assert_eq!(
        started("expired/earlier/1"),
        expired,
        "the run of then is kept"
    );
    assert!(students.join("expired/earlier/1/evidence.json").is_file());
    assert_eq!(
        (
            book["expired"]["percent"].as_str(),
            book["expired"]["run"].as_str()
        ),
        ("100", "students/expired")
    );

    // All again, when credentials had run out: the mark that was whole counts, and is named.
    let book = run(&roster("credentials-expired", ""), "");
    assert_eq!(started("right/earlier/1"), right);
    assert_eq!(
        (
            book["right"]["percent"].as_str(),
            book["right"]["run"].as_str()
        ),
        ("100", "students/right/earlier/1")
    );
    let newest = started("right");
    let book = run(&roster("", ""), "--only errored");
    assert_eq!(
        started("right"),
        newest,
        "a run that counts is whole already"
    );
    assert_eq!(book["right"]["run"], "students/right/earlier/1");
    Face::command("judge")
        .args("--lang en")
        .arg(&out)
        .end()
        .exits(0)
        .says("2 judged again from the evidence; 0 of the marks changed.");
}

/// A class for being killed: of each kind one, and more than are at work at once.
const MANY: &str = "student,name,faults\n\
    a,A,\nb,B,open-rule-kept\nc,C,credentials-expired\nd,D,healthy-threshold-5\n\
    e,E,\nf,F,second-server-in-same-az\ng,G,\nh,H,open-rule-kept\n";

/// What a class's folder says of each check, times aside.
fn verdicts(out: &Path) -> BTreeMap<String, Vec<(String, String, String)>> {
    let mut verdicts = BTreeMap::new();
    for entry in std::fs::read_dir(out.join("students")).unwrap() {
        let entry = entry.unwrap();
        let Ok(text) = std::fs::read_to_string(entry.path().join("result.json")) else {
            continue;
        };
        let result: Value = serde_json::from_str(&text).expect("what is there is whole");
        let evidence = std::fs::read_to_string(entry.path().join("evidence.json")).unwrap();
        let _whole: Value = serde_json::from_str(&evidence).expect("its evidence, too");
        for file in ["junit.xml", "report.html"] {
            assert!(
                entry.path().join(file).is_file(),
                "{file} is there where the result is"
            );
        }
        let checks = result["checks"].as_array().unwrap().iter();
        let checks = checks.map(|check| {
            let text = |key: &str| check[key].to_string();
            (text("id"), text("outcome"), text("points"))
        });
        verdicts.insert(entry.file_name().into_string().unwrap(), checks.collect());
    }
    verdicts
}

#[test]
fn killed_at_twenty_random_moments_and_resumed_a_class_is_as_if_nothing_had_been() {
    use rand::{RngExt, SeedableRng};
    let grading = |out: &Path, roster: &Path, more: &str| {
        Face::command("grade")
            .args(CLASS)
            .args("--allow-emulator --jobs 3")
            .args(more)
            .arg("--roster")
            .arg(roster)
            .arg("--out")
            .arg(out)
    };
    let home = tempfile::tempdir().unwrap();
    let roster = home.path().join("roster.csv");
    std::fs::write(&roster, MANY).unwrap();
    let (whole, cut) = (home.path().join("whole"), home.path().join("cut"));
    let began = Instant::now();
    grading(&whole, &roster, "").end().exits(0);
    // A life lasts a third of what all takes at most, so that most of them end in the middle of something.
    let longest = began.elapsed() / 3;
    let seed = rand::rng().random();
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    println!("seed {seed}, lives of at most {longest:?}");
    let mut killed = 0;
    while killed < 20 {
        let running = grading(&cut, &roster, "--resume").start();
        let moment = longest.mul_f64(random.random_range(0.02..1.0));
        if running.dies_after(moment) {
            killed += 1;
        } else {
            // It was done: from here on everything is made anew.
            std::fs::remove_dir_all(&cut).unwrap();
        }
        if cut.join("students").exists() {
            verdicts(&cut);
        }
    }
    grading(&cut, &roster, "--resume").end().exits(0);
    let read = |out: &Path, name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    for name in ["gradebook.csv", "gradebook.json"] {
        assert_eq!(read(&cut, name), read(&whole, name), "{name}, seed {seed}");
    }
    assert_eq!(verdicts(&cut), verdicts(&whole), "seed {seed}");
    assert_eq!(verdicts(&cut).len(), 8, "nobody is missing");
    for student in std::fs::read_dir(cut.join("students")).unwrap() {
        let path = student.unwrap().path();
        for entry in std::fs::read_dir(&path).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                !name.starts_with(".labcheck-"),
                "{name} stays in {}",
                path.display()
            );
            assert_ne!(name, "earlier", "nobody is graded twice");
        }
    }
    let told = index(&cut)
        .into_iter()
        .filter(|(_, why_none)| why_none.is_empty());
    let mut told: Vec<String> = told.map(|(student, _)| student).collect();
    told.sort();
    assert_eq!(
        told,
        ["a", "b", "c", "d", "e", "f", "g", "h"],
        "seed {seed}"
    );
}
