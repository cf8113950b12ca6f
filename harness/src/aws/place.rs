//! An account in a region, as all who come upon it share it: its pseudonyms, and the last look at it.
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::access::Access;
use super::paths::Wants;
use super::redact::Redactor;
use super::snapshot::Snapshot;

/// How long a look serves for others too. A student who mends something and is graded right after is graded by a new one.
const FRESH: Duration = Duration::from_mins(2);

/// A look at an account that holds a large class takes up to minutes of its limits. It serves for so many times as long as it
/// took, which is about what grading that class takes: little of what the account may be asked goes into looking again.
const TIMES: u32 = 40;

/// What tells a place from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct PlaceKey {
    /// The account, as STS gave it.
    pub account: String,
    /// The region.
    pub region: String,
    /// Endpoints in place of AWS's own.
    pub elsewhere: BTreeSet<String>,
    /// The profile, where there are such: it may name more of them.
    pub profile: Option<String>,
}

/// What is shared of an account in a region.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Where it is.
    pub key: PlaceKey,
    redactor: Mutex<Redactor>,
    look: tokio::sync::Mutex<Option<Look>>,
}

/// A look at an account for several runs.
#[derive(Debug)]
pub(super) struct Look {
    /// When it was there, from when on it is old.
    pub taken: Instant,
    /// How long it took.
    pub took: Duration,
    /// What it was to observe.
    pub wants: Wants,
    /// What was observed.
    pub snapshot: Snapshot,
    /// With whose credentials.
    pub by: Access,
}

impl Look {
    /// Whether it is new enough and holds what is wanted.
    pub(super) fn serves(&self, wants: &Wants) -> bool {
        // What did not come about and may the next time is not waited for.
        let times = if self.snapshot.may_list_more() {
            0
        } else {
            TIMES
        };
        self.taken.elapsed() < FRESH.max(self.took * times) && self.wants.covers(wants)
    }
}

impl Place {
    /// A place that nobody has looked at.
    pub(super) fn at(key: PlaceKey) -> Self {
        Self {
            key,
            ..Self::default()
        }
    }

    /// Its pseudonyms.
    pub(super) fn redactor(&self) -> MutexGuard<'_, Redactor> {
        self.redactor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its last look; who takes another one holds it so long, and the others wait for what came of it.
    pub(super) async fn look(&self) -> tokio::sync::MutexGuard<'_, Option<Look>> {
        self.look.lock().await
    }
}

#[cfg(test)]
mod tests {
    use super::super::access::Credentials;
    use super::super::kind::Kind;
    use super::*;
    use crate::fault::{Code, Layer, ProbeError};

    fn nobody() -> Access {
        Access {
            region: String::new(),
            endpoint_url: None,
            endpoint_urls: std::collections::BTreeMap::new(),
            credentials: Credentials::chain(),
            expect_account: None,
            isolated: true,
        }
    }

    #[test]
    fn a_look_serves_for_two_minutes_or_for_as_long_as_it_was_dear() {
        let Some(taken) = Instant::now().checked_sub(FRESH) else {
            return;
        };
        let error = |code| ProbeError::new(code, Layer::Aws, "ec2:DescribeVpcs", "");
        let dear = FRESH / 30;
        for (took, error, serves) in [
            (Duration::ZERO, None, false),
            (dear, None, true),
            (dear, Some(error(Code::Throttled)), false),
            (dear, Some(error(Code::AccessDenied)), true),
        ] {
            let mut snapshot = Snapshot::of("us-east-1");
            let listing = error.clone().map_or(Ok(Vec::new()), Err);
            snapshot.put(Kind::Vpc, listing);
            let look = Look {
                taken,
                took,
                wants: Wants::default(),
                snapshot,
                by: nobody(),
            };
            assert_eq!(look.serves(&Wants::default()), serves, "{took:?} {error:?}");
        }
    }
}
