//! EBS snapshots that the account owns (`ec2:DescribeSnapshots`, `OwnerIds=self`).
use super::table::{NAME_TAG, OWNER, TAGS, flag, id, int, many, text, time};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::Field;

/// The fields of a snapshot.
pub(super) const FIELDS: &[Field] = &[
    id("`SnapshotId`."),
    NAME_TAG,
    TAGS,
    OWNER,
    text(
        "description",
        "`Created by CreateImage(i-…) for ami-…` where an image was made (`Description`).",
    ),
    text("state", "`pending`, `completed`, … (`State`)."),
    text("progress", "`100%` (`Progress`)."),
    time("start_time", "`StartTime`."),
    text("volume_id", "`VolumeId`."),
    int("volume_size", "GiB (`VolumeSize`)."),
    flag("encrypted", "`Encrypted`."),
    many(
        "images",
        Kind::Image,
        "The account's images that are made of it.",
    ),
];

/// What a derived field of a snapshot comes to.
pub(super) fn derive<'a>(path: &[&str], snapshot: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["images"] => all.many(Kind::Image, |image| super::image::made_of(image, snapshot)),
        _ => Ok(Derived::Nothing),
    }
}
