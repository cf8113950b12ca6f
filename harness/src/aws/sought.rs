//! What whoever reads a snapshot would need of calls of their own that were not made: of an account that holds a class, only
//! what is needed of a few resources is asked. It makes no call.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::own_call::OwnCall;
use super::record::Record;
use super::snapshot::Snapshot;

/// The calls that are missed, each with the resources that it would be made for. Clones note in one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Sought(Arc<Mutex<Missed>>);

/// Calls and resources.
pub(super) type Missed = BTreeMap<OwnCall, BTreeSet<String>>;

/// What stands for an answer until there is one: reading goes on, and comes upon what else is missed.
static NOTHING: LazyLock<Record> = LazyLock::new(Record::new);

impl Sought {
    /// Notes that a call for this resource is missed.
    pub(super) fn note(&self, call: OwnCall, id: &str) -> &'static Record {
        self.missed().entry(call).or_default().insert(id.to_owned());
        &NOTHING
    }

    /// What was noted.
    pub(super) fn taken(&self) -> Missed {
        std::mem::take(&mut *self.missed())
    }

    fn missed(&self) -> MutexGuard<'_, Missed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looking for something changes nothing of what was observed.
impl PartialEq for Sought {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Snapshot {
    /// This snapshot for who finds out what is missed in it: what was not asked reads as an empty answer, and is noted.
    pub(super) fn seeking(&self) -> (Self, Sought) {
        let sought = Sought::default();
        let seeking = Self {
            sought: Some(sought.clone()),
            ..self.clone()
        };
        (seeking, sought)
    }
}
