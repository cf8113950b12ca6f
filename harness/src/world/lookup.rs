//! Finding a resource: the living records of its kind, in its VPC, of its name and tags, that meet its `where`.
use serde_json::Value;

use super::near::{self, Near, Why};
use super::{Blocked, Found, World, no_value};
use crate::aws::{Record, at};
use crate::judge::evaluate::{holds, walk};
use crate::plan::Resource;

impl World<'_> {
    pub(super) fn look_up(&self, name: &str) -> Result<Found, Blocked> {
        let resource = self
            .plan
            .resources
            .get(name)
            .ok_or_else(|| Blocked::Missing {
                name: name.to_owned(),
                detail: "not in the lab".to_owned(),
            })?;
        let wanted = self.wanted(resource)?;
        let records = self
            .snapshot
            .list(resource.kind)
            .map_err(|error| Blocked::Fault(error.clone()))?;
        let living: Vec<&Record> = records
            .iter()
            .filter(|record| resource.kind.alive(record))
            .collect();
        let mut fitting = Vec::new();
        for record in &living {
            // By name first: what others' resources lack must not stand in the way of ours.
            if wanted.has_name(resource, record) && self.fits(resource, record, &wanted)? {
                fitting.push(*record);
            }
        }
        if resource.plural {
            return Ok(Found::Many(fitting.into_iter().cloned().collect()));
        }
        match fitting.as_slice() {
            [] => Ok(Found::Missing(self.near(name, resource, &living, &wanted))),
            [record] => Ok(Found::One((*record).clone())),
            several => Ok(Found::Several(
                several
                    .iter()
                    .map(|record| near::describe(resource.kind, record, Why::Same))
                    .collect(),
            )),
        }
    }

    /// What the declaration asks, its templates evaluated.
    fn wanted(&self, resource: &Resource) -> Result<Wanted, Blocked> {
        let names = Value::Object(self.names_of(&resource.uses)?);
        let vpc = match &resource.vpc {
            Some(vpc) => names
                .get(vpc)
                .and_then(|vpc| vpc.get("id"))
                .and_then(Value::as_str)
                .map(str::to_owned),
            None => None,
        };
        let text = |template: &crate::plan::template::Template| {
            template.evaluate(&names).map_err(no_value).map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
        };
        Ok(Wanted {
            vpc,
            name: resource.name.as_ref().map(text).transpose()?,
            tags: resource
                .tags
                .iter()
                .map(|(key, value)| Ok((key.clone(), text(value)?)))
                .collect::<Result<_, Blocked>>()?,
            names,
        })
    }

    /// Whether a record of the right name is in the right VPC, has the tags, and meets the filter.
    fn fits(&self, resource: &Resource, record: &Record, wanted: &Wanted) -> Result<bool, Blocked> {
        // What its own listing says of others' resources is enough: a class may share the account.
        if wanted.is_elsewhere(resource, record) {
            return Ok(false);
        }
        let value = self
            .snapshot
            .expand(resource.kind, record, &resource.filter_paths)
            .map_err(Blocked::Fault)?;
        if !wanted.is_in_vpc(resource, &value) || !wanted.has_tags(&value) {
            return Ok(false);
        }
        match &resource.filter {
            Some(filter) => holds(filter, Some(&value), &wanted.names).map_err(no_value),
            None => Ok(true),
        }
    }

    fn near(
        &self,
        name: &str,
        resource: &Resource,
        living: &[&Record],
        wanted: &Wanted,
    ) -> Vec<Near> {
        let mut found = wanted
            .name
            .as_ref()
            .map(|named| near::near(resource.kind, living, named, wanted.vpc.as_deref()))
            .unwrap_or_default();
        found.extend(
            self.elsewhere
                .iter()
                .filter(|other| other.resource == name)
                .map(|other| Near {
                    name: wanted.name.clone().unwrap_or_default(),
                    why: Why::OtherRegion,
                    place: Some(other.region.clone()),
                }),
        );
        found
    }
}

/// A declaration with its values.
struct Wanted {
    vpc: Option<String>,
    name: Option<String>,
    tags: Vec<(String, String)>,
    names: Value,
}

impl Wanted {
    fn has_name(&self, resource: &Resource, record: &Record) -> bool {
        let name = record
            .get(resource.kind.name_field())
            .and_then(Value::as_str);
        self.name
            .as_deref()
            .is_none_or(|wanted| name == Some(wanted))
    }

    /// Whether the listing itself says that a record is in another VPC.
    fn is_elsewhere(&self, resource: &Resource, record: &Record) -> bool {
        let named = resource.kind.vpc_path().and_then(|path| at(record, path));
        let wanted = self.vpc.as_deref();
        wanted.is_some() && named.is_some() && named != wanted
    }

    fn is_in_vpc(&self, resource: &Resource, value: &Value) -> bool {
        let Some(wanted) = self.vpc.as_deref() else {
            return true;
        };
        let path: Vec<String> = resource
            .kind
            .vpc_path()
            .unwrap_or_default()
            .iter()
            .map(|segment| (*segment).to_owned())
            .collect();
        walk(Some(value), &path).and_then(Value::as_str) == Some(wanted)
    }

    fn has_tags(&self, value: &Value) -> bool {
        let tag = |key: &String| {
            value
                .get("tags")
                .and_then(|tags| tags.get(key))
                .and_then(Value::as_str)
        };
        self.tags
            .iter()
            .all(|(key, wanted)| tag(key) == Some(wanted))
    }
}
