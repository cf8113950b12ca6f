//! Security groups (`ec2:DescribeSecurityGroups`), their permissions taken apart into one row for each protocol, port
//! range and source, so that a check states what may enter and not how AWS groups it.
use aws_sdk_ec2::types;

use super::table::{OWNER, TAGS, id, int, list, one, text};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// All security groups of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::SecurityGroup.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_security_groups()
            .set_filters(only.map(|id| vec![ec2_filter("group-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.security_groups, answer.next_token)
    })
    .await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(group: &types::SecurityGroup) -> Option<Record> {
    let record = Build::new()
        .text("id", Some(group.group_id()?))
        .text("name", group.group_name())
        .text("group_name", group.group_name())
        .text("arn", group.security_group_arn())
        .tags(Named::ByItself, ec2_tags(group.tags()))
        .text("owner_id", group.owner_id())
        .text("description", group.description())
        .text("vpc_id", group.vpc_id())
        .rows(
            "ingress",
            group.ip_permissions().iter().flat_map(permission),
        )
        .rows(
            "egress",
            group.ip_permissions_egress().iter().flat_map(permission),
        );
    Some(record.done())
}

/// A permission's rows, one for each source.
fn permission(permission: &types::IpPermission) -> Vec<Build> {
    let row = |kind: &str, source: Option<&str>, description: Option<&str>| {
        ports(permission)
            .text("source", source)
            .text("source_kind", Some(kind))
            .text("description", description)
    };
    let v4 = permission
        .ip_ranges()
        .iter()
        .map(|range| row("cidr", range.cidr_ip(), range.description()));
    let v6 = permission
        .ipv6_ranges()
        .iter()
        .map(|range| row("cidr", range.cidr_ipv6(), range.description()));
    let groups = permission.user_id_group_pairs().iter().map(|pair| {
        row("security_group", pair.group_id(), pair.description())
            .text("source_owner_id", pair.user_id())
    });
    let lists = permission
        .prefix_list_ids()
        .iter()
        .map(|list| row("prefix_list", list.prefix_list_id(), list.description()));
    v4.chain(v6).chain(groups).chain(lists).collect()
}

fn ports(permission: &types::IpPermission) -> Build {
    let protocol = protocol(permission.ip_protocol().unwrap_or_default());
    let (from, to) = (permission.from_port(), permission.to_port());
    let (from, to, port) = match protocol {
        "all" => (Some(0), Some(65535), None),
        "icmp" | "icmpv6" => (from, to, None),
        _ => (from, to, from.filter(|_| from == to)),
    };
    Build::new()
        .text("protocol", Some(protocol))
        .int("from_port", from)
        .int("to_port", to)
        .int("port", port)
}

/// A protocol by name where AWS may give its number.
pub(super) fn protocol(given: &str) -> &str {
    match given {
        "-1" => "all",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rows_of(permission: types::IpPermission) -> Value {
        let group = types::SecurityGroup::builder()
            .group_id("sg-1")
            .ip_permissions(permission)
            .build();
        convert(&group).expect("it has an id")["ingress"].clone()
    }

    fn tcp(from: i32, to: i32) -> types::builders::IpPermissionBuilder {
        types::IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(from)
            .to_port(to)
    }

    #[test]
    fn a_permission_is_a_row_for_each_source() {
        let permission = tcp(3000, 3000)
            .ip_ranges(
                types::IpRange::builder()
                    .cidr_ip("0.0.0.0/0")
                    .description("d")
                    .build(),
            )
            .ipv6_ranges(types::Ipv6Range::builder().cidr_ipv6("::/0").build())
            .user_id_group_pairs(
                types::UserIdGroupPair::builder()
                    .group_id("sg-2")
                    .user_id("123456789012")
                    .build(),
            )
            .prefix_list_ids(
                types::PrefixListId::builder()
                    .prefix_list_id("pl-1")
                    .build(),
            )
            .build();
        let port = json!({ "protocol": "tcp", "from_port": 3000, "to_port": 3000, "port": 3000 });
        let row = |other: Value| {
            let mut row = port.clone();
            let (Value::Object(row_fields), Value::Object(other)) = (&mut row, other) else {
                unreachable!("both are objects");
            };
            row_fields.extend(other);
            row
        };
        assert_eq!(
            rows_of(permission),
            json!([
                row(json!({ "source": "0.0.0.0/0", "source_kind": "cidr", "description": "d" })),
                row(json!({ "source": "::/0", "source_kind": "cidr" })),
                row(
                    json!({ "source": "sg-2", "source_kind": "security_group", "source_owner_id": "123456789012" })
                ),
                row(json!({ "source": "pl-1", "source_kind": "prefix_list" })),
            ])
        );
    }

    #[test]
    fn all_protocols_are_all_ports_and_no_single_one() {
        let all = types::IpPermission::builder()
            .ip_protocol("-1")
            .ip_ranges(types::IpRange::builder().cidr_ip("0.0.0.0/0").build())
            .build();
        assert_eq!(
            rows_of(all),
            json!([{ "protocol": "all", "from_port": 0, "to_port": 65535, "source": "0.0.0.0/0", "source_kind": "cidr" }])
        );
    }

    #[test]
    fn a_range_has_no_single_port_and_icmp_has_a_type() {
        let any = types::IpRange::builder().cidr_ip("10.0.0.0/8").build();
        let range = rows_of(tcp(3000, 3010).ip_ranges(any.clone()).build());
        assert!(range[0].get("port").is_none());
        let ping = types::IpPermission::builder()
            .ip_protocol("1")
            .from_port(-1)
            .to_port(-1)
            .ip_ranges(any)
            .build();
        let ping = rows_of(ping);
        assert_eq!(
            (&ping[0]["protocol"], &ping[0]["from_port"]),
            (&json!("icmp"), &json!(-1))
        );
        assert!(ping[0].get("port").is_none());
    }

    #[test]
    fn a_permission_without_a_source_lets_nothing_in() {
        assert_eq!(rows_of(tcp(22, 22).build()), json!([]));
    }

    #[test]
    fn a_group_without_an_id_is_no_record() {
        assert!(convert(&types::SecurityGroup::builder().group_name("x").build()).is_none());
    }
}
