//! `labcheck permissions`: the IAM policy to be given to whoever grades a lab.
use std::collections::BTreeSet;

use super::args::PermissionsArgs;
use super::{Done, say};
use crate::policy::{Asked, policy};
use crate::report::exit::ExitCode;
use crate::run::prepare::{checks_folder, lab_folder, load, plan_lab};
use crate::run::stack::{Host, Target};

/// The vantages that a stack reaches by Systems Manager.
fn managed(target: &Target) -> BTreeSet<String> {
    let hosts = target.hosts().iter();
    let managed = hosts.filter(|(_, host)| matches!(host, Host::Ssm(_)));
    managed.map(|(name, _)| name.clone()).collect()
}

pub fn permissions(args: &PermissionsArgs) -> Done {
    let options = args.stack.options();
    let disruptive = options.allow_disruptive;
    let document = if let (Some(lab), None) = (&options.lab, &options.stack) {
        let (_, plan) = plan_lab(&lab_folder(lab, &checks_folder(&options)?)?)?;
        policy(
            &plan,
            Asked {
                region: None,
                disruptive,
                logins: &[],
                managed: &BTreeSet::new(),
            },
        )
    } else {
        let loaded = load(&options)?;
        policy(
            &loaded.plan,
            Asked {
                region: Some(&loaded.stack.region),
                disruptive,
                logins: &loaded.stack.logins,
                managed: &managed(&loaded.stack.target),
            },
        )
    };
    say(&format!("{document:#}\n"));
    Ok(ExitCode::Passed)
}
