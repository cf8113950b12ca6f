//! Key pairs (`ec2:DescribeKeyPairs`); no key material.
use super::table::{TAGS, id, text, time};
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
