//! RDS events of the last 14 days (`rds:DescribeEvents`), which is as far as RDS keeps them.
use super::table::{id, text, texts, time};
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
