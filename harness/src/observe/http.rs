//! The probe `http`: one request, one connection, one answer. Nothing is followed, retried, kept or taken from the
//! environment. The dial is the vantage's; reqwest then speaks through a relay ([`super::relay`]), and what became of
//! the connection is read off the relay, not out of reqwest's text.
//!
//! reqwest connects to the relay's Unix socket, whatever the URL says. Where there has to be a port in its place, reqwest is
//! sent to the relay's own address with the real `Host` header for `http://`, and for `https://` it tunnels through the relay
//! as through a proxy: so a host that is an address goes through it as well (reqwest's `resolve` heeds names only), and
//! certificates are held against the real host.
mod answer;
mod client;
mod head;

use std::net::IpAddr;

use reqwest::Url;
use serde_json::Value;

use super::bounds::one_line;
use super::dial::Dialled;
use super::pick::Picks;
use super::relay::{Door, End, Entry, Relay, Seen};
use super::stream::Stream;
use super::vantage::Vantage;
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::Observation;

/// `{ http: { url, method, headers, json } }`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// `GET`, `HEAD`, …
    pub method: String,
    /// `http://…` or `https://…`.
    pub url: String,
    /// Sent beside those that every request bears; one that the author names replaces it.
    pub headers: Vec<(String, String)>,
    /// Whether the body is parsed into `json`.
    pub json: bool,
    /// Sent as a browser sends a form; none: no body.
    pub form: Vec<(String, String)>,
    /// What is picked out of a page, by a CSS selector each.
    pub select: Picks,
    /// What is picked out of the body, by a regex each.
    pub capture: Picks,
}

/// What ended an exchange other than an answer.
struct Broken {
    outcome: &'static str,
    detail: String,
}

impl Http {
    /// The URL, parsed.
    ///
    /// # Errors
    /// [`Code::Template`] if it is no `http` or `https` URL with a host.
    pub(super) fn parsed(&self) -> Result<Url, ProbeError> {
        let unusable = |why: &str| {
            ProbeError::new(
                Code::Template,
                Layer::Harness,
                one_line(&self.url, 80),
                format!("is not a URL to look at: {why}"),
            )
        };
        let url = Url::parse(&self.url).map_err(|error| unusable(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(unusable("it begins with neither http:// nor https://"));
        }
        Ok(url)
    }

    pub(super) async fn observe(
        &self,
        vantage: &Vantage,
        deadline: Deadline,
    ) -> Result<Observation, ProbeError> {
        let url = self.parsed()?;
        // Whatever is wrong with the request itself is found before anything is dialled.
        client::request(self, &url, &Door::Port(0))?;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(80);
        match vantage.dial(host, port, deadline).await? {
            Dialled::Missed { miss, address } => Ok(with_address(
                Observation::of(miss.as_str()).with("stage", "dial"),
                address,
            )),
            Dialled::Connected { stream, address } => {
                let observation = self.exchange(&url, stream, deadline).await?;
                Ok(with_address(observation, address))
            }
        }
    }

    async fn exchange(
        &self,
        url: &Url,
        stream: Stream,
        deadline: Deadline,
    ) -> Result<Observation, ProbeError> {
        let ours = |error: &dyn std::error::Error| {
            ProbeError::new(
                Code::LocalNetwork,
                Layer::Network,
                "the relay to the target",
                super::bounds::causes(error),
            )
        };
        let secure = url.scheme() == "https";
        let entry = if secure { Entry::Tunnel } else { Entry::Plain };
        let (relay, door) = Relay::near(stream, entry).await.map_err(|e| ours(&e))?;
        let (client, request) = client::request(self, url, &door)?;
        let mut answer = None;
        let fetched = deadline
            .bound(answer::fetch(&client, request, &mut answer))
            .await;
        let seen = relay.seen();
        let broken = match fetched {
            Ok(Ok(())) => None,
            Ok(Err(error)) if !seen.taken => return Err(ours(&error)),
            Ok(Err(error)) => Some(what_broke(&error, &seen, secure, answer.is_some())),
            Err(_elapsed) => Some(Broken {
                outcome: "timeout",
                detail: String::new(),
            }),
        };
        let stage = match &broken {
            None => None,
            Some(_) if answer.is_some() => Some("body"),
            Some(broken) if broken.outcome == "tls_failed" => Some("tls"),
            Some(_) if secure && !seen.handshaken => Some("tls"),
            Some(_) => Some("answer"),
        };
        let whole = if answer.as_ref().is_some_and(|answer| answer.truncated) {
            "too_large"
        } else {
            "answered"
        };
        let outcome = broken.as_ref().map_or(whole, |broken| broken.outcome);
        let mut observation = Observation::of(outcome);
        if let Some(stage) = stage {
            observation = observation.with("stage", stage);
        }
        if let Some(broken) = broken.filter(|broken| !broken.detail.is_empty()) {
            observation = observation.with("detail", broken.detail);
        }
        Ok(match answer {
            Some(answer) => answer.described(observation, self)?,
            None => observation,
        })
    }
}

fn with_address(observation: Observation, address: Option<IpAddr>) -> Observation {
    match address {
        Some(address) => observation.with("address", Value::String(address.to_string())),
        None => observation,
    }
}

/// What ended the exchange, by the relay's account of the connection. reqwest's error only says whether TLS did, by its
/// type. Where the target is still there, or what it said before it closed can be no answer, it was malformed.
fn what_broke(error: &reqwest::Error, seen: &Seen, secure: bool, answered: bool) -> Broken {
    let (outcome, detail) = match (client::tls_error(error), seen.ended) {
        (Some(tls), _) => ("tls_failed", tls.to_string()),
        (None, Some(End::Reset)) => ("reset", String::new()),
        (None, Some(End::Closed)) if secure || answered || head::breaks_off(&seen.head) => {
            ("closed", String::new())
        }
        (None, _) => ("malformed", innermost(error)),
    };
    Broken {
        outcome,
        detail: one_line(&detail, 200),
    }
}

/// The text of an error's first cause, which names no relay.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
