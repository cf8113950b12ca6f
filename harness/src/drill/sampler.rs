//! Looks at a set rate. A slow answer never delays the next look: each runs beside the others, and one that was due
//! counts from when it was due, whether it ever came back or not.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

/// One look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was due, since the sampler began.
    pub due: Duration,
    /// Whether what was looked at held. A look that is still out does not hold.
    pub held: bool,
    /// Whether the look came back.
    pub answered: bool,
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
        F: Future<Output = bool> + Send + 'static,
    {
        let began = Instant::now();
        let samples = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&samples);
        let work = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            // What could not begin in time (a machine that was asleep) was due all the same.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut looks = JoinSet::new();
            loop {
                let due = ticks.tick().await - began;
                let place = {
                    let mut samples = locked(&kept);
                    samples.push(Sample {
                        due,
                        held: false,
                        answered: false,
                    });
                    samples.len() - 1
                };
                let (look, kept) = (look(), Arc::clone(&kept));
                looks.spawn(async move {
                    let held = look.await;
                    let sample = &mut locked(&kept)[place];
                    (sample.held, sample.answered) = (held, true);
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
            .skip_while(|sample| !sample.answered)
            .take_while(|sample| sample.held)
            .count()
    }

    /// The samples so far. Looks that were due less than `grace` ago and are still out are left out rather than blamed.
    #[must_use]
    pub fn samples(&self, grace: Duration) -> Vec<Sample> {
        let mut samples = locked(&self.samples).clone();
        let now = self.began.elapsed();
        samples.retain(|sample| sample.held || sample.answered || sample.due + grace < now);
        samples
    }
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
                    true
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(9_500)).await;
        let taken = sampler.samples(Duration::from_secs(1));
        let due: Vec<u64> = taken.iter().map(|sample| sample.due.as_secs()).collect();
        assert_eq!(due, (0..10).collect::<Vec<_>>());
        let held: Vec<bool> = taken.iter().map(|sample| sample.held).collect();
        assert_eq!(held.iter().filter(|held| !**held).count(), 1);
        assert!(!held[2], "it never came back, and was due");
        assert!(held[3], "late, and held");
    }
}
