//! Aurora clusters (`rds:DescribeDBClusters`): members with roles, and the endpoints that follow them.
use super::table::{flag, id, int, list, many, one, record, tags, text, texts, time};
use crate::aws::Kind;
use crate::aws::record::{Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::{Field, Type};
use serde_json::Value;

/// The fields of a cluster.
pub(super) const FIELDS: &[Field] = &[
    id("`DBClusterIdentifier`."),
    text("name", "`DBClusterIdentifier`."),
    text("db_cluster_identifier", "`DBClusterIdentifier`."),
    text("arn", "`DBClusterArn`, its account a pseudonym."),
    tags("The tags by key (`TagList`)."),
    text("status", "`available`, `failing-over`, … (`Status`)."),
    text("engine", "`aurora-mysql`, … (`Engine`)."),
    text(
        "engine_version",
        "`8.0.mysql_aurora.3.08.0` (`EngineVersion`).",
    ),
    text("engine_mode", "`provisioned`, … (`EngineMode`)."),
    text(
        "database_name",
        "The initial database; absent where none was named (`DatabaseName`).",
    ),
    text("master_username", "`MasterUsername`."),
    text("endpoint", "The name of the writer (`Endpoint`)."),
    text(
        "reader_endpoint",
        "The name of the readers; with one member it is the writer's too (`ReaderEndpoint`).",
    ),
    texts("custom_endpoints", "`CustomEndpoints`."),
    int("port", "`Port`."),
    flag(
        "multi_az",
        "Whether its members are in several zones (`MultiAZ`).",
    ),
    texts(
        "availability_zones",
        "Where its storage is; not its members' zones (`AvailabilityZones`).",
    ),
    flag("storage_encrypted", "`StorageEncrypted`."),
    flag("deletion_protection", "`DeletionProtection`."),
    int("backup_retention_period", "Days (`BackupRetentionPeriod`)."),
    text(
        "db_subnet_group",
        "The DB subnet group's name, in lower case (`DBSubnetGroup`).",
    ),
    text("db_cluster_parameter_group", "`DBClusterParameterGroup`."),
    text("hosted_zone_id", "`HostedZoneId`."),
    time("cluster_create_time", "`ClusterCreateTime`."),
    record(
        "master_user_secret",
        &[
            text("secret_arn", "`SecretArn`, its account a pseudonym."),
            text("secret_status", "`SecretStatus`."),
        ],
        "The secret that Secrets Manager keeps for it; absent where credentials are self-managed (`MasterUserSecret`).",
    ),
    list(
        "vpc_security_groups",
        &Type::Record(super::db_instance::GROUPS),
        "`VpcSecurityGroups`.",
    ),
    list(
        "db_cluster_members",
        &Type::Record(MEMBERS),
        "`DBClusterMembers`.",
    ),
    one("writer", Kind::DbInstance, "The member that writes."),
    many("readers", Kind::DbInstance, "The members that only read."),
    many("members", Kind::DbInstance, "All members."),
    many(
        "endpoints",
        Kind::DbClusterEndpoint,
        "Its endpoints with their types.",
    ),
    one("subnet_group", Kind::DbSubnetGroup, "Its DB subnet group."),
];

const MEMBERS: &[Field] = &[
    text("db_instance_identifier", "`DBInstanceIdentifier`."),
    flag("is_cluster_writer", "`IsClusterWriter`."),
    int(
        "promotion_tier",
        "0 to 15, the lowest is promoted first (`PromotionTier`).",
    ),
    text(
        "db_cluster_parameter_group_status",
        "`DBClusterParameterGroupStatus`.",
    ),
    one("instance", Kind::DbInstance, "The member itself."),
];

/// What a derived field of a cluster, or of a row in it, comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    let id = at(node, &["id"]);
    match path {
        ["writer"] => {
            let writers = members(node, all, |writes| writes)?;
            Ok(writers
                .into_iter()
                .next()
                .map_or(Derived::Nothing, Derived::One))
        }
        ["readers"] => members(node, all, |writes| !writes).map(Derived::Many),
        ["members"] => members(node, all, |_| true).map(Derived::Many),
        ["db_cluster_members", "instance"] => {
            all.one(Kind::DbInstance, at(node, &["db_instance_identifier"]))
        }
        ["endpoints"] => all.many(Kind::DbClusterEndpoint, |endpoint| {
            at(endpoint, &["db_cluster_identifier"]) == id
        }),
        ["subnet_group"] => all.one(Kind::DbSubnetGroup, at(node, &["db_subnet_group"])),
        ["vpc_security_groups", "security_group"] => super::db_instance::security_group(node, all),
        _ => Ok(Derived::Nothing),
    }
}

/// The instances among a cluster's members whose role is wanted, in the order of the members.
fn members<'a>(
    cluster: &Record,
    all: &'a Snapshot,
    wanted: impl Fn(bool) -> bool,
) -> Result<Vec<&'a Record>, ProbeError> {
    let mut found = Vec::new();
    for member in rows(cluster, "db_cluster_members") {
        if let Some(id) = at(member, &["db_instance_identifier"])
            && wanted(
                member
                    .get("is_cluster_writer")
                    .and_then(Value::as_bool)
                    .unwrap_or_default(),
            )
        {
            found.extend(all.find_by_id(Kind::DbInstance, id)?);
        }
    }
    all.list(Kind::DbInstance)?;
    Ok(found)
}
