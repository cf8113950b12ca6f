//! `probe:`, and what may be expected of each.
use serde_json::{Map, Value, json};

use super::expect;
use super::values::{
    Described, defined, flag, object, one_of_keys, port, reference, text, text_map, texts,
    word_or_template,
};
use crate::language::probe::{
    COMMAND_KEYS, DNS_KEYS, HTTP_KEYS, METHODS, MYSQL_KEYS, RECORDS, TCP_KEYS,
};
use crate::observe::Parser;
use crate::observe::schema::{COMMAND, DNS, HTTP, MYSQL, ProbeSchema, TCP, VANTAGE};

/// `probe:`, a map of one probe, and what the observation of each has.
pub fn definitions() -> Map<String, Value> {
    let mut definitions = defined([("probe", probe())]);
    for schema in DIALLED {
        definitions.insert(observed(schema), expect::of(schema));
    }
    definitions
}

/// The probes whose observations have the same fields wherever they stand.
const DIALLED: [&ProbeSchema; 6] = [&DNS, &TCP, &HTTP, &MYSQL, &COMMAND, &VANTAGE];

fn observed(schema: &ProbeSchema) -> String {
    format!("observed_{}", schema.probe)
}

/// Where one of these probes stands, the `expect` beside it has its outcomes and fields.
pub fn expected() -> Vec<Value> {
    let with = |schema: &ProbeSchema| {
        json!({
            "if": { "required": ["probe"], "properties": { "probe": { "type": "object", "required": [schema.probe] } } },
            "then": { "properties": { "expect": reference(&observed(schema)) } },
        })
    };
    DIALLED.into_iter().map(with).collect()
}

fn probe() -> Value {
    one_of_keys(vec![
        ("resource", "a resource of lab.yaml, or `each`", text()),
        ("dns", "a name, asked of the vantage's resolver", dns()),
        ("tcp", "a port, dialled", tcp()),
        ("http", "one request on a fresh connection", http()),
        ("mysql", "a login, and a statement if there is one", mysql()),
        (
            "command",
            "a command on the host of an ssh or ssm vantage",
            command(),
        ),
        ("vantage", "whether the vantage itself can be had", text()),
    ])
}

fn dns() -> Value {
    object(
        &DNS_KEYS,
        &["name"],
        vec![
            ("name", "the name", text()),
            (
                "type",
                "the record's type; A if not said",
                word_or_template(&RECORDS),
            ),
        ],
    )
}

fn tcp() -> Value {
    object(
        &TCP_KEYS,
        &["host", "port"],
        vec![
            ("host", "an address or a name", text()),
            ("port", "its port", port()),
        ],
    )
}

fn http() -> Value {
    object(&HTTP_KEYS, &["url"], http_keys())
}

fn http_keys() -> Vec<Described> {
    let url = json!({ "type": "string", "pattern": r"^(https?://|\{\{)" });
    vec![
        ("url", "where it is sent; redirects are not followed", url),
        (
            "method",
            "GET if not said, POST with a form",
            word_or_template(&METHODS),
        ),
        ("headers", "of the request", text_map()),
        ("json", "read the body as JSON", flag()),
        ("form", "sent as a browser sends it", text_map()),
        (
            "select",
            "names, and the CSS selectors whose texts go there",
            text_map(),
        ),
        (
            "capture",
            "names, and the regexes whose first group goes there",
            text_map(),
        ),
    ]
}

fn mysql() -> Value {
    object(
        &MYSQL_KEYS,
        &[],
        vec![
            (
                "host",
                "where the server is; the connection of a step before if not said",
                text(),
            ),
            ("port", "its port; 3306 if not said", port()),
            ("login", "a name of the stack file's `logins`", text()),
            ("database", "the database to begin in", text()),
            (
                "query",
                "one statement; without it, it logs in and no more",
                text(),
            ),
        ],
    )
}

fn command() -> Value {
    object(
        &COMMAND_KEYS,
        &[],
        vec![
            ("argv", "words, as they reach the program", texts()),
            ("script", "a line for the host's shell", text()),
            (
                "parse",
                "how its output is read",
                word_or_template(&Parser::WORDS),
            ),
            (
                "capture",
                "names, and the regexes whose first group goes there",
                text_map(),
            ),
        ],
    )
}
