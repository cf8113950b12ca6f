//! The scheduler: every check of the run at once, each waiting for those that it needs, so many in flight as the user
//! allows. A panic in one is that one's result. It prints nothing.
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::attempt::{looked_long_enough, observe_check};
use super::board::Board;
use super::conduct::{Drills, conduct};
use super::evidence::{Observed, ended};
use super::stack::{Host, address_of, no_way};
use crate::aws::{Aws, Snapshot};
use crate::discreet::discreet;
use crate::fault::{Code, Layer, ProbeError};
use crate::judge::gate::{Gate, Given, Logins, gate};
use crate::judge::verdict::judge;
use crate::observation::{Attempts, millis};
use crate::observe::Vantage;
use crate::outcome::Outcome;
use crate::plan::{Check, INTERNET, Plan};
use crate::result::CheckResult;
use crate::world::{Elsewhere, Memo, World, read_by};

/// How many checks are in flight when the user does not say: they wait for the network, not for a core.
pub const IN_FLIGHT: usize = 64;

/// A snapshot, and what the checks have worked out of it.
#[derive(Debug, Default)]
pub struct Seen {
    /// The snapshot.
    pub snapshot: Snapshot,
    memo: Arc<Memo>,
}

/// What every check of a run shares.
pub struct Context {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The checks of the run that take calls which tell of one resource alone.
    pub costly: Vec<Arc<Check>>,
    /// The API.
    pub aws: Aws,
    /// Where probes are dialled from.
    pub vantages: HashMap<String, Vantage>,
    /// Hosts of the stack that vantages go through, dialled when they are first wanted.
    pub hosts: HashMap<String, Host>,
    /// The vantages through them, each with the address that it leads to.
    pub through: tokio::sync::Mutex<HashMap<String, (String, Vantage)>>,
    /// Who logs in, by the login's name.
    pub logins: Logins,
    /// What the stack configures, and what the user allows.
    pub given: Given,
    /// Names seen in other regions.
    pub elsewhere: Mutex<Vec<Elsewhere>>,
    /// Unique for the run.
    pub nonce: String,
    /// When the run began.
    pub started: Instant,
    /// Whether `eventually` waits.
    pub wait: bool,
    /// The snapshots, the newest last.
    pub snapshots: Mutex<Vec<Arc<Seen>>>,
    /// Held while the API is looked at again.
    pub refreshing: tokio::sync::Mutex<()>,
    /// What each check saw.
    pub observed: Mutex<HashMap<String, Observed>>,
    /// Held by checks that have something to remove in the end.
    pub cleaning: tokio::sync::RwLock<()>,
    /// What drills share.
    pub drills: Drills,
    /// Set when the run is to end: nothing new is begun.
    pub stopping: tokio::sync::watch::Sender<bool>,
}

impl Context {
    /// Whether the run is to end.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the run is to end.
    pub async fn stopped(&self) {
        // Its sender is ours: it can't be gone.
        let mut told = self.stopping.subscribe();
        let _stopping = told.wait_for(|stopping| *stopping).await;
    }

    /// The vantage of that name. One through a host of the stack is made when it is first asked for: its address is in the
    /// snapshot.
    pub async fn vantage(&self, name: &str) -> Result<Vantage, ProbeError> {
        if let Some(vantage) = self.vantages.get(name) {
            return Ok(vantage.clone());
        }
        let Some(host) = self.hosts.get(name) else {
            return Err(no_way(name, "not configured"));
        };
        let mut through = self.through.lock().await;
        let address = self.address_of(name)?;
        // A server that a drill stopped and started has another address.
        if let Some((known, vantage)) = through.get(name)
            && *known == address
        {
            return Ok(vantage.clone());
        }
        let vantage = host.vantage(address.clone(), self.vantages.get(INTERNET), &self.aws);
        if let Some((_, old)) = through.insert(name.to_owned(), (address, vantage.clone())) {
            old.hang_up().await;
        }
        Ok(vantage)
    }

    /// The name or address of the host that a vantage goes through, as the newest snapshot has it.
    pub fn address_of(&self, name: &str) -> Result<String, ProbeError> {
        self.with_world(|world| address_of(&self.plan, name, world))
    }

    /// Ends what vantages keep open outside of this process.
    pub async fn hang_up(&self) {
        for (_, vantage) in self.through.lock().await.values() {
            vantage.hang_up().await;
        }
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Arc<Seen> {
        self.try_snapshot()
            .expect("the first snapshot is there before the first check")
    }

    /// Keeps a newer snapshot, once it holds what the run's checks need, and if it shows anything new.
    pub async fn see(&self, snapshot: Snapshot) {
        let costly = || self.costly.iter().map(|check| &**check);
        let seek = |snapshot: &Snapshot| {
            let world = World::new(&self.plan, snapshot, &[], &self.nonce);
            read_by(costly(), &world);
        };
        let wants = &self.drills.wants;
        self.keep(self.aws.complete(snapshot, wants, seek).await);
    }

    /// Keeps a newer snapshot that holds what is needed of it, if it shows anything new.
    pub fn keep(&self, snapshot: Snapshot) {
        let mut snapshots = self
            .snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if snapshots
            .last()
            .is_none_or(|last| last.snapshot != snapshot)
        {
            snapshots.push(Arc::new(Seen {
                snapshot,
                memo: Arc::default(),
            }));
        }
    }

    /// The newest snapshot, if there is one.
    pub fn try_snapshot(&self) -> Option<Arc<Seen>> {
        self.snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last()
            .cloned()
    }

    /// The lab's resources in the newest snapshot, if there is one.
    pub fn try_world<T>(&self, look: impl FnOnce(&World<'_>) -> T) -> Option<T> {
        self.try_snapshot().map(|seen| self.look_in(&seen, look))
    }

    /// The lab's resources in the newest snapshot.
    pub fn with_world<T>(&self, look: impl FnOnce(&World<'_>) -> T) -> T {
        self.look_in(&self.snapshot(), look)
    }

    fn look_in<T>(&self, seen: &Seen, look: impl FnOnce(&World<'_>) -> T) -> T {
        let elsewhere = self
            .elsewhere
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let world = World::new(&self.plan, &seen.snapshot, &elsewhere, &self.nonce);
        look(&world.knowing(Arc::clone(&seen.memo)))
    }

    /// The lab's resources in the snapshot with this index.
    fn with_world_at<T>(&self, index: usize, look: impl FnOnce(&World<'_>) -> T) -> T {
        let seen = {
            let snapshots = self
                .snapshots
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&snapshots[index])
        };
        self.look_in(&seen, look)
    }

    fn newest(&self) -> usize {
        self.snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
            - 1
    }

    /// Notes what a check saw.
    pub fn note(&self, id: &str, observed: Observed) {
        self.observed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.to_owned(), observed);
    }
}

/// Runs every check and puts each result on the board: those that only look all at once; then those that write, and
/// whatever waits for one of them, one at a time; last the drills, each alone.
pub async fn run(
    checks: Vec<Arc<Check>>,
    context: Arc<Context>,
    board: Arc<Board>,
    in_flight: usize,
) {
    let (mut second, mut third): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    let (mut reads, mut writes, mut drills) = (Vec::new(), Vec::new(), Vec::new());
    for check in checks {
        let mut before = check.needs.iter().chain(&check.agrees_with);
        if check.drill().is_some() || before.clone().any(|id| third.contains(id)) {
            third.insert(check.id.clone());
            drills.push(check);
        } else if check.writes || before.any(|id| second.contains(id)) {
            second.insert(check.id.clone());
            writes.push(check);
        } else {
            reads.push(check);
        }
    }
    at_once(reads, &context, &board, in_flight).await;
    for check in writes.into_iter().chain(drills) {
        at_once(vec![check], &context, &board, 1).await;
    }
}

/// Runs checks beside each other, so many in flight at once.
async fn at_once(
    checks: Vec<Arc<Check>>,
    context: &Arc<Context>,
    board: &Arc<Board>,
    in_flight: usize,
) {
    let permits = Arc::new(Semaphore::new(in_flight.max(1)));
    let mut tasks = JoinSet::new();
    let mut names = HashMap::new();
    for check in checks {
        let task = one(
            Arc::clone(&check),
            Arc::clone(context),
            Arc::clone(board),
            Arc::clone(&permits),
        );
        names.insert(tasks.spawn(task).id(), check);
    }
    while let Some(ended_task) = tasks.join_next_with_id().await {
        if let Err(error) = ended_task
            && let Some(check) = names.get(&error.id())
        {
            // The other checks go on; nothing that a check's own code does may lose another's verdict.
            let fault = ProbeError::new(
                Code::Panicked,
                Layer::Harness,
                check.id.clone(),
                panic_text(error),
            );
            let observed = Observed {
                ended_by: Some(fault.clone()),
                ..Observed::default()
            };
            board.set(ended(check, &observed, fault));
            context.note(&check.id, observed);
        }
    }
}

async fn one(check: Arc<Check>, context: Arc<Context>, board: Arc<Board>, permits: Arc<Semaphore>) {
    for before in check.needs.iter().chain(&check.agrees_with) {
        board.wait(before).await;
    }
    // Taken only now: a check that waits for others holds no place that they may need.
    let Ok(_permit) = permits.acquire().await else {
        return;
    };
    // Whoever ends the run waits for the holders of this, so that what a check made is removed and told.
    let _cleaning = if check.finally.is_empty() {
        None
    } else {
        Some(context.cleaning.read().await)
    };
    let began = Instant::now();
    let outcomes = |id: &str| board.outcome(id);
    let index = context.newest();
    let (gate, names) = context.with_world_at(index, |world| {
        (
            gate(&check, world, &outcomes, &context.given),
            world.names_for(&check),
        )
    });
    let attempts = match (&gate, &names) {
        (Gate::Open(_), Ok(names)) if check.drill().is_some() => {
            // A task of its own: who no longer waits for it does not end it, and its restore goes on.
            let work = conduct(Arc::clone(&check), names.clone(), Arc::clone(&context));
            tokio::spawn(work).await.into_iter().collect()
        }
        (Gate::Open(_), Ok(names)) => observe_check(&check, names, &context).await,
        _ => Vec::new(),
    };
    let attempts = Attempts::from(attempts);
    let enough = looked_long_enough(&check, &attempts, context.wait);
    let result = context.with_world_at(index, |world| {
        judge(&check, world, &gate, &attempts, &outcomes, enough)
    });
    let elapsed_ms = millis(began.elapsed());
    let cut_off = context.is_stopping() && result.outcome == Outcome::Errored;
    let observed = Observed {
        snapshot: index,
        attempts,
        ended_by: cut_off.then(interruption),
        elapsed_ms,
    };
    let result = match &observed.ended_by {
        Some(error) => ended(&check, &observed, error.clone()),
        None => CheckResult {
            elapsed_ms,
            ..result
        },
    };
    context.note(&check.id, observed);
    board.set(result);
}

/// What ends a check that was not done when the run was told to stop.
#[must_use]
pub fn interruption() -> ProbeError {
    ProbeError::new(Code::Interrupted, Layer::Harness, "run", "")
}

fn panic_text(error: tokio::task::JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            discreet(text.unwrap_or_default())
        }
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::aws::{Access, Credentials};
    use crate::observe::Direct;
    use crate::plan::template::Template;
    use crate::plan::{INTERNET, Probe, Step};
    use crate::run::Options;
    use crate::run::prepare::load;

    fn plan() -> Plan {
        let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks");
        load(&Options {
            checks: Some(checks),
            ..Options::default()
        })
        .expect("the lab loads")
        .plan
    }

    async fn context(plan: Plan) -> Context {
        let access = Access {
            region: "us-east-1".to_owned(),
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            endpoint_urls: std::collections::BTreeMap::new(),
            credentials: Credentials::Fixed {
                access_key_id: "test".to_owned(),
                secret_access_key: "test".to_owned(),
                session_token: None,
            },
            expect_account: None,
            isolated: true,
        };
        Context {
            plan: Arc::new(plan),
            costly: Vec::new(),
            aws: Aws::connect(access).await.expect("clients"),
            vantages: HashMap::from([(
                INTERNET.to_owned(),
                Vantage::Direct(Direct { resolver: None }),
            )]),
            hosts: HashMap::new(),
            through: tokio::sync::Mutex::default(),
            logins: Logins::new(),
            given: Given {
                vantages: BTreeSet::from([INTERNET.to_owned()]),
                ..Given::default()
            },
            cleaning: tokio::sync::RwLock::default(),
            drills: Drills::default(),
            stopping: tokio::sync::watch::Sender::default(),
            elsewhere: Mutex::default(),
            nonce: "lc0".to_owned(),
            started: Instant::now(),
            wait: false,
            snapshots: Mutex::new(vec![Arc::default()]),
            refreshing: tokio::sync::Mutex::default(),
            observed: Mutex::default(),
        }
    }

    #[tokio::test]
    async fn a_panic_in_a_check_is_its_own_errored_result_and_the_others_go_on() {
        let plan = plan();
        let check = |id: &str| Check::clone(plan.check(id).expect("a check of the lab"));
        // Its patience can't be added up, and tokio's clock panics over that.
        let breaks = Check {
            steps: vec![Step {
                probe: Probe::Tcp {
                    host: Template::parse("127.0.0.1").expect("a template"),
                    port: Template::parse("1").expect("a template"),
                },
                from: Some(INTERNET.to_owned()),
                ..check("vpc-exists").first().clone()
            }],
            timeout: std::time::Duration::MAX,
            needs: Vec::new(),
            uses: Vec::new(),
            ..check("vpc-exists")
        };
        let below = check("vpc-cidr");
        let below = Check {
            needs: vec![breaks.id.clone()],
            ..below
        };
        let beside = check("credentials-work");
        let checks: Vec<Arc<Check>> = [breaks, below, beside].map(Arc::new).into();
        let board = Arc::new(Board::new(checks.iter().map(|check| check.id.clone())));
        let context = Arc::new(context(plan.clone()).await);

        run(checks, Arc::clone(&context), Arc::clone(&board), 1).await;

        let results = board.results();
        assert_eq!(results.len(), 3, "each has a result: {results:?}");
        assert_eq!(results[0].outcome, Outcome::Errored);
        let error = results[0].error.as_ref().expect("why");
        assert_eq!(error.code, Code::Panicked);
        assert!(!error.detail.is_empty(), "the panic's own words are kept");
        assert_eq!(results[1].outcome, Outcome::Skipped);
        let code = |error: &ProbeError| error.code != Code::Panicked;
        assert!(
            results[2].error.as_ref().is_none_or(code),
            "{:?}",
            results[2]
        );
        let observed = context.observed.lock().expect("nobody holds it");
        assert_eq!(observed["vpc-exists"].ended_by.as_ref(), Some(error));
    }
}
