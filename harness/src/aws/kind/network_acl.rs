//! Network ACLs (`ec2:DescribeNetworkAcls`).
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, OWNER, TAGS, flag, id, int, list, many, one, record, text};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at, rows};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// All network ACLs of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::NetworkAcl.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_network_acls()
            .set_filters(only.map(|id| vec![ec2_filter("network-acl-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.network_acls, answer.next_token)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(acl: &types::NetworkAcl) -> Option<Record> {
    let mut entries: Vec<_> = acl.entries().iter().collect();
    entries.sort_by_key(|entry| (entry.egress(), entry.rule_number()));
    let associations = acl.associations().iter().map(|to| {
        Build::new()
            .text(
                "network_acl_association_id",
                to.network_acl_association_id(),
            )
            .text("subnet_id", to.subnet_id())
    });
    let record = Build::new()
        .text("id", Some(acl.network_acl_id()?))
        .tags(Named::ByTag, ec2_tags(acl.tags()))
        .text("owner_id", acl.owner_id())
        .text("vpc_id", acl.vpc_id())
        .flag("is_default", acl.is_default())
        .rows("entries", entries.into_iter().map(entry))
        .rows("associations", associations);
    Some(record.done())
}

fn entry(entry: &types::NetworkAclEntry) -> Build {
    let ports = entry
        .port_range()
        .map(|ports| Build::new().int("from", ports.from()).int("to", ports.to()));
    Build::new()
        .int("rule_number", entry.rule_number())
        .flag("egress", entry.egress())
        .text(
            "rule_action",
            entry.rule_action().map(types::RuleAction::as_str),
        )
        .text(
            "protocol",
            entry.protocol().map(super::security_group::protocol),
        )
        .text("cidr_block", entry.cidr_block())
        .text("ipv6_cidr_block", entry.ipv6_cidr_block())
        .record("port_range", ports)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_stand_by_direction_and_number_with_protocols_by_name() {
        let entry = |egress, number, protocol: &str| {
            types::NetworkAclEntry::builder()
                .egress(egress)
                .rule_number(number)
                .protocol(protocol)
                .build()
        };
        let acl = types::NetworkAcl::builder()
            .network_acl_id("acl-1")
            .entries(entry(true, 100, "-1"))
            .entries(entry(false, 32767, "-1"))
            .entries(entry(false, 100, "6"))
            .build();
        let record = convert(&acl).expect("it has an id");
        let seen: Vec<_> = rows(&record, "entries")
            .map(|row| {
                (
                    row["egress"] == true,
                    row["rule_number"].clone(),
                    row["protocol"].clone(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (false, json!(100), json!("tcp")),
                (false, json!(32767), json!("all")),
                (true, json!(100), json!("all")),
            ]
        );
    }
}
