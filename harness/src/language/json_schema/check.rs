//! A check file.
use serde_json::{Map, Value, json};

use super::values::{
    Described, bilingual, count, defined, duration, flag, map_of, names, object, one_of_keys,
    reference, text, word,
};
use super::{expect, probe};
use crate::language::check_file::{CHECK_KEYS, HINT_KEYS, KEYS, SEVERITIES, STEP_KEYS};
use crate::language::drill::SERVICE_KEYS;

pub fn file() -> Value {
    object(
        &KEYS,
        &["checks"],
        vec![
            (
                "phase",
                "of every check in this file that says nothing else",
                text(),
            ),
            (
                "checks",
                "the checks by id: kebab case, says what holds, never changes",
                map_of(&reference("check")),
            ),
        ],
    )
}

/// What the file refers to.
pub fn definitions() -> Map<String, Value> {
    defined([("check", check()), ("step", step()), ("hint", hint())])
}

fn check() -> Value {
    let mut described = what_it_is();
    described.extend(how_it_looks());
    described.extend(drill());
    let mut schema = object(&CHECK_KEYS, &[], described);
    let mut rules = probe::expected();
    rules.push(json!({ "anyOf": [
        { "required": ["probe"] },
        { "required": ["steps"] },
        { "required": ["kind", "disrupt", "steady_state"] },
    ] }));
    rules.extend(
        [["hint", "hints"], ["probe", "steps"]].map(|both| json!({ "not": { "required": both } })),
    );
    schema["allOf"] = json!(rules);
    schema
}

fn what_it_is() -> Vec<Described> {
    let severities: Vec<&str> = SEVERITIES.iter().map(|(word, _)| *word).collect();
    vec![
        ("asserts", "rows of rows.yaml", names()),
        ("title", "what holds, for people", bilingual()),
        ("phase", "the first phase in which it holds", text()),
        ("until", "the last one, inclusive", text()),
        (
            "except",
            "phases in between in which it does not hold",
            names(),
        ),
        (
            "severity",
            "`error` if not said; the others touch neither points nor exit code",
            word(&severities),
        ),
        ("points", "its weight; 1 if not said", count(0)),
        (
            "for_each",
            "resources: one check for each, which share the points; `each` names it",
            names(),
        ),
        (
            "needs",
            "checks that must have passed, else this one is skipped",
            names(),
        ),
        (
            "agrees_with",
            "checks that must say the same as the wire",
            names(),
        ),
        (
            "because",
            "checks under which this one is folded in the report when both fail",
            names(),
        ),
        ("hint", "what to look at and click", bilingual()),
        (
            "hints",
            "the first whose `when` holds of what was seen is shown",
            json!({ "type": "array", "items": reference("hint") }),
        ),
    ]
}

fn how_it_looks() -> Vec<Described> {
    let steps = || json!({ "type": "array", "items": reference("step") });
    let mut described = look("the vantage; `internet` if not said");
    described.extend([
        (
            "steps",
            "in order; they stop at the first that does not hold",
            steps(),
        ),
        (
            "finally",
            "what is done whatever became of the steps",
            steps(),
        ),
        (
            "writes",
            "it writes something small and removes it: only with --allow-writes",
            flag(),
        ),
        (
            "eventually",
            "look again until it holds, for this long; or a template for it",
            duration(),
        ),
        ("timeout", "of one look; 10s if not said", duration()),
    ]);
    described
}

/// One look, wherever it is written.
fn look(from: &'static str) -> Vec<Described> {
    vec![
        ("from", from, text()),
        ("probe", "what is looked at", reference("probe")),
        (
            "expect",
            "what must hold; the probe's positive outcome if not said",
            expect::root(),
        ),
        (
            "times",
            "each of so many looks in a row must hold",
            count(1),
        ),
    ]
}

fn drill() -> Vec<Described> {
    let service = object(
        &SERVICE_KEYS,
        &SERVICE_KEYS,
        vec![
            ("instance", "the server", text()),
            ("unit", "systemd's name of it, as in nginx", text()),
        ],
    );
    let disrupt = one_of_keys(vec![
        (
            "stop_instance",
            "the server that is stopped and started again",
            text(),
        ),
        (
            "failover_cluster",
            "the cluster that is failed over",
            text(),
        ),
        (
            "stop_service",
            "the service that is stopped and started again, by commands on the host of `from`",
            service,
        ),
    ]);
    vec![
        (
            "kind",
            "a drill: only with --allow-disruptive, alone, after everything else",
            word(&["drill"]),
        ),
        ("disrupt", "what is disrupted", disrupt),
        (
            "target_group",
            "whose health tells that the stop is seen; its own numbers make the budget",
            text(),
        ),
        (
            "steady_state",
            "a check of one dialled probe: sampled all through, on fresh connections",
            text(),
        ),
        ("every", "the sampler's pace; 1s if not said", duration()),
        ("during", "checks looked at while it is stopped", names()),
        ("after", "checks looked at when it runs again", names()),
        (
            "restore",
            "a fail-over stays as it is unless this says that it is undone",
            word(&["original-writer"]),
        ),
    ]
}

fn step() -> Value {
    let saved = json!({ "type": "object", "additionalProperties": text() });
    let mut described = look("the vantage; the check's if not said");
    described.push((
        "save",
        "names for the steps behind it, and the paths that they take",
        saved,
    ));
    let mut schema = object(&STEP_KEYS, &["probe"], described);
    schema["allOf"] = json!(probe::expected());
    schema
}

fn hint() -> Value {
    object(
        &HINT_KEYS,
        &["text"],
        vec![
            (
                "when",
                "what was seen, for this hint to be shown",
                expect::root(),
            ),
            ("text", "what to look at and click", bilingual()),
        ],
    )
}
