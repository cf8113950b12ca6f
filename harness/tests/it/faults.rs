//! The fault table: each mistake fails the checks that it should, and only those; each row of severity error has a
//! mistake that fails it; and what is judged again from the evidence is judged the same.
use std::collections::{BTreeMap, BTreeSet};

use labcheck::language::ast::Severity;
use labcheck::outcome::Outcome;
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::support::{Bed, Graded, Lab, root};

#[derive(Debug, Deserialize)]
struct Table {
    faults: Vec<Fault>,
    must_pass: Vec<Fault>,
    network: Vec<Fault>,
    api: Vec<Fault>,
    #[serde(default)]
    drills: Vec<Drill>,
    composites: Vec<Composite>,
    no_mistake: Vec<Unjudged>,
}

#[derive(Clone, Debug, Deserialize)]
struct Fault {
    name: String,
    #[serde(default)]
    rows: Vec<String>,
    #[serde(default = "end")]
    phase: String,
    failed: BTreeSet<String>,
    #[serde(default)]
    errored: BTreeSet<String>,
    #[serde(default)]
    also: Vec<Also>,
    #[serde(default)]
    no_wait: bool,
    /// How many checks of severity error may fail by it.
    #[serde(default = "few")]
    at_most: usize,
}

#[derive(Clone, Debug, Deserialize)]
struct Also {
    phase: String,
    failed: BTreeSet<String>,
}

/// A mistake that only a drill shows.
#[derive(Clone, Debug, Deserialize)]
pub struct Drill {
    pub name: String,
    pub rows: BTreeSet<String>,
    /// The drill.
    pub check: String,
    /// The measurements that it fails by.
    pub fails: BTreeSet<String>,
    /// The checks that show it before.
    #[serde(default)]
    pub failed: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Composite {
    row: String,
    #[serde(default)]
    together: Option<String>,
    #[serde(default)]
    failed: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Unjudged {
    row: String,
}

fn end() -> String {
    "end".to_owned()
}

fn few() -> usize {
    3
}

fn table(lab: Lab) -> Table {
    let file = format!("fixtures/replica/faults/{}.yaml", lab.name());
    let text = std::fs::read_to_string(root().join(file)).expect("the fault table");
    serde_saphyr::from_str(&text).expect("the fault table is well-formed")
}

/// What a mistake fails at the end of Lab 000; none where the table says it of another phase only.
pub fn failed_by(name: &str) -> Option<BTreeSet<String>> {
    let table = table(Lab::HaWeb);
    let mut all = table.faults.into_iter().chain(table.must_pass);
    let fault = all.find(|fault| fault.name == name)?;
    (fault.phase == end() && !fault.no_wait).then_some(fault.failed)
}

/// The mistakes that only a drill shows, each with its lab.
pub fn drills() -> Vec<(Lab, Drill)> {
    let of = |lab: Lab| table(lab).drills.into_iter().map(move |drill| (lab, drill));
    Lab::ALL.into_iter().flat_map(of).collect()
}

/// One fault at one phase.
#[derive(Clone)]
struct Case {
    lab: Lab,
    fault: Fault,
    phase: String,
    failed: BTreeSet<String>,
}

/// The cases of every lab, out of a part of its table.
fn cases(part: fn(Table) -> Vec<Fault>) -> Vec<Case> {
    let labs = Lab::ALL.into_iter();
    labs.flat_map(|lab| cases_of(lab, &part(table(lab))))
        .collect()
}

fn cases_of(lab: Lab, faults: &[Fault]) -> Vec<Case> {
    let mut cases = Vec::new();
    for fault in faults {
        cases.push(Case {
            lab,
            phase: fault.phase.clone(),
            failed: fault.failed.clone(),
            fault: fault.clone(),
        });
        for also in &fault.also {
            cases.push(Case {
                lab,
                phase: also.phase.clone(),
                failed: also.failed.clone(),
                fault: fault.clone(),
            });
        }
    }
    cases
}

/// Grades every case and gathers what is not as the table says.
async fn hold(cases: Vec<Case>, wrong: fn(&Case, &Graded) -> Vec<String>) {
    let mut tasks = JoinSet::new();
    for case in cases {
        tasks.spawn(async move {
            let bed = Bed {
                wait: !case.fault.no_wait,
                ..Bed::at(&case.phase).of(case.lab).fault(&case.fault.name)
            };
            let graded = bed.grade().await;
            graded.is_judged_the_same_again();
            let told: Vec<String> = wrong(&case, &graded);
            (!told.is_empty()).then(|| {
                format!(
                    "{}: {} at {}:\n  {}\n",
                    case.lab.name(),
                    case.fault.name,
                    case.phase,
                    told.join("\n  ")
                )
            })
        });
    }
    let mut found: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    found.sort();
    assert!(
        found.is_empty(),
        "{} beds are not judged as the table says:\n{}",
        found.len(),
        found.join("\n")
    );
}

fn owned(ids: BTreeSet<&str>) -> BTreeSet<String> {
    ids.into_iter().map(str::to_owned).collect()
}

/// What failed, and does not fail on the right stack.
fn failed_but_for_the_handout(case: &Case, graded: &Graded) -> BTreeSet<String> {
    let failed = owned(graded.with(Outcome::Failed));
    &failed - &case.lab.frowned_upon()
}

/// What failed is what the table names; nothing is errored but what it names; whatever was skipped has a failed cause.
fn as_named(case: &Case, graded: &Graded) -> Vec<String> {
    let mut wrong = Vec::new();
    let failed = failed_but_for_the_handout(case, graded);
    if failed != case.failed {
        wrong.push(format!("failed {failed:?}\n  instead {:?}", case.failed));
    }
    let errored = owned(graded.with(Outcome::Errored));
    if errored != case.fault.errored {
        let why: Vec<_> = graded
            .report
            .checks
            .iter()
            .filter(|check| check.outcome == Outcome::Errored)
            .map(|check| (&check.id, &check.error))
            .collect();
        wrong.push(format!("errored {why:?}"));
    }
    let severe = failed
        .iter()
        .filter(|id| graded.check(id).severity == Severity::Error)
        .count();
    if severe > case.fault.at_most {
        wrong.push(format!("{severe} checks of severity error failed"));
    }
    let loose: Vec<&str> = graded
        .report
        .folding()
        .apart
        .iter()
        .map(|&place| graded.report.checks[place].id.as_str())
        .collect();
    if !loose.is_empty() {
        wrong.push(format!("skipped without a cause: {loose:?}"));
    }
    wrong
}

fn asserts_its_rows(case: &Case, graded: &Graded) -> Vec<String> {
    let mut wrong = as_named(case, graded);
    let told: BTreeSet<&String> = graded
        .report
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Failed)
        .flat_map(|check| &check.asserts)
        .collect();
    if !case.fault.rows.iter().any(|row| told.contains(row)) {
        wrong.push(format!(
            "no failed check asserts one of {:?}",
            case.fault.rows
        ));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_fails_what_it_should_and_nothing_else() {
    hold(cases(|table| table.faults), asserts_its_rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_and_is_right_passes() {
    hold(cases(|table| table.must_pass), as_named).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_graders_own_network_never_fails_a_student() {
    hold(cases(|table| table.network), as_named).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apis_own_trouble_never_fails_a_student() {
    hold(cases(|table| table.api), |_, graded| {
        let mut wrong: Vec<String> = graded
            .with(Outcome::Failed)
            .into_iter()
            .map(|id| format!("failed {id}"))
            .collect();
        if graded.with(Outcome::Errored).is_empty() {
            wrong.push("nothing is errored".to_owned());
        }
        let roots = graded.report.folding().roots.len();
        if roots > 6 {
            wrong.push(format!("{roots} roots for one trouble:\n{}", graded.told()));
        }
        wrong
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_that_only_come_together_fail_what_the_table_says() {
    let of = |lab| {
        let composites = table(lab).composites.into_iter();
        composites.filter_map(move |composite| {
            let fault = Fault {
                name: composite.together?,
                rows: vec![],
                phase: end(),
                failed: composite.failed.clone(),
                errored: BTreeSet::new(),
                also: vec![],
                no_wait: false,
                at_most: composite.failed.len(),
            };
            Some(Case {
                lab,
                phase: end(),
                failed: composite.failed,
                fault,
            })
        })
    };
    let cases = Lab::ALL.into_iter().flat_map(of).collect();
    hold(cases, |case, graded| {
        let failed = failed_but_for_the_handout(case, graded);
        if failed == case.failed {
            vec![]
        } else {
            vec![format!("failed {failed:?}\n  instead {:?}", case.failed)]
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_of_severity_error_has_a_mistake_that_fails_it() {
    for lab in Lab::ALL {
        let without = without_a_mistake(lab).await;
        assert!(
            without.is_empty(),
            "{}: no mistake fails {without:?}",
            lab.name()
        );
    }
}

async fn without_a_mistake(lab: Lab) -> Vec<String> {
    let table = table(lab);
    let right = Bed::at("end").of(lab).grade().await;
    let plan = &right.prepared.plan;
    let mut rows: BTreeMap<&str, bool> = BTreeMap::new();
    for check in plan
        .checks
        .iter()
        .filter(|check| check.severity == Severity::Error)
    {
        rows.extend(check.asserts.iter().map(|row| (row.as_str(), false)));
    }
    let failing: BTreeSet<&String> = table
        .faults
        .iter()
        .flat_map(|fault| {
            fault
                .failed
                .iter()
                .chain(fault.also.iter().flat_map(|also| &also.failed))
        })
        .collect();
    for check in plan
        .checks
        .iter()
        .filter(|check| failing.contains(&check.id) && check.severity == Severity::Error)
    {
        rows.extend(check.asserts.iter().map(|row| (row.as_str(), true)));
    }
    let drilled = table.drills.iter().flat_map(|drill| &drill.rows);
    rows.extend(drilled.map(|row| (row.as_str(), true)));
    let excused: BTreeSet<&str> = table
        .composites
        .iter()
        .map(|composite| composite.row.as_str())
        .chain(table.no_mistake.iter().map(|row| row.row.as_str()))
        .collect();
    rows.into_iter()
        .filter(|(row, has)| !has && !excused.contains(row))
        .map(|(row, _)| row.to_owned())
        .collect()
}

#[test]
fn each_fault_of_the_table_is_one_of_the_replica() {
    for lab in Lab::ALL {
        is_one_of_the_replica(lab);
    }
}

fn is_one_of_the_replica(lab: Lab) {
    let table = table(lab);
    let known: BTreeSet<String> = replica::faults(lab.name())
        .into_iter()
        .map(|fault| fault.name.to_owned())
        .collect();
    let named: BTreeSet<String> = table
        .faults
        .iter()
        .chain(&table.must_pass)
        .chain(&table.network)
        .chain(&table.api)
        .map(|fault| fault.name.clone())
        .chain(table.drills.iter().map(|drill| drill.name.clone()))
        .collect();
    let unknown: Vec<&String> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "the replica has no {unknown:?}");
}

/// Without the drill nothing else shows than the table says.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_drill_shows_fails_no_other_check() {
    let cases = drills().into_iter().map(|(lab, drill)| Case {
        lab,
        phase: end(),
        failed: drill.failed.clone(),
        fault: Fault {
            name: drill.name,
            rows: Vec::new(),
            phase: end(),
            failed: BTreeSet::new(),
            errored: BTreeSet::new(),
            also: Vec::new(),
            no_wait: false,
            at_most: drill.failed.len(),
        },
    });
    hold(cases.collect(), as_named).await;
}
