//! A stack file: which deployed thing is under test, by which credentials and from where it is reached. It knows
//! neither the lab nor any default.
use super::ast::{At, ReplicaDecl, Stack, Tree};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::fields::{Fields, duration, map, names, text, unknown_key, wants};
use super::lab_file::vars;
use super::{logins, vantages};

/// The keys of a stack file.
pub(super) const KEYS: [&str; 14] = [
    "lab",
    "region",
    "profile",
    "role_arn",
    "external_id",
    "credentials_file",
    "credentials",
    "expect_account",
    "endpoint_url",
    "endpoint_urls",
    "vars",
    "vantages",
    "logins",
    "replica",
];

/// The services that may have an endpoint of their own.
pub(super) const SERVICES: [&str; 6] = ["ec2", "elbv2", "rds", "ssm", "sts", "secretsmanager"];

/// The keys of a replica.
pub(super) const REPLICA_KEYS: [&str; 4] = ["faults", "speed", "phase", "api_latency"];

/// Reads the tree of a stack file.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Stack> {
    let fields = Fields::open(tree, "a stack file", tree.span, &KEYS, found)?;
    tell_contradictions(&fields, found);
    let mut text_of = |key| fields.get(key).and_then(|tree| text(tree, found));
    let lab = text_of("lab");
    let region = text_of("region");
    let profile = text_of("profile");
    let role_arn = text_of("role_arn");
    let external_id = text_of("external_id");
    let credentials_file = text_of("credentials_file");
    Some(Stack {
        lab,
        region,
        profile,
        role_arn,
        external_id,
        credentials_file,
        instance_credentials: fields
            .get("credentials")
            .is_some_and(|tree| is_instance(tree, found)),
        expect_account: fields
            .get("expect_account")
            .and_then(|tree| account(tree, found)),
        endpoint_url: fields.get("endpoint_url").and_then(|tree| url(tree, found)),
        endpoint_urls: fields
            .get("endpoint_urls")
            .map(|tree| endpoints(tree, found))
            .unwrap_or_default(),
        vars: fields
            .get("vars")
            .map(|tree| vars(tree, found))
            .unwrap_or_default(),
        vantages: fields
            .get("vantages")
            .map(|tree| vantages::read(tree, found))
            .unwrap_or_default(),
        logins: fields
            .get("logins")
            .map(|tree| logins::read(tree, found))
            .unwrap_or_default(),
        replica: fields.get("replica").and_then(|tree| replica(tree, found)),
    })
}

fn tell_contradictions(fields: &Fields<'_>, found: &mut Diagnostics) {
    for credentials in ["profile", "role_arn", "credentials_file"] {
        fields.exclude(
            credentials,
            "credentials",
            "one way to credentials is enough",
            found,
        );
    }
    if let Some((key, _)) = fields.entry("replica") {
        let others = [
            "profile",
            "role_arn",
            "credentials",
            "credentials_file",
            "endpoint_url",
            "endpoint_urls",
            "expect_account",
        ];
        let others: Vec<_> = others
            .iter()
            .filter_map(|other| fields.entry(other))
            .collect();
        if !others.is_empty() {
            let title = "a replica brings its own endpoint and credentials";
            let told = Diagnostic::new(key.span, title)
                .help("take the replica out, or the keys beside it");
            found.push(others.iter().fold(told, |told, (other, _)| {
                told.also(other.span, "not beside a replica")
            }));
        }
    }
    if let (Some((key, _)), None) = (fields.entry("external_id"), fields.get("role_arn")) {
        found.push(
            Diagnostic::new(key.span, "`external_id` without `role_arn`")
                .help("add the role, or leave it out"),
        );
    }
}

fn is_instance(tree: &At<Tree>, found: &mut Diagnostics) -> bool {
    let is = matches!(&tree.value, Tree::Scalar(scalar) if scalar.text == "instance");
    if !is {
        found.push(wants(
            tree,
            "`instance`",
            "leave `credentials` out for the ordinary chain",
        ));
    }
    is
}

fn account(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let account = text(tree, found)?;
    if account.value.len() == 12 && account.value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(account);
    }
    found.push(wants(
        tree,
        "an account id of 12 digits",
        "write all 12, zeros too",
    ));
    None
}

fn url(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let url = text(tree, found)?;
    if url.value.starts_with("http://") || url.value.starts_with("https://") {
        return Some(url);
    }
    found.push(wants(
        tree,
        "a URL",
        "begin it with `http://` or `https://`",
    ));
    None
}

fn endpoints(tree: &At<Tree>, found: &mut Diagnostics) -> Vec<(At<String>, At<String>)> {
    let mut endpoints = Vec::new();
    for (service, value) in map(tree, "services and their URLs", found).unwrap_or_default() {
        if !SERVICES.contains(&service.value.as_str()) {
            found.push(unknown_key(service, "`endpoint_urls`", &SERVICES));
        }
        endpoints.extend(url(value, found).map(|url| (service.clone(), url)));
    }
    endpoints
}

fn replica(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<ReplicaDecl>> {
    let fields = Fields::open(tree, "a replica", tree.span, &REPLICA_KEYS, found)?;
    let decl = ReplicaDecl {
        faults: fields
            .get("faults")
            .map(|tree| names(tree, found))
            .unwrap_or_default(),
        speed: fields.get("speed").and_then(|tree| speed(tree, found)),
        phase: fields.get("phase").and_then(|tree| text(tree, found)),
        api_latency: fields
            .get("api_latency")
            .and_then(|tree| duration(tree, found)),
    };
    Some(At::new(decl, tree.span))
}

fn speed(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<f64>> {
    let number = match &tree.value {
        Tree::Scalar(scalar) if !scalar.quoted => scalar.text.parse::<f64>().ok(),
        _ => None,
    };
    match number {
        Some(speed) if speed.is_finite() && speed > 0.0 => Some(At::new(speed, tree.span)),
        _ => {
            found.push(wants(
                tree,
                "a number above 0",
                "write `1` for real time, `10` for ten times as fast",
            ));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::ast::CarrierDecl;
    use crate::language::testing::{made, told};

    #[test]
    fn a_stack_of_an_account_is_read_whole() {
        let stack = made(
            "\
lab: aurora-wordpress
region: ap-northeast-1
profile: class
role_arn: arn:aws:iam::123456789012:role/lab
external_id: x
expect_account: 012345678901
endpoint_url: http://127.0.0.1:5555
endpoint_urls: { rds: 'http://127.0.0.1:5556' }
vars: { user: user05 }
vantages:
  internet: { socks5: '127.0.0.1:1080', resolver: '127.0.0.1:5353' }
  bastion: none
  office: { direct: true, resolver: 10.0.0.2 }
  home: direct
",
            read,
        )
        .unwrap();
        let text = |at: Option<At<String>>| at.unwrap().value;
        assert_eq!(text(stack.lab), "aurora-wordpress");
        assert_eq!(text(stack.region), "ap-northeast-1");
        assert_eq!(text(stack.profile), "class");
        assert_eq!(text(stack.role_arn), "arn:aws:iam::123456789012:role/lab");
        assert_eq!(text(stack.external_id), "x");
        assert_eq!(text(stack.expect_account), "012345678901");
        assert_eq!(text(stack.endpoint_url), "http://127.0.0.1:5555");
        assert_eq!(stack.endpoint_urls[0].0.value, "rds");
        assert!(stack.vars.contains_key("user") && !stack.instance_credentials);
        let carriers: Vec<_> = stack
            .vantages
            .iter()
            .map(|(name, vantage)| (name.value.as_str(), &vantage.value))
            .collect();
        assert!(
            matches!(&carriers[0].1.carrier, CarrierDecl::Socks5(gateway) if gateway.value == "127.0.0.1:1080")
        );
        assert_eq!(
            carriers[0].1.resolver.as_ref().unwrap().value,
            "127.0.0.1:5353"
        );
        assert_eq!(
            (carriers[1].0, &carriers[1].1.carrier),
            ("bastion", &CarrierDecl::None)
        );
        assert_eq!(carriers[2].1.carrier, CarrierDecl::Direct);
        assert!(carriers[2].1.resolver.is_some() && carriers[3].1.resolver.is_none());
    }

    #[test]
    fn a_stack_of_a_replica_is_read_whole() {
        let text = "lab: ha-web\nreplica: { faults: [no-nat, web-sg-open], speed: 0.5, phase: hardened, api_latency: 50ms }\n";
        let replica = made(text, read).unwrap().replica.unwrap().value;
        assert_eq!(replica.faults.len(), 2);
        assert_eq!(replica.speed.unwrap().value.to_string(), "0.5");
        assert_eq!(replica.phase.unwrap().value, "hardened");
        assert_eq!(replica.api_latency.unwrap().value.as_millis(), 50);
        assert_eq!(
            made("replica: {}", read).unwrap().replica.unwrap().value,
            ReplicaDecl::default()
        );
        assert!(
            made("credentials: instance", read)
                .unwrap()
                .instance_credentials
        );
    }

    #[test]
    fn mistakes_of_a_stack_are_told() {
        for (text, title) in [
            (
                "expect_account: 1234",
                "expected an account id of 12 digits, found `1234`",
            ),
            ("credentials: imds", "expected `instance`, found `imds`"),
            (
                "endpoint_url: localhost:5555",
                "expected a URL, found `localhost:5555`",
            ),
            (
                "endpoint_urls: { ecs: 'http://a' }",
                "unknown key `ecs` in `endpoint_urls`",
            ),
            ("external_id: x", "`external_id` without `role_arn`"),
            (
                "profile: a\ncredentials: instance",
                "`profile` and `credentials` exclude each other",
            ),
            (
                "credentials_file: a\ncredentials: instance",
                "`credentials_file` and `credentials` exclude each other",
            ),
            (
                "credentials_file: a\nreplica: {}",
                "a replica brings its own endpoint and credentials",
            ),
            (
                "profile: a\nreplica: {}",
                "a replica brings its own endpoint and credentials",
            ),
            ("vantages: { internet: ssh }", "unknown vantage `ssh`"),
            (
                "vantages: { internet: { resolver: 10.0.0.2 } }",
                "the vantage `internet` does not say how it is reached",
            ),
            (
                "vantages: { internet: { direct: false } }",
                "the vantage `internet` does not say how it is reached",
            ),
            (
                "vantages: { internet: { direct: true, socks5: 'a:1' } }",
                "`direct` and `socks5` exclude each other",
            ),
            (
                "vantages: { internet: { socks5: 127.0.0.1 } }",
                "expected the gateway's host and port, found `127.0.0.1`",
            ),
            (
                "vantages: { internet: { direct: true, resolver: dns } }",
                "expected the resolver's address, found `dns`",
            ),
            (
                "vantages: { web1: { ssm: {} } }",
                "an ssm vantage lacks the key `instance`",
            ),
            (
                "vantages: { bastion: { ssh: { host: a } } }",
                "an ssh vantage lacks the key `user`",
            ),
            ("replica: true", "expected a map (a replica), found `true`"),
            (
                "replica: { speed: 0 }",
                "expected a number above 0, found `0`",
            ),
            (
                "replica: { speed: .inf }",
                "expected a number above 0, found `.inf`",
            ),
            ("replica: { fault: [] }", "unknown key `fault` in a replica"),
        ] {
            let told = told(text, read);
            assert!(told.iter().any(|one| one == title), "{text}: {told:?}");
        }
    }
}
