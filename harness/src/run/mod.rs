//! A run: options are resolved and everything is loaded and planned ([`mod@prepare`]) before the first call; then the stack
//! is looked at and judged ([`drive`]), by a scheduler of ours ([`schedule`]); what was seen is kept ([`evidence`]), and
//! becomes a report ([`facts`]). The two faces, the binary and the runner under `cargo test`, share all of it.
pub mod again;
mod attempt;
mod billed;
pub mod board;
mod conduct;
mod digest;
pub mod drive;
pub mod evidence;
pub mod facts;
pub mod logins;
mod mend;
pub mod options;
pub mod prepare;
mod schedule;
pub mod session;
pub mod signals;
pub mod stack;
mod stage;

pub use options::Options;
pub use prepare::{Prepared, Refusal, prepare};
pub use session::Session;
