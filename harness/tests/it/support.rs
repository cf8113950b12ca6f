//! A run in the words of the tests: a stack file is written, the run is prepared and driven as the binary would, and
//! its report, its evidence and its verdicts come back.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use labcheck::outcome::Outcome;
use labcheck::plan::{Filter, Selected};
use labcheck::report::model::{Check, Kind, Report};
use labcheck::run::board::Board;
use labcheck::run::drive::{Run, drive};
use labcheck::run::evidence::Evidence;
use labcheck::run::{Options, Prepared, facts, prepare};
use tempfile::TempDir;
use tokio::sync::Semaphore;

/// How many beds are graded at once, over all tests: their waits are bounded, and a machine that can't keep up would
/// make a slow answer a silent one.
static ROOM: Semaphore = Semaphore::const_new(6);

/// The folder that holds `checks/` and `fixtures/`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Holds a file that is made out of the code against the code; with `LABCHECK_BLESS=1` it is written anew.
#[track_caller]
pub fn is_what_the_code_knows(path: &Path, now: &str) {
    if std::env::var_os("LABCHECK_BLESS").is_some() {
        std::fs::write(path, now).expect("it can be written");
        return;
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == now,
        "{} is not what the code knows; see this test's doc",
        path.display()
    );
}

/// A lab that the replica can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lab {
    #[default]
    HaWeb,
    AuroraWordpress,
}

impl Lab {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::HaWeb, Self::AuroraWordpress];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::HaWeb => "ha-web",
            Self::AuroraWordpress => "aurora-wordpress",
        }
    }

    /// Its demo stack.
    pub fn demo(self) -> &'static str {
        match self {
            Self::HaWeb => "demo",
            Self::AuroraWordpress => "demo-aurora",
        }
    }

    /// The head of a stack file: the region, and the way to the servers where there is one.
    pub fn head(self) -> String {
        let rest = match self {
            Self::HaWeb => {
                "region: us-east-1\nvantages:\n\
                 \x20 web1: { ssm: { instance: web1 } }\n\
                 \x20 web2: { ssm: { instance: web2 } }\n"
            }
            Self::AuroraWordpress => {
                "region: ap-northeast-1\nvantages:\n\
                 \x20 bastion: { ssh: { host: '{{ web1.public_dns_name }}', user: ec2-user }, resolver: '10.0.0.2:53' }\n\
                 \x20 web2: { ssh: { host: '{{ web2.public_dns_name }}', user: ec2-user }, resolver: '10.0.0.2:53' }\n"
            }
        };
        format!("lab: {}\n{rest}", self.name())
    }

    /// What fails on the right stack at its end, and is no error: the handout itself does so.
    pub fn frowned_upon(self) -> BTreeSet<String> {
        match self {
            Self::HaWeb => BTreeSet::new(),
            // Port 22 stays open to the world: the last step reads the logs over it.
            Self::AuroraWordpress => BTreeSet::from(["ssh-open-to-the-world".to_owned()]),
        }
    }
}

/// A stack to be graded.
#[derive(Clone, Debug, Default)]
pub struct Bed {
    /// The lab.
    pub lab: Lab,
    /// The phase that is asked for.
    pub phase: String,
    /// The phase at which the replica stands, where that is another.
    pub stands_at: Option<String>,
    /// The faults of the replica.
    pub faults: Vec<String>,
    /// Whether `eventually` waits.
    pub wait: bool,
    /// What is reported.
    pub filter: Filter,
    /// In the place of a replica: the rest of a stack file.
    pub stack: Option<String>,
}

/// A graded stack.
pub struct Graded {
    pub prepared: Prepared,
    pub run: Run,
    pub report: Report,
    _folder: TempDir,
}

impl Bed {
    /// The replica of Lab 000 at a phase.
    pub fn at(phase: &str) -> Self {
        Self {
            phase: phase.to_owned(),
            wait: true,
            ..Self::default()
        }
    }

    /// Of another lab.
    pub fn of(self, lab: Lab) -> Self {
        Self { lab, ..self }
    }

    /// With a fault.
    pub fn fault(mut self, fault: &str) -> Self {
        self.faults.push(fault.to_owned());
        self
    }

    /// Grades it, when there is room.
    pub async fn grade(&self) -> Graded {
        let _place = ROOM.acquire().await.expect("the semaphore stays open");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("bed.yaml");
        let rest = self.stack.clone().unwrap_or_else(|| {
            let phase = self
                .stands_at
                .as_ref()
                .map_or_else(String::new, |phase| format!(", phase: {phase}"));
            format!(
                "vars: {{ settle: 2s, health_settle: 2s, database_settle: 2s, name_settle: 2s }}\nreplica: {{ faults: [{}]{phase} }}\n",
                self.faults.join(", ")
            )
        });
        let head = match &self.stack {
            Some(_) => format!("lab: {}\nregion: us-east-1\n", self.lab.name()),
            None => self.lab.head(),
        };
        std::fs::write(&file, format!("{head}{rest}")).expect("a stack file");
        let options = Options {
            stack: Some(file.to_string_lossy().into_owned()),
            phase: Some(self.phase.clone()),
            checks: Some(root().join("checks")),
            reports: Some(folder.path().join("reports")),
            wait: self.wait,
            allow_writes: true,
            filter: self.filter.clone(),
            ..Options::default()
        };
        let prepared = prepare(options).unwrap_or_else(|refusal| panic!("{}", refusal.message));
        let ids: Vec<String> = selected(&prepared)
            .checks
            .iter()
            .map(|check| check.id.clone())
            .collect();
        let run = drive(&prepared, Arc::new(Board::new(ids)))
            .await
            .unwrap_or_else(|refusal| panic!("{}", refusal.message));
        let mut report = facts::report(&prepared, &run);
        // Drills await a flag of their own, and have tests of their own.
        report.checks.retain(|check| check.kind != Kind::Drill);
        Graded {
            prepared,
            run,
            report,
            _folder: folder,
        }
    }
}

/// What a prepared run looks at.
pub fn selected(prepared: &Prepared) -> Selected<'_> {
    prepared
        .plan
        .select(prepared.phase, &prepared.options.filter)
}

impl Graded {
    /// The ids with this outcome.
    pub fn with(&self, outcome: Outcome) -> BTreeSet<&str> {
        self.report
            .checks
            .iter()
            .filter(|check| check.outcome == outcome)
            .map(|check| check.id.as_str())
            .collect()
    }

    /// The row of a check.
    pub fn check(&self, id: &str) -> &Check {
        self.report
            .checks
            .iter()
            .find(|check| check.id == id)
            .unwrap_or_else(|| panic!("no check {id} in the report"))
    }

    /// What was seen, written down, read back and judged again, gives the same verdicts.
    pub fn is_judged_the_same_again(&self) {
        let written = serde_json::to_string(&self.run.evidence).expect("evidence is written");
        let read: Evidence = serde_json::from_str(&written).expect("evidence is read");
        assert_eq!(read, self.run.evidence, "evidence survives being written");
        self.survives_a_class();
        let again = read.judge(&selected(&self.prepared));
        for (first, second) in self.run.results.iter().zip(&again) {
            assert_eq!(
                first, second,
                "{} is judged otherwise from the evidence",
                first.id
            );
        }
        assert_eq!(self.run.results.len(), again.len());
    }

    /// The same evidence as a class keeps it: told apart from what everybody in the account was told.
    fn survives_a_class(&self) {
        let Some(look) = self.run.evidence.snapshots.first() else {
            return;
        };
        let apart = self.run.evidence.apart(look, "0").expect("it can be told");
        let written = serde_json::to_string(&apart).expect("evidence is written");
        let read: Evidence = serde_json::from_str(&written).expect("evidence is read");
        let whole = read.whole(look);
        assert_eq!(whole, self.run.evidence, "evidence survives being shared");
    }

    /// The whole terminal report, for a failing test's message.
    pub fn told(&self) -> String {
        labcheck::report::terminal::Terminal {
            lang: labcheck::text::Lang::En,
            width: 120,
            colour: false,
        }
        .render(&self.report)
    }
}
