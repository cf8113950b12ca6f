//! Machine images that the account owns (`ec2:DescribeImages`, `Owners=self`), and the summary that an instance's
//! `image` has of any image.
use super::table::{TAGS, concat, costs, flag, id, int, list, many, one, record, text, time};
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::record::{Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
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
