//! What the runs of one process share. Students who are reached in one way have one session; those who come upon one
//! account and region, by whatever way, have one look at it and its limits.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Future;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::OnceCell;

use super::access::{Access, Credentials};
use super::connect::Patience;
use super::limits::{Limits, Raised};
use super::place::{Place, PlaceKey};
use super::session::Aws;
use crate::fault::ProbeError;

/// How long before their end a session's keys are asked for anew; the SDK's own clients do so earlier than this.
const BEFORE_ITS_END: Duration = Duration::from_mins(5);

/// Accounts, sessions and limits that are known.
#[derive(Debug, Default)]
pub struct Commons {
    accounts: Mutex<HashMap<Access, Arc<OnceCell<Aws>>>>,
    sessions: Mutex<HashMap<Credentials, SharedCredentialsProvider>>,
    limits: Mutex<HashMap<(String, String), Arc<Limits>>>,
    places: Mutex<HashMap<PlaceKey, Arc<Place>>>,
    raised: Raised,
}

impl Commons {
    /// Nothing is known yet; the accounts' limits are raised so.
    #[must_use]
    pub fn raised(raised: Raised) -> Self {
        Self {
            raised,
            ..Self::default()
        }
    }

    /// The account that is reached so, with counts of its own.
    ///
    /// # Errors
    /// As [`Aws::connect`].
    pub async fn connect(self: &Arc<Self>, access: Access) -> Result<Aws, ProbeError> {
        // A replica is its run's own: the next one may be given the port of one that has ended, and is another stack.
        if access.isolated {
            return Aws::connect(access).await;
        }
        let known = Arc::clone(locked(&self.accounts).entry(access.clone()).or_default());
        let connect = || Aws::connect_with(access, Patience::default(), Arc::clone(self));
        Ok(known.get_or_try_init(connect).await?.again())
    }

    /// The limits of an account in a region.
    pub(super) fn limits(&self, account: &str, region: &str) -> Arc<Limits> {
        let key = (account.to_owned(), region.to_owned());
        let mut limits = locked(&self.limits);
        let known = limits.entry(key);
        Arc::clone(known.or_insert_with(|| Arc::new(Limits::raised(self.raised))))
    }

    /// The place that is known so.
    pub(super) fn place(&self, key: PlaceKey) -> Arc<Place> {
        let mut places = locked(&self.places);
        let known = places.entry(key.clone());
        Arc::clone(known.or_insert_with(|| Arc::new(Place::at(key))))
    }

    /// The session that `credentials` gave before, if there is one.
    pub(super) fn session(&self, credentials: &Credentials) -> Option<SharedCredentialsProvider> {
        locked(&self.sessions).get(credentials).cloned()
    }

    /// Keeps what `provider` gives for as long as it holds, for everybody who comes with these credentials. A role that is
    /// taken on with them is a session of its own, which AWS ends after an hour where this one is a role's, too.
    pub(super) fn keep(
        &self,
        credentials: &Credentials,
        provider: SharedCredentialsProvider,
    ) -> SharedCredentialsProvider {
        let kept = SharedCredentialsProvider::new(Kept {
            provider,
            keys: tokio::sync::Mutex::default(),
        });
        let mut sessions = locked(&self.sessions);
        sessions.entry(credentials.clone()).or_insert(kept).clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A provider that is asked once for each session. The SDK caches keys for each set of clients, and a class has a set for
/// each student.
#[derive(Debug)]
struct Kept {
    provider: SharedCredentialsProvider,
    keys: tokio::sync::Mutex<Option<Keys>>,
}

impl Kept {
    async fn keys(&self) -> Result<Keys, CredentialsError> {
        let mut known = self.keys.lock().await;
        let soon = std::time::SystemTime::now() + BEFORE_ITS_END;
        let holds = |keys: &&Keys| keys.expiry().is_none_or(|expiry| expiry > soon);
        if let Some(keys) = known.as_ref().filter(holds) {
            return Ok(keys.clone());
        }
        let keys = self.provider.provide_credentials().await?;
        *known = Some(keys.clone());
        Ok(keys)
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> Future<'a>
    where
        Self: 'a,
    {
        Future::new(self.keys())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::SystemTime;

    use super::*;

    /// Keys that end after so long, counted.
    #[derive(Debug)]
    struct Counted(Arc<AtomicU32>, Option<Duration>);

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> Future<'a>
        where
            Self: 'a,
        {
            self.0.fetch_add(1, Ordering::Relaxed);
            let expiry = self.1.map(|holds| SystemTime::now() + holds);
            Future::ready(Ok(Keys::new("a", "b", None, expiry, "test")))
        }
    }

    async fn asked(holds: Option<Duration>) -> u32 {
        let (commons, count) = (Commons::default(), Arc::new(AtomicU32::new(0)));
        for _student in 0..5 {
            let session = commons.session(&Credentials::chain());
            let session = session.unwrap_or_else(|| {
                let counted = SharedCredentialsProvider::new(Counted(Arc::clone(&count), holds));
                commons.keep(&Credentials::chain(), counted)
            });
            session.provide_credentials().await.expect("keys");
        }
        count.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_session_is_opened_once_and_again_only_before_its_end() {
        assert_eq!(asked(None).await, 1);
        assert_eq!(asked(Some(Duration::from_hours(1))).await, 1);
        assert_eq!(asked(Some(Duration::from_mins(1))).await, 5);
    }

    #[tokio::test]
    async fn one_way_to_an_account_is_one_caller_and_a_replica_is_nobody_else_s() {
        let commons = Arc::new(Commons::default());
        let access = |isolated| Access {
            region: "us-east-1".to_owned(),
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            endpoint_urls: std::collections::BTreeMap::new(),
            credentials: Credentials::Fixed {
                access_key_id: "a".to_owned(),
                secret_access_key: "b".to_owned(),
                session_token: None,
            },
            expect_account: None,
            isolated,
        };
        for (isolated, shared) in [(false, true), (true, false)] {
            let one = commons.connect(access(isolated)).await.expect("fixed keys");
            let other = commons.connect(access(isolated)).await.expect("fixed keys");
            assert_eq!(one.comes_with(&other), shared);
        }
    }

    #[test]
    fn limits_are_an_account_s_in_a_region() {
        let commons = Commons::default();
        let one = commons.limits("1", "us-east-1");
        assert!(Arc::ptr_eq(&one, &commons.limits("1", "us-east-1")));
        assert!(!Arc::ptr_eq(&one, &commons.limits("2", "us-east-1")));
        assert!(!Arc::ptr_eq(&one, &commons.limits("1", "us-west-2")));
    }
}
