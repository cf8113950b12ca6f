//! How many students are looked at at once: as many as were asked for, and no more than the machine gets to in time. It knows
//! neither students nor runs.
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::excused;

/// The places.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    of: usize,
    /// Who comes in next stands in here alone: what one brings is known before another comes.
    door: Mutex<()>,
}

/// One's place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    _held: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// So many, one at the least.
    pub fn of(jobs: usize) -> Self {
        let of = jobs.max(1);
        Self {
            free: Arc::new(Semaphore::new(of)),
            of,
            door: Mutex::default(),
        }
    }

    /// Waits for a place, and until the runtime gets to what it has. Each core has somebody, however busy it is with others.
    pub async fn take(&self) -> Place {
        let _door = self.door.lock().await;
        let held = Arc::clone(&self.free).acquire_owned().await.ok();
        let taken = self.of - self.free.available_permits();
        if taken > available_parallelism().map_or(1, usize::from) {
            excused::room().await;
        }
        Place { _held: held }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_place_that_is_left_is_the_next_one_s() {
        let places = Places::of(2);
        let (one, _other) = (places.take().await, places.take().await);
        let waits = tokio::time::timeout(Duration::from_mins(1), places.take());
        assert!(waits.await.is_err(), "both are taken");
        drop(one);
        let _next = places.take().await;
    }
}
