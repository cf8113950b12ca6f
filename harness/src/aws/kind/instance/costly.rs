//! What an instance's listing leaves out, each by a call of its own.
use std::collections::BTreeSet;

use aws_sdk_ec2::types;

use super::user_data::kept;
use crate::aws::clients::Clients;
use crate::aws::own_call::OwnCall;
use crate::aws::pages::pages;
use crate::aws::record::{Build, Record};
use crate::fault::{Code, ProbeError};

/// The status checks of all instances, stopped ones included, or of the one with this id; each with its `id`.
pub(in crate::aws) async fn statuses(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(OwnCall::InstanceStatus.action());
    let ask = |token| {
        let request = clients
            .ec2
            .describe_instance_status()
            .include_all_instances(true);
        // Ids and a page size exclude each other.
        let request = match only {
            Some(id) => request.instance_ids(id),
            None => request.max_results(1000).set_next_token(token),
        };
        request.send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.instance_statuses, answer.next_token)
    })
    .await?;
    let status = |status: &str| Build::new().text("status", Some(status));
    let convert = |of: &types::InstanceStatus| {
        let own = of.instance_status().and_then(|summary| summary.status());
        let system = of.system_status().and_then(|summary| summary.status());
        let disks = of
            .attached_ebs_status()
            .and_then(|summary| summary.status());
        let record = Build::new()
            .text("id", Some(of.instance_id()?))
            .record("instance_status", own.map(|own| status(own.as_str())))
            .record(
                "system_status",
                system.map(|system| status(system.as_str())),
            )
            .record(
                "attached_ebs_status",
                disks.map(|disks| status(disks.as_str())),
            );
        Some(record.done())
    };
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

/// What Systems Manager knows of all instances, or of the one with this id; each with its `id`.
pub(in crate::aws) async fn managed(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(OwnCall::InstanceSsm.action());
    let filter = |id: &str| {
        aws_sdk_ssm::types::InstanceInformationStringFilter::builder()
            .key("InstanceIds")
            .values(id)
            .build()
    };
    let filters = only.map(filter).transpose();
    let filters = filters.map_err(|error| call.fault(Code::ApiRejected, &error.to_string()))?;
    let ask = |token| {
        clients
            .ssm
            .describe_instance_information()
            .set_filters(filters.clone().map(|filter| vec![filter]))
            .max_results(50)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.instance_information_list, answer.next_token)
    })
    .await?;
    let convert = |of: &aws_sdk_ssm::types::InstanceInformation| {
        let ssm = Build::new()
            .text(
                "ping_status",
                of.ping_status().map(aws_sdk_ssm::types::PingStatus::as_str),
            )
            .time("last_ping_date_time", of.last_ping_date_time())
            .text("agent_version", of.agent_version())
            .text("platform_name", of.platform_name())
            .text("platform_version", of.platform_version());
        Some(
            Build::new()
                .text("id", Some(of.instance_id()?))
                .record("ssm", Some(ssm))
                .done(),
        )
    };
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

/// What is kept of an instance's user data, with the assignments of `captured`.
pub(in crate::aws) async fn user_data(
    clients: &Clients,
    id: &str,
    captured: &BTreeSet<String>,
) -> Result<Record, ProbeError> {
    let call = clients.call(OwnCall::InstanceUserData.action());
    let name = types::InstanceAttributeName::UserData;
    let answer = clients
        .ec2
        .describe_instance_attribute()
        .instance_id(id)
        .attribute(name)
        .send()
        .await;
    let value = answer
        .map_err(|error| call.failed(&error))?
        .user_data
        .and_then(|value| value.value);
    kept(value.as_deref(), captured).ok_or_else(|| call.lacks("user data in Base64"))
}
