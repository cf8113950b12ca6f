//! EC2 instances (`ec2:DescribeInstances`, reservations flattened), and what costs more: status checks, Systems
//! Manager's view, the image, and captures from the user data.
mod user_data;

use std::collections::BTreeSet;

use super::table::{
    NAME_TAG, TAGS, concat, costs, flag, id, int, list, one, record, text, texts, time,
};
use crate::aws::Kind;
use crate::aws::connect::{Clients, ec2_filter, ec2_tags};
use crate::aws::own_call::OwnCall;
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named};
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::{Field, Type};
use aws_sdk_ec2::types;

/// The fields of an instance.
pub(super) const FIELDS: &[Field] = &concat::<38>(LISTED, COSTLY);

const LISTED: &[Field] = &[
    id("`InstanceId`."),
    NAME_TAG,
    TAGS,
    record(
        "state",
        &[
            text(
                "name",
                "`pending`, `running`, `stopping`, `stopped`, `shutting-down`, `terminated` (`Name`).",
            ),
            int("code", "The same as a number (`Code`)."),
        ],
        "`State`.",
    ),
    text("instance_type", "`t3.micro` (`InstanceType`)."),
    text(
        "image_id",
        "The image that it was started from (`ImageId`).",
    ),
    text(
        "key_name",
        "The key pair; absent where it has none (`KeyName`).",
    ),
    text("vpc_id", "`VpcId`."),
    text("subnet_id", "`SubnetId`."),
    text(
        "availability_zone",
        "The zone that it is in (`Placement.AvailabilityZone`).",
    ),
    record(
        "placement",
        &[
            text("availability_zone", "`AvailabilityZone`."),
            text("tenancy", "`Tenancy`."),
        ],
        "`Placement`.",
    ),
    text("private_ip_address", "`PrivateIpAddress`."),
    text(
        "public_ip_address",
        "Absent where it has none, or is stopped without an Elastic IP (`PublicIpAddress`).",
    ),
    text("private_dns_name", "`PrivateDnsName`."),
    text(
        "public_dns_name",
        "Absent where it has none (`PublicDnsName`).",
    ),
    list(
        "security_groups",
        &Type::Record(&[
            text("group_id", "`GroupId`."),
            text("group_name", "`GroupName`."),
            one("security_group", Kind::SecurityGroup, "The group itself."),
        ]),
        "The security groups of its first interface (`SecurityGroups`).",
    ),
    record(
        "iam_instance_profile",
        &[
            text("name", "The last part of the ARN."),
            text("arn", "`Arn`, its account a pseudonym."),
            text("id", "`Id`."),
        ],
        "The instance profile; absent where it has none (`IamInstanceProfile`).",
    ),
    record(
        "metadata_options",
        &[
            text(
                "http_tokens",
                "`required` for IMDSv2 alone, else `optional` (`HttpTokens`).",
            ),
            text("http_endpoint", "`enabled` or `disabled` (`HttpEndpoint`)."),
            int("http_put_response_hop_limit", "`HttpPutResponseHopLimit`."),
            text("state", "`pending` or `applied` (`State`)."),
        ],
        "`MetadataOptions`.",
    ),
    time("launch_time", "When it was last started (`LaunchTime`)."),
    int(
        "started_after_attach_seconds",
        "Seconds from the attachment of its first interface to the last start; a minute or more tells of a stop and a start.",
    ),
    text(
        "state_transition_reason",
        "`User initiated (…)` (`StateTransitionReason`).",
    ),
    text("architecture", "`Architecture`."),
    text("platform_details", "`Linux/UNIX` (`PlatformDetails`)."),
    text("root_device_name", "`RootDeviceName`."),
    text("root_device_type", "`RootDeviceType`."),
    flag("ebs_optimized", "`EbsOptimized`."),
    record(
        "monitoring",
        &[text("state", "`disabled`, `enabled`, … (`State`).")],
        "Detailed monitoring (`Monitoring`).",
    ),
    list(
        "network_interfaces",
        &Type::Record(INTERFACES),
        "By device index (`NetworkInterfaces`).",
    ),
    list(
        "block_device_mappings",
        &Type::Record(DISKS),
        "`BlockDeviceMappings`.",
    ),
    one("subnet", Kind::Subnet, "The subnet that it is in."),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

const COSTLY: &[Field] = &[
    costs(
        record(
            "instance_status",
            STATUS,
            "The instance's own status check (`InstanceStatus`).",
        ),
        OwnCall::InstanceStatus,
    ),
    costs(
        record(
            "system_status",
            STATUS,
            "The status check of what it runs on (`SystemStatus`).",
        ),
        OwnCall::InstanceStatus,
    ),
    costs(
        record(
            "attached_ebs_status",
            STATUS,
            "The status check of its volumes (`AttachedEbsStatus`).",
        ),
        OwnCall::InstanceStatus,
    ),
    costs(
        record(
            "ssm",
            SSM,
            "What Systems Manager knows of it; absent where it does not know it.",
        ),
        OwnCall::InstanceSsm,
    ),
    costs(
        record(
            "image",
            super::image::SUMMARY,
            "The image, whoever owns it; where it is deregistered nothing can be told of it.",
        ),
        OwnCall::InstanceImage,
    ),
    costs(
        record(
            "user_data",
            USER_DATA,
            "What is kept of the user data; absent where it has none (`userData`).",
        ),
        OwnCall::InstanceUserData,
    ),
    costs(
        flag("has_user_data", "Whether it has user data (`userData`)."),
        OwnCall::InstanceUserData,
    ),
];

const STATUS: &[Field] = &[text(
    "status",
    "`ok`, `impaired`, `initializing`, `insufficient-data`, `not-applicable` (`Status`).",
)];

const SSM: &[Field] = &[
    text(
        "ping_status",
        "`Online`, `ConnectionLost` or `Inactive` (`PingStatus`).",
    ),
    time("last_ping_date_time", "`LastPingDateTime`."),
    text("agent_version", "`AgentVersion`."),
    text("platform_name", "`Amazon Linux` (`PlatformName`)."),
    text("platform_version", "`PlatformVersion`."),
];

/// The field whose keys are captured on demand.
pub(in crate::aws) const CAPTURES: &str = "assignments";

/// User data may hold passwords: the text is never kept.
const USER_DATA: &[Field] = &[
    int("length", "Bytes, decoded."),
    text("sha256", "SHA-256 of the bytes, in hexadecimal."),
    text(
        "normalised_sha256",
        "SHA-256 after line ends are made LF and blanks at the ends of lines and of the text are dropped.",
    ),
    text(
        "shebang",
        "The first line, where it begins with `#!`; else absent.",
    ),
    Field::listed(
        CAPTURES,
        Type::Map(&Type::Text),
        "The value of a shell variable's first assignment at the beginning of a line (`assignments.RDS_ENDPOINT`), \
         quotes taken off; of each variable that a path names, and no other.",
    ),
    texts(
        "sed_searches",
        "What each `s/search/replacement/` of a line with `sed` looks for; the replacements are not kept.",
    ),
];

const INTERFACES: &[Field] = &[
    text("network_interface_id", "`NetworkInterfaceId`."),
    text("subnet_id", "`SubnetId`."),
    text("vpc_id", "`VpcId`."),
    text("private_ip_address", "`PrivateIpAddress`."),
    text("status", "`Status`."),
    list(
        "groups",
        &Type::Record(&[
            text("group_id", "`GroupId`."),
            text("group_name", "`GroupName`."),
        ]),
        "Its security groups (`Groups`).",
    ),
    record(
        "attachment",
        &[
            time("attach_time", "`AttachTime`."),
            int("device_index", "`DeviceIndex`."),
            text("status", "`Status`."),
        ],
        "`Attachment`.",
    ),
    record(
        "association",
        &[
            text("public_ip", "`PublicIp`."),
            text("public_dns_name", "`PublicDnsName`."),
            text(
                "ip_owner_id",
                "`amazon`, or the account that holds the Elastic IP, as its pseudonym (`IpOwnerId`).",
            ),
        ],
        "Its public address (`Association`).",
    ),
];

const DISKS: &[Field] = &[
    text("device_name", "`DeviceName`."),
    record(
        "ebs",
        &[
            text("volume_id", "`VolumeId`."),
            text("status", "`Status`."),
            time("attach_time", "`AttachTime`."),
            flag("delete_on_termination", "`DeleteOnTermination`."),
        ],
        "`Ebs`.",
    ),
];

/// What a derived field of an instance comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["subnet"] => all.one(Kind::Subnet, at(node, &["subnet_id"])),
        ["vpc"] => all.one(Kind::Vpc, at(node, &["vpc_id"])),
        ["security_groups", "security_group"] => {
            all.one(Kind::SecurityGroup, at(node, &["group_id"]))
        }
        _ => Ok(Derived::Nothing),
    }
}

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
            .and_then(|attachment| attachment.device_index())
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
    let filters =
        filters.map_err(|error| call.fault(crate::fault::Code::ApiRejected, &error.to_string()))?;
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
    user_data::kept(value.as_deref(), captured).ok_or_else(|| call.lacks("user data in Base64"))
}
