//! The AWS side of one account and region, taken once: what each call gave, or why it gave nothing. It makes no
//! call; joining it along paths is in [`super::join`].
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind::Kind;
use super::listing::Listing;
use super::own_call::OwnCall;
use super::paths::{Paths, Wants};
use super::record::{self, Record};
use super::sought::Sought;
use crate::fault::{Code, Layer, ProbeError};
use crate::shared::Shared;

/// What a call gave, by the id of the resource that it was made for. An id that was asked and not answered holds an
/// empty record.
pub(super) type Answers = BTreeMap<String, Result<Record, ProbeError>>;

/// What listing each kind gave.
pub(super) type Listings = BTreeMap<Kind, Result<Shared<Listing>, ProbeError>>;

/// What the calls of their own gave.
pub(super) type Own = BTreeMap<OwnCall, Shared<Answers>>;

/// What was observed of one account in one region. It fails in parts, never as a whole. Clones share what none of them
/// changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The region.
    pub region: String,
    /// Each kind that was listed.
    pub(super) listings: Listings,
    /// Each call of its own that was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) own: Own,
    /// Where what is missed is noted, while that is looked for.
    #[serde(skip)]
    pub(super) sought: Option<Sought>,
}

impl Snapshot {
    /// A snapshot of a region with nothing in it yet.
    #[must_use]
    pub fn of(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            ..Self::default()
        }
    }

    /// Puts in what listing a kind gave.
    pub fn put(&mut self, kind: Kind, listing: Result<Vec<Record>, ProbeError>) {
        let listing = listing.map(|records| Listing::from(records).into());
        self.listings.insert(kind, listing);
    }

    /// Puts in what a call of its own gave for one resource.
    pub fn put_own(
        &mut self,
        call: OwnCall,
        id: impl Into<String>,
        answer: Result<Record, ProbeError>,
    ) {
        let answers = self.own.entry(call).or_default();
        answers.to_mut().insert(id.into(), answer);
    }

    /// All resources of a kind, the dead ones too ([`Kind::alive`] tells).
    ///
    /// # Errors
    /// What kept the kind from being listed; [`Code::NotInEvidence`] where it was not asked for.
    pub fn list(&self, kind: Kind) -> Result<&[Record], &ProbeError> {
        self.listing(kind).map(|listing| &**listing)
    }

    fn listing(&self, kind: Kind) -> Result<&Listing, &ProbeError> {
        match self.listings.get(&kind) {
            Some(Ok(listing)) => Ok(listing),
            Some(Err(error)) => Err(error),
            None => Err(&NOT_LISTED[kind as usize]),
        }
    }

    /// What kept something from being observed, each trouble once.
    #[must_use]
    pub fn troubles(&self) -> Vec<&ProbeError> {
        let listings = self.listings.values().map(|listing| listing.as_ref().err());
        let own = self.own.values().flat_map(|answers| answers.values());
        let mut troubles: Vec<&ProbeError> = listings
            .chain(own.map(|answer| answer.as_ref().err()))
            .flatten()
            .collect();
        troubles.sort_by(|one, other| one.target.cmp(&other.target));
        troubles.dedup_by(|one, other| one.target == other.target && one.code == other.code);
        troubles
    }

    /// Whether something kept a kind from being listed that may be gone at the next look.
    pub(super) fn may_list_more(&self) -> bool {
        let errors = self.listings.values().filter_map(|one| one.as_ref().err());
        errors.into_iter().any(|error| error.code.is_passing())
    }

    /// What of `wants` was kept from being observed, whole or in part.
    pub(super) fn unobserved(&self, wants: &Wants) -> Wants {
        let failed = |kind: Kind| {
            let own = self.own.iter().filter(|(call, _)| call.kind() == kind);
            self.listings.get(&kind).is_none_or(Result::is_err)
                || own
                    .flat_map(|(_, answers)| answers.values())
                    .any(Result::is_err)
        };
        let closed = wants.closed().0.into_iter();
        Wants(closed.filter(|(kind, _)| failed(*kind)).collect())
    }

    /// The resource of a kind with this id.
    ///
    /// # Errors
    /// As [`Snapshot::list`].
    pub fn find_by_id(&self, kind: Kind, id: &str) -> Result<Option<&Record>, &ProbeError> {
        Ok(self.listing(kind)?.with_id(id))
    }

    /// The resources that a call of its own was made for, by their ids.
    pub fn asked_by(&self, call: OwnCall) -> impl Iterator<Item = &str> {
        let answers = self.own.get(&call).into_iter().flat_map(|of| of.keys());
        answers.map(String::as_str)
    }

    /// Whether the resource with this id is there, and not on its way out.
    pub(super) fn is_alive(&self, kind: Kind, id: &str) -> bool {
        let found = self.find_by_id(kind, id).ok().flatten();
        found.is_some_and(|record| kind.alive(record))
    }

    /// A record with what the paths lead to: relations embedded, derived fields worked out, the fields that came by
    /// calls of their own added. Where a relation leads nowhere the field is absent.
    ///
    /// # Errors
    /// What kept a kind or a call from being observed that one of the paths needs.
    pub fn expand(&self, kind: Kind, record: &Record, paths: &Paths) -> Result<Value, ProbeError> {
        self.joined(kind, record, &paths.iter().collect::<Vec<_>>())
            .map(Value::Object)
    }

    /// This snapshot with what was made anew. A listing that was `narrowed` to one id replaces only that resource, or
    /// takes it out where it is gone.
    pub(super) fn with<'a>(&self, fresh: Self, narrowed: impl Fn(Kind) -> Option<&'a str>) -> Self {
        let mut all = self.clone();
        for (kind, listing) in fresh.listings {
            let merged = match (narrowed(kind), listing, self.listings.get(&kind)) {
                (Some(id), Ok(found), Some(Ok(known))) => {
                    Ok(Listing::from(replaced(known, id, &found)).into())
                }
                (_, listing, _) => listing,
            };
            all.listings.insert(kind, merged);
        }
        for (call, answers) in fresh.own {
            let known = all.own.entry(call).or_default();
            let answers = answers.iter();
            known
                .to_mut()
                .extend(answers.map(|(id, answer)| (id.clone(), answer.clone())));
        }
        all
    }

    /// This snapshot, where it failed with what an earlier one had observed.
    pub(super) fn or(mut self, earlier: &Self) -> Self {
        for (kind, listing) in &mut self.listings {
            if let (Err(_), Some(Ok(known))) = (&*listing, earlier.listings.get(kind)) {
                *listing = Ok(known.clone());
            }
        }
        for (call, answers) in &mut self.own {
            for (id, answer) in answers.to_mut() {
                let known = earlier.own.get(call).and_then(|known| known.get(id));
                if let (Err(_), Some(Ok(known))) = (&*answer, known) {
                    *answer = Ok(known.clone());
                }
            }
        }
        self
    }

    /// The listings and the calls of their own, for who redacts or counts them.
    pub(super) fn parts_mut(&mut self) -> (&mut Listings, &mut Own) {
        (&mut self.listings, &mut self.own)
    }

    /// The resource with this id, for a relation to one.
    pub(super) fn one(&self, kind: Kind, id: Option<&str>) -> Derivation<'_> {
        let found = match id {
            Some(id) => self.find_by_id(kind, id)?,
            // The listing has to have come about even so: an id that is missing is a fact only then.
            None => self.list(kind).map(|_| None)?,
        };
        Ok(found.map_or(Derived::Nothing, Derived::One))
    }

    /// The living resources that `belong`, for a relation to many.
    pub(super) fn many(&self, kind: Kind, belong: impl Fn(&Record) -> bool) -> Derivation<'_> {
        let records = self.list(kind)?.iter();
        Ok(Derived::Many(
            records
                .filter(|record| kind.alive(record) && belong(record))
                .collect(),
        ))
    }

    /// What a call of its own gave for one resource.
    pub(super) fn answer(&self, call: OwnCall, id: &str) -> Result<&Record, ProbeError> {
        match self.own.get(&call).and_then(|answers| answers.get(id)) {
            Some(answer) => answer.as_ref().map_err(Clone::clone),
            None => match &self.sought {
                Some(sought) => Ok(sought.note(call, id)),
                None => Err(not_observed(call.action(), id)),
            },
        }
    }
}

/// So that `?` hands on what a listing carries: every field that rests on it fails with the same error.
impl From<&ProbeError> for ProbeError {
    fn from(error: &ProbeError) -> Self {
        error.clone()
    }
}

/// What a derived field comes to.
pub(super) enum Derived<'a> {
    /// Nothing: the field is absent.
    Nothing,
    /// A value of its own.
    Value(Value),
    /// Another resource.
    One(&'a Record),
    /// Other resources.
    Many(Vec<&'a Record>),
}

/// A derived field, or what kept us from observing what it is worked out from.
pub(super) type Derivation<'a> = Result<Derived<'a>, ProbeError>;

/// A listing with one resource in its place as it was found now.
fn replaced(known: &[Record], id: &str, found: &[Record]) -> Vec<Record> {
    let is = |record: &Record| record::at(record, &["id"]) == Some(id);
    let mut found = found.iter().filter(|record| is(record)).cloned();
    let mut all: Vec<Record> = known
        .iter()
        .filter_map(|record| {
            if is(record) {
                found.next()
            } else {
                Some(record.clone())
            }
        })
        .collect();
    all.extend(found);
    all
}

static NOT_LISTED: LazyLock<Vec<ProbeError>> = LazyLock::new(|| {
    Kind::ALL
        .iter()
        .map(|kind| not_observed(kind.page_call(), kind.plural()))
        .collect()
});

/// What is asked was not observed by the run that made the snapshot.
pub(super) fn not_observed(target: &str, what: &str) -> ProbeError {
    ProbeError::new(Code::NotInEvidence, Layer::Harness, target, what)
}
