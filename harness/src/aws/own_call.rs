//! The calls that a field costs beyond its kind's listing: a closed set, each with the kind that it belongs to and the
//! action that an IAM policy must allow. Making them is in [`super::fetch`].
use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// A call that is made only when a path names a field that comes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnCall {
    /// Whether a VPC resolves names: `enableDnsSupport`.
    VpcDnsSupport,
    /// Whether a VPC gives public names to instances: `enableDnsHostnames`.
    VpcDnsHostnames,
    /// The status checks of all instances, in one page sequence.
    InstanceStatus,
    /// One instance's user data, of which only the captures are kept.
    InstanceUserData,
    /// What Systems Manager knows of the instances, in one page sequence.
    InstanceSsm,
    /// The images that instances were started from, whoever owns them, up to 200 ids a request.
    InstanceImage,
    /// Whom one image may be launched by.
    ImageLaunchPermissions,
    /// One load balancer's attributes.
    LoadBalancerAttributes,
    /// Load balancers' tags, 20 a request.
    LoadBalancerTags,
    /// One listener's rules.
    ListenerRules,
    /// Listeners' tags, 20 a request.
    ListenerTags,
    /// One target group's targets and their health.
    TargetHealth,
    /// One target group's attributes.
    TargetGroupAttributes,
    /// Target groups' tags, 20 a request.
    TargetGroupTags,
    /// One DB subnet group's tags.
    DbSubnetGroupTags,
}

impl OwnCall {
    /// Every call, in the order of the enum.
    pub const ALL: &'static [Self] = &[
        Self::VpcDnsSupport,
        Self::VpcDnsHostnames,
        Self::InstanceStatus,
        Self::InstanceUserData,
        Self::InstanceSsm,
        Self::InstanceImage,
        Self::ImageLaunchPermissions,
        Self::LoadBalancerAttributes,
        Self::LoadBalancerTags,
        Self::ListenerRules,
        Self::ListenerTags,
        Self::TargetHealth,
        Self::TargetGroupAttributes,
        Self::TargetGroupTags,
        Self::DbSubnetGroupTags,
    ];

    /// The kind whose fields it gives.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::VpcDnsSupport | Self::VpcDnsHostnames => Kind::Vpc,
            Self::InstanceStatus
            | Self::InstanceUserData
            | Self::InstanceSsm
            | Self::InstanceImage => Kind::Instance,
            Self::ImageLaunchPermissions => Kind::Image,
            Self::LoadBalancerAttributes | Self::LoadBalancerTags => Kind::LoadBalancer,
            Self::ListenerRules | Self::ListenerTags => Kind::Listener,
            Self::TargetHealth | Self::TargetGroupAttributes | Self::TargetGroupTags => {
                Kind::TargetGroup
            }
            Self::DbSubnetGroupTags => Kind::DbSubnetGroup,
        }
    }

    /// Whether one call tells of one resource alone: an account with a class in it costs as many as it has of them.
    #[must_use]
    pub const fn is_for_one(self) -> bool {
        match self {
            Self::VpcDnsSupport
            | Self::VpcDnsHostnames
            | Self::InstanceUserData
            | Self::ImageLaunchPermissions
            | Self::LoadBalancerAttributes
            | Self::ListenerRules
            | Self::TargetHealth
            | Self::TargetGroupAttributes
            | Self::DbSubnetGroupTags => true,
            Self::InstanceStatus
            | Self::InstanceSsm
            | Self::InstanceImage
            | Self::LoadBalancerTags
            | Self::ListenerTags
            | Self::TargetGroupTags => false,
        }
    }

    /// The action, as in an IAM policy: `ec2:DescribeVpcAttribute`.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::VpcDnsSupport | Self::VpcDnsHostnames => "ec2:DescribeVpcAttribute",
            Self::InstanceStatus => "ec2:DescribeInstanceStatus",
            Self::InstanceUserData => "ec2:DescribeInstanceAttribute",
            Self::InstanceSsm => "ssm:DescribeInstanceInformation",
            Self::InstanceImage => "ec2:DescribeImages",
            Self::ImageLaunchPermissions => "ec2:DescribeImageAttribute",
            Self::LoadBalancerAttributes => "elasticloadbalancing:DescribeLoadBalancerAttributes",
            Self::LoadBalancerTags | Self::ListenerTags | Self::TargetGroupTags => {
                "elasticloadbalancing:DescribeTags"
            }
            Self::ListenerRules => "elasticloadbalancing:DescribeRules",
            Self::TargetHealth => "elasticloadbalancing:DescribeTargetHealth",
            Self::TargetGroupAttributes => "elasticloadbalancing:DescribeTargetGroupAttributes",
            Self::DbSubnetGroupTags => "rds:ListTagsForResource",
        }
    }
}
