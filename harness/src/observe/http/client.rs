//! The reqwest client of one request, with everything turned off that would look elsewhere than asked, and the request
//! that it sends through the relay. It sends nothing itself.
use std::error::Error;

use reqwest::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Proxy, Request, Url, redirect, retry};

use super::super::bounds::{causes, one_line};
use super::super::relay::Door;
use super::Http;
use crate::fault::{Code, Layer, ProbeError};

/// Answers with more headers than this are malformed.
const MOST_HEADERS: usize = 100;

/// The client and the request that go through the relay behind `door`.
///
/// # Errors
/// [`Code::Template`] if no request can be made of what the check says.
pub(super) fn request(
    http: &Http,
    url: &Url,
    door: &Door,
) -> Result<(Client, Request), ProbeError> {
    let unusable = |what: &str| {
        ProbeError::new(
            Code::Template,
            Layer::Harness,
            one_line(what, 80),
            "cannot stand in an HTTP request",
        )
    };
    let method = Method::from_bytes(http.method.as_bytes())
        .ok()
        .filter(|method| *method != Method::CONNECT)
        .ok_or_else(|| unusable(&http.method))?;
    let mut headers = HeaderMap::new();
    for (name, value) in &http.headers {
        let name = HeaderName::try_from(name).map_err(|_| unusable(name))?;
        let value = HeaderValue::try_from(value).map_err(|_| unusable(value))?;
        headers.append(name, value);
    }
    let mut relayed = url.clone();
    if url.scheme() == "http" {
        let host = authority(url);
        let host = HeaderValue::try_from(&host).map_err(|_| unusable(&host))?;
        headers.entry(HOST).or_insert(host);
        if let Door::Port(port) = *door
            && (relayed.set_host(Some("127.0.0.1")).is_err()
                || relayed.set_port(Some(port)).is_err())
        {
            return Err(unusable(&http.url));
        }
    }
    let broken = |error: reqwest::Error| {
        ProbeError::new(
            Code::Template,
            Layer::Harness,
            one_line(&http.url, 80),
            causes(&error.without_url()),
        )
    };
    let client = client(url.scheme() == "https", door).map_err(broken)?;
    let mut request = client.request(method, relayed).headers(headers);
    if !http.form.is_empty() {
        request = request.form(&http.form);
    }
    let request = request.build().map_err(broken)?;
    Ok((client, request))
}

/// Host and port as the Host header has them: the port only where it is not the scheme's own.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn client(secure: bool, door: &Door) -> reqwest::Result<Client> {
    install_tls();
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .http1_only()
        .http1_max_headers(MOST_HEADERS)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("labcheck/", env!("CARGO_PKG_VERSION")));
    match door {
        Door::Port(port) if secure => {
            builder = builder.proxy(Proxy::https(format!("http://127.0.0.1:{port}"))?);
        }
        Door::Port(_) => {}
        #[cfg(unix)]
        Door::Path(path) => builder = builder.unix_socket(path.as_path()),
    }
    if !secure {
        // Reading the machine's certificates takes milliseconds that a plain request has no use for.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}

/// `main` installs the process's one TLS provider; a library's user may not have.
fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _another_was_quicker = rustls::crypto::ring::default_provider().install_default();
    }
}

/// What TLS itself objected to: a certificate, an alert, bytes that are no TLS.
pub(super) fn tls_error(error: &reqwest::Error) -> Option<rustls::Error> {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls.clone());
        }
        // io::Error shows the cause of what it wraps, not what it wraps.
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        cause = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
