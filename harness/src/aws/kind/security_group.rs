//! Security groups (`ec2:DescribeSecurityGroups`), their permissions taken apart into one row for each protocol, port
//! range and source, so that a check states what may enter and not how AWS groups it.
use super::table::{OWNER, TAGS, id, int, list, one, text};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a security group.
pub(super) const FIELDS: &[Field] = &[
    id("`GroupId`."),
    text("name", "`GroupName`; not the Name tag."),
    text("group_name", "`GroupName`."),
    text("arn", "`SecurityGroupArn`, its account a pseudonym."),
    TAGS,
    OWNER,
    text("description", "`Description`."),
    text("vpc_id", "`VpcId`."),
    list(
        "ingress",
        &Type::Record(ROWS),
        "What may enter: one row for each protocol, port range and source (`IpPermissions`).",
    ),
    list(
        "egress",
        &Type::Record(ROWS),
        "What may leave: one row for each protocol, port range and destination (`IpPermissionsEgress`).",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

const ROWS: &[Field] = &[
    text(
        "protocol",
        "`tcp`, `udp`, `icmp`, `icmpv6`, a protocol's number, or `all` for -1.",
    ),
    int(
        "from_port",
        "First port; 0 for `all`; the type for ICMP, -1 for any (`FromPort`).",
    ),
    int(
        "to_port",
        "Last port; 65535 for `all`; the code for ICMP, -1 for any (`ToPort`).",
    ),
    int(
        "port",
        "The port, where first and last are one; absent for `all` and ICMP.",
    ),
    text(
        "source",
        "The other end: a CIDR block, a security group's id or a prefix list's id.",
    ),
    text("source_kind", "`cidr`, `security_group` or `prefix_list`."),
    text(
        "source_owner_id",
        "The account of a source that is a security group, as its pseudonym (`UserId`).",
    ),
    text("description", "`Description`."),
    one(
        "source_group",
        Kind::SecurityGroup,
        "The source, where it is a security group of this account.",
    ),
];

/// What a derived field of a security group, or of one of its rows, comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["vpc"] => all.one(Kind::Vpc, at(node, &["vpc_id"])),
        ["ingress" | "egress", "source_group"] => {
            all.one(Kind::SecurityGroup, at(node, &["source"]))
        }
        _ => Ok(Derived::Nothing),
    }
}
