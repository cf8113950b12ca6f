//! A class on more than one machine: shards, put together, are the class; what is missing, doubled or of another class is named.
use std::fs::{copy, create_dir_all, read_dir, read_to_string, remove_dir_all, write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::face::{Ended, Face};

const CLASS: &str = "--stack-template fixtures/rosters/replica.yaml --lab ha-web --lang en --allow-emulator --no-wait";

/// Among them a copy of another's stack, one whose credentials ran out, and one with a mistake.
fn roster(folder: &Path) -> PathBuf {
    let mut roster = "student,name,faults\n".to_owned();
    for student in 1..=9 {
        let fault = match student {
            3 => "open-rule-kept",
            5 => "credentials-expired",
            _ => "",
        };
        roster.push_str(&format!("s{student},N{student},{fault}\n"));
    }
    let path = folder.join("roster.csv");
    write(&path, roster).expect("a file");
    path
}

fn grade(roster: &Path, out: &Path) -> Face {
    Face::command("grade")
        .args(CLASS)
        .arg("--roster")
        .arg(roster)
        .arg("--out")
        .arg(out)
}

fn merge(folders: &[&Path], out: &Path) -> Ended {
    let mut face = Face::command("merge")
        .args("--lang en")
        .arg("--out")
        .arg(out);
    for folder in folders {
        face = face.arg(folder);
    }
    face.end()
}

fn copied(from: &Path, to: &Path) {
    create_dir_all(to).expect("a folder");
    for entry in read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &to);
        } else {
            copy(entry.path(), to).expect("a copy");
        }
    }
}

fn altered(file: &Path, change: impl Fn(&mut Value)) {
    let mut value: Value =
        serde_json::from_str(&read_to_string(file).expect("a file")).expect("JSON");
    change(&mut value);
    write(file, value.to_string()).expect("a file");
}

#[test]
fn shards_put_together_are_the_class() {
    let home = tempfile::tempdir().expect("a folder");
    let (roster, parts, whole) = (
        roster(home.path()),
        home.path().join("parts"),
        home.path().join("whole"),
    );
    grade(&roster, &whole).end().exits(0);
    grade(&roster, &parts).args("--shard 1/3").end().exits(0);
    // As Slurm and Kubernetes say it.
    let slurm = grade(&roster, &parts)
        .args("--shard auto")
        .env("SLURM_ARRAY_TASK_ID", "1");
    slurm
        .env("SLURM_ARRAY_TASK_MIN", "0")
        .env("SLURM_ARRAY_TASK_COUNT", "3")
        .end()
        .exits(0);
    let unfinished = home.path().join("unfinished");
    copied(&parts, &unfinished);
    let kubernetes = grade(&roster, &parts).args("--shard auto/3");
    kubernetes.env("JOB_COMPLETION_INDEX", "2").end().exits(0);

    let merged = home.path().join("merged");
    let ended = merge(&[&parts], &merged);
    assert_eq!(ended.code, Some(0), "{}", ended.told());
    let book = |folder: &Path| read_to_string(folder.join("gradebook.csv")).expect("a gradebook");
    // A run's folder is named with its shard's.
    let mut together = book(&merged);
    for shard in 1..=3 {
        let folder = parts.join(format!("shard-{shard}-of-3/"));
        together = together.replace(folder.to_str().expect("a path"), "");
    }
    assert_eq!(together, book(&whole), "the same as one machine's");
    assert_eq!(book(&merged).lines().count(), 10);
    assert!(merged.join("class.html").is_file() && merged.join("junit.xml").is_file());

    // One shard was never run.
    let ended = merge(&[&unfinished], &home.path().join("blank"));
    assert_eq!(ended.code, Some(3), "{}", ended.told());
    assert!(
        ended
            .stdout
            .contains("Of 3 shards these are missing or did not come to their end: 3"),
        "{}",
        ended.told()
    );
    let blank = book(&home.path().join("blank"));
    assert!(
        blank.contains("the shard of this student is missing"),
        "{blank}"
    );
    assert!(blank.lines().count() == 10, "nobody is left out: {blank}");

    // One was cut off: it has no outcomes yet.
    let cut = home.path().join("cut");
    copied(&parts, &cut);
    altered(&cut.join("shard-2-of-3/shard.json"), |left| {
        left["graded"] = Value::Null;
    });
    let ended = merge(&[&cut], &home.path().join("cut-merged"));
    assert!(
        ended.code == Some(3) && ended.stdout.contains("their end: 2"),
        "{}",
        ended.told()
    );

    // The same one twice, and one by other checks: all is told at once, and nothing is written.
    let odd = home.path().join("odd");
    copied(&parts, &odd);
    altered(&odd.join("shard-1-of-3/shard.json"), |left| {
        left["expected"]["checks_digest"] = "ab".into();
    });
    remove_dir_all(odd.join("shard-3-of-3")).expect("removed");
    let ended = merge(&[&parts, &odd], &home.path().join("refused"));
    assert_eq!(ended.code, Some(78), "{}", ended.told());
    for told in ["shard 1 again", "shard 2 again", "graded by other checks"] {
        assert!(ended.stderr.contains(told), "{told}: {}", ended.told());
    }
    assert!(!home.path().join("refused").exists());
    let ended = merge(
        &[home.path().join("nowhere").as_path()],
        &home.path().join("refused"),
    );
    assert!(
        ended.code == Some(78) && ended.stderr.contains("no shard"),
        "{}",
        ended.told()
    );
}

#[test]
fn a_shard_that_nobody_names_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let roster = roster(home.path());
    for (shard, told) in [("auto", "SLURM_ARRAY_TASK_ID"), ("4/3", "is no shard")] {
        let ended = grade(&roster, &home.path().join("out"))
            .arg("--shard")
            .arg(shard)
            .end();
        ended.exits(2).complains(told);
    }
}
