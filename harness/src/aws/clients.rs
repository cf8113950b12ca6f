//! The SDK's clients, one set for each region, and the small things that talking to them takes. It knows no kind.
use std::sync::{Arc, OnceLock};

use aws_config::{Region, SdkConfig};

use super::access::{Access, Service};
use super::calls::Calls;
use super::error::Call;
use super::limits::Limits;

/// The clients for one region.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    /// The region.
    pub region: String,
    /// How fast the account may be asked, once it is known whose it is.
    pub limits: Arc<OnceLock<Arc<Limits>>>,
    /// EC2, VPC and EBS.
    pub ec2: aws_sdk_ec2::Client,
    /// Load balancers.
    pub elb: aws_sdk_elasticloadbalancingv2::Client,
    /// RDS and Aurora.
    pub rds: aws_sdk_rds::Client,
    /// Systems Manager.
    pub ssm: aws_sdk_ssm::Client,
    /// Who we are.
    pub sts: aws_sdk_sts::Client,
    /// Secrets Manager.
    pub secrets: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Clients with `access` for `region`, over what is configured in `sdk`.
    pub(super) fn new(access: &Access, sdk: &SdkConfig, region: &str, calls: &Calls) -> Self {
        let sdk = sdk
            .to_builder()
            .region(Region::new(region.to_owned()))
            .build();
        let endpoint = |service| {
            access
                .endpoint_urls
                .get(&service)
                .or(access.endpoint_url.as_ref())
        };
        // Six types of builder with the same methods and no trait: the one place where a macro is shorter than a list.
        macro_rules! client {
            ($service:ident, $sdk:ident) => {{
                let mut config = $sdk::config::Builder::from(&sdk).interceptor(calls.clone());
                if let Some(url) = endpoint(Service::$service) {
                    config = config.endpoint_url(url);
                }
                $sdk::Client::from_conf(config.build())
            }};
        }
        Self {
            region: region.to_owned(),
            limits: Arc::default(),
            ec2: client!(Ec2, aws_sdk_ec2),
            elb: client!(Elbv2, aws_sdk_elasticloadbalancingv2),
            rds: client!(Rds, aws_sdk_rds),
            ssm: client!(Ssm, aws_sdk_ssm),
            sts: client!(Sts, aws_sdk_sts),
            secrets: client!(SecretsManager, aws_sdk_secretsmanager),
        }
    }
}

impl Clients {
    /// A call of these clients, as it is named in errors.
    pub(super) fn call<'a>(&'a self, action: &'a str) -> Call<'a> {
        Call {
            action,
            region: &self.region,
            limits: self.limits.get().map(AsRef::as_ref),
        }
    }
}

/// A filter of EC2's on one value.
pub(super) fn ec2_filter(name: &str, value: &str) -> aws_sdk_ec2::types::Filter {
    aws_sdk_ec2::types::Filter::builder()
        .name(name)
        .values(value)
        .build()
}

/// EC2's tags as keys and values.
pub(super) fn ec2_tags(
    tags: &[aws_sdk_ec2::types::Tag],
) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}

/// RDS's tags as keys and values.
pub(super) fn rds_tags(
    tags: &[aws_sdk_rds::types::Tag],
) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}

/// Load balancing's tags as keys and values.
pub(super) fn elb_tags(
    tags: &[aws_sdk_elasticloadbalancingv2::types::Tag],
) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    tags.iter().map(|tag| (tag.key(), tag.value()))
}
