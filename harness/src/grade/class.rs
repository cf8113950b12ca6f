//! The class's runs: so many students at once, each with a folder, a time limit and a task of its own, so that one who
//! panics, hangs or is hostile touches nobody else. A student's files are whole or not there; what is there is not run
//! again with `--resume`. Of each student only what is needed is held: plans are made when their turn comes, reports are where
//! they were written.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;

use super::at_work::AtWork;
use super::begun::Begun;
use super::folder::{self, RESULT};
use super::index::{self, Index};
use super::integrity::Expected;
use super::roster::{Roster, Student};
use super::settled::{Ended, Graded, Settled, read_report};
use super::stack::stack_file;
use super::task::{Shared, a_bug};
use super::templates::Templates;
use crate::aws::Raised;
use crate::report::files::{Reports, WriteError};
use crate::report::inert::inert_to;
use crate::report::model::{OverrideKind, Signal};
use crate::run::prepare::{ReadLab, prepare_of};
use crate::run::signals::{self, Signals};
use crate::run::{Options, Refusal};

/// Everything that a class is graded with.
#[derive(Clone, Debug)]
pub struct Class {
    /// Who.
    pub roster: Roster,
    /// The lab.
    pub lab: String,
    /// The templates of the students' stack files.
    pub templates: Templates,
    /// Where relative paths of the roster begin.
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
    /// What a result is, to be one of this class.
    pub expected: Expected,
}

/// A student who is to be graded, or has a result already.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Who.
    pub student: Student,
    /// What the run is prepared of; none where there is a result.
    pub options: Option<Options>,
}

/// A class that is over.
#[derive(Clone, Debug)]
pub struct Over {
    /// What became of everybody, in the roster's order.
    pub settled: Vec<Settled>,
    /// The signal that ended it early.
    pub interrupted: Option<Signal>,
}

impl Class {
    /// Everything that can be found wrong before the first call.
    ///
    /// # Errors
    /// All of it, student by student.
    pub fn prepare(&self) -> Result<Vec<Ready>, Refusal> {
        let lab = ReadLab::of(&Options {
            lab: Some(self.lab.clone()),
            ..self.options.clone()
        })?;
        let begun = Begun::read(&self.out)?;
        let one = |student: &Student| {
            let options = if self.is_done(student, begun.as_ref()) {
                Ok(None)
            } else {
                self.options_of(student, &lab).map(Some)
            };
            let student = student.clone();
            options.map(|options| Ready { student, options })
        };
        let students = &self.roster.students;
        let tried = beside_each_other(students, one);
        let (mut wrong, mut ready) = (Vec::new(), Vec::new());
        for (student, tried) in students.iter().zip(tried) {
            match tried {
                Ok(one) => ready.push(one),
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

    /// Writes a student's stack file down, and tries it.
    fn options_of(&self, student: &Student, lab: &ReadLab) -> Result<Options, String> {
        let folder = self.folder(student);
        let reports = Reports::prepare(&folder).map_err(|error| error.to_string())?;
        let template = self.templates.of(student);
        let text = stack_file(template, &self.lab, student)?;
        let base = template.map_or(&self.base, |template| &template.base);
        reports
            .write("stack.yaml", text.as_bytes())
            .map_err(|error| error.to_string())?;
        let options = Options {
            stack: Some(folder.join("stack.yaml").to_string_lossy().into_owned()),
            lab: Some(self.lab.clone()),
            base: Some(base.clone()),
            reports: Some(folder),
            ..self.options.clone()
        };
        let prepared = prepare_of(lab, options.clone()).map_err(|refusal| refusal.message)?;
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
        if !self.expected.allow_emulator && (prepared.stack.is_replica() || stands_in) {
            return Err("not AWS is looked at but a replica or an emulator: --allow-emulator grades it all the same".to_owned());
        }
        Ok(options)
    }

    /// Grades everybody who has no result. `tell` is called as each ends; meanwhile they are `at_work`.
    ///
    /// # Errors
    /// The index can't be written; nobody was looked at then.
    pub async fn run(
        &self,
        ready: Vec<Ready>,
        at_work: &AtWork,
        tell: impl Fn(&Graded),
    ) -> Result<Over, Refusal> {
        // A run hears a signal by itself, but at any moment all of a class may be preparing or writing.
        let mut signals = Signals::listen();
        let mut interrupted = None;
        let mut index = self.index(&ready)?;
        if !self.goes_on() {
            Begun::now(&self.out)?;
        }
        let order: Vec<Student> = ready.iter().map(|one| one.student.clone()).collect();
        let shared = Arc::new(Shared::of(self, at_work.clone()));
        let mut tasks = JoinSet::new();
        let mut settled = Vec::new();
        let mut students = std::collections::HashMap::new();
        for Ready { student, options } in ready {
            let Some(options) = options else {
                let run = Ok(self.folder(&student));
                settled.push(Settled { student, run });
                continue;
            };
            let folder = options.reports.clone();
            let shared = Arc::clone(&shared);
            let of = student.clone();
            let task = tasks.spawn(async move {
                let _place = shared.places.take().await;
                let _turn = shared.at_work.begin(&of.id);
                let ended = if shared.stopping.load(Ordering::Relaxed) {
                    Ended::interrupted()
                } else {
                    // On the heap, and only now: those who wait for a place are many.
                    Box::pin(shared.one(&of, options)).await
                };
                if matches!(&ended, Ended::Report(report) if report.interrupted.is_some()) {
                    // Nobody takes the place before the class itself has heard the signal.
                    shared.stopping.store(true, Ordering::Relaxed);
                }
                ended
            });
            students.insert(task.id(), (student, folder));
        }
        loop {
            let done = tokio::select! {
                done = tasks.join_next_with_id() => done,
                signal = signals::next(&mut signals) => {
                    shared.stopping.store(true, Ordering::Relaxed);
                    interrupted.get_or_insert(signal);
                    continue;
                }
            };
            let Some(done) = done else {
                break;
            };
            let (id, ended) = match done {
                Ok((id, ended)) => (id, ended),
                // A bug that one student's stack brought out is that student's line.
                Err(error) => (error.id(), a_bug(&error)),
            };
            let Some((student, folder)) = students.remove(&id) else {
                continue;
            };
            let of = Graded {
                student,
                ended: Self::keep(ended),
            };
            // What counts is in the students' folders; a line that could not be written is made good with `--resume`.
            let _written = index.note(&of);
            tell(&of);
            let folder = folder.unwrap_or_else(|| self.folder(&of.student));
            settled.push(of.settled(folder));
        }
        settled.sort_by_key(|one| order.iter().position(|student| *student == one.student));
        Ok(Over {
            settled,
            interrupted,
        })
    }

    /// The index, with a line for each run that there is.
    fn index(&self, ready: &[Ready]) -> Result<Index, Refusal> {
        let open = || {
            let mut index = Index::open(&self.out)?;
            for Ready { student, .. } in ready {
                index.make_good(student, folder::runs(&self.folder(student)))?;
            }
            Ok(index)
        };
        open().map_err(|source| {
            let file = self.out.join(index::FILE);
            Refusal::cannot_write(&WriteError::File { file, source })
        })
    }

    /// A run that was cut off counts as none, so that `--resume` runs it again.
    fn keep(ended: Ended) -> Ended {
        match ended {
            Ended::Report(report) if report.interrupted.is_some() => Ended::interrupted(),
            other => other,
        }
    }

    /// A student's folder.
    #[must_use]
    pub fn folder(&self, student: &Student) -> PathBuf {
        self.out.join("students").join(student.folder())
    }

    /// Whether results that are there are left as they are.
    fn goes_on(&self) -> bool {
        self.resume || self.only_errored
    }

    fn is_done(&self, student: &Student, begun: Option<&Begun>) -> bool {
        let Some(report) = read_report(&self.folder(student).join(RESULT)) else {
            return false;
        };
        let is_todays = begun.is_none_or(|begun| begun.has(&report));
        if !self.goes_on() || !is_todays || !self.expected.asks_for(&report) {
            return false;
        }
        let complete = report.score.as_ref().is_some_and(|score| score.complete);
        let newest = Ended::Report(Box::new(report));
        let folder = self.folder(student);
        !self.only_errored || complete || folder::better(&folder, &newest, &self.expected).is_some()
    }
}

/// Does the same for each on all cores; in their order.
fn beside_each_other<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = all.len().div_ceil(cores).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let of = |part: &'_ [T]| part.iter().map(work).collect::<Vec<R>>();
        let parts = all.chunks(share).map(|part| scope.spawn(move || of(part)));
        let parts: Vec<_> = parts.collect();
        let done = parts.into_iter().map(std::thread::ScopedJoinHandle::join);
        done.flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
