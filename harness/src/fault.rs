//! Why nothing could be observed. A closed set of codes, so that the sentence a student reads is made in one place
//! ([`crate::report::words`]) and a fault common to many checks is recognised as one.
use serde::{Deserialize, Serialize};

/// The layer in which an observation broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The AWS API and the credentials for it.
    Aws,
    /// The vantage: gateway, bastion, resolver; never the target.
    Vantage,
    /// The network of the machine that runs the harness.
    Network,
    /// The harness itself, or the evidence that it judges from.
    Harness,
}

/// What kept us from observing. `snake_case` of the variant is its code in `result.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// No credentials were found by the chain.
    NoCredentials,
    /// The credentials have expired (`ExpiredToken`, `RequestExpired`).
    ExpiredCredentials,
    /// The credentials are not valid (`InvalidClientTokenId`, `AuthFailure`, `SignatureDoesNotMatch`).
    InvalidCredentials,
    /// The account is not the one that the stack file expects.
    WrongAccount,
    /// The call is not allowed to these credentials.
    AccessDenied,
    /// The region is not enabled for the account, or unknown.
    RegionDisabled,
    /// The API kept throttling after all retries.
    Throttled,
    /// The API could not be reached: no route, no name, refused, TLS.
    ApiUnreachable,
    /// The API did not answer in time.
    ApiTimeout,
    /// The API answered with a server error.
    ApiFailed,
    /// The API's answer was not what the protocol says (HTML, cut off, wrong types).
    ApiMalformed,
    /// The API refused the request for another reason; its code is in the detail.
    ApiRejected,
    /// The gateway or bastion of the vantage failed; the target was not reached by it.
    VantageFailed,
    /// The vantage's resolver gave no usable answer.
    ResolverFailed,
    /// A name that AWS itself gave was left unanswered by the resolver of `internet`.
    ResolverFilters,
    /// The carrier hides why a dial failed, and the check asks for a finer outcome.
    OutcomeHidden,
    /// A dial was met with silence, and the check that would explain it did not pass.
    SilenceUnexplained,
    /// A dial was refused by somebody, though the check that says it must be silent passed.
    AnswerUnexplained,
    /// The private key's file can't be read.
    KeyUnreadable,
    /// No key is named, and there is no SSH agent to ask for one.
    NoAgent,
    /// No key is named, and the SSH agent holds none.
    AgentEmpty,
    /// The private key's file is open to others; `ssh` would refuse it, too.
    KeyOpenToOthers,
    /// The private key has a passphrase.
    KeyEncrypted,
    /// What stands in the key's file is no private key, or one of a kind that we don't know.
    KeyUnusable,
    /// The host's own key is not the one that our file of known hosts has, or is not in it. Which host that file was
    /// filled by can't be told from here: an address may have been another server's before.
    HostKeyRefused,
    /// `session-manager-plugin` is not installed.
    PluginMissing,
    /// What a check made could not be removed again.
    NotCleanedUp,
    /// A drill did not begin, and nothing was touched.
    DrillRefused,
    /// A drill's disruption could not be undone.
    NotRestored,
    /// Of a drill's samples too many could not be looked at for a reason of this machine's own.
    SamplesUnseen,
    /// This machine has no route, or no socket or file could be had.
    LocalNetwork,
    /// A template gave no usable value for the probe.
    Template,
    /// The check ran into its own deadline without an observation.
    Deadline,
    /// The run was interrupted before this check was done.
    Interrupted,
    /// The check's code panicked: a bug of ours.
    Panicked,
    /// What the check asks was not observed by the run that is judged again.
    NotInEvidence,
    /// The recorded attempts end before the expectation held.
    RunStoppedLooking,
}

impl Code {
    /// Whether the trouble may be gone at the next look.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::ApiTimeout
                | Self::ApiFailed
                | Self::ApiUnreachable
                | Self::VantageFailed
                | Self::ResolverFailed
        )
    }
}

/// Could not observe: inside the check's result, with the layer and the target named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{target}: {detail}")]
pub struct ProbeError {
    /// Which kind of trouble.
    pub code: Code,
    /// Where.
    pub layer: Layer,
    /// What we were talking to: `ec2:DescribeInstances (us-east-1)`, `socks5 127.0.0.1:1080`.
    pub target: String,
    /// Causes, joined by `: `, bounded and free of secrets; empty where the code says it all.
    pub detail: String,
}

impl ProbeError {
    /// An error in `layer`.
    pub fn new(
        code: Code,
        layer: Layer,
        target: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            code,
            layer,
            target: target.into(),
            detail: detail.into(),
        }
    }
}
