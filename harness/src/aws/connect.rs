//! How the SDK's clients are set up: our own TLS, bounded patience, no proxy, and credentials from where
//! the stack file says and nowhere else. It knows nothing of what is asked.
use std::path::Path;
use std::time::Duration;

use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::access::{Access, Credentials, Service};
use super::body::reads_whole;
use super::commons::Commons;
use crate::discreet::remember;
use crate::fault::{Code, Layer, ProbeError};

/// How long and how often we try. The whole of an operation is bounded, retries and credentials included, so that a
/// silent API is `api_timeout` within half a minute and nothing hangs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// One request and its answer.
    pub attempt: Duration,
    /// All attempts together. The back-offs below take at most 9.3 s of it, so that throttling is told as throttling.
    pub operation: Duration,
    /// Requests for one operation at most. Six is what a class's throttled account was seen to need; the SDK's three
    /// give up within two seconds.
    pub attempts: u32,
    /// The longest first back-off; it doubles from there.
    pub first_backoff: Duration,
    /// The longest back-off.
    pub longest_backoff: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            attempt: Duration::from_secs(12),
            operation: Duration::from_secs(28),
            attempts: 6,
            first_backoff: Duration::from_millis(300),
            longest_backoff: Duration::from_millis(4800),
        }
    }
}

/// What all clients share.
///
/// # Errors
/// [`Code::NoCredentials`] where a profile is named that no file defines. Credentials themselves are asked for by the
/// first call.
pub(super) async fn configure(
    access: &Access,
    patience: Patience,
    commons: &Commons,
) -> Result<SdkConfig, ProbeError> {
    let http = http_client();
    let region = Region::new(access.region.clone());
    let retry = RetryConfig::standard()
        .with_max_attempts(patience.attempts)
        .with_initial_backoff(patience.first_backoff)
        .with_max_backoff(patience.longest_backoff);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(patience.connect)
        .operation_attempt_timeout(patience.attempt)
        .operation_timeout(patience.operation)
        .build();
    let provider = match &access.credentials {
        Credentials::Fixed {
            access_key_id,
            secret_access_key,
            session_token,
        } => {
            remember(secret_access_key);
            session_token.iter().for_each(|token| remember(token));
            SharedCredentialsProvider::new(aws_credential_types::Credentials::new(
                access_key_id,
                secret_access_key,
                session_token.clone(),
                None,
                "labcheck",
            ))
        }
        Credentials::Chain {
            file: Some(file),
            profile,
            ..
        } => keys_of(file, profile.as_deref()).await?,
        Credentials::Chain {
            profile, instance, ..
        } => {
            let own = access.credentials.own();
            if let Some(known) = commons.session(&own) {
                known
            } else {
                let config = ProviderConfig::without_region()
                    .with_region(Some(region.clone()))
                    .with_http_client(http.clone())
                    .with_retry_config(retry.clone())
                    .with_timeout_config(timeouts.clone());
                commons.keep(&own, chain(&config, profile.as_deref(), *instance).await?)
            }
        }
    };
    if access.isolated {
        // Built by hand: the loader would read the environment and the profiles, were it only for an endpoint.
        return Ok(SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(provider)
            .http_client(http)
            .retry_config(retry)
            .timeout_config(timeouts)
            .build());
    }
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(provider.clone())
        .http_client(http)
        .retry_config(retry)
        .timeout_config(timeouts);
    if let Credentials::Chain {
        profile: Some(profile),
        file: None,
        ..
    } = &access.credentials
    {
        loader = loader.profile_name(profile);
    }
    let sdk = loader.load().await;
    Ok(match &access.credentials {
        Credentials::Chain {
            role_arn: Some(role),
            external_id,
            ..
        } => {
            let role = assume(role, external_id.as_deref(), access, &sdk, provider).await;
            sdk.into_builder().credentials_provider(role).build()
        }
        _ => sdk,
    })
}

/// The provider that the stack file names, or the ordinary chain without instance metadata: on a school's machine in the
/// cloud the machine's own role is nobody's wish.
async fn chain(
    config: &ProviderConfig,
    profile: Option<&str>,
    instance: bool,
) -> Result<SharedCredentialsProvider, ProbeError> {
    if instance {
        let metadata = aws_config::imds::credentials::ImdsCredentialsProvider::builder()
            .configure(config)
            .build();
        return Ok(SharedCredentialsProvider::new(metadata));
    }
    let from_profile = ProfileFileCredentialsProvider::builder().configure(config);
    if let Some(name) = profile {
        profile_exists(name).await?;
        return Ok(SharedCredentialsProvider::new(
            from_profile.profile_name(name).build(),
        ));
    }
    let chain = CredentialsProviderChain::first_try(
        "Environment",
        aws_config::environment::EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else("Profile", from_profile.build())
    .or_else(
        "WebIdentityToken",
        aws_config::web_identity_token::WebIdentityTokenCredentialsProvider::builder()
            .configure(config)
            .build(),
    )
    .or_else(
        "Container",
        aws_config::ecs::EcsCredentialsProvider::builder()
            .configure(config)
            .build(),
    );
    Ok(SharedCredentialsProvider::new(chain))
}

/// The keys in a credentials file, such as a student pastes of a Learner Lab. Keys alone: a role, an SSO session or a
/// `credential_process` in it would be somebody else's program, and is not looked at.
async fn keys_of(
    file: &Path,
    profile: Option<&str>,
) -> Result<SharedCredentialsProvider, ProbeError> {
    let name = profile.unwrap_or("default");
    let fault = |detail: String| {
        let detail = format!("{}: {detail}", file.display());
        ProbeError::new(Code::NoCredentials, Layer::Aws, "credentials_file", detail)
    };
    // The SDK takes a file that is not there for an empty one.
    std::fs::metadata(file).map_err(|error| fault(error.to_string()))?;
    #[expect(
        deprecated,
        reason = "the type's new home is a crate that is not named here"
    )]
    let files = {
        use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
        ProfileFiles::builder()
            .with_file(ProfileFileKind::Credentials, file)
            .build()
    };
    let sections = aws_config::profile::load(&<_>::default(), &<_>::default(), &files, None)
        .await
        .map_err(|error| fault(super::error::chain_of(&error)))?;
    let section = sections
        .get_profile(name)
        .ok_or_else(|| fault(format!("no section [{name}]")))?;
    let value = |key: &str| {
        let value = section
            .get(key)
            .map(str::trim)
            .filter(|value| !value.is_empty());
        value.map(str::to_owned)
    };
    let wanted = |key: &str| value(key).ok_or_else(|| fault(format!("no {key} in [{name}]")));
    Ok(SharedCredentialsProvider::new(
        aws_credential_types::Credentials::new(
            wanted("aws_access_key_id")?,
            wanted("aws_secret_access_key")?,
            value("aws_session_token"),
            None,
            "labcheck",
        ),
    ))
}

/// Whether some file defines a profile; the SDK would say only that no provider gave credentials.
async fn profile_exists(name: &str) -> Result<(), ProbeError> {
    let fault = |detail: String| {
        ProbeError::new(
            Code::NoCredentials,
            Layer::Aws,
            format!("profile {name}"),
            detail,
        )
    };
    // The file system and the environment as they are; their types belong to a crate that is not named here.
    let profiles =
        aws_config::profile::load(&<_>::default(), &<_>::default(), &<_>::default(), None)
            .await
            .map_err(|error| fault(super::error::chain_of(&error)))?;
    if profiles.get_profile(name).is_some() {
        return Ok(());
    }
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    Err(fault(if known.is_empty() {
        "no such profile, and no other either".to_owned()
    } else {
        format!("no such profile; there are {}", known.join(", "))
    }))
}

/// The longest session of a role that is taken on by a role's own keys, and what every role allows; it is taken on anew
/// before it ends (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>).
const CHAINED: Duration = Duration::from_hours(1);

/// A role taken on with other credentials, by the same endpoint as every other call.
async fn assume(
    role: &str,
    external_id: Option<&str>,
    access: &Access,
    sdk: &SdkConfig,
    base: SharedCredentialsProvider,
) -> SharedCredentialsProvider {
    let mut sdk = sdk.to_builder();
    if let Some(url) = access
        .endpoint_urls
        .get(&Service::Sts)
        .or(access.endpoint_url.as_ref())
    {
        sdk = sdk.endpoint_url(url);
    }
    let mut builder = AssumeRoleProvider::builder(role)
        .session_name("labcheck")
        .session_length(CHAINED)
        .configure(&sdk.build());
    if let Some(id) = external_id {
        builder = builder.external_id(id);
    }
    SharedCredentialsProvider::new(builder.build_from_provider(base).await)
}

/// TLS by ring, no proxy taken from the environment, answers read within bounds.
fn http_client() -> SharedHttpClient {
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(
            tls::rustls_provider::CryptoMode::Ring,
        ))
        .build_https();
    reads_whole(client)
}
