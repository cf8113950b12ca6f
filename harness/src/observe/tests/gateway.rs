//! A SOCKS5 gateway that can be told how to behave, written on bytes so that it can misbehave too.
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::vantage::{Socks5, Vantage};
use super::peers::{self, Peer};

/// How a gateway behaves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Manner {
    /// It dials and says what came of it.
    Honest,
    /// It is honest, and says to be connected from 0.0.0.0.
    Vague,
    /// It replies this to every request.
    Replies(u8),
    /// It writes these bytes to the greeting and then stays.
    Greets(&'static [u8]),
    /// It writes these bytes to the request and then stays.
    RepliesRaw(&'static [u8]),
    /// It closes when greeted.
    ClosesAtGreeting,
    /// It resets when greeted.
    ResetsAtGreeting,
    /// It closes when asked.
    ClosesAtRequest,
}

/// A gateway on loopback, alive until dropped.
pub(super) struct Gateway {
    peer: Peer,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    pub(super) async fn start(manner: Manner) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let peer = peers::serving(move |stream| {
            let log = log.clone();
            async move {
                let _gone = serve(stream, manner, &log).await;
            }
        })
        .await;
        Self { peer, asked }
    }

    /// The vantage through it.
    pub(super) fn vantage(&self, resolver: Option<SocketAddr>) -> Vantage {
        Vantage::Socks5(Socks5 {
            gateway: self.peer.address,
            resolver,
        })
    }

    /// What it was asked to connect to, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    manner: Manner,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut greeting = [0; 3];
    stream.read_exact(&mut greeting).await?;
    assert_eq!(greeting, [5, 1, 0], "one method: no authentication");
    match manner {
        Manner::ClosesAtGreeting => return Ok(()),
        Manner::ResetsAtGreeting => {
            peers::reset(stream);
            return Ok(());
        }
        Manner::Greets(bytes) => {
            stream.write_all(bytes).await?;
            return stay(stream).await;
        }
        _ => stream.write_all(&[5, 0]).await?,
    }
    let target = read_request(&mut stream).await?;
    asked.lock().unwrap().push(target.clone());
    match manner {
        Manner::ClosesAtRequest => Ok(()),
        Manner::Replies(code) => {
            stream.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
            stay(stream).await
        }
        Manner::RepliesRaw(bytes) => {
            stream.write_all(bytes).await?;
            stay(stream).await
        }
        _ => {
            let vague = matches!(manner, Manner::Vague);
            let from = if vague { [0; 4] } else { [127, 0, 0, 1] };
            splice(stream, &target, from).await
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    assert_eq!(head[..3], [5, 1, 0], "CONNECT");
    let host = match head[3] {
        1 => Ipv4Addr::from(stream.read_u32().await?).to_string(),
        4 => format!("[{}]", Ipv6Addr::from(stream.read_u128().await?)),
        3 => {
            let mut name = vec![0; usize::from(stream.read_u8().await?)];
            stream.read_exact(&mut name).await?;
            String::from_utf8(name).unwrap()
        }
        other => panic!("address type {other}"),
    };
    Ok(format!("{host}:{}", stream.read_u16().await?))
}

/// Dials for real, and says what came of it. Names end in `.here` and stand for this machine.
async fn splice(mut stream: TcpStream, target: &str, from: [u8; 4]) -> std::io::Result<()> {
    let target = match target.split_once(".here:") {
        Some((_, port)) => format!("127.0.0.1:{port}"),
        None => target.to_owned(),
    };
    let connected = [&[5, 0, 0, 1][..], &from, &[0, 7]].concat();
    let code = match target.parse::<SocketAddr>() {
        Err(_) => 4,
        Ok(address) => match TcpStream::connect(address).await {
            Ok(mut far) => {
                stream.write_all(&connected).await?;
                if let Err(error) = tokio::io::copy_bidirectional(&mut stream, &mut far).await
                    && error.kind() == std::io::ErrorKind::ConnectionReset
                {
                    peers::reset(stream);
                }
                return Ok(());
            }
            // It had connected: the reset came before the connect was looked at.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                stream.write_all(&connected).await?;
                peers::reset(stream);
                return Ok(());
            }
            Err(error) => match error.kind() {
                std::io::ErrorKind::ConnectionRefused => 5,
                std::io::ErrorKind::NetworkUnreachable => 3,
                std::io::ErrorKind::HostUnreachable => 4,
                std::io::ErrorKind::TimedOut => 6,
                _ => 1,
            },
        },
    };
    stream.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    stay(stream).await
}

/// Says no more, until the other side goes.
async fn stay(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; 256];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}
