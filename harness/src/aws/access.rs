//! How an account is reached: region, endpoints, credentials. What was resolved of a stack file; it makes no call.
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A service that we call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// EC2, VPC and EBS.
    Ec2,
    /// Elastic Load Balancing, version 2.
    Elbv2,
    /// RDS and Aurora.
    Rds,
    /// Systems Manager.
    Ssm,
    /// Security Token Service.
    Sts,
    /// Secrets Manager.
    SecretsManager,
}

impl Service {
    /// Every service.
    pub const ALL: &'static [Self] = &[
        Self::Ec2,
        Self::Elbv2,
        Self::Rds,
        Self::Ssm,
        Self::Sts,
        Self::SecretsManager,
    ];

    /// The word in a stack file's `endpoint_urls`: `ec2`, `elbv2`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Elbv2 => "elbv2",
            Self::Rds => "rds",
            Self::Ssm => "ssm",
            Self::Sts => "sts",
            Self::SecretsManager => "secretsmanager",
        }
    }

    /// The service that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|service| service.word() == word)
    }

    /// The variable that overrides its endpoint, as the SDKs spell it.
    #[must_use]
    pub const fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Ec2 => "AWS_ENDPOINT_URL_EC2",
            Self::Elbv2 => "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2",
            Self::Rds => "AWS_ENDPOINT_URL_RDS",
            Self::Ssm => "AWS_ENDPOINT_URL_SSM",
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        }
    }
}

/// Everything that reaching an account takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// The region; never taken from the environment.
    pub region: String,
    /// An endpoint for all services in place of AWS's own.
    pub endpoint_url: Option<String>,
    /// Endpoints for single services; they go before `endpoint_url`.
    pub endpoint_urls: BTreeMap<Service, String>,
    /// Where the credentials come from.
    pub credentials: Credentials,
    /// The account that the credentials must belong to, as written in the stack file.
    pub expect_account: Option<String>,
    /// Whether this is the replica: then no `AWS_` variable, profile or instance metadata is looked at.
    pub isolated: bool,
}

impl Access {
    /// The profile that the stack file names.
    pub(super) fn profile(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Chain { profile, .. } => profile.as_deref(),
            Credentials::Fixed { .. } => None,
        }
    }

    /// Where Systems Manager is asked, for a program that asks it on its own.
    pub(super) fn endpoint_of_ssm(&self) -> String {
        let written = self.endpoint_urls.get(&Service::Ssm);
        let written = written.or(self.endpoint_url.as_ref()).cloned();
        written.unwrap_or_else(|| {
            let china = if self.region.starts_with("cn-") {
                ".cn"
            } else {
                ""
            };
            format!("https://ssm.{}.amazonaws.com{china}", self.region)
        })
    }
}

/// Where credentials come from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// These; the replica's.
    Fixed {
        /// `AKIA…`
        access_key_id: String,
        /// The secret, shown nowhere.
        secret_access_key: String,
        /// The session's token, for temporary ones.
        session_token: Option<String>,
    },
    /// The ordinary chain: environment, profile, web identity, container; the instance's own only where it is named.
    Chain {
        /// This profile and nothing else, environment variables included.
        profile: Option<String>,
        /// The keys in this file and nothing else, of the profile if one is named, else of `default`.
        file: Option<PathBuf>,
        /// A role to take on with what the chain gave.
        role_arn: Option<String>,
        /// The external id that the role asks for.
        external_id: Option<String>,
        /// The machine's own role by instance metadata, and nothing else.
        instance: bool,
    },
}

impl Credentials {
    /// The same without the role that is taken on with them.
    #[must_use]
    pub fn own(&self) -> Self {
        let mut own = self.clone();
        if let Self::Chain {
            role_arn,
            external_id,
            ..
        } = &mut own
        {
            (*role_arn, *external_id) = (None, None);
        }
        own
    }

    /// The ordinary chain with nothing said.
    #[must_use]
    pub const fn chain() -> Self {
        Self::Chain {
            profile: None,
            file: None,
            role_arn: None,
            external_id: None,
            instance: false,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { .. } => f.write_str("Fixed(…)"),
            Self::Chain {
                profile,
                file,
                role_arn,
                instance,
                ..
            } => f
                .debug_struct("Chain")
                .field("profile", profile)
                .field("file", file)
                .field("role_arn", role_arn)
                .field("instance", instance)
                .finish_non_exhaustive(),
        }
    }
}
