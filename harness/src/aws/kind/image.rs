//! Machine images that the account owns (`ec2:DescribeImages`, `Owners=self`), and the summary that an instance's
//! `image` has of any image.
use aws_sdk_ec2::types;

use super::table::{TAGS, concat, costs, flag, id, int, list, many, one, record, text, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::own_call::OwnCall;
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::{Field, Type};

/// The fields of an image.
pub(super) const FIELDS: &[Field] = &concat::<20>(SUMMARY, JOINED);

/// The fields that come with any listing of images.
pub(in crate::aws) const SUMMARY: &[Field] = &[
    id("`ImageId`."),
    text("name", "`Name`; not the Name tag."),
    TAGS,
    text("description", "`Description`."),
    text("state", "`pending`, `available`, … (`State`)."),
    time("creation_date", "`CreationDate`."),
    text(
        "owner_id",
        "The account that owns it (`OwnerId`), as its pseudonym.",
    ),
    text(
        "image_owner_alias",
        "`amazon` for Amazon's own (`ImageOwnerAlias`).",
    ),
    text("image_location", "`amazon/al2023-ami-…` (`ImageLocation`)."),
    flag("public", "Whether anybody may launch it (`Public`)."),
    text("architecture", "`Architecture`."),
    text("platform_details", "`Linux/UNIX` (`PlatformDetails`)."),
    text("root_device_name", "`RootDeviceName`."),
    text("root_device_type", "`RootDeviceType`."),
    text(
        "source_instance_id",
        "The instance that it was made from, where AWS tells (`SourceInstanceId`).",
    ),
    text("source_image_id", "`SourceImageId`."),
    list(
        "block_device_mappings",
        &Type::Record(DISKS),
        "`BlockDeviceMappings`.",
    ),
];

const JOINED: &[Field] = &[
    one(
        "source_instance",
        Kind::Instance,
        "The instance that it was made from.",
    ),
    many(
        "snapshots",
        Kind::Snapshot,
        "The snapshots that it is made of.",
    ),
    costs(
        list(
            "launch_permissions",
            &Type::Record(&[
                text("group", "`all` for everybody (`Group`)."),
                text("user_id", "An account, as its pseudonym (`UserId`)."),
            ]),
            "Whom it may be launched by beside its owner (attribute `launchPermission`).",
        ),
        OwnCall::ImageLaunchPermissions,
    ),
];

const DISKS: &[Field] = &[
    text("device_name", "`DeviceName`."),
    record(
        "ebs",
        &[
            text("snapshot_id", "`SnapshotId`."),
            int("volume_size", "GiB (`VolumeSize`)."),
            text("volume_type", "`gp2` (`VolumeType`)."),
            flag("encrypted", "`Encrypted`."),
            flag("delete_on_termination", "`DeleteOnTermination`."),
        ],
        "`Ebs`.",
    ),
];

/// What a derived field of an image comes to.
pub(super) fn derive<'a>(path: &[&str], image: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["source_instance"] => all.one(Kind::Instance, at(image, &["source_instance_id"])),
        ["snapshots"] => all.many(Kind::Snapshot, |snapshot| made_of(image, snapshot)),
        _ => Ok(Derived::Nothing),
    }
}

/// Whether an image is made of a snapshot.
pub(super) fn made_of(image: &Record, snapshot: &Record) -> bool {
    rows(image, "block_device_mappings")
        .any(|disk| at(disk, &["ebs", "snapshot_id"]) == at(snapshot, &["id"]))
}

/// All images that the account owns of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Image.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_images()
            .owners("self")
            .set_filters(only.map(|id| vec![ec2_filter("image-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.images, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

/// These images, whoever owns them and however old they are. Asked for by filter: one that is gone would make an error
/// of the whole batch if it were asked for by id.
pub(in crate::aws) async fn any(
    clients: &Clients,
    ids: &[String],
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(OwnCall::InstanceImage.action());
    let filter = types::Filter::builder()
        .name("image-id")
        .set_values(Some(ids.to_vec()))
        .build();
    let ask = |token| {
        clients
            .ec2
            .describe_images()
            .filters(filter.clone())
            .include_deprecated(true)
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.images, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

/// Whom an image may be launched by.
pub(in crate::aws) async fn launch_permissions(
    clients: &Clients,
    id: &str,
) -> Result<Record, ProbeError> {
    let call = clients.call(OwnCall::ImageLaunchPermissions.action());
    let name = types::ImageAttributeName::LaunchPermission;
    let answer = clients
        .ec2
        .describe_image_attribute()
        .image_id(id)
        .attribute(name)
        .send()
        .await;
    let given = answer
        .map_err(|error| call.failed(&error))?
        .launch_permissions;
    let given = given.ok_or_else(|| call.lacks("the permissions"))?;
    let rows = given.iter().map(|to| {
        Build::new()
            .text("group", to.group().map(types::PermissionGroup::as_str))
            .text("user_id", to.user_id())
    });
    Ok(Build::new().rows("launch_permissions", rows).done())
}

fn convert(image: &types::Image) -> Option<Record> {
    let disks = image.block_device_mappings().iter().map(|disk| {
        let ebs = disk.ebs().map(|ebs| {
            Build::new()
                .text("snapshot_id", ebs.snapshot_id())
                .int("volume_size", ebs.volume_size())
                .text(
                    "volume_type",
                    ebs.volume_type().map(types::VolumeType::as_str),
                )
                .flag("encrypted", ebs.encrypted())
                .flag("delete_on_termination", ebs.delete_on_termination())
        });
        Build::new()
            .text("device_name", disk.device_name())
            .record("ebs", ebs)
    });
    let record = Build::new()
        .text("id", Some(image.image_id()?))
        .text("name", image.name())
        .tags(Named::ByItself, ec2_tags(image.tags()))
        .text("description", image.description())
        .text("state", image.state().map(types::ImageState::as_str))
        .text("creation_date", image.creation_date())
        .text("owner_id", image.owner_id())
        .text("image_owner_alias", image.image_owner_alias())
        .text("image_location", image.image_location())
        .flag("public", image.public())
        .text(
            "architecture",
            image.architecture().map(types::ArchitectureValues::as_str),
        )
        .text("platform_details", image.platform_details())
        .text("root_device_name", image.root_device_name())
        .text(
            "root_device_type",
            image.root_device_type().map(types::DeviceType::as_str),
        )
        .text("source_instance_id", image.source_instance_id())
        .text("source_image_id", image.source_image_id())
        .rows("block_device_mappings", disks);
    Some(record.done())
}
