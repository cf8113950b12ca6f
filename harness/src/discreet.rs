//! What is told outside the reports, where no snapshot's redactor has been: panics, and what `--debug` says. Passwords and keys
//! that this process holds become dots, account ids and persons placeholders. It knows nothing of who tells what to whom.
use std::collections::BTreeSet;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

use crate::aws::unnamed;

/// In the place of a secret.
const DOTS: &str = "•••";

/// What is shorter is a word too, and hiding it would tell where it stands. No database of AWS takes such a password.
const SHORTEST: usize = 4;

/// The environment's own secrets, which the SDK reads by itself.
const OF_THE_ENVIRONMENT: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

static PRIVATE_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)")
        .expect("the pattern is valid")
});

/// Takes note of a text that must be told to nobody.
pub fn remember(secret: &str) {
    if secret.len() >= SHORTEST {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(secret.to_owned());
    }
}

/// The text without any secret that this process holds.
#[must_use]
pub fn hidden(text: &str) -> String {
    let mut text = PRIVATE_KEY.replace_all(text, DOTS).into_owned();
    let mut secrets: Vec<String> = {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().cloned().collect()
    };
    let own = OF_THE_ENVIRONMENT.into_iter();
    secrets.extend(own.filter_map(|name| std::env::var(name).ok()));
    // The longest first: one that begins another must not leave the other's end standing.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        // As `{:?}` writes it, too.
        let escaped = secret.escape_debug().to_string();
        text = text.replace(secret.as_str(), DOTS).replace(&escaped, DOTS);
    }
    text
}

/// The text without secrets, accounts and persons.
#[must_use]
pub fn discreet(text: &str) -> String {
    unnamed(&hidden(text))
}

/// From here on a panic tells its place and its text, but no secret.
pub fn guard_panics() {
    std::panic::set_hook(Box::new(|info| {
        // A standard error that is closed must not make a second panic of the first.
        let _told = std::io::stderr().lock().write_all(told(info).as_bytes());
    }));
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let text = discreet(info.payload_as_str().unwrap_or("no text"));
    let trace = std::backtrace::Backtrace::capture();
    let trace = match trace.status() {
        std::backtrace::BacktraceStatus::Captured => format!("{trace}\n"),
        _ => String::new(),
    };
    format!("\nthread '{name}' panicked at {place}:\n{text}\n{trace}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_holds_is_dots_and_people_are_nobody() {
        remember("Known\"Password-1");
        remember("Known\"Password-12");
        remember("abc");
        let told = discreet(
            "Known\"Password-12, Known\"Password-1 and \"Known\\\"Password-1\", abc; \
             arn:aws:sts::123456789012:assumed-role/voclabs/user1=taro@example.ac.jp -----BEGIN RSA PRIVATE KEY-----\nAAAA",
        );
        assert_eq!(
            told,
            "•••, ••• and \"•••\", abc; arn:aws:sts::000000000000:assumed-role/voclabs/user1=person •••"
        );
    }

    #[test]
    #[ignore = "it panics: the test after it starts it in a process of its own"]
    fn panics_with_all_that_is_secret() {
        guard_panics();
        let password = crate::observe::Secret::new("SeededPassword-77");
        let thread = std::thread::spawn(move || {
            panic!("{} of 123456789012, taro@example.ac.jp", password.expose())
        });
        assert!(thread.join().is_err());
    }

    #[test]
    fn a_panic_whose_text_holds_a_secret_is_told_without_it() {
        let own = std::env::current_exe().expect("this program");
        let output = std::process::Command::new(own)
            .args(["--exact", "discreet::tests::panics_with_all_that_is_secret"])
            .args(["--ignored", "--nocapture"])
            .env("RUST_BACKTRACE", "1")
            .output()
            .expect("it runs");
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "{told}");
        assert!(told.contains("discreet.rs"), "the place is told: {told}");
        assert!(told.contains("••• of 000000000000, person"), "{told}");
        for secret in ["SeededPassword-77", "123456789012", "taro"] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
    }
}
