//! Probes: what a check looks at from outside the AWS API. A [`Request`] goes in with every template already filled in,
//! an observation comes out, and what kept us from observing is a [`ProbeError`]. Nothing here judges: it knows no
//! check, no expectation and no verdict.
//!
//! Every probe is dialled through a [`Vantage`] by one function, [`Vantage::dial`], which types the outcome; whatever
//! comes back is bounded in time and size. [`schema`] says which outcomes and fields each probe has.
mod bounds;
mod charset;
mod command;
mod deadline;
mod dial;
mod dns;
mod html;
mod http;
mod local;
mod relay;
mod resolve;
pub mod schema;
mod stream;
mod tcp;
mod vantage;

use std::time::Duration;

pub use deadline::Deadline;
pub use dial::{Dialled, Miss};
pub use dns::{Dns, RecordKind};
pub use http::Http;
pub use stream::Stream;
pub use tcp::Tcp;
pub use vantage::{Direct, Nowhere, Socks5, Vantage};

use self::bounds::one_line;
use self::schema::ProbeSchema;
use crate::fault::ProbeError;
use crate::observation::Observation;

/// What is to be looked at. One variant a probe: a new one is a compile error until handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// What a resolver says of a name.
    Dns(Dns),
    /// Whether a port takes connections.
    Tcp(Tcp),
    /// What a web server answers.
    Http(Http),
}

/// Looks once, from `vantage`, for at most `timeout`.
///
/// # Errors
/// What kept us from observing, and is not the target's doing: the vantage or its resolver failed, this machine has no
/// network, the request cannot be made of the values that the check's templates gave.
pub async fn observe(
    request: &Request,
    vantage: &Vantage,
    timeout: Duration,
) -> Result<Observation, ProbeError> {
    let deadline = Deadline::after(timeout);
    match request {
        Request::Dns(dns) => dns.observe(vantage, deadline).await,
        Request::Tcp(tcp) => tcp.observe(vantage, deadline).await,
        Request::Http(http) => http.observe(vantage, deadline).await,
    }
}

impl Request {
    /// What it is aimed at, as a person writes it, on one line and bounded; a URL without its login.
    #[must_use]
    pub fn target(&self) -> String {
        let target = match self {
            Self::Dns(dns) => format!("dns {} {}", dns.record.as_str(), dns.name),
            Self::Tcp(tcp) => format!("tcp {}", command::host_and_port(&tcp.host, tcp.port)),
            Self::Http(http) => format!("{} {}", http.method, command::shown_url(http)),
        };
        one_line(&target, 300)
    }

    /// The command that looks at the same from `vantage`, for a person to try: `dig`, `nc` or `curl`.
    #[must_use]
    pub fn command(&self, vantage: &Vantage, timeout: Duration) -> String {
        match self {
            Self::Dns(dns) => command::dig(dns, vantage, timeout),
            Self::Tcp(tcp) => command::nc(tcp, vantage, timeout),
            Self::Http(http) => command::curl(http, vantage, timeout),
        }
    }

    /// The outcomes and fields of its observation.
    #[must_use]
    pub fn schema(&self) -> &'static ProbeSchema {
        match self {
            Self::Dns(_) => &schema::DNS,
            Self::Tcp(_) => &schema::TCP,
            Self::Http(_) => &schema::HTTP,
        }
    }
}

#[cfg(test)]
mod tests;
