//! Subnets (`ec2:DescribeSubnets`) and what their effective route table makes of them.
use super::table::{NAME_TAG, OWNER, TAGS, flag, id, int, one, text};
use crate::aws::Kind;
use crate::schema::{Field, Type};

/// The fields of a subnet.
pub(super) const FIELDS: &[Field] = &[
    id("`SubnetId`."),
    NAME_TAG,
    text("arn", "`SubnetArn`, its account a pseudonym."),
    TAGS,
    OWNER,
    text("vpc_id", "The VPC that it is in (`VpcId`)."),
    text("cidr_block", "Its IPv4 block (`CidrBlock`)."),
    text(
        "availability_zone",
        "The zone by name, `us-east-1a` (`AvailabilityZone`).",
    ),
    text(
        "availability_zone_id",
        "The zone by id, `use1-az1` (`AvailabilityZoneId`).",
    ),
    text("state", "`pending`, `available`, … (`State`)."),
    flag(
        "map_public_ip_on_launch",
        "Whether instances get a public address unasked (`MapPublicIpOnLaunch`).",
    ),
    flag(
        "default_for_az",
        "Whether it is its zone's default subnet (`DefaultForAz`).",
    ),
    flag(
        "assign_ipv6_address_on_creation",
        "Whether interfaces get an IPv6 address unasked (`AssignIpv6AddressOnCreation`).",
    ),
    int(
        "available_ip_address_count",
        "Free IPv4 addresses (`AvailableIpAddressCount`).",
    ),
    Field::derived(
        "public",
        Type::Boolean,
        &[Kind::RouteTable],
        "Whether its effective route table has a route for 0.0.0.0/0 to an internet gateway, whatever its state.",
    ),
    one(
        "route_table",
        Kind::RouteTable,
        "Its effective route table: the one associated with it, else the VPC's main one.",
    ),
    one(
        "network_acl",
        Kind::NetworkAcl,
        "The network ACL associated with it.",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];
