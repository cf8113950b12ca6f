//! What was worked out of one snapshot by one plan: a run's checks ask for the same few resources again and again, and where
//! a class shares an account each is found among everybody's.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::{Blocked, Found};
use crate::aws::Paths;

/// A resource by its kind and id, and the paths that were joined to it.
type Joining = (String, String, Paths);

/// What is known. It holds for one plan and one snapshot.
#[derive(Debug, Default)]
pub struct Memo {
    found: Mutex<HashMap<String, Result<Found, Blocked>>>,
    joined: Mutex<HashMap<Joining, Result<Value, Blocked>>>,
}

impl Memo {
    /// What a name stands for, looked up the first time. Looking one up may ask for others: nothing is held meanwhile.
    pub(super) fn found(
        &self,
        name: &str,
        look_up: impl FnOnce() -> Result<Found, Blocked>,
    ) -> Result<Found, Blocked> {
        if let Some(known) = locked(&self.found).get(name) {
            return known.clone();
        }
        let found = look_up();
        locked(&self.found).insert(name.to_owned(), found.clone());
        found
    }

    /// A resource with the relations along paths, joined the first time.
    pub(super) fn joined(
        &self,
        (name, id, paths): (&str, &str, &Paths),
        join: impl FnOnce() -> Result<Value, Blocked>,
    ) -> Result<Value, Blocked> {
        let key = (name.to_owned(), id.to_owned(), paths.clone());
        if let Some(known) = locked(&self.joined).get(&key) {
            return known.clone();
        }
        let joined = join();
        locked(&self.joined).insert(key, joined.clone());
        joined
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_worked_out_again() {
        let memo = Memo::default();
        let missing = || Ok(Found::Missing(Vec::new()));
        assert_eq!(memo.found("vpc", missing), missing());
        let again = memo.found("vpc", || panic!("it is known"));
        assert_eq!(again, missing());
        let paths = |field: &str| Paths::from_iter([vec![field.to_owned()]]);
        let one = paths("name");
        let join = |value: &str| Ok(Value::from(value));
        for (paths, value) in [(&one, "a"), (&paths("cidr"), "b"), (&one, "a")] {
            let joined = memo.joined(("vpc", "vpc-1", paths), || join(value));
            assert_eq!(joined, join(value));
        }
        let known = memo.joined(("vpc", "vpc-1", &one), || join("c"));
        assert_eq!(known, join("a"));
    }
}
