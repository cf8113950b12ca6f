//! Network ACLs (`ec2:DescribeNetworkAcls`).
use super::table::{NAME_TAG, OWNER, TAGS, flag, id, int, list, many, one, record, text};
use crate::aws::Kind;
use crate::aws::record::{Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a network ACL.
pub(super) const FIELDS: &[Field] = &[
    id("`NetworkAclId`."),
    NAME_TAG,
    TAGS,
    OWNER,
    text("vpc_id", "`VpcId`."),
    flag(
        "is_default",
        "Whether it is the VPC's default one (`IsDefault`).",
    ),
    list(
        "entries",
        &Type::Record(ENTRIES),
        "The rules in both directions, by direction and number (`Entries`).",
    ),
    list(
        "associations",
        &Type::Record(&[
            text("network_acl_association_id", "`NetworkAclAssociationId`."),
            text("subnet_id", "`SubnetId`."),
        ]),
        "The subnets that it is associated with (`Associations`).",
    ),
    many(
        "subnets",
        Kind::Subnet,
        "The subnets that it is associated with.",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

const ENTRIES: &[Field] = &[
    int(
        "rule_number",
        "Evaluated from the lowest; 32767 is the closing `*` (`RuleNumber`).",
    ),
    flag(
        "egress",
        "Whether it is for traffic that leaves the subnet (`Egress`).",
    ),
    text("rule_action", "`allow` or `deny` (`RuleAction`)."),
    text(
        "protocol",
        "`all`, `tcp`, `udp`, `icmp`, or a protocol's number (`Protocol`).",
    ),
    text("cidr_block", "`CidrBlock`."),
    text("ipv6_cidr_block", "`Ipv6CidrBlock`."),
    record(
        "port_range",
        &[
            int("from", "First port (`From`)."),
            int("to", "Last port (`To`)."),
        ],
        "The ports, for TCP and UDP (`PortRange`).",
    ),
];

/// What a derived field of a network ACL comes to.
pub(super) fn derive<'a>(path: &[&str], acl: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["subnets"] => all.many(Kind::Subnet, |subnet| {
            rows(acl, "associations").any(|to| at(to, &["subnet_id"]) == at(subnet, &["id"]))
        }),
        ["vpc"] => all.one(Kind::Vpc, at(acl, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}
