//! In what one snapshot differs from another of the same account and region. A class that shares an account has one look at
//! it; each run keeps only what it saw otherwise. It knows no kind.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::listing::Listing;
use super::own_call::OwnCall;
use super::record::Record;
use super::snapshot::{Answers, Snapshot};
use crate::fault::ProbeError;
use crate::shared::Shared;

/// What a snapshot has otherwise than another one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Each listing that differs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    listings: BTreeMap<Kind, Changed>,
    /// The answers that differ, or are more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    own: BTreeMap<OwnCall, Answers>,
}

/// In what a listing differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Changed {
    /// Of as many resources, those that differ, by their place.
    Places(BTreeMap<usize, Record>),
    /// It is another one.
    Whole(Result<Shared<Listing>, ProbeError>),
}

impl Snapshot {
    /// In what this differs from `other`; none where that can't be told: `other` holds what this does not.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        let mut difference = Difference::default();
        for (&kind, listing) in &self.listings {
            let known = other.listings.get(&kind);
            if known != Some(listing) {
                difference
                    .listings
                    .insert(kind, Changed::of(listing, known));
            }
        }
        for (&call, answers) in &self.own {
            let known = other.own.get(&call);
            if known == Some(answers) {
                continue;
            }
            let is_new = |id: &String| known.and_then(|known| known.get(id)) != answers.get(id);
            let new = answers.iter().filter(|(id, _)| is_new(id));
            let new: Answers = new.map(|(id, one)| (id.clone(), one.clone())).collect();
            difference.own.insert(call, new);
        }
        (other.changed(&difference) == *self).then_some(difference)
    }

    /// This snapshot with what another one has otherwise.
    #[must_use]
    pub fn changed(&self, difference: &Difference) -> Self {
        let mut all = self.clone();
        for (&kind, changed) in &difference.listings {
            let listing = match changed {
                Changed::Whole(listing) => listing.clone(),
                Changed::Places(records) => match all.listings.remove(&kind) {
                    Some(Ok(mut listing)) => {
                        let known = listing.to_mut().records_mut();
                        for (&place, record) in records {
                            if let Some(one) = known.get_mut(place) {
                                one.clone_from(record);
                            }
                        }
                        Ok(listing)
                    }
                    Some(failed) => failed,
                    None => continue,
                },
            };
            all.listings.insert(kind, listing);
        }
        for (&call, answers) in &difference.own {
            let known = all.own.entry(call).or_default().to_mut();
            known.extend(answers.iter().map(|(id, one)| (id.clone(), one.clone())));
        }
        all
    }
}

impl Changed {
    fn of(
        listing: &Result<Shared<Listing>, ProbeError>,
        known: Option<&Result<Shared<Listing>, ProbeError>>,
    ) -> Self {
        let (Ok(now), Some(Ok(known))) = (listing, known) else {
            return Self::Whole(listing.clone());
        };
        if now.len() != known.len() {
            return Self::Whole(listing.clone());
        }
        let places = now.iter().zip(known.iter()).enumerate();
        let places = places.filter(|(_, (now, known))| now != known);
        Self::Places(
            places
                .map(|(place, (now, _))| (place, now.clone()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fault::{Code, Layer};

    fn record(id: &str, state: &str) -> Record {
        let value = json!({ "id": id, "state": state });
        value.as_object().cloned().unwrap_or_default()
    }

    fn look() -> Snapshot {
        let mut look = Snapshot::of("us-east-1");
        let instances = ["i-1", "i-2", "i-3"].map(|id| record(id, "running"));
        look.put(Kind::Instance, Ok(instances.to_vec()));
        look.put(Kind::Vpc, Ok(vec![record("vpc-1", "available")]));
        look.put_own(OwnCall::InstanceStatus, "i-1", Ok(record("i-1", "ok")));
        look
    }

    fn denied() -> ProbeError {
        ProbeError::new(Code::AccessDenied, Layer::Aws, "ec2:DescribeVpcs", "no")
    }

    #[test]
    fn a_snapshot_is_had_again_from_the_look_and_the_difference() {
        let look = look();
        let mut stopped = look.clone();
        let instances = ["running", "stopped", "running"].iter().zip(1..);
        let instances = instances.map(|(state, number)| record(&format!("i-{number}"), state));
        stopped.put(Kind::Instance, Ok(instances.collect()));
        let mut gone = look.clone();
        gone.put(Kind::Instance, Ok(vec![record("i-1", "running")]));
        let mut failed = look.clone();
        failed.put(Kind::Vpc, Err(denied()));
        let mut more = look.clone();
        more.put(Kind::Image, Ok(Vec::new()));
        more.put_own(OwnCall::InstanceStatus, "i-1", Ok(record("i-1", "bad")));
        more.put_own(OwnCall::InstanceStatus, "i-2", Err(denied()));
        for snapshot in [look.clone(), stopped.clone(), gone, failed, more] {
            let difference = snapshot.difference(&look).expect("it can be told");
            let written = serde_json::to_string(&difference).expect("it is written");
            let read: Difference = serde_json::from_str(&written).expect("it is read");
            assert_eq!(look.changed(&read), snapshot, "{written}");
        }
        let difference = stopped.difference(&look).expect("it can be told");
        let written = serde_json::to_value(&difference).expect("it is written");
        assert_eq!(
            written,
            json!({ "listings": { "instance": { "places": { "1": record("i-2", "stopped") } } } }),
            "one resource, and not the account"
        );
    }

    #[test]
    fn what_the_look_has_and_the_snapshot_has_not_can_t_be_told() {
        assert_eq!(Snapshot::of("us-east-1").difference(&look()), None);
        assert_eq!(Snapshot::of("us-west-2").difference(&look()), None);
    }
}
