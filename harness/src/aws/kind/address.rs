//! Elastic IP addresses (`ec2:DescribeAddresses`).
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, TAGS, id, one, text};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::record::{Build, Named, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::Field;

/// The fields of an Elastic IP address.
pub(super) const FIELDS: &[Field] = &[
    id("`AllocationId`."),
    NAME_TAG,
    TAGS,
    text("public_ip", "`PublicIp`."),
    text(
        "private_ip_address",
        "The address that it stands for (`PrivateIpAddress`).",
    ),
    text("domain", "`vpc` (`Domain`)."),
    text(
        "association_id",
        "Absent where it is not in use, and costs money (`AssociationId`).",
    ),
    text("instance_id", "`InstanceId`."),
    text("network_interface_id", "`NetworkInterfaceId`."),
    one(
        "instance",
        Kind::Instance,
        "The instance that it belongs to.",
    ),
];

/// What a derived field of an address comes to.
pub(super) fn derive<'a>(path: &[&str], address: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["instance"] => all.one(Kind::Instance, at(address, &["instance_id"])),
        _ => Ok(Derived::Nothing),
    }
}

/// All Elastic IP addresses of the region, or the one with this id; the API has no pages for them.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Address.page_call());
    let filters = only.map(|id| vec![ec2_filter("allocation-id", id)]);
    let answer = clients
        .ec2
        .describe_addresses()
        .set_filters(filters)
        .send()
        .await;
    let listed = answer.map_err(|error| call.failed(&error))?.addresses;
    let listed = listed.ok_or_else(|| call.lacks("its list"))?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(address: &types::Address) -> Option<Record> {
    let record = Build::new()
        .text("id", Some(address.allocation_id()?))
        .tags(Named::ByTag, ec2_tags(address.tags()))
        .text("public_ip", address.public_ip())
        .text("private_ip_address", address.private_ip_address())
        .text("domain", address.domain().map(types::DomainType::as_str))
        .text("association_id", address.association_id())
        .text("instance_id", address.instance_id())
        .text("network_interface_id", address.network_interface_id());
    Some(record.done())
}
