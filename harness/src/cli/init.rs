//! `labcheck init`: a stack file to fill in, for one lab.
use super::args::InitArgs;
use super::{Done, say};
use crate::report::exit::ExitCode;
use crate::run::Options;
use crate::run::prepare::{checks_folder, lab_folder, plan_lab};

pub fn init(args: &InitArgs) -> Done {
    let checks = checks_folder(&Options {
        checks: args.checks.clone(),
        ..Options::default()
    })?;
    let (lab, plan) = plan_lab(&lab_folder(&args.lab, &checks)?)?;
    let region = plan.regions.first().map_or("", String::as_str);
    let vars: String = lab
        .vars
        .keys()
        .map(|name| format!("#   {name}: {}\n", plan.names[name]))
        .collect();
    say(&format!(
        "\
# yaml-language-server: $schema=../schema/stack.json
# A stack of the lab `{lab}`. Save it as fixtures/stacks/NAME.yaml, then: cargo test -- --stack NAME
lab: {lab}
region: {region}
# The ordinary credential chain is used: AWS_ variables, ~/.aws/credentials. Or one of these:
# profile: class
# role_arn: arn:aws:iam::123456789012:role/grader
# external_id: '...'
# The account that it must be, in quotes; a run against any other one is errored.
# expect_account: '123456789012'
# What differs from the lab's own values:
# vars:
{vars}# From where it is dialled; this machine if nothing is said. `none` dials nothing.
# vantages:
#   internet: direct
{through}",
        lab = plan.lab,
        through = lab
            .vantages
            .iter()
            .chain(&lab.optional_vantages)
            .map(|vantage| {
                let name = &vantage.value;
                format!("#   {name}: {{ ssh: {{ host: …, user: … }} }}   # or {{ ssm: {{ instance: … }} }}\n")
            })
            .collect::<String>()
    ));
    Ok(ExitCode::Passed)
}
