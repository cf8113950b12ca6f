//! DB subnet groups (`rds:DescribeDBSubnetGroups`).
use super::table::{costs, id, list, many, one, tags, text, texts};
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::record::{Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a DB subnet group.
pub(super) const FIELDS: &[Field] = &[
    id("`DBSubnetGroupName`, in lower case as RDS keeps it."),
    text("name", "`DBSubnetGroupName`."),
    text("db_subnet_group_name", "`DBSubnetGroupName`."),
    text("arn", "`DBSubnetGroupArn`, its account a pseudonym."),
    costs(
        tags("The tags by key (`ListTagsForResource`)."),
        OwnCall::DbSubnetGroupTags,
    ),
    text("db_subnet_group_description", "`DBSubnetGroupDescription`."),
    text("vpc_id", "`VpcId`."),
    text(
        "subnet_group_status",
        "`Complete`, … (`SubnetGroupStatus`).",
    ),
    texts("supported_network_types", "`SupportedNetworkTypes`."),
    list(
        "subnets",
        &Type::Record(super::db_instance::SUBNETS),
        "`Subnets`.",
    ),
    many(
        "ec2_subnets",
        Kind::Subnet,
        "The subnets as EC2 knows them.",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

/// What a derived field of a DB subnet group, or of a row in it, comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["subnets", "subnet"] => super::db_instance::subnet(node, all),
        ["ec2_subnets"] => all.many(Kind::Subnet, |subnet| {
            rows(node, "subnets").any(|row| at(row, &["subnet_identifier"]) == at(subnet, &["id"]))
        }),
        ["vpc"] => all.one(Kind::Vpc, at(node, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}
