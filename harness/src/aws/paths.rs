//! Which fields of which kinds are wanted, and what has to be observed for them: relations and derived fields want other
//! kinds, some fields cost calls of their own. It knows the kinds' tables and makes no call.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::own_call::OwnCall;
use crate::schema::{Field, Source, Type};

/// A set of dotted paths, each a list of segments. Elements of lists carry no index: `targets`, `instance`, `name` is
/// the name of the instance of each target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Paths(pub BTreeSet<Vec<String>>);

impl Paths {
    /// No path: the listing alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a path; an empty one adds nothing.
    pub fn insert(&mut self, path: Vec<String>) {
        if !path.is_empty() {
            self.0.insert(path);
        }
    }

    /// The paths in order.
    pub fn iter(&self) -> impl Iterator<Item = &[String]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Vec<String>> for Paths {
    fn from_iter<I: IntoIterator<Item = Vec<String>>>(paths: I) -> Self {
        let mut set = Self::new();
        paths.into_iter().for_each(|path| set.insert(path));
        set
    }
}

impl Extend<Vec<String>> for Paths {
    fn extend<I: IntoIterator<Item = Vec<String>>>(&mut self, paths: I) {
        paths.into_iter().for_each(|path| self.insert(path));
    }
}

/// What is wanted: kinds, and of each the paths that are read. A kind without a path is listed and nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wants(pub BTreeMap<Kind, Paths>);

impl Wants {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wants the listing of a kind.
    pub fn kind(&mut self, kind: Kind) {
        self.0.entry(kind).or_default();
    }

    /// Wants a path of a kind.
    pub fn path(&mut self, kind: Kind, path: Vec<String>) {
        self.0.entry(kind).or_default().insert(path);
    }

    /// Wants also what another wants.
    pub fn merge(&mut self, other: &Self) {
        for (&kind, paths) in &other.0 {
            self.0
                .entry(kind)
                .or_default()
                .extend(paths.0.iter().cloned());
        }
    }

    /// Whether all that another wants is among these.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|(kind, paths)| {
            let mine = self.0.get(kind);
            mine.is_some_and(|mine| paths.0.is_subset(&mine.0))
        })
    }

    /// With everything that the paths lead to: a relation's kind with the rest of the path, the kinds that a derived
    /// field is worked out from, and the kinds that have to be listed first.
    #[must_use]
    pub fn closed(&self) -> Self {
        let mut closed = Self::new();
        let mut open: Vec<(Kind, Vec<String>)> = self
            .0
            .iter()
            .flat_map(|(&kind, paths)| {
                std::iter::once((kind, Vec::new()))
                    .chain(paths.iter().map(move |path| (kind, path.to_vec())))
            })
            .collect();
        while let Some((kind, path)) = open.pop() {
            let paths = match closed.0.entry(kind) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => {
                    open.extend(kind.listed_by().iter().map(|&first| (first, Vec::new())));
                    new.insert(Paths::new())
                }
            };
            if path.is_empty() || !paths.0.insert(path.clone()) {
                continue;
            }
            follow(kind, &path, |step| match step {
                Step::Kinds(kinds) => open.extend(kinds.iter().map(|&kind| (kind, Vec::new()))),
                Step::Joins { kind, rest, .. } => {
                    open.extend([(kind, Vec::new()), (kind, rest.to_vec())]);
                }
                Step::Costs(_) => {}
            });
        }
        closed
    }

    /// What has to be asked again to see these wants change: not the listing of a resource of which only fields with
    /// calls of their own are wanted, nor that of a related one of which only what never changes is.
    pub(super) fn again(&self) -> Again {
        let mut again = Again::default();
        let mut open: Vec<(Kind, Vec<String>)> = Vec::new();
        for (&kind, paths) in &self.0 {
            let listed = |path: &[String]| !costs(kind, path);
            if paths.is_empty() || paths.iter().any(listed) {
                again.listings.insert(kind);
            }
            open.extend(paths.iter().map(|path| (kind, path.to_vec())));
        }
        while let Some((kind, path)) = open.pop() {
            if !again
                .wants
                .0
                .entry(kind)
                .or_default()
                .0
                .insert(path.clone())
            {
                continue;
            }
            follow(kind, &path, |step| match step {
                Step::Kinds(kinds) => again.listings.extend(kinds),
                Step::Costs(_) => {}
                Step::Joins { kind, many, rest } => {
                    let steady = rest
                        .first()
                        .is_some_and(|field| STEADY.contains(&field.as_str()));
                    if many || !(steady || costs(kind, rest)) {
                        again.listings.insert(kind);
                    }
                    if !rest.is_empty() {
                        open.push((kind, rest.to_vec()));
                    }
                }
            });
        }
        again
    }

    /// The calls of their own that the paths name, relations not followed: ask it of what [`Wants::closed`] gives.
    #[must_use]
    pub fn own_calls(&self) -> BTreeSet<OwnCall> {
        let mut calls = BTreeSet::new();
        for (&kind, paths) in &self.0 {
            for path in paths.iter() {
                follow(kind, path, |step| {
                    if let Step::Costs(call) = step {
                        calls.insert(call);
                    }
                });
            }
        }
        calls
    }

    /// Every action, as in an IAM policy, that observing this takes.
    #[must_use]
    pub fn actions(&self) -> BTreeSet<&'static str> {
        let closed = self.closed();
        let listings = closed.0.keys().map(|kind| kind.page_call());
        let own = closed.own_calls();
        listings
            .chain(own.iter().map(|call| call.action()))
            .chain([Kind::Account.page_call()])
            .collect()
    }
}

/// Fields that a resource keeps for life, or that nobody changes while a check waits.
const STEADY: &[&str] = &["id", "name", "arn", "tags"];

/// What is asked again while a check waits.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Again {
    /// Kinds to list.
    pub listings: BTreeSet<Kind>,
    /// Paths whose calls of their own are made.
    pub wants: Wants,
}

/// Whether a path's first field costs a call of its own.
fn costs(kind: Kind, path: &[String]) -> bool {
    let field = path.first().and_then(|name| find(kind.fields(), name));
    field.is_some_and(|field| matches!(field.source, Source::OwnCall(_)))
}

/// What a path meets on its way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// A field that is worked out from other kinds.
    Kinds(&'static [Kind]),
    /// A relation: the rest of the path is the other kind's.
    Joins {
        /// The other kind.
        kind: Kind,
        /// Whether the relation is to many, which the other kind's listing tells.
        many: bool,
        /// What follows in the path.
        rest: &'a [String],
    },
    /// A field that costs a call of its own.
    Costs(OwnCall),
}

/// Follows a path through a kind's table up to the first relation. What the table does not know ends the walk: such
/// paths are refused when a lab is loaded.
pub(super) fn follow<'a>(kind: Kind, path: &'a [String], mut meet: impl FnMut(Step<'a>)) {
    let mut table = kind.fields();
    for (index, segment) in path.iter().enumerate() {
        let Some(field) = find(table, segment) else {
            return;
        };
        if let Source::OwnCall(call) = field.source {
            meet(Step::Costs(call));
        }
        match element(&field.ty) {
            Type::Record(fields) => table = fields,
            Type::Resource(kind) => {
                let many = matches!(field.ty, Type::List(_));
                meet(Step::Joins {
                    kind: *kind,
                    many,
                    rest: &path[index + 1..],
                });
                return;
            }
            _ => {
                if let Source::Derived(kinds) = field.source {
                    meet(Step::Kinds(kinds));
                }
                return;
            }
        }
    }
}

/// A table's field by its name.
pub(super) fn find(table: &'static [Field], name: &str) -> Option<&'static Field> {
    table.iter().find(|field| field.name == name)
}

/// What a list is of, or the type itself.
pub(super) fn element(ty: &'static Type) -> &'static Type {
    match ty {
        Type::List(of) => element(of),
        ty => ty,
    }
}
