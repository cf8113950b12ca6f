//! Observing AWS: one [`Snapshot`] of each account and region, by the SDK, with only what the selected checks name.
//!
//! [`Wants`] says which fields of which [`Kind`]s are read; [`Wants::closed`] adds what relations and derived fields
//! lead to; [`Aws::snapshot`] makes exactly those calls and redacts what came, once; [`Snapshot::expand`] joins it
//! along paths, as a pure function, so that a verdict can be had again from the evidence.
//!
//! It knows nothing of checks, expectations or verdicts.
mod access;
mod body;
mod calls;
mod clients;
mod commons;
mod connect;
mod difference;
mod error;
mod fetch;
mod forwarding;
mod join;
mod kind;
mod limits;
mod listing;
mod marks;
mod own_call;
mod pages;
mod paths;
mod place;
mod power;
mod record;
mod redact;
mod run_command;
mod secrets;
mod session;
mod snapshot;
mod sought;
#[cfg(test)]
mod tests;

pub use access::{Access, Credentials, Service};
pub use commons::Commons;
pub use difference::Difference;
pub use forwarding::{Session, TO_ITSELF, TO_REMOTE};
pub use kind::Kind;
pub use limits::Raised;
pub use marks::MARK;
pub use own_call::OwnCall;
pub use paths::{Paths, Wants};
pub use power::{ClusterNow, Server, TargetNow, Thresholds};
pub use record::{Record, at};
pub(crate) use redact::unnamed;
pub use run_command::{RUN_SHELL_SCRIPT, Ran};
pub use session::{Aws, Sight};
pub use snapshot::Snapshot;
