//! Looks at a set rate. A slow answer never delays the next look: each runs beside the others, and one that was due
//! counts from when it was due, whether it ever came back or not. What this machine could not look at (it was asleep, or
//! its own network was away) says nothing of the stack, and counts as neither.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

/// A look that begins so much later than it was due was not made: this machine stood still meanwhile.
const STALL: Duration = Duration::from_millis(500);

/// What a look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// What was looked at held.
    Held,
    /// It did not.
    Lost,
    /// It could not be looked at, for a reason that is not the stack's.
    Unseen,
}

/// One look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was due, since the sampler began.
    pub due: Duration,
    /// What it found, and when that came; none while it is out.
    came: Option<(Look, Duration)>,
    /// Whether this machine stood still while it was out.
    stalled: bool,
}

impl Sample {
    /// What it found. A look that never came back does not hold.
    #[must_use]
    pub fn look(&self) -> Look {
        match self.came {
            Some((Look::Lost, _)) | None if self.stalled => Look::Unseen,
            Some((look, _)) => look,
            None => Look::Lost,
        }
    }

    #[cfg(test)]
    pub(super) fn of(due: Duration, look: Look) -> Self {
        Self {
            due,
            came: Some((look, due)),
            stalled: false,
        }
    }
}

/// A sampler at work. Dropping it ends it.
#[derive(Debug)]
pub struct Sampler {
    began: Instant,
    samples: Arc<Mutex<Vec<Sample>>>,
    work: JoinHandle<()>,
}

impl Sampler {
    /// Begins to look every `period`, at once for the first time.
    pub fn begin<F>(period: Duration, look: impl Fn() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Look> + Send + 'static,
    {
        let began = Instant::now();
        let samples = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&samples);
        let work = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            // What could not begin in time was due all the same.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut looks = JoinSet::new();
            loop {
                let due = ticks.tick().await - began;
                let now = began.elapsed();
                if now > due + STALL {
                    stood_still(&mut locked(&kept), due, now);
                    continue;
                }
                let place = {
                    let mut samples = locked(&kept);
                    samples.push(Sample {
                        due,
                        came: None,
                        stalled: false,
                    });
                    samples.len() - 1
                };
                let (look, kept) = (look(), Arc::clone(&kept));
                looks.spawn(async move {
                    let look = look.await;
                    locked(&kept)[place].came = Some((look, began.elapsed()));
                });
                while looks.try_join_next().is_some() {}
            }
        });
        Self {
            began,
            samples,
            work,
        }
    }

    /// Since it began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// How many of the last samples held in a row.
    #[must_use]
    pub fn held_in_a_row(&self) -> usize {
        let samples = locked(&self.samples);
        // The newest may be out still.
        samples
            .iter()
            .rev()
            .skip_while(|sample| sample.came.is_none())
            .take_while(|sample| sample.look() == Look::Held)
            .count()
    }

    /// The samples so far. Looks that were due less than `grace` ago and are still out are left out rather than blamed.
    #[must_use]
    pub fn samples(&self, grace: Duration) -> Vec<Sample> {
        let mut samples = locked(&self.samples).clone();
        let now = self.began.elapsed();
        samples.retain(|sample| sample.came.is_some() || sample.due + grace < now);
        samples
    }
}

/// The look that was due is not made, and those that were out since are not blamed: what ended them was this machine's clock.
fn stood_still(samples: &mut Vec<Sample>, due: Duration, now: Duration) {
    for sample in samples.iter_mut() {
        sample.stalled |= sample.came.is_none_or(|(_, when)| when >= due);
    }
    samples.push(Sample {
        due,
        came: Some((Look::Unseen, now)),
        stalled: true,
    });
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.work.abort();
    }
}

fn locked(samples: &Mutex<Vec<Sample>>) -> std::sync::MutexGuard<'_, Vec<Sample>> {
    samples.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Look::{Held, Lost, Unseen};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_delays_no_other_and_counts_from_when_it_was_due() {
        let sampler = Sampler::begin(Duration::from_secs(1), {
            let count = std::sync::atomic::AtomicUsize::new(0);
            move || {
                let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                async move {
                    match number {
                        2 => std::future::pending::<()>().await,
                        3 => tokio::time::sleep(Duration::from_secs(3)).await,
                        _ => {}
                    }
                    Look::Held
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(9_500)).await;
        let taken = sampler.samples(Duration::from_secs(1));
        let due: Vec<u64> = taken.iter().map(|sample| sample.due.as_secs()).collect();
        assert_eq!(due, (0..10).collect::<Vec<_>>());
        let looks: Vec<Look> = taken.iter().map(Sample::look).collect();
        assert_eq!(looks.iter().filter(|look| **look != Look::Held).count(), 1);
        assert_eq!(looks[2], Look::Lost, "it never came back, and was due");
        assert_eq!(looks[3], Look::Held, "late, and held");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_due_or_out_while_the_machine_stood_still_is_blamed_on_nobody() {
        let count = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let sampler = Sampler::begin(Duration::from_secs(1), {
            let count = Arc::clone(&count);
            move || {
                let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                async move {
                    match number {
                        0 => Look::Lost,
                        // Ended by a time-out while the machine stood still.
                        2 => {
                            tokio::time::sleep(Duration::from_millis(900)).await;
                            Look::Lost
                        }
                        _ => Look::Held,
                    }
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(2_200)).await;
        // The clock goes on and nobody is woken meanwhile.
        tokio::time::advance(Duration::from_secs(4)).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let taken = sampler.samples(Duration::from_secs(1));
        let looks: Vec<Look> = taken.iter().map(Sample::look).collect();
        assert_eq!(looks[..3], [Lost, Held, Unseen], "{looks:?}");
        assert_eq!(looks[3..6], [Unseen, Unseen, Unseen], "{looks:?}");
        assert_eq!(looks.last(), Some(&Held), "{looks:?}");
        let made = count.load(std::sync::atomic::Ordering::Relaxed);
        let seen = looks.iter().filter(|look| **look != Unseen).count();
        assert_eq!(usize::try_from(made).expect("few"), seen + 1, "{looks:?}");
    }
}
