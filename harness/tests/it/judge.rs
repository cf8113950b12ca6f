//! `labcheck judge`: the same checks give a run's own results again, mended ones tell whose mark they change and why, and
//! no stack is asked for either.
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::face::Face;
use crate::support::root;

const SETTLE: &str =
    "vars: { settle: 2s, health_settle: 2s, database_settle: 2s, name_settle: 2s }\n";

fn judge() -> Face {
    Face::command("judge").args("--lang en --allow-emulator")
}

/// The labs, with a text of one file replaced.
fn mended(folder: &Path, from: &str, to: &str) -> PathBuf {
    let checks = folder.join("mended/checks");
    let lab = checks.join("ha-web");
    std::fs::create_dir_all(&lab).unwrap();
    for entry in std::fs::read_dir(root().join("checks/ha-web")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(lab.join(path.file_name().unwrap()), text).unwrap();
    }
    let path = lab.join("hardened.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from:?} stands in the lab");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    checks
}

#[test]
fn a_run_s_own_evidence_and_its_own_checks_give_its_own_result_drills_too() {
    let kept = Face::run()
        .args("--allow-writes --allow-disruptive")
        .stack(&format!(
            "lab: ha-web\nregion: us-east-1\n{SETTLE}replica: {{ faults: [open-rule-kept], speed: 20 }}\nvantages: {{ web1: {{ ssm: {{ instance: web1 }} }}, web2: {{ ssm: {{ instance: web2 }} }} }}\n"
        ))
        .end()
        .exits(101);
    let face = judge();
    let out = face.home().join("again");
    let again = face.arg(kept.reports()).arg("--out").arg(&out).end();
    let again = again
        .exits(101)
        .says("1 judged again from the evidence; 0 of the marks changed.");
    let folder = out.join("students/reports");
    for file in ["result.json", "junit.xml", "evidence.json"] {
        let new = std::fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(new, kept.report(file), "{file}");
    }
    assert!(
        again.stdout.contains("There is one cause"),
        "{}",
        again.stdout
    );
}

/// A class of three: right, wrong, and one whom nobody could look at.
fn class(face: Face) -> (Face, PathBuf) {
    let roster = face.file(
        "roster.csv",
        "student,name,faults\nright,R,\nwrong,W,open-rule-kept\nexpired,E,credentials-expired\n",
    );
    let out = face.home().join("class");
    Face::command("grade")
        .args("--stack-template fixtures/rosters/replica.yaml --lab ha-web --lang en --allow-emulator")
        .arg("--roster")
        .arg(roster)
        .arg("--out")
        .arg(&out)
        .end()
        .exits(0);
    (face, out)
}

fn marks(out: &Path) -> Vec<(String, Option<f64>)> {
    let text = std::fs::read_to_string(out.join("gradebook.json")).unwrap();
    let book: Value = serde_json::from_str(&text).unwrap();
    let rows = book["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        (
            row["student"].as_str().unwrap().to_owned(),
            row["percent"].as_f64(),
        )
    })
    .collect()
}

#[test]
fn a_mended_rubric_or_check_lists_whose_mark_changed_and_why_and_leaves_the_old_marks() {
    let (face, class) = class(judge());
    let before = marks(&class);
    assert!(before[0].1 == Some(100.0) && before[1].1 < Some(100.0) && before[2].1.is_none());
    let home = face.home().to_owned();

    // Dearer: the one who failed it loses more, who passed all has all still, who is open is open.
    let rubric = |points: u32| {
        format!(
            "    points: {points}\n    needs: [web-sg-exists]\n    probe: {{ resource: web_sg }}\n    expect:\n      ingress:\n        none:"
        )
    };
    let dear = mended(&home, &rubric(3), &rubric(30));
    let out = home.join("dear");
    let told = judge()
        .arg(&class)
        .arg("--checks")
        .arg(dear)
        .arg("--out")
        .arg(&out)
        .end()
        .exits(0);
    let told = told
        .says("web-tier-only-from-alb: failed (points 3 → 30)")
        .says("3 judged again from the evidence; 1 of the marks changed.");
    assert!(
        told.stdout.lines().next().unwrap().starts_with("wrong: "),
        "{}",
        told.stdout
    );
    for file in [
        "gradebook.csv",
        "class.html",
        "junit.xml",
        "students/right/report.html",
    ] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let after = marks(&out);
    assert!(after[0].1 == Some(100.0) && after[1].1 < before[1].1 && after[2].1.is_none());

    // Milder: what failed passes, and what needed it follows; the cause is told.
    let range = |most: &str| {
        format!(
            "none:\n          protocol: {{ one_of: [tcp, all] }}\n          from_port: {{ at_most: {most} }}"
        )
    };
    let mild = mended(&home, &range("'{{ app_port }}'"), &range("1"));
    let told = judge().arg(&class).arg("--checks").arg(mild).end().exits(0);
    told.says("web-tier-only-from-alb: failed → passed (it asks now: ")
        .says("1 of the marks changed");

    // What nobody looked at then is open, for everybody; it is no zero.
    let more = mended(
        &home,
        "checks:\n",
        "checks:\n  a-new-look:\n    title: { ja: a, en: a }\n    needs: [alb-active]\n    from: internet\n    probe: { dns: { name: '{{ alb.dns_name }}' } }\n    expect: { addresses: { present: true } }\n",
    );
    let out = home.join("more");
    let told = judge()
        .arg(&class)
        .arg("--checks")
        .arg(more)
        .arg("--out")
        .arg(&out)
        .end()
        .exits(0);
    told.says("right: 100 → incomplete")
        .says("a-new-look: - → errored (a new check)")
        .says("2 of the marks changed");
    assert!(marks(&out).iter().all(|(_, percent)| percent.is_none()));
    assert_eq!(marks(&class), before, "the old marks stay");
}

#[test]
fn what_can_not_be_judged_is_refused_or_told_and_the_old_results_are_never_overwritten() {
    let (face, class) = class(judge());
    judge()
        .arg(&class)
        .arg("--out")
        .arg(&class)
        .end()
        .exits(2)
        .complains("the old results are there");
    judge()
        .args("no-such-folder")
        .end()
        .exits(78)
        .complains("no evidence.json");
    let student = |name: &str| class.join("students").join(name);
    std::fs::write(
        student("wrong").join("evidence.json"),
        "{\"schema\": \"x\"}",
    )
    .unwrap();
    std::fs::write(student("expired").join("result.json"), "[").unwrap();
    let told = judge().arg(&class).end().exits(3);
    told.says("wrong: evidence.json: missing field")
        .says("expired: result.json: ");
    // Numbers that nobody measured, and a step that the lab never had, are one student's matter.
    let path = student("right").join("evidence.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let largest = u64::MAX.to_string();
    let mut evidence: Value = serde_json::from_str(&text).unwrap();
    for check in evidence["checks"].as_object_mut().unwrap().values_mut() {
        for attempt in check["attempts"].as_array_mut().into_iter().flatten() {
            attempt["at_ms"] = serde_json::from_str(&largest).unwrap();
            attempt["elapsed_ms"] = serde_json::from_str(&largest).unwrap();
        }
    }
    std::fs::write(&path, evidence.to_string()).unwrap();
    judge().arg(&class).end().exits(3).says("3 judged again");
    drop(face);
}

#[test]
fn a_demo_s_marks_are_blank_unless_they_are_allowed_and_a_broken_lab_is_its_author_s() {
    let (face, class) = class(judge());
    let judged = |name: &str| {
        let out = face.home().join(name);
        let judge = Face::command("judge").args("--lang en").arg(&class);
        judge.arg("--out").arg(&out).end().exits(0);
        marks(&out)
    };
    assert_eq!(judged("again"), marks(&class), "the class allowed them");
    std::fs::remove_file(class.join("class.json")).unwrap();
    let strict = judged("strict");
    assert!(strict.iter().all(|(_, percent)| percent.is_none()));
    let broken = mended(face.home(), "phase: hardened", "phase: no-such-phase");
    judge()
        .arg(&class)
        .arg("--checks")
        .arg(broken)
        .end()
        .exits(78)
        .complains("no-such-phase");
}

#[test]
fn a_class_of_many_machines_is_judged_again_where_its_shards_are() {
    let face = judge();
    let roster = face.file("roster.csv", "student,faults\na,\nb,open-rule-kept\n");
    let (shards, merged) = (face.home().join("shards"), face.home().join("merged"));
    for shard in ["1/2", "2/2"] {
        Face::command("grade")
            .args("--stack-template fixtures/rosters/replica.yaml --lab ha-web --lang en --allow-emulator --shard")
            .arg(shard)
            .arg("--roster")
            .arg(&roster)
            .arg("--out")
            .arg(&shards)
            .end()
            .exits(0);
    }
    Face::command("merge")
        .arg(&shards)
        .arg("--out")
        .arg(&merged)
        .end()
        .exits(0);
    let again = face.home().join("again");
    let told = face.arg(&merged).arg("--out").arg(&again).end().exits(0);
    let kept = told.says("2 judged again from the evidence; 0 of the marks changed.");
    assert_eq!(marks(&again), marks(&merged));
    drop(kept);
}

#[test]
fn runs_of_one_name_are_told_apart_by_what_is_above_them_or_refused() {
    let kept = Face::run()
        .args("vpc")
        .stack(&format!(
            "lab: ha-web\nregion: us-east-1\n{SETTLE}replica: {{ speed: 20 }}\n"
        ))
        .end()
        .exits(0);
    let face = judge();
    let place = |student: &str| face.home().join("handed").join(student).join("reports");
    for student in ["alice", "bob"] {
        std::fs::create_dir_all(place(student)).unwrap();
        for file in ["evidence.json", "result.json"] {
            std::fs::copy(kept.reports().join(file), place(student).join(file)).unwrap();
        }
    }
    let out = face.home().join("out");
    let judged = |second: &str| {
        let face = judge().arg(place("alice")).arg(place(second));
        face.arg("--out").arg(&out).end()
    };
    judged("alice")
        .exits(2)
        .complains("alice/reports both hold a run of `reports`")
        .complains("an --out of its own");
    assert!(!out.exists(), "nobody was judged");
    judged("bob").exits(0).says("2 judged again");
    let ids: Vec<String> = marks(&out).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["alice", "bob"]);
    for id in ids {
        assert!(out.join("students").join(id).join("result.json").is_file());
    }
}
