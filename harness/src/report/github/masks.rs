//! Masks: workflow commands by which the runner learns what it must never print. It knows the secrets that the workflow
//! hands over; those that a run fetches by itself it has to be told.
use super::annotations::data;
use crate::observe::Secret;

/// A command for each secret. The runner takes the command out of the log, and masks the whole and each of its lines.
/// Blanks alone are no secret, and masking them would leave nothing of a log.
#[must_use]
pub fn masks(secrets: &[Secret]) -> Vec<String> {
    secrets
        .iter()
        .map(Secret::expose)
        .filter(|text| !text.trim().is_empty())
        .map(|text| format!("::add-mask::{}", data(text)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_is_one_command_whatever_stands_in_it() {
        let secrets = ["plain", "50%\r\n::error::x", " ", ""].map(Secret::new);
        assert_eq!(
            masks(&secrets),
            ["::add-mask::plain", "::add-mask::50%25%0D%0A::error::x"]
        );
    }
}
