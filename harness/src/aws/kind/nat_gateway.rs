//! NAT gateways (`ec2:DescribeNatGateways`); deleted ones stay listed for about an hour.
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, TAGS, id, list, one, text, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// All NAT gateways of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::NatGateway.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_nat_gateways()
            .set_filter(only.map(|id| vec![ec2_filter("nat-gateway-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.nat_gateways, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(gateway: &types::NatGateway) -> Option<Record> {
    let addresses = gateway.nat_gateway_addresses().iter().map(|address| {
        Build::new()
            .text("allocation_id", address.allocation_id())
            .text("public_ip", address.public_ip())
            .text("private_ip", address.private_ip())
            .text("network_interface_id", address.network_interface_id())
    });
    let record = Build::new()
        .text("id", Some(gateway.nat_gateway_id()?))
        .tags(Named::ByTag, ec2_tags(gateway.tags()))
        .text("vpc_id", gateway.vpc_id())
        .text("subnet_id", gateway.subnet_id())
        .text("state", gateway.state().map(types::NatGatewayState::as_str))
        .text(
            "connectivity_type",
            gateway
                .connectivity_type()
                .map(types::ConnectivityType::as_str),
        )
        .text("failure_code", gateway.failure_code())
        .text("failure_message", gateway.failure_message())
        .time("create_time", gateway.create_time())
        .rows("nat_gateway_addresses", addresses);
    Some(record.done())
}
