//! Finding a resource: the living records of its kind, in its VPC, of its name and tags, that meet its `where`.
use serde_json::Value;

use super::near::{self, Near, Why};
use super::{Blocked, Found, World, no_value};
use crate::aws::Record;
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
            if wanted.fits(resource, record) && self.meets_filter(resource, record, &wanted)? {
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

    fn meets_filter(
        &self,
        resource: &Resource,
        record: &Record,
        wanted: &Wanted,
    ) -> Result<bool, Blocked> {
        let Some(filter) = &resource.filter else {
            return Ok(true);
        };
        let value = self
            .snapshot
            .expand(resource.kind, record, &resource.filter_paths)
            .map_err(Blocked::Fault)?;
        holds(filter, Some(&value), &wanted.names).map_err(no_value)
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
    fn fits(&self, resource: &Resource, record: &Record) -> bool {
        let name = record
            .get(resource.kind.name_field())
            .and_then(Value::as_str);
        self.name
            .as_deref()
            .is_none_or(|wanted| name == Some(wanted))
            && self
                .vpc
                .as_deref()
                .is_none_or(|vpc| vpc_of(resource, record) == Some(vpc))
            && self.tags.iter().all(|(key, value)| {
                record
                    .get("tags")
                    .and_then(|tags| tags.get(key))
                    .and_then(Value::as_str)
                    == Some(value)
            })
    }
}

fn vpc_of<'r>(resource: &Resource, record: &'r Record) -> Option<&'r str> {
    let (first, rest) = resource.kind.vpc_path()?.split_first()?;
    let rest: Vec<String> = rest.iter().map(|segment| (*segment).to_owned()).collect();
    walk(record.get(*first), &rest).and_then(Value::as_str)
}
