//! A drill among the checks of a run: guarded, journalled, disrupted, sampled, restored. Whatever happens between the
//! journal and the restore (an error, a panic, a signal) leads to the restore. It prints to standard error alone, and
//! what it saw is one observation, judged like any other.
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{RwLock, watch};
use tokio::time::Instant;

use super::attempt::{looked_long_enough, observe_check};
use super::mend::hold;
use super::schedule::Context;
use crate::aws::{Aws, Wants};
use crate::drill::budget::Budget;
use crate::drill::guard::{self, Refused};
use crate::drill::journal::{Entry, Journal, SCHEMA, Stage, Undo, owner};
use crate::drill::measure::{measure, round, timeline};
use crate::drill::restore::{PATIENCE, passes, restore};
use crate::drill::sampler::{Sample, Sampler};
use crate::drill::tell;
use crate::fault::{Code, Layer, ProbeError};
use crate::judge::gate::{Aim, Gate, aim};
use crate::judge::verdict::{At, judge, walk};
use crate::observation::{Attempt, Observation, millis};
use crate::observe::{self, Held};
use crate::outcome::Outcome;
use crate::plan::{Check, Disrupt, Drill, INTERNET};
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
    })
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
    let subject = subject(drill, context)?;
    let budget = match (&drill.disrupt, &subject.group) {
        (Disrupt::FailOver(_), _) => Budget::of_fail_over(),
        (Disrupt::Stop(_), Some(group)) => {
            Budget::of_stop(Some(context.aws.thresholds(group).await?))
        }
        (Disrupt::Stop(_), None) => Budget::of_stop(None),
    };
    let whole = budget.whole(drill.during.len() + drill.after.len());
    let real = |stack: Duration| stack.div_f64(drills.speed);
    let now = jiff::Timestamp::now();
    let until = now + jiff::SignedDuration::try_from(real(whole)).unwrap_or_default();

    // Nothing up to here, and nothing up to the journal, changes anything.
    let (place, lock) = hold(drills, &context.aws).await.map_err(refused)?;
    let account = context.aws.account().await?;
    guard::outlives(&context.aws, until)
        .await
        .map_err(refused)?;
    let before = before(drill, &subject, &context.aws, now)
        .await
        .map_err(refused)?;
    let steady = Arc::new(Steady::of(drill, Arc::clone(context), names)?);
    for _ in 0..3 {
        if !steady.holds().await {
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
    let mark = guard::mark(&entry.nonce, &entry.owner, until);
    let mut journal = Journal::begin(place, lock, entry).map_err(|why| {
        refused(Refused::Journal {
            why: why.to_string(),
        })
    })?;
    if matches!(drill.disrupt, Disrupt::Stop(_)) {
        // Where tags may not be written the journal is enough.
        let _ = context.aws.mark(&subject.id, &mark).await;
    }
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
    let seen = in_hand(stage, steady, &mut journal).await?;
    journal.close();
    Ok(seen)
}

/// How things were before.
#[derive(Clone, Debug)]
struct Before {
    undo: Undo,
    address: Option<String>,
    writer: Option<String>,
    /// The reader that is to write.
    next: Option<String>,
}

async fn before(
    drill: &Drill,
    subject: &Subject,
    aws: &Aws,
    now: jiff::Timestamp,
) -> Result<Before, Refused> {
    match &drill.disrupt {
        Disrupt::Stop(_) => {
            let server = aws.server(&subject.id).await?;
            guard::may_stop(server.as_ref(), &subject.id, &subject.name, now)?;
            Ok(Before {
                undo: Undo::StartServer {
                    id: subject.id.clone(),
                    name: subject.name.clone(),
                },
                address: server.and_then(|server| server.public_ip),
                writer: None,
                next: None,
            })
        }
        Disrupt::FailOver(_) => {
            let cluster = aws.cluster(&subject.id).await?;
            let next = cluster.readers.first().cloned();
            if cluster.status != "available" || next.is_none() || cluster.writer.is_none() {
                return Err(Refused::NotReady {
                    id: subject.id.clone(),
                    status: cluster.status,
                    readers: cluster.readers.len(),
                });
            }
            Ok(Before {
                undo: Undo::Cluster {
                    id: subject.id.clone(),
                    writer: cluster.writer.clone().filter(|_| drill.restore_writer),
                },
                address: None,
                writer: cluster.writer,
                next,
            })
        }
    }
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
        async move { steady.holds().await }
    }));
    let disrupted_at = Instant::now();
    let begun = sampler.elapsed().as_secs_f64();
    let mut work = tokio::spawn(disrupt(shared.clone(), Arc::clone(&sampler), disrupted_at));
    let disrupted = tokio::select! {
        done = &mut work => done.unwrap_or_else(|error| {
            Err(fault(Code::Panicked, "drill", error))
        }),
        _ = halted.wait_for(|halted| *halted) => {
            work.abort();
            Err(fault(Code::Interrupted, "run", ""))
        }
    };
    journal.note(Stage::Undoing);
    if let Err(error) = &disrupted {
        let why = (error.code != Code::Interrupted).then(|| error.to_string());
        tell(&words::puts_back(lang, &shared.before.undo, why.as_deref()));
    }
    let restoring_at = Instant::now();
    restore(&shared.context.aws, &shared.before.undo, PATIENCE)
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
    let mut work = tokio::spawn(recover(shared.clone(), Arc::clone(&sampler), restoring_at));
    let recovered = tokio::select! {
        done = &mut work => done.unwrap_or_else(|error| {
            Err(fault(Code::Panicked, "drill", error))
        }),
        _ = halted.wait_for(|halted| *halted) => {
            work.abort();
            Err(fault(Code::Interrupted, "run", ""))
        }
    };
    if recovered.is_err() {
        journal.close();
    }
    let taken = sampler.samples(shared.real(Duration::from_secs(10)));
    let (after, found) = recovered?;
    Ok(measured(
        &shared,
        &taken,
        (begun, restored_after),
        seen,
        after,
        &found,
    ))
}

/// All of it as one observation. The times are when the disruption began, in the sampler's, and how long the restore took,
/// in the stack's.
fn measured(
    shared: &Shared,
    taken: &[Sample],
    (begun, restored_after): (f64, f64),
    seen: Disrupted,
    after: Vec<Value>,
    found: &Recovered,
) -> Observation {
    let measured = measure(taken, begun, shared.speed());
    let mut observation = Observation::of("measured")
        .with("samples", measured.samples)
        .with("lost", measured.lost)
        .with("availability", measured.availability)
        .with("longest_outage", measured.longest_outage)
        .with("time_to_restore", restored_after)
        .with("speed", shared.speed())
        .with("timeline", timeline(taken, 100))
        .with("during", seen.during)
        .with("after", after)
        .with("fail_open", seen.fail_open)
        .with("address_changed", found.address != shared.before.address);
    let fields = &mut observation.fields;
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    put("recovery", measured.recovered_after.map(Value::from));
    put("time_to_disrupt", seen.stopped_after.map(Value::from));
    put("time_to_detect", seen.detected_after.map(Value::from));
    put("time_to_recover", found.healthy_after.map(Value::from));
    put("target_health", seen.health.map(Value::from));
    put("target_reason", seen.reason.map(Value::from));
    put("others_healthy", seen.others.map(Value::from));
    if let Some(before) = &shared.before.writer {
        put("writer_before", Some(json!(before)));
        put(
            "roles_swapped",
            Some(json!(seen.writer.as_ref().is_some_and(|now| now != before))),
        );
        put("writer_after", seen.writer.clone().map(Value::from));
    }
    observation
}

/// What was seen while it was disrupted.
#[derive(Debug, Default)]
struct Disrupted {
    stopped_after: Option<f64>,
    detected_after: Option<f64>,
    health: Option<String>,
    reason: Option<String>,
    others: Option<usize>,
    fail_open: bool,
    writer: Option<String>,
    during: Vec<Value>,
}

async fn disrupt(
    shared: Shared,
    sampler: Arc<Sampler>,
    began: Instant,
) -> Result<Disrupted, ProbeError> {
    let aws = shared.context.aws.clone();
    let id = &shared.subject.id;
    let mut seen = Disrupted::default();
    let is_stop = matches!(shared.drill.disrupt, Disrupt::Stop(_));
    if is_stop {
        aws.stop_server(id).await?;
    } else {
        aws.fail_over(id, shared.before.next.as_deref().unwrap_or_default())
            .await?;
    }
    let until = began + shared.real(shared.budget.disrupt);
    while Instant::now() < until {
        tokio::time::sleep(shared.pause()).await;
        let done = if is_stop {
            look_at_server(&shared, &sampler, began, &mut seen).await
        } else {
            look_at_cluster(&shared, began, &mut seen).await
        };
        match done {
            // A server that is gone comes to nothing more, and whoever may not look any more can only put back.
            Err(error) if !passes(&error) => return Err(error),
            Ok(true) if sampler.held_in_a_row() >= 5 => break,
            // What could not be seen just now is looked at again: the budget bounds it.
            _ => {}
        }
    }
    seen.during = look_at(&shared, &shared.drill.during, began).await;
    if is_stop {
        let _ = look_at_server(&shared, &sampler, began, &mut seen).await;
    }
    Ok(seen)
}

async fn look_at_server(
    shared: &Shared,
    sampler: &Sampler,
    began: Instant,
    seen: &mut Disrupted,
) -> Result<bool, ProbeError> {
    let (aws, id) = (&shared.context.aws, &shared.subject.id);
    let server = aws.server(id).await?;
    let state = server.map(|server| server.state).unwrap_or_default();
    if state == "terminated" || state == "shutting-down" {
        return Err(fault(Code::NotRestored, id, format!("{id} is {state}")));
    }
    if state == "stopped" && seen.stopped_after.is_none() {
        seen.stopped_after = Some(shared.since(began));
    }
    let Some(group) = &shared.subject.group else {
        return Ok(seen.stopped_after.is_some());
    };
    let targets = aws.targets(group).await?;
    let healthy = |target: &&crate::aws::TargetNow| target.health == "healthy";
    let own = targets.iter().find(|target| target.id == *id);
    let others = targets
        .iter()
        .filter(|target| target.id != *id)
        .filter(healthy)
        .count();
    seen.others = Some(seen.others.map_or(others, |least| least.min(others)));
    if let Some(own) = own {
        seen.health = Some(own.health.clone());
        seen.reason = Some(own.reason.clone());
    }
    if own.is_none_or(|own| own.health != "healthy") && seen.detected_after.is_none() {
        seen.detected_after = Some(shared.since(began));
    }
    if !targets.iter().any(|target| target.health == "healthy") && sampler.held_in_a_row() >= 2 {
        seen.fail_open = true;
    }
    Ok(seen.stopped_after.is_some() && seen.detected_after.is_some())
}

async fn look_at_cluster(
    shared: &Shared,
    began: Instant,
    seen: &mut Disrupted,
) -> Result<bool, ProbeError> {
    let cluster = shared.context.aws.cluster(&shared.subject.id).await?;
    let swapped = cluster.writer.is_some() && cluster.writer != shared.before.writer;
    seen.writer = cluster.writer;
    if swapped && seen.stopped_after.is_none() {
        seen.stopped_after = Some(shared.since(began));
    }
    Ok(swapped && cluster.status == "available")
}

/// What was found after the restore.
#[derive(Debug, Default)]
struct Recovered {
    healthy_after: Option<f64>,
    address: Option<String>,
}

async fn recover(
    shared: Shared,
    sampler: Arc<Sampler>,
    began: Instant,
) -> Result<(Vec<Value>, Recovered), ProbeError> {
    let (aws, id) = (&shared.context.aws, &shared.subject.id);
    let mut found = Recovered::default();
    let until = began + shared.real(shared.budget.recover);
    loop {
        let healthy = match &shared.subject.group {
            Some(group) => aws.targets(group).await.is_ok_and(|targets| {
                targets
                    .iter()
                    .any(|target| target.id == *id && target.health == "healthy")
            }),
            None => true,
        };
        if healthy && found.healthy_after.is_none() && shared.subject.group.is_some() {
            found.healthy_after = Some(shared.since(began));
        }
        if (healthy && sampler.held_in_a_row() >= 5) || Instant::now() >= until {
            break;
        }
        tokio::time::sleep(shared.pause()).await;
    }
    if matches!(shared.drill.disrupt, Disrupt::Stop(_)) {
        found.address = aws.server(id).await?.and_then(|server| server.public_ip);
    }
    // Addresses, roles and states have changed: whatever is looked at now is looked at anew.
    let snapshot = aws.snapshot(&shared.context.drills.wants).await;
    shared.context.keep(snapshot);
    let after = look_at(&shared, &shared.drill.after, began).await;
    Ok((after, found))
}

/// Looks at checks of the lab until they hold, or the time to settle is over.
async fn look_at(shared: &Shared, ids: &[String], began: Instant) -> Vec<Value> {
    let context = &shared.context;
    let mut told = Vec::new();
    for id in ids {
        let Some(check) = context.plan.check(id) else {
            continue;
        };
        let check = Check {
            eventually: Some(shared.real(shared.budget.settle)),
            ..check.clone()
        };
        let names = context.with_world(|world| world.names_for(&check));
        let attempts = match &names {
            Ok(names) => observe_check(&check, names, context).await,
            Err(_) => Vec::new(),
        };
        let passed = |_: &str| Some(Outcome::Passed);
        let enough = looked_long_enough(&check, &attempts, context.wait);
        let result = context.with_world(|world| {
            let gate = match &names {
                Ok(names) => match aim(check.first(), world, names, &context.logins) {
                    Ok(aim) => Gate::Open(aim),
                    Err(Blocked::Fault(error)) => Gate::Fault(error),
                    Err(Blocked::Missing { name, detail }) => {
                        Gate::Fault(fault(Code::Template, &name, detail))
                    }
                },
                Err(Blocked::Fault(error)) => Gate::Fault(error.clone()),
                Err(Blocked::Missing { name, detail }) => {
                    Gate::Fault(fault(Code::Template, name, detail))
                }
            };
            judge(&check, world, &gate, &attempts, &passed, enough)
        });
        let detail = match (&result.error, result.mismatches.first()) {
            (Some(error), _) => error.to_string(),
            (None, Some(mismatch)) => format!(
                "{}: {}",
                mismatch.path,
                mismatch.actual.clone().unwrap_or_default()
            ),
            _ => String::new(),
        };
        told.push(json!({
            "check": id,
            "outcome": result.outcome.as_str(),
            "seconds": shared.since(began),
            "detail": detail,
        }));
    }
    told
}

/// The steady state: one look at it, on a fresh connection each time.
struct Steady {
    check: Check,
    names: Value,
    context: Arc<Context>,
    timeout: Duration,
}

impl Steady {
    fn of(drill: &Drill, context: Arc<Context>, names: Value) -> Result<Self, ProbeError> {
        let check = context.plan.check(&drill.steady_state).cloned();
        let check =
            check.ok_or_else(|| fault(Code::DrillRefused, &drill.steady_state, "no such check"))?;
        let own = context.with_world(|world| world.names_for(&check));
        let timeout = check
            .timeout
            .div_f64(context.drills.speed)
            .max(Duration::from_millis(500));
        Ok(Self {
            names: own.unwrap_or(names),
            check,
            context,
            timeout,
        })
    }

    async fn holds(&self) -> bool {
        let (step, context) = (self.check.first(), &self.context);
        let aimed = context.with_world(|world| aim(step, world, &self.names, &context.logins));
        let Ok(Aim::Dial(request)) = aimed else {
            return false;
        };
        let from = step.from.as_deref().unwrap_or(INTERNET);
        let Ok(vantage) = context.vantage(from).await else {
            return false;
        };
        let mut held = Held::default();
        let seen = observe::observe(&request, &vantage, &mut held, self.timeout);
        let Ok(seen) = tokio::time::timeout(self.timeout * 2, seen).await else {
            return false;
        };
        let attempt = Attempt {
            at_ms: 0,
            elapsed_ms: 0,
            target: String::new(),
            seen,
            pass: 0,
            step: 0,
            finally: false,
        };
        // `times` asks for as many looks; the sampler takes them one by one.
        matches!(
            walk(&self.check, &self.names, &[attempt], 0).at,
            At::Holds(..) | At::Next(_)
        )
    }
}
