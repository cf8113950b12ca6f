//! Aurora clusters (`rds:DescribeDBClusters`): members with roles, and the endpoints that follow them.
use aws_sdk_rds::types;

use super::table::{flag, id, int, list, many, one, record, tags, text, texts, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, rds_tags};
use crate::aws::pages::{pages, unless_gone};
use crate::aws::record::{Build, Named, Record, at, rows};
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
        &Type::Record(super::rds_rows::GROUPS),
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
        ["vpc_security_groups", "security_group"] => super::rds_rows::security_group(node, all),
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

/// All clusters of the region, or the one with this identifier.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::DbCluster.page_call());
    let ask = |marker| {
        clients
            .rds
            .describe_db_clusters()
            .set_db_cluster_identifier(only.map(str::to_owned))
            .max_records(100)
            .set_marker(marker)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.db_clusters, answer.marker)).await;
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

fn convert(cluster: &types::DbCluster) -> Option<Record> {
    let id = cluster.db_cluster_identifier()?;
    let members = cluster.db_cluster_members().iter().map(|member| {
        Build::new()
            .text("db_instance_identifier", member.db_instance_identifier())
            .flag("is_cluster_writer", member.is_cluster_writer())
            .int("promotion_tier", member.promotion_tier())
            .text(
                "db_cluster_parameter_group_status",
                member.db_cluster_parameter_group_status(),
            )
    });
    let record = Build::new()
        .text("id", Some(id))
        .text("name", Some(id))
        .text("db_cluster_identifier", Some(id))
        .text("arn", cluster.db_cluster_arn())
        .tags(Named::ByItself, rds_tags(cluster.tag_list()))
        .text("status", Some(cluster.status()?))
        .text("engine", cluster.engine())
        .text("engine_version", cluster.engine_version())
        .text("engine_mode", cluster.engine_mode())
        .text("database_name", cluster.database_name())
        .text("master_username", cluster.master_username())
        .text("endpoint", cluster.endpoint())
        .text("reader_endpoint", cluster.reader_endpoint())
        .texts("custom_endpoints", cluster.custom_endpoints())
        .int("port", cluster.port())
        .flag("multi_az", cluster.multi_az())
        .texts("availability_zones", cluster.availability_zones())
        .flag("storage_encrypted", cluster.storage_encrypted())
        .flag("deletion_protection", cluster.deletion_protection())
        .int("backup_retention_period", cluster.backup_retention_period())
        .text("db_subnet_group", cluster.db_subnet_group())
        .text(
            "db_cluster_parameter_group",
            cluster.db_cluster_parameter_group(),
        )
        .text("hosted_zone_id", cluster.hosted_zone_id())
        .time("cluster_create_time", cluster.cluster_create_time())
        .record(
            "master_user_secret",
            cluster.master_user_secret().map(super::rds_rows::secret),
        )
        .rows(
            "vpc_security_groups",
            cluster
                .vpc_security_groups()
                .iter()
                .map(super::rds_rows::membership),
        )
        .rows("db_cluster_members", members);
    Some(record.done())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::Paths;

    fn expand(members: &[(&str, bool)], listed: &[&str], paths: &[&str]) -> Value {
        let members = members.iter().map(|&(id, writes)| {
            types::DbClusterMember::builder()
                .db_instance_identifier(id)
                .is_cluster_writer(writes)
                .build()
        });
        let cluster = types::DbCluster::builder()
            .db_cluster_identifier("wp")
            .status("available")
            .set_db_cluster_members(Some(members.collect()))
            .build();
        let mut all = Snapshot::of("ap-northeast-1");
        let instance =
            |id: &&str| serde_json::from_value(json!({ "id": id, "endpoint": { "address": id } }));
        let listed = listed.iter().map(instance).collect::<Result<_, _>>();
        all.put(Kind::DbInstance, Ok(listed.expect("objects")));
        let paths: Paths = paths
            .iter()
            .map(|path| path.split('.').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let cluster = convert(&cluster).expect("it has an identifier and a status");
        all.expand(Kind::DbCluster, &cluster, &paths)
            .expect("all was observed")
    }

    #[test]
    fn members_are_told_apart_by_role_and_not_by_name() {
        let cluster = expand(
            &[("wp-slave", true), ("wp", false)],
            &["wp", "wp-slave", "stranger"],
            &["writer.endpoint.address", "readers", "members"],
        );
        assert_eq!(cluster["writer"]["endpoint"]["address"], "wp-slave");
        assert_eq!(
            cluster["readers"],
            json!([{ "id": "wp", "endpoint": { "address": "wp" } }])
        );
        assert_eq!(cluster["members"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn a_cluster_without_a_writer_has_none_and_a_member_that_is_gone_is_no_reader() {
        let cluster = expand(&[("wp", false)], &[], &["writer", "readers"]);
        assert!(cluster.get("writer").is_none());
        assert_eq!(cluster["readers"], json!([]));
    }
}
