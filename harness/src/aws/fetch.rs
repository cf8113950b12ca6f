//! Making the calls: each kind's listing here, the calls of their own in [`own`]. One flat `match` each. Every answer carries its own result; none stops another. It redacts nothing and judges nothing.
mod own;

pub(super) use own::named;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::clients::Clients;
use super::kind::{self, Kind};
use super::limits::Limits;
use super::own_call::OwnCall;
use super::paths::{Paths, Wants};
use super::record::{Record, at};
use super::snapshot::Answers;
use crate::fault::{Code, ProbeError};

/// Requests in flight for one account: enough to hide the round trips, and well below the buckets of `DescribeTags`.
const IN_FLIGHT: usize = 16;
/// A whole page sequence may take this long. Each request is bounded by itself; this is for an API that always answers
/// and never ends.
const SEQUENCE: Duration = Duration::from_secs(90);
/// Of so many resources of a kind everything that is wanted is asked at once, whoever they belong to; where there are more, a
/// class shares the account, and a call for one resource waits until somebody needs that one ([`super::Aws::complete`]).
pub(super) const FEW: usize = 20;

/// The clients and the bound on what is in flight.
#[derive(Clone, Debug)]
pub(super) struct Fetcher {
    clients: Arc<Clients>,
    gate: Arc<Semaphore>,
}

/// A kind's listing, and the calls of their own that were made for it.
pub(super) struct Part {
    /// The kind.
    pub kind: Kind,
    /// What listing it gave.
    pub listing: Result<Vec<Record>, ProbeError>,
    /// What each call gave.
    pub own: Vec<(OwnCall, Answers)>,
}

impl Fetcher {
    /// The clients.
    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Fetches with these clients.
    pub(super) fn new(clients: Clients) -> Self {
        Self {
            clients: Arc::new(clients),
            gate: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
    }

    /// Keeps to these from now on: whose account it is, is known. The first time counts.
    pub(super) fn limit(&self, limits: Arc<Limits>) {
        let _they_are_the_same = self.clients.limits.set(limits);
    }

    /// Everything that `wants` names, at once; `wants` is closed. A kind whose task broke down is not among the parts.
    pub(super) async fn all(&self, wants: &Wants) -> Vec<Part> {
        let mut tasks = JoinSet::new();
        let listeners = wants.0.get(&Kind::Listener).cloned();
        for (&kind, paths) in &wants.0 {
            let (this, paths) = (self.clone(), paths.clone());
            match kind {
                // The account was observed first, and listeners come with their load balancers.
                Kind::Account | Kind::Listener => {}
                Kind::LoadBalancer => {
                    let listeners = listeners.clone();
                    tasks.spawn(async move { this.balancers(&paths, listeners.as_ref()).await });
                }
                kind => {
                    tasks.spawn(async move {
                        let listing = this.list(kind, None).await;
                        vec![this.part(kind, listing, &paths).await]
                    });
                }
            }
        }
        let mut parts = Vec::new();
        while let Some(done) = tasks.join_next().await {
            parts.extend(done.unwrap_or_default());
        }
        parts
    }

    /// Load balancers, and their listeners as soon as they are known.
    async fn balancers(&self, paths: &Paths, listeners: Option<&Paths>) -> Vec<Part> {
        let listing = self.list(Kind::LoadBalancer, None).await;
        let of_listeners = async {
            let listeners = listeners?;
            let listing = match &listing {
                Ok(balancers) => self.listeners(balancers).await,
                Err(error) => Err(error.clone()),
            };
            Some(self.part(Kind::Listener, listing, listeners).await)
        };
        let of_balancers = self.part(Kind::LoadBalancer, listing.clone(), paths);
        let (balancers, listeners) = tokio::join!(of_balancers, of_listeners);
        std::iter::once(balancers).chain(listeners).collect()
    }

    /// A listing with the calls of their own that the paths name, for what is alive.
    async fn part(
        &self,
        kind: Kind,
        listing: Result<Vec<Record>, ProbeError>,
        paths: &Paths,
    ) -> Part {
        let own = match &listing {
            Ok(records) => {
                let living: Vec<Record> = records
                    .iter()
                    .filter(|record| kind.alive(record))
                    .map(named)
                    .collect();
                let asked = |call: OwnCall| {
                    let all = living.len() <= FEW || !call.is_for_one();
                    if all { living.clone() } else { Vec::new() }
                };
                self.own_calls(kind, paths, false, asked).await
            }
            Err(_) => Vec::new(),
        };
        Part { kind, listing, own }
    }

    /// The calls of their own that the paths of a kind name, each for those resources that are `asked` by it; `narrow` as in
    /// [`Fetcher::answers`].
    pub(super) async fn own_calls(
        &self,
        kind: Kind,
        paths: &Paths,
        narrow: bool,
        asked: impl Fn(OwnCall) -> Vec<Record>,
    ) -> Vec<(OwnCall, Answers)> {
        let wants = Wants([(kind, paths.clone())].into_iter().collect());
        let mut tasks = JoinSet::new();
        for call in wants.own_calls() {
            let (this, records, paths) = (self.clone(), asked(call), paths.clone());
            tasks.spawn(async move { (call, this.answers(call, &records, &paths, narrow).await) });
        }
        let mut own = Vec::new();
        while let Some(done) = tasks.join_next().await {
            own.extend(done.ok());
        }
        own
    }

    /// All resources of a kind, or the one with this id where the API can narrow it.
    pub(super) async fn list(
        &self,
        kind: Kind,
        only: Option<&str>,
    ) -> Result<Vec<Record>, ProbeError> {
        let clients = &self.clients;
        let action = kind.page_call();
        match kind {
            Kind::Account => self.bounded(action, kind::account::fetch(clients)).await,
            Kind::Vpc => self.bounded(action, kind::vpc::fetch(clients, only)).await,
            Kind::Subnet => {
                self.bounded(action, kind::subnet::fetch(clients, only))
                    .await
            }
            Kind::RouteTable => {
                self.bounded(action, kind::route_table::fetch(clients, only))
                    .await
            }
            Kind::InternetGateway => {
                self.bounded(action, kind::internet_gateway::fetch(clients, only))
                    .await
            }
            Kind::NatGateway => {
                self.bounded(action, kind::nat_gateway::fetch(clients, only))
                    .await
            }
            Kind::VpcEndpoint => {
                self.bounded(action, kind::vpc_endpoint::fetch(clients, only))
                    .await
            }
            Kind::NetworkAcl => {
                self.bounded(action, kind::network_acl::fetch(clients, only))
                    .await
            }
            Kind::SecurityGroup => {
                self.bounded(action, kind::security_group::fetch(clients, only))
                    .await
            }
            Kind::Instance => {
                self.bounded(action, kind::instance::fetch(clients, only))
                    .await
            }
            Kind::Address => {
                self.bounded(action, kind::address::fetch(clients, only))
                    .await
            }
            Kind::Image => {
                self.bounded(action, kind::image::fetch(clients, only))
                    .await
            }
            Kind::Snapshot => {
                self.bounded(action, kind::snapshot::fetch(clients, only))
                    .await
            }
            Kind::KeyPair => {
                self.bounded(action, kind::key_pair::fetch(clients, only))
                    .await
            }
            Kind::LoadBalancer => {
                self.bounded(action, kind::load_balancer::fetch(clients, only))
                    .await
            }
            Kind::Listener => {
                if let Some(arn) = only {
                    return self
                        .bounded(action, kind::listener::fetch_one(clients, arn))
                        .await;
                }
                let balancers = kind::load_balancer::fetch(clients, None);
                let balancers = self
                    .bounded(Kind::LoadBalancer.page_call(), balancers)
                    .await?;
                self.listeners(&balancers).await
            }
            Kind::TargetGroup => {
                self.bounded(action, kind::target_group::fetch(clients, only))
                    .await
            }
            Kind::DbInstance => {
                self.bounded(action, kind::db_instance::fetch(clients, only))
                    .await
            }
            Kind::DbCluster => {
                self.bounded(action, kind::db_cluster::fetch(clients, only))
                    .await
            }
            Kind::DbClusterEndpoint => {
                self.bounded(action, kind::db_cluster_endpoint::fetch(clients))
                    .await
            }
            Kind::DbSubnetGroup => {
                self.bounded(action, kind::db_subnet_group::fetch(clients, only))
                    .await
            }
            Kind::DbEvent => self.bounded(action, kind::db_event::fetch(clients)).await,
        }
    }

    /// The listeners of these load balancers, those of each by a sequence of its own.
    async fn listeners(&self, balancers: &[Record]) -> Result<Vec<Record>, ProbeError> {
        let arns = balancers
            .iter()
            .filter_map(|balancer| at(balancer, &["arn"]));
        let found = self
            .each(Kind::Listener.page_call(), arns, |clients, arn| async move {
                kind::listener::fetch_of_balancer(&clients, &arn).await
            })
            .await;
        let mut all = Vec::new();
        for (_, listeners) in found {
            all.extend(listeners?);
        }
        Ok(all)
    }

    /// One call for each id, side by side.
    async fn each<T, F>(
        &self,
        action: &'static str,
        ids: impl IntoIterator<Item = &str>,
        ask: impl Fn(Arc<Clients>, String) -> F,
    ) -> BTreeMap<String, Result<T, ProbeError>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ProbeError>> + Send + 'static,
    {
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let mut tasks = JoinSet::new();
        let mut answers = BTreeMap::new();
        for id in ids {
            // An account may have thousands: they wait in the list, and not as tasks.
            if tasks.len() >= IN_FLIGHT {
                answers.extend(tasks.join_next().await.and_then(Result::ok));
            }
            let this = self.clone();
            let asked = ask(Arc::clone(&self.clients), id.clone());
            tasks.spawn(async move { (id, this.bounded(action, asked).await) });
        }
        while let Some(done) = tasks.join_next().await {
            answers.extend(done.ok());
        }
        answers
    }

    /// One page sequence or call: among so many at most, and for so long.
    async fn bounded<T>(
        &self,
        action: &str,
        work: impl Future<Output = Result<T, ProbeError>>,
    ) -> Result<T, ProbeError> {
        // In this order: who waits for a family's turn takes no place from the others.
        self.clients.call(action).turn().await;
        let _in_flight = self.gate.acquire().await;
        let silent = |_| {
            Err(self
                .clients
                .call(action)
                .fault(Code::ApiTimeout, "the answers do not end"))
        };
        // On the heap: the SDK's futures are large, and one is nested in the other here.
        tokio::time::timeout(SEQUENCE, Box::pin(work))
            .await
            .unwrap_or_else(silent)
    }
}
