//! `labcheck doctor`: what a run needs on this side, each looked at by itself before a run: the stack file, credentials, the
//! region, the permissions, keys, logins, the resolver, a place for reports, a drill that was left. It judges nothing of
//! the lab.
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::DoctorArgs;
use super::{Done, say};
use crate::aws::{Access, Aws, Kind, Snapshot, at};
use crate::drill::journal::{Place, folder};
use crate::fault::{Code, Layer, ProbeError};
use crate::observe::{Dns, Held, RecordKind, Request, Vantage, observe};
use crate::plan::{Filter, INTERNET, Plan};
use crate::report::exit::ExitCode;
use crate::report::files::Reports;
use crate::report::words::doctor::{Finding, State, line};
use crate::run::logins;
use crate::run::prepare::{Loaded, load, phase, stack_path};
use crate::run::session::runtime;
use crate::run::stack::{Host, Target};
use crate::world::complete_snapshot;

/// How long a resolver is given.
const PATIENCE: Duration = Duration::from_secs(10);

/// Credentials that last no longer may not last through a run with its waits and drills.
const SHORT: i64 = 30;

pub fn doctor(args: &DoctorArgs) -> Done {
    let options = args.stack.options();
    let lang = options.lang;
    let Loaded { stack, plan, .. } = load(&options)?;
    let phase = phase(&plan, &options)?;
    let mut worst = State::Good;
    let mut tell = |finding: Finding| {
        worst = worst.max(finding.state());
        say(&line(lang, &finding));
    };
    tell(Finding::Stack {
        file: stack_path(&options),
        lab: plan.lab.clone(),
        region: stack.region.clone(),
    });
    let reports = options
        .reports
        .clone()
        .unwrap_or_else(|| PathBuf::from("reports"));
    tell(Finding::Reports(
        Reports::prepare(&reports)
            .map(|_| reports)
            .map_err(|error| error.to_string()),
    ));
    let state = folder(options.state.as_deref());
    let left = state.and_then(|state| Place::of(&state, &stack.name, &stack.region).left());
    tell(Finding::Drill(left.map(Box::new)));
    match &stack.target {
        // It brings everything along.
        Target::Replica(_) => tell(Finding::Demo),
        Target::Deployment {
            access,
            hosts,
            vantages,
        } => {
            for finding in proxies() {
                tell(finding);
            }
            for (name, host) in hosts {
                for finding in keys(name, host)
                    .into_iter()
                    .chain(plugin(name, host, &plan))
                {
                    tell(finding);
                }
            }
            runtime()?.block_on(async {
                let (aws, found) = account(access, &stack.region, &stack.logins).await;
                found.into_iter().for_each(&mut tell);
                if let Some(aws) = aws {
                    let found = lab(&aws, &plan, phase, vantages.get(INTERNET)).await;
                    found.into_iter().for_each(&mut tell);
                }
            });
        }
    }
    Ok(match worst {
        State::Good | State::Odd => ExitCode::Passed,
        State::Bad => ExitCode::Undecided,
    })
}

/// Variables that name a proxy: none is used, and who relies on one should know.
fn proxies() -> impl Iterator<Item = Finding> {
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    names.into_iter().filter(set).map(Finding::Proxy)
}

fn keys(vantage: &str, host: &Host) -> Vec<Finding> {
    // By Systems Manager nobody logs in.
    let Host::Ssh(host) = host else {
        return Vec::new();
    };
    let settings = &host.settings;
    let known = settings.accept_new || Path::new(&settings.known_hosts).is_file();
    vec![
        Finding::Key {
            vantage: vantage.to_owned(),
            trouble: settings.key_trouble(),
        },
        Finding::KnownHosts {
            vantage: vantage.to_owned(),
            file: (!known).then(|| settings.known_hosts.clone()),
        },
    ]
}

/// The program that carries dials through Systems Manager, where the lab dials from there.
fn plugin(vantage: &str, host: &Host, plan: &Plan) -> Option<Finding> {
    let Host::Ssm(settings) = host else {
        return None;
    };
    let mut steps = plan.steps_from(|from| from == vantage);
    steps
        .any(|step| step.probe.dials())
        .then(|| Finding::Plugin {
            vantage: vantage.to_owned(),
            trouble: settings.plugin_trouble(),
        })
}

/// What AWS is asked: who we are, whether the region answers, the passwords that it keeps. Where it knows us, it can be
/// asked for more.
async fn account(
    access: &Access,
    region: &str,
    wanted: &[logins::Wanted],
) -> (Option<Aws>, Vec<Finding>) {
    let aws = match Aws::connect(access.clone()).await {
        Ok(aws) => aws,
        Err(error) => return (None, vec![Finding::Credentials(Err(Box::new(error)))]),
    };
    let mut found = Vec::new();
    let known = aws.account().await;
    if let Err(error) = &known {
        found.push(Finding::Credentials(Err(Box::new(error.clone()))));
    } else {
        found.push(Finding::Credentials(Ok(())));
        if let Some(expiry) = aws.expiry().await {
            let minutes = expiry.duration_since(jiff::Timestamp::now()).as_mins();
            found.push(Finding::Expiry {
                minutes,
                short: minutes < SHORT,
            });
        }
        let vpcs = aws.elsewhere(Kind::Vpc, region).await;
        found.push(Finding::Region {
            region: region.to_owned(),
            vpcs: vpcs.map(|vpcs| vpcs.len()).map_err(Box::new),
        });
    }
    let told = logins::resolve(wanted, &aws).await.told;
    found.extend(
        told.into_iter()
            .map(|(name, why)| Finding::Login { name, why }),
    );
    (known.is_ok().then_some(aws), found)
}

/// What the lab's checks ask of AWS, asked once: each call that is not allowed is told. Then the resolver: whether it
/// gives an address for the names that AWS itself gave.
async fn lab(aws: &Aws, plan: &Plan, phase: usize, internet: Option<&Vantage>) -> Vec<Finding> {
    let selected = plan.select(phase, &Filter::default());
    let snapshot = complete_snapshot(aws, &selected).await;
    let mut found = vec![Finding::Calls(selected.wants().actions().len())];
    let troubles: Vec<Finding> = snapshot
        .troubles()
        .into_iter()
        .map(|error| Finding::Call(Box::new(error.clone())))
        .collect();
    if !troubles.is_empty() {
        found = troubles;
    }
    if let Some(internet) = internet {
        for name in names(&snapshot) {
            let why = resolve(&name, internet).await;
            found.push(Finding::Name {
                name,
                why: why.map(Box::new),
            });
        }
    }
    found
}

/// A name of a database and one of a load balancer that are in service. The database's address is private, which some
/// resolvers keep to themselves.
fn names(snapshot: &Snapshot) -> Vec<String> {
    let first = |kind: Kind, state: &[&str], in_service: &str, name: &[&str]| {
        let records = snapshot.list(kind).unwrap_or_default().iter();
        records
            .filter(|record| at(record, state) == Some(in_service))
            .find_map(|record| at(record, name).map(str::to_owned))
    };
    let database = first(
        Kind::DbInstance,
        &["db_instance_status"],
        "available",
        &["endpoint", "address"],
    );
    let balancer = first(
        Kind::LoadBalancer,
        &["state", "code"],
        "active",
        &["dns_name"],
    );
    [database, balancer].into_iter().flatten().collect()
}

/// Why the resolver of `internet` gives no address for a name of AWS's own.
async fn resolve(name: &str, internet: &Vantage) -> Option<ProbeError> {
    let request = Request::Dns(Dns {
        name: name.to_owned(),
        record: RecordKind::A,
    });
    match observe(&request, internet, &mut Held::default(), PATIENCE).await {
        Ok(seen) if seen.outcome == "resolved" => None,
        Ok(seen) => Some(ProbeError::new(
            Code::ResolverFilters,
            Layer::Vantage,
            INTERNET,
            seen.outcome,
        )),
        Err(error) => Some(error),
    }
}
