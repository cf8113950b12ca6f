//! Making the calls: each kind's listing, and the calls of their own for the living resources of a kind. One flat `match`
//! each. Every answer carries its own result; none stops another. It redacts nothing and judges nothing.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::connect::Clients;
use super::kind::{self, Kind};
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
/// How many ids a filter takes.
const IMAGES_A_REQUEST: usize = 200;
/// How many resources `elasticloadbalancing:DescribeTags` takes.
const TAGGED_A_REQUEST: usize = 20;

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
    /// Fetches with these clients.
    pub(super) fn new(clients: Clients) -> Self {
        Self {
            clients: Arc::new(clients),
            gate: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
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
                    .cloned()
                    .collect();
                self.own_calls(kind, &living, paths, false).await
            }
            Err(_) => Vec::new(),
        };
        Part { kind, listing, own }
    }

    /// The calls of their own that the paths of a kind name, for these resources; `narrow` where it is only one of the
    /// region's, and the API is to be asked for that one alone.
    pub(super) async fn own_calls(
        &self,
        kind: Kind,
        records: &[Record],
        paths: &Paths,
        narrow: bool,
    ) -> Vec<(OwnCall, Answers)> {
        let wants = Wants([(kind, paths.clone())].into_iter().collect());
        let mut tasks = JoinSet::new();
        for call in wants.own_calls() {
            let (this, records, paths) = (self.clone(), records.to_vec(), paths.clone());
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
            Kind::Listener => match only {
                Some(arn) => {
                    self.bounded(action, kind::listener::fetch_one(clients, arn))
                        .await
                }
                None => {
                    let balancers = self
                        .bounded(action, kind::load_balancer::fetch(clients, None))
                        .await?;
                    self.listeners(&balancers).await
                }
            },
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

    /// What one call of its own gives for these resources.
    async fn answers(
        &self,
        call: OwnCall,
        records: &[Record],
        paths: &Paths,
        narrow: bool,
    ) -> Answers {
        let ids: Vec<&str> = records
            .iter()
            .filter_map(|record| at(record, &["id"]))
            .collect();
        if ids.is_empty() {
            return Answers::new();
        }
        let only = ids.first().copied().filter(|_| narrow);
        let (action, clients) = (call.action(), &self.clients);
        match call {
            OwnCall::VpcDnsSupport | OwnCall::VpcDnsHostnames => {
                self.each(action, ids, move |clients, id| async move {
                    kind::vpc::attribute(&clients, call, &id).await
                })
                .await
            }
            OwnCall::InstanceStatus => {
                let found = self
                    .bounded(action, kind::instance::statuses(clients, only))
                    .await;
                matched(&ids, found)
            }
            OwnCall::InstanceSsm => {
                let found = self
                    .bounded(action, kind::instance::managed(clients, only))
                    .await;
                matched(&ids, found)
            }
            OwnCall::InstanceUserData => {
                let captured: BTreeSet<String> = captures(paths);
                self.each(action, ids, move |clients, id| {
                    let captured = captured.clone();
                    async move { kind::instance::user_data(&clients, &id, &captured).await }
                })
                .await
            }
            OwnCall::InstanceImage => self.images(records).await,
            OwnCall::ImageLaunchPermissions => {
                self.each(action, ids, |clients, id| async move {
                    kind::image::launch_permissions(&clients, &id).await
                })
                .await
            }
            OwnCall::LoadBalancerAttributes => {
                self.each(action, ids, |clients, arn| async move {
                    kind::load_balancer::attributes(&clients, &arn).await
                })
                .await
            }
            OwnCall::LoadBalancerTags | OwnCall::ListenerTags | OwnCall::TargetGroupTags => {
                self.tags(call, &ids).await
            }
            OwnCall::ListenerRules => {
                self.each(action, ids, |clients, arn| async move {
                    kind::listener::rules(&clients, &arn).await
                })
                .await
            }
            OwnCall::TargetHealth => {
                self.each(action, ids, |clients, arn| async move {
                    kind::target_group::health(&clients, &arn).await
                })
                .await
            }
            OwnCall::TargetGroupAttributes => {
                self.each(action, ids, |clients, arn| async move {
                    kind::target_group::attributes(&clients, &arn).await
                })
                .await
            }
            OwnCall::DbSubnetGroupTags => {
                let arns = records.iter().filter_map(|record| at(record, &["arn"]));
                let by_arn = self
                    .each(action, arns, |clients, arn| async move {
                        kind::db_subnet_group::group_tags(&clients, &arn).await
                    })
                    .await;
                let of = |record: &Record| {
                    let id = at(record, &["id"])?.to_owned();
                    let answer = at(record, &["arn"])
                        .and_then(|arn| by_arn.get(arn))
                        .cloned();
                    Some((
                        id,
                        answer.unwrap_or_else(|| Err(clients.call(action).lacks("an ARN"))),
                    ))
                };
                records.iter().filter_map(of).collect()
            }
        }
    }

    /// The images that instances were started from.
    async fn images(&self, instances: &[Record]) -> Answers {
        let action = OwnCall::InstanceImage.action();
        let in_use: BTreeSet<String> = instances
            .iter()
            .filter_map(|one| at(one, &["image_id"]))
            .map(str::to_owned)
            .collect();
        let in_use: Vec<String> = in_use.into_iter().collect();
        let mut images = Answers::new();
        for ids in in_use.chunks(IMAGES_A_REQUEST) {
            let found = self
                .bounded(action, kind::image::any(&self.clients, ids))
                .await;
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            images.extend(with_ids(&ids, found));
        }
        let of = |instance: &Record| {
            let id = at(instance, &["id"])?.to_owned();
            let image = at(instance, &["image_id"]).and_then(|image| images.get(image));
            let answer = match image {
                Some(Ok(image)) if !image.is_empty() => {
                    Ok([("image".to_owned(), Value::Object(image.clone()))]
                        .into_iter()
                        .collect())
                }
                Some(Err(error)) => Err(error.clone()),
                // Deregistered, or not shared any more: what it was started from can't be told, and is not wrong.
                _ => Err(self
                    .clients
                    .call(action)
                    .fault(Code::ApiRejected, "the image is not there any more")),
            };
            Some((id, answer))
        };
        instances.iter().filter_map(of).collect()
    }

    /// The tags of load balancers, listeners or target groups.
    async fn tags(&self, call: OwnCall, arns: &[&str]) -> Answers {
        let mut all = Answers::new();
        for arns in arns.chunks(TAGGED_A_REQUEST) {
            let asked: Vec<String> = arns.iter().map(|&arn| arn.to_owned()).collect();
            let found = self
                .bounded(
                    call.action(),
                    kind::load_balancer::tagged(&self.clients, call, &asked),
                )
                .await;
            all.extend(matched(arns, found));
        }
        all
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
        let mut tasks = JoinSet::new();
        for id in ids {
            let (this, id, asked) = (
                self.clone(),
                id.to_owned(),
                ask(Arc::clone(&self.clients), id.to_owned()),
            );
            tasks.spawn(async move { (id, this.bounded(action, asked).await) });
        }
        let mut answers = BTreeMap::new();
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

/// The variables whose assignments the paths name.
fn captures(paths: &Paths) -> BTreeSet<String> {
    let named = paths.iter().filter_map(|path| match path {
        [field, captures, name, ..]
            if field == "user_data" && captures == kind::instance::CAPTURES =>
        {
            Some(name)
        }
        _ => None,
    });
    named.cloned().collect()
}

/// The answers for `ids` out of one call for many, an empty one where it says nothing of one. The `id` by which they are
/// told apart is taken out: it is the resource's own.
fn matched(ids: &[&str], found: Result<Vec<Record>, ProbeError>) -> Answers {
    let mut answers = with_ids(ids, found);
    for answer in answers.values_mut().flatten() {
        answer.remove("id");
    }
    answers
}

fn with_ids(ids: &[&str], found: Result<Vec<Record>, ProbeError>) -> Answers {
    let of = |id: &str| match &found {
        Ok(records) => {
            let mine = records
                .iter()
                .find(|record| at(record, &["id"]) == Some(id));
            Ok(mine.cloned().unwrap_or_default())
        }
        Err(error) => Err(error.clone()),
    };
    ids.iter().map(|&id| (id.to_owned(), of(id))).collect()
}
