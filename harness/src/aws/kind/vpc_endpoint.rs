//! VPC endpoints (`ec2:DescribeVpcEndpoints`). Their policy documents are not kept.
use super::table::{NAME_TAG, OWNER, TAGS, flag, id, list, one, text, texts, time};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a VPC endpoint.
pub(super) const FIELDS: &[Field] = &[
    id("`VpcEndpointId`."),
    NAME_TAG,
    TAGS,
    OWNER,
    text("vpc_id", "`VpcId`."),
    text(
        "vpc_endpoint_type",
        "`Gateway`, `Interface`, … (`VpcEndpointType`).",
    ),
    text(
        "service_name",
        "`com.amazonaws.us-east-1.s3` (`ServiceName`).",
    ),
    text(
        "state",
        "`pending`, `available`, … in lower case (`State`).",
    ),
    texts(
        "route_table_ids",
        "The route tables of a gateway endpoint (`RouteTableIds`).",
    ),
    texts(
        "subnet_ids",
        "The subnets of an interface endpoint (`SubnetIds`).",
    ),
    list(
        "groups",
        &Type::Record(&[
            text("group_id", "`GroupId`."),
            text("group_name", "`GroupName`."),
        ]),
        "The security groups of an interface endpoint (`Groups`).",
    ),
    flag(
        "private_dns_enabled",
        "Whether the service's own name leads to it (`PrivateDnsEnabled`).",
    ),
    time("creation_timestamp", "`CreationTimestamp`."),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

/// What a derived field of a VPC endpoint comes to.
pub(super) fn derive<'a>(path: &[&str], endpoint: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["vpc"] => all.one(Kind::Vpc, at(endpoint, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}
