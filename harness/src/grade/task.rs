//! One student's task: the run prepared, driven within its limit, and what it leaves written whole. What the tasks of a class
//! share is here, too.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::at_work::AtWork;
use super::class::Class;
use super::folder;
use super::looks::Looks;
use super::places::Places;
use super::roster::Student;
use super::settled::Ended;
use crate::aws::Commons;
use crate::plan::Plan;
use crate::run::board::Board;
use crate::run::drive::drive;
use crate::run::prepare::{ReadLab, prepare_of};
use crate::run::{Options, Prepared, Refusal, facts};

/// What the students' tasks share.
pub(super) struct Shared {
    /// Whose turn it is.
    pub(super) places: Places,
    /// Who has one.
    pub(super) at_work: AtWork,
    /// Set when the class was interrupted: nobody else begins.
    pub(super) stopping: AtomicBool,
    /// Who is preparing or writing: as many as there are cores, since each takes megabytes while it does.
    desks: Semaphore,
    looks: Arc<Looks>,
    commons: Arc<Commons>,
    /// The lab of whoever is first, as it is read then: the others' are the same.
    lab: OnceLock<Result<ReadLab, Refusal>>,
    /// The plan of whoever was first: the others' differ in little but their vars.
    first: OnceLock<Arc<Plan>>,
    limit: Duration,
}

impl Shared {
    pub(super) fn of(class: &Class, at_work: AtWork) -> Self {
        Self {
            places: Places::of(class.jobs),
            at_work,
            stopping: AtomicBool::new(false),
            desks: Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)),
            looks: Arc::new(Looks::below(&class.out)),
            commons: Arc::new(Commons::raised(class.raised)),
            lab: OnceLock::new(),
            first: OnceLock::new(),
            limit: class.limit,
        }
    }

    /// A student's run, out of what was tried before.
    fn prepared(&self, student: &Student, options: Options) -> Result<Prepared, Refusal> {
        let lab = self.lab.get_or_init(|| ReadLab::of(&options));
        let mut prepared = prepare_of(lab.as_ref().map_err(Clone::clone)?, options)?;
        prepared.stack.name.clone_from(&student.stack);
        if let (Some(first), Some(plan)) = (self.first.get(), Arc::get_mut(&mut prepared.plan)) {
            plan.share(first);
        }
        self.first.get_or_init(|| Arc::clone(&prepared.plan));
        Ok(Prepared {
            commons: Arc::clone(&self.commons),
            ..prepared
        })
    }

    /// Prepares a student's run, runs it and writes what it leaves.
    pub(super) async fn one(self: &Arc<Self>, student: &Student, options: Options) -> Ended {
        let (shared, of) = (Arc::clone(self), student.clone());
        let prepared = self.beside(move || shared.prepared(&of, options));
        match prepared.await {
            Ok(Ok(prepared)) => self.graded(&prepared).await,
            Ok(Err(refusal)) => Ended::Nothing(refusal.message),
            Err(error) => a_bug(&error),
        }
    }

    /// Does what takes a core or the disk beside the probes of the others, which stay in time.
    async fn beside<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, JoinError> {
        let _desk = self.desks.acquire().await;
        tokio::task::spawn_blocking(work).await
    }

    async fn graded(&self, prepared: &Prepared) -> Ended {
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
        if self.stopping.load(Ordering::Relaxed) {
            return Ended::interrupted();
        }
        // A run that is there is kept beside this one: which of them counts is said when the marks are made.
        if let Err(error) = folder::make_room(prepared.reports.folder()) {
            return Ended::Nothing(error.to_string());
        }
        let run = match tokio::time::timeout(self.limit, drive(prepared, board)).await {
            Ok(Ok(run)) => run,
            Ok(Err(refusal)) => return Ended::Nothing(refusal.message),
            Err(_elapsed) => return Ended::Nothing(Ended::not_within(self.limit)),
        };
        let report = facts::report(prepared, &run);
        if report.interrupted.is_some() {
            return Ended::Report(Box::new(report));
        }
        let (reports, lang) = (prepared.reports.clone(), prepared.options.lang);
        let looks = Arc::clone(&self.looks);
        let written = self.beside(move || {
            // The result last: where it is, everything is.
            looks
                .write(&reports, &run.evidence, run.look.as_ref())
                .and(reports.write_report(&report, lang))
                .map(|()| report)
        });
        match written.await {
            Ok(Ok(report)) => Ended::Report(Box::new(report)),
            Ok(Err(error)) => Ended::Nothing(error.to_string()),
            Err(error) => a_bug(&error),
        }
    }
}

/// A bug that one student's stack brought out is that student's line.
pub(super) fn a_bug(error: &JoinError) -> Ended {
    Ended::Nothing(format!("a bug of labcheck: {error}"))
}
