//! `labcheck explain`: one check for people: what it asserts, its row in the lab's text, what it looks at, what must hold,
//! the command to type for the same, and what the last run saw.
use std::path::Path;

use serde_json::Value;

use super::args::ExplainArgs;
use super::{Done, say};
use crate::language::ast::Severity;
use crate::language::nearest::nearest;
use crate::plan::template::Template;
use crate::plan::{Check, Disrupt, Plan, Probe};
use crate::report::exit::ExitCode;
use crate::report::inert::inert;
use crate::run::evidence::Evidence;
use crate::run::facts::expects;
use crate::run::prepare::{Loaded, load};
use crate::run::{Options, Refusal};

pub fn explain(args: &ExplainArgs) -> Done {
    let options = args.stack.options();
    let Loaded { plan, rows, .. } = load(&options)?;
    let matching: Vec<&Check> = plan
        .checks
        .iter()
        .map(|check| &**check)
        .filter(|check| check.id == args.check || check.id.split('[').next() == Some(&args.check))
        .collect();
    let Some(check) = matching.first() else {
        let near = nearest(
            &args.check,
            plan.checks.iter().map(|check| check.id.as_str()),
        );
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Refusal {
            code: ExitCode::NothingSelected,
            message: format!("no check `{}`{hint}", inert(&args.check)),
        });
    };
    let mut text = format!(
        "{}\n  {}\n  {}:{}\n",
        check.id,
        check.title.in_lang(options.lang),
        check.file,
        check.line
    );
    for row in &check.asserts {
        let told = rows
            .get(row)
            .map_or("", |row| row.text.in_lang(options.lang));
        text.push_str(&format!("\n  {row}  {told}\n"));
    }
    text.push_str(&format!("\n  looks at    {}\n", expects(check)));
    text.push_str(&format!(
        "  phases      {}\n  severity    {}, {} point(s)\n",
        phases(&plan, check),
        severity(check),
        check.points
    ));
    for (word, ids) in [
        ("needs", &check.needs),
        ("agrees with", &check.agrees_with),
        ("because of", &check.because),
    ] {
        if !ids.is_empty() {
            text.push_str(&format!("  {word:<11} {}\n", ids.join(", ")));
        }
    }
    text.push_str(&format!(
        "\n  by hand     {}\n",
        by_hand(&plan, check, &options)
    ));
    for check in &matching {
        if let Some(last) = last_seen(check, &options) {
            text.push_str(&format!("\n  last seen   {} {last}\n", check.id));
        }
    }
    say(&text);
    Ok(ExitCode::Passed)
}

fn phases(plan: &Plan, check: &Check) -> String {
    let held: Vec<&str> = (0..plan.phases.len())
        .filter(|phase| check.holds_in(*phase))
        .map(|phase| plan.phases[phase].as_str())
        .collect();
    held.join(", ")
}

fn severity(check: &Check) -> &'static str {
    match check.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// The command to type for the same look. Templates stand in it as written.
fn by_hand(plan: &Plan, check: &Check, options: &Options) -> String {
    let step = check.first();
    match &step.probe {
        Probe::Resource(name) => {
            let resource = &plan.resources[name];
            let region = options
                .stack
                .as_ref()
                .and_then(|_| plan.names.get("region"))
                .and_then(Value::as_str)
                .map_or_else(String::new, |region| format!(" --region {region}"));
            let named = resource
                .name
                .as_ref()
                .map_or_else(String::new, |name| format!("   # {}", name.source()));
            format!("aws {}{region}{named}", command(resource.kind.page_call()))
        }
        Probe::Dns { name, record } => format!("dig {} {}", name.source(), record.as_str()),
        Probe::Tcp { host, port } => format!(
            "nc -vz -w {} {} {}",
            check.timeout.as_secs(),
            host.source(),
            port.source()
        ),
        Probe::Http { url, method, .. } => format!(
            "curl -i -X {method} --max-time {} '{}'",
            check.timeout.as_secs(),
            url.source()
        ),
        Probe::Mysql { host, query, .. } => format!(
            "mysql -p -h {} -e '{}'",
            host.as_ref().map_or("", |(host, _)| host.source()),
            query.as_ref().map_or("", |query| query.source())
        ),
        Probe::Command { argv, script, .. } => {
            let words = script.iter().chain(argv).map(Template::source);
            words.collect::<Vec<_>>().join(" ")
        }
        Probe::Vantage => {
            let from = step.from.as_deref().unwrap_or_default();
            format!("ssh {from}   # or: aws ssm start-session --target ID")
        }
        Probe::Drill(drill) => match &drill.disrupt {
            Disrupt::Stop(name) => {
                format!(
                    "aws ec2 stop-instances --instance-ids ID   # of {name}; then start-instances"
                )
            }
            Disrupt::StopService { unit, .. } => {
                let from = step.from.as_deref().unwrap_or_default();
                format!("sudo systemctl stop {unit}   # on {from}; then start")
            }
            Disrupt::FailOver(name) => {
                format!("aws rds failover-db-cluster --db-cluster-identifier ID   # of {name}")
            }
        },
    }
}

/// `ec2:DescribeVpcs` as it is typed: `ec2 describe-vpcs`.
fn command(action: &str) -> String {
    let (service, operation) = action.split_once(':').unwrap_or(("", action));
    let service = if service == "elasticloadbalancing" {
        "elbv2"
    } else {
        service
    };
    let mut typed = String::new();
    let mut last_was_capital = true;
    for letter in operation.chars() {
        if letter.is_ascii_uppercase() && !last_was_capital {
            typed.push('-');
        }
        last_was_capital = letter.is_ascii_uppercase();
        typed.push(letter.to_ascii_lowercase());
    }
    format!("{service} {typed}")
}

/// What the last run in the reports' folder saw of it, on one line.
fn last_seen(check: &Check, options: &Options) -> Option<String> {
    let folder = options
        .reports
        .clone()
        .unwrap_or_else(|| Path::new("reports").to_path_buf());
    let text = std::fs::read_to_string(folder.join("evidence.json")).ok()?;
    let evidence: Evidence = serde_json::from_str(&text).ok()?;
    let last = evidence.checks.get(&check.id)?.attempts.last()?.clone();
    let seen = match last.seen {
        Ok(seen) => serde_json::to_string(&seen).ok()?,
        Err(error) => error.to_string(),
    };
    Some(format!(
        "({} {}): {}",
        inert(&evidence.inputs.stack),
        inert(&last.target),
        inert(&seen)
    ))
}
