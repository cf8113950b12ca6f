//! How long each stage of a drill may take, from the target group's own numbers. Pure; every time is the stack's.
use std::time::Duration;

use crate::aws::Thresholds;

/// From the call until a server is stopped, at the most.
const STOPPING: Duration = Duration::from_mins(3);

/// From the call until a server is booted and serves, at the most.
const BOOT: Duration = Duration::from_secs(150);

/// What is given on top, for the API and the network.
const SLACK: Duration = Duration::from_secs(30);

/// A fail-over, at the most: with a reader it is 60 seconds typically, and the names follow.
const FAIL_OVER: Duration = Duration::from_mins(5);

/// The stages of a drill, each with its longest time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// From the disrupting call until it is seen.
    pub disrupt: Duration,
    /// From the restoring call until all is as before.
    pub recover: Duration,
    /// For the checks during and after, each.
    pub settle: Duration,
}

impl Budget {
    /// For a stopped server behind a target group, or behind none.
    #[must_use]
    pub fn of_stop(group: Option<Thresholds>) -> Self {
        let heal = heal(group);
        Self {
            disrupt: STOPPING.max(detect(group)) + SLACK,
            recover: BOOT + heal + SLACK,
            settle: heal + SLACK,
        }
    }

    /// For a service on a server that goes on running, behind a target group or behind none.
    #[must_use]
    pub fn of_stopped_service(group: Option<Thresholds>) -> Self {
        let heal = heal(group);
        Self {
            disrupt: detect(group) + SLACK,
            recover: heal + SLACK,
            settle: heal + SLACK,
        }
    }

    /// For a fail-over, whose outage targets in front of the cluster may have noticed.
    #[must_use]
    pub fn of_fail_over(group: Option<Thresholds>) -> Self {
        let heal = heal(group);
        Self {
            disrupt: FAIL_OVER,
            recover: FAIL_OVER + heal,
            settle: heal + SLACK,
        }
    }

    /// All of it, for so many checks during and after.
    #[must_use]
    pub fn whole(&self, checks: usize) -> Duration {
        let checks = u32::try_from(checks).unwrap_or(u32::MAX);
        self.disrupt + self.recover + self.settle.saturating_mul(checks)
    }
}

/// How long a target that answers no more takes to be unhealthy.
fn detect(group: Option<Thresholds>) -> Duration {
    group.map_or(Duration::ZERO, |group| {
        Duration::from_secs((group.unhealthy * group.interval + group.timeout).into())
    })
}

/// How long a target that answers again takes to be healthy.
fn heal(group: Option<Thresholds>) -> Duration {
    group.map_or(Duration::ZERO, |group| {
        Duration::from_secs((group.healthy * group.interval + group.timeout).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_target_group_is_given_its_time() {
        let of = |interval, healthy, unhealthy| {
            Budget::of_stop(Some(Thresholds {
                interval,
                timeout: 5,
                healthy,
                unhealthy,
            }))
        };
        assert_eq!(of(30, 2, 2).disrupt.as_secs(), 210, "stopping is slower");
        assert_eq!(of(30, 2, 2).recover.as_secs(), 150 + 65 + 30);
        assert_eq!(of(60, 5, 5).disrupt.as_secs(), 305 + 30);
        assert_eq!(of(60, 5, 5).recover.as_secs(), 150 + 305 + 30);
        assert_eq!(Budget::of_stop(None).settle.as_secs(), 30);
        let service = Budget::of_stopped_service(Some(Thresholds {
            interval: 30,
            timeout: 5,
            healthy: 5,
            unhealthy: 2,
        }));
        assert_eq!(
            service.disrupt.as_secs(),
            65 + 30,
            "nothing has to stop or boot"
        );
        assert_eq!(service.recover.as_secs(), 155 + 30);
        assert_eq!(Budget::of_fail_over(None).settle.as_secs(), 30);
        let group = Thresholds {
            interval: 30,
            timeout: 5,
            healthy: 5,
            unhealthy: 2,
        };
        assert_eq!(Budget::of_fail_over(Some(group)).settle.as_secs(), 155 + 30);
    }
}
