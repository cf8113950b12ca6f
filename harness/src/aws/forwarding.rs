//! Sessions of Session Manager that forward a port: begun and ended. What they carry goes another way, through
//! `session-manager-plugin`, which is given what is returned here.
use std::fmt;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Value, json};

use super::session::Aws;
use crate::fault::{Code, ProbeError};

/// The document that forwards to a port of the instance itself.
pub const TO_ITSELF: &str = "AWS-StartPortForwardingSession";

/// The document that forwards to another host.
pub const TO_REMOTE: &str = "AWS-StartPortForwardingSessionToRemoteHost";

/// A session that was begun, as the plugin is told of it.
#[derive(Clone)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// `StartSession`'s answer, which holds a token.
    pub response: String,
    /// `StartSession`'s request.
    pub request: String,
    /// The region.
    pub region: String,
    /// The profile of the stack file; empty where it names none.
    pub profile: String,
    /// The endpoint of Systems Manager.
    pub endpoint: String,
}

impl fmt::Debug for Session {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session {}", self.id)
    }
}

impl Aws {
    /// Begins a session that forwards to `port` of `host`, none being the instance itself. The local port is the plugin's to
    /// choose. An inner error is Systems Manager's word that it can't reach the instance.
    ///
    /// # Errors
    /// The call failed for a reason that is not the instance's.
    pub async fn begin_forwarding(
        &self,
        instance: &str,
        host: Option<&str>,
        port: u16,
    ) -> Result<Result<Session, String>, ProbeError> {
        let clients = self.clients();
        let call = clients.call("ssm:StartSession");
        let target = self.real(instance);
        let document = if host.is_some() { TO_REMOTE } else { TO_ITSELF };
        let mut parameters = json!({ "portNumber": [port.to_string()], "localPortNumber": ["0"] });
        if let Some(host) = host {
            parameters["host"] = json!([host]);
        }
        let mut ask = clients
            .ssm
            .start_session()
            .target(&target)
            .document_name(document);
        for (name, values) in parameters.as_object().into_iter().flatten() {
            let values = values.as_array().into_iter().flatten();
            let values = values.filter_map(Value::as_str).map(str::to_owned);
            ask = ask.parameters(name, values.collect());
        }
        call.turn().await;
        let answer = match ask.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let fault = self.redacted(call.failed(&error));
                let code = error.as_service_error().and_then(|error| error.code());
                return match code {
                    Some("TargetNotConnected") => Ok(Err(fault.detail)),
                    _ => Err(fault),
                };
            }
        };
        let (Some(id), Some(token), Some(url)) =
            (answer.session_id, answer.token_value, answer.stream_url)
        else {
            return Err(call.fault(Code::ApiMalformed, "the session lacks its id, token or URL"));
        };
        Ok(Ok(Session {
            response: json!({ "SessionId": id, "TokenValue": token, "StreamUrl": url }).to_string(),
            request:
                json!({ "Target": target, "DocumentName": document, "Parameters": parameters })
                    .to_string(),
            region: clients.region.clone(),
            profile: self.access().profile().unwrap_or_default().to_owned(),
            endpoint: self.access().endpoint_of_ssm(),
            id,
        }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The call failed.
    pub async fn end_forwarding(&self, session: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let call = clients.call("ssm:TerminateSession");
        call.turn().await;
        let ended = clients.ssm.terminate_session().session_id(session).send();
        ended
            .await
            .map(drop)
            .map_err(|error| self.redacted(call.failed(&error)))
    }
}
