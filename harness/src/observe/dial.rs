//! What a dial comes to, whatever carried it, and how several addresses of one name become one outcome. The outcome is
//! typed here, where the connection is made, and never read out of a client's error text afterwards. It knows nothing
//! of the protocols that are spoken over the stream.
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::task::JoinSet;

use super::stream::Stream;
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};

/// At most so many addresses of a name are dialled: a load balancer has a few, a hostile zone thousands.
const MOST_ADDRESSES: usize = 8;
/// The next address is dialled when the one before it has been silent for so long (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// What came of a dial. That nothing could be told about the target is a [`ProbeError`] instead.
#[derive(Debug)]
pub enum Dialled {
    /// A stream to the target.
    Connected {
        /// The stream.
        stream: Stream,
        /// The address that answered; absent where a gateway resolved the name.
        address: Option<IpAddr>,
    },
    /// No stream.
    Missed {
        /// Why not.
        miss: Miss,
        /// The address that it is about; absent where there was none, or a gateway resolved the name.
        address: Option<IpAddr>,
    },
}

/// Why a dial gave no stream: facts about the target, in the order in which one outweighs another when a name has
/// several addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// It answered that nobody listens there.
    Refused,
    /// The connection was reset while it was made.
    Reset,
    /// The network beyond this machine answered that there is no way to it.
    Unreachable,
    /// Silence until the deadline.
    Timeout,
    /// The carrier says that it failed and hides why.
    NotConnected,
    /// The vantage's resolver says that the name does not exist, or has no address.
    NameNotFound,
}

impl Miss {
    /// The outcome as a check file names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::NotConnected => "not_connected",
            Self::NameNotFound => "name_not_found",
        }
    }
}

impl Dialled {
    /// The name has no address to dial.
    pub(super) fn name_not_found() -> Self {
        Self::Missed {
            miss: Miss::NameNotFound,
            address: None,
        }
    }
}

/// Dials each address by `dial` and makes one outcome of all:
/// - connected, as soon as one connects;
/// - otherwise the outcome that tells most: an answer (refused, reset, unreachable) outweighs silence, so that a check
///   that expects silence is not content with one silent address beside a port that answers;
/// - trouble of our own (no route for IPv6, say) only if no address gave an outcome.
///
/// They are dialled in order, each when the one before it missed or was silent for a moment.
pub(super) async fn race<F, D>(
    addresses: Vec<SocketAddr>,
    deadline: Deadline,
    dial: F,
) -> Result<Dialled, ProbeError>
where
    F: Fn(SocketAddr) -> D,
    D: Future<Output = Result<Dialled, ProbeError>> + Send + 'static,
{
    let stagger = STAGGER.min(deadline.left() / 16);
    let mut waiting = addresses.into_iter().take(MOST_ADDRESSES);
    let mut dials = JoinSet::new();
    let mut best: Option<Result<Dialled, ProbeError>> = None;
    loop {
        let next = waiting.next();
        let more = next.is_some();
        if let Some(address) = next {
            dials.spawn(dial(address));
        }
        tokio::select! {
            biased;
            done = dials.join_next() => match done {
                None => break,
                Some(Ok(connected @ Ok(Dialled::Connected { .. }))) => return connected,
                Some(Ok(missed)) => best = Some(better(best, missed)),
                Some(Err(broken)) => best = Some(better(best, Err(ProbeError::new(
                    Code::Panicked, Layer::Harness, "dial", crate::discreet::discreet(&broken.to_string()),
                )))),
            },
            () = tokio::time::sleep(stagger), if more => {}
        }
    }
    best.unwrap_or_else(|| Ok(Dialled::name_not_found()))
}

/// The one that tells more; the earlier where both tell the same.
fn better(
    best: Option<Result<Dialled, ProbeError>>,
    next: Result<Dialled, ProbeError>,
) -> Result<Dialled, ProbeError> {
    match best {
        Some(best) if rank(&best) <= rank(&next) => best,
        _ => next,
    }
}

fn rank(dialled: &Result<Dialled, ProbeError>) -> (u8, Option<Miss>) {
    match dialled {
        Ok(Dialled::Connected { .. }) => (0, None),
        Ok(Dialled::Missed { miss, .. }) => (1, Some(*miss)),
        Err(_) => (2, None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// What a dial of the address that ends in this number comes to.
    fn canned(address: SocketAddr) -> Result<Dialled, ProbeError> {
        let miss = match address.port() {
            1 => Miss::Refused,
            2 => Miss::Reset,
            3 => Miss::Unreachable,
            4 => Miss::Timeout,
            _ => {
                let target = address.to_string();
                let code = Code::LocalNetwork;
                return Err(ProbeError::new(code, Layer::Network, target, ""));
            }
        };
        Ok(Dialled::Missed {
            miss,
            address: Some(address.ip()),
        })
    }

    fn addresses(ports: &[u16]) -> Vec<SocketAddr> {
        let address = |port| SocketAddr::from(([192, 0, 2, 1], port));
        ports.iter().copied().map(address).collect()
    }

    #[tokio::test]
    async fn of_several_misses_the_one_that_tells_most_is_the_outcome() {
        for (ports, outcome) in [
            (&[4, 1][..], Some(Miss::Refused)),
            (&[1, 4], Some(Miss::Refused)),
            (&[4, 3, 2], Some(Miss::Reset)),
            (&[3, 4], Some(Miss::Unreachable)),
            (&[9, 4], Some(Miss::Timeout)),
            (&[4, 9], Some(Miss::Timeout)),
            (&[9, 8], None),
            (&[], Some(Miss::NameNotFound)),
        ] {
            let deadline = Deadline::after(Duration::from_secs(20));
            let dialled = race(addresses(ports), deadline, |address| async move {
                canned(address)
            });
            match dialled.await {
                Ok(Dialled::Missed { miss, .. }) => assert_eq!(Some(miss), outcome, "{ports:?}"),
                Ok(other) => panic!("{other:?}"),
                Err(error) => {
                    assert_eq!(outcome, None, "{ports:?}");
                    assert_eq!(error.target, "192.0.2.1:9", "the first trouble is told");
                }
            }
        }
    }

    #[tokio::test]
    async fn of_a_thousand_addresses_a_few_are_dialled() {
        let dialled = Arc::new(AtomicUsize::new(0));
        let deadline = Deadline::after(Duration::from_secs(20));
        let raced = race(addresses(&[4; 1000]), deadline, |address| {
            let dialled = dialled.clone();
            async move {
                dialled.fetch_add(1, Ordering::SeqCst);
                canned(address)
            }
        });
        raced.await.unwrap();
        assert_eq!(dialled.load(Ordering::SeqCst), MOST_ADDRESSES);
    }
}
