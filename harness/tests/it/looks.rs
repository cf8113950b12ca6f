//! A class in one account: one look for all, kept once, from which everybody is judged again.
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::face::{Ended, Face};

/// A class whose students all made the same mistake.
struct Class {
    replica: replica::Replica,
    face: Face,
    runtime: tokio::runtime::Runtime,
}

impl Class {
    fn of(students: usize, fault: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let options = replica::Options {
            stacks: NonZeroUsize::new(students),
            faults: vec![fault.to_owned()],
            ..replica::Options::default()
        };
        let replica = runtime.block_on(replica::Replica::start(options));
        Self {
            replica: replica.expect("a replica"),
            face: Face::command("grade").args("--lab ha-web --lang en --allow-emulator"),
            runtime,
        }
    }

    fn template(&self) -> String {
        let mut text = format!(
            "lab: ha-web\nregion: us-east-1\nendpoint_url: {}\nvantages: {{ internet: {{ socks5: '{}', resolver: '{}' }} }}\n\
             vars:\n  settle: 2s\n  health_settle: 2s\n  database_settle: 2s\n  name_settle: 2s\n",
            self.replica.endpoint_url(),
            self.replica.gateway(),
            self.replica.resolver()
        );
        for (var, name) in replica::CLASS_VARS {
            text.push_str(&format!("  {var}: '{name}-{{{{ student }}}}'\n"));
        }
        text
    }

    fn grade(self, out: &Path) -> (Ended, replica::Replica, tokio::runtime::Runtime) {
        let template = self.face.file("stack.yaml", self.template());
        let roster = self.face.file("roster.csv", "student\n0001\n0002\n0003\n");
        let ended = self
            .face
            .env("AWS_ACCESS_KEY_ID", self.replica.access_key_id())
            .env("AWS_SECRET_ACCESS_KEY", self.replica.secret_access_key())
            .arg("--roster")
            .arg(roster)
            .arg("--stack-template")
            .arg(template)
            .arg("--out")
            .arg(out)
            .end()
            .exits(0);
        (ended, self.replica, self.runtime)
    }
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")
}

fn student(class: &Path, number: u32) -> PathBuf {
    class.join(format!("students/{number:04}"))
}

/// The look of a class, which is the only one.
fn look(class: &Path) -> PathBuf {
    let files = fs::read_dir(class.join("looks")).expect("looks");
    let files: Vec<PathBuf> = files.map(|entry| entry.expect("a file").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn judged(class: &Path) -> Face {
    Face::command("judge").args("--lang en").arg(class)
}

/// How often an action was called.
fn calls(replica: &replica::Replica, action: &str) -> u64 {
    replica.requests().get(action).copied().unwrap_or_default()
}

#[test]
fn a_look_of_an_account_is_kept_once_and_everybody_is_judged_again_from_it() {
    // Of few stacks everything is asked for all at once.
    kept_once_and_judged_again(3, 3);
}

#[test]
fn of_an_account_with_many_stacks_only_the_graded_ones_are_asked_more_and_all_is_judged_again() {
    kept_once_and_judged_again(24, 3);
}

/// A class of three in an account of so many stacks, of so many of which more is asked.
fn kept_once_and_judged_again(stacks: usize, asked: u64) {
    let home = tempfile::tempdir().expect("a folder");
    let class = home.path().join("class");
    let (_ended, replica, _runtime) = Class::of(stacks, "open-rule-kept").grade(&class);
    assert_eq!(calls(&replica, "ec2:DescribeVpcs"), 1, "one look");
    for action in ["DescribeTargetHealth", "DescribeLoadBalancerAttributes"] {
        let action = format!("elasticloadbalancing:{action}");
        assert_eq!(calls(&replica, &action), asked, "{action}");
    }
    let name = look(&class).file_stem().map(std::ffi::OsStr::to_owned);
    for number in 1..=3 {
        let evidence = json(&student(&class, number).join("evidence.json"));
        assert_eq!(evidence["snapshots"], Value::Array(Vec::new()));
        assert_eq!(evidence["apart"]["look"].as_str().map(Into::into), name);
        let result = json(&student(&class, number).join("result.json"));
        let checks = result["checks"].as_array().expect("checks");
        let errored: Vec<&Value> = checks
            .iter()
            .filter(|check| check["outcome"] == "errored")
            .collect();
        assert!(errored.is_empty(), "{errored:?}");
    }
    judged(&class)
        .end()
        .exits(0)
        .says("3 judged again from the evidence; 0 of the marks changed.");

    let again = home.path().join("again");
    judged(&class).arg("--out").arg(&again).end().exits(0);
    for number in 1..=3 {
        for file in ["result.json", "evidence.json"] {
            let of = |class: &Path| fs::read_to_string(student(class, number).join(file));
            let (first, second) = (of(&class).expect("a file"), of(&again).expect("a file"));
            let mut lines = first.lines().zip(second.lines());
            let other = lines.find(|(first, second)| first != second);
            assert_eq!(other, None, "{file} of {number} is another one");
        }
    }
    assert_eq!(fs::read(look(&class)).ok(), fs::read(look(&again)).ok());

    // A run of a class is no run that a student could hand in.
    let roster = "student,evidence\nx,class/students/0001\n";
    fs::write(home.path().join("roster.csv"), roster).expect("a file");
    Face::command("grade")
        .args("--lab ha-web --lang en --allow-emulator --roster")
        .arg(home.path().join("roster.csv"))
        .arg("--out")
        .arg(home.path().join("handed"))
        .end()
        .exits(3)
        .says("evidence.json leans on a look of a class");

    // A look that was changed, or is gone, judges nobody.
    let file = look(&class);
    let text = fs::read_to_string(&file).expect("a look");
    fs::write(&file, text.replace("running", "stopped")).expect("a file");
    judged(&class)
        .end()
        .exits(3)
        .says("it is not what its name says");
    fs::remove_file(&file).expect("it goes");
    judged(&class).end().exits(3).says("is not there");
}
