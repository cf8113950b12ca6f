//! How the time of one attempt is shared out. Silence is a verdict about a target only if the target had time to
//! speak; so what lies before it (a resolver, a gateway's greeting) may take at most half of what is left, and fails
//! under its own name when it takes longer. Time in which it was we who did not listen is not counted: [`crate::excused`].
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

use crate::excused::{Excused, PUNCTUAL};

/// Between two looks at what was excused in the meanwhile.
const AGAIN: Duration = Duration::from_millis(20);

/// When an attempt ends.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    end: Instant,
    /// What was excused already when it was set.
    excused: Excused,
}

impl Deadline {
    /// `timeout` from now.
    #[must_use]
    pub fn after(timeout: Duration) -> Self {
        Self {
            end: Instant::now() + timeout,
            excused: Excused::so_far(),
        }
    }

    /// The instant at which it ends, as far as is known now.
    fn instant(self) -> Instant {
        self.end + Excused::so_far().since(self.excused)
    }

    /// What is left.
    #[must_use]
    pub fn left(self) -> Duration {
        self.instant().saturating_duration_since(Instant::now())
    }

    /// Does `work` until it is done, or the time is over.
    ///
    /// # Errors
    /// The time is over. Work that was there to be done, and that nobody got to, was done before that.
    pub fn bound<W: Future>(self, work: W) -> impl Future<Output = Result<W::Output, Elapsed>> {
        // On the heap: one is nested in the other, and a thread's stack is small.
        let mut work = Box::pin(work);
        async move {
            let mut end = self.instant();
            loop {
                let elapsed = match timeout_at(end, &mut work).await {
                    Ok(done) => return Ok(done),
                    Err(elapsed) => elapsed,
                };
                let now = Instant::now();
                // Who is woken late is the first to know that nobody was listening: whatever came since gets as long again.
                let late = now.saturating_duration_since(end);
                if late > PUNCTUAL {
                    end = now + late;
                } else if self.instant() > now {
                    end = self.instant().max(now + AGAIN);
                } else {
                    return Err(elapsed);
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::excused::{counting, queueing};

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_queue_of_ours_takes_nothing_of_an_attempts_time() {
        counting(async {
            let deadline = Deadline::after(2 * SECOND);
            let work = async {
                tokio::time::sleep(SECOND).await;
                queueing(tokio::time::sleep(60 * SECOND)).await;
                tokio::time::sleep(SECOND / 2).await;
            };
            assert!(deadline.bound(work).await.is_ok(), "a second and a half");
            assert!(deadline.left() <= SECOND / 2);
            let silence = deadline.bound(std::future::pending::<()>()).await;
            assert!(silence.is_err());
            assert!(deadline.left().is_zero());
        })
        .await;
    }

    #[tokio::test]
    async fn what_came_while_nobody_listened_came_in_time() {
        let (tell, told) = std::sync::mpsc::channel();
        let (answer, mut answered) = tokio::sync::mpsc::channel(1);
        // Answers at once, but each of its two steps takes a turn of a runtime that is held up in between.
        tokio::spawn(async move {
            tokio::task::spawn_blocking(move || told.recv())
                .await
                .expect("a thread")
                .expect("told");
            tokio::task::yield_now().await;
            answer.send(()).await.expect("somebody waits");
        });
        let deadline = Deadline::after(SECOND / 10);
        tokio::task::yield_now().await;
        tell.send(()).expect("somebody listens");
        std::thread::sleep(SECOND / 2);
        assert!(deadline.bound(answered.recv()).await.is_ok());
    }
}
