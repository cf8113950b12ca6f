//! What a report is told of a run: facts of the run and of each check, out of the plan and the evidence.
use super::billed::billed;
use super::drive::Run;
use super::prepare::Prepared;
use crate::plan::template::Template;
use crate::plan::{Check, Probe, Selected};
use crate::report::facts::{CheckFacts, RunFacts};
use crate::report::model::{Kind, Report, Selection};

/// The report of a run.
#[must_use]
pub fn report(prepared: &Prepared, run: &Run) -> Report {
    let selected = prepared
        .plan
        .select(prepared.phase, &prepared.options.filter);
    let checks = selected
        .checks
        .iter()
        .filter_map(|check| {
            let result = run.results.iter().find(|result| result.id == check.id)?;
            Some((check_facts(&selected, check), result.clone()))
        })
        .collect();
    Report::assemble(run_facts(prepared, run), checks)
}

fn run_facts(prepared: &Prepared, run: &Run) -> RunFacts {
    let options = &prepared.options;
    RunFacts {
        stack: prepared.stack.name.clone(),
        lab: prepared.plan.lab.clone(),
        lab_title: prepared.plan.title.clone(),
        phase: prepared.plan.phases[prepared.phase].clone(),
        region: prepared.stack.region.clone(),
        account: run.account.clone(),
        profile: prepared.stack.profile.clone(),
        started_at: run.started_at,
        elapsed_ms: run.elapsed_ms,
        checks_digest: prepared.checks_digest.clone(),
        demo: prepared.stack.is_replica(),
        overrides: prepared.stack.overrides.clone(),
        fingerprint: run.fingerprint.clone(),
        aws_calls: run.aws_calls.clone(),
        selection: Selection {
            phase: options.phase.clone(),
            filter: options
                .filter
                .is_narrow()
                .then(|| options.filter.to_string()),
            opt_ins: options.opt_ins(),
        },
        interrupted: run.interrupted,
        // The demo costs nobody anything.
        billed: if prepared.stack.is_replica() {
            Vec::new()
        } else {
            billed(&prepared.plan, &run.evidence)
        },
    }
}

/// What a report needs to know of a check.
#[must_use]
pub fn check_facts(selected: &Selected<'_>, check: &Check) -> CheckFacts {
    let plan = selected.plan;
    let mut needs = check.needs.clone();
    needs.extend(
        plan.finders(check)
            .map(str::to_owned)
            .filter(|finder| !check.needs.contains(finder)),
    );
    CheckFacts {
        id: check.id.clone(),
        title: check.title.clone(),
        phase: plan.phases[check.since].clone(),
        kind: match check.first().probe {
            Probe::Resource(_) => Kind::Resource,
            Probe::Dns { .. } => Kind::Dns,
            Probe::Tcp { .. } => Kind::Tcp,
            Probe::Http { .. } => Kind::Http,
            Probe::Mysql { .. } => Kind::Mysql,
            Probe::Command { .. } => Kind::Command,
            Probe::Vantage => Kind::Vantage,
            Probe::Drill(_) => Kind::Drill,
        },
        severity: check.severity,
        asserts: check.asserts.clone(),
        points: check.points,
        from: check.first().from.clone(),
        needs,
        because: check.because.clone(),
        agrees_with: check.agrees_with.clone(),
        hints: check.hints.iter().map(|hint| hint.text.clone()).collect(),
        file: check.file.clone(),
        line: check.line,
        expects: expects(check),
        selected: selected.reported.contains(check.id.as_str()),
    }
}

/// What a check looks at and what must hold, a step behind the other.
#[must_use]
pub fn expects(check: &Check) -> String {
    let steps = check.steps.iter();
    let steps = steps.map(|step| format!("{} {}", aim(&step.probe), step.expects));
    steps.collect::<Vec<_>>().join("; ")
}

/// What is looked at, templates as written.
#[must_use]
pub fn aim(probe: &Probe) -> String {
    match probe {
        Probe::Resource(name) => format!("resource {name}:"),
        Probe::Dns { name, record } => format!("dns {} {}:", name.source(), record.as_str()),
        Probe::Tcp { host, port } => format!("tcp {}:{}:", host.source(), port.source()),
        Probe::Http { url, method, .. } => format!("{method} {}:", url.source()),
        Probe::Mysql { query, .. } => {
            let query = query.as_ref().map_or("login", |query| query.source());
            format!("mysql {query}:")
        }
        Probe::Command { argv, script, .. } => {
            let words = script.iter().chain(argv).map(Template::source);
            format!("command {}:", words.collect::<Vec<_>>().join(" "))
        }
        Probe::Vantage => "vantage:".to_owned(),
        Probe::Drill(drill) => format!("drill {}:", drill.disrupt.resource()),
    }
}
