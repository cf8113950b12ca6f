//! NAT gateways (`ec2:DescribeNatGateways`); deleted ones stay listed for about an hour.
use super::table::{NAME_TAG, TAGS, id, list, one, text, time};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a NAT gateway.
pub(super) const FIELDS: &[Field] = &[
    id("`NatGatewayId`."),
    NAME_TAG,
    TAGS,
    text("vpc_id", "`VpcId`."),
    text("subnet_id", "The subnet that it is in (`SubnetId`)."),
    text("state", "`pending`, `available`, `failed`, … (`State`)."),
    text(
        "connectivity_type",
        "`public` or `private` (`ConnectivityType`).",
    ),
    text("failure_code", "Why it failed (`FailureCode`)."),
    text(
        "failure_message",
        "Why it failed, in words (`FailureMessage`).",
    ),
    time("create_time", "`CreateTime`."),
    list(
        "nat_gateway_addresses",
        &Type::Record(ADDRESSES),
        "Its addresses (`NatGatewayAddresses`).",
    ),
    one("subnet", Kind::Subnet, "The subnet that it is in."),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

const ADDRESSES: &[Field] = &[
    text("allocation_id", "The Elastic IP (`AllocationId`)."),
    text("public_ip", "`PublicIp`."),
    text("private_ip", "`PrivateIp`."),
    text("network_interface_id", "`NetworkInterfaceId`."),
];

/// What a derived field of a NAT gateway comes to.
pub(super) fn derive<'a>(path: &[&str], gateway: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["subnet"] => all.one(Kind::Subnet, at(gateway, &["subnet_id"])),
        ["vpc"] => all.one(Kind::Vpc, at(gateway, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}
