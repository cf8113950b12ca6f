//! The calls of their own: which API call gives what, for which resources, and how many a request takes.
use std::collections::BTreeSet;

use serde_json::Value;

use super::Fetcher;
use crate::aws::kind;
use crate::aws::own_call::OwnCall;
use crate::aws::paths::Paths;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::Answers;
use crate::fault::{Code, ProbeError};

/// How many ids a filter takes.
const IMAGES_A_REQUEST: usize = 200;
/// How many resources `elasticloadbalancing:DescribeTags` takes.
const TAGGED_A_REQUEST: usize = 20;

/// Of a record only what calls of its own are asked by: an account's records are large, and wait for their turn.
pub(in crate::aws) fn named(record: &Record) -> Record {
    let fields = ["id", "arn", "image_id"].into_iter();
    let known = fields.filter_map(|field| Some((field.to_owned(), record.get(field)?.clone())));
    known.collect()
}

impl Fetcher {
    /// What one call of its own gives for these resources; `narrow` where it is only one of the region's, and the API is to be
    /// asked for that one alone.
    pub(in crate::aws) async fn answers(
        &self,
        call: OwnCall,
        records: &[Record],
        paths: &Paths,
        narrow: bool,
    ) -> Answers {
        let ids: Vec<&str> = records
            .iter()
            .filter_map(|record| at(record, &["id"]))
            .collect();
        if ids.is_empty() {
            return Answers::new();
        }
        let only = ids.first().copied().filter(|_| narrow);
        let (action, clients) = (call.action(), &self.clients);
        match call {
            OwnCall::VpcDnsSupport | OwnCall::VpcDnsHostnames => {
                self.each(action, ids, move |clients, id| async move {
                    kind::vpc::attribute(&clients, call, &id).await
                })
                .await
            }
            OwnCall::InstanceStatus => {
                let found = self
                    .bounded(action, kind::instance::statuses(clients, only))
                    .await;
                matched(&ids, &found)
            }
            OwnCall::InstanceSsm => {
                let found = self
                    .bounded(action, kind::instance::managed(clients, only))
                    .await;
                matched(&ids, &found)
            }
            OwnCall::InstanceUserData => {
                let captured: BTreeSet<String> = captures(paths);
                self.each(action, ids, move |clients, id| {
                    let captured = captured.clone();
                    async move { kind::instance::user_data(&clients, &id, &captured).await }
                })
                .await
            }
            OwnCall::InstanceImage => self.images(records).await,
            OwnCall::ImageLaunchPermissions => {
                self.each(action, ids, |clients, id| async move {
                    kind::image::launch_permissions(&clients, &id).await
                })
                .await
            }
            OwnCall::LoadBalancerAttributes => {
                self.each(action, ids, |clients, arn| async move {
                    kind::load_balancer::attributes(&clients, &arn).await
                })
                .await
            }
            OwnCall::LoadBalancerTags | OwnCall::ListenerTags | OwnCall::TargetGroupTags => {
                self.tags(call, &ids).await
            }
            OwnCall::ListenerRules => {
                self.each(action, ids, |clients, arn| async move {
                    kind::listener::rules(&clients, &arn).await
                })
                .await
            }
            OwnCall::TargetHealth => {
                self.each(action, ids, |clients, arn| async move {
                    kind::target_group::health(&clients, &arn).await
                })
                .await
            }
            OwnCall::TargetGroupAttributes => {
                self.each(action, ids, |clients, arn| async move {
                    kind::target_group::attributes(&clients, &arn).await
                })
                .await
            }
            OwnCall::DbSubnetGroupTags => {
                let arns = records.iter().filter_map(|record| at(record, &["arn"]));
                let by_arn = self
                    .each(action, arns, |clients, arn| async move {
                        kind::db_subnet_group::group_tags(&clients, &arn).await
                    })
                    .await;
                let of = |record: &Record| {
                    let id = at(record, &["id"])?.to_owned();
                    let answer = at(record, &["arn"])
                        .and_then(|arn| by_arn.get(arn))
                        .cloned();
                    Some((
                        id,
                        answer.unwrap_or_else(|| Err(clients.call(action).lacks("an ARN"))),
                    ))
                };
                records.iter().filter_map(of).collect()
            }
        }
    }

    /// The images that instances were started from.
    async fn images(&self, instances: &[Record]) -> Answers {
        let action = OwnCall::InstanceImage.action();
        let in_use: BTreeSet<String> = instances
            .iter()
            .filter_map(|one| at(one, &["image_id"]))
            .map(str::to_owned)
            .collect();
        let in_use: Vec<String> = in_use.into_iter().collect();
        let mut images = Answers::new();
        for ids in in_use.chunks(IMAGES_A_REQUEST) {
            let found = self
                .bounded(action, kind::image::any(&self.clients, ids))
                .await;
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            images.extend(with_ids(&ids, &found));
        }
        let of = |instance: &Record| {
            let id = at(instance, &["id"])?.to_owned();
            let image = at(instance, &["image_id"]).and_then(|image| images.get(image));
            let answer = match image {
                Some(Ok(image)) if !image.is_empty() => {
                    Ok([("image".to_owned(), Value::Object(image.clone()))]
                        .into_iter()
                        .collect())
                }
                Some(Err(error)) => Err(error.clone()),
                // Deregistered, or not shared any more: what it was started from can't be told, and is not wrong.
                _ => Err(self
                    .clients
                    .call(action)
                    .fault(Code::ApiRejected, "the image is not there any more")),
            };
            Some((id, answer))
        };
        instances.iter().filter_map(of).collect()
    }

    /// The tags of load balancers, listeners or target groups.
    async fn tags(&self, call: OwnCall, arns: &[&str]) -> Answers {
        let mut all = Answers::new();
        for arns in arns.chunks(TAGGED_A_REQUEST) {
            let asked: Vec<String> = arns.iter().map(|&arn| arn.to_owned()).collect();
            let found = self
                .bounded(
                    call.action(),
                    kind::load_balancer::tagged(&self.clients, call, &asked),
                )
                .await;
            all.extend(matched(arns, &found));
        }
        all
    }
}

/// The variables whose assignments the paths name.
fn captures(paths: &Paths) -> BTreeSet<String> {
    let named = paths.iter().filter_map(|path| match path {
        [field, captures, name, ..]
            if field == "user_data" && captures == kind::instance::CAPTURES =>
        {
            Some(name)
        }
        _ => None,
    });
    named.cloned().collect()
}

/// The answers for `ids` out of one call for many, an empty one where it says nothing of one. The `id` by which they are
/// told apart is taken out: it is the resource's own.
fn matched(ids: &[&str], found: &Result<Vec<Record>, ProbeError>) -> Answers {
    let mut answers = with_ids(ids, found);
    for answer in answers.values_mut().flatten() {
        answer.remove("id");
    }
    answers
}

fn with_ids(ids: &[&str], found: &Result<Vec<Record>, ProbeError>) -> Answers {
    let of = |id: &str| match found {
        Ok(records) => {
            let mine = records
                .iter()
                .find(|record| at(record, &["id"]) == Some(id));
            Ok(mine.cloned().unwrap_or_default())
        }
        Err(error) => Err(error.clone()),
    };
    ids.iter().map(|&id| (id.to_owned(), of(id))).collect()
}
