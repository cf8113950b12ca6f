//! What an earlier run's drill left as it was is put back: before a run that may disrupt looks at anything, and again before
//! its own drill.
use super::conduct::Drills;
use super::schedule::Context;
use crate::drill::guard::Refused;
use crate::drill::journal::{Lock, Place, Undo};
use crate::drill::restore::{PATIENCE, restore};
use crate::drill::tell;
use crate::fault::ProbeError;
use crate::observe::Vantage;
use crate::report::words::drills as words;
use crate::world::complete_snapshot;

/// Puts back what is left, if anything is. A drill whose server stands still is skipped for it, so it can't be left to the
/// drill itself. What can't be put back is told here, and the drill refuses later.
pub async fn mend(context: &Context) {
    let drills = &context.drills;
    let left = place(drills).and_then(|place| place.left());
    if left.is_none() {
        return;
    }
    if let Err(refused) = hold(context).await {
        tell(&words::refused(drills.lang, &refused));
    }
}

fn place(drills: &Drills) -> Option<Place> {
    let folder = drills.folder.as_ref()?;
    Some(Place::of(folder, &drills.stack, &drills.region))
}

/// The stack's lock. What another run left on it is put back first, and its journal goes while the lock is held; so it does
/// where the server is gone, which is told and leaves nothing to put back.
///
/// # Errors
/// Another drill has the stack, no journal can be written, or what is left can't be put back.
pub async fn hold(context: &Context) -> Result<(Place, Lock), Refused> {
    let (drills, aws) = (&context.drills, &context.aws);
    let unwritable = |why: String| Refused::Journal { why };
    let place = place(drills).ok_or_else(|| unwritable("no folder for it is known".to_owned()))?;
    let lock = place
        .lock()
        .map_err(|error| unwritable(error.to_string()))?;
    let written = place
        .read()
        .map_err(|error| unwritable(error.to_string()))?;
    let Some(lock) = lock else {
        let whose = written.map_or_else(
            || "another process has it".to_owned(),
            |entry| format!("{} of {} until {}", entry.check, entry.owner, entry.until),
        );
        return Err(Refused::Busy { whose });
    };
    if let Some(left) = written.filter(|left| !left.ephemeral) {
        if !left.is_of_account(&aws.account().await?) {
            return Err(Refused::OtherAccount {
                journal: place.file().display().to_string(),
            });
        }
        tell(&words::left_by(drills.lang, &left));
        let host = host(&left.undo, context).await;
        match restore(aws, &left.undo, host, PATIENCE).await {
            Err(stuck) if stuck.is_final() => tell(&words::stuck(drills.lang, &stuck)),
            Err(stuck) => return Err(Refused::Left(stuck.to_string())),
            Ok(()) => {}
        }
        place
            .remove()
            .map_err(|error| unwritable(error.to_string()))?;
    }
    Ok((place, lock))
}

/// The vantage that an undoing needs: before anything else was looked at, what leads there is looked at for it.
async fn host(undo: &Undo, context: &Context) -> Option<Result<Vantage, ProbeError>> {
    let name = undo.vantage()?;
    if context.try_snapshot().is_none() {
        let drills = context.plan.drills();
        context.keep(complete_snapshot(&context.aws, &drills).await);
    }
    Some(context.vantage(name).await)
}
