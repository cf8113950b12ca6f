//! `labcheck restore`: undoes what an interrupted drill left on a stack: what its journal says, what bears a drill's mark,
//! and, where neither is left, what the lab's drills stop and must run.
use super::args::RestoreArgs;
use super::{Done, say};
use crate::aws::{Aws, Wants};
use crate::drill::guard::{Refused, is_at_work, is_of};
use crate::drill::journal::{Entry, Place, Undo, folder};
use crate::drill::restore::{PATIENCE, Stuck, restore as undo};
use crate::drill::tell;
use crate::plan::{Disrupt, Filter, Plan};
use crate::report::exit::ExitCode;
use crate::report::inert::inert;
use crate::report::words::drills as words;
use crate::report::words::faults::fault;
use crate::run::prepare::{Loaded, load};
use crate::run::session::runtime;
use crate::run::stack::Target;
use crate::run::{Options, Refusal};
use crate::world::{Found, World};

pub fn restore(args: &RestoreArgs) -> Done {
    let options = args.stack.options();
    let Loaded { stack, plan, .. } = load(&options)?;
    let access = match stack.target {
        // It is gone with the run that had it.
        Target::Replica(_) => {
            say(&format!("{}\n", words::nothing_left(options.lang)));
            return Ok(ExitCode::Passed);
        }
        Target::Deployment { access, .. } => access,
    };
    let place = folder(options.state.as_deref())
        .map(|folder| Place::of(&folder, &stack.name, &stack.region));
    runtime()?.block_on(async {
        let aws = Aws::connect(*access)
            .await
            .map_err(|error| refusal(&options, &error))?;
        all(&options, &plan, &aws, place, args.take_over).await
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
    plan: &Plan,
    aws: &Aws,
    place: Option<Place>,
    take_over: bool,
) -> Done {
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
    let wanted = wanted(options, plan, aws, written.as_ref(), take_over).await?;
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
        match undo(aws, &one, PATIENCE).await {
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
    plan: &Plan,
    aws: &Aws,
    written: Option<&Entry>,
    take_over: bool,
) -> Result<Vec<Undo>, Refusal> {
    let mut wanted: Vec<Undo> = Vec::new();
    let mut add = |undo: Undo| {
        let same = |known: &Undo| match (known, &undo) {
            (Undo::StartServer { id: one, .. }, Undo::StartServer { id: other, .. })
            | (Undo::Cluster { id: one, .. }, Undo::Cluster { id: other, .. }) => one == other,
            _ => false,
        };
        if !wanted.iter().any(same) {
            wanted.push(undo);
        }
    };
    if let Some(entry) = written {
        add(entry.undo.clone());
    }
    let of_lab = servers(plan, aws).await;
    let marked = aws.marked().await;
    for server in marked.map_err(|error| refusal(options, &error))? {
        // Marks of servers that are none of this lab's are not ours to judge.
        if of_lab.iter().any(|(id, _)| *id == server.id) {
            let mark = server.mark.as_deref().unwrap_or_default();
            let is_known = written.is_some_and(|entry| is_of(mark, &entry.nonce));
            if !is_known && !take_over && is_at_work(mark, jiff::Timestamp::now()) {
                return Err(Refusal {
                    code: ExitCode::Usage,
                    message: words::at_work_elsewhere(options.lang, &server.name, mark),
                });
            }
            add(Undo::StartServer {
                id: server.id,
                name: server.name,
            });
        }
    }
    for (id, name) in of_lab {
        let state = aws
            .server(&id)
            .await
            .map_err(|error| refusal(options, &error))?;
        if state.is_some_and(|server| ["stopped", "stopping"].contains(&server.state.as_str())) {
            add(Undo::StartServer { id, name });
        }
    }
    Ok(wanted)
}

/// The servers that the lab's drills stop, as far as they are found and one.
async fn servers(plan: &Plan, aws: &Aws) -> Vec<(String, String)> {
    let drills = plan
        .checks
        .iter()
        .filter_map(|check| match &check.drill()?.disrupt {
            Disrupt::Stop(name) => Some((check.id.clone(), name.as_str())),
            Disrupt::FailOver(_) => None,
        });
    let (patterns, names): (Vec<String>, Vec<&str>) = drills.unzip();
    if names.is_empty() {
        return Vec::new();
    }
    let filter = Filter {
        patterns,
        exact: true,
        skip: Vec::new(),
    };
    let mut wants = Wants::default();
    for phase in 0..plan.phases.len() {
        let selected = plan.select(phase, &filter);
        if !selected.checks.is_empty() {
            wants = selected.wants();
        }
    }
    let snapshot = aws.snapshot(&wants).await;
    let world = World::new(plan, &snapshot, &[], "lc0");
    let mut found: Vec<(String, String)> = Vec::new();
    for name in names {
        if let Ok(Found::One(record)) = world.resource(name) {
            let text = |field| {
                record
                    .get(field)
                    .and_then(|value| value.as_str())
                    .unwrap_or_default()
                    .to_owned()
            };
            let server = (text("id"), text("name"));
            if !found.contains(&server) {
                found.push(server);
            }
        }
    }
    found
}
