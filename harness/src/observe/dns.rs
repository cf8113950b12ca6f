//! The probe `dns`: what the vantage's resolver says of a name, the whole chain of aliases kept. It connects to nothing
//! but the resolver.
use hickory_proto::rr::RecordType;
use serde_json::{Value, json};

use super::resolve::{self, Data, Found, Lookup};
use super::vantage::Vantage;
use crate::deadline::Deadline;
use crate::fault::ProbeError;
use crate::observation::Observation;

/// `{ dns: { name, type } }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dns {
    /// The name asked for; always taken as a whole, no search list is tried.
    pub name: String,
    /// The type asked for.
    pub record: RecordKind,
}

/// The types of records that the probe reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordKind {
    /// IPv4 addresses.
    #[default]
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The next name of the chain.
    Cname,
}

impl RecordKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::A, Self::Aaaa, Self::Cname];

    /// The word in a check file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
        }
    }

    /// The kind of that word, in any case; none if there is no such kind.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(word))
    }

    fn wire(self) -> RecordType {
        match self {
            Self::A => RecordType::A,
            Self::Aaaa => RecordType::AAAA,
            Self::Cname => RecordType::CNAME,
        }
    }
}

impl Dns {
    pub(super) async fn observe(
        &self,
        vantage: &Vantage,
        deadline: Deadline,
    ) -> Result<Observation, ProbeError> {
        let resolver = vantage.resolver()?;
        let name = resolve::name(&self.name)?;
        let lookup = resolve::lookup(&resolver, &name, self.record.wire(), deadline).await?;
        Ok(observation(&lookup))
    }
}

fn observation(lookup: &Lookup) -> Observation {
    let outcome = match lookup.found {
        Found::Records => "resolved",
        Found::NxDomain => "nxdomain",
        Found::NoData => "no_data",
    };
    let addresses: Vec<_> = lookup.addresses().map(|a| a.to_string()).collect();
    let mut cnames = Vec::new();
    let mut answers = Vec::new();
    for row in &lookup.records {
        let (kind, data) = match &row.data {
            Data::Alias(target) => {
                cnames.push(target.clone());
                ("CNAME", target.clone())
            }
            Data::Address(address) if address.is_ipv4() => ("A", address.to_string()),
            Data::Address(address) => ("AAAA", address.to_string()),
        };
        answers.push(json!({ "name": row.name, "type": kind, "ttl": row.ttl, "data": data }));
    }
    let observation = Observation::of(outcome)
        .with("addresses", addresses)
        .with("cnames", cnames)
        .with("answers", Value::Array(answers));
    match lookup.records.iter().map(|row| row.ttl).min() {
        Some(ttl) => observation.with("ttl", ttl),
        None => observation,
    }
}
