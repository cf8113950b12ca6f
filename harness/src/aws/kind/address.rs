//! Elastic IP addresses (`ec2:DescribeAddresses`).
use super::table::{NAME_TAG, TAGS, id, one, text};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
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
