//! The stack of a run, resolved: which lab, which account and region, from where it is dialled, or which replica. It
//! reads the stack file and the environment that the file names, and makes no call.
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::logins::{Place, Wanted};
use super::options::Options;
use crate::aws::{Access, Aws, Credentials, Service};
use crate::fault::{Code, Layer, ProbeError};
use crate::language::ast::{self, At, CarrierDecl, Lab, SecretDecl};
use crate::language::diagnostic::{Diagnostic, Diagnostics};
use crate::observe::{Direct, Nowhere, Socks5, Ssh, SshSettings, Ssm, SsmSettings, Vantage};
use crate::plan::build::plain;
use crate::plan::{INTERNET, Plan};
use crate::report::model::{Override, OverrideKind};
use crate::world::{Blocked, World};

/// A stack, resolved.
#[derive(Clone, Debug)]
pub struct Stack {
    /// As the user named it.
    pub name: String,
    /// The region.
    pub region: String,
    /// What it is: a deployment, or a replica to start.
    pub target: Target,
    /// The profile, for the report's head.
    pub profile: Option<String>,
    /// Vars of the stack file and of the command line.
    pub vars: Map<String, Value>,
    /// Whatever stands in the place of AWS or of the network.
    pub overrides: Vec<Override>,
    /// Who logs in to its databases.
    pub logins: Vec<Wanted>,
    /// The addresses of its vantages' hosts, templates.
    pub host_templates: Vec<(String, At<String>)>,
}

/// What a stack is.
#[derive(Clone, Debug)]
pub enum Target {
    /// Something deployed, in AWS or in an emulator.
    Deployment {
        /// How its API is reached.
        access: Box<Access>,
        /// The vantages that are configured, `none` left out.
        vantages: IndexMap<String, Vantage>,
        /// The hosts of the stack that others go through.
        hosts: IndexMap<String, Host>,
    },
    /// The built-in replica, which brings its own endpoint, vantages and credentials.
    Replica(ReplicaWanted),
}

impl Target {
    /// The hosts of the stack that its vantages go through.
    #[must_use]
    pub fn hosts(&self) -> &IndexMap<String, Host> {
        match self {
            Self::Deployment { hosts, .. } => hosts,
            Self::Replica(wanted) => &wanted.hosts,
        }
    }
}

impl Stack {
    /// Whether it is the replica.
    #[must_use]
    pub fn is_replica(&self) -> bool {
        matches!(self.target, Target::Replica(_))
    }
}

/// A host of the stack that a vantage goes through; its address or id is the plan's, since a template names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// By SSH.
    Ssh(SshHost),
    /// By Systems Manager.
    Ssm(SsmSettings),
}

/// A host that is reached by SSH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshHost {
    /// Its SSH port.
    pub port: u16,
    /// How it is logged in to.
    pub settings: SshSettings,
}

impl Host {
    /// The vantage through it: by SSH dialled from `internet`, else asked of the API.
    #[must_use]
    pub fn vantage(&self, address: String, internet: Option<&Vantage>, aws: &Aws) -> Vantage {
        match self {
            Self::Ssh(host) => {
                let internet = internet.cloned().unwrap_or(Vantage::None(Nowhere));
                let settings = host.settings.clone();
                Vantage::Ssh(Ssh::new(address, host.port, settings, internet))
            }
            Self::Ssm(settings) => Vantage::Ssm(Ssm::new(aws.clone(), address, settings.clone())),
        }
    }
}

/// The name or address of the host that a vantage goes through.
///
/// # Errors
/// What its template names has no value, or could not be observed.
pub fn address_of(plan: &Plan, name: &str, world: &World<'_>) -> Result<String, ProbeError> {
    let planned = plan
        .hosts
        .get(name)
        .ok_or_else(|| no_way(name, "not configured"))?;
    world
        .text(&planned.host, &planned.uses)
        .map_err(|blocked| match blocked {
            Blocked::Fault(error) => error,
            Blocked::Missing {
                name: missing,
                detail,
            } => no_way(name, &format!("{missing}: {detail}")),
        })
}

pub(super) fn no_way(name: &str, detail: &str) -> ProbeError {
    ProbeError::new(Code::VantageFailed, Layer::Vantage, name, detail)
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
    /// The servers of it that others go through. The key to them and their own keys are the replica's to tell.
    pub hosts: IndexMap<String, Host>,
}

/// Resolves a stack file for a lab. What is wrong goes to `diagnostics`.
pub fn resolve(
    name: &str,
    written: &ast::Stack,
    lab: &Lab,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Stack {
    let region = written
        .region
        .as_ref()
        .map(|region| region.value.clone())
        .or_else(|| lab.regions.first().map(|region| region.value.clone()))
        .unwrap_or_default();
    let mut vars: Map<String, Value> = written
        .vars
        .iter()
        .map(|(name, tree)| (name.clone(), plain(&tree.value)))
        .collect();
    vars.extend(
        options
            .vars
            .iter()
            .map(|(name, value)| (name.clone(), json!(value))),
    );
    let mut overrides: Vec<Override> = options
        .vars
        .iter()
        .map(|(name, value)| Override {
            kind: OverrideKind::Var,
            name: name.clone(),
            value: value.clone(),
        })
        .collect();
    let folder = options.stack_folder();
    let mut host_templates = Vec::new();
    let target = if let Some(declared) = &written.replica {
        refuse_contradictions(written, declared, diagnostics);
        let hosts = hosts(written, &folder, &mut host_templates, diagnostics);
        Target::Replica(ReplicaWanted {
            phase: declared
                .value
                .phase
                .as_ref()
                .map(|phase| phase.value.clone()),
            faults: declared
                .value
                .faults
                .iter()
                .map(|fault| fault.value.clone())
                .collect(),
            speed: declared
                .value
                .speed
                .as_ref()
                .map_or(1.0, |speed| speed.value),
            api_latency: declared
                .value
                .api_latency
                .as_ref()
                .map_or(Duration::ZERO, |latency| latency.value),
            hosts,
        })
    } else {
        let access = access(written, &region, &folder);
        let endpoints = endpoints(&access);
        let vantages = vantages(written, endpoints.is_empty(), &mut overrides, diagnostics);
        overrides.extend(endpoints);
        let hosts = hosts(written, &folder, &mut host_templates, diagnostics);
        Target::Deployment {
            access: Box::new(access),
            vantages,
            hosts,
        }
    };
    Stack {
        name: name.to_owned(),
        region,
        target,
        profile: written
            .profile
            .as_ref()
            .map(|profile| profile.value.clone()),
        vars,
        overrides,
        logins: logins(written, &folder),
        host_templates,
    }
}

/// The vantages that go through hosts of the stack.
fn hosts(
    written: &ast::Stack,
    folder: &Path,
    templates: &mut Vec<(String, At<String>)>,
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, Host> {
    let mut hosts = IndexMap::new();
    for (name, declared) in &written.vantages {
        let ssh = match &declared.value.carrier {
            CarrierDecl::Ssh(ssh) => ssh,
            CarrierDecl::Ssm(ssm) => {
                templates.push((name.value.clone(), ssm.instance.clone()));
                let plugin = ssm.plugin.as_ref().map(|path| below(folder, &path.value));
                hosts.insert(name.value.clone(), Host::Ssm(SsmSettings { plugin }));
                continue;
            }
            CarrierDecl::Direct | CarrierDecl::Socks5(_) | CarrierDecl::None => continue,
        };
        let resolver = declared.value.resolver.as_ref();
        let resolver = resolver.and_then(|resolver| address(resolver, 53, diagnostics));
        let file = |path: &At<String>| below(folder, &path.value);
        let known_hosts = ssh.known_hosts.as_ref().map(file);
        let port = ssh.port.as_ref().and_then(|port| port.value.parse().ok());
        let settings = SshSettings {
            user: ssh.user.value.clone(),
            key: ssh.key.as_ref().map(file),
            known_hosts: known_hosts.unwrap_or_else(|| below(folder, "~/.ssh/known_hosts")),
            accept_new: ssh.accept_new,
            resolver,
        };
        templates.push((name.value.clone(), ssh.host.clone()));
        let port = port.unwrap_or(22);
        hosts.insert(name.value.clone(), Host::Ssh(SshHost { port, settings }));
    }
    hosts
}

fn logins(written: &ast::Stack, folder: &Path) -> Vec<Wanted> {
    let login = |(name, declared): &(At<String>, At<ast::LoginDecl>)| Wanted {
        name: name.value.clone(),
        user: declared.value.user.value.clone(),
        password: match &declared.value.password {
            SecretDecl::Env(name) => Place::Variable(name.value.clone()),
            SecretDecl::File(path) => Place::File(below(folder, &path.value)),
            SecretDecl::Secret(arn) => Place::Secret(arn.value.clone()),
            SecretDecl::Parameter(arn) => Place::Parameter(arn.value.clone()),
        },
        ca: declared
            .value
            .ca
            .as_ref()
            .map(|ca| below(folder, &ca.value)),
    };
    written.logins.iter().map(login).collect()
}

/// A path of a stack file: `~` is the home folder, and what is relative begins at the file's own folder.
fn below(folder: &Path, path: &str) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().unwrap_or_default().join(rest),
        None => folder.join(path),
    }
}

/// A replica brings everything with it; which vantage goes through which of its servers is the lab's matter.
fn refuse_contradictions(
    written: &ast::Stack,
    replica: &At<ast::ReplicaDecl>,
    diagnostics: &mut Diagnostics,
) {
    let contradicting = [&written.endpoint_url, &written.profile, &written.role_arn]
        .into_iter()
        .flatten()
        .map(|value| value.span);
    let vantages = written
        .vantages
        .iter()
        .filter(|(_, vantage)| !goes_through_its_own(&vantage.value))
        .map(|(name, _)| name.span);
    let logins = written.logins.iter().map(|(name, _)| name.span);
    for span in contradicting.chain(vantages.take(1)).chain(logins.take(1)) {
        diagnostics.push(
            Diagnostic::new(span, "a stack is either a replica or a deployment")
                .label("contradicts `replica:`")
                .also(replica.span, "the replica"),
        );
    }
}

/// Whether a vantage is a server of the stack's own, with nothing told that a replica tells by itself.
fn goes_through_its_own(vantage: &ast::VantageDecl) -> bool {
    match &vantage.carrier {
        CarrierDecl::Ssh(ssh) => ssh.key.is_none() && ssh.known_hosts.is_none() && !ssh.accept_new,
        CarrierDecl::Ssm(_) => true,
        CarrierDecl::Direct | CarrierDecl::Socks5(_) | CarrierDecl::None => false,
    }
}

fn access(written: &ast::Stack, region: &str, folder: &Path) -> Access {
    let text = |value: &Option<At<String>>| value.as_ref().map(|value| value.value.clone());
    Access {
        region: region.to_owned(),
        endpoint_url: text(&written.endpoint_url),
        endpoint_urls: written
            .endpoint_urls
            .iter()
            .filter_map(|(service, url)| {
                Some((Service::from_word(&service.value)?, url.value.clone()))
            })
            .collect(),
        credentials: Credentials::Chain {
            profile: text(&written.profile),
            file: written
                .credentials_file
                .as_ref()
                .map(|file| below(folder, &file.value)),
            role_arn: text(&written.role_arn),
            external_id: text(&written.external_id),
            instance: written.instance_credentials,
        },
        expect_account: text(&written.expect_account),
        isolated: false,
    }
}

/// The endpoints in the place of AWS's own: of the stack file, else of the environment, as the SDK takes them.
fn endpoints(access: &Access) -> Vec<Override> {
    let told = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let ignored = told("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value == "true");
    let of_environment = |name: &str| told(name).filter(|_| !ignored);
    let mut found = Vec::new();
    if let Some(url) = access
        .endpoint_url
        .clone()
        .or_else(|| of_environment("AWS_ENDPOINT_URL"))
    {
        found.push(Override {
            kind: OverrideKind::Endpoint,
            name: "*".to_owned(),
            value: url,
        });
    }
    for service in Service::ALL {
        let url = access.endpoint_urls.get(service).cloned().or_else(|| {
            of_environment(service.endpoint_variable()).filter(|_| access.endpoint_url.is_none())
        });
        found.extend(url.map(|url| Override {
            kind: OverrideKind::Endpoint,
            name: service.word().to_owned(),
            value: url,
        }));
    }
    found
}

fn vantages(
    written: &ast::Stack,
    is_aws: bool,
    overrides: &mut Vec<Override>,
    diagnostics: &mut Diagnostics,
) -> IndexMap<String, Vantage> {
    let mut vantages = IndexMap::new();
    for (name, declared) in &written.vantages {
        let resolver = declared
            .value
            .resolver
            .as_ref()
            .and_then(|resolver| address(resolver, 53, diagnostics));
        // The resolver of a host's own VPC is no override: it is what the stack itself asks.
        let is_ssh = matches!(declared.value.carrier, CarrierDecl::Ssh(_));
        if let Some(resolver) = resolver.filter(|_| !is_ssh) {
            overrides.push(Override {
                kind: OverrideKind::Resolver,
                name: name.value.clone(),
                value: resolver.to_string(),
            });
        }
        match &declared.value.carrier {
            CarrierDecl::Direct => {
                vantages.insert(name.value.clone(), Vantage::Direct(Direct { resolver }));
            }
            CarrierDecl::Socks5(gateway) => {
                overrides.push(Override {
                    kind: OverrideKind::Gateway,
                    name: name.value.clone(),
                    value: gateway.value.clone(),
                });
                if let Some(gateway) = address(gateway, 1080, diagnostics) {
                    vantages.insert(
                        name.value.clone(),
                        Vantage::Socks5(Socks5 { gateway, resolver }),
                    );
                }
            }
            // Made when it is first wanted: its host's address is in the snapshot.
            CarrierDecl::Ssh(_) | CarrierDecl::Ssm(_) | CarrierDecl::None => {}
        }
    }
    // An emulator's public addresses are strangers': nothing is dialled unless the stack file says so.
    let named = written
        .vantages
        .iter()
        .any(|(name, _)| name.value == INTERNET);
    if !named && is_aws {
        vantages.insert(
            INTERNET.to_owned(),
            Vantage::Direct(Direct { resolver: None }),
        );
    }
    vantages
}

/// `10.0.0.2`, `10.0.0.2:53`, `[::1]:53`.
fn address(written: &At<String>, port: u16, diagnostics: &mut Diagnostics) -> Option<SocketAddr> {
    let text = written.value.as_str();
    let parsed = text.parse().ok().or_else(|| {
        text.parse::<IpAddr>()
            .ok()
            .map(|address| SocketAddr::new(address, port))
    });
    if parsed.is_none() {
        diagnostics.push(
            Diagnostic::new(written.span, format!("`{text}` is not an address"))
                .label(format!("as in `127.0.0.1:{port}`; a name can't stand here")),
        );
    }
    parsed
}
