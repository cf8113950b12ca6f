//! An answer as it is read, bounded in every part, and the fields that an observation has of it. What is there when an
//! exchange breaks off in the body is kept.
use reqwest::{Client, Request, Response};
use serde_json::{Map, Value};

use super::super::bounds::one_line;
use super::super::pick::{captured, selected};
use super::super::{charset, html};
use super::Http;
use crate::fault::ProbeError;
use crate::observation::Observation;

/// At most so many bytes of a body are read.
const LARGEST_BODY: usize = 1024 * 1024;
/// At most so many characters of a header's value are kept.
const LONGEST_HEADER: usize = 2048;

/// What came of an answer so far.
pub(super) struct Answer {
    status: u16,
    headers: Map<String, Value>,
    body: Vec<u8>,
    pub(super) truncated: bool,
}

/// Sends the request and reads the answer into `answer`, whose head is there as soon as it has come.
pub(super) async fn fetch(
    client: &Client,
    request: Request,
    answer: &mut Option<Answer>,
) -> reqwest::Result<()> {
    let mut response = client.execute(request).await?;
    let answer = answer.insert(Answer::head(&response));
    while let Some(chunk) = response.chunk().await? {
        let room = LARGEST_BODY - answer.body.len();
        answer.body.extend(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            answer.truncated = true;
            break;
        }
    }
    Ok(())
}

impl Answer {
    fn head(response: &Response) -> Self {
        let mut headers = Map::new();
        for name in response.headers().keys() {
            let values: Vec<_> = response
                .headers()
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            let joined = one_line(&values.join(", "), LONGEST_HEADER);
            headers.insert(name.as_str().to_owned(), Value::String(joined));
        }
        Self {
            status: response.status().as_u16(),
            headers,
            body: Vec::new(),
            truncated: false,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(Value::as_str)
    }

    /// The observation with the answer's fields.
    pub(super) fn described(
        self,
        observation: Observation,
        asked: &Http,
    ) -> Result<Observation, ProbeError> {
        let content_type = self.header("content-type").map(str::to_owned);
        let text = charset::decode(&self.body, content_type.as_deref());
        let is_page = content_type
            .as_deref()
            .is_none_or(|kind| kind.to_ascii_lowercase().contains("html"));
        let title = if is_page { html::title(&text) } else { None };
        let named = [
            ("content_type", content_type),
            ("location", self.header("location").map(str::to_owned)),
            ("server", self.header("server").map(str::to_owned)),
            ("title", title),
        ];
        let mut observation = observation.with("status", self.status);
        for (name, value) in named {
            if let Some(value) = value {
                observation = observation.with(name, value);
            }
        }
        if !asked.select.is_empty() {
            observation = observation.with("selected", selected(&text, &asked.select)?);
        }
        if !asked.capture.is_empty() {
            observation = observation.with("captured", captured(&text, &asked.capture)?);
        }
        if asked.json {
            observation = match serde_json::from_slice::<Value>(&self.body) {
                Ok(value) => observation.with("json", value),
                Err(error) => observation.with("json_error", one_line(&error.to_string(), 200)),
            };
        }
        Ok(observation
            .with("body_bytes", self.body.len())
            .with("body_truncated", self.truncated)
            .with("headers", Value::Object(self.headers))
            .with("body", text))
    }
}
