//! Who of a class is at work, and for how long: what a bar of progress tells of the slowest. It prints nothing.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The students at work, those first who have been longest.
#[derive(Clone, Debug, Default)]
pub struct AtWork(Arc<Mutex<Vec<(String, Instant)>>>);

/// A student at work, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    of: AtWork,
    student: String,
}

impl AtWork {
    /// This student, by id, begins.
    pub(super) fn begin(&self, student: &str) -> Turn {
        self.locked().push((student.to_owned(), Instant::now()));
        Turn {
            of: self.clone(),
            student: student.to_owned(),
        }
    }

    /// So many who have been at work longest, by id, and how long.
    #[must_use]
    pub fn slowest(&self, most: usize) -> Vec<(String, Duration)> {
        let at_work = self.locked();
        let slowest = at_work.iter().take(most);
        slowest
            .map(|(student, since)| (student.clone(), since.elapsed()))
            .collect()
    }

    fn locked(&self) -> MutexGuard<'_, Vec<(String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.of
            .locked()
            .retain(|(student, _)| *student != self.student);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_been_at_work_longest_is_told_first_and_who_is_done_no_more() {
        let at_work = AtWork::default();
        let ids = |most| -> Vec<String> {
            let slowest = at_work.slowest(most);
            slowest.into_iter().map(|(student, _)| student).collect()
        };
        let turns = ["a", "b", "c"].map(|student| at_work.begin(student));
        assert_eq!(ids(2), ["a", "b"]);
        let [first, second, _third] = turns;
        drop(first);
        assert_eq!(ids(2), ["b", "c"]);
        drop(second);
        assert_eq!(ids(2), ["c"]);
    }
}
