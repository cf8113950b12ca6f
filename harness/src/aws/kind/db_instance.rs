//! RDS and Aurora instances (`rds:DescribeDBInstances`).
use aws_sdk_rds::types;

use super::rds_rows;
use super::table::{flag, id, int, list, one, record, tags, text, texts, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, rds_tags};
use crate::aws::pages::{pages, unless_gone};
use crate::aws::record::{Build, Named, Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::{Field, Type};

/// The fields of a DB instance.
pub(super) const FIELDS: &[Field] = &[
    id("`DBInstanceIdentifier`."),
    text("name", "`DBInstanceIdentifier`."),
    text("db_instance_identifier", "`DBInstanceIdentifier`."),
    text("arn", "`DBInstanceArn`, its account a pseudonym."),
    tags("The tags by key (`TagList`)."),
    text(
        "db_instance_status",
        "`creating`, `available`, `stopped`, … (`DBInstanceStatus`).",
    ),
    text("db_instance_class", "`db.t3.micro` (`DBInstanceClass`)."),
    text("engine", "`mysql`, `aurora-mysql`, … (`Engine`)."),
    text("engine_version", "`8.4.6` (`EngineVersion`)."),
    text(
        "db_name",
        "The initial database; absent where none was named (`DBName`).",
    ),
    text("master_username", "`MasterUsername`."),
    record(
        "endpoint",
        &[
            text("address", "The name that clients connect to (`Address`)."),
            int("port", "`Port`."),
            text("hosted_zone_id", "`HostedZoneId`."),
        ],
        "Absent until late in `creating` (`Endpoint`).",
    ),
    record(
        "master_user_secret",
        &[
            text("secret_arn", "`SecretArn`, its account a pseudonym."),
            text("secret_status", "`SecretStatus`."),
        ],
        "The secret that Secrets Manager keeps for it; absent where credentials are self-managed (`MasterUserSecret`).",
    ),
    int("allocated_storage", "GiB (`AllocatedStorage`)."),
    text("storage_type", "`gp2`, `gp3`, `aurora`, … (`StorageType`)."),
    flag("storage_encrypted", "`StorageEncrypted`."),
    flag(
        "multi_az",
        "Whether it has a standby in another zone (`MultiAZ`).",
    ),
    text("availability_zone", "`AvailabilityZone`."),
    text(
        "secondary_availability_zone",
        "The standby's (`SecondaryAvailabilityZone`).",
    ),
    flag("publicly_accessible", "`PubliclyAccessible`."),
    text(
        "vpc_id",
        "The VPC of its subnet group (`DBSubnetGroup.VpcId`).",
    ),
    record("db_subnet_group", SUBNET_GROUP, "`DBSubnetGroup`."),
    list(
        "vpc_security_groups",
        &Type::Record(rds_rows::GROUPS),
        "`VpcSecurityGroups`.",
    ),
    list(
        "db_parameter_groups",
        &Type::Record(&[
            text("db_parameter_group_name", "`DBParameterGroupName`."),
            text("parameter_apply_status", "`ParameterApplyStatus`."),
        ]),
        "`DBParameterGroups`.",
    ),
    text(
        "db_cluster_identifier",
        "The cluster that it is a member of (`DBClusterIdentifier`).",
    ),
    int(
        "promotion_tier",
        "0 to 15, the lowest is promoted first (`PromotionTier`).",
    ),
    text(
        "read_replica_source_db_instance_identifier",
        "`ReadReplicaSourceDBInstanceIdentifier`.",
    ),
    texts(
        "read_replica_db_instance_identifiers",
        "`ReadReplicaDBInstanceIdentifiers`.",
    ),
    int(
        "monitoring_interval",
        "Seconds, 0 for none (`MonitoringInterval`).",
    ),
    flag(
        "performance_insights_enabled",
        "`PerformanceInsightsEnabled`.",
    ),
    flag("auto_minor_version_upgrade", "`AutoMinorVersionUpgrade`."),
    flag("deletion_protection", "`DeletionProtection`."),
    flag(
        "iam_database_authentication_enabled",
        "`IAMDatabaseAuthenticationEnabled`.",
    ),
    int("backup_retention_period", "Days (`BackupRetentionPeriod`)."),
    text("ca_certificate_identifier", "`CACertificateIdentifier`."),
    time("instance_create_time", "`InstanceCreateTime`."),
    Field::derived(
        "is_cluster_writer",
        Type::Boolean,
        &[Kind::DbCluster],
        "Whether it is its cluster's writer; absent where it is in no cluster (`DBClusterMembers[].IsClusterWriter`).",
    ),
    one(
        "cluster",
        Kind::DbCluster,
        "The cluster that it is a member of.",
    ),
    one("subnet_group", Kind::DbSubnetGroup, "Its DB subnet group."),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
];

const SUBNET_GROUP: &[Field] = &[
    text("db_subnet_group_name", "`DBSubnetGroupName`."),
    text("db_subnet_group_description", "`DBSubnetGroupDescription`."),
    text("vpc_id", "`VpcId`."),
    text("subnet_group_status", "`SubnetGroupStatus`."),
    list("subnets", &Type::Record(rds_rows::SUBNETS), "`Subnets`."),
];

/// What a derived field of a DB instance, or of a row in it, comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["is_cluster_writer"] => {
            let id = at(node, &["id"]);
            let members = all
                .list(Kind::DbCluster)?
                .iter()
                .flat_map(|cluster| rows(cluster, "db_cluster_members"));
            let mine = members
                .filter(|member| at(member, &["db_instance_identifier"]) == id)
                .find_map(|member| member.get("is_cluster_writer").cloned());
            Ok(mine.map_or(Derived::Nothing, Derived::Value))
        }
        ["cluster"] => all.one(Kind::DbCluster, at(node, &["db_cluster_identifier"])),
        ["subnet_group"] => all.one(
            Kind::DbSubnetGroup,
            at(node, &["db_subnet_group", "db_subnet_group_name"]),
        ),
        ["vpc"] => all.one(Kind::Vpc, at(node, &["vpc_id"])),
        ["vpc_security_groups", "security_group"] => rds_rows::security_group(node, all),
        ["db_subnet_group", "subnets", "subnet"] => rds_rows::subnet(node, all),
        _ => Ok(Derived::Nothing),
    }
}

/// All DB instances of the region, or the one with this identifier.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::DbInstance.page_call());
    let ask = |marker| {
        clients
            .rds
            .describe_db_instances()
            .set_db_instance_identifier(only.map(str::to_owned))
            .max_records(100)
            .set_marker(marker)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.db_instances, answer.marker)).await;
    let listed = if only.is_some() {
        unless_gone(listed)?
    } else {
        listed?
    };
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an identifier or a status")))
        .collect()
}

fn convert(instance: &types::DbInstance) -> Option<Record> {
    let id = instance.db_instance_identifier()?;
    let endpoint = instance.endpoint().map(|endpoint| {
        Build::new()
            .text("address", endpoint.address())
            .int("port", endpoint.port())
            .text("hosted_zone_id", endpoint.hosted_zone_id())
    });
    let parameter_groups = instance.db_parameter_groups().iter().map(|group| {
        Build::new()
            .text("db_parameter_group_name", group.db_parameter_group_name())
            .text("parameter_apply_status", group.parameter_apply_status())
    });
    let subnet_group = instance.db_subnet_group();
    let record = Build::new()
        .text("id", Some(id))
        .text("name", Some(id))
        .text("db_instance_identifier", Some(id))
        .text("arn", instance.db_instance_arn())
        .tags(Named::ByItself, rds_tags(instance.tag_list()))
        .text("db_instance_status", Some(instance.db_instance_status()?))
        .text("db_instance_class", instance.db_instance_class())
        .text("engine", instance.engine())
        .text("engine_version", instance.engine_version())
        .text("db_name", instance.db_name())
        .text("master_username", instance.master_username())
        .record("endpoint", endpoint)
        .record(
            "master_user_secret",
            instance.master_user_secret().map(rds_rows::secret),
        )
        .int("allocated_storage", instance.allocated_storage())
        .text("storage_type", instance.storage_type())
        .flag("storage_encrypted", instance.storage_encrypted())
        .flag("multi_az", instance.multi_az())
        .text("availability_zone", instance.availability_zone())
        .text(
            "secondary_availability_zone",
            instance.secondary_availability_zone(),
        )
        .flag("publicly_accessible", instance.publicly_accessible())
        .text("vpc_id", subnet_group.and_then(|group| group.vpc_id()))
        .record("db_subnet_group", subnet_group.map(embedded_subnet_group))
        .rows(
            "vpc_security_groups",
            instance
                .vpc_security_groups()
                .iter()
                .map(rds_rows::membership),
        )
        .rows("db_parameter_groups", parameter_groups);
    Some(settings(record, instance).done())
}

/// The rest of an instance: its place among others, and its settings.
fn settings(record: Build, instance: &types::DbInstance) -> Build {
    record
        .text("db_cluster_identifier", instance.db_cluster_identifier())
        .int("promotion_tier", instance.promotion_tier())
        .text(
            "read_replica_source_db_instance_identifier",
            instance.read_replica_source_db_instance_identifier(),
        )
        .texts(
            "read_replica_db_instance_identifiers",
            instance.read_replica_db_instance_identifiers(),
        )
        .int("monitoring_interval", instance.monitoring_interval())
        .flag(
            "performance_insights_enabled",
            instance.performance_insights_enabled(),
        )
        .flag(
            "auto_minor_version_upgrade",
            instance.auto_minor_version_upgrade(),
        )
        .flag("deletion_protection", instance.deletion_protection())
        .flag(
            "iam_database_authentication_enabled",
            instance.iam_database_authentication_enabled(),
        )
        .int(
            "backup_retention_period",
            instance.backup_retention_period(),
        )
        .text(
            "ca_certificate_identifier",
            instance.ca_certificate_identifier(),
        )
        .time("instance_create_time", instance.instance_create_time())
}

fn embedded_subnet_group(group: &types::DbSubnetGroup) -> Build {
    Build::new()
        .text("db_subnet_group_name", group.db_subnet_group_name())
        .text(
            "db_subnet_group_description",
            group.db_subnet_group_description(),
        )
        .text("vpc_id", group.vpc_id())
        .text("subnet_group_status", group.subnet_group_status())
        .rows("subnets", group.subnets().iter().map(rds_rows::subnet_row))
}
