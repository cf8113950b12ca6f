//! What an instructor should look at before a mark counts: two students with one stack, a run from outside the time
//! allowed, of a demo or an emulator, by other checks, at another step, with other permissions or values. A pure function
//! of the reports. Nothing here takes a mark away but that a demo's or an emulator's is none.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::report::model::{Override, OverrideKind, Report, Selection};

/// What everybody's run should have been.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The lab.
    pub lab: String,
    /// The step; the lab's end where none is named. None where it is not compared.
    pub phase: Option<String>,
    /// The opt-ins; none where they are not compared.
    pub opt_ins: Option<Vec<String>>,
    /// The digest of the check files; none where it is not compared.
    pub checks_digest: Option<String>,
    /// No run may have begun before.
    pub not_before: Option<Timestamp>,
    /// No run may have begun after.
    pub deadline: Option<Timestamp>,
    /// Whether a replica's or an emulator's marks count.
    pub allow_emulator: bool,
}

/// How a run was made: what is held against [`Expected`] of its report.
#[derive(Clone, Debug)]
pub struct Made {
    lab: String,
    phase: String,
    /// When it began.
    pub started_at: Timestamp,
    demo: bool,
    overrides: Vec<Override>,
    /// The digest of the checks by which it was judged.
    pub checks_digest: String,
    selection: Selection,
}

impl Made {
    /// As the report says.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        Self {
            lab: report.lab.clone(),
            phase: report.phase.clone(),
            started_at: report.started_at,
            demo: report.demo,
            overrides: report.overrides.clone(),
            checks_digest: report.checks_digest.clone(),
            selection: report.selection.clone(),
        }
    }
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// These students' runs looked at the same stack.
    OneStack(Vec<String>),
    /// These students' runs are one and the same, copied.
    OneRun(Vec<String>),
    /// It began before the time allowed.
    Early(Timestamp),
    /// It began after the deadline.
    Late(Timestamp),
    /// It looked at the built-in replica.
    Demo,
    /// These stood in the place of AWS or of the network.
    Emulator(Vec<String>),
    /// It was judged by other checks when it was made: their digest.
    OtherChecks(String),
    /// It is of another lab.
    OtherLab(String),
    /// It looked at another step.
    OtherPhase(String),
    /// It was given other opt-ins.
    OtherOptIns(Vec<String>),
    /// These vars were given on its command line, or by the stack file of a run that was handed in.
    Vars(Vec<String>),
    /// It looked at a part of the lab only.
    Part(String),
}

impl Expected {
    /// Whether a run is the one that is asked for: of the same lab and step, with the same opt-ins. By which checks it was
    /// judged is told beside its mark, and can be mended by judging it again.
    #[must_use]
    pub fn asks_for(&self, report: &Report) -> bool {
        let doubts = doubts(&Made::of(report), &report.checks_digest, self);
        !doubts.iter().any(Doubt::is_of_another_run)
    }
}

impl Doubt {
    fn is_of_another_run(&self) -> bool {
        matches!(
            self,
            Self::OtherLab(_) | Self::OtherPhase(_) | Self::OtherOptIns(_)
        )
    }

    /// Whether there is no mark with it.
    #[must_use]
    pub fn is_no_mark(&self, expected: &Expected) -> bool {
        match self {
            Self::Demo | Self::Emulator(_) => !expected.allow_emulator,
            Self::OtherLab(_) => true,
            _ => false,
        }
    }
}

/// What is to be looked at in one run. `digest` is of the checks by which it was judged when it was made.
#[must_use]
pub fn doubts(made: &Made, digest: &str, expected: &Expected) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if made.lab != expected.lab {
        doubts.push(Doubt::OtherLab(made.lab.clone()));
    }
    let at = made.started_at;
    if expected.not_before.is_some_and(|first| at < first) {
        doubts.push(Doubt::Early(at));
    }
    if expected.deadline.is_some_and(|last| at > last) {
        doubts.push(Doubt::Late(at));
    }
    let replaced = |kinds: &[OverrideKind]| -> Vec<String> {
        let these = made
            .overrides
            .iter()
            .filter(|one| kinds.contains(&one.kind));
        these
            .map(|one| format!("{}={}", one.name, one.value))
            .collect()
    };
    let emulator = replaced(&[
        OverrideKind::Endpoint,
        OverrideKind::Resolver,
        OverrideKind::Gateway,
    ]);
    if made.demo {
        doubts.push(Doubt::Demo);
    } else if !emulator.is_empty() {
        doubts.push(Doubt::Emulator(emulator));
    }
    let vars = replaced(&[OverrideKind::Var]);
    if !vars.is_empty() {
        doubts.push(Doubt::Vars(vars));
    }
    if expected
        .checks_digest
        .as_deref()
        .is_some_and(|wanted| wanted != digest)
    {
        doubts.push(Doubt::OtherChecks(digest.to_owned()));
    }
    if expected
        .phase
        .as_deref()
        .is_some_and(|wanted| wanted != made.phase)
    {
        doubts.push(Doubt::OtherPhase(made.phase.clone()));
    }
    let given = &made.selection.opt_ins;
    if expected
        .opt_ins
        .as_ref()
        .is_some_and(|wanted| wanted != given)
    {
        doubts.push(Doubt::OtherOptIns(given.clone()));
    }
    if let Some(filter) = &made.selection.filter {
        doubts.push(Doubt::Part(filter.clone()));
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::facts::RunFacts;
    use crate::report::model::{Override, Selection};
    use crate::report::tests::sample::{passed, run};

    fn expected() -> Expected {
        let run = run();
        Expected {
            lab: run.lab,
            phase: Some(run.phase),
            opt_ins: Some(Vec::new()),
            checks_digest: Some(run.checks_digest),
            not_before: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            deadline: Some("2026-02-01T00:00:00+09:00".parse().unwrap()),
            allow_emulator: false,
        }
    }

    fn of(facts: RunFacts) -> Vec<Doubt> {
        let report = Report::assemble(facts, vec![passed("a")]);
        doubts(&Made::of(&report), &report.checks_digest, &expected())
    }

    fn replaced(kind: OverrideKind) -> RunFacts {
        RunFacts {
            overrides: vec![Override {
                kind,
                name: "x".to_owned(),
                value: "y".to_owned(),
            }],
            ..run()
        }
    }

    #[test]
    fn a_run_as_it_should_be_has_none() {
        assert_eq!(of(run()), []);
    }

    #[test]
    fn each_difference_is_told() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (early, late) = (at("2025-12-31T23:59:59Z"), at("2026-01-31T15:00:01Z"));
        let cases = [
            (
                RunFacts {
                    started_at: early,
                    ..run()
                },
                Doubt::Early(early),
            ),
            (
                RunFacts {
                    started_at: late,
                    ..run()
                },
                Doubt::Late(late),
            ),
            (
                RunFacts {
                    demo: true,
                    ..run()
                },
                Doubt::Demo,
            ),
            (
                replaced(OverrideKind::Endpoint),
                Doubt::Emulator(vec!["x=y".to_owned()]),
            ),
            (
                replaced(OverrideKind::Resolver),
                Doubt::Emulator(vec!["x=y".to_owned()]),
            ),
            (
                replaced(OverrideKind::Gateway),
                Doubt::Emulator(vec!["x=y".to_owned()]),
            ),
            (
                replaced(OverrideKind::Var),
                Doubt::Vars(vec!["x=y".to_owned()]),
            ),
            (
                RunFacts {
                    checks_digest: "ef".to_owned(),
                    ..run()
                },
                Doubt::OtherChecks("ef".to_owned()),
            ),
            (
                RunFacts {
                    lab: "other".to_owned(),
                    ..run()
                },
                Doubt::OtherLab("other".to_owned()),
            ),
            (
                RunFacts {
                    phase: "vpc".to_owned(),
                    ..run()
                },
                Doubt::OtherPhase("vpc".to_owned()),
            ),
            (
                RunFacts {
                    selection: Selection {
                        opt_ins: vec!["--allow-writes".to_owned()],
                        ..Selection::default()
                    },
                    ..run()
                },
                Doubt::OtherOptIns(vec!["--allow-writes".to_owned()]),
            ),
            (
                RunFacts {
                    selection: Selection {
                        filter: Some("vpc".to_owned()),
                        ..Selection::default()
                    },
                    ..run()
                },
                Doubt::Part("vpc".to_owned()),
            ),
        ];
        for (facts, doubt) in cases {
            assert_eq!(of(facts), [doubt]);
        }
    }

    #[test]
    fn a_second_before_the_deadline_in_another_zone_is_in_time() {
        let started_at = "2026-01-31T14:59:59Z".parse().unwrap();
        assert_eq!(
            of(RunFacts {
                started_at,
                ..run()
            }),
            []
        );
    }
}
