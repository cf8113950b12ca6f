//! The few calls that change something, and the looks that go with them: stop, start, fail over ([`super::marks`] has the
//! marks). Nothing calls them but [`crate::drill`]. Ids go in and come out as AWS has them.
use aws_credential_types::provider::ProvideCredentials;

use super::clients::{ec2_filter, ec2_tags};
use super::marks::MARK;
use super::record::at;
use super::session::Aws;
use crate::fault::ProbeError;

/// A server as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// `i-…`
    pub id: String,
    /// Its tag `Name`.
    pub name: String,
    /// `running`, `stopping`, …
    pub state: String,
    /// Its public address.
    pub public_ip: Option<String>,
    /// The value of [`MARK`].
    pub mark: Option<String>,
}

/// A target group's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Seconds between two health checks.
    pub interval: u32,
    /// Seconds that one may take.
    pub timeout: u32,
    /// Successes in a row that make a target healthy.
    pub healthy: u32,
    /// Failures in a row that make it unhealthy.
    pub unhealthy: u32,
}

/// A target as its group has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetNow {
    /// The instance.
    pub id: String,
    /// `healthy`, `unused`, …
    pub health: String,
    /// `Target.InvalidState`, …; empty where it is healthy.
    pub reason: String,
}

/// A database cluster as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterNow {
    /// Its ARN.
    pub arn: String,
    /// `available`, `failing-over`, …
    pub status: String,
    /// The member that writes.
    pub writer: Option<String>,
    /// The others.
    pub readers: Vec<String>,
    /// The value of [`MARK`].
    pub mark: Option<String>,
}

impl Aws {
    /// The account that the credentials belong to, held against the one that the stack file expects.
    ///
    /// # Errors
    /// The call failed, or it is another account.
    pub async fn account(&self) -> Result<String, ProbeError> {
        let account = self.identify().await?;
        Ok(at(&account, &["id"]).unwrap_or_default().to_owned())
    }

    /// When the credentials expire; none where they don't, or don't say.
    pub async fn expiry(&self) -> Option<jiff::Timestamp> {
        let provider = self.sdk().credentials_provider()?;
        let expiry = provider.provide_credentials().await.ok()?.expiry()?;
        jiff::Timestamp::try_from(expiry).ok()
    }

    /// One server; none where there is none of this id.
    ///
    /// # Errors
    /// The call failed.
    pub async fn server(&self, id: &str) -> Result<Option<Server>, ProbeError> {
        Ok(self.servers("instance-id", id).await?.pop())
    }

    /// The servers that a drill has marked.
    ///
    /// # Errors
    /// The call failed.
    pub async fn marked(&self) -> Result<Vec<Server>, ProbeError> {
        self.servers("tag-key", MARK).await
    }

    async fn servers(&self, filter: &str, value: &str) -> Result<Vec<Server>, ProbeError> {
        let clients = self.clients();
        let call = clients.call("ec2:DescribeInstances");
        let mut servers = Vec::new();
        let ask = clients
            .ec2
            .describe_instances()
            .filters(ec2_filter(filter, value))
            .max_results(100);
        let mut pages = ask.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.redacted(call.failed(&error)))?;
            for instance in page
                .reservations()
                .iter()
                .flat_map(aws_sdk_ec2::types::Reservation::instances)
            {
                let tag = |wanted: &str| {
                    ec2_tags(instance.tags())
                        .find(|(key, _)| *key == Some(wanted))
                        .map(|(_, value)| value.unwrap_or_default().to_owned())
                };
                servers.push(Server {
                    id: instance.instance_id().unwrap_or_default().to_owned(),
                    name: tag("Name").unwrap_or_default(),
                    state: instance
                        .state()
                        .and_then(|state| state.name())
                        .map_or_else(String::new, |name| name.as_str().to_owned()),
                    public_ip: instance.public_ip_address().map(str::to_owned),
                    mark: tag(MARK),
                });
            }
        }
        Ok(servers)
    }

    /// Tells a server to stop.
    ///
    /// # Errors
    /// The call failed, or was refused.
    pub async fn stop_server(&self, id: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let sent = clients.ec2.stop_instances().instance_ids(id).send().await;
        sent.map(drop)
            .map_err(|error| self.redacted(clients.call("ec2:StopInstances").failed(&error)))
    }

    /// Tells a server to start.
    ///
    /// # Errors
    /// The call failed, or was refused: a server that is still stopping can't be started.
    pub async fn start_server(&self, id: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let sent = clients.ec2.start_instances().instance_ids(id).send().await;
        sent.map(drop)
            .map_err(|error| self.redacted(clients.call("ec2:StartInstances").failed(&error)))
    }

    /// A target group's own numbers.
    ///
    /// # Errors
    /// The call failed, or there is no such group.
    pub async fn thresholds(&self, arn: &str) -> Result<Thresholds, ProbeError> {
        let clients = self.clients();
        let call = clients.call("elasticloadbalancing:DescribeTargetGroups");
        let ask = clients
            .elb
            .describe_target_groups()
            .target_group_arns(self.real(arn));
        let answer = ask
            .send()
            .await
            .map_err(|error| self.redacted(call.failed(&error)))?;
        let group = answer
            .target_groups()
            .first()
            .ok_or_else(|| call.lacks("the target group"))?;
        let number = |value: Option<i32>, usual: u32| {
            value
                .and_then(|value| u32::try_from(value).ok())
                .unwrap_or(usual)
        };
        Ok(Thresholds {
            interval: number(group.health_check_interval_seconds(), 30),
            timeout: number(group.health_check_timeout_seconds(), 5),
            healthy: number(group.healthy_threshold_count(), 5),
            unhealthy: number(group.unhealthy_threshold_count(), 2),
        })
    }

    /// The targets of a group.
    ///
    /// # Errors
    /// The call failed.
    pub async fn targets(&self, arn: &str) -> Result<Vec<TargetNow>, ProbeError> {
        let clients = self.clients();
        let call = clients.call("elasticloadbalancing:DescribeTargetHealth");
        let ask = clients
            .elb
            .describe_target_health()
            .target_group_arn(self.real(arn));
        let answer = ask
            .send()
            .await
            .map_err(|error| self.redacted(call.failed(&error)))?;
        let of = |one: &aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription| {
            let health = one.target_health();
            TargetNow {
                id: one
                    .target()
                    .and_then(|target| target.id())
                    .unwrap_or_default()
                    .to_owned(),
                health: health
                    .and_then(|health| health.state())
                    .map_or_else(String::new, |state| state.as_str().to_owned()),
                reason: health
                    .and_then(|health| health.reason())
                    .map_or_else(String::new, |reason| reason.as_str().to_owned()),
            }
        };
        Ok(answer.target_health_descriptions().iter().map(of).collect())
    }

    /// A database cluster.
    ///
    /// # Errors
    /// The call failed, or there is no such cluster.
    pub async fn cluster(&self, id: &str) -> Result<ClusterNow, ProbeError> {
        let clients = self.clients();
        let call = clients.call("rds:DescribeDBClusters");
        let ask = clients.rds.describe_db_clusters().db_cluster_identifier(id);
        let answer = ask
            .send()
            .await
            .map_err(|error| self.redacted(call.failed(&error)))?;
        let cluster = answer
            .db_clusters()
            .first()
            .ok_or_else(|| call.lacks("the cluster"))?;
        let (mut writer, mut readers) = (None, Vec::new());
        for member in cluster.db_cluster_members() {
            let id = member
                .db_instance_identifier()
                .unwrap_or_default()
                .to_owned();
            if member.is_cluster_writer().unwrap_or(false) {
                writer = Some(id);
            } else {
                readers.push(id);
            }
        }
        let mark = cluster
            .tag_list()
            .iter()
            .find(|tag| tag.key() == Some(MARK))
            .map(|tag| tag.value().unwrap_or_default().to_owned());
        Ok(ClusterNow {
            arn: cluster.db_cluster_arn().unwrap_or_default().to_owned(),
            status: cluster.status().unwrap_or_default().to_owned(),
            writer,
            readers,
            mark,
        })
    }

    /// Makes `target` the writer of a cluster.
    ///
    /// # Errors
    /// The call failed, or was refused.
    pub async fn fail_over(&self, cluster: &str, target: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let ask = clients
            .rds
            .failover_db_cluster()
            .db_cluster_identifier(cluster)
            .target_db_instance_identifier(target);
        let sent = ask.send().await;
        sent.map(drop)
            .map_err(|error| self.redacted(clients.call("rds:FailoverDBCluster").failed(&error)))
    }
}
