//! Target groups (`elasticloadbalancing:DescribeTargetGroups`), their targets with health, attributes and tags.
use aws_sdk_elasticloadbalancingv2::types;

use super::table::{costs, flag, id, int, list, many, one, record, tags, text, texts};
use crate::aws::Kind;
use crate::aws::clients::Clients;
use crate::aws::own_call::OwnCall;
use crate::aws::pages::{pages, unless_gone};
use crate::aws::record::{Build, Record, at, texts as record_texts};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::{Field, Type};

/// The fields of a target group.
pub(super) const FIELDS: &[Field] = &[
    id("`TargetGroupArn`, its account a pseudonym."),
    text("name", "`TargetGroupName`."),
    text("arn", "`TargetGroupArn`, its account a pseudonym."),
    costs(
        tags("The tags by key (`DescribeTags`)."),
        OwnCall::TargetGroupTags,
    ),
    text("protocol", "`HTTP`, `HTTPS`, `TCP`, … (`Protocol`)."),
    text(
        "protocol_version",
        "`HTTP1`, `HTTP2` or `GRPC` (`ProtocolVersion`).",
    ),
    int(
        "port",
        "The port that targets get where none is said (`Port`).",
    ),
    text(
        "target_type",
        "`instance`, `ip`, `lambda` or `alb` (`TargetType`).",
    ),
    text("vpc_id", "`VpcId`."),
    text("ip_address_type", "`IpAddressType`."),
    flag("health_check_enabled", "`HealthCheckEnabled`."),
    text("health_check_protocol", "`HealthCheckProtocol`."),
    text(
        "health_check_port",
        "A number, or `traffic-port` (`HealthCheckPort`).",
    ),
    text("health_check_path", "`HealthCheckPath`."),
    int(
        "health_check_interval_seconds",
        "Seconds (`HealthCheckIntervalSeconds`).",
    ),
    int(
        "health_check_timeout_seconds",
        "Seconds (`HealthCheckTimeoutSeconds`).",
    ),
    int("healthy_threshold_count", "`HealthyThresholdCount`."),
    int("unhealthy_threshold_count", "`UnhealthyThresholdCount`."),
    record(
        "matcher",
        &[
            text("http_code", "`200`, `200-399`, `200,302` (`HttpCode`)."),
            text("grpc_code", "`GrpcCode`."),
        ],
        "What counts as healthy (`Matcher`).",
    ),
    texts(
        "load_balancer_arns",
        "The load balancers that send to it (`LoadBalancerArns`).",
    ),
    many(
        "load_balancers",
        Kind::LoadBalancer,
        "The load balancers that send to it.",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is in."),
    costs(
        list(
            "targets",
            &Type::Record(TARGETS),
            "Its targets with their health (`DescribeTargetHealth`).",
        ),
        OwnCall::TargetHealth,
    ),
    costs(
        Field::listed(
            "attributes",
            Type::Map(&Type::Text),
            "By key: `attributes.\"stickiness.enabled\"` (`DescribeTargetGroupAttributes`).",
        ),
        OwnCall::TargetGroupAttributes,
    ),
];

const TARGETS: &[Field] = &[
    text(
        "id",
        "An instance's id, an address, or an ARN (`Target.Id`).",
    ),
    int("port", "The port that it gets requests on (`Target.Port`)."),
    text(
        "availability_zone",
        "The zone, where it was said at registration (`Target.AvailabilityZone`).",
    ),
    text(
        "health",
        "`initial`, `healthy`, `unhealthy`, `unused`, `draining`, `unavailable` (`TargetHealth.State`).",
    ),
    text(
        "reason",
        "`Target.Timeout`, …; absent where it is healthy (`TargetHealth.Reason`).",
    ),
    text(
        "description",
        "The reason in words (`TargetHealth.Description`).",
    ),
    text(
        "health_check_port",
        "The port that is checked (`HealthCheckPort`).",
    ),
    one(
        "instance",
        Kind::Instance,
        "The target, where it is an instance.",
    ),
];

/// What a derived field of a target group, or of one of its targets, comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["targets", "instance"] => all.one(Kind::Instance, at(node, &["id"])),
        ["load_balancers"] => all.many(Kind::LoadBalancer, |balancer| {
            record_texts(node, "load_balancer_arns").any(|arn| Some(arn) == at(balancer, &["arn"]))
        }),
        ["vpc"] => all.one(Kind::Vpc, at(node, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}

/// All target groups of the region, or the one with this ARN.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::TargetGroup.page_call());
    let ask = |marker| {
        let request = clients.elb.describe_target_groups();
        // ARNs and a page size exclude each other.
        let request = match only {
            Some(arn) => request.target_group_arns(arn),
            None => request.page_size(400).set_marker(marker),
        };
        request.send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.target_groups, answer.next_marker)
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

fn convert(group: &types::TargetGroup) -> Option<Record> {
    let arn = group.target_group_arn()?;
    let matcher = group.matcher().map(|matcher| {
        Build::new()
            .text("http_code", matcher.http_code())
            .text("grpc_code", matcher.grpc_code())
    });
    let record = Build::new()
        .text("id", Some(arn))
        .text("name", group.target_group_name())
        .text("arn", Some(arn))
        .text(
            "protocol",
            group.protocol().map(types::ProtocolEnum::as_str),
        )
        .text("protocol_version", group.protocol_version())
        .int("port", group.port())
        .text(
            "target_type",
            group.target_type().map(types::TargetTypeEnum::as_str),
        )
        .text("vpc_id", group.vpc_id())
        .text(
            "ip_address_type",
            group
                .ip_address_type()
                .map(types::TargetGroupIpAddressTypeEnum::as_str),
        )
        .flag("health_check_enabled", group.health_check_enabled())
        .text(
            "health_check_protocol",
            group
                .health_check_protocol()
                .map(types::ProtocolEnum::as_str),
        )
        .text("health_check_port", group.health_check_port())
        .text("health_check_path", group.health_check_path())
        .int(
            "health_check_interval_seconds",
            group.health_check_interval_seconds(),
        )
        .int(
            "health_check_timeout_seconds",
            group.health_check_timeout_seconds(),
        )
        .int("healthy_threshold_count", group.healthy_threshold_count())
        .int(
            "unhealthy_threshold_count",
            group.unhealthy_threshold_count(),
        )
        .record("matcher", matcher)
        .texts("load_balancer_arns", group.load_balancer_arns());
    Some(record.done())
}

/// A target group's targets with their health; the API has no pages for them.
pub(in crate::aws) async fn health(clients: &Clients, arn: &str) -> Result<Record, ProbeError> {
    let call = clients.call(OwnCall::TargetHealth.action());
    let answer = clients
        .elb
        .describe_target_health()
        .target_group_arn(arn)
        .send()
        .await;
    let given = answer
        .map_err(|error| call.failed(&error))?
        .target_health_descriptions;
    let given = given.ok_or_else(|| call.lacks("its list"))?;
    let of = |of: &types::TargetHealthDescription| {
        let target = of.target()?;
        let health = of.target_health()?;
        let row = Build::new()
            .text("id", Some(target.id()?))
            .int("port", target.port())
            .text("availability_zone", target.availability_zone())
            .text("health", Some(health.state()?.as_str()))
            .text(
                "reason",
                health.reason().map(types::TargetHealthReasonEnum::as_str),
            )
            .text("description", health.description())
            .text("health_check_port", of.health_check_port());
        Some(row)
    };
    let rows = given
        .iter()
        .map(|one| of(one).ok_or_else(|| call.lacks("a target or its state")));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(Build::new().rows("targets", rows).done())
}

/// A target group's attributes.
pub(in crate::aws) async fn attributes(clients: &Clients, arn: &str) -> Result<Record, ProbeError> {
    let call = clients.call(OwnCall::TargetGroupAttributes.action());
    let answer = clients
        .elb
        .describe_target_group_attributes()
        .target_group_arn(arn)
        .send()
        .await;
    let given = answer.map_err(|error| call.failed(&error))?.attributes;
    let given = given.ok_or_else(|| call.lacks("its list"))?;
    let pairs = given
        .iter()
        .filter_map(|pair| Some((pair.key()?, pair.value().unwrap_or_default())));
    Ok(Build::new().map("attributes", pairs).done())
}
