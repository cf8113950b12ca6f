//! VPCs (`ec2:DescribeVpcs`), and the two attributes that the listing leaves out (`ec2:DescribeVpcAttribute`).
use super::table::{NAME_TAG, OWNER, TAGS, costs, flag, id, list, many, record, text};
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a VPC.
pub(super) const FIELDS: &[Field] = &[
    id("`VpcId`."),
    NAME_TAG,
    TAGS,
    OWNER,
    text("cidr_block", "The primary IPv4 block (`CidrBlock`)."),
    text("state", "`pending` or `available` (`State`)."),
    flag(
        "is_default",
        "Whether it is the region's default VPC (`IsDefault`).",
    ),
    text(
        "instance_tenancy",
        "`default`, `dedicated` or `host` (`InstanceTenancy`).",
    ),
    text(
        "dhcp_options_id",
        "The set of DHCP options (`DhcpOptionsId`).",
    ),
    list(
        "cidr_block_association_set",
        &Type::Record(CIDR_BLOCKS),
        "All IPv4 blocks, the primary one first (`CidrBlockAssociationSet`).",
    ),
    costs(
        flag(
            "enable_dns_support",
            "Whether names are resolved in it (attribute `enableDnsSupport`).",
        ),
        OwnCall::VpcDnsSupport,
    ),
    costs(
        flag(
            "enable_dns_hostnames",
            "Whether instances get public names (attribute `enableDnsHostnames`).",
        ),
        OwnCall::VpcDnsHostnames,
    ),
    many("subnets", Kind::Subnet, "The subnets in it."),
    many("route_tables", Kind::RouteTable, "The route tables in it."),
    many(
        "internet_gateways",
        Kind::InternetGateway,
        "The internet gateways attached to it.",
    ),
    many(
        "nat_gateways",
        Kind::NatGateway,
        "The NAT gateways in it that are not deleted.",
    ),
    many(
        "vpc_endpoints",
        Kind::VpcEndpoint,
        "The VPC endpoints in it that are not deleted.",
    ),
];

const CIDR_BLOCKS: &[Field] = &[
    text("cidr_block", "The block (`CidrBlock`)."),
    text("association_id", "`AssociationId`."),
    record(
        "cidr_block_state",
        &[text(
            "state",
            "`associated`, `disassociating`, … (`State`).",
        )],
        "The state of the association (`CidrBlockState`).",
    ),
];

/// What a derived field of a VPC comes to.
pub(super) fn derive<'a>(path: &[&str], vpc: &Record, all: &'a Snapshot) -> Derivation<'a> {
    let id = at(vpc, &["id"]);
    let inside = |kind| all.many(kind, |record| at(record, &["vpc_id"]) == id);
    match path {
        ["subnets"] => inside(Kind::Subnet),
        ["route_tables"] => inside(Kind::RouteTable),
        ["internet_gateways"] => inside(Kind::InternetGateway),
        ["nat_gateways"] => inside(Kind::NatGateway),
        ["vpc_endpoints"] => inside(Kind::VpcEndpoint),
        _ => Ok(Derived::Nothing),
    }
}
