//! What the labs' commands print, as fields: so that a check asserts an address or a state, and not a column. What can't be
//! read gives empty fields, since a command that failed is told by its exit code.
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::observe::bounds::one_line;

/// At most so many lines or entries are kept.
const MOST: usize = 1_000;
/// At most so many characters of each.
const LONGEST: usize = 1_000;

/// How standard output is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parser {
    /// Its lines.
    Lines,
    /// As JSON.
    Json,
    /// `ip -j addr`, or `ip addr`.
    IpAddr,
    /// `ip -j route`, or `ip route`.
    IpRoute,
    /// `/etc/resolv.conf`.
    ResolvConf,
    /// `systemctl show UNIT`.
    SystemctlShow,
    /// `cloud-init status`.
    CloudInitStatus,
    /// `ss -n`, with `-t`.
    Sockets,
    /// The e-mail addresses in it.
    Emails,
}

impl Parser {
    /// Their words in a check file.
    pub const WORDS: [&'static str; 9] = [
        "lines",
        "json",
        "ip_addr",
        "ip_route",
        "resolv_conf",
        "systemctl_show",
        "cloud_init_status",
        "sockets",
        "emails",
    ];

    const ALL: [Self; 9] = [
        Self::Lines,
        Self::Json,
        Self::IpAddr,
        Self::IpRoute,
        Self::ResolvConf,
        Self::SystemctlShow,
        Self::CloudInitStatus,
        Self::Sockets,
        Self::Emails,
    ];

    /// The parser of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let place = Self::WORDS.iter().position(|known| *known == word)?;
        Some(Self::ALL[place])
    }

    /// The observation's field, and its value.
    pub(super) fn read(self, text: &str) -> (&'static str, Value) {
        match self {
            Self::Lines => ("lines", lines(text)),
            Self::Json => ("json", serde_json::from_str(text).unwrap_or_default()),
            Self::IpAddr => ("interfaces", interfaces(text)),
            Self::IpRoute => ("routes", routes(text)),
            Self::ResolvConf => ("resolver", resolver(text)),
            Self::SystemctlShow => ("unit", properties(text, '=')),
            Self::CloudInitStatus => {
                let status = text
                    .lines()
                    .find_map(|line| line.strip_prefix("status:"))
                    .map(|status| one_line(status.trim(), 100));
                ("status", status.map_or(Value::Null, Value::from))
            }
            Self::Sockets => ("sockets", sockets(text)),
            Self::Emails => ("emails", emails(text)),
        }
    }
}

fn lines(text: &str) -> Value {
    let lines = text.lines().take(MOST);
    lines
        .map(|line| Value::from(one_line(line, LONGEST)))
        .collect()
}

fn properties(text: &str, sign: char) -> Value {
    let pairs = text.lines().take(MOST).filter_map(|line| {
        let (key, value) = line.split_once(sign)?;
        Some((one_line(key, 200), Value::from(one_line(value, LONGEST))))
    });
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// An interface as `ip addr` prints it: name, MTU, state, addresses with prefixes.
type Plain = (String, Option<u64>, Option<String>, Vec<String>);

fn interfaces(text: &str) -> Value {
    if let Ok(Value::Array(listed)) = serde_json::from_str(text) {
        return listed
            .iter()
            .take(MOST)
            .map(|link| {
                let addresses = link["addr_info"].as_array().into_iter().flatten();
                let cidrs: Vec<String> = addresses
                    .filter_map(|address| {
                        let local = address["local"].as_str()?;
                        Some(format!("{local}/{}", address["prefixlen"]))
                    })
                    .collect();
                interface(
                    link["ifname"].as_str().unwrap_or_default(),
                    link["mtu"].as_u64(),
                    link["operstate"].as_str(),
                    &cidrs,
                )
            })
            .collect();
    }
    // `2: eth0: <…> mtu 9001 … state UP …`, then `    inet 10.0.1.205/24 brd …` below it.
    let mut found: Vec<Plain> = Vec::new();
    for line in text.lines().take(MOST) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |word: &str| {
            let place = words.iter().position(|known| *known == word)?;
            words.get(place + 1).copied()
        };
        if !line.starts_with(' ') && words.len() > 2 {
            found.push((
                words[1].trim_end_matches(':').to_owned(),
                after("mtu").and_then(|mtu| mtu.parse().ok()),
                after("state").map(str::to_owned),
                Vec::new(),
            ));
        } else if let (Some(last), Some(cidr)) =
            (found.last_mut(), after("inet").or_else(|| after("inet6")))
        {
            last.3.push(cidr.to_owned());
        }
    }
    found
        .iter()
        .map(|(name, mtu, state, cidrs)| interface(name, *mtu, state.as_deref(), cidrs))
        .collect()
}

fn interface(name: &str, mtu: Option<u64>, state: Option<&str>, cidrs: &[String]) -> Value {
    let addresses: Vec<&str> = cidrs
        .iter()
        .filter_map(|cidr| cidr.split('/').next())
        .collect();
    json!({
        "name": one_line(name.split('@').next().unwrap_or(name), 100),
        "mtu": mtu,
        "state": state.map(|state| one_line(state, 100)),
        "cidrs": cidrs,
        "addresses": addresses,
    })
}

fn routes(text: &str) -> Value {
    let route =
        |destination: &str, gateway: Option<&str>, device: Option<&str>, source: Option<&str>| {
            json!({
                "destination": one_line(destination, 100),
                "gateway": gateway.map(|text| one_line(text, 100)),
                "device": device.map(|text| one_line(text, 100)),
                "source": source.map(|text| one_line(text, 100)),
            })
        };
    if let Ok(Value::Array(listed)) = serde_json::from_str(text) {
        return listed
            .iter()
            .take(MOST)
            .map(|row| {
                route(
                    row["dst"].as_str().unwrap_or_default(),
                    row["gateway"].as_str(),
                    row["dev"].as_str(),
                    row["prefsrc"].as_str(),
                )
            })
            .collect();
    }
    text.lines()
        .take(MOST)
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after = |word: &str| {
                let place = words.iter().position(|known| *known == word)?;
                words.get(place + 1).copied()
            };
            Some(route(
                words.first()?,
                after("via"),
                after("dev"),
                after("src"),
            ))
        })
        .collect()
}

fn resolver(text: &str) -> Value {
    let (mut nameservers, mut search, mut options) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines().take(MOST) {
        let line = line.split(['#', ';']).next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let to = match words.next() {
            Some("nameserver") => &mut nameservers,
            Some("search" | "domain") => &mut search,
            Some("options") => &mut options,
            _ => continue,
        };
        to.extend(words.map(|word| one_line(word, 255)));
    }
    json!({ "nameservers": nameservers, "search": search, "options": options })
}

/// Lines of state, two queues and two ends; a header among them has no port.
fn sockets(text: &str) -> Value {
    let end = |written: &str| {
        let (address, port) = written.rsplit_once(':')?;
        let address = address.trim_matches(['[', ']']);
        let address = address.strip_prefix("::ffff:").unwrap_or(address);
        Some((one_line(address, 100), port.parse::<u16>().ok()))
    };
    let socket = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [state, received, _, local, peer, ..] = words.as_slice() else {
            return None;
        };
        received.parse::<u64>().ok()?;
        let (local, peer) = (end(local)?, end(peer)?);
        Some(json!({
            "state": one_line(state, 100),
            "local_address": local.0,
            "local_port": local.1,
            "peer_address": peer.0,
            "peer_port": peer.1,
        }))
    };
    text.lines().take(MOST).filter_map(socket).collect()
}

/// Each once, in the order of the alphabet.
fn emails(text: &str) -> Value {
    let inside = |c: char| c.is_ascii_alphanumeric() || ".+-_@".contains(c);
    let is_email = |word: &&str| {
        let parts = word.split_once('@');
        parts.is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.contains('@')
        })
    };
    let words = text.split(|c| !inside(c));
    let found: BTreeSet<String> = words
        .filter(is_email)
        .take(MOST)
        .map(|word| one_line(word, 255))
        .collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_of_ip_say_the_same() {
        let json = r#"[{"ifname":"lo","mtu":65536,"operstate":"UNKNOWN","addr_info":[{"local":"127.0.0.1","prefixlen":8}]},{"ifname":"eth0","mtu":9001,"operstate":"UP","addr_info":[{"local":"10.0.1.205","prefixlen":24}]}]"#;
        let plain = "1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN group default\n    inet 127.0.0.1/8 scope host lo\n2: eth0@if3: <UP> mtu 9001 qdisc mq state UP\n    link/ether 06:00\n    inet 10.0.1.205/24 brd 10.0.1.255 scope global eth0\n";
        assert_eq!(Parser::IpAddr.read(json), Parser::IpAddr.read(plain));
        assert_eq!(
            Parser::IpAddr.read(plain).1[1]["addresses"],
            json!(["10.0.1.205"])
        );
        let json = r#"[{"dst":"default","gateway":"10.0.1.1","dev":"eth0"},{"dst":"10.0.1.0/24","dev":"eth0","prefsrc":"10.0.1.205"}]"#;
        let plain = "default via 10.0.1.1 dev eth0\n10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.205\n";
        assert_eq!(Parser::IpRoute.read(json), Parser::IpRoute.read(plain));
    }

    #[test]
    fn what_the_labs_read_is_fields() {
        let conf = "options timeout:2 attempts:5\n; generated by /sbin/dhclient-script\nsearch ap-northeast-1.compute.internal\nnameserver 10.0.0.2\n";
        assert_eq!(
            Parser::ResolvConf.read(conf).1,
            json!({ "nameservers": ["10.0.0.2"], "search": ["ap-northeast-1.compute.internal"], "options": ["timeout:2", "attempts:5"] })
        );
        assert_eq!(
            Parser::SystemctlShow
                .read("ActiveState=active\nExecStart={ path=/usr/bin/node }\n")
                .1,
            json!({ "ActiveState": "active", "ExecStart": "{ path=/usr/bin/node }" })
        );
        assert_eq!(
            Parser::CloudInitStatus.read("status: done\n").1,
            json!("done")
        );
        assert_eq!(
            Parser::CloudInitStatus.read("sudo: command not found").1,
            Value::Null
        );
        let table = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0 511 *:3000 *:*\nESTAB 0 0 [::ffff:10.0.0.83]:3000 [::ffff:10.0.1.7]:5022\n";
        assert_eq!(
            Parser::Sockets.read(table).1,
            json!([
                { "state": "LISTEN", "local_address": "*", "local_port": 3000, "peer_address": "*", "peer_port": null },
                { "state": "ESTAB", "local_address": "10.0.0.83", "local_port": 3000, "peer_address": "10.0.1.7", "peer_port": 5022 },
            ])
        );
        assert_eq!(
            Parser::Emails
                .read(
                    "<td>b@example.com</td><a href='mailto:a@example.com'>a@example.com</a> @x a@b"
                )
                .1,
            json!(["a@example.com", "b@example.com"])
        );
        assert_eq!(Parser::Lines.read("a\u{1b}[2J\nb").1, json!(["a·[2J", "b"]));
    }

    #[test]
    fn every_word_is_a_parser() {
        for word in Parser::WORDS {
            assert!(Parser::from_word(word).is_some(), "{word}");
        }
    }
}
