//! Counting what is sent: the one interceptor that every client has. It sees requests leave, retries included, and knows
//! nothing of what they are for.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::debug;

/// What was sent so far, shared by all clients of one [`super::Aws`].
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<Mutex<Sent>>);

#[derive(Debug, Default)]
struct Sent {
    requests: BTreeMap<String, u64>,
    elsewhere: BTreeSet<String>,
}

impl Calls {
    /// Requests by action, `ec2:DescribeInstances`; a retry is one more.
    pub(super) fn requests(&self) -> BTreeMap<String, u64> {
        self.sent().requests.clone()
    }

    /// The endpoints that requests went to and that are not AWS's: `http://127.0.0.1:5555`.
    pub(super) fn elsewhere(&self) -> BTreeSet<String> {
        self.sent().elsewhere.clone()
    }

    fn sent(&self) -> std::sync::MutexGuard<'_, Sent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "labcheck counts calls"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let endpoint = endpoint(context.request().uri());
        debug::call(|| format!("{} asked at {endpoint}", named(config)));
        let mut sent = self.sent();
        if let Some(action) = action(config) {
            *sent.requests.entry(action).or_default() += 1;
        }
        if !of_aws(&endpoint) {
            sent.elsewhere.insert(endpoint);
        }
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let status = context.response().status();
        debug::call(|| format!("{} answered {status}", named(config)));
        Ok(())
    }
}

/// What is asked, `ec2:DescribeInstances`; nothing where the SDK does not say.
fn action(config: &ConfigBag) -> Option<String> {
    let operation = config.load::<Metadata>()?;
    Some(format!(
        "{}:{}",
        prefix(operation.service()),
        operation.name()
    ))
}

/// The same, for a person.
fn named(config: &ConfigBag) -> String {
    action(config).unwrap_or_else(|| "a call".to_owned())
}

/// The prefix of a service's actions in an IAM policy, by the name that the SDK gives the service.
fn prefix(service: &str) -> String {
    match service {
        "Elastic Load Balancing v2" => "elasticloadbalancing".to_owned(),
        other => other.to_ascii_lowercase().replace(' ', "-"),
    }
}

/// Scheme, host and port of an address.
fn endpoint(uri: &str) -> String {
    let after_scheme = uri.find("://").map_or(0, |at| at + 3);
    let host_ends = uri[after_scheme..]
        .find(['/', '?'])
        .map_or(uri.len(), |at| after_scheme + at);
    uri[..host_ends].to_owned()
}

/// Whether an endpoint is AWS's own.
fn of_aws(endpoint: &str) -> bool {
    endpoint.strip_prefix("https://").is_some_and(|host| {
        host.ends_with(".amazonaws.com")
            || host.ends_with(".amazonaws.com.cn")
            || host.ends_with(".api.aws")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aws_own_names_over_https_are_aws() {
        for (uri, own) in [
            ("https://ec2.us-east-1.amazonaws.com/", true),
            ("https://rds.cn-north-1.amazonaws.com.cn/?x", true),
            ("http://ec2.us-east-1.amazonaws.com/", false),
            ("https://amazonaws.com.example.net/", false),
            ("https://evilamazonaws.com/", false),
            ("http://127.0.0.1:5555/?Action=x", false),
        ] {
            assert_eq!(of_aws(&endpoint(uri)), own, "{uri}");
        }
        assert_eq!(
            endpoint("http://127.0.0.1:5555/?Action=x"),
            "http://127.0.0.1:5555"
        );
    }
}
