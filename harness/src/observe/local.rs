//! Dials made by this machine's own sockets: the `direct` vantage's, and those to a gateway. Here it is decided which
//! failure is the target's and which our own.
//!
//! `unreachable` is said of a target only if a packet could have left this machine towards it: then somebody beyond
//! answered that there is no way (ICMP), or nobody answers to its address on a shared wire. If the kernel itself has no
//! route there (a laptop without a network, without IPv6, a route of its owner's that blocks), nothing was learnt of
//! the stack, and that is [`Code::LocalNetwork`]. The kernel tells the two apart without a packet sent: a UDP socket's
//! `connect` only looks the route up. What cannot be told apart is our own router's silence to ARP while its route
//! still stands: the system calls that `unreachable` too.
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use tokio::net::TcpStream;

use super::bounds::one_line;
use super::dial::{Dialled, Miss};
use super::stream::Stream;
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};

/// Connects to `address` from this machine.
///
/// # Errors
/// [`Code::LocalNetwork`] if the trouble is this machine's: no route of its own, no socket to be had.
pub(super) async fn connect(
    address: SocketAddr,
    deadline: Deadline,
) -> Result<Dialled, ProbeError> {
    let missed = |miss| Dialled::Missed {
        miss,
        address: Some(address.ip()),
    };
    if !can_be_a_host(address.ip()) {
        return Ok(missed(Miss::Unreachable));
    }
    let stream = match deadline.bound(TcpStream::connect(address)).await {
        Err(_elapsed) => return Ok(missed(Miss::Timeout)),
        Ok(Err(error)) => return miss(&error, address, has_route).map(missed),
        Ok(Ok(stream)) => stream,
    };
    // Small questions and answers: without this each waits for the other side's delayed acknowledgement.
    let _best_effort = stream.set_nodelay(true);
    Ok(Dialled::Connected {
        stream: Stream::Tcp(stream),
        address: Some(address.ip()),
    })
}

/// Whether an address can be one host's. `0.0.0.0` would be this machine itself, and the kernel refuses the others in
/// words that differ from system to system.
fn can_be_a_host(address: IpAddr) -> bool {
    !(address.is_unspecified()
        || address.is_multicast()
        || address == IpAddr::V4(Ipv4Addr::BROADCAST))
}

/// What a failed connect says of the target.
fn miss(
    error: &io::Error,
    address: SocketAddr,
    has_route: impl Fn(SocketAddr) -> io::Result<()>,
) -> Result<Miss, ProbeError> {
    match error.kind() {
        ErrorKind::ConnectionRefused => Ok(Miss::Refused),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Ok(Miss::Reset),
        ErrorKind::TimedOut => Ok(Miss::Timeout),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
            if has_route(address).is_ok() =>
        {
            Ok(Miss::Unreachable)
        }
        _ => Err(own(address, error)),
    }
}

/// The trouble is this machine's.
pub(super) fn own(address: SocketAddr, error: &io::Error) -> ProbeError {
    ProbeError::new(
        Code::LocalNetwork,
        Layer::Network,
        address.to_string(),
        one_line(&error.to_string(), 200),
    )
}

/// Whether the kernel would send a packet to `address` at all. No packet is sent.
fn has_route(address: SocketAddr) -> io::Result<()> {
    let any = match address {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    UdpSocket::bind((any, 0))?.connect(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_address() -> SocketAddr {
        SocketAddr::from(([198, 51, 100, 7], 80))
    }

    #[test]
    fn unreachable_is_the_targets_only_where_this_machine_has_a_route_to_it() {
        for kind in [ErrorKind::HostUnreachable, ErrorKind::NetworkUnreachable] {
            let error = io::Error::from(kind);
            assert_eq!(
                miss(&error, some_address(), |_| Ok(())),
                Ok(Miss::Unreachable)
            );
            let ours = miss(&error, some_address(), |_| {
                Err(ErrorKind::NetworkUnreachable.into())
            })
            .unwrap_err();
            assert_eq!(
                (ours.code, ours.layer),
                (Code::LocalNetwork, Layer::Network)
            );
        }
    }

    #[test]
    fn what_the_target_answered_is_its_outcome_and_the_rest_is_our_own_trouble() {
        for (kind, outcome) in [
            (ErrorKind::ConnectionRefused, Some(Miss::Refused)),
            (ErrorKind::ConnectionReset, Some(Miss::Reset)),
            (ErrorKind::ConnectionAborted, Some(Miss::Reset)),
            (ErrorKind::TimedOut, Some(Miss::Timeout)),
            (ErrorKind::NetworkDown, None),
            (ErrorKind::AddrNotAvailable, None),
            (ErrorKind::PermissionDenied, None),
            (ErrorKind::OutOfMemory, None),
            (ErrorKind::Other, None),
        ] {
            let seen = miss(&kind.into(), some_address(), |_| Ok(()));
            assert_eq!(seen.as_ref().ok(), outcome.as_ref(), "{kind}");
            if let Err(error) = seen {
                assert_eq!(error.code, Code::LocalNetwork);
            }
        }
        let too_many_files = io::Error::from_raw_os_error(24);
        assert_eq!(
            miss(&too_many_files, some_address(), |_| Ok(()))
                .unwrap_err()
                .code,
            Code::LocalNetwork
        );
    }

    #[test]
    fn loopback_has_a_route_and_an_address_of_nobody_is_not_dialled() {
        assert!(has_route(SocketAddr::from(([127, 0, 0, 1], 9))).is_ok());
        for nobody in ["0.0.0.0", "255.255.255.255", "224.0.0.1", "::", "ff02::1"] {
            assert!(!can_be_a_host(nobody.parse().unwrap()), "{nobody}");
        }
        for host in ["127.0.0.1", "203.0.113.7", "10.0.2.9", "::1", "2001:db8::1"] {
            assert!(can_be_a_host(host.parse().unwrap()), "{host}");
        }
    }
}
