//! The probe `tcp`: does a port take connections, and if not, in which way. It speaks no protocol.
use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout};

use super::dial::{Dialled, Miss};
use super::stream::Stream;
use super::vantage::Vantage;
use crate::deadline::Deadline;
use crate::fault::ProbeError;
use crate::observation::Observation;

/// `{ tcp: { host, port } }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Tcp {
    /// Dials, and sees whether the connection outlives its first moment.
    pub(super) async fn observe(
        &self,
        vantage: &Vantage,
        deadline: Deadline,
    ) -> Result<Observation, ProbeError> {
        let began = Instant::now();
        let (outcome, address) = match vantage.dial(&self.host, self.port, deadline).await? {
            Dialled::Missed { miss, address } => (miss.as_str(), address),
            Dialled::Connected { stream, address } => {
                let moment = (began.elapsed() + Duration::from_millis(50))
                    .min(Duration::from_millis(500))
                    .min(deadline.left());
                let outcome = if is_reset_within(stream, moment).await {
                    Miss::Reset.as_str()
                } else {
                    "connected"
                };
                (outcome, address)
            }
        };
        let observation = Observation::of(outcome);
        Ok(match address {
            Some(address) => observation.with("address", address.to_string()),
            None => observation,
        })
    }
}

/// A middlebox that accepts everything and then resets what it forbids is no open port: its reset follows within about
/// one more round trip. Bytes, an orderly close or silence are all signs of a port that was open.
async fn is_reset_within(mut stream: Stream, moment: Duration) -> bool {
    let first = timeout(moment, stream.read_u8()).await;
    matches!(first, Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset)
}
