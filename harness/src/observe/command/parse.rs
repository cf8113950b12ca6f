//! What the labs' commands print, as fields: so that a check asserts an address or a state, and not a column. What can't be
//! read gives empty fields, since a command that failed is told by its exit code.
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
}

impl Parser {
    /// Their words in a check file.
    pub const WORDS: [&'static str; 7] = [
        "lines",
        "json",
        "ip_addr",
        "ip_route",
        "resolv_conf",
        "systemctl_show",
        "cloud_init_status",
    ];

    const ALL: [Self; 7] = [
        Self::Lines,
        Self::Json,
        Self::IpAddr,
        Self::IpRoute,
        Self::ResolvConf,
        Self::SystemctlShow,
        Self::CloudInitStatus,
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
        assert_eq!(Parser::Lines.read("a\u{1b}[2J\nb").1, json!(["a·[2J", "b"]));
    }

    #[test]
    fn every_word_is_a_parser() {
        for word in Parser::WORDS {
            assert!(Parser::from_word(word).is_some(), "{word}");
        }
    }
}
