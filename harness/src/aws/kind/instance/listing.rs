//! The listing of instances: the SDK's type to a record.
use aws_sdk_ec2::types;

use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record};
use crate::fault::ProbeError;

/// All instances of the region, or the one with this id, out of their reservations.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Instance.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_instances()
            .set_filters(only.map(|id| vec![ec2_filter("instance-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let reservations = pages(call, ask, |answer| (answer.reservations, answer.next_token)).await?;
    let instances = reservations.iter().flat_map(types::Reservation::instances);
    instances
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id or a state")))
        .collect()
}

fn convert(instance: &types::Instance) -> Option<Record> {
    let state = instance.state()?;
    let name = state.name()?;
    let placement = instance.placement();
    let zone = placement.and_then(types::Placement::availability_zone);
    let mut interfaces: Vec<_> = instance.network_interfaces().iter().collect();
    interfaces.sort_by_key(|interface| {
        interface
            .attachment()
            .and_then(types::InstanceNetworkInterfaceAttachment::device_index)
    });
    let record = Build::new()
        .text("id", Some(instance.instance_id()?))
        .tags(Named::ByTag, ec2_tags(instance.tags()))
        .record(
            "state",
            Some(
                Build::new()
                    .text("name", Some(name.as_str()))
                    .int("code", state.code()),
            ),
        )
        .text(
            "instance_type",
            instance.instance_type().map(types::InstanceType::as_str),
        )
        .text("image_id", instance.image_id())
        .text("key_name", instance.key_name())
        .text("vpc_id", instance.vpc_id())
        .text("subnet_id", instance.subnet_id())
        .text("availability_zone", zone)
        .record(
            "placement",
            placement.map(|placement| {
                Build::new()
                    .text("availability_zone", zone)
                    .text("tenancy", placement.tenancy().map(types::Tenancy::as_str))
            }),
        )
        .text("private_ip_address", instance.private_ip_address())
        .text("public_ip_address", instance.public_ip_address())
        .text("private_dns_name", instance.private_dns_name())
        .text("public_dns_name", instance.public_dns_name())
        .rows(
            "security_groups",
            instance.security_groups().iter().map(group),
        )
        .record(
            "iam_instance_profile",
            instance.iam_instance_profile().map(|profile| {
                Build::new()
                    .text("name", profile.arn().and_then(|arn| arn.rsplit('/').next()))
                    .text("arn", profile.arn())
                    .text("id", profile.id())
            }),
        )
        .record(
            "metadata_options",
            instance.metadata_options().map(metadata_options),
        )
        .time("launch_time", instance.launch_time())
        .int(
            "started_after_attach_seconds",
            started_after_attach(instance, interfaces.first().copied()),
        )
        .text(
            "state_transition_reason",
            instance.state_transition_reason(),
        )
        .text(
            "architecture",
            instance
                .architecture()
                .map(types::ArchitectureValues::as_str),
        )
        .text("platform_details", instance.platform_details())
        .text("root_device_name", instance.root_device_name())
        .text(
            "root_device_type",
            instance.root_device_type().map(types::DeviceType::as_str),
        )
        .flag("ebs_optimized", instance.ebs_optimized())
        .record(
            "monitoring",
            instance
                .monitoring()
                .and_then(|monitoring| monitoring.state())
                .map(|state| Build::new().text("state", Some(state.as_str()))),
        )
        .rows("network_interfaces", interfaces.into_iter().map(interface))
        .rows(
            "block_device_mappings",
            instance.block_device_mappings().iter().map(disk),
        );
    Some(record.done())
}

fn group(group: &types::GroupIdentifier) -> Build {
    Build::new()
        .text("group_id", group.group_id())
        .text("group_name", group.group_name())
}

fn metadata_options(options: &types::InstanceMetadataOptionsResponse) -> Build {
    Build::new()
        .text(
            "http_tokens",
            options.http_tokens().map(types::HttpTokensState::as_str),
        )
        .text(
            "http_endpoint",
            options
                .http_endpoint()
                .map(types::InstanceMetadataEndpointState::as_str),
        )
        .int(
            "http_put_response_hop_limit",
            options.http_put_response_hop_limit(),
        )
        .text(
            "state",
            options
                .state()
                .map(types::InstanceMetadataOptionsState::as_str),
        )
}

fn started_after_attach(
    instance: &types::Instance,
    first: Option<&types::InstanceNetworkInterface>,
) -> Option<i64> {
    let attached = first?.attachment()?.attach_time()?;
    Some(instance.launch_time()?.secs() - attached.secs())
}

fn interface(interface: &types::InstanceNetworkInterface) -> Build {
    let attachment = interface.attachment().map(|attachment| {
        Build::new()
            .time("attach_time", attachment.attach_time())
            .int("device_index", attachment.device_index())
            .text(
                "status",
                attachment.status().map(types::AttachmentStatus::as_str),
            )
    });
    let association = interface.association().map(|association| {
        Build::new()
            .text("public_ip", association.public_ip())
            .text("public_dns_name", association.public_dns_name())
            .text("ip_owner_id", association.ip_owner_id())
    });
    Build::new()
        .text("network_interface_id", interface.network_interface_id())
        .text("subnet_id", interface.subnet_id())
        .text("vpc_id", interface.vpc_id())
        .text("private_ip_address", interface.private_ip_address())
        .text(
            "status",
            interface
                .status()
                .map(types::NetworkInterfaceStatus::as_str),
        )
        .rows("groups", interface.groups().iter().map(group))
        .record("attachment", attachment)
        .record("association", association)
}

fn disk(disk: &types::InstanceBlockDeviceMapping) -> Build {
    let ebs = disk.ebs().map(|ebs| {
        Build::new()
            .text("volume_id", ebs.volume_id())
            .text("status", ebs.status().map(types::AttachmentStatus::as_str))
            .time("attach_time", ebs.attach_time())
            .flag("delete_on_termination", ebs.delete_on_termination())
    });
    Build::new()
        .text("device_name", disk.device_name())
        .record("ebs", ebs)
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use serde_json::json;

    use super::*;

    fn running() -> types::builders::InstanceBuilder {
        types::Instance::builder().instance_id("i-1").state(
            types::InstanceState::builder()
                .name(types::InstanceStateName::Running)
                .code(16)
                .build(),
        )
    }

    fn interface_at(index: i32, attached: i64) -> types::InstanceNetworkInterface {
        let attachment = types::InstanceNetworkInterfaceAttachment::builder()
            .device_index(index)
            .attach_time(DateTime::from_secs(attached))
            .build();
        types::InstanceNetworkInterface::builder()
            .network_interface_id(format!("eni-{index}"))
            .attachment(attachment)
            .build()
    }

    #[test]
    fn a_stop_and_a_start_show_in_the_first_interfaces_age() {
        let instance = running()
            .launch_time(DateTime::from_secs(1_000_600))
            .network_interfaces(interface_at(1, 1_000_500))
            .network_interfaces(interface_at(0, 1_000_000))
            .build();
        let record = convert(&instance).expect("it has an id and a state");
        assert_eq!(record["started_after_attach_seconds"], 600);
        assert_eq!(
            record["network_interfaces"][0]["network_interface_id"],
            "eni-0"
        );
    }

    #[test]
    fn what_an_instance_does_not_have_is_absent() {
        let record =
            convert(&running().public_dns_name("").build()).expect("it has an id and a state");
        for field in [
            "public_ip_address",
            "public_dns_name",
            "key_name",
            "iam_instance_profile",
            "name",
            "vpc_id",
        ] {
            assert!(!record.contains_key(field), "{field}");
        }
        assert_eq!(record["state"], json!({ "name": "running", "code": 16 }));
    }

    #[test]
    fn a_profile_is_named_by_the_last_part_of_its_arn() {
        let arn = "arn:aws:iam::123456789012:instance-profile/path/LabInstanceProfile";
        let profile = types::IamInstanceProfile::builder().arn(arn).build();
        let record = convert(&running().iam_instance_profile(profile).build())
            .expect("it has an id and a state");
        assert_eq!(record["iam_instance_profile"]["name"], "LabInstanceProfile");
    }

    #[test]
    fn an_instance_of_which_the_state_is_missing_is_no_record() {
        assert!(convert(&types::Instance::builder().instance_id("i-1").build()).is_none());
    }

    #[test]
    fn the_dead_are_told_from_the_living() {
        use types::InstanceStateName as Name;
        for (name, alive) in [
            (Name::Pending, true),
            (Name::Running, true),
            (Name::Stopping, true),
            (Name::Stopped, true),
            (Name::ShuttingDown, false),
            (Name::Terminated, false),
        ] {
            let state = types::InstanceState::builder().name(name.clone()).build();
            let record =
                convert(&running().state(state).build()).expect("it has an id and a state");
            assert_eq!(Kind::Instance.alive(&record), alive, "{name}");
        }
    }
}
