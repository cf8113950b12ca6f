//! Why a host of the stack can't dial something, where the carrier of the dial hides it: asked of the host by a command, by
//! bash's own `/dev/tcp`. It knows no carrier.
use std::time::Duration;

use super::super::by_hand::quote;
use super::super::command::Output;
use super::super::dial::Miss;
use crate::deadline::Deadline;

/// How much longer than its own bound the command may take that asks why.
const GRACE: Duration = Duration::from_secs(5);

/// The command that dials from the host, and how long it may take.
pub(super) fn question(host: &str, port: u16, deadline: Deadline) -> (String, Deadline) {
    let seconds = deadline.left().as_secs().clamp(1, 30);
    let target = quote(&format!("/dev/tcp/{host}/{port}"));
    let line = format!("LC_ALL=C timeout {seconds} bash -c 'exec 3<>\"$0\"' {target}");
    (line, Deadline::after(deadline.left() + GRACE))
}

/// What its output says; none where the host has connected after all.
pub(super) fn answer(output: &Output) -> Option<Miss> {
    let text = String::from_utf8_lossy(&output.stderr);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    Some(match output.exit_code {
        Some(0) => return None,
        Some(124) => Miss::Timeout,
        _ if says(&["Connection refused"]) => Miss::Refused,
        _ if says(&["Connection timed out"]) => Miss::Timeout,
        _ if says(&["No route to host", "Network is unreachable"]) => Miss::Unreachable,
        _ if says(&["Connection reset"]) => Miss::Reset,
        _ if says(&["Name or service not known", "No address associated"]) => Miss::NameNotFound,
        _ => Miss::NotConnected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bash_says_of_a_dial_is_its_outcome() {
        let said = |exit_code, text: &str| {
            answer(&Output {
                exit_code: Some(exit_code),
                stderr: text.as_bytes().to_vec(),
                ..Output::default()
            })
        };
        for (code, text, outcome) in [
            (0, "", None),
            (124, "", Some(Miss::Timeout)),
            (1, "bash: connect: Connection refused", Some(Miss::Refused)),
            (
                1,
                "bash: connect: Connection timed out",
                Some(Miss::Timeout),
            ),
            (
                1,
                "bash: connect: No route to host",
                Some(Miss::Unreachable),
            ),
            (
                1,
                "bash: db: Name or service not known",
                Some(Miss::NameNotFound),
            ),
            (127, "timeout: not found", Some(Miss::NotConnected)),
        ] {
            assert_eq!(said(code, text), outcome, "{text}");
        }
    }
}
