//! DB subnet groups (`rds:DescribeDBSubnetGroups`).
use aws_sdk_rds::types;

use super::table::{costs, id, list, many, one, tags, text, texts};
use crate::aws::Kind;
use crate::aws::clients::{Clients, rds_tags};
use crate::aws::own_call::OwnCall;
use crate::aws::pages::{pages, unless_gone};
use crate::aws::record::{Build, Named, Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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
        &Type::Record(super::rds_rows::SUBNETS),
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
        ["subnets", "subnet"] => super::rds_rows::subnet(node, all),
        ["ec2_subnets"] => all.many(Kind::Subnet, |subnet| {
            rows(node, "subnets").any(|row| at(row, &["subnet_identifier"]) == at(subnet, &["id"]))
        }),
        ["vpc"] => all.one(Kind::Vpc, at(node, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}

/// All DB subnet groups of the region, or the one with this name.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::DbSubnetGroup.page_call());
    let ask = |marker| {
        clients
            .rds
            .describe_db_subnet_groups()
            .set_db_subnet_group_name(only.map(str::to_owned))
            .max_records(100)
            .set_marker(marker)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.db_subnet_groups, answer.marker)).await;
    let listed = if only.is_some() {
        unless_gone(listed)?
    } else {
        listed?
    };
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("a name")))
        .collect()
}

fn convert(group: &types::DbSubnetGroup) -> Option<Record> {
    let name = group.db_subnet_group_name()?;
    let record = Build::new()
        .text("id", Some(name))
        .text("name", Some(name))
        .text("db_subnet_group_name", Some(name))
        .text("arn", group.db_subnet_group_arn())
        .text(
            "db_subnet_group_description",
            group.db_subnet_group_description(),
        )
        .text("vpc_id", group.vpc_id())
        .text("subnet_group_status", group.subnet_group_status())
        .texts("supported_network_types", group.supported_network_types())
        .rows(
            "subnets",
            group.subnets().iter().map(super::rds_rows::subnet_row),
        );
    Some(record.done())
}

/// The tags of the DB subnet group with this ARN.
pub(in crate::aws) async fn group_tags(clients: &Clients, arn: &str) -> Result<Record, ProbeError> {
    let call = clients.call(OwnCall::DbSubnetGroupTags.action());
    let answer = clients
        .rds
        .list_tags_for_resource()
        .resource_name(arn)
        .send()
        .await;
    let given = answer.map_err(|error| call.failed(&error))?.tag_list;
    let given = given.ok_or_else(|| call.lacks("its list"))?;
    Ok(Build::new().tags(Named::ByItself, rds_tags(&given)).done())
}
