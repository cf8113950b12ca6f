//! The account of the credentials (`sts:GetCallerIdentity`). It is always observed first: when the credentials are bad,
//! this is the one call that says so.
use super::table::{id, text};
use crate::aws::Kind;
use crate::aws::clients::Clients;
use crate::aws::record::{Build, Record};
use crate::fault::ProbeError;
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

/// The account of the credentials.
pub(in crate::aws) async fn fetch(clients: &Clients) -> Result<Vec<Record>, ProbeError> {
    let call = clients.call(Kind::Account.page_call());
    let answer = clients.sts.get_caller_identity().send().await;
    let caller = answer.map_err(|error| call.failed(&error))?;
    if caller.account.as_deref().is_none_or(str::is_empty) {
        return Err(call.lacks("the account"));
    }
    let record = Build::new()
        .text("id", caller.account)
        .text("arn", caller.arn)
        .text("user_id", caller.user_id)
        .text("region", Some(&clients.region));
    Ok(vec![record.done()])
}
