//! VPCs (`ec2:DescribeVpcs`), and the two attributes that the listing leaves out (`ec2:DescribeVpcAttribute`).
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, OWNER, TAGS, costs, flag, id, list, many, record, text};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::own_call::OwnCall;
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// All VPCs of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Vpc.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_vpcs()
            .set_filters(only.map(|id| vec![ec2_filter("vpc-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.vpcs, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(vpc: &types::Vpc) -> Option<Record> {
    let blocks = vpc.cidr_block_association_set().iter().map(|block| {
        let state = block.cidr_block_state().and_then(|state| state.state());
        Build::new()
            .text("cidr_block", block.cidr_block())
            .text("association_id", block.association_id())
            .record(
                "cidr_block_state",
                state.map(|state| Build::new().text("state", Some(state.as_str()))),
            )
    });
    let record = Build::new()
        .text("id", Some(vpc.vpc_id()?))
        .tags(Named::ByTag, ec2_tags(vpc.tags()))
        .text("owner_id", vpc.owner_id())
        .text("cidr_block", vpc.cidr_block())
        .text("state", vpc.state().map(types::VpcState::as_str))
        .flag("is_default", vpc.is_default())
        .text(
            "instance_tenancy",
            vpc.instance_tenancy().map(types::Tenancy::as_str),
        )
        .text("dhcp_options_id", vpc.dhcp_options_id())
        .rows("cidr_block_association_set", blocks);
    Some(record.done())
}

/// One of the attributes that the listing leaves out.
pub(in crate::aws) async fn attribute(
    clients: &Clients,
    call: OwnCall,
    vpc_id: &str,
) -> Result<Record, ProbeError> {
    let dns_support = call == OwnCall::VpcDnsSupport;
    let call = clients.call(call.action());
    let name = if dns_support {
        types::VpcAttributeName::EnableDnsSupport
    } else {
        types::VpcAttributeName::EnableDnsHostnames
    };
    let answer = clients
        .ec2
        .describe_vpc_attribute()
        .vpc_id(vpc_id)
        .attribute(name)
        .send()
        .await;
    let answer = answer.map_err(|error| call.failed(&error))?;
    let (field, value) = if dns_support {
        ("enable_dns_support", answer.enable_dns_support)
    } else {
        ("enable_dns_hostnames", answer.enable_dns_hostnames)
    };
    let value = value.and_then(|value| value.value);
    let value = value.ok_or_else(|| call.lacks("the attribute's value"))?;
    Ok(Build::new().flag(field, Some(value)).done())
}
