//! Probes: what a check looks at from outside the AWS API. A [`Request`] goes in with every template already filled in,
//! an observation comes out, and what kept us from observing is a [`ProbeError`]. Nothing here judges: it knows no
//! check, no expectation and no verdict.
//!
//! Every probe is dialled through a [`Vantage`] by one function, [`Vantage::dial`], which types the outcome; whatever
//! comes back is bounded in time and size.
mod bounds;
mod deadline;
mod dial;
mod local;
mod resolve;
pub mod schema;
mod stream;
mod tcp;
mod vantage;

#[cfg(test)]
mod tests;

pub use deadline::Deadline;
pub use dial::{Dialled, Miss};
pub use stream::Stream;
pub use tcp::Tcp;
pub use vantage::{Direct, Nowhere, Socks5, Vantage};
