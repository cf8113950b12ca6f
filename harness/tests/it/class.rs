//! A class: everybody gets a row, what is incomplete stays blank, and a roster's mistakes are told before anybody is looked at.
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use labcheck::aws::{Credentials, Raised};
use labcheck::grade::integrity::Expected;
use labcheck::grade::templates::{Template, Templates};
use labcheck::grade::{AtWork, Class, Ended, Roster};
use labcheck::run::logins::Place;
use labcheck::run::session;
use labcheck::run::stack::{Host, Target};
use labcheck::run::{Options, Prepared};
use serde_json::Value;

use crate::deployed::Deployed;
use crate::face::{self, Face};
use crate::faults::failed_by;
use crate::support::root;

/// What grades a class on replicas.
pub const CLASS: &str = "--stack-template fixtures/rosters/replica.yaml --lab ha-web --lang en";

/// The rows of a gradebook by student, each a map of its columns.
pub fn gradebook(folder: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join("gradebook.csv")).unwrap();
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| row.unwrap())
        .map(|row| (row["student"].clone(), row))
        .collect()
}

/// A class by this roster, on replicas.
pub fn grading(roster: &str) -> Face {
    let face = Face::command("grade");
    let path = face.file("roster.csv", roster);
    let out = face.home().join("class");
    face.args(CLASS)
        .arg("--roster")
        .arg(path)
        .arg("--out")
        .arg(out)
}

/// One who has all, one with a mistake, one whose credentials are over.
pub const ROSTER: &str = "student,name,faults\n\
    right,\"=1+1\",\n\
    wrong,B,open-rule-kept\n\
    expired,C,credentials-expired\n";

#[test]
fn marks_are_as_the_mistakes_and_what_is_incomplete_is_blank() {
    let face = grading(ROSTER).args("--allow-emulator --debug");
    let folder = face.home().join("class");
    let kept = face.end().exits(0);
    let told = kept.told();
    assert!(
        told.contains("debug: ec2:DescribeVpcs answered 200"),
        "{told}"
    );
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
fn a_roster_or_a_stack_that_can_not_be_is_refused_before_anybody_is_looked_at() {
    grading("student,stack,faults\na,,\na,,\nb,../b,\n")
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

/// The rosters as the platforms would export them, with what is where in them.
fn templates(students: &[String]) -> [(&'static str, String); 4] {
    let rows = |row: &dyn Fn(usize, &str) -> String| -> String {
        let rows = students.iter().enumerate();
        rows.map(|(place, id)| row(place + 1, id)).collect()
    };
    [
        (
            "canvas",
            "Student,ID,SIS Login ID,Section,Day 4 (7)\n    Points Possible,,,,50\n".to_owned()
                + &rows(&|place, id| format!("N{place},{place},{id},A,1\n")),
        ),
        (
            "moodle",
            "ID番号,メールアドレス\n".to_owned() + &rows(&|place, id| format!("{place:05},{id}\n")),
        ),
        (
            "gradescope",
            "SID,Email\n".to_owned() + &rows(&|place, id| format!("{place:05},{id}\n")),
        ),
        (
            "classroom",
            "identifier,github_username,github_id,name\n".to_owned()
                + &rows(&|place, id| format!("{id},octo-{place},{place},N\n")),
        ),
    ]
}

#[test]
fn a_class_of_forty_has_its_mistakes_as_causes_and_three_blanks_in_every_export() {
    let roster = root().join("fixtures/rosters/class-40.csv");
    let mut reader = csv::Reader::from_path(&roster).unwrap();
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    let rows: Vec<BTreeMap<String, String>> = rows.map(|row| row.unwrap()).collect();
    let ids: Vec<String> = rows.iter().map(|row| row["student"].clone()).collect();
    let class = || {
        Face::command("grade")
            .args("--lab ha-web --lang en --allow-emulator --resume")
            .arg("--roster")
            .arg(&roster)
    };
    let first = class().arg("--out");
    let out = first.home().join("class");
    let home = first.arg(&out).end().exits(0);
    let book = gradebook(&out);
    assert_eq!(book.len(), 40);
    let expired: Vec<&str> = rows
        .iter()
        .filter(|row| row["faults"].contains("credentials-expired"))
        .map(|row| row["student"].as_str())
        .collect();
    assert_eq!(expired.len(), 3);
    let mut compared = 0;
    for row in &rows {
        let graded = &book[&row["student"]];
        let open = expired.contains(&row["student"].as_str());
        assert_eq!(graded["complete"], (!open).to_string(), "{graded:?}");
        assert_eq!(graded["percent"].is_empty(), open, "{graded:?}");
        let path = out.join(format!("students/{}/result.json", row["student"]));
        let result: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let checks = result["checks"].as_array().unwrap();
        let failing: Vec<&Value> = checks
            .iter()
            .filter(|check| check["outcome"] == "failed")
            .collect();
        let failed: BTreeSet<String> = failing
            .iter()
            .map(|check| check["id"].as_str().unwrap().to_owned())
            .collect();
        let costs = failing.iter().any(|check| check["severity"] == "error");
        let seeded = row["faults"].split(", ").filter(|fault| !fault.is_empty());
        let seeded: Vec<BTreeSet<String>> = seeded.filter_map(failed_by).collect();
        if seeded.len() <= 1 && !open {
            let mut wanted = seeded.into_iter().next().unwrap_or_default();
            // What awaits an opt-in is outside the score, and so is what needs it.
            let skipped = |id: &String| {
                checks
                    .iter()
                    .any(|check| check["id"] == **id && check["outcome"] == "skipped")
            };
            wanted.retain(|id| !skipped(id));
            assert_eq!(failed, wanted, "{row:?}");
            assert_eq!(graded["percent"] == "100", !costs, "{graded:?}");
            compared += 1;
        }
    }
    assert!(compared >= 30, "only {compared} students tell anything");
    for (format, template) in templates(&ids) {
        let face = class().arg("--out").arg(&out);
        let path = face.file("template.csv", template);
        face.args("--export")
            .arg(format)
            .arg("--export-template")
            .arg(path)
            .end()
            .exits(0)
            .says("37 with a mark, 3 blank (s09@school.example, s21@school.example, s35@school.example)");
    }
    let export = out.join("export");
    let column = |file: &str, key: usize, mark: usize| -> BTreeMap<String, String> {
        let mut reader = csv::Reader::from_path(export.join(file)).unwrap();
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| (row[key].to_owned(), row[mark].to_owned()))
            .collect()
    };
    let (canvas, moodle) = (column("canvas.csv", 2, 4), column("moodle.csv", 0, 1));
    for (place, id) in ids.iter().enumerate() {
        let open = expired.contains(&id.as_str());
        assert_eq!(canvas[id].is_empty(), open, "{id}");
        assert_eq!(moodle[id] == "-", open, "{id}");
        let file = export.join(format!("gradescope/{id}/results.json"));
        assert_eq!(file.exists(), !open, "{id}");
        let file = export.join(format!("classroom/octo-{}.base64", place + 1));
        assert_eq!(file.exists(), !open, "{id}");
    }
    assert_eq!(
        (
            canvas["s01@school.example"].as_str(),
            moodle["s01@school.example"].as_str()
        ),
        ("50", "100"),
        "each in the platform's own points"
    );
    drop(home);
}

#[test]
fn an_id_that_the_platform_does_not_know_is_refused_before_anybody_is_looked_at() {
    let face = grading(ROSTER).args("--allow-emulator --export moodle --export-template");
    let template = face.file("template.csv", "username,email\nright,r\nwrong,w\n");
    let out = face.home().join("class");
    let refused = face.arg(template).end().exits(78);
    let refused =
        refused.complains("1 of the roster's 3 ids are not in its column `username`: expired");
    assert!(!out.join("students").exists(), "nobody was looked at");
    drop(refused);
}

#[test]
fn what_was_handed_in_is_judged_without_a_stack_and_what_is_odd_about_it_is_noted() {
    let run = |file: &str, faults: &str, more: &str| {
        let stack = format!(
            "lab: ha-web\nregion: us-east-1\nvars: {{ settle: 2s, health_settle: 2s, database_settle: 2s, name_settle: 2s }}\nreplica: {{ faults: [{faults}] }}\nvantages: {{ web1: {{ ssm: {{ instance: web1 }} }}, web2: {{ ssm: {{ instance: web2 }} }} }}\n"
        );
        let ended = Face::run().args(more).stack(&stack).end();
        assert!(ended.reports().join(file).is_file(), "{}", ended.told());
        ended
    };
    let right = run("evidence.json", "", "");
    let wrong = run("evidence.json", "open-rule-kept", "--allow-writes");
    let part = run("evidence.json", "", "vpc");
    let face = Face::command("grade").args("--lab ha-web --lang en");
    let path = |name: &str| face.home().join("handed").join(name);
    for (name, ended) in [("right", &right), ("wrong", &wrong), ("part", &part)] {
        std::fs::create_dir_all(path(name)).unwrap();
        for file in ["evidence.json", "result.json"] {
            std::fs::copy(ended.reports().join(file), path(name).join(file)).unwrap();
        }
    }
    // As if the student's checks had been others.
    for file in ["evidence.json", "result.json"] {
        let file = path("part").join(file);
        let text = std::fs::read_to_string(&file).unwrap();
        let digest = part.result()["checks_digest"].as_str().unwrap().to_owned();
        std::fs::write(file, text.replace(&digest, &"ab".repeat(32))).unwrap();
    }
    std::fs::create_dir_all(path("broken")).unwrap();
    std::fs::write(path("broken").join("evidence.json"), "{").unwrap();
    // How long the class's stacks are given is in its roster; `wrong` had no leave to be as quick.
    let quick = "2s,2s,2s,2s";
    let roster = format!(
        "student,name,evidence,settle,health_settle,database_settle,name_settle\nright,R,handed/right,{quick}\nwrong,W,handed/wrong,,,,2s\npart,P,handed/part,{quick}\nbroken,B,handed/broken,{quick}\nnone,N,handed/none,{quick}\n"
    );
    let roster = face.file("roster.csv", roster);
    let graded = |more: &str, out: &Path| {
        Face::command("grade")
            .args("--lab ha-web --lang en --deadline 2026-01-01T00:00:00+09:00")
            .args(more)
            .arg("--roster")
            .arg(&roster)
            .arg("--out")
            .arg(out)
            .end()
            .exits(3);
        gradebook(out)
    };
    let out = face.home().join("strict");
    let book = graded("", &out);
    assert!(
        book.values().all(|row| row["percent"].is_empty()),
        "{book:?}"
    );
    assert!(book["right"]["notes"].contains("of the demo's replica"));

    let out = face.home().join("class");
    let book = graded("--allow-emulator", &out);
    assert_eq!(book["right"]["percent"], "100");
    assert!(
        book["right"]["notes"].contains("made after the deadline"),
        "{book:?}"
    );
    assert!(!book["right"]["notes"].contains("opt-ins"), "{book:?}");
    assert_eq!(book["wrong"]["complete"], "true");
    assert_ne!(book["wrong"]["percent"], "100");
    assert!(
        book["wrong"]["notes"].contains("made with other opt-ins (--allow-writes)"),
        "{book:?}"
    );
    let own = "made with values of its own (settle=2s, health_settle=2s, database_settle=2s)";
    assert!(book["wrong"]["notes"].contains(own), "{book:?}");
    assert!(!book["right"]["notes"].contains("values"), "{book:?}");
    assert_eq!(book["part"]["percent"], "");
    for note in [
        "of a part of the lab only (vpc)",
        "made by other checks (abababababab)",
    ] {
        assert!(book["part"]["notes"].contains(note), "{book:?}");
    }
    for (student, note) in [
        ("broken", "handed/broken: evidence.json: "),
        ("none", "handed/none: evidence.json: "),
    ] {
        assert!(book[student]["notes"].starts_with(note), "{book:?}");
        assert_eq!(book[student]["percent"], "");
    }
    let again = std::fs::read_to_string(out.join("students/right/result.json")).unwrap();
    assert_eq!(
        again,
        right.report("result.json"),
        "the same checks, the same result"
    );

    // Judged again, everybody is held against the same as when the class was graded.
    let again = face.home().join("again");
    let ended = judging(&out, &again);
    assert_eq!(gradebook(&again), book);
    drop(ended.says("3 judged again from the evidence; 0 of the marks changed."));
}

/// A class of what is in these folders, each a copy of one run of a part of the lab before `change`.
fn handing_in(students: &[String], change: impl Fn(&Path)) -> (Face, PathBuf) {
    let run = Face::run()
        .args("vpc")
        .stack("lab: ha-web\nregion: us-east-1\nreplica: {}\n")
        .end();
    let face = Face::command("grade").args("--lab ha-web --lang en --allow-emulator");
    let mut roster = "student,evidence\n".to_owned();
    for student in students {
        roster.push_str(&format!("{student},handed/{student}\n"));
        let folder = face.home().join("handed").join(student);
        std::fs::create_dir_all(&folder).unwrap();
        for file in ["evidence.json", "result.json"] {
            std::fs::copy(run.reports().join(file), folder.join(file)).unwrap();
        }
        change(&folder);
    }
    let roster = face.file("roster.csv", roster);
    let out = face.home().join("class");
    (face.arg("--roster").arg(roster).arg("--out").arg(&out), out)
}

/// A class's folder judged again, where not everybody has a run.
fn judging(class: &Path, out: &Path) -> face::Ended {
    let judge = Face::command("judge").args("--lang en").arg(class);
    judge.arg("--out").arg(out).end().exits(3)
}

#[test]
fn a_hand_in_that_is_no_run_any_more_is_blank_and_an_older_result_does_not_stand_for_it() {
    let (face, out) = handing_in(&["a".to_owned()], |_| {});
    let home = face.home().to_owned();
    let graded = face.end().exits(0);
    std::fs::write(home.join("handed/a/evidence.json"), "{").unwrap();
    Face::command("grade")
        .args("--lab ha-web --lang en --roster")
        .arg(home.join("roster.csv"))
        .arg("--out")
        .arg(&out)
        .end()
        .exits(3);
    let book = gradebook(&out);
    assert_eq!(book["a"]["run"], "");
    let mine = out.join("students/a");
    assert!(!mine.join("result.json").exists() && mine.join("earlier/1/result.json").is_file());
    for file in ["evidence.json", "result.json"] {
        std::fs::copy(mine.join("earlier/1").join(file), mine.join(file)).unwrap();
    }
    let again = home.join("again");
    let ended = judging(&out, &again).says("a: handed/a: evidence.json: ");
    assert_eq!(gradebook(&again), book, "it has its reason still");
    drop((graded, ended));
}

#[test]
fn what_is_handed_in_to_hang_or_to_fill_the_memory_is_its_student_s_blank() {
    let students = ["pipe", "vars", "values", "last"].map(str::to_owned);
    let (face, out) = handing_in(&students, |folder| {
        let evidence = folder.join("evidence.json");
        let vars = match folder.file_name().and_then(std::ffi::OsStr::to_str) {
            Some("pipe") => {
                std::fs::remove_file(&evidence).unwrap();
                let made = std::process::Command::new("mkfifo").arg(&evidence).status();
                assert!(made.unwrap().success());
                return;
            }
            Some("vars") => vec!["x".repeat(1000); 70],
            Some("values") => vec![String::new(); 1_000_000],
            _ => return,
        };
        let text = std::fs::read(&evidence).unwrap();
        let mut value: Value = serde_json::from_slice(&text).unwrap();
        value["inputs"]["vars"]["x"] = vars.into();
        std::fs::write(&evidence, serde_json::to_vec(&value).unwrap()).unwrap();
    });
    let ended = face.end().exits(3);
    let book = gradebook(&out);
    for (student, why) in [
        ("pipe", "no regular file"),
        ("vars", "vars of more than 65536 bytes are no stack file's"),
        ("values", "more than 1000000 values are no run of ours"),
    ] {
        assert_eq!(
            book[student]["notes"],
            format!("handed/{student}: evidence.json: {why}")
        );
    }
    assert_eq!(book["last"]["run"], "students/last");
    drop(ended);
}

#[test]
fn a_signal_ends_what_was_handed_in_too_and_the_marks_that_there_are_are_written() {
    let students: Vec<String> = (100..400).map(|number| format!("s{number}")).collect();
    let (face, out) = handing_in(&students, |_| {});
    let mut running = face.start();
    running.wait_for("s100  ");
    running.signal("TERM");
    let ended = running.end().exits(143);
    let book = gradebook(&out);
    assert_eq!(book.len(), students.len());
    assert_eq!(book["s100"]["run"], "students/s100");
    assert_eq!(book["s399"]["notes"], "interrupted");
    drop(ended);
}

/// A class, not yet prepared.
fn class_of(lab: &str, template: &str, roster: &str, out: &Path) -> Class {
    let path = out.with_extension("csv");
    std::fs::write(&path, roster).unwrap();
    Class {
        roster: Roster::read(&path, None).unwrap(),
        lab: lab.to_owned(),
        templates: Templates::of_all(Template {
            path: "template.yaml".into(),
            text: template.to_owned(),
            base: "/school".into(),
        }),
        base: "/school".into(),
        options: Options {
            checks: Some(root().join("checks")),
            wait: true,
            ..Options::default()
        },
        out: out.to_owned(),
        jobs: 8,
        limit: Duration::from_mins(5),
        resume: false,
        only_errored: false,
        raised: Raised::default(),
        expected: Expected {
            lab: lab.to_owned(),
            allow_emulator: true,
            ..Expected::default()
        },
    }
}

/// A class of Lab 001, prepared and not run.
fn prepared(template: &str, roster: &str) -> Result<Vec<Prepared>, String> {
    let home = tempfile::tempdir().unwrap();
    let class = class_of(
        "aurora-wordpress",
        template,
        roster,
        &home.path().join("class"),
    );
    let ready = class.prepare().map_err(|refusal| refusal.message)?;
    let options = ready.into_iter().filter_map(|one| one.options);
    let prepared = options.map(labcheck::run::prepare);
    prepared
        .map(|prepared| prepared.map_err(|refusal| refusal.message))
        .collect()
}

#[test]
fn lab_001_s_class_has_a_key_and_a_password_for_each_beside_the_template() {
    let template = "lab: aurora-wordpress\nregion: ap-northeast-1\nvars: { user: '{{ user }}' }\n\
        logins: { db: { user: admin, password: { env: 'DB_{{ user }}' } } }\n\
        vantages:\n  internet: direct\n  bastion: { ssh: { host: '{{ web1.public_dns_name }}', user: ec2-user, key: 'keys/{{ student }}.pem' } }\n";
    let roster = "student,user,credentials_file\n0012,user01,keys/0012.aws\n0013,user02,/elsewhere/0013.aws\n";
    let ready = prepared(template, roster).unwrap();
    let seen: Vec<_> = ready
        .iter()
        .map(|prepared| {
            let Target::Deployment { access, hosts, .. } = &prepared.stack.target else {
                panic!("a deployment")
            };
            let Credentials::Chain { file, .. } = &access.credentials else {
                panic!("a chain")
            };
            let Place::Variable(variable) = &prepared.stack.logins[0].password else {
                panic!("a variable")
            };
            let Host::Ssh(bastion) = &hosts["bastion"] else {
                panic!("a host by SSH")
            };
            let path =
                |path: &Option<std::path::PathBuf>| path.clone().unwrap().display().to_string();
            (
                prepared.stack.vars["user"].as_str().unwrap().to_owned(),
                path(&bastion.settings.key),
                variable.clone(),
                path(file),
            )
        })
        .collect();
    let of = |user: &str, key: &str, variable: &str, file: &str| {
        (
            user.to_owned(),
            key.to_owned(),
            variable.to_owned(),
            file.to_owned(),
        )
    };
    assert_eq!(
        seen,
        [
            of(
                "user01",
                "/school/keys/0012.pem",
                "DB_user01",
                "/school/keys/0012.aws"
            ),
            of(
                "user02",
                "/school/keys/0013.pem",
                "DB_user02",
                "/elsewhere/0013.aws"
            ),
        ]
    );
    let told = prepared("lab: aurora-wordpress\nvars: { user: [\n", roster).unwrap_err();
    assert!(
        told.contains("student 0012") && told.contains("2 student(s) can't be graded"),
        "{told}"
    );
}

/// An endpoint that takes a connection and says this, or nothing for ever.
fn endpoint(answer: Option<Vec<u8>>) -> String {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Some(answer) = answer.clone() else {
                held.push(stream);
                continue;
            };
            std::thread::spawn(move || {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked);
                let _ = stream.write_all(&answer);
            });
        }
    });
    format!("http://{address}")
}

#[test]
fn one_student_s_panic_hang_or_hostile_stack_touches_no_other() {
    let home = tempfile::tempdir().unwrap();
    let of = |name: &str, template: &str, roster: &str| {
        let class = class_of("ha-web", template, roster, &home.path().join(name));
        let ready = class
            .prepare()
            .unwrap_or_else(|refusal| panic!("{}", refusal.message));
        (class, ready)
    };
    let replica = std::fs::read_to_string(root().join("fixtures/rosters/replica.yaml")).unwrap();
    let (mut class, mut ready) = of(
        "class",
        &replica,
        "student,faults\nfirst,\npanics,\nlast,open-rule-kept\n",
    );
    // No command line leads here: it stands for the bug that some stack will find.
    ready[1].options.as_mut().unwrap().threads = Some(usize::MAX);
    let body = "<DescribeVpcsResponse><vpcSet><item><vpcId>\u{1b}[2J<script>".repeat(20_000);
    let hostile = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for (name, url) in [
        ("hangs", endpoint(None)),
        ("hostile", endpoint(Some(hostile.into_bytes()))),
    ] {
        let stack = format!("lab: ha-web\nregion: us-east-1\nendpoint_url: {url}\n");
        let keys = home.path().join("keys");
        std::fs::write(
            &keys,
            "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n",
        )
        .unwrap();
        let roster = format!("student,credentials_file\n{name},{}\n", keys.display());
        ready.extend(of(name, &stack, &roster).1);
    }
    class.limit = Duration::from_secs(25);
    let runtime = session::runtime().unwrap();
    let began = Instant::now();
    let over = runtime.block_on(class.run(ready, &AtWork::default(), |_| {}));
    let graded = over.unwrap().settled;
    assert!(
        began.elapsed() < Duration::from_mins(1),
        "nobody waits for the one who hangs"
    );
    let of = |id: &str| {
        let mut graded = graded.iter();
        let of = graded.find(|one| one.student.id == id);
        of.unwrap().open().ended
    };
    let percent = |id: &str| match of(id) {
        Ended::Report(report) => report.score.as_ref().unwrap().percent,
        Ended::Nothing(why) => panic!("{id}: {why}"),
    };
    assert_eq!(percent("first"), Some(100.0));
    assert!(percent("last").is_some_and(|percent| percent < 100.0));
    assert!(
        matches!(of("panics"), Ended::Nothing(why) if why.starts_with("a bug of labcheck")),
        "{:?}",
        of("panics")
    );
    for id in ["hangs", "hostile"] {
        match of(id) {
            Ended::Nothing(why) => assert_eq!(why, "not done within 25s", "{id}"),
            Ended::Report(report) => {
                assert!(!report.score.as_ref().unwrap().complete, "{id} is no zero");
            }
        }
    }
}

#[test]
fn two_students_who_show_one_stack_are_told_and_so_is_an_emulator() {
    let runtime = session::runtime().unwrap();
    let stack = {
        let started = replica::Replica::start(replica::Options {
            lab: "ha-web".to_owned(),
            phase: "end".to_owned(),
            ..replica::Options::default()
        });
        runtime.block_on(started).unwrap()
    };
    let face = Face::command("grade").args("--lab ha-web --lang en --allow-emulator --no-wait");
    let keys = format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        stack.access_key_id(),
        stack.secret_access_key()
    );
    face.file("keys/all.aws", keys);
    let template = format!(
        "lab: ha-web\nregion: us-east-1\nendpoint_url: {}\nvantages: {{ internet: {{ socks5: '{}', resolver: '{}' }}, web1: {{ ssm: {{ instance: web1 }} }}, web2: {{ ssm: {{ instance: web2 }} }} }}\n",
        stack.endpoint_url(),
        stack.gateway(),
        stack.resolver()
    );
    let template = face.file("template.yaml", template);
    let roster = face.file(
        "roster.csv",
        "student,credentials_file\none,keys/all.aws\ntwo,keys/all.aws\nnone,keys/none.aws\n",
    );
    let out = face.home().join("class");
    let ended = face
        .arg("--stack-template")
        .arg(template)
        .arg("--roster")
        .arg(roster)
        .arg("--out")
        .arg(&out)
        .end()
        .exits(3);
    let book = gradebook(&out);
    for (student, other) in [("one", "two"), ("two", "one")] {
        let row = &book[student];
        assert_eq!(row["percent"], "100", "{row:?}");
        assert!(
            row["notes"].contains(&format!("the same stack as {other}")),
            "{row:?}"
        );
        assert!(
            row["notes"].contains("something stood in the place of AWS"),
            "{row:?}"
        );
        assert!(
            !row["notes"].contains("copy"),
            "two runs of one stack are no copy: {row:?}"
        );
    }
    let none = &book["none"];
    assert!(
        none["percent"].is_empty() && none["notes"].contains("none.aws"),
        "{none:?}"
    );
    drop(ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_in_one_account_is_looked_at_once() {
    let account = Deployed::with(&["open-rule-kept"]).await;
    let (roster, out) = (account.path("roster.csv"), account.path("class"));
    let ids: Vec<String> = (1..=12).map(|number| format!("s{number:02}")).collect();
    // Some come with what the environment has, the others with a file each: it is one account all the same.
    let row = |(nth, id): (usize, &String)| {
        if nth < 8 {
            return format!("{id},");
        }
        let file = account.path(&format!("{id}.aws"));
        std::fs::write(&file, account.keys()).expect("a file");
        format!("{id},{}", file.display())
    };
    let rows: Vec<String> = ids.iter().enumerate().map(row).collect();
    let text = format!("student,credentials_file\n{}\n", rows.join("\n"));
    std::fs::write(&roster, text).expect("a roster");
    let child = account
        .bare(&["grade", "--lab", "ha-web", "--allow-emulator", "--no-wait"])
        .arg("--roster")
        .arg(&roster)
        .arg("--stack-template")
        .arg(account.path("bed.yaml"))
        .arg("--out")
        .arg(&out)
        .spawn()
        .expect("the binary");
    let output = account.ended(child).await;
    assert!(output.status.success(), "{output:?}");
    let book = gradebook(&out);
    assert_eq!(book.len(), 12);
    for row in book.values() {
        assert_eq!(row["causes"], "web-tier-only-from-alb", "{row:?}");
    }
    // Twelve runs of one account: one look, whose calls are counted with one of them.
    for (action, times) in [
        ("ec2:DescribeVpcs", 1),
        ("rds:DescribeDBInstances", 1),
        ("sts:GetCallerIdentity", 5),
    ] {
        assert_eq!(account.calls(action), times, "{action}");
    }
    let counted = ids.iter().filter(|id| {
        let result = out.join("students").join(id).join("result.json");
        let text = std::fs::read_to_string(result).expect("a result");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        report["aws_calls"]["ec2:DescribeVpcs"] == 1
    });
    assert_eq!(counted.count(), 1);
}
