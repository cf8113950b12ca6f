//! EC2 instances (`ec2:DescribeInstances`, reservations flattened), and what costs more: status checks, Systems
//! Manager's view, the image, and captures from the user data. Here are the tables and the relations; the calls are in
//! the files beside.
mod costly;
mod listing;
mod user_data;

pub(in crate::aws) use costly::{managed, statuses, user_data};
pub(in crate::aws) use listing::fetch;

use super::table::{
    NAME_TAG, TAGS, concat, costs, flag, id, int, list, one, record, text, texts, time,
};
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

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
