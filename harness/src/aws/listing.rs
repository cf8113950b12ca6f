//! What listing a kind gave: resources in their order, each found by its id. It knows no kind.
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::record::{Record, at};

/// The resources of a kind in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    records: Vec<Record>,
    /// The place of the first with each id, once somebody asked.
    places: OnceLock<HashMap<String, usize>>,
}

impl Listing {
    /// The first resource with this id.
    pub(super) fn with_id(&self, id: &str) -> Option<&Record> {
        let places = self.places.get_or_init(|| {
            let ids = self.records.iter().map(|record| at(record, &["id"]));
            let mut places = HashMap::new();
            for (place, id) in ids.enumerate() {
                if let Some(id) = id {
                    places.entry(id.to_owned()).or_insert(place);
                }
            }
            places
        });
        self.records.get(*places.get(id)?)
    }

    /// The resources, to be changed.
    pub(super) fn records_mut(&mut self) -> &mut Vec<Record> {
        self.places.take();
        &mut self.records
    }
}

impl Deref for Listing {
    type Target = [Record];

    fn deref(&self) -> &[Record] {
        &self.records
    }
}

impl From<Vec<Record>> for Listing {
    fn from(records: Vec<Record>) -> Self {
        Self {
            records,
            places: OnceLock::new(),
        }
    }
}

impl PartialEq for Listing {
    fn eq(&self, other: &Self) -> bool {
        self.records == other.records
    }
}

impl Serialize for Listing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.records.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Listing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(id: &str, n: u32) -> Record {
        let value = json!({ "id": id, "n": n });
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_resource_is_found_by_its_id_after_a_change_too() {
        let mut listing = Listing::from(vec![record("a", 1), record("b", 2), record("a", 3)]);
        assert_eq!(listing.with_id("a"), Some(&record("a", 1)), "the first");
        assert_eq!(listing.with_id("c"), None);
        listing.records_mut().remove(0);
        assert_eq!(listing.with_id("a"), Some(&record("a", 3)));
    }
}
