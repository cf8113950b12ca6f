//! Observing AWS: one Snapshot of each account and region, by the SDK, with only what the selected checks name.

//! It knows nothing of checks, expectations or verdicts.

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A VPC.
    Vpc,
}

/// A call that a field costs of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnCall {
    /// `ec2:DescribeVpcAttribute`
    VpcAttribute,
}
