//! An account in a region, to be looked at: a snapshot of it, a second look at part of it, a glance into another region.
//! It decides which calls are made and redacts what came, once; it judges nothing.
mod again;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, MutexGuard, OnceLock};
use std::time::Instant;

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

use super::access::{Access, Credentials, Service};
use super::calls::Calls;
use super::clients::Clients;
use super::commons::Commons;
use super::connect::{Patience, configure};
use super::fetch::Fetcher;
use super::kind::Kind;
use super::limits::Limits;
use super::paths::Wants;
use super::place::{Look, Place, PlaceKey};
use super::record::{Record, at};
use super::redact::{Redactor, fingerprint};
use super::snapshot::Snapshot;
use crate::fault::{Code, Layer, ProbeError};

/// An account in a region. Cheap to clone; clones share connections, counts and pseudonyms.
#[derive(Clone, Debug)]
pub struct Aws(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    access: Access,
    sdk: SdkConfig,
    /// Made when something is asked: most of a class that shares an account asks nothing.
    fetcher: OnceLock<Fetcher>,
    limits: OnceLock<Arc<Limits>>,
    calls: Calls,
    commons: Arc<Commons>,
    who: Arc<Who>,
}

/// What a run sees of an account.
#[derive(Clone, Debug)]
pub struct Sight {
    /// What it sees.
    pub snapshot: Snapshot,
    /// The look that others are told, too, and that this is out of.
    pub of: Option<Snapshot>,
}

/// Whose account it is, which is known once it was asked.
#[derive(Debug, Default)]
struct Who {
    /// What is said before that, of what kept it from being known.
    nowhere: Place,
    is: OnceCell<Caller>,
}

/// Who we are, and where that is.
#[derive(Clone, Debug)]
struct Caller {
    /// As STS gave it.
    account: Record,
    place: Arc<Place>,
}

impl Aws {
    /// Prepares the clients; no call is made and no credentials are asked for yet.
    ///
    /// # Errors
    /// [`Code::NoCredentials`] where the stack names a profile that no file defines.
    pub async fn connect(access: Access) -> Result<Self, ProbeError> {
        Self::connect_with(access, Patience::default(), Arc::default()).await
    }

    /// The same with another patience.
    pub(super) async fn connect_with(
        access: Access,
        patience: Patience,
        commons: Arc<Commons>,
    ) -> Result<Self, ProbeError> {
        let sdk = configure(&access, patience, &commons).await?;
        let calls = Calls::default();
        Ok(Self(Arc::new(Inner {
            access,
            sdk,
            fetcher: OnceLock::new(),
            limits: OnceLock::new(),
            calls,
            commons,
            who: Arc::default(),
        })))
    }

    /// The same account for another run: its session and whose it is, with counts of its own.
    pub(super) fn again(&self) -> Self {
        let Inner {
            access,
            sdk,
            commons,
            who,
            ..
        } = &*self.0;
        Self(Arc::new(Inner {
            access: access.clone(),
            sdk: sdk.clone(),
            fetcher: OnceLock::new(),
            limits: OnceLock::new(),
            calls: Calls::default(),
            commons: Arc::clone(commons),
            who: Arc::clone(who),
        }))
    }

    /// Whether the two come as one.
    #[cfg(test)]
    pub(super) fn comes_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.who, &other.0.who)
    }

    /// A snapshot with what is wanted, which may be another run's of a little before: students who share an account
    /// and a region are looked at once. Where they come with credentials of their own, what another's did not let be
    /// observed is asked again; by whoever comes with the same, only where a check needs it.
    pub async fn look(&self, wants: &Wants) -> Sight {
        let caller = match self.caller().await {
            Ok(caller) => caller,
            Err(error) => {
                return Sight {
                    snapshot: self.nothing(wants, &error),
                    of: None,
                };
            }
        };
        let mut last = caller.place.look().await;
        if let Some(look) = last.as_mut().filter(|look| look.serves(wants)) {
            if look.by != self.0.access {
                self.mend(look).await;
            }
            return Sight {
                snapshot: self.told_to(&caller, &look.snapshot),
                of: Some(look.snapshot.clone()),
            };
        }
        let mut wants = wants.clone();
        if let Some(look) = last.as_ref() {
            // The others come back with what they wanted before.
            wants.merge(&look.wants);
        }
        let began = Instant::now();
        let snapshot = self.observe(&caller.account, &wants).await;
        // Whoever went elsewhere than was known before is not where the others are.
        *last = (self.place_of(&caller.account) == caller.place.key).then(|| Look {
            taken: Instant::now(),
            took: began.elapsed(),
            wants,
            snapshot: snapshot.clone(),
            by: self.0.access.clone(),
        });
        // A replica is its run's own: nobody else is told.
        let of = last.as_ref().filter(|_| !self.0.access.isolated);
        Sight {
            of: of.map(|look| look.snapshot.clone()),
            snapshot,
        }
    }

    /// Asks again, with these credentials, what others did not let be observed, and keeps what came of it where it is more.
    async fn mend(&self, look: &mut Look) {
        let open = look.snapshot.unobserved(&look.wants);
        if open.0.is_empty() {
            return;
        }
        let mended = self.look_again(&look.snapshot, &open, None).await;
        look.snapshot = mended.or(&look.snapshot);
        look.by = self.0.access.clone();
    }

    /// A look as these credentials would have told it: who looks is the caller.
    fn told_to(&self, caller: &Caller, look: &Snapshot) -> Snapshot {
        let mut own = Snapshot::of(&look.region);
        own.put(Kind::Account, Ok(vec![caller.account.clone()]));
        self.redactor().snapshot(&mut own);
        look.with(own, |_| None)
    }

    /// What all clients are made of.
    pub(super) fn sdk(&self) -> &SdkConfig {
        &self.0.sdk
    }

    /// How the account is reached.
    pub(super) fn access(&self) -> &Access {
        &self.0.access
    }

    /// The text as AWS has it, pseudonyms taken back.
    pub(super) fn real(&self, text: &str) -> String {
        self.redactor().real(text)
    }

    fn fetcher(&self) -> &Fetcher {
        let Inner {
            access,
            sdk,
            limits,
            calls,
            ..
        } = &*self.0;
        let fetcher = self
            .0
            .fetcher
            .get_or_init(|| Fetcher::new(Clients::new(access, sdk, &access.region, calls)));
        if let Some(limits) = limits.get() {
            fetcher.limit(Arc::clone(limits));
        }
        fetcher
    }

    /// The clients.
    pub(super) fn clients(&self) -> &Clients {
        self.fetcher().clients()
    }

    /// Observes what is wanted, and what that leads to, at once. The account comes first: where the credentials are bad
    /// nothing else is asked, and everything carries that one error.
    pub async fn snapshot(&self, wants: &Wants) -> Snapshot {
        match self.identify().await {
            Ok(account) => self.observe(&account, wants).await,
            Err(error) => self.nothing(wants, &error),
        }
    }

    /// What is observed of an account that is known.
    async fn observe(&self, account: &Record, wants: &Wants) -> Snapshot {
        let wants = wants.closed();
        let mut snapshot = Snapshot::of(&self.0.access.region);
        snapshot.put(Kind::Account, Ok(vec![account.clone()]));
        for part in self.fetcher().all(&wants).await {
            snapshot.put(part.kind, part.listing);
            for (call, answers) in part.own {
                for (id, answer) in answers {
                    snapshot.put_own(call, id, answer);
                }
            }
        }
        self.fill(&mut snapshot, &wants);
        self.redactor().snapshot(&mut snapshot);
        snapshot
    }

    /// What is observed where not even the account could be.
    fn nothing(&self, wants: &Wants, error: &ProbeError) -> Snapshot {
        let mut snapshot = Snapshot::of(&self.0.access.region);
        for &kind in wants.closed().0.keys().chain([&Kind::Account]) {
            snapshot.put(kind, Err(error.clone()));
        }
        self.redactor().snapshot(&mut snapshot);
        snapshot
    }

    /// The living resources of a kind in another region, for a hint.
    ///
    /// # Errors
    /// What kept the kind from being listed there.
    pub async fn elsewhere(&self, kind: Kind, region: &str) -> Result<Vec<Record>, ProbeError> {
        let Inner {
            access,
            sdk,
            calls,
            commons,
            ..
        } = &*self.0;
        let mut snapshot = Snapshot::of(region);
        let fetcher = Fetcher::new(Clients::new(access, sdk, region, calls));
        if let Some(account) = self.redactor().caller_account() {
            fetcher.limit(commons.limits(account, region));
        }
        snapshot.put(kind, fetcher.list(kind, None).await);
        self.redactor().snapshot(&mut snapshot);
        let listed = snapshot.list(kind)?;
        Ok(listed
            .iter()
            .filter(|record| kind.alive(record))
            .cloned()
            .collect())
    }

    /// Requests sent so far by action, retries included: `ec2:DescribeInstances`.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.0.calls.requests()
    }

    /// Endpoints in place of AWS's own: those that the stack file or the environment names, and any other that a request
    /// went to. Empty where everything went, and will go, to AWS.
    #[must_use]
    pub fn overrides(&self) -> BTreeSet<String> {
        let Inner { access, calls, .. } = &*self.0;
        let written = access
            .endpoint_url
            .iter()
            .chain(access.endpoint_urls.values())
            .cloned();
        let variables = Service::ALL
            .iter()
            .map(|service| service.endpoint_variable())
            .chain(["AWS_ENDPOINT_URL"]);
        let of_environment = variables
            .filter(|_| !access.isolated)
            .filter_map(|name| std::env::var(name).ok())
            .filter(|url| !url.is_empty());
        let bare = |url: String| url.trim_end_matches('/').to_owned();
        written
            .chain(of_environment)
            .map(bare)
            .chain(calls.elsewhere())
            .collect()
    }

    /// What tells this deployed stack from others without telling whose it is; `None` before the account was observed.
    #[must_use]
    pub fn fingerprint(&self, lab: &str, vpc_id: &str) -> Option<String> {
        let redactor = self.redactor();
        Some(fingerprint(
            lab,
            redactor.caller_account()?,
            &self.0.access.region,
            vpc_id,
        ))
    }

    /// Who we are, asked if it is not known, and by one of those who come as one.
    async fn caller(&self) -> Result<Caller, ProbeError> {
        let ask = || async { Ok::<_, ProbeError>(self.caller_of(&self.ask().await?)) };
        let caller = self.0.who.is.get_or_try_init(ask).await?;
        // Another run may have asked, with clients of its own.
        self.keep_to_limits(&caller.account);
        Ok(caller.clone())
    }

    fn caller_of(&self, account: &Record) -> Caller {
        let place = self.0.commons.place(self.place_of(account));
        place.redactor().caller(account);
        Caller {
            account: account.clone(),
            place,
        }
    }

    /// Where the account is. An emulator's account has the same number wherever it runs, and a profile may name its own.
    fn place_of(&self, account: &Record) -> PlaceKey {
        let elsewhere = self.overrides();
        let profile = match &self.0.access.credentials {
            Credentials::Chain { profile, .. } if !elsewhere.is_empty() => profile.clone(),
            _ => None,
        };
        PlaceKey {
            account: at(account, &["id"]).unwrap_or_default().to_owned(),
            region: self.0.access.region.clone(),
            elsewhere,
            profile,
        }
    }

    fn keep_to_limits(&self, account: &Record) {
        let is = at(account, &["id"]).unwrap_or_default();
        let limits = self.0.commons.limits(is, &self.0.access.region);
        let _they_are_the_same = self.0.limits.set(limits);
    }

    /// Who we are now, held against whom the stack file expects.
    pub(super) async fn identify(&self) -> Result<Record, ProbeError> {
        let account = self.ask().await?;
        // Whoever asked before knows it.
        let _known = self.0.who.is.set(self.caller_of(&account));
        Ok(account)
    }

    async fn ask(&self) -> Result<Record, ProbeError> {
        let listed = self.fetcher().list(Kind::Account, None).await;
        let mut listed = listed.map_err(|error| self.redacted(error))?;
        // The listing of the account holds exactly one.
        let account = listed.pop().unwrap_or_default();
        let is = at(&account, &["id"]).unwrap_or_default();
        self.keep_to_limits(&account);
        match self.0.access.expect_account.as_deref() {
            Some(expected) if expected != is => {
                let last = |id: &str| {
                    id.chars()
                        .skip(id.chars().count().saturating_sub(4))
                        .collect::<String>()
                };
                let detail = format!(
                    "the credentials are for the account that ends in {}, the stack file expects the one that ends in {}",
                    last(is),
                    last(expected)
                );
                let target = format!("{} ({})", Kind::Account.page_call(), self.0.access.region);
                Err(ProbeError::new(
                    Code::WrongAccount,
                    Layer::Aws,
                    target,
                    detail,
                ))
            }
            _ => Ok(account),
        }
    }

    /// Sees to it that every kind wanted has a result, even where a task of ours broke down.
    fn fill(&self, snapshot: &mut Snapshot, wants: &Wants) {
        for &kind in wants.0.keys() {
            if snapshot
                .list(kind)
                .is_err_and(|error| error.code == Code::NotInEvidence)
            {
                snapshot.put(kind, Err(self.broken(kind.page_call())));
            }
        }
    }

    fn broken(&self, action: &str) -> ProbeError {
        let target = format!("{action} ({})", self.0.access.region);
        ProbeError::new(Code::Panicked, Layer::Harness, target, "")
    }

    /// What a single call's error may tell. A snapshot's errors are redacted with it.
    pub(super) fn redacted(&self, mut error: ProbeError) -> ProbeError {
        self.redactor().error(&mut error);
        error
    }

    fn redactor(&self) -> MutexGuard<'_, Redactor> {
        let Who { nowhere, is } = &*self.0.who;
        is.get().map_or(nowhere, |caller| &caller.place).redactor()
    }
}
