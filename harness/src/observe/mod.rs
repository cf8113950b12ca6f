//! Probes: what a check looks at from outside the AWS API. A [`Request`] goes in with every template already filled in,
//! an observation comes out, and what kept us from observing is a [`ProbeError`]. Nothing here judges: it knows no
//! check, no expectation and no verdict.
//!
//! Every probe is dialled through a [`Vantage`] by one function, [`Vantage::dial`], which types the outcome; whatever
//! comes back is bounded in time and size. [`schema`] says which outcomes and fields each probe has.
mod bounds;
mod by_hand;
mod charset;
mod command;
mod dial;
mod dns;
mod html;
mod http;
mod local;
mod mysql;
mod pick;
mod relay;
mod resolve;
pub mod schema;
mod secret;
mod stream;
mod tcp;
mod vantage;

use std::time::Duration;

use tokio::time::error::Elapsed;

pub use command::{Command, Line, Output, Parser};
pub use dial::{Dialled, Miss};
pub use dns::{Dns, RecordKind};
pub use http::Http;
pub use mysql::{Held, Login, Mysql};
pub use pick::{Picks, selector};
pub use secret::Secret;
pub use stream::Stream;
pub use tcp::Tcp;
pub use vantage::{Direct, Nowhere, Socks5, Ssh, SshSettings, Ssm, SsmSettings, Vantage};

use self::bounds::one_line;
use self::schema::ProbeSchema;
use crate::deadline::Deadline;
use crate::excused::counting;
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
    /// What a database answers.
    Mysql(Mysql),
    /// What a command on a host says.
    Command(Command),
    /// Whether the vantage itself can be had.
    Ready,
}

/// Looks once, from `vantage`, for at most `timeout`. `held` is what the steps of one check keep open between them.
///
/// # Errors
/// What kept us from observing, and is not the target's doing: the vantage or its resolver failed, this machine has no
/// network, the request cannot be made of the values that the check's templates gave.
pub async fn observe(
    request: &Request,
    vantage: &Vantage,
    held: &mut Held,
    timeout: Duration,
) -> Result<Observation, ProbeError> {
    let deadline = Deadline::after(timeout);
    let began = std::time::Instant::now();
    let losses = vantage.losses();
    let seen = match request {
        Request::Dns(dns) => dns.observe(vantage, deadline).await,
        Request::Tcp(tcp) => tcp.observe(vantage, deadline).await,
        Request::Http(http) => http.observe(vantage, deadline).await,
        Request::Mysql(mysql) => mysql.observe(vantage, held, deadline).await,
        Request::Command(command) => command.observe(vantage, deadline).await,
        Request::Ready => vantage.ready(deadline).await,
    };
    let seen = match seen {
        Ok(seen) if broke_off(&seen) => match vantage.lost_since(losses).await {
            Some(lost) => Err(lost),
            None => Ok(seen),
        },
        seen => seen,
    };
    crate::debug::look(vantage, || request.target(), &seen, began.elapsed());
    seen
}

/// Whether an exchange that had begun came to no end of its own: by its target's doing, unless what carried it was lost.
fn broke_off(seen: &Observation) -> bool {
    let begun = seen
        .fields
        .get("stage")
        .is_some_and(|stage| stage != "dial");
    let told_by_the_target = seen.outcome == "error";
    (begun && !told_by_the_target) || seen.outcome == "killed"
}

/// The same, given up after `most` whatever the probe does. What is waited in queues of ours is counted in neither time.
///
/// # Errors
/// It was given up; the inner one is [`observe`]'s.
pub async fn observe_at_most(
    most: Duration,
    (request, vantage): (&Request, &Vantage),
    held: &mut Held,
    timeout: Duration,
) -> Result<Result<Observation, ProbeError>, Elapsed> {
    let seen = async {
        let given_up = Deadline::after(most);
        given_up
            .bound(observe(request, vantage, held, timeout))
            .await
    };
    counting(seen).await
}

impl Request {
    /// What it is aimed at, as a person writes it, on one line and bounded; a URL without its login.
    #[must_use]
    pub fn target(&self) -> String {
        let target = match self {
            Self::Dns(dns) => format!("dns {} {}", dns.record.as_str(), dns.name),
            Self::Tcp(tcp) => format!("tcp {}", by_hand::host_and_port(&tcp.host, tcp.port)),
            Self::Http(http) => format!("{} {}", http.method, by_hand::shown_url(http)),
            Self::Mysql(mysql) => {
                let host = mysql.host.as_ref();
                let at = host.map(|(host, port)| by_hand::host_and_port(host, *port));
                let words = [Some("mysql"), at.as_deref(), mysql.query.as_deref()];
                words.into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            Self::Command(command) => format!("command {}", command.line.shell()),
            Self::Ready => "vantage".to_owned(),
        };
        one_line(&target, 300)
    }

    /// The command that looks at the same from `vantage`, for a person to try: `dig`, `nc` or `curl`.
    #[must_use]
    pub fn command(&self, vantage: &Vantage, timeout: Duration) -> String {
        match self {
            Self::Dns(dns) => by_hand::dig(dns, vantage, timeout),
            Self::Tcp(tcp) => by_hand::nc(tcp, vantage, timeout),
            Self::Http(http) => by_hand::curl(http, vantage, timeout),
            Self::Mysql(mysql) => by_hand::mysql(mysql, vantage),
            Self::Command(command) => by_hand::on_host(command, vantage),
            Self::Ready => by_hand::login(vantage),
        }
    }

    /// The outcomes and fields of its observation.
    #[must_use]
    pub fn schema(&self) -> &'static ProbeSchema {
        match self {
            Self::Dns(_) => &schema::DNS,
            Self::Tcp(_) => &schema::TCP,
            Self::Http(_) => &schema::HTTP,
            Self::Mysql(_) => &schema::MYSQL,
            Self::Command(_) => &schema::COMMAND,
            Self::Ready => &schema::VANTAGE,
        }
    }
}

#[cfg(test)]
mod tests;
