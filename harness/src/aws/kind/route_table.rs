//! Route tables (`ec2:DescribeRouteTables`): routes with one destination and one target each, and the subnets that a
//! table is in effect for.
use aws_sdk_ec2::types;

use super::subnet::effective_table;
use super::table::{NAME_TAG, OWNER, TAGS, flag, id, list, many, one, record, text};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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
            at(subnet, &["vpc_id"]) == at(table, &["vpc_id"])
                && effective_table(subnet, tables).is_some_and(|of| of["id"] == table["id"])
        }),
        ["vpc"] => all.one(Kind::Vpc, at(table, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}

/// All route tables of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::RouteTable.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_route_tables()
            .set_filters(only.map(|id| vec![ec2_filter("route-table-id", id)]))
            .max_results(100)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.route_tables, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id or a VPC")))
        .collect()
}

fn convert(table: &types::RouteTable) -> Option<Record> {
    let main = table
        .associations()
        .iter()
        .any(|to| to.main() == Some(true));
    let record = Build::new()
        .text("id", Some(table.route_table_id()?))
        .tags(Named::ByTag, ec2_tags(table.tags()))
        .text("owner_id", table.owner_id())
        .text("vpc_id", Some(table.vpc_id()?))
        .flag("main", Some(main))
        .rows("routes", table.routes().iter().map(route))
        .rows("associations", table.associations().iter().map(association));
    Some(record.done())
}

fn route(route: &types::Route) -> Build {
    let destination = route
        .destination_cidr_block()
        .or(route.destination_ipv6_cidr_block())
        .or(route.destination_prefix_list_id());
    // A route to an instance names its interface too; the instance is what a person set.
    let target = route
        .gateway_id()
        .or(route.nat_gateway_id())
        .or(route.instance_id())
        .or(route.network_interface_id())
        .or(route.vpc_peering_connection_id())
        .or(route.transit_gateway_id())
        .or(route.egress_only_internet_gateway_id())
        .or(route.local_gateway_id())
        .or(route.carrier_gateway_id())
        .or(route.core_network_arn());
    Build::new()
        .text("destination", destination)
        .text("target", target)
        .text("destination_cidr_block", route.destination_cidr_block())
        .text(
            "destination_ipv6_cidr_block",
            route.destination_ipv6_cidr_block(),
        )
        .text(
            "destination_prefix_list_id",
            route.destination_prefix_list_id(),
        )
        .text("gateway_id", route.gateway_id())
        .text("nat_gateway_id", route.nat_gateway_id())
        .text("instance_id", route.instance_id())
        .text("network_interface_id", route.network_interface_id())
        .text(
            "vpc_peering_connection_id",
            route.vpc_peering_connection_id(),
        )
        .text("transit_gateway_id", route.transit_gateway_id())
        .text(
            "egress_only_internet_gateway_id",
            route.egress_only_internet_gateway_id(),
        )
        .text("state", route.state().map(types::RouteState::as_str))
        .text("origin", route.origin().map(types::RouteOrigin::as_str))
}

fn association(to: &types::RouteTableAssociation) -> Build {
    let state = to.association_state().and_then(|state| state.state());
    Build::new()
        .text(
            "route_table_association_id",
            to.route_table_association_id(),
        )
        .text("subnet_id", to.subnet_id())
        .text("gateway_id", to.gateway_id())
        .flag("main", to.main())
        .record(
            "association_state",
            state.map(|state| Build::new().text("state", Some(state.as_str()))),
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_route_has_one_destination_and_one_target_whatever_they_are_called() {
        let cases = [
            (
                types::Route::builder()
                    .destination_cidr_block("10.0.0.0/16")
                    .gateway_id("local"),
                "10.0.0.0/16",
                "local",
            ),
            (
                types::Route::builder()
                    .destination_cidr_block("0.0.0.0/0")
                    .nat_gateway_id("nat-1"),
                "0.0.0.0/0",
                "nat-1",
            ),
            (
                types::Route::builder()
                    .destination_ipv6_cidr_block("::/0")
                    .egress_only_internet_gateway_id("eigw-1"),
                "::/0",
                "eigw-1",
            ),
            (
                types::Route::builder()
                    .destination_prefix_list_id("pl-1")
                    .gateway_id("vpce-1"),
                "pl-1",
                "vpce-1",
            ),
            (
                types::Route::builder()
                    .destination_cidr_block("0.0.0.0/0")
                    .instance_id("i-1")
                    .network_interface_id("eni-1"),
                "0.0.0.0/0",
                "i-1",
            ),
        ];
        for (built, destination, target) in cases {
            let row = route(&built.build()).done();
            assert_eq!(
                (&row["destination"], &row["target"]),
                (&json!(destination), &json!(target))
            );
        }
    }

    #[test]
    fn a_table_is_the_main_one_by_its_association() {
        let table = |main| {
            let to = types::RouteTableAssociation::builder().main(main).build();
            let table = types::RouteTable::builder()
                .route_table_id("rtb-1")
                .vpc_id("vpc-1")
                .associations(to);
            convert(&table.build()).expect("it has an id and a VPC")["main"].clone()
        };
        assert_eq!((table(true), table(false)), (json!(true), json!(false)));
    }
}
