//! A stack file: which deployed thing is under test, by which credentials and from where it is reached. It knows
//! neither the lab nor any default.
use std::net::{IpAddr, SocketAddr};

use super::ast::{At, CarrierDecl, ReplicaDecl, Stack, Tree, VantageDecl};
use super::diagnostic::{Diagnostic, Diagnostics, quote};
use super::fields::{Fields, duration, flag, is_template, map, names, text, unknown_key, wants};
use super::lab_file::vars;
use super::names::kebab;

const KEYS: [&str; 12] = [
    "lab",
    "region",
    "profile",
    "role_arn",
    "external_id",
    "credentials",
    "expect_account",
    "endpoint_url",
    "endpoint_urls",
    "vars",
    "vantages",
    "replica",
];

const SERVICES: [&str; 5] = ["ec2", "elbv2", "rds", "ssm", "sts"];

const REPLICA_KEYS: [&str; 4] = ["faults", "speed", "phase", "api_latency"];

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
    Some(Stack {
        lab,
        region,
        profile,
        role_arn,
        external_id,
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
            .map(|tree| vantages(tree, found))
            .unwrap_or_default(),
        replica: fields.get("replica").and_then(|tree| replica(tree, found)),
    })
}

fn tell_contradictions(fields: &Fields<'_>, found: &mut Diagnostics) {
    for credentials in ["profile", "role_arn"] {
        fields.exclude(credentials, "credentials", "one way to credentials", found);
    }
    for key in [
        "profile",
        "role_arn",
        "credentials",
        "endpoint_url",
        "endpoint_urls",
        "expect_account",
    ] {
        fields.exclude(
            key,
            "replica",
            "a replica brings its own endpoint and credentials",
            found,
        );
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
        found
            .push(wants(tree, "`instance`").help("leave `credentials` out for the ordinary chain"));
    }
    is
}

fn account(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let account = text(tree, found)?;
    if account.value.len() == 12 && account.value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(account);
    }
    found.push(wants(tree, "an account id of 12 digits"));
    None
}

fn url(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let url = text(tree, found)?;
    if url.value.starts_with("http://") || url.value.starts_with("https://") {
        return Some(url);
    }
    found.push(wants(tree, "a URL").help("begin it with `http://` or `https://`"));
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

fn vantages(tree: &At<Tree>, found: &mut Diagnostics) -> Vec<(At<String>, At<VantageDecl>)> {
    let mut vantages = Vec::new();
    for (name, value) in map(tree, "names and vantages", found).unwrap_or_default() {
        kebab(name, "the name of a vantage", found);
        vantages.extend(
            vantage(name, value, found).map(|decl| (name.clone(), At::new(decl, value.span))),
        );
    }
    vantages
}

/// `direct`, `none`, or `{ socks5: … }` or `{ direct: true }`, these with an optional `resolver:`. A new carrier is a
/// key and an arm here.
fn vantage(name: &At<String>, tree: &At<Tree>, found: &mut Diagnostics) -> Option<VantageDecl> {
    if let Tree::Scalar(scalar) = &tree.value {
        let carrier = match scalar.text.as_str() {
            "direct" => CarrierDecl::Direct,
            "none" => CarrierDecl::None,
            unknown => {
                let title = format!("unknown vantage {}", quote(unknown));
                found.push(
                    Diagnostic::new(tree.span, title)
                        .help("write `direct`, `none` or `{ socks5: HOST:PORT }`"),
                );
                return None;
            }
        };
        return Some(VantageDecl {
            carrier,
            resolver: None,
        });
    }
    let fields = Fields::open(
        tree,
        "a vantage",
        name.span,
        &["direct", "socks5", "resolver"],
        found,
    )?;
    fields.exclude("direct", "socks5", "a vantage is reached in one way", found);
    let resolver = fields
        .get("resolver")
        .and_then(|tree| resolver(tree, found));
    let carrier = match (fields.get("socks5"), fields.get("direct")) {
        (Some(tree), _) => CarrierDecl::Socks5(gateway(tree, found)?),
        (None, Some(tree)) if flag(tree, found)? => CarrierDecl::Direct,
        (None, _) => {
            let title = format!(
                "the vantage {} does not say how it is reached",
                quote(&name.value)
            );
            found.push(
                Diagnostic::new(name.span, title)
                    .help("write `direct: true` or `socks5: HOST:PORT`"),
            );
            return None;
        }
    };
    Some(VantageDecl { carrier, resolver })
}

fn gateway(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let gateway = text(tree, found)?;
    let split = gateway.value.rsplit_once(':');
    let holds = split.is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if holds || is_template(&gateway.value) {
        return Some(gateway);
    }
    found.push(wants(tree, "the gateway's host and port").help("write `127.0.0.1:1080`"));
    None
}

fn resolver(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let resolver = text(tree, found)?;
    let address = &resolver.value;
    if is_template(address)
        || address.parse::<SocketAddr>().is_ok()
        || address.parse::<IpAddr>().is_ok()
    {
        return Some(resolver);
    }
    found.push(
        wants(tree, "the resolver's address")
            .help("write an address, with its port if that is not 53: `10.0.0.2:53`"),
    );
    None
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
            found.push(wants(tree, "a number above 0 (1 is real time)"));
            None
        }
    }
}
