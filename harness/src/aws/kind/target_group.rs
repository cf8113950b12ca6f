//! Target groups (`elasticloadbalancing:DescribeTargetGroups`), their targets with health, attributes and tags.
use super::table::{costs, flag, id, int, list, many, one, record, tags, text, texts};
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::record::{Record, at, texts as record_texts};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
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
