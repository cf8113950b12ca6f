//! Answers read whole and no further than any real one goes: an API that sends without end, or breaks off within an
//! answer, is malformed and costs no memory. It wraps the SDK's HTTP client and knows no service.
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// The longest answer that is read, in bytes. A page of 1000 instances with everything is about 8 MB.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;

/// Why an answer's body could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// It is longer than any real one.
    #[error("the answer has more than {LONGEST_ANSWER} bytes")]
    TooLong,
    /// It broke off.
    #[error("the answer broke off")]
    BrokeOff(#[source] aws_smithy_types::byte_stream::error::Error),
    /// It ended within its XML. The SDK would take what came for all that there is.
    #[error("the answer ends before its last element does")]
    CutOff,
}

/// A client that reads answers whole, within bounds.
pub(super) fn reads_whole(client: SharedHttpClient) -> SharedHttpClient {
    http_client_fn(move |settings: &HttpConnectorSettings, components| {
        SharedHttpConnector::new(ReadsWhole(client.http_connector(settings, components)))
    })
}

#[derive(Debug)]
struct ReadsWhole(SharedHttpConnector);

impl HttpConnector for ReadsWhole {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move { whole(answer.await?).await })
    }
}

async fn whole(mut answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let mut rest = ByteStream::new(std::mem::replace(answer.body_mut(), SdkBody::taken()));
    let mut body = Vec::new();
    while let Some(chunk) = rest
        .try_next()
        .await
        .map_err(|error| ConnectorError::io(BodyError::BrokeOff(error).into()))?
    {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            // Asking again would only bring as much again: not a fault of the way, and so not retried.
            return Err(ConnectorError::user(BodyError::TooLong.into()));
        }
        body.extend_from_slice(&chunk);
    }
    if answer.status().is_success() && !closes(&body) {
        return Err(ConnectorError::io(BodyError::CutOff.into()));
    }
    *answer.body_mut() = SdkBody::from(body);
    Ok(answer)
}

/// Whether a body that begins as XML ends with the end of its first element. What is no XML is for the parser to refuse.
fn closes(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let Some(element) = text.starts_with('<').then(|| first_element(text)).flatten() else {
        return !text.starts_with('<');
    };
    let name = element
        .split(|c: char| c.is_whitespace() || c == '/')
        .next()
        .unwrap_or_default();
    let alone = element.ends_with('/') && text.ends_with("/>");
    let end = text.strip_suffix('>').map(str::trim_end);
    alone || end.is_some_and(|end| end.ends_with(&format!("</{name}")))
}

/// What stands between the brackets of the first element; declarations and comments are no elements.
fn first_element(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let begin = rest.find('<')?;
        let inside = &rest[begin + 1..];
        let end = if inside.starts_with("!--") {
            inside.find("-->")? + 2
        } else {
            inside.find('>')?
        };
        if !inside.starts_with(['?', '!']) {
            return Some(&inside[..end]);
        }
        rest = &inside[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_that_is_cut_anywhere_does_not_pass_for_whole() {
        let whole = "<?xml version=\"1.0\"?>\n<!-- <a> -->\n<Answer xmlns=\"x\"><set><item/></set></Answer>\n";
        assert!(closes(whole.as_bytes()));
        let element_begins = whole.find("<Answer").expect("it stands there");
        for end in element_begins + 2..whole.trim_end().len() {
            assert!(!closes(&whole.as_bytes()[..end]), "{}", &whole[..end]);
        }
    }

    #[test]
    fn an_empty_element_is_whole_and_what_is_no_xml_is_left_to_the_parser() {
        for text in [
            "<Answer/>",
            "<Answer />",
            "<Answer></Answer >",
            "{\"a\": 1}",
            "",
            "plain",
        ] {
            assert!(closes(text.as_bytes()), "{text}");
        }
        for text in ["<", "<?xml version=\"1.0\"?>", "<!-- only", "<a><b/>"] {
            assert!(!closes(text.as_bytes()), "{text}");
        }
    }
}
