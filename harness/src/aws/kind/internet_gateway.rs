//! Internet gateways (`ec2:DescribeInternetGateways`).
use aws_sdk_ec2::types;

use super::table::{NAME_TAG, OWNER, TAGS, id, list, one, text};
use crate::aws::Kind;
use crate::aws::clients::{Clients, ec2_filter, ec2_tags};
use crate::aws::pages::pages;
use crate::aws::record::{Build, Named, Record, at};
use crate::aws::snapshot::{Derivation, Derived, Snapshot};
use crate::fault::ProbeError;
use crate::schema::{Field, Type};

/// The fields of an internet gateway.
pub(super) const FIELDS: &[Field] = &[
    id("`InternetGatewayId`."),
    NAME_TAG,
    TAGS,
    OWNER,
    text(
        "vpc_id",
        "The VPC that it is attached to; absent where it is detached (`Attachments[].VpcId`).",
    ),
    list(
        "attachments",
        &Type::Record(&[
            text("vpc_id", "`VpcId`."),
            text("state", "`available` once it is attached (`State`)."),
        ]),
        "What it is attached to, at most one VPC (`Attachments`).",
    ),
    one("vpc", Kind::Vpc, "The VPC that it is attached to."),
];

/// What a derived field of an internet gateway comes to.
pub(super) fn derive<'a>(path: &[&str], gateway: &Record, all: &'a Snapshot) -> Derivation<'a> {
    match path {
        ["vpc"] => all.one(Kind::Vpc, at(gateway, &["vpc_id"])),
        _ => Ok(Derived::Nothing),
    }
}

/// All internet gateways of the region, or the one with this id.
pub(in crate::aws) async fn fetch(
    clients: &Clients,
    only: Option<&str>,
) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::InternetGateway.page_call());
    let ask = |token| {
        clients
            .ec2
            .describe_internet_gateways()
            .set_filters(only.map(|id| vec![ec2_filter("internet-gateway-id", id)]))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let listed = pages(call, ask, |answer| {
        (answer.internet_gateways, answer.next_token)
    })
    .await?;
    listed
        .iter()
        .map(|one| convert(one).ok_or_else(|| call.lacks("an id")))
        .collect()
}

fn convert(gateway: &types::InternetGateway) -> Option<Record> {
    let attachments = gateway.attachments().iter().map(|attachment| {
        Build::new().text("vpc_id", attachment.vpc_id()).text(
            "state",
            attachment.state().map(types::AttachmentStatus::as_str),
        )
    });
    let record = Build::new()
        .text("id", Some(gateway.internet_gateway_id()?))
        .tags(Named::ByTag, ec2_tags(gateway.tags()))
        .text("owner_id", gateway.owner_id())
        .text(
            "vpc_id",
            gateway
                .attachments()
                .first()
                .and_then(|attachment| attachment.vpc_id()),
        )
        .rows("attachments", attachments);
    Some(record.done())
}
