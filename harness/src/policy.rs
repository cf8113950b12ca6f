//! The IAM policy that a lab's checks take: exactly the calls that their kinds and paths make, and where they are asked for,
//! the few of drills, of passwords that AWS keeps and of vantages through Systems Manager, each bound to what it is about. Pure,
//! from a plan.
//!
//! `sts:GetCallerIdentity` is called as well; it takes no permission
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>).
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::aws::{Kind, MARK, RUN_SHELL_SCRIPT, TO_ITSELF, TO_REMOTE, Wants};
use crate::plan::{Disrupt, Filter, Plan};
use crate::run::logins::{Place, Wanted};

/// What is asked for beside looking.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Regions beside the lab's own.
    pub region: Option<&'a str>,
    /// Whether the drills are run.
    pub disruptive: bool,
    /// Whose passwords are fetched.
    pub logins: &'a [Wanted],
    /// The vantages that the stack reaches by Systems Manager.
    pub managed: &'a BTreeSet<String>,
}

/// The policy's document.
#[must_use]
pub fn policy(plan: &Plan, asked: Asked<'_>) -> Value {
    let regions: BTreeSet<&str> = plan
        .regions
        .iter()
        .map(String::as_str)
        .chain(asked.region)
        .collect();
    let mut statements = vec![json!({
        "Sid": "Look",
        "Effect": "Allow",
        "Action": reads(plan),
        "Resource": "*",
        "Condition": { "StringEquals": { "aws:RequestedRegion": regions } },
    })];
    statements.extend(passwords(asked.logins));
    statements.extend(managed(plan, asked.managed));
    if asked.disruptive {
        statements.extend(drills(plan));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The actions of every check of every phase.
fn reads(plan: &Plan) -> BTreeSet<&'static str> {
    let all = Filter::default();
    let mut actions = BTreeSet::new();
    for phase in 0..plan.phases.len() {
        let wants: Wants = plan.select(phase, &all).wants();
        actions.extend(wants.actions());
    }
    actions.remove(Kind::Account.page_call());
    actions
}

fn passwords(logins: &[Wanted]) -> Vec<Value> {
    let of = |sid: &str, action: &str, arn: fn(&Place) -> Option<&str>| {
        let arns: BTreeSet<&str> = logins
            .iter()
            .filter_map(|login| arn(&login.password))
            .collect();
        (!arns.is_empty())
            .then(|| json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": arns }))
    };
    let secrets = of(
        "Secrets",
        "secretsmanager:GetSecretValue",
        |place| match place {
            Place::Secret(arn) => Some(arn),
            _ => None,
        },
    );
    let parameters = of("Parameters", "ssm:GetParameter", |place| match place {
        Place::Parameter(arn) => Some(arn),
        _ => None,
    });
    secrets.into_iter().chain(parameters).collect()
}

/// What is asked of Systems Manager for its vantages: commands on the instances that these name, and, where something is dialled
/// from there, sessions with them.
fn managed(plan: &Plan, vantages: &BTreeSet<String>) -> Vec<Value> {
    let steps = || plan.steps_from(|from| vantages.contains(from));
    let used: BTreeSet<&String> = steps().filter_map(|step| step.from.as_ref()).collect();
    if used.is_empty() {
        return Vec::new();
    }
    let instances = used.iter().filter_map(|name| plan.hosts.get(*name));
    let names: Option<BTreeSet<String>> = instances
        .flat_map(|host| &host.uses)
        .map(|used| name(plan, &used.resource))
        .collect();
    let names = names.filter(|names| !names.is_empty());
    let with = |sid: &str, action: &str, resources: Value| json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": resources });
    let on_instances = |sid: &str, action: &str| {
        let mut statement = with(sid, action, json!("arn:aws:ec2:*:*:instance/*"));
        if let Some(names) = &names {
            statement["Condition"] = json!({ "StringLike": { "ssm:resourceTag/Name": names } });
        }
        statement
    };
    let document = |name: &str| format!("arn:aws:ssm:*:*:document/{name}");
    let mut statements = vec![
        on_instances("RunCommands", "ssm:SendCommand"),
        with(
            "RunCommandsByThisDocument",
            "ssm:SendCommand",
            json!(document(RUN_SHELL_SCRIPT)),
        ),
        with("ReadWhatTheySaid", "ssm:GetCommandInvocation", json!("*")),
    ];
    if steps().any(|step| step.probe.dials()) {
        statements.push(on_instances("Forward", "ssm:StartSession"));
        statements.push(with(
            "ForwardByTheseDocuments",
            "ssm:StartSession",
            json!([document(TO_ITSELF), document(TO_REMOTE)]),
        ));
        statements.push(with(
            "EndOwnSessions",
            "ssm:TerminateSession",
            json!("arn:aws:ssm:*:*:session/${aws:username}-*"),
        ));
    }
    statements
}

/// What drills change: only servers and clusters that the lab's own drills name, and of tags only the drill's own.
fn drills(plan: &Plan) -> Vec<Value> {
    let drills = plan.checks.iter().filter_map(|check| check.drill());
    let (mut servers, mut clusters) = (BTreeSet::new(), false);
    let (mut stops, mut marks) = (false, false);
    for drill in drills {
        match &drill.disrupt {
            Disrupt::Stop(name) => {
                (stops, marks) = (true, true);
                servers.insert(self::name(plan, name));
            }
            // The command is the host's own matter; what a drill has in hand is marked all the same.
            Disrupt::StopService { .. } => marks = true,
            Disrupt::FailOver(_) => clusters = true,
        }
    }
    let mut statements = Vec::new();
    if stops {
        let mut stop = json!({
            "Sid": "StopAndStart",
            "Effect": "Allow",
            "Action": ["ec2:StartInstances", "ec2:StopInstances"],
            "Resource": "arn:aws:ec2:*:*:instance/*",
        });
        // A server that is found otherwise than by its name can't be told from others here.
        if let Some(names) = servers.into_iter().collect::<Option<Vec<_>>>() {
            stop["Condition"] = json!({ "StringLike": { "aws:ResourceTag/Name": names } });
        }
        statements.push(stop);
    }
    if marks {
        statements.push(json!({
            "Sid": "MarkWhatADrillHasInHand",
            "Effect": "Allow",
            "Action": ["ec2:CreateTags", "ec2:DeleteTags"],
            "Resource": "arn:aws:ec2:*:*:instance/*",
            "Condition": { "ForAllValues:StringEquals": { "aws:TagKeys": [MARK] } },
        }));
    }
    if clusters {
        statements.push(json!({
            "Sid": "FailOver",
            "Effect": "Allow",
            "Action": "rds:FailoverDBCluster",
            "Resource": ["arn:aws:rds:*:*:cluster:*", "arn:aws:rds:*:*:db:*"],
        }));
        statements.push(json!({
            "Sid": "MarkTheClusterInHand",
            "Effect": "Allow",
            "Action": ["rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
            "Resource": "arn:aws:rds:*:*:cluster:*",
            "Condition": { "ForAllValues:StringEquals": { "aws:TagKeys": [MARK] } },
        }));
    }
    statements
}

/// A resource's name in this stack, or in the lab as it is written; none where it is found otherwise.
fn name(plan: &Plan, resource: &str) -> Option<String> {
    let name = plan.resources.get(resource)?.name.as_ref()?;
    let names = Value::Object(plan.names.clone());
    name.evaluate(&names).ok()?.as_str().map(str::to_owned)
}
