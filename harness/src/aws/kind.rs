//! The kinds of resources: their words, their fields, and how their records are told apart. One file a kind beside
//! this one holds its table of fields, its listing and the conversion from the SDK's type; here every kind is
//! dispatched to its file by one flat `match` each. It knows nothing of checks and of what was fetched.
pub(super) mod account;
pub(super) mod address;
pub(super) mod db_cluster;
pub(super) mod db_cluster_endpoint;
pub(super) mod db_event;
pub(super) mod db_instance;
pub(super) mod db_subnet_group;
pub(super) mod image;
pub(super) mod instance;
pub(super) mod internet_gateway;
pub(super) mod key_pair;
pub(super) mod listener;
pub(super) mod load_balancer;
pub(super) mod nat_gateway;
pub(super) mod network_acl;
mod rds_rows;
pub(super) mod route_table;
pub(super) mod security_group;
pub(super) mod snapshot;
pub(super) mod subnet;
mod table;
pub(super) mod target_group;
pub(super) mod vpc;
pub(super) mod vpc_endpoint;

use serde::{Deserialize, Serialize};

use super::record::Record;
use super::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::Field;

/// A kind of AWS resource that a lab can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The account of the credentials (`sts:GetCallerIdentity`).
    Account,
    /// A VPC.
    Vpc,
    /// A subnet.
    Subnet,
    /// A route table.
    RouteTable,
    /// An internet gateway.
    InternetGateway,
    /// A NAT gateway.
    NatGateway,
    /// A VPC endpoint.
    VpcEndpoint,
    /// A network ACL.
    NetworkAcl,
    /// A security group.
    SecurityGroup,
    /// An EC2 instance.
    Instance,
    /// An Elastic IP address.
    Address,
    /// A machine image that the account owns.
    Image,
    /// An EBS snapshot that the account owns.
    Snapshot,
    /// A key pair.
    KeyPair,
    /// A load balancer (application, network or gateway).
    LoadBalancer,
    /// A listener of a load balancer.
    Listener,
    /// A target group.
    TargetGroup,
    /// An RDS or Aurora instance.
    DbInstance,
    /// An Aurora (or Multi-AZ) cluster.
    DbCluster,
    /// An endpoint of a cluster.
    DbClusterEndpoint,
    /// A DB subnet group.
    DbSubnetGroup,
    /// An RDS event of the last 14 days.
    DbEvent,
}

impl Kind {
    /// Every kind, in the order of the enum.
    pub const ALL: &'static [Self] = &[
        Self::Account,
        Self::Vpc,
        Self::Subnet,
        Self::RouteTable,
        Self::InternetGateway,
        Self::NatGateway,
        Self::VpcEndpoint,
        Self::NetworkAcl,
        Self::SecurityGroup,
        Self::Instance,
        Self::Address,
        Self::Image,
        Self::Snapshot,
        Self::KeyPair,
        Self::LoadBalancer,
        Self::Listener,
        Self::TargetGroup,
        Self::DbInstance,
        Self::DbCluster,
        Self::DbClusterEndpoint,
        Self::DbSubnetGroup,
        Self::DbEvent,
    ];

    /// The singular word in a lab file: `vpc`, `db_instance`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.words().0
    }

    /// The plural word in a lab file: `vpcs`, `db_instances`.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        self.words().1
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Account => ("account", "accounts"),
            Self::Vpc => ("vpc", "vpcs"),
            Self::Subnet => ("subnet", "subnets"),
            Self::RouteTable => ("route_table", "route_tables"),
            Self::InternetGateway => ("internet_gateway", "internet_gateways"),
            Self::NatGateway => ("nat_gateway", "nat_gateways"),
            Self::VpcEndpoint => ("vpc_endpoint", "vpc_endpoints"),
            Self::NetworkAcl => ("network_acl", "network_acls"),
            Self::SecurityGroup => ("security_group", "security_groups"),
            Self::Instance => ("instance", "instances"),
            Self::Address => ("address", "addresses"),
            Self::Image => ("image", "images"),
            Self::Snapshot => ("snapshot", "snapshots"),
            Self::KeyPair => ("key_pair", "key_pairs"),
            Self::LoadBalancer => ("load_balancer", "load_balancers"),
            Self::Listener => ("listener", "listeners"),
            Self::TargetGroup => ("target_group", "target_groups"),
            Self::DbInstance => ("db_instance", "db_instances"),
            Self::DbCluster => ("db_cluster", "db_clusters"),
            Self::DbClusterEndpoint => ("db_cluster_endpoint", "db_cluster_endpoints"),
            Self::DbSubnetGroup => ("db_subnet_group", "db_subnet_groups"),
            Self::DbEvent => ("db_event", "db_events"),
        }
    }

    /// The kind that a word names, and whether the word is its plural.
    #[must_use]
    pub fn from_word(word: &str) -> Option<(Self, bool)> {
        Self::ALL.iter().find_map(|&kind| {
            let plural = kind.plural() == word;
            (plural || kind.word() == word).then_some((kind, plural))
        })
    }

    /// The fields that a path can name, with where each comes from.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Account => account::FIELDS,
            Self::Vpc => vpc::FIELDS,
            Self::Subnet => subnet::FIELDS,
            Self::RouteTable => route_table::FIELDS,
            Self::InternetGateway => internet_gateway::FIELDS,
            Self::NatGateway => nat_gateway::FIELDS,
            Self::VpcEndpoint => vpc_endpoint::FIELDS,
            Self::NetworkAcl => network_acl::FIELDS,
            Self::SecurityGroup => security_group::FIELDS,
            Self::Instance => instance::FIELDS,
            Self::Address => address::FIELDS,
            Self::Image => image::FIELDS,
            Self::Snapshot => snapshot::FIELDS,
            Self::KeyPair => key_pair::FIELDS,
            Self::LoadBalancer => load_balancer::FIELDS,
            Self::Listener => listener::FIELDS,
            Self::TargetGroup => target_group::FIELDS,
            Self::DbInstance => db_instance::FIELDS,
            Self::DbCluster => db_cluster::FIELDS,
            Self::DbClusterEndpoint => db_cluster_endpoint::FIELDS,
            Self::DbSubnetGroup => db_subnet_group::FIELDS,
            Self::DbEvent => db_event::FIELDS,
        }
    }

    /// The field that `name:` selects on: always `name`, which holds the Name tag or, of a kind that has a name of its
    /// own (security group, load balancer, RDS, key pair, image), that one.
    #[must_use]
    pub const fn name_field(self) -> &'static str {
        match self {
            Self::Account => "id",
            Self::Listener => "arn",
            _ => "name",
        }
    }

    /// The path to the id of the VPC that a resource is in, if it is in one.
    #[must_use]
    pub const fn vpc_path(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Vpc => Some(&["id"]),
            Self::Subnet
            | Self::RouteTable
            | Self::InternetGateway
            | Self::NatGateway
            | Self::VpcEndpoint
            | Self::NetworkAcl
            | Self::SecurityGroup
            | Self::Instance
            | Self::LoadBalancer
            | Self::TargetGroup
            | Self::DbInstance
            | Self::DbSubnetGroup => Some(&["vpc_id"]),
            Self::Address => Some(&["instance", "vpc_id"]),
            Self::Listener => Some(&["load_balancer", "vpc_id"]),
            Self::DbCluster => Some(&["subnet_group", "vpc_id"]),
            Self::DbClusterEndpoint => Some(&["cluster", "subnet_group", "vpc_id"]),
            Self::Account | Self::Image | Self::Snapshot | Self::KeyPair | Self::DbEvent => None,
        }
    }

    /// Whether a resource is there for a lookup: not terminated, deleted, deregistered, or on its way to it.
    #[must_use]
    pub fn alive(self, record: &Record) -> bool {
        let (path, dead): (&[&str], &[&str]) = match self {
            Self::Instance => (&["state", "name"], &["shutting-down", "terminated"]),
            Self::NatGateway => (&["state"], &["deleting", "deleted", "failed"]),
            Self::VpcEndpoint => (
                &["state"],
                &["deleting", "deleted", "rejected", "expired", "failed"],
            ),
            Self::Image => (&["state"], &["deregistered", "invalid", "failed", "error"]),
            Self::Snapshot => (&["state"], &["error"]),
            Self::DbInstance => (&["db_instance_status"], &["deleting", "deleted"]),
            Self::DbCluster | Self::DbClusterEndpoint => (&["status"], &["deleting", "deleted"]),
            _ => return true,
        };
        let state = super::record::at(record, path);
        // RDS spells statuses in lower case and some emulators do not.
        !state.is_some_and(|state| dead.iter().any(|word| word.eq_ignore_ascii_case(state)))
    }

    /// What the derived field at `path` comes to; `node` is the resource, or the row in it that holds the field.
    pub(super) fn derive<'a>(
        self,
        path: &[&str],
        node: &Record,
        all: &'a Snapshot,
    ) -> Derivation<'a> {
        match self {
            Self::Account | Self::KeyPair | Self::DbEvent => Ok(Derived::Nothing),
            Self::Vpc => vpc::derive(path, node, all),
            Self::Subnet => subnet::derive(path, node, all),
            Self::RouteTable => route_table::derive(path, node, all),
            Self::InternetGateway => internet_gateway::derive(path, node, all),
            Self::NatGateway => nat_gateway::derive(path, node, all),
            Self::VpcEndpoint => vpc_endpoint::derive(path, node, all),
            Self::NetworkAcl => network_acl::derive(path, node, all),
            Self::SecurityGroup => security_group::derive(path, node, all),
            Self::Instance => instance::derive(path, node, all),
            Self::Address => address::derive(path, node, all),
            Self::Image => image::derive(path, node, all),
            Self::Snapshot => snapshot::derive(path, node, all),
            Self::LoadBalancer => load_balancer::derive(path, node, all),
            Self::Listener => listener::derive(path, node, all),
            Self::TargetGroup => target_group::derive(path, node, all),
            Self::DbInstance => db_instance::derive(path, node, all),
            Self::DbCluster => db_cluster::derive(path, node, all),
            Self::DbClusterEndpoint => db_cluster_endpoint::derive(path, node, all),
            Self::DbSubnetGroup => db_subnet_group::derive(path, node, all),
        }
    }

    /// The action that lists the kind, as in an IAM policy: `ec2:DescribeVpcs`.
    #[must_use]
    pub const fn page_call(self) -> &'static str {
        match self {
            Self::Account => "sts:GetCallerIdentity",
            Self::Vpc => "ec2:DescribeVpcs",
            Self::Subnet => "ec2:DescribeSubnets",
            Self::RouteTable => "ec2:DescribeRouteTables",
            Self::InternetGateway => "ec2:DescribeInternetGateways",
            Self::NatGateway => "ec2:DescribeNatGateways",
            Self::VpcEndpoint => "ec2:DescribeVpcEndpoints",
            Self::NetworkAcl => "ec2:DescribeNetworkAcls",
            Self::SecurityGroup => "ec2:DescribeSecurityGroups",
            Self::Instance => "ec2:DescribeInstances",
            Self::Address => "ec2:DescribeAddresses",
            Self::Image => "ec2:DescribeImages",
            Self::Snapshot => "ec2:DescribeSnapshots",
            Self::KeyPair => "ec2:DescribeKeyPairs",
            Self::LoadBalancer => "elasticloadbalancing:DescribeLoadBalancers",
            Self::Listener => "elasticloadbalancing:DescribeListeners",
            Self::TargetGroup => "elasticloadbalancing:DescribeTargetGroups",
            Self::DbInstance => "rds:DescribeDBInstances",
            Self::DbCluster => "rds:DescribeDBClusters",
            Self::DbClusterEndpoint => "rds:DescribeDBClusterEndpoints",
            Self::DbSubnetGroup => "rds:DescribeDBSubnetGroups",
            Self::DbEvent => "rds:DescribeEvents",
        }
    }

    /// The kinds that have to be listed before this one can be: listeners are listed one load balancer at a time.
    #[must_use]
    pub const fn listed_by(self) -> &'static [Self] {
        match self {
            Self::Listener => &[Self::LoadBalancer],
            _ => &[],
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
