//! EBS snapshots that the account owns (`ec2:DescribeSnapshots`, `OwnerIds=self`).
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, OWNER, TAGS, flag, id, int, many, text, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// All snapshots that the account owns of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Snapshot.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_snapshots()
            .owner_ids("self")
            .set_filters(only.map(|id| vec![ec2_filter("snapshot-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.snapshots, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(snapshot: &types::Snapshot) -> Option<Record> {
    let record = Build::new()
        .text("id", Some(snapshot.snapshot_id()?))
        .tags(Named::ByTag, ec2_tags(snapshot.tags()))
        .text("owner_id", snapshot.owner_id())
        .text("description", snapshot.description())
        .text("state", snapshot.state().map(types::SnapshotState::as_str))
        .text("progress", snapshot.progress())
        .time("start_time", snapshot.start_time())
        .text("volume_id", snapshot.volume_id())
        .int("volume_size", snapshot.volume_size())
        .flag("encrypted", snapshot.encrypted());
    Some(record.done())
}
