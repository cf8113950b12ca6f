//! Run Command: a shell script on an instance, by Systems Manager. Sent once, then asked for until it has ended or the time is
//! over. What the instance did is told as it was; what it means for a check is not known here.
use std::time::Duration;

use aws_sdk_ssm::operation::get_command_invocation::GetCommandInvocationOutput;
use aws_sdk_ssm::types::CommandInvocationStatus as Status;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::sleep;

use super::session::Aws;
use crate::deadline::Deadline;
use crate::fault::{Code, ProbeError};

/// The document that runs a script.
pub const RUN_SHELL_SCRIPT: &str = "AWS-RunShellScript";

/// The least time that AWS takes for the delivery of a command.
const DELIVERY: i32 = 30;

/// How long is waited before the first question, and at most before each later one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The first characters of each output are all that is told of it
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html>).
const STDOUT: usize = 24_000;
const STDERR: usize = 8_000;

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It ended.
    Ended {
        /// Its exit code; none where it gave none.
        exit_code: Option<u32>,
        /// Standard output.
        stdout: String,
        /// Standard error.
        stderr: String,
        /// Whether either is longer than what is told of it.
        truncated: bool,
    },
    /// It was still at work when the time was over.
    TimedOut,
    /// The instance is none that Systems Manager can reach: what it says.
    NotManaged(String),
    /// It was sent, and the instance did not take it: why.
    Undelivered(String),
}

impl Aws {
    /// Runs `script` as root on an instance, until `deadline`. Where it takes longer the agent ends it.
    ///
    /// # Errors
    /// A call failed, or was not answered in time, for a reason that is not the instance's.
    pub async fn run_command(
        &self,
        instance: &str,
        script: &str,
        deadline: Deadline,
    ) -> Result<Ran, ProbeError> {
        let sending = self.send_command(instance, script, deadline);
        let sent = match deadline.bound(sending).await {
            Ok(sent) => sent?,
            Err(_elapsed) => return Err(self.unanswered("ssm:SendCommand")),
        };
        let command = match sent {
            Ok(command) => command,
            Err(detail) => return Ok(Ran::NotManaged(detail)),
        };
        let mut last = None;
        let awaited = deadline.bound(self.ended(instance, &command, &mut last));
        match awaited.await {
            Ok(answer) => Ok(told(&answer?)),
            Err(_elapsed) => match last {
                Some(Status::InProgress | Status::Cancelling) => Ok(Ran::TimedOut),
                Some(_) => Ok(Ran::Undelivered(
                    "the instance did not take it in time".to_owned(),
                )),
                // Nothing was heard of the instance: it is not known to have done anything wrong.
                None => Err(self.unanswered("ssm:GetCommandInvocation")),
            },
        }
    }

    fn unanswered(&self, action: &str) -> ProbeError {
        let call = self.clients().call(action);
        call.fault(Code::ApiTimeout, "no answer in time")
    }

    /// The command's id; or why the instance is none to send it to.
    async fn send_command(
        &self,
        instance: &str,
        script: &str,
        deadline: Deadline,
    ) -> Result<Result<String, String>, ProbeError> {
        let clients = self.clients();
        let call = clients.call("ssm:SendCommand");
        call.turn().await;
        let within = deadline.left();
        let seconds = within.as_secs() + u64::from(within.subsec_nanos() > 0);
        let sent = clients
            .ssm
            .send_command()
            .document_name(RUN_SHELL_SCRIPT)
            .instance_ids(self.real(instance))
            .parameters("commands", vec![script.to_owned()])
            .parameters("executionTimeout", vec![seconds.max(1).to_string()])
            .timeout_seconds(DELIVERY)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                let id = answer.command.and_then(|command| command.command_id);
                id.map(Ok).ok_or_else(|| call.lacks("a command id"))
            }
            Err(error) => {
                let fault = self.redacted(call.failed(&error));
                let code = error.as_service_error().and_then(|error| error.code());
                match code {
                    Some("InvalidInstanceId") => Ok(Err(fault.detail)),
                    _ => Err(fault),
                }
            }
        }
    }

    /// What is told of a command once it has ended. `last` is how it was when it was last asked for.
    async fn ended(
        &self,
        instance: &str,
        command: &str,
        last: &mut Option<Status>,
    ) -> Result<GetCommandInvocationOutput, ProbeError> {
        let clients = self.clients();
        let call = clients.call("ssm:GetCommandInvocation");
        let mut pause = FIRST_PAUSE;
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            call.turn().await;
            let asked = clients.ssm.get_command_invocation();
            let asked = asked
                .command_id(command)
                .instance_id(self.real(instance))
                .send();
            match asked.await {
                Ok(answer) if is_final(answer.status.as_ref()) => return Ok(answer),
                Ok(answer) => *last = answer.status,
                Err(error) => {
                    let code = error.as_service_error().and_then(|error| error.code());
                    // It takes a moment until a command that was sent is known everywhere.
                    if code != Some("InvocationDoesNotExist") {
                        return Err(self.redacted(call.failed(&error)));
                    }
                }
            }
        }
    }
}

fn is_final(status: Option<&Status>) -> bool {
    !matches!(
        status,
        None | Some(Status::Pending | Status::InProgress | Status::Delayed | Status::Cancelling)
    )
}

/// An answer about a command that has ended, as what came of it.
fn told(answer: &GetCommandInvocationOutput) -> Ran {
    let details = answer.status_details.clone().unwrap_or_default();
    // Written with and without blanks.
    let detail: String = details.split_whitespace().collect();
    match (&answer.status, detail.as_str()) {
        (Some(Status::TimedOut), detail) if !detail.starts_with("Delivery") => Ran::TimedOut,
        (Some(Status::Success), _) | (Some(Status::Failed), "Failed" | "") => {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let stdout = text(&answer.standard_output_content);
            let stderr = text(&answer.standard_error_content);
            Ran::Ended {
                exit_code: u32::try_from(answer.response_code).ok(),
                truncated: is_cut(&stdout, STDOUT) || is_cut(&stderr, STDERR),
                stdout,
                stderr,
            }
        }
        (_, detail) => Ran::Undelivered(detail.to_owned()),
    }
}

/// Whether an output is as long as one can be, or says so itself.
fn is_cut(text: &str, most: usize) -> bool {
    let end = text.trim_end().trim_end_matches('-').to_lowercase();
    text.chars().count() >= most
        || end.ends_with("output truncated")
        || end.ends_with("error truncated")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: &str, details: &str, code: i32, stdout: &str) -> Ran {
        told(
            &GetCommandInvocationOutput::builder()
                .status(Status::from(status))
                .status_details(details)
                .response_code(code)
                .standard_output_content(stdout)
                .build(),
        )
    }

    #[test]
    fn each_status_is_what_came_of_the_command() {
        let ended = |exit_code, stdout: &str, truncated| Ran::Ended {
            exit_code,
            stdout: stdout.to_owned(),
            stderr: String::new(),
            truncated,
        };
        let undelivered = |why: &str| Ran::Undelivered(why.to_owned());
        let long = "x".repeat(STDOUT);
        for (status, details, code, stdout, ran) in [
            ("Success", "Success", 0, "a", ended(Some(0), "a", false)),
            ("Failed", "Failed", 3, "", ended(Some(3), "", false)),
            ("Failed", "Failed", -1, "", ended(None, "", false)),
            (
                "Success",
                "Success",
                0,
                long.as_str(),
                ended(Some(0), &long, true),
            ),
            (
                "Success",
                "Success",
                0,
                "a\n---Output truncated---",
                ended(Some(0), "a\n---Output truncated---", true),
            ),
            ("TimedOut", "ExecutionTimedOut", -1, "", Ran::TimedOut),
            ("TimedOut", "Execution Timed Out", -1, "", Ran::TimedOut),
            (
                "TimedOut",
                "Delivery Timed Out",
                -1,
                "",
                undelivered("DeliveryTimedOut"),
            ),
            (
                "Failed",
                "Undeliverable",
                -1,
                "",
                undelivered("Undeliverable"),
            ),
            (
                "Failed",
                "AccessDenied",
                -1,
                "",
                undelivered("AccessDenied"),
            ),
            ("Cancelled", "Terminated", -1, "", undelivered("Terminated")),
        ] {
            assert_eq!(
                answer(status, details, code, stdout),
                ran,
                "{status} {details}"
            );
        }
        for status in ["Pending", "InProgress", "Delayed", "Cancelling"] {
            assert!(!is_final(Some(&Status::from(status))), "{status}");
        }
    }
}
