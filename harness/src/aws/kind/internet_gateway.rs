//! Internet gateways (`ec2:DescribeInternetGateways`).
use super::table::{NAME_TAG, OWNER, TAGS, id, list, one, text};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of an internet gateway.
pub(super) const FIELDS: &[Field] = &[
    id("`InternetGatewayId`."),
    NAME_TAG,
    TAGS,
    OWNER,
    text(
        "vpc_id",
        "The VPC that it is attached to; absent where it is detached (`Attachments[].VpcId`).",
    ),
    list(
        "attachments",
        &Type::Record(&[
            text("vpc_id", "`VpcId`."),
            text("state", "`available` once it is attached (`State`)."),
        ]),
        "What it is attached to, at most one VPC (`Attachments`).",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is attached to."),
];

/// What a derived field of an internet gateway comes to.
pub(super) fn derive<'a>(path: &[&str], gateway: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["vpc"] => all.one(Kind::Vpc, at(gateway, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}
