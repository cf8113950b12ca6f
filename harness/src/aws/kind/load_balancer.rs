//! Load balancers (`elasticloadbalancing:DescribeLoadBalancers`), and their attributes and tags.
use super::table::{costs, id, list, many, one, record, tags, text, texts, time};
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::record::{Record, at, rows, texts as record_texts};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a load balancer.
pub(super) const FIELDS: &[Field] = &[
    id("`LoadBalancerArn`, its account a pseudonym."),
    text("name", "`LoadBalancerName`."),
    text("arn", "`LoadBalancerArn`, its account a pseudonym."),
    costs(
        tags("The tags by key (`DescribeTags`)."),
        OwnCall::LoadBalancerTags,
    ),
    text("dns_name", "`DNSName`."),
    text("scheme", "`internet-facing` or `internal` (`Scheme`)."),
    text("type", "`application`, `network` or `gateway` (`Type`)."),
    record(
        "state",
        &[
            text(
                "code",
                "`provisioning`, `active`, `active_impaired`, `failed` (`Code`).",
            ),
            text("reason", "`Reason`."),
        ],
        "`State`.",
    ),
    text("vpc_id", "`VpcId`."),
    text(
        "ip_address_type",
        "`ipv4`, `dualstack`, … (`IpAddressType`).",
    ),
    text("canonical_hosted_zone_id", "`CanonicalHostedZoneId`."),
    time("created_time", "`CreatedTime`."),
    list(
        "availability_zones",
        &Type::Record(&[
            text("zone_name", "`ZoneName`."),
            text("subnet_id", "`SubnetId`."),
            one("subnet", Kind::Subnet, "The subnet itself."),
        ]),
        "The zones that it is in, each with its subnet (`AvailabilityZones`).",
    ),
    texts(
        "security_groups",
        "The ids of its security groups (`SecurityGroups`).",
    ),
    many("subnets", Kind::Subnet, "The subnets that it is in."),
    many("listeners", Kind::Listener, "Its listeners."),
    many(
        "target_groups",
        Kind::TargetGroup,
        "The target groups that it sends to.",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
    costs(
        Field::listed(
            "attributes",
            Type::Map(&Type::Text),
            "By key: `attributes.\"idle_timeout.timeout_seconds\"` (`DescribeLoadBalancerAttributes`).",
        ),
        OwnCall::LoadBalancerAttributes,
    ),
];

/// What a derived field of a load balancer comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    let arn = at(node, &["arn"]);
    match path {
        ["availability_zones", "subnet"] => all.one(Kind::Subnet, at(node, &["subnet_id"])),
        ["subnets"] => all.many(Kind::Subnet, |subnet| {
            rows(node, "availability_zones")
                .any(|zone| at(zone, &["subnet_id"]) == at(subnet, &["id"]))
        }),
        ["listeners"] => all.many(Kind::Listener, |listener| {
            at(listener, &["load_balancer_arn"]) == arn
        }),
        ["target_groups"] => all.many(Kind::TargetGroup, |group| {
            record_texts(group, "load_balancer_arns").any(|of| Some(of) == arn)
        }),
        ["vpc"] => all.one(Kind::Vpc, at(node, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}
