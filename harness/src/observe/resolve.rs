//! Names: one question after another to a vantage's resolver, the CNAME chain followed here so that chain and answer
//! code stay together, nothing cached. That a name does not exist or has no such record is an answer; a resolver that
//! is silent or says SERVFAIL or REFUSED is a vantage that failed. It never looks at a hosts file or a search list.
mod ask;

use std::net::{IpAddr, SocketAddr};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::bounds::{causes, one_line};
use super::vantage::{Socks5, Ssh};
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};

/// At most so many names are followed from alias to alias; resolvers themselves stop sooner.
const MOST_ALIASES: usize = 16;
/// At most so many records are kept of an answer.
const MOST_RECORDS: usize = 256;

/// Who is asked, and by which way.
#[derive(Clone, Debug)]
pub(super) enum Resolver {
    /// These servers in order, over UDP from this machine; over TCP where an answer does not fit.
    Udp(Vec<SocketAddr>),
    /// This server, over TCP through a gateway.
    Through(Socks5, SocketAddr),
    /// This server, over TCP through a host of the stack.
    OverSsh(Ssh, SocketAddr),
}

/// What the resolver says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lookup {
    /// Whether there is such a record.
    pub(super) found: Found,
    /// The aliases that were followed, in order, then the records asked for.
    pub(super) records: Vec<Row>,
}

/// Whether a name has a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Yes.
    Records,
    /// The name that the chain ends in does not exist.
    NxDomain,
    /// It exists and has no record of this type; also said of a chain of aliases that goes in a circle.
    NoData,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its owner, lower case, without the last dot.
    pub(super) name: String,
    /// In seconds.
    pub(super) ttl: u32,
    /// What it says.
    pub(super) data: Data,
}

/// The data of the records that probes read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// CNAME: the name that it stands for.
    Alias(String),
}

impl Resolver {
    /// The servers that this machine is configured with.
    pub(super) fn of_this_machine() -> Result<Self, ProbeError> {
        let broken = |detail: String| {
            ProbeError::new(
                Code::ResolverFailed,
                Layer::Vantage,
                "this machine's DNS configuration",
                detail,
            )
        };
        let (config, _options) = hickory_resolver::system_conf::read_system_conf()
            .map_err(|error| broken(causes(&error)))?;
        let servers: Vec<_> = config
            .name_servers
            .iter()
            .map(|server| SocketAddr::new(server.ip, 53))
            .collect();
        if servers.is_empty() {
            return Err(broken("it names no server".to_owned()));
        }
        Ok(Self::Udp(servers))
    }
}

/// `host` as a name to ask for.
///
/// # Errors
/// [`Code::Template`] if no DNS name can be written so: it holds other characters, a label or the whole is too long.
pub(super) fn name(host: &str) -> Result<Name, ProbeError> {
    let unusable = |detail: &str| {
        ProbeError::new(
            Code::Template,
            Layer::Harness,
            one_line(host, 80),
            detail.to_owned(),
        )
    };
    let usual =
        |c: char| c.is_alphanumeric() || !c.is_ascii() || matches!(c, '.' | '-' | '_' | '*');
    if host.is_empty() || !host.chars().all(usual) {
        return Err(unusable("is not a name or an address"));
    }
    let mut name = Name::from_str_relaxed(host)
        .map_err(|_| unusable("is not a DNS name: a part is empty or too long"))?;
    if name.is_root() {
        return Err(unusable("is not a name or an address"));
    }
    name.set_fqdn(true);
    Ok(name)
}

/// A name as it stands in observations: lower case, without the last dot, hostile bytes escaped.
pub(super) fn written(name: &Name) -> String {
    let mut text = name.to_ascii().to_ascii_lowercase();
    if text.len() > 1 && text.ends_with('.') {
        text.pop();
    }
    text
}

/// The addresses to dial for a name: its IPv4 ones; only where it has none, its IPv6 ones. None if the name does not
/// exist or has neither.
pub(super) async fn addresses(
    resolver: &Resolver,
    name: &Name,
    deadline: Deadline,
) -> Result<Vec<IpAddr>, ProbeError> {
    let ipv4 = lookup(resolver, name, RecordType::A, deadline).await?;
    match ipv4.found {
        Found::Records => Ok(ipv4.addresses().collect()),
        Found::NxDomain => Ok(Vec::new()),
        Found::NoData => {
            let ipv6 = lookup(resolver, name, RecordType::AAAA, deadline).await?;
            Ok(ipv6.addresses().collect())
        }
    }
}

impl Lookup {
    /// The addresses among the records.
    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records.iter().filter_map(|row| match &row.data {
            Data::Address(address) => Some(*address),
            Data::Alias(_) => None,
        })
    }
}

/// Asks for the records of `wanted` type that `name` has, following its aliases.
pub(super) async fn lookup(
    resolver: &Resolver,
    name: &Name,
    wanted: RecordType,
    deadline: Deadline,
) -> Result<Lookup, ProbeError> {
    let mut chain = Chain {
        at: name.clone(),
        met: vec![name.clone()],
        records: Vec::new(),
    };
    loop {
        let question = chain.at.clone();
        let message = ask::ask(resolver, &question, wanted, deadline).await?;
        let found = match chain.follow(&message, wanted) {
            Step::Found => Found::Records,
            Step::Circle => Found::NoData,
            Step::Ended if message.metadata.response_code == ResponseCode::NXDomain => {
                Found::NxDomain
            }
            Step::Ended if chain.at == question => Found::NoData,
            // The answer ends in an alias of which it says nothing: that name is asked for in turn.
            Step::Ended => continue,
        };
        return Ok(Lookup {
            found,
            records: chain.records,
        });
    }
}

/// How far the aliases have been followed.
struct Chain {
    at: Name,
    met: Vec<Name>,
    records: Vec<Row>,
}

enum Step {
    Found,
    Ended,
    Circle,
}

impl Chain {
    /// Follows the aliases through one message.
    fn follow(&mut self, message: &Message, wanted: RecordType) -> Step {
        loop {
            let of_it = |record: &&Record| record.name == self.at;
            let rows: Vec<_> = message
                .answers
                .iter()
                .filter(of_it)
                .filter(|record| record.record_type() == wanted)
                .filter_map(row)
                .take(MOST_RECORDS)
                .collect();
            if !rows.is_empty() {
                self.records.extend(rows);
                return Step::Found;
            }
            let alias =
                message
                    .answers
                    .iter()
                    .filter(of_it)
                    .find_map(|record| match &record.data {
                        RData::CNAME(target) => Some((row(record)?, target.0.clone())),
                        _ => None,
                    });
            let Some((row, target)) = alias else {
                return Step::Ended;
            };
            self.records.push(row);
            if self.met.contains(&target) || self.met.len() > MOST_ALIASES {
                return Step::Circle;
            }
            self.met.push(target.clone());
            self.at = target;
        }
    }
}

fn row(record: &Record) -> Option<Row> {
    let data = match &record.data {
        RData::A(address) => Data::Address(address.0.into()),
        RData::AAAA(address) => Data::Address(address.0.into()),
        RData::CNAME(target) => Data::Alias(written(&target.0)),
        _ => return None,
    };
    Some(Row {
        name: written(&record.name),
        ttl: record.ttl,
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::{name, written};
    use crate::fault::Code;

    #[test]
    fn a_host_that_is_no_name_is_the_checks_mistake() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = "a.".repeat(128);
        for host in [
            "",
            ".",
            "a b",
            "a..b",
            ".a",
            "a/b",
            "a\\.b",
            "a\0b",
            "http://a",
            &long_label,
            &long_name,
        ] {
            assert_eq!(name(host).unwrap_err().code, Code::Template, "{host:?}");
        }
    }

    #[test]
    fn names_are_written_in_lower_case_without_the_last_dot() {
        for (host, text) in [
            ("Web.Example.COM", "web.example.com"),
            ("_srv.example.com.", "_srv.example.com"),
            ("社員.example", "xn--gwr195f.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(written(&name(host).unwrap()), text);
        }
        let longest = "a.".repeat(127);
        assert_eq!(written(&name(&longest).unwrap()).len(), 253);
    }
}
