//! Making the calls: each kind's listing, and the calls of their own for the living resources of a kind. One flat `match`
//! each. Every answer carries its own result; none stops another. It redacts nothing and judges nothing.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::connect::Clients;
use super::kind::{self, Kind};
use super::own_call::OwnCall;
use super::paths::Paths;
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
pub(super) type Part = (Kind, Result<Vec<Record>, ProbeError>, Vec<(OwnCall, Answers)>);

impl Fetcher {
    /// Fetches with these clients.
    pub(super) fn new(clients: Clients) -> Self {
        Self { clients: Arc::new(clients), gate: Arc::new(Semaphore::new(IN_FLIGHT)) }
    }

    /// All resources of a kind, or the one with this id where the API can narrow it.
    pub(super) async fn list(&self, kind: Kind, only: Option<&str>) -> Result<Vec<Record>, ProbeError> {
        let clients = &self.clients;
        let action = kind.page_call();
        match kind {
            Kind::Account => self.bounded(action, kind::account::fetch(clients)).await,
            Kind::Vpc => self.bounded(action, kind::vpc::fetch(clients, only)).await,
            Kind::Subnet => self.bounded(action, kind::subnet::fetch(clients, only)).await,
            Kind::RouteTable => self.bounded(action, kind::route_table::fetch(clients, only)).await,
            Kind::InternetGateway => self.bounded(action, kind::internet_gateway::fetch(clients, only)).await,
            Kind::NatGateway => self.bounded(action, kind::nat_gateway::fetch(clients, only)).await,
            Kind::VpcEndpoint => self.bounded(action, kind::vpc_endpoint::fetch(clients, only)).await,
            Kind::NetworkAcl => self.bounded(action, kind::network_acl::fetch(clients, only)).await,
            Kind::SecurityGroup => self.bounded(action, kind::security_group::fetch(clients, only)).await,
            Kind::Instance => self.bounded(action, kind::instance::fetch(clients, only)).await,
            Kind::Address => self.bounded(action, kind::address::fetch(clients, only)).await,
            Kind::Image => self.bounded(action, kind::image::fetch(clients, only)).await,
            Kind::Snapshot => self.bounded(action, kind::snapshot::fetch(clients, only)).await,
            Kind::KeyPair => self.bounded(action, kind::key_pair::fetch(clients, only)).await,
            Kind::LoadBalancer => self.bounded(action, kind::load_balancer::fetch(clients, only)).await,
            Kind::Listener => match only {
                Some(arn) => self.bounded(action, kind::listener::fetch_one(clients, arn)).await,
                None => {
                    let balancers = self.list(Kind::LoadBalancer, None).boxed().await?;
                    self.listeners(&balancers).await
                }
            },
            Kind::TargetGroup => self.bounded(action, kind::target_group::fetch(clients, only)).await,
            Kind::DbInstance => self.bounded(action, kind::db_instance::fetch(clients, only)).await,
            Kind::DbCluster => self.bounded(action, kind::db_cluster::fetch(clients, only)).await,
            Kind::DbClusterEndpoint => self.bounded(action, kind::db_cluster_endpoint::fetch(clients)).await,
            Kind::DbSubnetGroup => self.bounded(action, kind::db_subnet_group::fetch(clients, only)).await,
            Kind::DbEvent => self.bounded(action, kind::db_event::fetch(clients)).await,
        }
    }
}
