//! `vantages:` of a stack file: how each place that probes are dialled from is reached. It dials nothing, and knows no
//! default.
use std::net::{IpAddr, SocketAddr};

use super::ast::{At, CarrierDecl, SshDecl, SsmDecl, Tree, VantageDecl};
use super::diagnostic::{Diagnostic, Diagnostics, quote};
use super::fields::{Fields, flag, is_template, map, text, wants};
use super::names::kebab;

/// The keys of a vantage.
pub(super) const KEYS: [&str; 5] = ["direct", "socks5", "ssh", "ssm", "resolver"];

/// The words that stand for a whole vantage.
pub(super) const WORDS: [&str; 2] = ["direct", "none"];

/// The keys of an ssh vantage.
pub(super) const SSH_KEYS: [&str; 6] = ["host", "port", "user", "key", "known_hosts", "accept_new"];

/// The keys of an ssm vantage.
pub(super) const SSM_KEYS: [&str; 2] = ["instance", "plugin"];

/// Reads `vantages:`.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> Vec<(At<String>, At<VantageDecl>)> {
    let mut vantages = Vec::new();
    for (name, value) in map(tree, "names and vantages", found).unwrap_or_default() {
        kebab(name, "the name of a vantage", found);
        vantages.extend(
            vantage(name, value, found).map(|decl| (name.clone(), At::new(decl, value.span))),
        );
    }
    vantages
}

/// `direct`, `none`, or one of `{ socks5: … }`, `{ ssh: … }`, `{ ssm: … }` and `{ direct: true }`, these but for `ssm` with an
/// optional `resolver:`. A new carrier is a key and an arm here.
fn vantage(name: &At<String>, tree: &At<Tree>, found: &mut Diagnostics) -> Option<VantageDecl> {
    if let Tree::Scalar(scalar) = &tree.value {
        let carrier = match scalar.text.as_str() {
            "direct" => CarrierDecl::Direct,
            "none" => CarrierDecl::None,
            unknown => {
                let title = format!("unknown vantage {}", quote(unknown));
                found.push(Diagnostic::new(tree.span, title).help(
                    "write `direct`, `none`, `{ socks5: HOST:PORT }`, `{ ssh: … }` or `{ ssm: … }`",
                ));
                return None;
            }
        };
        return Some(VantageDecl {
            carrier,
            resolver: None,
        });
    }
    let fields = Fields::open(tree, "a vantage", name.span, &KEYS, found)?;
    for (one, other) in [
        ("direct", "socks5"),
        ("direct", "ssh"),
        ("direct", "ssm"),
        ("socks5", "ssh"),
        ("socks5", "ssm"),
        ("ssh", "ssm"),
    ] {
        fields.exclude(one, other, "a vantage is reached in one way", found);
    }
    fields.exclude("ssm", "resolver", "the instance resolves the names", found);
    let resolver = fields
        .get("resolver")
        .and_then(|tree| resolver(tree, found));
    let carrier = match (fields.get("socks5"), fields.get("direct")) {
        _ if fields.get("ssh").is_some() => CarrierDecl::Ssh(ssh(name, fields.get("ssh")?, found)?),
        _ if fields.get("ssm").is_some() => CarrierDecl::Ssm(ssm(name, fields.get("ssm")?, found)?),
        (Some(tree), _) => CarrierDecl::Socks5(gateway(tree, found)?),
        (None, Some(tree)) if flag(tree, found)? => CarrierDecl::Direct,
        (None, _) => {
            let title = format!(
                "the vantage {} does not say how it is reached",
                quote(&name.value)
            );
            found.push(
                Diagnostic::new(name.span, title).help(
                    "write `direct: true`, `socks5: HOST:PORT`, `ssh: { … }` or `ssm: { … }`",
                ),
            );
            return None;
        }
    };
    Some(VantageDecl { carrier, resolver })
}

fn ssh(name: &At<String>, tree: &At<Tree>, found: &mut Diagnostics) -> Option<SshDecl> {
    let fields = Fields::open(tree, "an ssh vantage", name.span, &SSH_KEYS, found)?;
    let (host, user) = (fields.require("host", found), fields.require("user", found));
    let mut text_of = |tree: Option<&At<Tree>>| tree.and_then(|tree| text(tree, found));
    let (host, user) = (text_of(host), text_of(user));
    let port = text_of(fields.get("port"));
    let key = text_of(fields.get("key"));
    let known_hosts = text_of(fields.get("known_hosts"));
    if let Some(port) = port.as_ref().filter(|port| {
        !is_template(&port.value) && !port.value.parse().is_ok_and(|port: u16| port > 0)
    }) {
        let wrong = Diagnostic::new(port.span, format!("{} is not a port", quote(&port.value)));
        found.push(wrong.help("write its number, or leave it out for 22"));
    }
    Some(SshDecl {
        host: host?,
        port,
        user: user?,
        key,
        known_hosts,
        accept_new: fields
            .get("accept_new")
            .and_then(|tree| flag(tree, found))
            .unwrap_or_default(),
    })
}

/// A name of the lab's own stands for the id of what bears it.
fn ssm(name: &At<String>, tree: &At<Tree>, found: &mut Diagnostics) -> Option<SsmDecl> {
    let fields = Fields::open(tree, "an ssm vantage", name.span, &SSM_KEYS, found)?;
    let mut instance = text(fields.require("instance", found)?, found)?;
    let is_id = ["i-", "mi-"]
        .iter()
        .any(|prefix| instance.value.starts_with(prefix));
    if !is_id && !is_template(&instance.value) {
        instance.value = format!("{{{{ {}.id }}}}", instance.value);
    }
    Some(SsmDecl {
        instance,
        plugin: fields.get("plugin").and_then(|tree| text(tree, found)),
    })
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
    found.push(wants(
        tree,
        "the gateway's host and port",
        "write `127.0.0.1:1080`",
    ));
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
    found.push(wants(
        tree,
        "the resolver's address",
        "write an address, with its port if that is not 53: `10.0.0.2:53`",
    ));
    None
}
