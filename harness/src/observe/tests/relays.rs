//! The relay's account of how a connection ended.
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::relay::{Door, End, Entry, Relay};
use super::super::stream::Stream;
use super::peers;

/// What a client has of a connection.
trait Ends: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Ends for T {}

/// A relay at a port, or at what it has where it may choose, and its door.
async fn relay(stream: Stream, is_near: bool) -> (Relay, Door) {
    if is_near {
        return Relay::near(stream, Entry::Plain).await.unwrap();
    }
    let (relay, port) = Relay::to(stream, Entry::Plain).await.unwrap();
    (relay, Door::Port(port))
}

async fn come_in(door: &Door) -> io::Result<Box<dyn Ends>> {
    Ok(match door {
        Door::Port(port) => Box::new(TcpStream::connect(("127.0.0.1", *port)).await?),
        #[cfg(unix)]
        Door::Path(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
    })
}

#[tokio::test]
async fn the_end_of_the_targets_side_is_told_and_what_came_before_is_delivered() {
    for (end, is_near) in [
        (End::Closed, false),
        (End::Reset, false),
        (End::Closed, true),
        (End::Reset, true),
    ] {
        // The target ends only once its bytes have come out at the other side.
        let delivered = std::sync::Arc::new(tokio::sync::Notify::new());
        let heard = delivered.clone();
        let target = peers::serving(move |mut stream| {
            let heard = heard.clone();
            async move {
                stream.write_all(b"hello").await.unwrap();
                heard.notified().await;
                if end == End::Reset {
                    peers::reset(stream);
                }
            }
        })
        .await;
        let stream = Stream::Tcp(TcpStream::connect(target.address).await.unwrap());
        let (relay, door) = relay(stream, is_near).await;
        assert!(!relay.seen().taken);
        let mut client = come_in(&door).await.unwrap();
        let mut bytes = [0; 5];
        client.read_exact(&mut bytes).await.unwrap();
        assert_eq!((&bytes, relay.seen().ended), (b"hello", None));
        delivered.notify_one();
        assert_eq!(client.read(&mut bytes).await.unwrap(), 0);
        let seen = relay.seen();
        assert_eq!(
            (seen.taken, &seen.head[..], seen.ended),
            (true, &b"hello"[..], Some(end))
        );
        assert!(!seen.handshaken);
    }
}

#[tokio::test]
async fn only_one_client_is_let_in() {
    let target = peers::open().await;
    for is_near in [false, true] {
        let stream = Stream::Tcp(TcpStream::connect(target.address).await.unwrap());
        let (relay, door) = relay(stream, is_near).await;
        let mut first = come_in(&door).await.unwrap();
        first.write_all(b"x").await.unwrap();
        while !relay.seen().taken {
            tokio::task::yield_now().await;
        }
        let second = come_in(&door).await.map(drop);
        let nobody = [io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound];
        assert!(nobody.contains(&second.unwrap_err().kind()));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_is_its_user_s_alone_and_nothing_is_left_of_it() {
    use std::os::unix::fs::PermissionsExt;

    let target = peers::open().await;
    for comes in [true, false] {
        let stream = Stream::Tcp(TcpStream::connect(target.address).await.unwrap());
        let (relay, door) = relay(stream, true).await;
        let Door::Path(path) = &door else {
            panic!("a socket, and not {door:?}");
        };
        let folder = path.parent().unwrap();
        let mode = folder.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
        if comes {
            let _client = come_in(&door).await.unwrap();
            while !relay.seen().taken {
                tokio::task::yield_now().await;
            }
        }
        drop(relay);
        while folder.exists() {
            tokio::task::yield_now().await;
        }
    }
}
