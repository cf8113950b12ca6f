//! What is looked at, as written: one probe, by its name. A new probe is a variant, its keys and an arm here.
use super::ast::{At, DnsProbe, HttpProbe, Probe, Span, TcpProbe, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list, quote};
use super::fields::{Fields, flag, is_template, map, not_a_word, text, text_map, wants};

/// All probes.
const PROBES: [&str; 4] = ["resource", "dns", "tcp", "http"];

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
    let fields = Fields::open(tree, "a dns probe", place, &["name", "type"], found)?;
    let name = fields
        .require("name", found)
        .and_then(|tree| text(tree, found));
    let record = fields
        .get("type")
        .and_then(|tree| one_of(tree, &["A", "AAAA", "CNAME"], found));
    Some(DnsProbe {
        name: name?,
        record,
    })
}

fn tcp(tree: &At<Tree>, place: Span, found: &mut Diagnostics) -> Option<TcpProbe> {
    let fields = Fields::open(tree, "a tcp probe", place, &["host", "port"], found)?;
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
    let fields = Fields::open(
        tree,
        "an http probe",
        place,
        &["url", "method", "headers", "json"],
        found,
    )?;
    let url = fields
        .require("url", found)
        .and_then(|tree| url(tree, found));
    let method = fields
        .get("method")
        .and_then(|tree| one_of(tree, &["GET", "HEAD"], found));
    let headers = fields
        .get("headers")
        .map(|tree| text_map(tree, "headers", found))
        .unwrap_or_default();
    let json = fields
        .get("json")
        .and_then(|tree| flag(tree, found))
        .unwrap_or_default();
    Some(HttpProbe {
        url: url?,
        method,
        headers,
        json,
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
            ("{ mysql: { query: x } }", "unknown probe `mysql`"),
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
                "{ http: { url: 'http://a/', method: POST } }",
                "`POST` is none of `GET`, `HEAD`",
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
