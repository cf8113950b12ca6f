//! A drill among the checks of a run: guarded, journalled, disrupted, sampled, restored. Whatever happens between the
//! journal and the restore (an error, a panic, a signal) leads to the restore. It prints to standard error alone, and
//! what it saw is one observation, judged like any other.
mod disrupt;
mod look;
mod measured;
mod recover;
mod steady;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{RwLock, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::disrupt::{Before, before, disrupt};
use self::look::look_at;
use self::measured::measured;
use self::recover::recover;
use self::steady::Steady;
use super::mend::hold;
use super::schedule::Context;
use crate::aws::{Record, Wants};
use crate::discreet::discreet;
use crate::drill::budget::Budget;
use crate::drill::guard::{self, Refused};
use crate::drill::journal::{Entry, Journal, SCHEMA, Stage, owner};
use crate::drill::measure::{measure, round};
use crate::drill::restore::{PATIENCE, restore};
use crate::drill::sampler::{Look, Sampler};
use crate::drill::tell;
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::{Attempt, Observation, millis};
use crate::observe::Vantage;
use crate::plan::{Check, Disrupt, Drill};
use crate::report::words::drills as words;
use crate::text::Lang;
use crate::world::{Blocked, Found};

/// What drills share in a run.
#[derive(Clone, Debug)]
pub struct Drills {
    /// Where journals are; none where no folder is known.
    pub folder: Option<PathBuf>,
    /// The stack's name.
    pub stack: String,
    /// Its region.
    pub region: String,
    /// The language that whoever sits there is told in.
    pub lang: Lang,
    /// Whether the stack dies with this process.
    pub ephemeral: bool,
    /// How many of the stack's seconds pass in one of ours.
    pub speed: f64,
    /// What is looked at anew after a drill.
    pub wants: Wants,
    /// Turns true when the run is to end.
    pub halted: watch::Sender<bool>,
    /// Held while a drill is at work: whoever ends the run waits for it.
    pub busy: Arc<RwLock<()>>,
}

impl Default for Drills {
    fn default() -> Self {
        Self {
            folder: None,
            stack: String::new(),
            region: String::new(),
            lang: Lang::default(),
            ephemeral: true,
            speed: 1.0,
            wants: Wants::default(),
            halted: watch::Sender::new(false),
            busy: Arc::default(),
        }
    }
}

/// Conducts a drill whose gate is open. It is spawned, so that nobody who stops waiting for it stops it.
pub async fn conduct(check: Arc<Check>, names: Value, context: Arc<Context>) -> Attempt {
    let _busy = Arc::clone(&context.drills.busy).read_owned().await;
    let began = Instant::now();
    let target = check.drill().map_or_else(String::new, |drill| {
        format!("drill {}", drill.disrupt.resource())
    });
    let seen = match check.drill() {
        Some(drill) => whole(&check, drill, names, &context).await,
        None => Err(fault(Code::Panicked, &check.id, "no drill")),
    };
    Attempt {
        at_ms: millis(began - context.started),
        elapsed_ms: millis(began.elapsed()),
        target,
        seen,
        pass: 0,
        step: 0,
        finally: false,
    }
}

fn fault(code: Code, target: &str, detail: impl std::fmt::Display) -> ProbeError {
    ProbeError::new(code, Layer::Harness, target, format!("{detail}"))
}

/// What a drill is aimed at.
#[derive(Clone, Debug)]
struct Subject {
    /// The server or cluster.
    id: String,
    /// The server's name.
    name: String,
    /// The target group.
    group: Option<String>,
    /// Whether the server's public address is an Elastic IP, which stays.
    elastic: bool,
    /// Where commands run, and the vantage's name: the server itself.
    host: Option<(String, Vantage)>,
}

fn subject(drill: &Drill, context: &Context) -> Result<Subject, ProbeError> {
    let field = |resource: &str, field: &str| -> Result<String, ProbeError> {
        context.with_world(|world| match world.resource(resource) {
            Ok(Found::One(record)) => record
                .get(field)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(|| fault(Code::DrillRefused, resource, format!("no {field}"))),
            Ok(_) => Err(fault(
                Code::DrillRefused,
                resource,
                format!("{resource} is not found, or not one: nothing was touched"),
            )),
            Err(Blocked::Fault(error)) => Err(error),
            Err(Blocked::Missing { name, detail }) => Err(fault(
                Code::DrillRefused,
                &name,
                format!("{name}: {detail}"),
            )),
        })
    };
    let resource = drill.disrupt.resource();
    let id = field(resource, "id")?;
    Ok(Subject {
        name: field(resource, "name").unwrap_or_else(|_| id.clone()),
        id,
        group: match &drill.target_group {
            Some(group) => Some(field(group, "arn")?),
            None => None,
        },
        elastic: context.with_world(|world| {
            matches!(world.resource(resource), Ok(Found::One(record)) if has_elastic_address(&record))
        }),
        host: None,
    })
}

/// Whether the address is the account's own; one of a launch is `amazon`'s.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceAssociation.html>
fn has_elastic_address(server: &Record) -> bool {
    let interfaces = server.get("network_interfaces").and_then(Value::as_array);
    interfaces.into_iter().flatten().any(|interface| {
        let owner = &interface["association"]["ip_owner_id"];
        owner.as_str().is_some_and(|owner| owner != "amazon")
    })
}

/// The host of the drill's vantage, which must be the server that the drill names: a command that stops a service must not
/// reach another's.
async fn host(
    check: &Check,
    subject: &Subject,
    drill: &Drill,
    context: &Context,
) -> Result<Option<(String, Vantage)>, Refused> {
    let Some(name) = &check.first().from else {
        return Ok(None);
    };
    let vantage = context.vantage(name).await?;
    let host = context.address_of(name)?;
    let is_its_own = context.with_world(|world| match world.resource(drill.disrupt.resource()) {
        Ok(Found::One(record)) => record.values().any(|value| value.as_str() == Some(&host)),
        _ => false,
    });
    if !is_its_own {
        return Err(Refused::OtherHost {
            vantage: name.clone(),
            host,
            name: subject.name.clone(),
            id: subject.id.clone(),
        });
    }
    Ok(Some((name.clone(), vantage)))
}

/// From the guard to the last look.
async fn whole(
    check: &Arc<Check>,
    drill: &Drill,
    names: Value,
    context: &Arc<Context>,
) -> Result<Observation, ProbeError> {
    let drills = &context.drills;
    let refused = |refused: Refused| match refused {
        Refused::Api(error) => error,
        other => fault(Code::DrillRefused, &check.id, other),
    };
    let mut subject = subject(drill, context)?;
    subject.host = host(check, &subject, drill, context)
        .await
        .map_err(refused)?;
    let subject = subject;
    let thresholds = match &subject.group {
        Some(group) => Some(context.aws.thresholds(group).await?),
        None => None,
    };
    let budget = match &drill.disrupt {
        Disrupt::FailOver(_) => Budget::of_fail_over(thresholds),
        Disrupt::Stop(_) => Budget::of_stop(thresholds),
        Disrupt::StopService { .. } => Budget::of_stopped_service(thresholds),
    };
    let whole = budget.whole(drill.during.len() + drill.after.len());
    let real = |stack: Duration| stack.div_f64(drills.speed);
    let now = jiff::Timestamp::now();
    // People read it: to the second.
    let whole_seconds = i64::try_from(real(whole).as_secs()).unwrap_or(i64::MAX);
    let until = jiff::Timestamp::from_second(
        now.as_second()
            .saturating_add(whole_seconds)
            .saturating_add(1),
    )
    .unwrap_or(jiff::Timestamp::MAX);

    // Nothing up to here, and nothing up to the journal, changes anything.
    let (place, lock) = hold(context).await.map_err(refused)?;
    let account = context.aws.account().await?;
    guard::outlives(&context.aws, until)
        .await
        .map_err(refused)?;
    let before = before(drill, &subject, &context.aws, now)
        .await
        .map_err(refused)?;
    let steady = Arc::new(Steady::of(drill, Arc::clone(context), names)?);
    for _ in 0..3 {
        if steady.look().await != Look::Held {
            let check = drill.steady_state.clone();
            return Err(refused(Refused::Unsteady { check }));
        }
    }
    if *drills.halted.borrow() {
        return Err(fault(Code::Interrupted, "run", ""));
    }
    let entry = Entry {
        schema: SCHEMA.to_owned(),
        stack: drills.stack.clone(),
        lab: context.plan.lab.clone(),
        check: check.id.clone(),
        nonce: context.nonce.clone(),
        owner: owner(),
        begun_at: now,
        until,
        ephemeral: drills.ephemeral,
        stage: Stage::Begun,
        undo: before.undo.clone(),
        account: Some(account),
    };
    let mark = entry.mark().to_string();
    let mut journal = Journal::begin(place, lock, entry).map_err(|why| {
        refused(Refused::Journal {
            why: why.to_string(),
        })
    })?;
    // Where tags may not be written the journal is enough.
    let _ = match &before.cluster {
        Some(arn) => context.aws.mark_cluster(arn, &mark).await,
        None => context.aws.mark(&subject.id, &mark).await,
    };
    tell(&words::begins(
        drills.lang,
        &check.id,
        drill.disrupt.resource(),
        real(whole).as_secs().max(1),
        &journal.file(),
    ));
    let stage = Shared {
        drill: drill.clone(),
        subject,
        budget,
        before,
        context: Arc::clone(context),
    };
    in_hand(stage, steady, &mut journal).await
}

/// What the stages of a drill share.
#[derive(Clone)]
struct Shared {
    drill: Drill,
    subject: Subject,
    budget: Budget,
    before: Before,
    context: Arc<Context>,
}

impl Shared {
    fn speed(&self) -> f64 {
        self.context.drills.speed
    }

    /// A stretch of the stack's time in ours.
    fn real(&self, stack: Duration) -> Duration {
        stack.div_f64(self.speed())
    }

    /// Seconds of the stack's time since then.
    fn since(&self, then: Instant) -> f64 {
        round(then.elapsed().as_secs_f64() * self.speed())
    }

    /// Between two looks at the API: two of the stack's seconds, and never so often that others feel it.
    fn pause(&self) -> Duration {
        self.real(Duration::from_secs(2))
            .max(Duration::from_millis(200))
    }
}

/// Waits for a stage's work until the run is to end. Whatever becomes of it, a panic too, comes back from here, so that what
/// was disrupted is put back.
async fn to_its_end<T>(
    mut work: JoinHandle<Result<T, ProbeError>>,
    halted: &mut watch::Receiver<bool>,
) -> Result<T, ProbeError> {
    tokio::select! {
        done = &mut work => done.unwrap_or_else(|error| {
            Err(fault(Code::Panicked, "drill", discreet(&error.to_string())))
        }),
        _ = halted.wait_for(|halted| *halted) => {
            work.abort();
            Err(fault(Code::Interrupted, "run", ""))
        }
    }
}

/// From the journal to the last look: whatever comes in between, the restore is done.
async fn in_hand(
    shared: Shared,
    steady: Arc<Steady>,
    journal: &mut Journal,
) -> Result<Observation, ProbeError> {
    let drills = &shared.context.drills;
    let lang = drills.lang;
    let mut halted = drills.halted.subscribe();
    let period = shared
        .real(shared.drill.every)
        .max(Duration::from_millis(20));
    let sampler = Arc::new(Sampler::begin(period, move || {
        let steady = Arc::clone(&steady);
        async move { steady.look().await }
    }));
    let disrupted_at = Instant::now();
    let begun = sampler.elapsed().as_secs_f64();
    let work = disrupt(shared.clone(), Arc::clone(&sampler), disrupted_at);
    let disrupted = to_its_end(tokio::spawn(work), &mut halted).await;
    journal.note(Stage::Undoing);
    if let Err(error) = &disrupted {
        let why = (error.code != Code::Interrupted).then(|| error.to_string());
        tell(&words::puts_back(lang, &shared.before.undo, why.as_deref()));
    }
    let restoring_at = Instant::now();
    let host = shared
        .before
        .service
        .clone()
        .map(|service| Ok(service.host));
    restore(&shared.context.aws, &shared.before.undo, host, PATIENCE)
        .await
        .map_err(|stuck| {
            tell(&words::stuck(lang, &stuck));
            if stuck.is_final() {
                journal.close();
            }
            fault(Code::NotRestored, "drill", stuck)
        })?;
    let restored_after = shared.since(restoring_at);
    if let Err(error) = &disrupted {
        tell(&words::done(lang, &shared.before.undo));
        // Nothing is left, whatever the verdict.
        journal.close();
        return Err(error.clone());
    }
    let seen = disrupted?;
    let work = recover(shared.clone(), Arc::clone(&sampler), restoring_at);
    let recovered = to_its_end(tokio::spawn(work), &mut halted).await;
    // All runs again, whatever comes of the measurements.
    journal.close();
    let (after, found) = recovered?;
    let taken = sampler.samples(shared.real(Duration::from_secs(10)));
    let amount = measure(&taken, begun, shared.speed());
    if !amount.is_of_the_stack() {
        let told = format!("{} of {} samples", amount.unseen, amount.samples);
        return Err(fault(Code::SamplesUnseen, "drill", told));
    }
    Ok(measured(
        &shared,
        &taken,
        amount,
        restored_after,
        seen,
        after,
        &found,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_becomes_of_a_stage_what_comes_after_it_is_reached() {
        let halt = watch::Sender::new(false);
        let mut halted = halt.subscribe();
        let mut ended = async |work| to_its_end::<u8>(work, &mut halted).await;
        assert_eq!(ended(tokio::spawn(async { Ok(7) })).await, Ok(7));
        let refused = fault(Code::AccessDenied, "ec2:StopInstances", "");
        let error = refused.clone();
        assert_eq!(
            ended(tokio::spawn(async { Err(refused) })).await,
            Err(error)
        );
        let panics = tokio::spawn(async { panic!("as a bug would") });
        let error = ended(panics).await.expect_err("it panicked");
        assert_eq!(error.code, Code::Panicked);
        assert!(error.detail.contains("as a bug would"), "{error:?}");
        let (alive, died) = tokio::sync::oneshot::channel::<()>();
        let hangs = tokio::spawn(async move {
            let _alive = alive;
            std::future::pending().await
        });
        halt.send_replace(true);
        let error = ended(hangs).await.expect_err("it was ended");
        assert_eq!(error.code, Code::Interrupted);
        assert!(died.await.is_err(), "it goes on no more");
    }
}
