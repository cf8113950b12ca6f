//! Listeners (`elasticloadbalancing:DescribeListeners`, once for each load balancer), their rules and tags.
use super::table::{costs, flag, id, int, list, one, record, tags, text, texts};
use crate::aws::Kind;
use crate::aws::own_call::OwnCall;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::schema::{Field, Type};

/// The fields of a listener.
pub(super) const FIELDS: &[Field] = &[
    id("`ListenerArn`, its account a pseudonym."),
    text("arn", "`ListenerArn`, its account a pseudonym."),
    costs(
        tags("The tags by key (`DescribeTags`)."),
        OwnCall::ListenerTags,
    ),
    text("load_balancer_arn", "`LoadBalancerArn`."),
    text("protocol", "`HTTP`, `HTTPS`, `TCP`, … (`Protocol`)."),
    int("port", "`Port`."),
    text("ssl_policy", "`SslPolicy`."),
    list(
        "certificates",
        &Type::Record(&[text("certificate_arn", "`CertificateArn`.")]),
        "`Certificates`.",
    ),
    list(
        "default_actions",
        &Type::Record(ACTIONS),
        "What it does where no rule applies, in order (`DefaultActions`).",
    ),
    one(
        "load_balancer",
        Kind::LoadBalancer,
        "The load balancer that it belongs to.",
    ),
    costs(
        list(
            "rules",
            &Type::Record(RULES),
            "Its rules, the default one last (`Rules`).",
        ),
        OwnCall::ListenerRules,
    ),
];

const ACTIONS: &[Field] = &[
    text(
        "type",
        "`forward`, `redirect`, `fixed-response`, … (`Type`).",
    ),
    int("order", "`Order`."),
    text(
        "target_group_arn",
        "Where it forwards to, if to one target group (`TargetGroupArn`).",
    ),
    one(
        "target_group",
        Kind::TargetGroup,
        "The target group that it forwards to, if to one.",
    ),
    record(
        "forward_config",
        &[
            list(
                "target_groups",
                &Type::Record(&[
                    text("target_group_arn", "`TargetGroupArn`."),
                    int("weight", "`Weight`."),
                    one(
                        "target_group",
                        Kind::TargetGroup,
                        "The target group itself.",
                    ),
                ]),
                "`TargetGroups`.",
            ),
            record(
                "target_group_stickiness_config",
                &[
                    flag("enabled", "`Enabled`."),
                    int("duration_seconds", "Seconds (`DurationSeconds`)."),
                ],
                "`TargetGroupStickinessConfig`.",
            ),
        ],
        "`ForwardConfig`.",
    ),
    record(
        "redirect_config",
        &[
            text("protocol", "`Protocol`."),
            text("port", "`Port`."),
            text("host", "`Host`."),
            text("path", "`Path`."),
            text("query", "`Query`."),
            text("status_code", "`HTTP_301` or `HTTP_302` (`StatusCode`)."),
        ],
        "`RedirectConfig`.",
    ),
    record(
        "fixed_response_config",
        &[
            text("status_code", "`StatusCode`."),
            text("content_type", "`ContentType`."),
            text("message_body", "`MessageBody`."),
        ],
        "`FixedResponseConfig`.",
    ),
];

const RULES: &[Field] = &[
    text("arn", "`RuleArn`."),
    text("priority", "A number, or `default` (`Priority`)."),
    flag("is_default", "`IsDefault`."),
    list(
        "conditions",
        &Type::Record(&[
            text("field", "`path-pattern`, `host-header`, … (`Field`)."),
            texts("values", "`Values`."),
        ]),
        "`Conditions`.",
    ),
    list("actions", &Type::Record(ACTIONS), "`Actions`."),
];

/// What a derived field of a listener, or of one of its actions, comes to.
pub(super) fn derive<'a>(path: &[&str], node: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["load_balancer"] => all.one(Kind::LoadBalancer, at(node, &["load_balancer_arn"])),
        [.., "target_group"] => all.one(Kind::TargetGroup, at(node, &["target_group_arn"])),
        _ => Ok(Derived::Nothing),
    }
}
