//! A stack file, and a roster in YAML.
use serde_json::{Value, json};

use super::values::{
    Described, duration, flag, map_of, names, object, one_of_keys, port, text, word,
};
use crate::grade::roster::KNOWN;
use crate::language::{logins, stack_file, vantages};

pub fn stack() -> Value {
    let mut described = whose();
    described.extend([
        (
            "vars",
            "what differs from the lab's own values",
            map_of(&json!({})),
        ),
        (
            "vantages",
            "how each place that checks are dialled from is reached",
            map_of(&vantage()),
        ),
        (
            "logins",
            "who logs in to a database, and where the password is",
            map_of(&login()),
        ),
        (
            "replica",
            "the built-in replica in the place of AWS",
            replica(),
        ),
    ]);
    object(&stack_file::KEYS, &[], described)
}

fn whose() -> Vec<Described> {
    let url = || json!({ "type": "string", "pattern": "^https?://" });
    let urls = stack_file::SERVICES.map(|service| (service, "its endpoint", url()));
    vec![
        ("lab", "the lab", text()),
        ("region", "the region; the lab's first if not said", text()),
        (
            "profile",
            "a profile of this machine's AWS configuration",
            text(),
        ),
        ("role_arn", "a role to assume", text()),
        ("external_id", "the role's external id", text()),
        (
            "credentials_file",
            "a file with keys, relative to this one",
            text(),
        ),
        (
            "credentials",
            "`instance`: those of the machine that this runs on",
            word(&["instance"]),
        ),
        (
            "expect_account",
            "the account that it must be, 12 digits in quotes",
            json!({ "type": ["string", "integer"], "pattern": "^[0-9]{12}$" }),
        ),
        ("endpoint_url", "an emulator in the place of AWS", url()),
        (
            "endpoint_urls",
            "the same for single services",
            object(&stack_file::SERVICES, &[], urls.into()),
        ),
    ]
}

fn vantage() -> Value {
    let ssh = object(
        &vantages::SSH_KEYS,
        &["host", "user"],
        vec![
            ("host", "its address or name", text()),
            ("port", "22 if not said", port()),
            ("user", "who logs in", text()),
            (
                "key",
                "the private key's file; the agent's keys if not said",
                text(),
            ),
            (
                "known_hosts",
                "the file that its host key stands in",
                text(),
            ),
            (
                "accept_new",
                "take the key of a host that is not known yet",
                flag(),
            ),
        ],
    );
    let ssm = object(
        &vantages::SSM_KEYS,
        &["instance"],
        vec![
            (
                "instance",
                "an instance of the lab's by its name there, an id, or a template of one",
                text(),
            ),
            (
                "plugin",
                "the path of session-manager-plugin; looked for in PATH if not said",
                text(),
            ),
        ],
    );
    let reached = object(
        &vantages::KEYS,
        &[],
        vec![
            ("direct", "from this machine", json!({ "const": true })),
            ("socks5", "through a gateway, HOST:PORT", text()),
            ("ssh", "through a host of the stack", ssh),
            (
                "ssm",
                "through a host of the stack, by Systems Manager",
                ssm,
            ),
            ("resolver", "the resolver that names are asked of", text()),
        ],
    );
    json!({ "anyOf": [word(&vantages::WORDS), reached] })
}

fn login() -> Value {
    let place = logins::PLACES.map(|(word, doc)| (word, doc, text()));
    object(
        &logins::KEYS,
        &["user", "password"],
        vec![
            ("user", "who logs in", text()),
            (
                "password",
                "where it is; it never stands in a file itself",
                one_of_keys(place.into()),
            ),
            (
                "ca",
                "the file of the authority that the server's certificate must be of",
                text(),
            ),
        ],
    )
}

fn replica() -> Value {
    object(
        &stack_file::REPLICA_KEYS,
        &[],
        vec![
            (
                "faults",
                "mistakes, by their names in the lab's table of faults",
                names(),
            ),
            (
                "speed",
                "1 is real time, 10 ten times as fast",
                json!({ "type": "number", "exclusiveMinimum": 0 }),
            ),
            ("phase", "the step of the lab at which it stands", text()),
            ("api_latency", "added to each answer of its API", duration()),
        ],
    )
}

/// `students:` and a list, or the list alone. Columns that we don't know are vars.
pub fn roster() -> Value {
    let cell = json!({ "type": ["string", "number", "boolean", "null"] });
    // A school's own export has its own names for these, which --roster-map tells, and none is required for that.
    let mut student = object(
        &KNOWN,
        &[],
        vec![
            (
                "student",
                "what the school knows the student by; unique",
                cell.clone(),
            ),
            ("name", "for people", cell.clone()),
            (
                "stack",
                "the stack's own name; the id if not said",
                cell.clone(),
            ),
            (
                "region",
                "the region; the lab's first if not said",
                cell.clone(),
            ),
            (
                "profile",
                "a profile of this machine's AWS configuration",
                cell.clone(),
            ),
            ("role_arn", "a role to assume", cell.clone()),
            ("external_id", "the role's external id", cell.clone()),
            (
                "credentials_file",
                "a file with the student's own keys",
                cell.clone(),
            ),
            (
                "evidence",
                "the folder that the student handed in, judged without a stack",
                cell.clone(),
            ),
            (
                "stack_template",
                "the template of the student's stack file, relative to the roster; --stack-template's if not said",
                cell.clone(),
            ),
        ],
    );
    student["additionalProperties"] = cell;
    let list = json!({ "type": "array", "items": student });
    let wrapped = object(
        &["students"],
        &["students"],
        vec![("students", "the class", list.clone())],
    );
    json!({ "anyOf": [wrapped, list] })
}
