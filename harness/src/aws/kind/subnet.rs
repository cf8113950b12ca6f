//! Subnets (`ec2:DescribeSubnets`) and what their effective route table makes of them.
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, OWNER, TAGS, flag, id, int, one, text};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// What a derived field of a subnet comes to.
pub(super) fn derive<'a>(path: &[&str], subnet: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["public"] => {
            let table = effective_table(subnet, all.list(Kind::RouteTable)?);
            let public = table.is_some_and(|table| rows(table, "routes").any(to_the_internet));
            Ok(Derived::Value(public.into()))
        }
        ["route_table"] => {
            let table = effective_table(subnet, all.list(Kind::RouteTable)?);
            Ok(table.map_or(Derived::Nothing, Derived::One))
        }
        ["network_acl"] => {
            let (id, vpc) = (at(subnet, &["id"]), at(subnet, &["vpc_id"]));
            let acls = all.list(Kind::NetworkAcl)?.iter();
            let mut acls = acls.filter(|acl| at(acl, &["vpc_id"]) == vpc);
            let mine =
                acls.find(|acl| rows(acl, "associations").any(|to| at(to, &["subnet_id"]) == id));
            Ok(mine.map_or(Derived::Nothing, Derived::One))
        }
        ["vpc"] => all.one(Kind::Vpc, at(subnet, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}

/// The route table in effect for a subnet: the one associated with it, else its VPC's main one.
pub(super) fn effective_table<'a>(subnet: &Record, tables: &'a [Record]) -> Option<&'a Record> {
    let id = at(subnet, &["id"])?;
    let vpc = at(subnet, &["vpc_id"])?;
    // First by the VPC: the account may hold a whole class's.
    let mut of_vpc = tables
        .iter()
        .filter(|table| at(table, &["vpc_id"]) == Some(vpc));
    let own = of_vpc
        .clone()
        .find(|table| rows(table, "associations").any(|to| at(to, &["subnet_id"]) == Some(id)));
    own.or_else(|| of_vpc.find(|table| table["main"] == true))
}

/// Whether a route is the default one and leads to an internet gateway.
fn to_the_internet(route: &Record) -> bool {
    at(route, &["destination_cidr_block"]) == Some("0.0.0.0/0")
        && at(route, &["gateway_id"]).is_some_and(|id| id.starts_with("igw-"))
}

/// All subnets of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Subnet.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_subnets()
            .set_filters(only.map(|id| vec![ec2_filter("subnet-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.subnets, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id or a VPC")))
        .collect()
}

fn convert(subnet: &types::Subnet) -> Option<Record> {
    let record = Build::new()
        .text("id", Some(subnet.subnet_id()?))
        .tags(Named::ByTag, ec2_tags(subnet.tags()))
        .text("arn", subnet.subnet_arn())
        .text("owner_id", subnet.owner_id())
        .text("vpc_id", Some(subnet.vpc_id()?))
        .text("cidr_block", subnet.cidr_block())
        .text("availability_zone", subnet.availability_zone())
        .text("availability_zone_id", subnet.availability_zone_id())
        .text("state", subnet.state().map(types::SubnetState::as_str))
        .flag("map_public_ip_on_launch", subnet.map_public_ip_on_launch())
        .flag("default_for_az", subnet.default_for_az())
        .flag(
            "assign_ipv6_address_on_creation",
            subnet.assign_ipv6_address_on_creation(),
        )
        .int(
            "available_ip_address_count",
            subnet.available_ip_address_count(),
        );
    Some(record.done())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::Paths;
    use crate::fault::{Code, Layer};

    fn records(values: Value) -> Vec<Record> {
        serde_json::from_value(values).expect("a list of objects")
    }

    /// A VPC whose main table leads inside, and a second VPC whose main table leads outside.
    fn snapshot(tables: Value) -> Snapshot {
        let mut all = Snapshot::of("us-east-1");
        all.put(Kind::RouteTable, Ok(records(tables)));
        all
    }

    fn public(all: &Snapshot) -> Result<Value, ProbeError> {
        let subnet = &records(json!([{ "id": "subnet-1", "vpc_id": "vpc-1" }]))[0];
        let paths: Paths = [vec!["public".to_owned()]].into_iter().collect();
        all.expand(Kind::Subnet, subnet, &paths)
            .map(|value| value["public"].clone())
    }

    #[test]
    fn a_subnet_is_public_by_its_own_table_else_by_its_vpcs_main_one() {
        let igw = json!([{ "destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1", "state": "blackhole" }]);
        let nat = json!([{ "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1" }]);
        let near = json!([{ "destination_cidr_block": "1.2.3.0/24", "gateway_id": "igw-1" }]);
        let own = |routes: &Value| {
            json!({
                "vpc_id": "vpc-1", "main": false, "routes": routes, "associations": [{ "subnet_id": "subnet-1" }]
            })
        };
        let main = |vpc: &str, routes: &Value| {
            json!({
                "vpc_id": vpc, "main": true, "routes": routes, "associations": [{ "main": true }]
            })
        };
        for (tables, expected) in [
            (json!([main("vpc-1", &json!([])), own(&igw)]), true),
            (json!([main("vpc-1", &igw), own(&json!([]))]), false),
            (json!([main("vpc-2", &igw), main("vpc-1", &nat)]), false),
            (json!([main("vpc-2", &nat), main("vpc-1", &igw)]), true),
            (json!([own(&near)]), false),
            (json!([]), false),
        ] {
            assert_eq!(
                public(&snapshot(tables.clone())),
                Ok(json!(expected)),
                "{tables}"
            );
        }
    }

    #[test]
    fn without_the_route_tables_nothing_is_said_of_it() {
        let denied = ProbeError::new(
            Code::AccessDenied,
            Layer::Aws,
            "ec2:DescribeRouteTables (us-east-1)",
            "",
        );
        let mut all = Snapshot::of("us-east-1");
        assert_eq!(
            public(&all).map_err(|error| error.code),
            Err(Code::NotInEvidence)
        );
        all.put(Kind::RouteTable, Err(denied.clone()));
        assert_eq!(public(&all), Err(denied));
    }
}
