//! How fast an account is asked: a bucket for each family of its API, below the one that AWS publishes, so that a class
//! never throttles itself, and leaves something to who works in the console meanwhile. A run by itself stays within the
//! bursts and never waits.
use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// The buckets of one account in one region.
#[derive(Debug)]
pub struct Limits {
    ec2: DefaultDirectRateLimiter,
    balancing: DefaultDirectRateLimiter,
    rds: DefaultDirectRateLimiter,
    ssm: DefaultDirectRateLimiter,
    commands: DefaultDirectRateLimiter,
}

/// So many at once, and so many more a second.
fn bucket(burst: u32, a_second: u32) -> DefaultDirectRateLimiter {
    let some = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    RateLimiter::direct(Quota::per_second(some(a_second)).allow_burst(some(burst)))
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Describe*: 100, refilled by 20 a second
            // (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>).
            ec2: bucket(80, 16),
            // Describe*: 40, refilled by 10 a second
            // (<https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html>).
            balancing: bucket(32, 8),
            // Nothing is published; clients that ask in loops for each of some ten instances were seen to be throttled.
            rds: bucket(20, 5),
            // Nothing is published of DescribeInstanceInformation either.
            ssm: bucket(20, 5),
            // Nor of commands; each is one call and some questions after it.
            commands: bucket(200, 20),
        }
    }
}

impl Limits {
    /// Waits until the account may be asked this: `ec2:DescribeInstances`.
    pub(super) async fn turn(&self, action: &str) {
        if let Some(bucket) = self.bucket(action) {
            bucket.until_ready().await;
        }
    }

    /// The bucket of an action's family. Who we are is asked once, and passwords once a login.
    fn bucket(&self, action: &str) -> Option<&DefaultDirectRateLimiter> {
        if ["ssm:SendCommand", "ssm:GetCommandInvocation"].contains(&action) {
            return Some(&self.commands);
        }
        match action.split_once(':')?.0 {
            "ec2" => Some(&self.ec2),
            "elasticloadbalancing" => Some(&self.balancing),
            "rds" => Some(&self.rds),
            "ssm" => Some(&self.ssm),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{Kind, OwnCall};

    #[test]
    fn each_call_of_ours_but_who_we_are_has_a_bucket() {
        let limits = Limits::default();
        let actions = Kind::ALL.iter().map(|kind| kind.page_call());
        let actions = actions.chain(OwnCall::ALL.iter().map(|call| call.action()));
        for action in actions.filter(|action| !action.starts_with("sts:")) {
            assert!(limits.bucket(action).is_some(), "{action}");
        }
        assert!(limits.bucket("sts:GetCallerIdentity").is_none());
    }

    #[test]
    fn a_burst_goes_through_at_once_and_what_is_more_waits_and_families_do_not_wait_for_each_other()
    {
        let limits = Limits::default();
        let balancing = limits
            .bucket("elasticloadbalancing:DescribeTags")
            .expect("one");
        let at_once = (0..100).take_while(|_| balancing.check().is_ok()).count();
        // A machine that stands still in between may have earned one more.
        assert!((32..40).contains(&at_once), "{at_once}");
        assert!(balancing.check().is_err());
        assert!(
            limits
                .bucket("rds:DescribeDBClusters")
                .expect("one")
                .check()
                .is_ok()
        );
    }
}
