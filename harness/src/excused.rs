//! Time that no peer is to blame for, and that no time-out of a probe counts: what a probe waits in a queue of ours (the
//! account's limits on a class), and what this machine has no core for it. Silence is a verdict about a target; a busy
//! grader must never be one. It knows no probe and no class.
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::observation::millis;

/// How often it is looked whether the runtime gets to its tasks.
const TICK: Duration = Duration::from_millis(20);

/// So late anybody may be: clocks are no finer, and a core may be somebody else's for a moment.
pub const PUNCTUAL: Duration = Duration::from_millis(10);

/// What the runtime was late all in all, in milliseconds.
static STALLED: AtomicU64 = AtomicU64::new(0);

/// How late it was when it was last looked, in milliseconds.
static LATE: AtomicU64 = AtomicU64::new(0);

tokio::task_local! {
    static QUEUED: Cell<Queued>;
}

/// What one attempt has waited in queues of ours.
#[derive(Clone, Copy, Debug, Default)]
struct Queued {
    before: Duration,
    since: Option<Instant>,
}

/// What is excused since some beginning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Excused {
    queued: Duration,
    stalled: Duration,
}

impl Excused {
    /// What is excused so far, of the attempt that asks.
    #[must_use]
    pub fn so_far() -> Self {
        let queued = QUEUED.try_with(|queued| {
            let Queued { before, since } = queued.get();
            before + since.map_or(Duration::ZERO, |since| since.elapsed())
        });
        Self {
            queued: queued.unwrap_or_default(),
            stalled: Duration::from_millis(STALLED.load(Ordering::Relaxed)),
        }
    }

    /// What of it came after `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        // A task that an attempt begot knows nothing of its queues.
        self.queued.saturating_sub(earlier.queued) + self.stalled.saturating_sub(earlier.stalled)
    }
}

/// Does the work of one attempt, whose time in queues is counted.
pub async fn counting<W: Future>(work: W) -> W::Output {
    QUEUED.scope(Cell::default(), work).await
}

/// Waits in a queue of ours.
pub async fn queueing<Q: Future>(queue: Q) -> Q::Output {
    let _left_at_the_end = Place::take();
    queue.await
}

/// A place in a queue. Who gives up leaves it, too.
struct Place;

impl Place {
    fn take() -> Self {
        // Who is no probe is not counted.
        let _counted = QUEUED.try_with(|queued| {
            queued.set(Queued {
                since: Some(Instant::now()),
                ..queued.get()
            });
        });
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _counted = QUEUED.try_with(|queued| {
            let Queued { before, since } = queued.get();
            let now = since.map_or(Duration::ZERO, |since| since.elapsed());
            queued.set(Queued {
                before: before + now,
                since: None,
            });
        });
    }
}

/// Looks for as long as the runtime lives whether it gets to its tasks in time.
pub async fn watch() {
    loop {
        // The machine's clock: a runtime whose own is paused is never late.
        let began = std::time::Instant::now();
        tokio::time::sleep(TICK).await;
        let late = began.elapsed().saturating_sub(TICK);
        LATE.store(millis(late), Ordering::Relaxed);
        if late > PUNCTUAL {
            STALLED.fetch_add(millis(late), Ordering::Relaxed);
        }
    }
}

/// Waits until the runtime gets to its tasks in time, those that came last included, and so has room for more of them.
pub async fn room() {
    loop {
        tokio::time::sleep(TICK).await;
        if lateness() <= PUNCTUAL {
            return;
        }
    }
}

/// How late the runtime was when it was last looked.
fn lateness() -> Duration {
    Duration::from_millis(LATE.load(Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(40);

    #[tokio::test(start_paused = true)]
    async fn what_one_attempt_waits_in_a_queue_is_excused_for_it_alone_also_while_it_waits() {
        let began = Excused::so_far();
        counting(async {
            let began = Excused::so_far();
            tokio::time::sleep(LONG).await;
            assert!(Excused::so_far().queued.is_zero(), "work is no queue");
            queueing(tokio::time::sleep(LONG)).await;
            assert!(Excused::so_far().since(began) >= LONG);
            let given_up = tokio::time::timeout(LONG, queueing(std::future::pending::<()>())).await;
            assert!(given_up.is_err());
            assert!(Excused::so_far().queued >= 2 * LONG);
            let waiting = queueing(async {
                tokio::time::sleep(LONG).await;
                Excused::so_far().queued
            });
            assert!(waiting.await >= 3 * LONG, "it waits still");
        })
        .await;
        assert!(Excused::so_far().since(began) < LONG, "another's queue");
    }

    #[tokio::test]
    async fn a_runtime_that_does_not_get_to_its_tasks_is_told_and_excused() {
        let watching = tokio::spawn(watch());
        tokio::task::yield_now().await;
        let began = Excused::so_far();
        // Its one thread is held up.
        std::thread::sleep(20 * TICK);
        while lateness() < 15 * TICK {
            tokio::task::yield_now().await;
        }
        assert!(Excused::so_far().since(began) >= 15 * TICK);
        watching.abort();
    }
}
