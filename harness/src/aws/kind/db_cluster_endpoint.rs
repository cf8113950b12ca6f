//! Endpoints of clusters (`rds:DescribeDBClusterEndpoints`): writer, reader and custom ones.
use aws_sdk_rds::types;

use super::table::{id, one, text, texts};
use crate::aws::Kind;
use crate::aws::clients::Clients;
use crate::aws::pages::pages;
use crate::aws::record::{Build, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::Field;

/// The fields of a cluster endpoint.
pub(super) const FIELDS: &[Field] = &[
    id(
        "`Endpoint`, its DNS name; while that is not given yet, the cluster's identifier and the type.",
    ),
    text(
        "name",
        "`DBClusterEndpointIdentifier`, which only a custom endpoint has.",
    ),
    text(
        "arn",
        "`DBClusterEndpointArn`, which only a custom endpoint has.",
    ),
    text("db_cluster_identifier", "`DBClusterIdentifier`."),
    text("endpoint", "The DNS name (`Endpoint`)."),
    text(
        "endpoint_type",
        "`WRITER`, `READER` or `CUSTOM` (`EndpointType`).",
    ),
    text(
        "custom_endpoint_type",
        "`READER` or `ANY` (`CustomEndpointType`).",
    ),
    text("status", "`creating`, `available`, … (`Status`)."),
    texts("static_members", "`StaticMembers`."),
    texts("excluded_members", "`ExcludedMembers`."),
    one(
        "cluster",
        Kind::DbCluster,
        "The cluster that it belongs to.",
    ),
];

/// What a derived field of a cluster endpoint comes to.
pub(super) fn derive<'a>(path: &[&str], endpoint: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["cluster"] => all.one(Kind::DbCluster, at(endpoint, &["db_cluster_identifier"])),
        _ => Ok(Derived::Nothing),
    }
}

/// All endpoints of the region's clusters. One alone can't be asked for: only custom ones have an identifier.
pub(in crate::aws) async fn fetch(clients: &Clients) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::DbClusterEndpoint.page_call());
    let ask = |marker| {
        clients
            .rds
            .describe_db_cluster_endpoints()
            .max_records(100)
            .set_marker(marker)
            .send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.db_cluster_endpoints, answer.marker)
    })
    .await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("a cluster or a type")))
        .collect()
}

fn convert(endpoint: &types::DbClusterEndpoint) -> Option<Record> {
    let cluster = endpoint.db_cluster_identifier()?;
    let kind = endpoint.endpoint_type()?;
    let id = endpoint.endpoint().filter(|name| !name.is_empty());
    let record = Build::new()
        .text(
            "id",
            Some(id.map_or_else(|| format!("{cluster}/{kind}"), str::to_owned)),
        )
        .text("name", endpoint.db_cluster_endpoint_identifier())
        .text("arn", endpoint.db_cluster_endpoint_arn())
        .text("db_cluster_identifier", Some(cluster))
        .text("endpoint", endpoint.endpoint())
        .text("endpoint_type", Some(kind))
        .text("custom_endpoint_type", endpoint.custom_endpoint_type())
        .text("status", endpoint.status())
        .texts("static_members", endpoint.static_members())
        .texts("excluded_members", endpoint.excluded_members());
    Some(record.done())
}
