//! `labcheck restore`: undoes what an interrupted drill left on a stack: what its journal says, what bears a drill's mark,
//! and, where neither is left, what the lab's drills stop and must run.
use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::args::RestoreArgs;
use super::{Done, say};
use crate::aws::{Aws, Snapshot};
use crate::drill::guard::Refused;
use crate::drill::journal::{Entry, Place, Undo, folder};
use crate::drill::mark::Mark;
use crate::drill::restore::{PATIENCE, Stuck, restore as undo};
use crate::drill::service::{ACTIVE, Service};
use crate::drill::tell;
use crate::fault::{Code, Layer, ProbeError};
use crate::observe::Vantage;
use crate::plan::{Disrupt, INTERNET, Plan};
use crate::report::exit::ExitCode;
use crate::report::inert::inert;
use crate::report::words::drills as words;
use crate::report::words::faults::fault;
use crate::run::prepare::{Loaded, load};
use crate::run::session::runtime;
use crate::run::stack::{Host, Target, address_of};
use crate::run::{Options, Refusal};
use crate::world::{Found, World, complete_snapshot};

pub fn restore(args: &RestoreArgs) -> Done {
    let options = args.stack.options();
    let Loaded { stack, plan, .. } = load(&options)?;
    let (access, vantages, hosts) = match stack.target {
        // It is gone with the run that had it.
        Target::Replica(_) => {
            say(&format!("{}\n", words::nothing_left(options.lang)));
            return Ok(ExitCode::Passed);
        }
        Target::Deployment {
            access,
            vantages,
            hosts,
        } => (access, vantages, hosts),
    };
    let place = folder(options.state.as_deref())
        .map(|folder| Place::of(&folder, &stack.name, &stack.region));
    runtime()?.block_on(async {
        let aws = Aws::connect(*access)
            .await
            .map_err(|error| refusal(&options, &error))?;
        let reach = Reach {
            snapshot: Snapshot::default(),
            plan: &plan,
            vantages: &vantages,
            hosts: &hosts,
            aws: &aws,
        };
        all(&options, reach, place, args.take_over).await
    })
}

fn refusal(options: &Options, error: &crate::fault::ProbeError) -> Refusal {
    let advice = fault(options.lang, error);
    Refusal {
        code: ExitCode::Undecided,
        message: format!(
            "{}: {}\n  {}",
            advice.what,
            inert(&error.detail),
            advice.next
        ),
    }
}

/// Looks for what is to be undone, and undoes it.
async fn all(
    options: &Options,
    mut reach: Reach<'_>,
    place: Option<Place>,
    take_over: bool,
) -> Done {
    let aws = reach.aws;
    // The journal's own lock: two undoings at once would be harmless, a drill at work would not.
    let lock = place.as_ref().map(Place::lock);
    if let Some(Ok(None)) = &lock {
        return Err(Refusal {
            code: ExitCode::Usage,
            message: words::at_work(options.lang),
        });
    }
    let account = aws
        .account()
        .await
        .map_err(|error| refusal(options, &error))?;
    // A journal that can't be read stays where it is: what it says is somebody's to look at. The rest is put back.
    let (written, unreadable) = match place.as_ref().map(Place::read) {
        Some(Ok(entry)) => (entry, None),
        Some(Err(why)) => (None, Some(why.to_string())),
        None => (None, None),
    };
    if written
        .as_ref()
        .is_some_and(|entry| !entry.is_of_account(&account))
    {
        let journal = place
            .as_ref()
            .map(|place| place.file().display().to_string());
        let journal = journal.unwrap_or_default();
        return Err(Refusal {
            code: ExitCode::Undecided,
            message: words::refused(options.lang, &Refused::OtherAccount { journal }),
        });
    }
    reach.snapshot = complete_snapshot(aws, &reach.plan.drills()).await;
    let wanted = wanted(options, &reach, written.as_ref(), take_over).await?;
    let unreadable = unreadable.map(|why| {
        let file = place.as_ref().map(Place::file).unwrap_or_default();
        words::unreadable(options.lang, &file, &why)
    });
    if wanted.is_empty() && unreadable.is_none() {
        say(&format!("{}\n", words::nothing_left(options.lang)));
        return Ok(ExitCode::Passed);
    }
    let mut stuck: Vec<Stuck> = Vec::new();
    for one in wanted {
        tell(&words::restoring(options.lang, &one));
        let host = one.vantage().map(|name| reach.vantage(name));
        match undo(aws, &one, host, PATIENCE).await {
            Ok(()) => say(&format!("{}\n", words::restored(options.lang, &one))),
            Err(error) => stuck.push(error),
        }
    }
    if let (Some(place), Some(_)) = (&place, &written)
        && stuck.iter().all(Stuck::is_final)
    {
        place.remove().map_err(|why| Refusal {
            code: ExitCode::CannotWrite,
            message: format!("{}: {why}", place.file().display()),
        })?;
    }
    if stuck.is_empty() && unreadable.is_none() {
        return Ok(ExitCode::Passed);
    }
    let message: Vec<String> = stuck
        .iter()
        .map(|stuck| words::stuck(options.lang, stuck))
        .chain(unreadable)
        .collect();
    Err(Refusal {
        code: ExitCode::Undecided,
        message: message.join("\n"),
    })
}

/// What is to be undone, each thing once: what the journal says, what bears a mark, and what the lab's drills stop and
/// stands still.
async fn wanted(
    options: &Options,
    reach: &Reach<'_>,
    written: Option<&Entry>,
    take_over: bool,
) -> Result<Vec<Undo>, Refusal> {
    let aws = reach.aws;
    let mut wanted: Vec<Undo> = Vec::new();
    let mut add = |undo: Undo| {
        let same = |known: &Undo| match (known, &undo) {
            (Undo::StartServer { id: one, .. }, Undo::StartServer { id: other, .. })
            | (Undo::Cluster { id: one, .. }, Undo::Cluster { id: other, .. }) => one == other,
            (
                Undo::StartService { id: one, unit, .. },
                Undo::StartService {
                    id: other,
                    unit: another,
                    ..
                },
            ) => one == other && unit == another,
            _ => false,
        };
        if !wanted.iter().any(same) {
            wanted.push(undo);
        }
    };
    if let Some(entry) = written {
        add(entry.undo.clone());
    }
    let of_lab = reach.disrupted();
    let marked = aws.marked().await;
    for server in marked.map_err(|error| refusal(options, &error))? {
        // Marks of servers that are none of this lab's are not ours to judge.
        if of_lab.iter().any(|one| one.id == server.id) {
            let mark = server.mark.as_deref().unwrap_or_default();
            may_be_taken(options, written, take_over, &server.name, mark)?;
            add(Undo::StartServer {
                id: server.id,
                name: server.name,
            });
        }
    }
    for id in reach.failed_over() {
        let cluster = aws.cluster(&id).await;
        let cluster = cluster.map_err(|error| refusal(options, &error))?;
        if let Some(mark) = &cluster.mark {
            may_be_taken(options, written, take_over, &id, mark)?;
            let writer = Mark::read(mark).and_then(|mark| mark.writer);
            add(Undo::Cluster { id, writer });
        }
    }
    // Servers first: a service is started on one that runs.
    for Disrupted { id, name, .. } in &of_lab {
        let state = aws
            .server(id)
            .await
            .map_err(|error| refusal(options, &error))?;
        if state.is_some_and(|server| ["stopped", "stopping"].contains(&server.state.as_str())) {
            add(Undo::StartServer {
                id: id.clone(),
                name: name.clone(),
            });
        }
    }
    for Disrupted { id, name, service } in of_lab {
        let Some((unit, vantage)) = service else {
            continue;
        };
        // A host that can't be asked is told of only where a drill is known to have been there.
        let Ok(host) = reach.vantage(&vantage) else {
            continue;
        };
        let unit_on_host = Service {
            unit: unit.clone(),
            host,
        };
        if unit_on_host
            .state()
            .await
            .is_ok_and(|state| state != ACTIVE)
        {
            add(Undo::StartService {
                id,
                name,
                unit,
                vantage,
            });
        }
    }
    Ok(wanted)
}

/// Nobody is known to be at work on what bears this mark, or it is taken over all the same.
fn may_be_taken(
    options: &Options,
    written: Option<&Entry>,
    take_over: bool,
    name: &str,
    mark: &str,
) -> Result<(), Refusal> {
    let Some(read) = Mark::read(mark) else {
        return Ok(());
    };
    let is_known = written.is_some_and(|entry| entry.nonce == read.nonce);
    if !is_known && !take_over && read.is_at_work(jiff::Timestamp::now()) {
        return Err(Refusal {
            code: ExitCode::Usage,
            message: words::at_work_elsewhere(options.lang, name, mark),
        });
    }
    Ok(())
}

/// Something that the lab's drills stop, as far as it is found and one.
#[derive(PartialEq, Eq)]
struct Disrupted {
    /// The server.
    id: String,
    /// Its name.
    name: String,
    /// The unit on it that is stopped rather than all of it, and the vantage.
    service: Option<(String, String)>,
}

/// The stack as its API showed it, and what leads to its hosts.
struct Reach<'a> {
    plan: &'a Plan,
    snapshot: Snapshot,
    vantages: &'a IndexMap<String, Vantage>,
    hosts: &'a IndexMap<String, Host>,
    aws: &'a Aws,
}

impl Reach<'_> {
    fn world(&self) -> World<'_> {
        World::new(self.plan, &self.snapshot, &[], "lc0")
    }

    fn vantage(&self, name: &str) -> Result<Vantage, ProbeError> {
        let address = address_of(self.plan, name, &self.world())?;
        let host = self.hosts.get(name);
        let made = host.map(|host| host.vantage(address, self.vantages.get(INTERNET), self.aws));
        made.ok_or_else(|| {
            ProbeError::new(Code::VantageFailed, Layer::Vantage, name, "not configured")
        })
    }

    /// The clusters that the lab's drills fail over, as far as they are found and one.
    fn failed_over(&self) -> BTreeSet<String> {
        let world = self.world();
        let drills = self.plan.checks.iter().filter_map(|check| check.drill());
        let clusters = drills.filter_map(|drill| match &drill.disrupt {
            Disrupt::FailOver(name) => match world.resource(name) {
                Ok(Found::One(record)) => record.get("id")?.as_str().map(str::to_owned),
                _ => None,
            },
            Disrupt::Stop(_) | Disrupt::StopService { .. } => None,
        });
        clusters.collect()
    }

    fn disrupted(&self) -> Vec<Disrupted> {
        let world = self.world();
        let mut found: Vec<Disrupted> = Vec::new();
        for check in &self.plan.checks {
            let (name, service) = match check.drill().map(|drill| &drill.disrupt) {
                Some(Disrupt::Stop(name)) => (name, None),
                Some(Disrupt::StopService { instance, unit }) => {
                    let from = check.first().from.clone();
                    (instance, from.map(|from| (unit.clone(), from)))
                }
                Some(Disrupt::FailOver(_)) | None => continue,
            };
            if let Ok(Found::One(record)) = world.resource(name) {
                let text = |field| {
                    record
                        .get(field)
                        .and_then(|value| value.as_str())
                        .unwrap_or_default()
                        .to_owned()
                };
                let one = Disrupted {
                    id: text("id"),
                    name: text("name"),
                    service,
                };
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        found
    }
}
