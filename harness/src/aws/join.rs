//! Joining a snapshot along paths: relations embedded, derived fields worked out, what came by calls of their own added.
//! A pure function, so that a verdict can be had again from the evidence.
use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::{self, Kind};
use super::paths::{element, find};
use super::record::{Record, at};
use super::snapshot::{Derived, Snapshot, not_observed};
use crate::fault::ProbeError;
use crate::schema::{Field, Source, Type};

impl Snapshot {
    /// A record with what the paths lead to.
    pub(super) fn joined(
        &self,
        kind: Kind,
        record: &Record,
        paths: &[&[String]],
    ) -> Result<Record, ProbeError> {
        let known = record;
        // As much room as it will take: a map that grows takes twice of what it has, and each check keeps one.
        let mut record = Record::with_capacity(known.len() + paths.len());
        record.extend(
            known
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let id = at(&record, &["id"]).unwrap_or_default().to_owned();
        let node = Node {
            kind,
            id: &id,
            within: Vec::new(),
        };
        self.join(&node, kind.fields(), &mut record, paths)?;
        Ok(record)
    }

    /// Adds to one record of `table` what `paths` lead to.
    fn join(
        &self,
        node: &Node,
        table: &'static [Field],
        record: &mut Record,
        paths: &[&[String]],
    ) -> Result<(), ProbeError> {
        for (name, rests) in by_first(paths) {
            let Some(field) = find(table, name) else {
                continue;
            };
            let here = node.at(field.name);
            match field.source {
                Source::Listed => {}
                Source::OwnCall(call) => {
                    let answer = self.answer(call, node.id)?;
                    if let Some(value) = answer.get(field.name) {
                        record.insert(field.name.to_owned(), value.clone());
                    }
                }
                Source::Derived(_) => {
                    let derived = node.kind.derive(&here.within, record, self)?;
                    let Some(value) = self.embed(&field.ty, derived, &rests)? else {
                        continue;
                    };
                    record.insert(field.name.to_owned(), value);
                    continue;
                }
            }
            match element(&field.ty) {
                Type::Record(inner) => {
                    for child in record.get_mut(field.name).map(children).unwrap_or_default() {
                        self.join(&here, inner, child, &rests)?;
                    }
                }
                Type::Map(_) => captured(&here, record.get(field.name), &rests)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A derived value with the rest of the paths joined to it.
    fn embed(
        &self,
        ty: &'static Type,
        derived: Derived<'_>,
        rests: &[&[String]],
    ) -> Result<Option<Value>, ProbeError> {
        let join = |record: &Record| match element(ty) {
            Type::Resource(kind) => self.joined(*kind, record, rests).map(Value::Object),
            _ => Ok(Value::Object(record.clone())),
        };
        match derived {
            Derived::Nothing => Ok(None),
            Derived::Value(value) => Ok(Some(value)),
            Derived::One(record) => join(record).map(Some),
            Derived::Many(records) => records
                .into_iter()
                .map(join)
                .collect::<Result<_, _>>()
                .map(Some),
        }
    }
}

/// Where in a resource the join stands.
struct Node<'a> {
    kind: Kind,
    /// The resource's id, for calls of their own.
    id: &'a str,
    /// The fields from the resource down to here.
    within: Vec<&'static str>,
}

impl Node<'_> {
    fn at(&self, field: &'static str) -> Self {
        let mut within = self.within.clone();
        within.push(field);
        Self { within, ..*self }
    }
}

/// Paths by their first segment, each with what follows.
fn by_first<'a>(paths: &[&'a [String]]) -> BTreeMap<&'a str, Vec<&'a [String]>> {
    let mut groups: BTreeMap<&str, Vec<&[String]>> = BTreeMap::new();
    for path in paths {
        if let Some((first, rest)) = path.split_first() {
            groups.entry(first).or_default().push(rest);
        }
    }
    groups
}

/// The records at a field: itself, or the elements of the list.
fn children(value: &mut Value) -> Vec<&mut Record> {
    match value {
        Value::Object(record) => vec![record],
        Value::Array(list) => list.iter_mut().filter_map(Value::as_object_mut).collect(),
        _ => Vec::new(),
    }
}

/// Captures hold only what a path named when the call was made; what was asked and is not there holds null.
fn captured(node: &Node<'_>, map: Option<&Value>, rests: &[&[String]]) -> Result<(), ProbeError> {
    if node.within.last() != Some(&kind::instance::CAPTURES) {
        return Ok(());
    }
    let Some(map) = map.and_then(Value::as_object) else {
        return Ok(());
    };
    match rests
        .iter()
        .filter_map(|rest| rest.first())
        .find(|key| !map.contains_key(*key))
    {
        Some(missing) => Err(not_observed(
            &format!("{} of {}", node.within.join("."), node.kind),
            missing,
        )),
        None => Ok(()),
    }
}
