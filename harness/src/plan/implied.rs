//! Needs that nobody writes down: whoever is dialled from a host of the stack needs the check that the host lets us in, and
//! whoever logs in the check that the login holds. There a closed port or a wrong password is the student's; without it
//! every check behind would fail for it.
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Check, INTERNET, Plan, Probe};
use crate::language::ast;
use crate::language::diagnostic::{Diagnostic, Diagnostics};

/// Adds them, and tells what no check shows.
pub fn add(
    plan: &mut Plan,
    origins: &IndexMap<String, &ast::Check>,
    diagnostics: &mut Diagnostics,
) {
    let mut added: Vec<(usize, Vec<String>)> = Vec::new();
    for (place, check) in plan.checks.iter().enumerate() {
        let mut needs = Vec::new();
        for vantage in check.vantages().filter(|vantage| *vantage != INTERNET) {
            let shows = |other: &Check| shows_vantage(other, vantage);
            prover(
                plan,
                check,
                shows,
                &format!("the vantage `{vantage}`"),
                &format!("probe: {{ vantage: {vantage} }}"),
                origins,
                diagnostics,
                &mut needs,
            );
        }
        for login in &check.logins {
            let shows = |other: &Check| shows_login(other, login);
            prover(
                plan,
                check,
                shows,
                &format!("the login `{login}`"),
                &format!("probe: {{ mysql: {{ host: …, login: {login} }} }}, without a query"),
                origins,
                diagnostics,
                &mut needs,
            );
        }
        needs.retain(|need| !check.needs.contains(need));
        needs.dedup();
        added.push((place, needs));
    }
    for (place, needs) in added {
        // First of all: it is the cause that explains the others best.
        let check = Arc::make_mut(&mut plan.checks[place]);
        check.needs.splice(0..0, needs);
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one look-up with its words, used for vantages and for logins"
)]
fn prover(
    plan: &Plan,
    check: &Check,
    shows: impl Fn(&Check) -> bool,
    what: &str,
    how: &str,
    origins: &IndexMap<String, &ast::Check>,
    diagnostics: &mut Diagnostics,
    needs: &mut Vec<String>,
) {
    if shows(check) {
        return;
    }
    let holds_there = |other: &&Arc<Check>| {
        (0..plan.phases.len()).all(|phase| !check.holds_in(phase) || other.holds_in(phase))
    };
    let mut proving = plan.checks.iter().filter(|other| shows(other));
    if let Some(other) = proving.find(holds_there) {
        needs.push(other.id.clone());
        return;
    }
    let span = origins
        .get(&check.id)
        .map_or_else(Default::default, |origin| origin.id.span);
    let title = format!(
        "no check shows that {what} holds wherever `{}` uses it",
        check.id
    );
    diagnostics.push(
        Diagnostic::new(span, title)
            .label("what is wrong with it would fail every check behind it")
            .help(format!("add a check with `{how}`")),
    );
}

fn shows_vantage(check: &Check, vantage: &str) -> bool {
    matches!(&check.steps[..], [step] if matches!(step.probe, Probe::Vantage) && step.from.as_deref() == Some(vantage))
}

fn shows_login(check: &Check, name: &str) -> bool {
    matches!(&check.steps[..], [step]
        if matches!(&step.probe, Probe::Mysql { login: Some(login), query: None, .. } if login == name))
}
