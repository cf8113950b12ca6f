//! SOCKS5's CONNECT as bytes: the request, and the reply. It judges nothing.
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::AsyncReadExt;

use super::super::super::stream::Stream;

/// What the gateway is asked to connect to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// An address and a port.
    Address(SocketAddr),
    /// A name of at most 255 bytes, for the gateway to resolve, and a port.
    Name(String, u16),
}

impl Target {
    /// CONNECT, as on the wire.
    pub(super) fn request(&self) -> Vec<u8> {
        let mut bytes = vec![5, 1, 0];
        let port = match self {
            Self::Address(address) => {
                match address.ip() {
                    IpAddr::V4(ip) => {
                        bytes.push(1);
                        bytes.extend(ip.octets());
                    }
                    IpAddr::V6(ip) => {
                        bytes.push(4);
                        bytes.extend(ip.octets());
                    }
                }
                address.port()
            }
            Self::Name(name, port) => {
                let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
                bytes.extend([3, length]);
                bytes.extend(name.bytes().take(usize::from(length)));
                *port
            }
        };
        bytes.extend(port.to_be_bytes());
        bytes
    }
}

/// What a gateway answered to CONNECT.
#[derive(Clone, Copy)]
pub(super) enum Reply {
    /// It is connected; `from` is its own address of that connection.
    Connected {
        /// `0.0.0.0` where it does not say; absent where it says a name.
        from: Option<IpAddr>,
    },
    /// It is not, by a code of the RFC or another.
    Code(u8),
    /// No reply.
    Garbage(&'static str),
}

/// Reads a reply whose first byte was `version`, and not a byte more: what follows is the target's.
pub(super) async fn read_reply(stream: &mut Stream, version: u8) -> io::Result<Reply> {
    if version != 5 {
        return Ok(Reply::Garbage("answered the request with no SOCKS5 reply"));
    }
    let code = stream.read_u8().await?;
    if code != 0 {
        return Ok(Reply::Code(code));
    }
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let from: Option<IpAddr> = match head[1] {
        1 => Some(Ipv4Addr::from(stream.read_u32().await?).into()),
        4 => Some(Ipv6Addr::from(stream.read_u128().await?).into()),
        3 => {
            let length = usize::from(stream.read_u8().await?);
            stream.read_exact(&mut [0; 255][..length]).await?;
            None
        }
        _ => {
            return Ok(Reply::Garbage(
                "says connected with an address of no known type",
            ));
        }
    };
    let _port = stream.read_u16().await?;
    Ok(Reply::Connected { from })
}
