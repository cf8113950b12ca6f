//! The relay's account of how a connection ended.
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::relay::{End, Entry, Relay};
use super::super::stream::Stream;
use super::peers;

#[tokio::test]
async fn the_end_of_the_targets_side_is_told_and_what_came_before_is_delivered() {
    for end in [End::Closed, End::Reset] {
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
        let relay = Relay::to(stream, Entry::Plain).await.unwrap();
        assert!(!relay.seen().taken);
        let mut client = TcpStream::connect(("127.0.0.1", relay.port()))
            .await
            .unwrap();
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
    let stream = Stream::Tcp(TcpStream::connect(target.address).await.unwrap());
    let relay = Relay::to(stream, Entry::Plain).await.unwrap();
    let mut first = TcpStream::connect(("127.0.0.1", relay.port()))
        .await
        .unwrap();
    first.write_all(b"x").await.unwrap();
    while !relay.seen().taken {
        tokio::task::yield_now().await;
    }
    let second = TcpStream::connect(("127.0.0.1", relay.port())).await;
    assert_eq!(
        second.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
}
