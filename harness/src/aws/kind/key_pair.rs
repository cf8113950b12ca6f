//! Key pairs (`ec2:DescribeKeyPairs`); no key material.
use aws_sdk_ec2::types;

use super::table::{TAGS, id, text, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::record::{Build, Named, Record};
use crate::fault::ProbeError;
use crate::schema::Field;

/// The fields of a key pair.
pub(super) const FIELDS: &[Field] = &[
    id("`KeyPairId`."),
    text("name", "`KeyName`; not the Name tag."),
    text("key_name", "`KeyName`."),
    TAGS,
    text("key_type", "`rsa` or `ed25519` (`KeyType`)."),
    text("key_fingerprint", "`KeyFingerprint`."),
    time("create_time", "`CreateTime`."),
];

/// All key pairs of the region, or the one with this id; the API has no pages for them.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::KeyPair.page_call());
    let filters = only.map(|id| vec![ec2_filter("key-pair-id", id)]);
    let answer = clients
        .ec2
        .describe_key_pairs()
        .set_filters(filters)
        .send()
        .await;
    let listed = answer.map_err(|error| call.failed(&error))?.key_pairs;
    let listed = listed.ok_or_else(|| call.lacks("its list"))?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(pair: &types::KeyPairInfo) -> Option<Record> {
    let record = Build::new()
        .text("id", Some(pair.key_pair_id()?))
        .text("name", pair.key_name())
        .text("key_name", pair.key_name())
        .tags(Named::ByItself, ec2_tags(pair.tags()))
        .text("key_type", pair.key_type().map(types::KeyType::as_str))
        .text("key_fingerprint", pair.key_fingerprint())
        .time("create_time", pair.create_time());
    Some(record.done())
}
