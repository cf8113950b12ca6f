//! What is looked at, as written: one probe, by its name. A new probe is a variant, its keys and an arm here.
use super::ast::{At, CommandProbe, DnsProbe, HttpProbe, MysqlProbe, Probe, Span, TcpProbe, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list, quote};
use super::fields::{Fields, flag, is_template, map, not_a_word, text, text_map, texts, wants};
use crate::observe::Parser;

/// All probes.
pub(super) const PROBES: [&str; 7] = [
    "resource", "dns", "tcp", "http", "mysql", "command", "vantage",
];

/// The keys of each, where it has some.
pub(super) const DNS_KEYS: [&str; 2] = ["name", "type"];
pub(super) const TCP_KEYS: [&str; 2] = ["host", "port"];
pub(super) const HTTP_KEYS: [&str; 7] = [
    "url", "method", "headers", "json", "form", "select", "capture",
];
pub(super) const MYSQL_KEYS: [&str; 5] = ["host", "port", "login", "database", "query"];
pub(super) const COMMAND_KEYS: [&str; 4] = ["argv", "script", "parse", "capture"];

/// The types of records that are asked for.
pub(super) const RECORDS: [&str; 3] = ["A", "AAAA", "CNAME"];

/// The methods of a request.
pub(super) const METHODS: [&str; 3] = ["GET", "HEAD", "POST"];

/// Reads `probe:`.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<Probe>> {
    if !matches!(tree.value, Tree::Map(_)) {
        found.push(wants(
            tree,
            "a map of one probe",
            "write it with what it looks at: `{ resource: web1 }`",
        ));
        return None;
    }
    let [(name, argument)] = map(tree, "a probe", found)? else {
        let wrong = Diagnostic::new(tree.span, "expected exactly one probe");
        found.push(wrong.help(format!("the probes are: {}", list(PROBES))));
        return None;
    };
    let probe = match name.value.as_str() {
        "resource" => Probe::Resource(text(argument, found)?),
        "dns" => Probe::Dns(dns(argument, name.span, found)?),
        "tcp" => Probe::Tcp(tcp(argument, name.span, found)?),
        "http" => Probe::Http(http(argument, name.span, found)?),
        "mysql" => Probe::Mysql(mysql(argument, name.span, found)?),
        "command" => Probe::Command(command(argument, name.span, found)?),
        "vantage" => Probe::Vantage(text(argument, found)?),
        unknown => {
            found.push(
                Diagnostic::new(name.span, format!("unknown probe {}", quote(unknown)))
                    .suggest(unknown, PROBES),
            );
            return None;
        }
    };
    Some(At::new(probe, name.span))
}

fn dns(tree: &At<Tree>, place: Span, found: &mut Diagnostics) -> Option<DnsProbe> {
    let fields = Fields::open(tree, "a dns probe", place, &DNS_KEYS, found)?;
    let name = fields
        .require("name", found)
        .and_then(|tree| text(tree, found));
    let record = fields
        .get("type")
        .and_then(|tree| one_of(tree, &RECORDS, found));
    Some(DnsProbe {
        name: name?,
        record,
    })
}

fn tcp(tree: &At<Tree>, place: Span, found: &mut Diagnostics) -> Option<TcpProbe> {
    let fields = Fields::open(tree, "a tcp probe", place, &TCP_KEYS, found)?;
    let host = fields
        .require("host", found)
        .and_then(|tree| text(tree, found));
    let port = fields
        .require("port", found)
        .and_then(|tree| port(tree, found));
    Some(TcpProbe {
        host: host?,
        port: port?,
    })
}

fn port(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let port = text(tree, found)?;
    if is_template(&port.value) || port.value.parse::<u16>().is_ok_and(|number| number > 0) {
        return Some(port);
    }
    found.push(wants(
        tree,
        "a port, 1 to 65535",
        "write its number, or a template for it",
    ));
    None
}

fn http(tree: &At<Tree>, place: Span, found: &mut Diagnostics) -> Option<HttpProbe> {
    let fields = Fields::open(tree, "an http probe", place, &HTTP_KEYS, found)?;
    let url = fields
        .require("url", found)
        .and_then(|tree| url(tree, found));
    let method = fields
        .get("method")
        .and_then(|tree| one_of(tree, &METHODS, found));
    let mut texts_of = |key, what| {
        fields
            .get(key)
            .map(|tree| text_map(tree, what, found))
            .unwrap_or_default()
    };
    let headers = texts_of("headers", "headers");
    let form = texts_of("form", "a form's fields");
    let select = texts_of("select", "names and CSS selectors");
    let capture = texts_of("capture", "names and regexes");
    for (_, selector) in &select {
        if let Err(why) = crate::observe::selector(&selector.value) {
            found.push(
                Diagnostic::new(selector.span, "this CSS selector can't be read")
                    .label(why)
                    .help("as in `table tr td:first-child` or `input[name=id]`"),
            );
        }
    }
    regexes(&capture, found);
    if let (Some(method), false) = (&method, form.is_empty())
        && method.value != "POST"
    {
        found.push(
            Diagnostic::new(
                method.span,
                format!("a form is not sent by {}", quote(&method.value)),
            )
            .help("leave `method` out: a form is sent by POST"),
        );
    }
    let json = fields
        .get("json")
        .and_then(|tree| flag(tree, found))
        .unwrap_or_default();
    Some(HttpProbe {
        url: url?,
        method,
        headers,
        json,
        form,
        select,
        capture,
    })
}

/// A regex that holds templates is read when they are filled in.
fn regexes(patterns: &[(At<String>, At<String>)], found: &mut Diagnostics) {
    for (_, pattern) in patterns {
        if !is_template(&pattern.value)
            && let Err(error) = regex::Regex::new(&pattern.value)
        {
            let why = error.to_string();
            found.push(
                Diagnostic::new(pattern.span, "this regex can't be read")
                    .label(why.lines().last().unwrap_or_default().trim().to_owned())
                    .help("mend it, or put a backslash before what is meant to the letter"),
            );
        }
    }
}

fn mysql(tree: &At<Tree>, place: Span, found: &mut Diagnostics) -> Option<MysqlProbe> {
    let fields = Fields::open(tree, "a mysql probe", place, &MYSQL_KEYS, found)?;
    let mut text_of = |key| fields.get(key).and_then(|tree| text(tree, found));
    let (host, login, database, query) = (
        text_of("host"),
        text_of("login"),
        text_of("database"),
        text_of("query"),
    );
    let port = fields.get("port").and_then(|tree| port(tree, found));
    let before = found.len();
    match (&host, &login) {
        (Some(_), None) => {
            fields.require("login", found);
        }
        (None, Some(_)) => {
            fields.require("host", found);
        }
        (None, None) => {
            fields.require("query", found);
        }
        (Some(_), Some(_)) => {}
    }
    (found.len() == before).then_some(MysqlProbe {
        host,
        port,
        login,
        database,
        query,
    })
}

fn command(tree: &At<Tree>, place: Span, found: &mut Diagnostics) -> Option<CommandProbe> {
    let fields = Fields::open(tree, "a command probe", place, &COMMAND_KEYS, found)?;
    fields.exclude("argv", "script", "a command is words, or a script", found);
    let argv = fields
        .get("argv")
        .map(|tree| texts(tree, found))
        .unwrap_or_default();
    let script = fields.get("script").and_then(|tree| text(tree, found));
    let parse = fields
        .get("parse")
        .and_then(|tree| one_of(tree, &Parser::WORDS, found));
    let capture = fields
        .get("capture")
        .map(|tree| text_map(tree, "names and regexes", found))
        .unwrap_or_default();
    regexes(&capture, found);
    if argv.is_empty() && script.is_none() {
        fields.require("argv", found)?;
        return None;
    }
    Some(CommandProbe {
        argv,
        script,
        parse,
        capture,
    })
}

fn url(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let url = text(tree, found)?;
    // A template may stand for the scheme too.
    if ["http://", "https://", "{{"]
        .iter()
        .any(|begin| url.value.starts_with(begin))
    {
        return Some(url);
    }
    found.push(wants(
        tree,
        "a URL",
        "begin it with `http://` or `https://`",
    ));
    None
}

/// One word of a few, or a template for it.
fn one_of(tree: &At<Tree>, words: &[&'static str], found: &mut Diagnostics) -> Option<At<String>> {
    let word = text(tree, found)?;
    if is_template(&word.value) || words.contains(&word.value.as_str()) {
        return Some(word);
    }
    found.push(not_a_word(&word, words.iter().copied()));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::testing::{made, told};

    #[test]
    fn each_probe_is_read() {
        assert!(
            matches!(made("{ resource: web1 }", read).unwrap().value, Probe::Resource(name) if name.value == "web1")
        );
        let Probe::Dns(dns) = made("{ dns: { name: '{{ db.endpoint }}', type: CNAME } }", read)
            .unwrap()
            .value
        else {
            panic!()
        };
        assert_eq!(
            (dns.name.value.as_str(), dns.record.unwrap().value.as_str()),
            ("{{ db.endpoint }}", "CNAME")
        );
        let Probe::Tcp(tcp) = made("{ tcp: { host: a.b, port: 3306 } }", read)
            .unwrap()
            .value
        else {
            panic!()
        };
        assert_eq!(
            (tcp.host.value.as_str(), tcp.port.value.as_str()),
            ("a.b", "3306")
        );
        let http = "{ http: { url: 'http://{{ alb.dns_name }}/', method: HEAD, headers: { Accept: '*/*' }, json: true } }";
        let Probe::Http(http) = made(http, read).unwrap().value else {
            panic!()
        };
        assert_eq!(http.url.value, "http://{{ alb.dns_name }}/");
        assert_eq!(http.method.unwrap().value, "HEAD");
        assert_eq!(http.headers[0].0.value, "Accept");
        assert!(http.json);
    }

    #[test]
    fn mistakes_of_a_probe_are_told() {
        for (text, title) in [
            ("tcp", "expected a map of one probe, found `tcp`"),
            ("{}", "expected exactly one probe"),
            (
                "{ resource: a, dns: { name: b } }",
                "expected exactly one probe",
            ),
            ("{ tpc: { host: a, port: 1 } }", "unknown probe `tpc`"),
            (
                "{ mysql: { host: a, query: x } }",
                "a mysql probe lacks the key `login`",
            ),
            (
                "{ mysql: { database: x } }",
                "a mysql probe lacks the key `query`",
            ),
            ("{ command: {} }", "a command probe lacks the key `argv`"),
            (
                "{ command: { argv: [ip], script: ip } }",
                "`argv` and `script` exclude each other",
            ),
            (
                "{ command: { argv: [ip], parse: yaml } }",
                "`yaml` is none of `lines`, `json`, `ip_addr`, `ip_route`, `resolv_conf`, `systemctl_show`, `cloud_init_status`, `sockets`, `emails`",
            ),
            (
                "{ http: { url: 'http://a/', select: { ids: 'a[' } } }",
                "this CSS selector can't be read",
            ),
            (
                "{ http: { url: 'http://a/', capture: { id: '(' } } }",
                "this regex can't be read",
            ),
            (
                "{ http: { url: 'http://a/', method: GET, form: { a: b } } }",
                "a form is not sent by `GET`",
            ),
            ("{ resource: [a] }", "expected text, found a list"),
            ("{ dns: {} }", "a dns probe lacks the key `name`"),
            (
                "{ dns: { name: a, type: MX } }",
                "`MX` is none of `A`, `AAAA`, `CNAME`",
            ),
            ("{ tcp: { host: a } }", "a tcp probe lacks the key `port`"),
            (
                "{ tcp: { host: a, port: 0 } }",
                "expected a port, 1 to 65535, found `0`",
            ),
            (
                "{ tcp: { host: a, port: http } }",
                "expected a port, 1 to 65535, found `http`",
            ),
            (
                "{ http: { url: example.com } }",
                "expected a URL, found `example.com`",
            ),
            (
                "{ http: { url: 'http://a/', method: PUT } }",
                "`PUT` is none of `GET`, `HEAD`, `POST`",
            ),
            (
                "{ http: { url: 'http://a/', body: x } }",
                "unknown key `body` in an http probe",
            ),
        ] {
            assert_eq!(told(text, read), [title], "{text}");
        }
    }
}
