//! The class's runs: so many students at once, each with a folder, a time limit and a task of its own, so that one who
//! panics, hangs or is hostile touches nobody else. A student's files are whole or not there; what is there is not run
//! again with `--resume`.
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;

use super::folder;
use super::looks::Looks;
use super::places::Places;
use super::roster::{Roster, Student};
use super::stack::stack_file;
use crate::aws::{Commons, Raised};
use crate::plan::Plan;
use crate::report::files::Reports;
use crate::report::inert::inert_to;
use crate::report::model::{OverrideKind, Report};
use crate::run::board::Board;
use crate::run::drive::drive;
use crate::run::{Options, Prepared, Refusal, facts, prepare};

/// Everything that a class is graded with.
#[derive(Clone, Debug)]
pub struct Class {
    /// Who.
    pub roster: Roster,
    /// The lab.
    pub lab: String,
    /// The template of the students' stack files.
    pub template: Option<String>,
    /// Where relative paths of the template and of the roster begin.
    pub base: PathBuf,
    /// What a run of one student takes beside the stack.
    pub options: Options,
    /// Where everything goes.
    pub out: PathBuf,
    /// How many students at once.
    pub jobs: usize,
    /// How long one student may take.
    pub limit: Duration,
    /// How far AWS has raised the accounts' limits.
    pub raised: Raised,
    /// Whether students that have a result are left out.
    pub resume: bool,
    /// Whether of those only the ones without a verdict are run again.
    pub only_errored: bool,
    /// Whether a replica's or an emulator's result is taken.
    pub allow_emulator: bool,
}

/// What became of one student.
#[derive(Clone, Debug)]
pub struct Graded {
    /// Who.
    pub student: Student,
    /// The run, or why there is none.
    pub ended: Ended,
}

/// How a student's grading ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// With a report.
    Report(Box<Report>),
    /// Without one, for this reason.
    Nothing(String),
}

/// A line of the index.
#[derive(Serialize)]
struct Line<'a> {
    at: jiff::Timestamp,
    student: &'a str,
    folder: String,
    report: bool,
    detail: &'a str,
}

impl Class {
    /// Everything that can be found wrong before the first call.
    ///
    /// # Errors
    /// All of it, student by student.
    pub fn prepare(&self) -> Result<Vec<(Student, Option<Prepared>)>, Refusal> {
        let mut wrong = Vec::new();
        let mut ready = Vec::new();
        let mut first: Option<Arc<Plan>> = None;
        let commons = Arc::new(Commons::raised(self.raised));
        for student in &self.roster.students {
            if self.is_done(student) {
                ready.push((student.clone(), None));
                continue;
            }
            match self.prepare_one(student) {
                Ok(mut prepared) => {
                    if let (Some(first), Some(plan)) = (&first, Arc::get_mut(&mut prepared.plan)) {
                        plan.share(first);
                    }
                    first.get_or_insert_with(|| Arc::clone(&prepared.plan));
                    let prepared = Prepared {
                        commons: Arc::clone(&commons),
                        ..prepared
                    };
                    ready.push((student.clone(), Some(prepared)));
                }
                Err(message) => {
                    wrong.push(format!("student {}: {message}", inert_to(&student.id, 80)));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(ready);
        }
        // One mistake of the template is every student's: it is told once.
        let count = wrong.len();
        wrong.truncate(10);
        Err(Refusal::bad_input(format!(
            "{}\n{count} student(s) can't be graded; nobody was looked at",
            wrong.join("\n")
        )))
    }

    fn prepare_one(&self, student: &Student) -> Result<Prepared, String> {
        let folder = self.folder(student);
        let reports = Reports::prepare(&folder).map_err(|error| error.to_string())?;
        let text = stack_file(self.template.as_deref(), &self.lab, student)?;
        reports
            .write("stack.yaml", text.as_bytes())
            .map_err(|error| error.to_string())?;
        let options = Options {
            stack: Some(folder.join("stack.yaml").to_string_lossy().into_owned()),
            lab: Some(self.lab.clone()),
            base: Some(self.base.clone()),
            reports: Some(folder),
            ..self.options.clone()
        };
        let mut prepared = prepare(options).map_err(|refusal| refusal.message)?;
        prepared.stack.name.clone_from(&student.stack);
        let replaced = |kind| {
            matches!(
                kind,
                OverrideKind::Endpoint | OverrideKind::Resolver | OverrideKind::Gateway
            )
        };
        let stands_in = prepared
            .stack
            .overrides
            .iter()
            .any(|one| replaced(one.kind));
        if !self.allow_emulator && (prepared.stack.is_replica() || stands_in) {
            return Err("not AWS is looked at but a replica or an emulator: --allow-emulator grades it all the same".to_owned());
        }
        Ok(prepared)
    }

    /// Grades everybody who was prepared; the others' results are read. `tell` is called as each ends.
    pub async fn run(
        &self,
        ready: Vec<(Student, Option<Prepared>)>,
        tell: impl Fn(&Graded),
    ) -> Vec<Graded> {
        let places = Arc::new(Places::of(self.jobs));
        let stopping = Arc::new(AtomicBool::new(false));
        let looks = Arc::new(Looks::below(&self.out));
        let order: Vec<Student> = ready.iter().map(|(student, _)| student.clone()).collect();
        let mut tasks = JoinSet::new();
        let mut graded = Vec::new();
        let mut students = std::collections::HashMap::new();
        for (student, prepared) in ready {
            let Some(prepared) = prepared else {
                graded.extend(self.read(&student));
                continue;
            };
            let (places, stopping, limit) =
                (Arc::clone(&places), Arc::clone(&stopping), self.limit);
            let looks = Arc::clone(&looks);
            let of = student.clone();
            let task = tasks.spawn(async move {
                let _place = places.take().await;
                let ended = if stopping.load(Ordering::Relaxed) {
                    Ended::Nothing("interrupted".to_owned())
                } else {
                    one(&prepared, limit, looks).await
                };
                if matches!(&ended, Ended::Report(report) if report.interrupted.is_some()) {
                    stopping.store(true, Ordering::Relaxed);
                }
                ended
            });
            students.insert(task.id(), of);
        }
        while let Some(done) = tasks.join_next_with_id().await {
            let (id, ended) = match done {
                Ok((id, ended)) => (id, ended),
                // A bug that one student's stack brought out is that student's line.
                Err(error) => (
                    error.id(),
                    Ended::Nothing(format!("a bug of labcheck: {error}")),
                ),
            };
            let Some(student) = students.remove(&id) else {
                continue;
            };
            let of = Graded {
                student,
                ended: Self::keep(ended),
            };
            self.note(&of);
            tell(&of);
            graded.push(of);
        }
        graded.sort_by_key(|one| order.iter().position(|student| *student == one.student));
        graded
    }

    /// A run that was cut off counts as none, so that `--resume` runs it again.
    fn keep(ended: Ended) -> Ended {
        match ended {
            Ended::Report(report) if report.interrupted.is_some() => {
                Ended::Nothing("interrupted".to_owned())
            }
            other => other,
        }
    }

    fn note(&self, graded: &Graded) {
        let detail = match &graded.ended {
            Ended::Report(_) => "",
            Ended::Nothing(why) => why,
        };
        let line = Line {
            at: jiff::Timestamp::now(),
            student: &graded.student.id,
            folder: graded.student.folder(),
            report: detail.is_empty(),
            detail,
        };
        let text = serde_json::to_string(&line).unwrap_or_default() + "\n";
        let index = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.out.join("index.jsonl"));
        // The index is for people; what counts is in the students' folders.
        let _written = index.and_then(|mut file| file.write_all(text.as_bytes()));
    }

    /// A student's folder.
    #[must_use]
    pub fn folder(&self, student: &Student) -> PathBuf {
        self.out.join("students").join(student.folder())
    }

    fn is_done(&self, student: &Student) -> bool {
        let Some(Graded {
            ended: Ended::Report(report),
            ..
        }) = self.read(student)
        else {
            return false;
        };
        let complete = report.score.as_ref().is_some_and(|score| score.complete);
        let newest = Ended::Report(report);
        let complete = complete || folder::better(&self.folder(student), &newest).is_some();
        (self.resume || self.only_errored) && (complete || !self.only_errored)
    }

    /// A result that is there already.
    fn read(&self, student: &Student) -> Option<Graded> {
        let report = read_report(&self.folder(student).join("result.json"))?;
        Some(Graded {
            student: student.clone(),
            ended: Ended::Report(Box::new(report)),
        })
    }
}

/// A report as it was written; none where there is none, or it is no report of ours.
#[must_use]
pub fn read_report(path: &Path) -> Option<Report> {
    let text = std::fs::read_to_string(path).ok()?;
    let report: Report = serde_json::from_str(&text).ok()?;
    (report.schema == crate::report::model::SCHEMA).then_some(report)
}

async fn one(prepared: &Prepared, limit: Duration, looks: Arc<Looks>) -> Ended {
    let selected = prepared
        .plan
        .select(prepared.phase, &prepared.options.filter);
    let ids: Vec<String> = selected
        .checks
        .iter()
        .map(|check| check.id.clone())
        .collect();
    drop(selected);
    let board = Arc::new(Board::new(ids));
    // A run that is there is kept beside this one: which of them counts is said when the marks are made.
    if let Err(error) = folder::make_room(prepared.reports.folder()) {
        return Ended::Nothing(error.to_string());
    }
    let run = match tokio::time::timeout(limit, drive(prepared, board)).await {
        Ok(Ok(run)) => run,
        Ok(Err(refusal)) => return Ended::Nothing(refusal.message),
        Err(_elapsed) => {
            let limit = humantime::format_duration(limit);
            return Ended::Nothing(format!("not done within {limit}"));
        }
    };
    let report = facts::report(prepared, &run);
    if report.interrupted.is_some() {
        return Ended::Report(Box::new(report));
    }
    // Beside the probes of the others, which no disk holds up.
    let (reports, lang) = (prepared.reports.clone(), prepared.options.lang);
    let written = tokio::task::spawn_blocking(move || {
        // The result last: where it is, everything is.
        looks
            .write(&reports, &run.evidence, run.look.as_ref())
            .and(reports.write_report(&report, lang))
            .map(|()| report)
    });
    match written.await {
        Ok(Ok(report)) => Ended::Report(Box::new(report)),
        Ok(Err(error)) => Ended::Nothing(error.to_string()),
        Err(error) => Ended::Nothing(format!("a bug of labcheck: {error}")),
    }
}
