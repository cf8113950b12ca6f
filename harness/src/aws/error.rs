//! What kept a call from giving an answer, typed: the SDK's errors to [`ProbeError`]. Details are bounded and hold no
//! control characters; whoever keeps them redacts them. It never decides what a check makes of it.
use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::body::BodyError;
use super::limits::Limits;
use super::record::bounded;
use crate::excused::queueing;
use crate::fault::{Code, Layer, ProbeError};

/// The longest detail that is kept, in bytes.
const LONGEST_DETAIL: usize = 400;

/// One call, as it is named in errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// `ec2:DescribeVpcs`
    pub action: &'a str,
    /// `us-east-1`
    pub region: &'a str,
    /// How fast its account may be asked, once that is known.
    pub limits: Option<&'a Limits>,
}

impl Call<'_> {
    /// Waits until the account may be asked this.
    pub(super) async fn turn(self) {
        if let Some(limits) = self.limits {
            queueing(limits.turn(self.action)).await;
        }
    }

    /// An error of this call.
    pub(super) fn fault(self, code: Code, detail: &str) -> ProbeError {
        let target = format!("{} ({})", self.action, self.region);
        ProbeError::new(code, Layer::Aws, target, plain(detail))
    }

    /// The answer lacks what the protocol says is always there.
    pub(super) fn lacks(self, what: &str) -> ProbeError {
        self.fault(Code::ApiMalformed, &format!("the answer lacks {what}"))
    }

    /// The SDK's error, typed.
    pub(super) fn failed<E>(self, error: &SdkError<E, HttpResponse>) -> ProbeError
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let (code, detail) = match error {
            SdkError::ServiceError(answer) => refused(answer.err(), answer.raw()),
            SdkError::ResponseError(answer) => unreadable(answer.raw(), error),
            SdkError::TimeoutError(_) => (Code::ApiTimeout, String::new()),
            SdkError::DispatchFailure(failure) => {
                match of_credentials(error).or_else(|| of_body(error)) {
                    Some(told) => told,
                    None if failure.is_timeout() => (Code::ApiTimeout, root(error)),
                    None => (Code::ApiUnreachable, root(error)),
                }
            }
            _ => of_credentials(error).unwrap_or_else(|| (Code::ApiRejected, chain_of(error))),
        };
        self.fault(code, &detail)
    }
}

/// The API answered with an error of its own.
fn refused<E>(error: &E, raw: &HttpResponse) -> (Code, String)
where
    E: ProvideErrorMetadata,
{
    let status = raw.status().as_u16();
    let Some(code) = error.code().filter(|code| !code.is_empty()) else {
        return without_code(raw);
    };
    let message = error.message().unwrap_or_default();
    let detail = if message.is_empty() {
        code.to_owned()
    } else {
        format!("{code}: {message}")
    };
    (coded(code, status), detail)
}

/// The kind of an error that the API names. The names differ between services for one and the same thing.
pub(super) fn coded(code: &str, status: u16) -> Code {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => Code::ExpiredCredentials,
        "InvalidClientTokenId"
        | "AuthFailure"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "InvalidAccessKeyId" => Code::InvalidCredentials,
        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "NotAuthorized"
        | "UnauthorizedAccess"
        | "Client.UnauthorizedOperation"
        | "Blocked" => Code::AccessDenied,
        "OptInRequired" | "RegionDisabledException" | "InvalidRegion" => Code::RegionDisabled,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "SlowDown"
        | "EC2ThrottledException"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete" => Code::Throttled,
        _ if status == 429 => Code::Throttled,
        _ if status >= 500 => Code::ApiFailed,
        _ => Code::ApiRejected,
    }
}

/// An error answer that names no code is not the API's: a proxy, a portal, a server of another kind.
fn without_code(raw: &HttpResponse) -> (Code, String) {
    let status = raw.status().as_u16();
    let code = if status >= 500 {
        Code::ApiFailed
    } else {
        Code::ApiMalformed
    };
    (code, described(raw))
}

/// The answer could not be read as what the protocol says.
fn unreadable(raw: &HttpResponse, error: &(dyn Error + 'static)) -> (Code, String) {
    let status = raw.status().as_u16();
    let code = if status >= 500 {
        Code::ApiFailed
    } else {
        Code::ApiMalformed
    };
    (code, format!("{}: {}", described(raw), root(error)))
}

/// Status and kind of an answer; of the body nothing, which is a stranger's.
fn described(raw: &HttpResponse) -> String {
    let kind = raw
        .headers()
        .get("content-type")
        .unwrap_or("no content type");
    format!("HTTP {} with {}", raw.status().as_u16(), bounded(kind, 60))
}

/// Whether a failure on the way is one of credentials, and which.
fn of_credentials(error: &(dyn Error + 'static)) -> Option<(Code, String)> {
    let causes = || causes(error);
    let found = causes().find_map(|cause| cause.downcast_ref::<CredentialsError>())?;
    // Taking on a role is itself a call: what STS said of it is the better word.
    let said = causes().find_map(|cause| {
        let cause = cause.downcast_ref::<aws_sdk_sts::operation::assume_role::AssumeRoleError>()?;
        let code = cause.code()?;
        let message = cause.message().unwrap_or_default();
        Some((
            coded(code, 400),
            format!("sts:AssumeRole: {code}: {message}"),
        ))
    });
    Some(said.unwrap_or_else(|| {
        let code = match found {
            CredentialsError::ProviderTimedOut(_) => Code::ApiTimeout,
            _ if causes().any(|cause| cause.to_string().contains("expired")) => {
                Code::ExpiredCredentials
            }
            _ => Code::NoCredentials,
        };
        // Each provider of the chain says this before its reason.
        let told = chain_of(found).replace("the credential provider was not enabled: ", "");
        (code, told)
    }))
}

/// Whether the answer began and could not be read to its end.
fn of_body(error: &(dyn Error + 'static)) -> Option<(Code, String)> {
    let found = causes(error).find_map(|cause| cause.downcast_ref::<BodyError>())?;
    Some((Code::ApiMalformed, found.to_string()))
}

/// An error and its causes.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.source();
        Some(current)
    })
}

/// The last cause, which is the one that says something.
fn root(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// An error with its causes, joined by `: `, none said twice.
pub(super) fn chain_of(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = cause.to_string();
        if !text.is_empty() && !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
    }
    said.join(": ")
}

/// A text in one line, bounded, without control characters.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    bounded(&words.join(" "), LONGEST_DETAIL).to_owned()
}
