//! `labcheck doctor`: what a run needs on this side, each looked at by itself before a run: the stack file, credentials, the
//! region, keys, logins, a place for reports, a drill that was left. It looks at nothing of the lab.
use std::path::{Path, PathBuf};

use super::args::DoctorArgs;
use super::{Done, say};
use crate::aws::{Access, Aws, Kind};
use crate::drill::journal::{Place, folder};
use crate::report::exit::ExitCode;
use crate::report::files::Reports;
use crate::report::words::doctor::{Finding, State, line};
use crate::run::logins;
use crate::run::prepare::{Loaded, load, stack_path};
use crate::run::session::runtime;
use crate::run::stack::{SshHost, Target};

/// Credentials that last no longer may not last through a run with its waits and drills.
const SHORT: i64 = 30;

pub fn doctor(args: &DoctorArgs) -> Done {
    let options = args.stack.options();
    let lang = options.lang;
    let Loaded { stack, plan, .. } = load(&options)?;
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
        Target::Deployment { access, hosts, .. } => {
            for finding in proxies() {
                tell(finding);
            }
            for (name, host) in hosts {
                for finding in keys(name, host) {
                    tell(finding);
                }
            }
            runtime()?.block_on(async {
                for finding in account(access, &stack.region, &stack.logins).await {
                    tell(finding);
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

fn keys(vantage: &str, host: &SshHost) -> Vec<Finding> {
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

/// What AWS is asked: who we are, whether the region answers, the passwords that it keeps.
async fn account(access: &Access, region: &str, wanted: &[logins::Wanted]) -> Vec<Finding> {
    let aws = match Aws::connect(access.clone()).await {
        Ok(aws) => aws,
        Err(error) => return vec![Finding::Credentials(Err(Box::new(error)))],
    };
    let mut found = Vec::new();
    if let Err(error) = aws.account().await {
        found.push(Finding::Credentials(Err(Box::new(error))));
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
    found
}
