//! The account of the credentials (`sts:GetCallerIdentity`). It is always observed first: when the credentials are bad,
//! this is the one call that says so.
use super::table::{id, text};
use crate::schema::Field;

/// The fields of an account.
pub(super) const FIELDS: &[Field] = &[
    id(
        "The account's number (`Account`), as its pseudonym; what `expect_account` holds is compared before.",
    ),
    text(
        "arn",
        "Who calls (`Arn`); account and person are pseudonyms.",
    ),
    text(
        "user_id",
        "The caller's unique id (`UserId`), its session part a pseudonym.",
    ),
    text("region", "The region that is looked at."),
];
