//! Internet gateways (`ec2:DescribeInternetGateways`).
use super::table::{NAME_TAG, OWNER, TAGS, id, list, one, text};
use crate::aws::Kind;
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
