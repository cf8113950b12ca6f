//! Endpoints of clusters (`rds:DescribeDBClusterEndpoints`): writer, reader and custom ones.
use super::table::{id, one, text, texts};
use crate::aws::Kind;
use crate::aws::record::{Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
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
