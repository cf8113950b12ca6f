//! The signals that end a run: Ctrl-C, the end of a CI job, a closed window. The run's reports are written all the same.
use tokio::signal::unix::{SignalKind, signal};

use crate::report::model::Signal;

/// Waits for the first of them. Never returns where signals can't be had.
pub async fn first() -> Signal {
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Signal::Interrupt,
        _ = terminate.recv() => Signal::Terminate,
        _ = hangup.recv() => Signal::Terminate,
    }
}
