//! The stack of a run, resolved: which lab, which account and region, from where it is dialled, or which replica. It
//! reads the stack file and the environment that the file names, and makes no call.
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::options::Options;
use crate::aws::{Access, Credentials};
use crate::language::ast::{self, At, CarrierDecl, Lab};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::observe::Vantage;
use crate::plan::INTERNET;
use crate::plan::build::plain;
use crate::report::model::{Override, OverrideKind};

/// A stack, resolved.
#[derive(Clone, Debug)]
pub struct Stack {
    /// As the user named it.
    pub name: String,
    /// The region.
    pub region: String,
    /// How the API is reached; none for a replica, which is asked when it runs.
    pub access: Option<Access>,
    /// The profile, for the report's head.
    pub profile: Option<String>,
    /// The vantages that are configured, `none` left out; none for a replica.
    pub vantages: IndexMap<String, Vantage>,
    /// Vars of the stack file and of the command line.
    pub vars: Map<String, Value>,
    /// The replica to start.
    pub replica: Option<ReplicaWanted>,
    /// Whatever stands in the place of AWS or of the network.
    pub overrides: Vec<Override>,
}

/// The replica that a stack file asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaWanted {
    /// Where it stands; the run's own phase where absent.
    pub phase: Option<String>,
    /// The mistakes in it.
    pub faults: Vec<String>,
    /// How fast its time runs.
    pub speed: f64,
    /// Added to each API answer.
    pub api_latency: Duration,
}

/// Resolves a stack file for a lab. What is wrong goes to `diagnostics`.
pub fn resolve(name: &str, written: &ast::Stack, lab: &Lab, options: &Options, diagnostics: &mut Diagnostics) -> Stack {
    let region = written
        .region
        .as_ref()
        .map(|region| region.value.clone())
        .or_else(|| lab.regions.first().map(|region| region.value.clone()))
        .unwrap_or_default();
    let mut vars: Map<String, Value> = written.vars.iter().map(|(name, tree)| (name.clone(), plain(&tree.value))).collect();
    vars.extend(options.vars.iter().map(|(name, value)| (name.clone(), json!(value))));
    let mut overrides: Vec<Override> =
        options.vars.iter().map(|(name, value)| Override { kind: OverrideKind::Var, name: name.clone(), value: value.clone() }).collect();
    let replica = written.replica.as_ref().map(|replica| ReplicaWanted {
        phase: replica.value.phase.as_ref().map(|phase| phase.value.clone()),
        faults: replica.value.faults.iter().map(|fault| fault.value.clone()).collect(),
        speed: replica.value.speed.as_ref().map_or(1.0, |speed| speed.value),
        api_latency: replica.value.api_latency.as_ref().map_or(Duration::ZERO, |latency| latency.value),
    });
    if let Some(declared) = &written.replica {
        let contradicts = [&written.endpoint_url, &written.profile, &written.role_arn];
        if let Some(other) = contradicts.into_iter().flatten().next() {
            diagnostics.push(
                Diagnostic::new(other.span, "a stack is either a replica or a deployment").label("contradicts `replica:`").also(declared.span, "the replica"),
            );
        }
    }
    let access = replica.is_none().then(|| access(written, &region, &mut overrides));
    let vantages = if replica.is_some() { IndexMap::new() } else { vantages(written, access.as_ref(), &mut overrides, diagnostics) };
    Stack { name: name.to_owned(), region, access, profile: written.profile.as_ref().map(|profile| profile.value.clone()), vantages, vars, replica, overrides }
}

fn access(written: &ast::Stack, region: &str, overrides: &mut Vec<Override>) -> Access {
    let text = |value: &Option<At<String>>| value.as_ref().map(|value| value.value.clone());
    let access = Access {
        region: region.to_owned(),
        endpoint_url: text(&written.endpoint_url),
        endpoint_urls: written.endpoint_urls.iter().map(|(service, url)| (service.value.clone(), url.value.clone())).collect::<BTreeMap<_, _>>(),
        credentials: Credentials::Chain {
            profile: text(&written.profile),
            role_arn: text(&written.role_arn),
            external_id: text(&written.external_id),
            instance: written.instance_credentials,
        },
        isolated: false,
        expect_account: text(&written.expect_account),
    };
    for (service, url) in access.endpoints() {
        overrides.push(Override { kind: OverrideKind::Endpoint, name: service, value: url });
    }
    access
}

fn vantages(written: &ast::Stack, access: Option<&Access>, overrides: &mut Vec<Override>, diagnostics: &mut Diagnostics) -> IndexMap<String, Vantage> {
    let mut vantages = IndexMap::new();
    for (name, declared) in &written.vantages {
        let resolver = declared.value.resolver.as_ref().and_then(|resolver| address(resolver, 53, diagnostics));
        if let Some(resolver) = resolver {
            overrides.push(Override { kind: OverrideKind::Resolver, name: name.value.clone(), value: resolver.to_string() });
        }
        match &declared.value.carrier {
            CarrierDecl::Direct => {
                vantages.insert(name.value.clone(), Vantage::direct(resolver));
            }
            CarrierDecl::Socks5(gateway) => {
                overrides.push(Override { kind: OverrideKind::Gateway, name: name.value.clone(), value: gateway.value.clone() });
                if let Some(gateway) = address(gateway, 1080, diagnostics) {
                    vantages.insert(name.value.clone(), Vantage::socks5(gateway, resolver));
                }
            }
            CarrierDecl::None => {}
        }
    }
    // An emulator's public addresses are strangers': nothing is dialled unless the stack file says so.
    let named = written.vantages.iter().any(|(name, _)| name.value == INTERNET);
    if !named && access.is_some_and(|access| access.endpoints().is_empty()) {
        vantages.insert(INTERNET.to_owned(), Vantage::direct(None));
    }
    vantages
}

/// `10.0.0.2`, `10.0.0.2:53`, `[::1]:53`.
fn address(written: &At<String>, port: u16, diagnostics: &mut Diagnostics) -> Option<SocketAddr> {
    let text = written.value.as_str();
    let parsed = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, port)));
    if parsed.is_none() {
        diagnostics.push(Diagnostic::new(written.span, format!("`{text}` is not an address")).label(format!("as in `127.0.0.1:{port}`; a name can't stand here")));
    }
    parsed
}
