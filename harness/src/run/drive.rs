//! One run from the first call to the last verdict: connects (or starts the replica), takes the snapshot, schedules the
//! checks, and gathers what was seen. It prints nothing and writes no file.
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::time::Instant;

use super::board::Board;
use super::conduct::Drills;
use super::evidence::{self, Evidence, Inputs, Observed, ended};
use super::logins::{self, Resolved};
use super::mend::mend;
use super::prepare::{Prepared, Refusal};
use super::schedule::{self, Context, IN_FLIGHT};
use super::signals::{self, Signals};
use super::stack::{Host, Target};
use super::stage::Stage;
use crate::aws::{Access, Aws, Kind, Sight, Snapshot};

use crate::judge::gate::Given;
use crate::observe::{Secret, Vantage};
use crate::plan::{Check, INTERNET, Selected};
use crate::report::inert::inert;
use crate::report::model::Signal;
use crate::report::words::drills;
use crate::report::words::faults::fault;
use crate::result::CheckResult;
use crate::world::{Elsewhere, Found, World};

/// How long an interrupted run waits for checks to remove what they made.
const CLEANING: std::time::Duration = std::time::Duration::from_secs(30);

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// What was seen.
    pub evidence: Evidence,
    /// The verdicts, in the plan's order.
    pub results: Vec<CheckResult>,
    /// How often each AWS operation was called.
    pub aws_calls: BTreeMap<String, u64>,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// The signal that ended it early.
    pub interrupted: Option<Signal>,
    /// SHA-256 of lab, account, region and VPC id.
    pub fingerprint: Option<String>,
    /// The account's pseudonym.
    pub account: Option<String>,
    /// The look at the account that others were told, too, and that the first snapshot is out of.
    pub look: Option<Snapshot>,
    /// The passwords that it fetched, for whoever has to keep them out of a log.
    pub secrets: Vec<Secret>,
}

/// What the stack is reached by.
struct Reach {
    aws: Aws,
    vantages: HashMap<String, Vantage>,
    hosts: HashMap<String, Host>,
    logins: Resolved,
    /// Kept for as long as the run lasts; dropping it ends the replica.
    stage: Option<Stage>,
}

/// Runs what was prepared; each result is on `board` as soon as it is there.
///
/// # Errors
/// The replica that the stack asks for can't be had.
pub async fn drive(prepared: &Prepared, board: Arc<Board>) -> Result<Run, Refusal> {
    // Before anything is started or called: whoever interrupts a run gets its reports.
    let mut signals = Signals::listen();
    let started = Instant::now();
    let started_at = jiff::Timestamp::now();
    let selected = prepared
        .plan
        .select(prepared.phase, &prepared.options.filter);
    let reach = reach(prepared).await?;
    let secrets = reach.logins.secrets();
    let checks = shared(prepared, selected.checks.iter().copied());
    let (context, _stage) = context(prepared, reach, &selected, started);
    let context = Arc::new(context);
    let mut interrupted = None;
    let shared = OnceLock::new();
    let mending = Arc::clone(&context);
    let work = async {
        if prepared.options.allow_disruptive && !prepared.stack.is_replica() {
            // Spawned, so that a signal does not stop it half-way: whoever ends the run waits for it as for a drill. Busy from
            // here on, not from when the task gets its turn: a signal in between would end the process over it.
            let busy = Arc::clone(&mending.drills.busy).read_owned().await;
            let mended = tokio::spawn(async move {
                let _busy = busy;
                mend(&mending).await;
            });
            let _a_panic_is_the_drills_to_tell = mended.await;
        }
        let (sight, elsewhere) = look(prepared, &selected, &context).await;
        // Before the snapshot: what is worked out of that is worked out once.
        *context
            .elsewhere
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = elsewhere;
        context.see(sight.snapshot).await;
        if let Some(look) = sight.of {
            shared.get_or_init(|| look);
        }
        schedule::run(
            checks.clone(),
            Arc::clone(&context),
            Arc::clone(&board),
            prepared.options.threads.unwrap_or(IN_FLIGHT),
        )
        .await;
    };
    // Kept when a signal comes first: dropping it would end the checks that still have something to remove.
    let mut work = std::pin::pin!(work);
    tokio::select! {
        () = &mut work => {}
        signal = signals::next(&mut signals) => {
            interrupted = Some(signal);
            // Nothing new is begun, and what a check made is removed: its task goes on beside this one.
            context.stopping.send_replace(true);
            context.drills.halted.send_replace(true);
            let _too_late = tokio::time::timeout(CLEANING, context.cleaning.write()).await;
        }
    }
    // A drill that is at work puts back what it stopped, however long that takes and however often one asks it not to.
    let busy = Arc::clone(&context.drills.busy);
    let mut restored = std::pin::pin!(busy.write());
    loop {
        tokio::select! {
            _ = &mut restored => break,
            _ = signals::next(&mut signals) => {
                crate::drill::tell(&drills::still_restoring(context.drills.lang));
            }
        }
    }
    context.hang_up().await;
    let cut_off = schedule::interruption();
    for check in &checks {
        if board.outcome(&check.id).is_none() {
            let observed = Observed {
                ended_by: Some(cut_off.clone()),
                ..Observed::default()
            };
            board.set(ended(check, &observed, cut_off.clone()));
            context.note(&check.id, observed);
        }
    }
    let evidence = gather(prepared, &selected, &context);
    Ok(Run {
        fingerprint: fingerprint(prepared, &context),
        account: account(&context),
        look: shared.get().cloned(),
        secrets,
        results: board.results(),
        aws_calls: context.aws.calls(),
        started_at,
        elapsed_ms: crate::observation::millis(started.elapsed()),
        interrupted,
        evidence,
    })
}

/// Connects to AWS, or starts the replica and connects to that.
async fn reach(prepared: &Prepared) -> Result<Reach, Refusal> {
    let stack = &prepared.stack;
    let wanted = match &stack.target {
        Target::Replica(wanted) => wanted,
        Target::Deployment {
            access,
            vantages,
            hosts,
        } => {
            let aws = connect(prepared, (**access).clone()).await?;
            let logins = logins::resolve(&stack.logins, &aws).await;
            return Ok(Reach {
                aws,
                vantages: vantages.clone().into_iter().collect(),
                hosts: hosts.clone().into_iter().collect(),
                logins,
                stage: None,
            });
        }
    };
    let stage = Stage::set(prepared, wanted).await?;
    Ok(Reach {
        aws: connect(prepared, stage.access(&stack.region)).await?,
        vantages: HashMap::from([(INTERNET.to_owned(), stage.internet())]),
        hosts: stage.hosts(&wanted.hosts),
        logins: stage.logins(&prepared.plan),
        stage: Some(stage),
    })
}

/// Clients for an account; a profile that no file defines is the stack file's mistake.
async fn connect(prepared: &Prepared, access: Access) -> Result<Aws, Refusal> {
    prepared.commons.connect(access).await.map_err(|error| {
        let advice = fault(prepared.options.lang, &error);
        Refusal::bad_input(format!(
            "stack `{}`: {}: {}\n  {}",
            inert(&prepared.stack.name),
            advice.what,
            inert(&error.detail),
            advice.next
        ))
    })
}

/// What every check shares, and what must live as long as they do.
fn context(
    prepared: &Prepared,
    reach: Reach,
    selected: &Selected<'_>,
    started: Instant,
) -> (Context, Option<Stage>) {
    let Reach {
        aws,
        vantages,
        hosts,
        logins,
        stage,
    } = reach;
    let given = Given {
        vantages: vantages.keys().chain(hosts.keys()).cloned().collect(),
        logins: logins.told,
        opt_ins: prepared.options.opt_ins(),
    };
    let context = Context {
        plan: Arc::clone(&prepared.plan),
        costly: shared(prepared, selected.costly()),
        aws,
        vantages,
        hosts,
        through: tokio::sync::Mutex::default(),
        logins: logins.usable,
        given,
        cleaning: tokio::sync::RwLock::default(),
        stopping: tokio::sync::watch::Sender::default(),
        drills: Drills {
            folder: crate::drill::journal::folder(prepared.options.state.as_deref()),
            stack: prepared.stack.name.clone(),
            region: prepared.stack.region.clone(),
            lang: prepared.options.lang,
            ephemeral: prepared.stack.is_replica(),
            speed: match &prepared.stack.target {
                Target::Replica(wanted) => wanted.speed,
                Target::Deployment { .. } => 1.0,
            },
            wants: selected.wants(),
            ..Drills::default()
        },
        elsewhere: Mutex::default(),
        nonce: nonce(),
        started,
        wait: prepared.options.wait,
        snapshots: Mutex::default(),
        refreshing: tokio::sync::Mutex::default(),
        observed: Mutex::default(),
    };
    (context, stage)
}

/// Checks as the plan has them, for whoever outlives a borrow of it.
fn shared<'p>(prepared: &Prepared, checks: impl Iterator<Item = &'p Check>) -> Vec<Arc<Check>> {
    let checks = checks.filter_map(|check| prepared.plan.check(&check.id));
    checks.cloned().collect()
}

/// The lab's own VPCs, by name.
fn vpcs(prepared: &Prepared) -> impl Iterator<Item = &str> {
    let resources = prepared.plan.resources.iter();
    resources
        .filter(|(_, resource)| resource.kind == Kind::Vpc && !resource.plural)
        .map(|(name, _)| name.as_str())
}

/// The snapshot, and the names that are missing in it but stand in another of the lab's regions.
async fn look(
    prepared: &Prepared,
    selected: &Selected<'_>,
    context: &Context,
) -> (Sight, Vec<Elsewhere>) {
    let sight = context.aws.look(&selected.wants()).await;
    let missing: Vec<(String, String)> = {
        let world = World::new(&prepared.plan, &sight.snapshot, &[], &context.nonce);
        let missing =
            vpcs(prepared).filter(|name| matches!(world.resource(name), Ok(Found::Missing(_))));
        missing
            .filter_map(|name| Some((name.to_owned(), world.name_of(name)?)))
            .collect()
    };
    let mut elsewhere = Vec::new();
    for region in prepared
        .plan
        .regions
        .iter()
        .filter(|region| **region != prepared.stack.region && !missing.is_empty())
    {
        // A hint only: a region that can't be asked is passed over.
        let records = context
            .aws
            .elsewhere(Kind::Vpc, region)
            .await
            .unwrap_or_default();
        for (resource, name) in &missing {
            if records
                .iter()
                .any(|record| record.get("name").and_then(|found| found.as_str()) == Some(name))
            {
                elsewhere.push(Elsewhere {
                    resource: resource.clone(),
                    region: region.clone(),
                });
            }
        }
    }
    (sight, elsewhere)
}

fn gather(prepared: &Prepared, selected: &Selected<'_>, context: &Context) -> Evidence {
    let options = &prepared.options;
    let mut observed = std::mem::take(
        &mut *context
            .observed
            .lock()
            .unwrap_or_else(PoisonError::into_inner),
    );
    let snapshots = context
        .snapshots
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    Evidence {
        schema: evidence::SCHEMA.to_owned(),
        inputs: Inputs {
            lab: prepared.plan.lab.clone(),
            checks_digest: prepared.checks_digest.clone(),
            stack: prepared.stack.name.clone(),
            region: prepared.stack.region.clone(),
            vars: prepared.stack.vars.clone(),
            hosts: prepared
                .stack
                .host_templates
                .iter()
                .map(|(name, host)| (name.clone(), host.value.clone()))
                .collect(),
            phase: prepared.plan.phases[prepared.phase].clone(),
            filter: options
                .filter
                .is_narrow()
                .then(|| options.filter.to_string()),
            wait: options.wait,
            given: context.given.clone(),
        },
        nonce: context.nonce.clone(),
        snapshots: snapshots.iter().map(|seen| seen.snapshot.clone()).collect(),
        apart: None,
        elsewhere: context
            .elsewhere
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
        checks: selected
            .checks
            .iter()
            .filter_map(|check| Some((check.id.clone(), observed.remove(&check.id)?)))
            .collect(),
    }
}

/// SHA-256 of lab, account, region and VPC id, if all are known. No secret goes in: handed-in runs compare.
fn fingerprint(prepared: &Prepared, context: &Context) -> Option<String> {
    let vpc = vpcs(prepared).next()?;
    let id = context.try_world(|world| match world.resource(vpc) {
        Ok(Found::One(vpc)) => vpc.get("id").and_then(|id| id.as_str()).map(str::to_owned),
        _ => None,
    })??;
    context.aws.fingerprint(&prepared.plan.lab, &id)
}

fn account(context: &Context) -> Option<String> {
    let seen = context.try_snapshot()?;
    let records = seen.snapshot.list(Kind::Account).ok()?;
    records.first()?.get("id")?.as_str().map(str::to_owned)
}

/// Unique for the run, fit for names in every service: lower-case letters and digits, a letter first.
fn nonce() -> String {
    let now = jiff::Timestamp::now().as_nanosecond();
    format!("lc{:x}{:x}", now, std::process::id())
}
