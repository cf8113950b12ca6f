//! VPC endpoints (`ec2:DescribeVpcEndpoints`). Their policy documents are not kept.
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, OWNER, TAGS, flag, id, list, one, text, texts, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// All VPC endpoints of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::VpcEndpoint.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_vpc_endpoints()
            .set_filters(only.map(|id| vec![ec2_filter("vpc-endpoint-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.vpc_endpoints, answer.next_token)
    })
    .await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(endpoint: &types::VpcEndpoint) -> Option<Record> {
    let groups = endpoint.groups().iter().map(|group| {
        Build::new()
            .text("group_id", group.group_id())
            .text("group_name", group.group_name())
    });
    // The API writes `available` and the SDK's documentation `Available`.
    let state = endpoint
        .state()
        .map(|state| state.as_str().to_ascii_lowercase());
    let record = Build::new()
        .text("id", Some(endpoint.vpc_endpoint_id()?))
        .tags(Named::ByTag, ec2_tags(endpoint.tags()))
        .text("owner_id", endpoint.owner_id())
        .text("vpc_id", endpoint.vpc_id())
        .text(
            "vpc_endpoint_type",
            endpoint
                .vpc_endpoint_type()
                .map(types::VpcEndpointType::as_str),
        )
        .text("service_name", endpoint.service_name())
        .text("state", state)
        .texts("route_table_ids", endpoint.route_table_ids())
        .texts("subnet_ids", endpoint.subnet_ids())
        .rows("groups", groups)
        .flag("private_dns_enabled", endpoint.private_dns_enabled())
        .time("creation_timestamp", endpoint.creation_timestamp());
    Some(record.done())
}
