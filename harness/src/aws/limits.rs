//! How fast an account is asked: a bucket for each family of its API, below the one that AWS publishes, so that a class
//! never throttles itself, and leaves something to who works in the console meanwhile. A run by itself stays within the
//! bursts and never waits.
use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::Mutex;

/// The buckets of one account in one region.
#[derive(Debug)]
pub struct Limits {
    ec2: Bucket,
    balancing: Bucket,
    rds: Bucket,
    ssm: Bucket,
    commands: Bucket,
}

/// A family's bucket. Who waits stands in a queue, and only its head is woken.
#[derive(Debug)]
struct Bucket {
    queue: Mutex<()>,
    limiter: DefaultDirectRateLimiter,
}

/// How many times as fast as AWS publishes accounts may be asked: AWS raises an account's limits for who asks it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised(pub NonZeroU32);

impl Default for Raised {
    /// As published.
    fn default() -> Self {
        Self(NonZeroU32::MIN)
    }
}

impl Limits {
    /// The buckets of an account whose limits are raised so.
    pub(super) fn raised(Raised(times): Raised) -> Self {
        // So many at once, and so many more a second.
        let bucket = |burst: u32, a_second: u32| {
            let some = |number| {
                let number = NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
                number.saturating_mul(times)
            };
            let quota = Quota::per_second(some(a_second)).allow_burst(some(burst));
            Bucket {
                queue: Mutex::default(),
                limiter: RateLimiter::direct(quota),
            }
        };
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

    /// Waits until the account may be asked this: `ec2:DescribeInstances`.
    pub(super) async fn turn(&self, action: &str) {
        if let Some(bucket) = self.bucket(action) {
            let _head = bucket.queue.lock().await;
            bucket.limiter.until_ready().await;
        }
    }

    /// The bucket of an action's family. Who we are is asked once, and passwords once a login.
    fn bucket(&self, action: &str) -> Option<&Bucket> {
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
        let limits = Limits::raised(Raised::default());
        let actions = Kind::ALL.iter().map(|kind| kind.page_call());
        let actions = actions.chain(OwnCall::ALL.iter().map(|call| call.action()));
        for action in actions.filter(|action| !action.starts_with("sts:")) {
            assert!(limits.bucket(action).is_some(), "{action}");
        }
        assert!(limits.bucket("sts:GetCallerIdentity").is_none());
    }

    #[test]
    fn what_aws_has_raised_is_used_up() {
        let times = NonZeroU32::new(10).expect("ten");
        let limits = Limits::raised(Raised(times));
        let ec2 = limits.bucket("ec2:DescribeVpcs").expect("one");
        let at_once = (0..2000)
            .take_while(|_| ec2.limiter.check().is_ok())
            .count();
        assert!(at_once >= 800, "{at_once}");
    }

    #[test]
    fn a_burst_goes_through_at_once_and_what_is_more_waits_and_families_do_not_wait_for_each_other()
    {
        let limits = Limits::raised(Raised::default());
        let balancing = limits
            .bucket("elasticloadbalancing:DescribeTags")
            .expect("one");
        let at_once = (0..100)
            .take_while(|_| balancing.limiter.check().is_ok())
            .count();
        // A machine that stands still in between may have earned one more.
        assert!((32..40).contains(&at_once), "{at_once}");
        assert!(balancing.limiter.check().is_err());
        assert!(
            limits
                .bucket("rds:DescribeDBClusters")
                .expect("one")
                .limiter
                .check()
                .is_ok()
        );
    }
}
