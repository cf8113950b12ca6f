//! `labcheck permissions`: the IAM policy to be given to whoever grades a lab.
use std::collections::BTreeSet;

use super::args::PermissionsArgs;
use super::{Done, say};
use crate::plan::Plan;
use crate::policy::{Asked, policy};
use crate::report::exit::ExitCode;
use crate::report::inert::inert_to;
use crate::run::Refusal;
use crate::run::prepare::{checks_folder, lab_folder, load, plan_lab};
use crate::run::stack::{Host, Target};

/// The vantages that a stack reaches by Systems Manager.
fn managed(target: &Target) -> BTreeSet<String> {
    let hosts = target.hosts().iter();
    let managed = hosts.filter(|(_, host)| matches!(host, Host::Ssm(_)));
    managed.map(|(name, _)| name.clone()).collect()
}

/// Each of them is a vantage of the lab.
fn known(plan: &Plan, vantages: &BTreeSet<String>) -> Result<(), Refusal> {
    let there: BTreeSet<&str> = plan
        .checks
        .iter()
        .flat_map(|check| check.vantages())
        .collect();
    match vantages.iter().find(|name| !there.contains(name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let there: Vec<&str> = there.into_iter().collect();
            Err(Refusal::usage(format!(
                "--ssm: no check of `{}` looks from `{}`\n  there is: {}",
                plan.lab,
                inert_to(name, 80),
                there.join(", ")
            )))
        }
    }
}

pub fn permissions(args: &PermissionsArgs) -> Done {
    let options = args.stack.options();
    let disruptive = options.allow_disruptive;
    let by_hand: BTreeSet<String> = args.ssm.iter().cloned().collect();
    let document = if let (Some(lab), None) = (&options.lab, &options.stack) {
        let (_, plan) = plan_lab(&lab_folder(lab, &checks_folder(&options)?)?)?;
        known(&plan, &by_hand)?;
        policy(
            &plan,
            Asked {
                region: None,
                disruptive,
                logins: &[],
                managed: &by_hand,
            },
        )
    } else {
        let loaded = load(&options)?;
        known(&loaded.plan, &by_hand)?;
        let managed: BTreeSet<String> = &managed(&loaded.stack.target) | &by_hand;
        policy(
            &loaded.plan,
            Asked {
                region: Some(&loaded.stack.region),
                disruptive,
                logins: &loaded.stack.logins,
                managed: &managed,
            },
        )
    };
    say(&format!("{document:#}\n"));
    Ok(ExitCode::Passed)
}
