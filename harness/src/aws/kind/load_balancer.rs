//! Load balancers (`elasticloadbalancing:DescribeLoadBalancers`), and their attributes and tags.
use aws_sdk_elasticloadbalancingv2::types;

use super::table::{costs, id, list, many, one, record, tags, text, texts, time};
use crate::aws::Kind;
use crate::aws::clients::{Clients, elb_tags};
use crate::aws::own_call::OwnCall;
use crate::aws::pages::{pages, unless_gone};
use crate::aws::record::{Build, Named, Record, at, rows, texts as record_texts};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// All load balancers of the region, or the one with this ARN.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::LoadBalancer.page_call());
    let ask = |marker| {
        let request = clients.elb.describe_load_balancers();
        // ARNs and a page size exclude each other.
        let request = match only {
            Some(arn) => request.load_balancer_arns(arn),
            None => request.page_size(400).set_marker(marker),
        };
        request.send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.load_balancers, answer.next_marker)
    })
    .await;
    let listed = if only.is_some() {
        unless_gone(listed)?
    } else {
        listed?
    };
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an ARN")))
        .collect()
}

fn convert(balancer: &types::LoadBalancer) -> Option<Record> {
    let arn = balancer.load_balancer_arn()?;
    let zones = balancer.availability_zones().iter().map(|zone| {
        Build::new()
            .text("zone_name", zone.zone_name())
            .text("subnet_id", zone.subnet_id())
    });
    let state = balancer.state().map(|state| {
        Build::new()
            .text(
                "code",
                state.code().map(types::LoadBalancerStateEnum::as_str),
            )
            .text("reason", state.reason())
    });
    let record = Build::new()
        .text("id", Some(arn))
        .text("name", balancer.load_balancer_name())
        .text("arn", Some(arn))
        .text("dns_name", balancer.dns_name())
        .text(
            "scheme",
            balancer.scheme().map(types::LoadBalancerSchemeEnum::as_str),
        )
        .text(
            "type",
            balancer.r#type().map(types::LoadBalancerTypeEnum::as_str),
        )
        .record("state", state)
        .text("vpc_id", balancer.vpc_id())
        .text(
            "ip_address_type",
            balancer.ip_address_type().map(types::IpAddressType::as_str),
        )
        .text(
            "canonical_hosted_zone_id",
            balancer.canonical_hosted_zone_id(),
        )
        .time("created_time", balancer.created_time())
        .rows("availability_zones", zones)
        .texts("security_groups", balancer.security_groups());
    Some(record.done())
}

/// A load balancer's attributes.
pub(in crate::aws) async fn attributes(clients: &Clients, arn: &str) -> Result<Record, ProbeError> {
    let call = clients.call(OwnCall::LoadBalancerAttributes.action());
    let answer = clients
        .elb
        .describe_load_balancer_attributes()
        .load_balancer_arn(arn)
        .send()
        .await;
    let given = answer.map_err(|error| call.failed(&error))?.attributes;
    let given = given.ok_or_else(|| call.lacks("its list"))?;
    let pairs = given
        .iter()
        .filter_map(|pair| Some((pair.key()?, pair.value().unwrap_or_default())));
    Ok(Build::new().map("attributes", pairs).done())
}

/// The tags of up to 20 load balancers, listeners or target groups; each with its `id`.
pub(in crate::aws) async fn tagged(
    clients: &Clients,
    call: OwnCall,
    arns: &[String],
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(call.action());
    let answer = clients
        .elb
        .describe_tags()
        .set_resource_arns(Some(arns.to_vec()))
        .send()
        .await;
    let given = answer
        .map_err(|error| call.failed(&error))?
        .tag_descriptions;
    let given = given.ok_or_else(|| call.lacks("its list"))?;
    let of = |of: &types::TagDescription| {
        let record = Build::new().text("id", Some(of.resource_arn()?));
        Some(record.tags(Named::ByItself, elb_tags(of.tags())).done())
    };
    given
        .iter()
        .map(|one| of(one).ok_or_else(|| call.lacks("an ARN")))
        .collect()
}
