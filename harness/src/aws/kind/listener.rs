//! Listeners (`elasticloadbalancing:DescribeListeners`, once for each load balancer), their rules and tags.
use aws_sdk_elasticloadbalancingv2::types;

use super::table::{costs, flag, id, int, list, one, record, tags, text, texts};
use crate::aws::Kind;
use crate::aws::clients::Clients;
use crate::aws::own_call::OwnCall;
use crate::aws::pages::{pages, unless_gone};
use crate::aws::record::{Build, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
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

/// The listeners of one load balancer.
pub(in crate::aws) async fn fetch_of_balancer(
    clients: &Clients,
    arn: &str,
) -> Result<Vec<Record>, ProbeError> {
    fetch_of(clients, Of::LoadBalancer(arn)).await
}

/// The listener with this ARN, if it is still there.
pub(in crate::aws) async fn fetch_one(
    clients: &Clients,
    arn: &str,
) -> Result<Vec<Record>, ProbeError> {
    unless_gone(fetch_of(clients, Of::Itself(arn)).await)
}

/// Which listeners are asked for.
#[derive(Clone, Copy)]
enum Of<'a> {
    LoadBalancer(&'a str),
    Itself(&'a str),
}

async fn fetch_of(clients: &Clients, of: Of<'_>) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Listener.page_call());
    let ask = |marker| {
        let request = clients.elb.describe_listeners();
        let request = match of {
            Of::LoadBalancer(arn) => request
                .load_balancer_arn(arn)
                .page_size(400)
                .set_marker(marker),
            Of::Itself(arn) => request.listener_arns(arn),
        };
        request.send()
    };
    let listed = pages(call, ask, |answer| (answer.listeners, answer.next_marker)).await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an ARN")))
        .collect()
}

fn convert(listener: &types::Listener) -> Option<Record> {
    let arn = listener.listener_arn()?;
    let certificates = listener
        .certificates()
        .iter()
        .map(|certificate| Build::new().text("certificate_arn", certificate.certificate_arn()));
    let record = Build::new()
        .text("id", Some(arn))
        .text("arn", Some(arn))
        .text("load_balancer_arn", listener.load_balancer_arn())
        .text(
            "protocol",
            listener.protocol().map(types::ProtocolEnum::as_str),
        )
        .int("port", listener.port())
        .text("ssl_policy", listener.ssl_policy())
        .rows("certificates", certificates)
        .rows("default_actions", in_order(listener.default_actions()));
    Some(record.done())
}

fn in_order(actions: &[types::Action]) -> Vec<Build> {
    let mut actions: Vec<_> = actions.iter().collect();
    actions.sort_by_key(|action| action.order());
    actions.into_iter().map(action).collect()
}

fn action(action: &types::Action) -> Build {
    let groups = action
        .forward_config()
        .map(types::ForwardActionConfig::target_groups)
        .unwrap_or_default();
    // A forward to one group may stand in either place, and AWS fills in the other.
    let only = match groups {
        [group] => group.target_group_arn(),
        _ => None,
    };
    Build::new()
        .text("type", action.r#type().map(types::ActionTypeEnum::as_str))
        .int("order", action.order())
        .text("target_group_arn", action.target_group_arn().or(only))
        .record("forward_config", action.forward_config().map(forward))
        .record("redirect_config", action.redirect_config().map(redirect))
        .record(
            "fixed_response_config",
            action.fixed_response_config().map(fixed_response),
        )
}

fn forward(forward: &types::ForwardActionConfig) -> Build {
    let groups = forward.target_groups().iter().map(|group| {
        Build::new()
            .text("target_group_arn", group.target_group_arn())
            .int("weight", group.weight())
    });
    let stickiness = forward.target_group_stickiness_config().map(|stickiness| {
        Build::new()
            .flag("enabled", stickiness.enabled())
            .int("duration_seconds", stickiness.duration_seconds())
    });
    Build::new()
        .rows("target_groups", groups)
        .record("target_group_stickiness_config", stickiness)
}

fn redirect(redirect: &types::RedirectActionConfig) -> Build {
    Build::new()
        .text("protocol", redirect.protocol())
        .text("port", redirect.port())
        .text("host", redirect.host())
        .text("path", redirect.path())
        .text("query", redirect.query())
        .text(
            "status_code",
            redirect
                .status_code()
                .map(types::RedirectActionStatusCodeEnum::as_str),
        )
}

fn fixed_response(fixed: &types::FixedResponseActionConfig) -> Build {
    Build::new()
        .text("status_code", fixed.status_code())
        .text("content_type", fixed.content_type())
        .text("message_body", fixed.message_body())
}

/// A listener's rules.
pub(in crate::aws) async fn rules(clients: &Clients, arn: &str) -> Result<Record, ProbeError> {
    let call = clients.call(OwnCall::ListenerRules.action());
    let ask = |marker| {
        clients
            .elb
            .describe_rules()
            .listener_arn(arn)
            .page_size(400)
            .set_marker(marker)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.rules, answer.next_marker)).await?;
    let rows = listed.iter().map(|rule| {
        let conditions = rule.conditions().iter().map(|condition| {
            Build::new()
                .text("field", condition.field())
                .texts("values", values(condition))
        });
        Build::new()
            .text("arn", rule.rule_arn())
            .text("priority", rule.priority())
            .flag("is_default", rule.is_default())
            .rows("conditions", conditions)
            .rows("actions", in_order(rule.actions()))
    });
    Ok(Build::new().rows("rules", rows).done())
}

/// A condition's values, which stand in `Values` or in the configuration of its field.
fn values(condition: &types::RuleCondition) -> &[String] {
    let host = condition
        .host_header_config()
        .map(types::HostHeaderConditionConfig::values);
    let path = condition
        .path_pattern_config()
        .map(types::PathPatternConditionConfig::values);
    let source = condition
        .source_ip_config()
        .map(types::SourceIpConditionConfig::values);
    let method = condition
        .http_request_method_config()
        .map(types::HttpRequestMethodConditionConfig::values);
    match condition.values() {
        [] => host.or(path).or(source).or(method).unwrap_or_default(),
        given => given,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_forward_to_one_group_names_it_in_either_place() {
        let tuple = |arn: &str| {
            types::TargetGroupTuple::builder()
                .target_group_arn(arn)
                .weight(1)
                .build()
        };
        let forward = |arns: &[&str]| {
            let groups = arns.iter().map(|arn| tuple(arn)).collect();
            types::ForwardActionConfig::builder()
                .set_target_groups(Some(groups))
                .build()
        };
        let base = types::Action::builder().r#type(types::ActionTypeEnum::Forward);
        for (built, arn) in [
            (base.clone().target_group_arn("a"), Some("a")),
            (base.clone().forward_config(forward(&["b"])), Some("b")),
            (base.forward_config(forward(&["a", "b"])), None),
        ] {
            let row = action(&built.build()).done();
            assert_eq!(at(&row, &["target_group_arn"]), arn, "{row:?}");
            assert_eq!(row["type"], "forward");
        }
    }

    #[test]
    fn actions_are_in_their_order_and_conditions_have_values_wherever_they_stand() {
        let ordered = |order| types::Action::builder().order(order).build();
        let rows: Vec<_> = in_order(&[ordered(2), ordered(1)])
            .into_iter()
            .map(Build::done)
            .collect();
        assert_eq!(
            rows.iter()
                .map(|row| row["order"].clone())
                .collect::<Vec<_>>(),
            [json!(1), json!(2)]
        );
        let old = types::RuleCondition::builder().values("/a").build();
        let path = types::PathPatternConditionConfig::builder()
            .values("/b")
            .build();
        let new = types::RuleCondition::builder()
            .path_pattern_config(path)
            .build();
        assert_eq!(
            (values(&old), values(&new)),
            (&["/a".to_owned()][..], &["/b".to_owned()][..])
        );
    }
}
