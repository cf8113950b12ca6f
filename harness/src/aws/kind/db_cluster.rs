//! Aurora clusters (`rds:DescribeDBClusters`): members with roles, and the endpoints that follow them.
use super::table::{flag, id, int, list, many, one, record, tags, text, texts, time};
use crate::aws::Kind;
use crate::schema::{Field, Type};

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
