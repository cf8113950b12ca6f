//! How the time of one attempt is shared out. Silence is a verdict about a target only if the target had time to
//! speak; so what lies before it (a resolver, a gateway's greeting) may take at most half of what is left, and fails
//! under its own name when it takes longer.
use std::time::Duration;

use tokio::time::Instant;

/// When an attempt ends.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// `timeout` from now.
    #[must_use]
    pub fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout)
    }

    /// The instant at which it ends.
    #[must_use]
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What is left.
    #[must_use]
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The deadline of a step on the way to the target: half of what is left.
    #[must_use]
    pub fn for_the_way(self) -> Self {
        Self::after(self.left() / 2)
    }

    /// The deadline of the next of `tries` equal ones.
    #[must_use]
    pub fn shared_by(self, tries: usize) -> Self {
        let tries = u32::try_from(tries.max(1)).unwrap_or(u32::MAX);
        Self::after(self.left() / tries)
    }
}
