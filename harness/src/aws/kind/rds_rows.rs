//! Rows that RDS writes alike into instances, clusters and subnet groups: their tables, conversions and relations.
use aws_sdk_rds::types;

use super::table::{one, record, text};
use crate::aws::Kind;
use crate::aws::record::{Build, Record, at};
use crate::aws::snapshot::{Derivation, Snapshot};
use crate::schema::Field;

/// The security groups of an instance or a cluster.
pub(super) const GROUPS: &[Field] = &[
    text("vpc_security_group_id", "`VpcSecurityGroupId`."),
    text("status", "`active`, `adding`, `removing` (`Status`)."),
    one("security_group", Kind::SecurityGroup, "The group itself."),
];

/// The subnets of a DB subnet group.
pub(super) const SUBNETS: &[Field] = &[
    text("subnet_identifier", "`SubnetIdentifier`."),
    text("subnet_status", "`Active`, … (`SubnetStatus`)."),
    record(
        "subnet_availability_zone",
        &[text("name", "`Name`.")],
        "`SubnetAvailabilityZone`.",
    ),
    one("subnet", Kind::Subnet, "The subnet itself."),
];

/// The group of a row of `vpc_security_groups`.
pub(super) fn security_group<'a>(row: &Record, all: &'a Snapshot) -> Derivation<'a> {
    all.one(Kind::SecurityGroup, at(row, &["vpc_security_group_id"]))
}

/// The subnet of a row of a DB subnet group's `subnets`.
pub(super) fn subnet<'a>(row: &Record, all: &'a Snapshot) -> Derivation<'a> {
    all.one(Kind::Subnet, at(row, &["subnet_identifier"]))
}

/// The secret that Secrets Manager keeps for an instance or a cluster.
pub(super) fn secret(secret: &types::MasterUserSecret) -> Build {
    Build::new()
        .text("secret_arn", secret.secret_arn())
        .text("secret_status", secret.secret_status())
}

/// A row of an instance's or a cluster's security groups.
pub(super) fn membership(group: &types::VpcSecurityGroupMembership) -> Build {
    Build::new()
        .text("vpc_security_group_id", group.vpc_security_group_id())
        .text("status", group.status())
}

/// A row of a DB subnet group's subnets.
pub(super) fn subnet_row(subnet: &types::Subnet) -> Build {
    let zone = subnet
        .subnet_availability_zone()
        .map(|zone| Build::new().text("name", zone.name()));
    Build::new()
        .text("subnet_identifier", subnet.subnet_identifier())
        .text("subnet_status", subnet.subnet_status())
        .record("subnet_availability_zone", zone)
}
