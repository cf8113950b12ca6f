//! Route tables (`ec2:DescribeRouteTables`): routes with one destination and one target each, and the subnets that a
//! table is in effect for.
use super::subnet::effective_table;
use super::table::{NAME_TAG, OWNER, TAGS, flag, id, list, many, one, record, text};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a route table.
pub(super) const FIELDS: &[Field] = &[
    id("`RouteTableId`."),
    NAME_TAG,
    TAGS,
    OWNER,
    text("vpc_id", "The VPC that it is in (`VpcId`)."),
    flag(
        "main",
        "Whether it is the VPC's main table: in effect where a subnet has none of its own.",
    ),
    list("routes", &Type::Record(ROUTES), "The routes (`Routes`)."),
    list(
        "associations",
        &Type::Record(ASSOCIATIONS),
        "What it is associated with (`Associations`).",
    ),
    many(
        "subnets",
        Kind::Subnet,
        "The subnets that it is in effect for, the main table's included.",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

const ROUTES: &[Field] = &[
    text(
        "destination",
        "The block or prefix list that it is for, whichever it names.",
    ),
    text(
        "target",
        "Where it leads: `local` or the id of a gateway, interface, … , whichever it names.",
    ),
    text("destination_cidr_block", "`DestinationCidrBlock`."),
    text("destination_ipv6_cidr_block", "`DestinationIpv6CidrBlock`."),
    text("destination_prefix_list_id", "`DestinationPrefixListId`."),
    text(
        "gateway_id",
        "`local`, or an internet gateway's or gateway endpoint's id (`GatewayId`).",
    ),
    text("nat_gateway_id", "`NatGatewayId`."),
    text("instance_id", "`InstanceId`."),
    text("network_interface_id", "`NetworkInterfaceId`."),
    text("vpc_peering_connection_id", "`VpcPeeringConnectionId`."),
    text("transit_gateway_id", "`TransitGatewayId`."),
    text(
        "egress_only_internet_gateway_id",
        "`EgressOnlyInternetGatewayId`.",
    ),
    text(
        "state",
        "`active`, or `blackhole` where the target is gone (`State`).",
    ),
    text("origin", "`CreateRouteTable`, `CreateRoute`, … (`Origin`)."),
];

const ASSOCIATIONS: &[Field] = &[
    text("route_table_association_id", "`RouteTableAssociationId`."),
    text(
        "subnet_id",
        "The subnet; absent for the main association (`SubnetId`).",
    ),
    text(
        "gateway_id",
        "The gateway, for an edge association (`GatewayId`).",
    ),
    flag(
        "main",
        "Whether this makes it the VPC's main table (`Main`).",
    ),
    record(
        "association_state",
        &[text("state", "`associated`, … (`State`).")],
        "The state of the association (`AssociationState`).",
    ),
];

/// What a derived field of a route table comes to.
pub(super) fn derive<'a>(path: &[&str], table: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["subnets"] => all.many(Kind::Subnet, |subnet| {
            // Whether it is this table depends on the others: one that names the subnet goes before the main one.
            let tables = all.list(Kind::RouteTable).unwrap_or_default();
            effective_table(subnet, tables).is_some_and(|of| of["id"] == table["id"])
        }),
        ["vpc"] => all.one(Kind::Vpc, at(table, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}
