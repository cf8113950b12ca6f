//! The values of a run that was handed in, held against what they should be: what the checks ask for is named by vars, and
//! the stack file that set them was the student's own. A pure function of the lab, the student's row and the evidence.
use serde_json::Value;

use super::roster::Student;
use crate::language::ast::Lab;
use crate::plan::build::plain;
use crate::report::inert::inert_to;
use crate::report::model::{Override, OverrideKind};
use crate::run::evidence::Inputs;
use crate::run::prepare::{OWN_NAME, may_be_named};

/// The most characters of a value that are told.
const LONGEST: usize = 120;

/// The vars with which the run was not made as the lab and the row have it, as they were: the lab's first, then those that
/// it has not.
#[must_use]
pub(super) fn others(lab: &Lab, student: &Student, inputs: &Inputs) -> Vec<Override> {
    let of_lab = lab.vars.iter().filter_map(|(name, default)| {
        let default = plain(&default.value);
        let used = text(inputs.vars.get(name).unwrap_or(&default));
        let wanted = wanted(lab, student, name, &default);
        (!wanted.contains(&used)).then_some((name, used))
    });
    let is_new = |name: &&String| !lab.vars.contains_key(*name);
    let new = inputs.vars.keys().filter(is_new).filter_map(|name| {
        let used = text(&inputs.vars[name]);
        // A run without a stack file brings its name along, whether the lab has a var for it or not.
        let own = *name == OWN_NAME && used == inputs.stack;
        (!own).then_some((name, used))
    });
    of_lab
        .chain(new)
        .map(|(name, used)| Override {
            kind: OverrideKind::Var,
            name: inert_to(name, LONGEST),
            value: inert_to(&used, LONGEST),
        })
        .collect()
}

/// What a var of the lab may be: what the row says, else the lab's own value; the var that names the stack, where the row
/// has no column for it, what the row calls the stack or the student.
fn wanted(lab: &Lab, student: &Student, name: &str, default: &Value) -> Vec<String> {
    let own = student.vars.get(name).filter(|own| !own.is_empty());
    if let Some(own) = own {
        return vec![own.clone()];
    }
    let called = [&student.stack, &student.id];
    let fits = |known: &&String| name == OWN_NAME && may_be_named(lab, known);
    let named: Vec<String> = called.into_iter().filter(fits).cloned().collect();
    if named.is_empty() {
        vec![text(default)]
    } else {
        named
    }
}

/// A value as a roster would say it: there is no number in a cell, and `--var` knows texts alone.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::build::Inputs as Planned;
    use crate::run::prepare::plan_with;
    use serde_json::json;
    use std::path::Path;

    fn lab(name: &str) -> Lab {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks");
        plan_with(&folder.join(name), &Planned::default())
            .expect("the lab is right")
            .0
    }

    fn student(vars: &[(&str, &str)]) -> Student {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Student {
            id: "2026-017".to_owned(),
            stack: "2026-017".to_owned(),
            vars: vars.iter().map(text).collect(),
            ..Student::default()
        }
    }

    fn named(stack: &str, id: &str) -> Student {
        Student {
            id: id.to_owned(),
            stack: stack.to_owned(),
            ..Student::default()
        }
    }

    /// The vars that differ, `name=value` each, of a run on the stack `mine`.
    fn told(lab: &Lab, student: &Student, vars: &Value) -> Vec<String> {
        let inputs = json!({
            "lab": lab.name.value, "checks_digest": "", "stack": "mine", "region": "us-east-1", "vars": vars,
            "phase": "end", "filter": null, "wait": true, "vantages": [], "opt_ins": [],
        });
        let inputs: Inputs = serde_json::from_value(inputs).expect("inputs");
        let others = others(lab, student, &inputs);
        let line = |one: &Override| format!("{}={}", one.name, one.value);
        others.iter().map(line).collect()
    }

    #[test]
    fn what_the_lab_or_the_row_says_is_no_doubt_and_every_other_value_is() {
        let lab = lab("ha-web");
        let row = student(&[("vpc_name", "vpc-17"), ("seat", "B4"), ("settle", "")]);
        let cases = [
            (json!({ "vpc_name": "vpc-17" }), &[][..]),
            // The same, whether as a number or as `--var` has it; and what the lab says in so many words.
            (
                json!({ "vpc_name": "vpc-17", "app_port": "3000", "db_port": 3306, "settle": "5m",
                        "engine_patches": ["8.4.6", "8.4.9"] }),
                &[],
            ),
            (json!({ "vpc_name": "other" }), &["vpc_name=other"]),
            // Looked at with the lab's value where the row has another.
            (json!({}), &["vpc_name=employee-app-vpc"]),
            (
                json!({ "vpc_name": "vpc-17", "engine_patches": ["8.0.1"], "settle": "9h", "web_sg": { "id": "x" } }),
                &[
                    "engine_patches=[\"8.0.1\"]",
                    "settle=9h",
                    "web_sg={\"id\":\"x\"}",
                ],
            ),
            // What the lab has no var for is no column's to allow.
            (json!({ "vpc_name": "vpc-17", "seat": "B4" }), &["seat=B4"]),
        ];
        for (vars, wanted) in cases {
            assert_eq!(told(&lab, &row, &vars), wanted, "{vars}");
        }
    }

    #[test]
    fn the_var_that_names_the_stack_is_the_row_s_stack_or_student_and_nobody_else_s() {
        let lab = lab("aurora-wordpress");
        let of = |student: &Student, user: &str| told(&lab, student, &json!({ "user": user }));
        for student in [
            named("user07", "2026-017"),
            named("2026-017", "user07"),
            student(&[("user", "user07")]),
        ] {
            assert!(of(&student, "user07").is_empty(), "{student:?}");
            assert_eq!(of(&student, "user08"), ["user=user08"], "{student:?}");
            // Not set, it was the lab's example: somebody else's stack.
            assert_eq!(told(&lab, &student, &json!({})), ["user=user05"]);
        }
        // Nobody says whose it is: the lab's own is no doubt, every other is.
        let nobody = student(&[]);
        assert!(told(&lab, &nobody, &json!({})).is_empty());
        assert_eq!(of(&nobody, "user07"), ["user=user07"]);
        // A row goes before a name.
        let both = Student {
            vars: student(&[("user", "user09")]).vars,
            ..named("user07", "user07")
        };
        assert_eq!(of(&both, "user07"), ["user=user07"]);
    }

    #[test]
    fn a_run_by_the_stack_s_name_alone_brings_it_along() {
        let lab = lab("ha-web");
        let student = student(&[]);
        assert!(told(&lab, &student, &json!({ "user": "mine" })).is_empty());
        assert_eq!(
            told(&lab, &student, &json!({ "user": "other" })),
            ["user=other"]
        );
    }
}
