//! `labcheck lint`: labs checked without a stack, and the rows of their text that no check asserts.
use std::path::{Path, PathBuf};

use super::{Done, say};
use crate::language::ast::{Lab, RowKind};
use crate::language::builtin;
use crate::plan::Plan;
use crate::report::exit::ExitCode;
use crate::report::inert::inert;
use crate::run::prepare::{checks_folder, names_in, plan_lab};
use crate::run::{Options, Refusal};

use super::args::LintArgs;

pub fn lint(args: &LintArgs) -> Done {
    let mut wrong = Vec::new();
    for folder in labs(&args.paths)? {
        match lint_lab(&folder, args.coverage) {
            Ok(text) => say(&text),
            Err(refusal) => wrong.push(refusal.message),
        }
    }
    if wrong.is_empty() {
        Ok(ExitCode::Passed)
    } else {
        Err(Refusal::bad_input(wrong.join("\n")))
    }
}

/// The folders of the labs that the paths name: a lab itself, a file in it, or a folder of labs.
fn labs(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Refusal> {
    let paths = if paths.is_empty() {
        vec![checks_folder(&Options::default())?]
    } else {
        paths.to_vec()
    };
    let mut labs = Vec::new();
    for path in paths {
        let folder = if path.is_file() {
            path.parent()
                .map_or_else(|| path.clone(), Path::to_path_buf)
        } else {
            path.clone()
        };
        if builtin::is_file(&folder.join("lab.yaml")) {
            labs.push(folder);
            continue;
        }
        let below = names_in(&folder, None);
        if below.is_empty() {
            return Err(Refusal::bad_input(format!(
                "{}: no lab.yaml there, nor in a folder below it",
                inert(&path.to_string_lossy())
            )));
        }
        labs.extend(below.into_iter().map(|name| folder.join(name)));
    }
    labs.dedup();
    Ok(labs)
}

fn lint_lab(folder: &Path, coverage: bool) -> Result<String, Refusal> {
    let (lab, plan) = plan_lab(folder)?;
    let mut text = format!(
        "{}: {} checks, {} rows asserted of {}\n",
        inert(&folder.to_string_lossy()),
        plan.checks.len(),
        asserted(&plan, &lab).len(),
        lab.rows.len()
    );
    if coverage {
        text.push_str(&uncovered(&plan, &lab));
    }
    Ok(text)
}

fn asserted<'l>(plan: &Plan, lab: &'l Lab) -> Vec<&'l str> {
    lab.rows
        .keys()
        .map(String::as_str)
        .filter(|row| {
            plan.checks
                .iter()
                .any(|check| check.asserts.iter().any(|asserted| asserted == row))
        })
        .collect()
}

/// The rows that no check asserts, drills last, each with its text or with why none can.
fn uncovered(plan: &Plan, lab: &Lab) -> String {
    let known = asserted(plan, lab);
    let mut text = String::new();
    for kind in [RowKind::ReadOnly, RowKind::ReadWrite, RowKind::Drill] {
        for (id, row) in lab
            .rows
            .iter()
            .filter(|(id, row)| row.kind == kind && !known.contains(&id.as_str()))
        {
            let why = row
                .cannot
                .as_ref()
                .map_or_else(|| row.text.en.clone(), |reason| format!("cannot: {reason}"));
            text.push_str(&format!("  {id} {} {why}\n", word(kind)));
        }
    }
    text
}

fn word(kind: RowKind) -> &'static str {
    match kind {
        RowKind::ReadOnly => "RO",
        RowKind::ReadWrite => "RW",
        RowKind::Drill => "DRILL",
    }
}
