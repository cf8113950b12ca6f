//! RDS events of the last 14 days (`rds:DescribeEvents`), which is as far as RDS keeps them.
use aws_sdk_rds::types;

use super::table::{id, text, texts, time};
use crate::aws::Kind;
use crate::aws::clients::Clients;
use crate::aws::pages::pages;
use crate::aws::record::{Build, Record, at};
use crate::fault::ProbeError;
use crate::schema::Field;

/// The fields of an event.
pub(super) const FIELDS: &[Field] = &[
    id("Date, source and the place among equals: RDS gives events no id."),
    text("name", "`SourceIdentifier`: what it happened to."),
    text("source_identifier", "`SourceIdentifier`."),
    text(
        "source_type",
        "`db-instance`, `db-cluster`, … (`SourceType`).",
    ),
    text("arn", "`SourceArn`, its account a pseudonym."),
    text(
        "message",
        "`Completed failover to DB instance: …` (`Message`).",
    ),
    texts(
        "event_categories",
        "`failover`, `creation`, … (`EventCategories`).",
    ),
    time("date", "`Date`."),
];

/// How far back RDS keeps events, in minutes: 14 days.
const AS_FAR_AS_KEPT: i32 = 14 * 24 * 60;

/// All events that RDS still keeps, the oldest first.
pub(in crate::aws) async fn fetch(clients: &Clients) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::DbEvent.page_call());
    let ask = |marker| {
        clients
            .rds
            .describe_events()
            .duration(AS_FAR_AS_KEPT)
            .max_records(100)
            .set_marker(marker)
            .send()
    };
    let listed = pages(call, ask, |answer| (answer.events, answer.marker)).await?;
    Ok(numbered(listed.iter().map(convert).collect()))
}

/// Gives each event an id: its date and source, and how many of the same came before.
fn numbered(mut events: Vec<Record>) -> Vec<Record> {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for event in &mut events {
        let part = |name| at(event, &[name]).unwrap_or_default();
        let place = format!("{} {}", part("date"), part("source_identifier"));
        let before = seen.entry(place.clone()).or_default();
        let id = format!("{place} {before}");
        *before += 1;
        event.insert("id".to_owned(), id.into());
    }
    events
}

fn convert(event: &types::Event) -> Record {
    Build::new()
        .text("name", event.source_identifier())
        .text("source_identifier", event.source_identifier())
        .text(
            "source_type",
            event.source_type().map(types::SourceType::as_str),
        )
        .text("arn", event.source_arn())
        .text("message", event.message())
        .texts("event_categories", event.event_categories())
        .time("date", event.date())
        .done()
}
