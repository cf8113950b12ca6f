//! The marks of what a drill has in hand: a tag, by which others see it, and by which it is put back where the journal is
//! lost with its machine. Nothing calls them but [`crate::drill`]. Ids go in as AWS has them.
use super::session::Aws;
use crate::fault::ProbeError;

/// The tag of a server or a cluster that a drill has in hand.
pub const MARK: &str = "labcheck:drill";

impl Aws {
    /// Marks a server.
    ///
    /// # Errors
    /// The call failed, or was refused.
    pub async fn mark(&self, id: &str, value: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let tag = aws_sdk_ec2::types::Tag::builder().key(MARK).value(value);
        let ask = clients.ec2.create_tags().resources(id).tags(tag.build());
        ask.send()
            .await
            .map(drop)
            .map_err(|error| self.redacted(clients.call("ec2:CreateTags").failed(&error)))
    }

    /// Takes a server's mark away again.
    ///
    /// # Errors
    /// The call failed, or was refused.
    pub async fn unmark(&self, id: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let tag = aws_sdk_ec2::types::Tag::builder().key(MARK).build();
        let ask = clients.ec2.delete_tags().resources(id).tags(tag);
        ask.send()
            .await
            .map(drop)
            .map_err(|error| self.redacted(clients.call("ec2:DeleteTags").failed(&error)))
    }

    /// Marks a cluster.
    ///
    /// # Errors
    /// The call failed, or was refused.
    pub async fn mark_cluster(&self, arn: &str, value: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let tag = aws_sdk_rds::types::Tag::builder().key(MARK).value(value);
        let ask = clients
            .rds
            .add_tags_to_resource()
            .resource_name(arn)
            .tags(tag.build());
        ask.send()
            .await
            .map(drop)
            .map_err(|error| self.redacted(clients.call("rds:AddTagsToResource").failed(&error)))
    }

    /// Takes a cluster's mark away again.
    ///
    /// # Errors
    /// The call failed, or was refused.
    pub async fn unmark_cluster(&self, arn: &str) -> Result<(), ProbeError> {
        let clients = self.clients();
        let call = clients.call("rds:RemoveTagsFromResource");
        let ask = clients
            .rds
            .remove_tags_from_resource()
            .resource_name(arn)
            .tag_keys(MARK);
        ask.send()
            .await
            .map(drop)
            .map_err(|error| self.redacted(call.failed(&error)))
    }
}
