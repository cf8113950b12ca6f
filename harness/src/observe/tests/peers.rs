//! Targets on loopback, one for each way in which a port can meet a dial.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A target, alive until dropped.
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    _held: Held,
}

/// What keeps a peer as it is.
enum Held {
    Tasks(#[expect(dead_code, reason = "kept for its drop")] tokio::task::JoinSet<()>),
    Sockets(
        #[expect(dead_code, reason = "kept for its drop")] Option<TcpSocket>,
        #[expect(dead_code, reason = "kept for its drop")] Option<TcpListener>,
        #[expect(dead_code, reason = "kept for its drop")] Vec<TcpStream>,
    ),
}

impl Peer {
    /// How many connections it has taken.
    pub(super) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }
}

/// A listener that hands each connection to `serve`.
pub(super) async fn serving<F, S>(serve: F) -> Peer
where
    F: Fn(TcpStream) -> S + Send + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = accepted.clone();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            connections.spawn(serve(stream));
        }
    });
    Peer {
        address,
        accepted,
        _held: Held::Tasks(tasks),
    }
}

/// It takes connections and says nothing.
pub(super) async fn open() -> Peer {
    serving(|mut stream| async move {
        let mut buffer = [0; 1024];
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    })
    .await
}

/// It takes a connection and resets it at once.
pub(super) async fn resetting() -> Peer {
    serving(|stream| async move { reset(stream) }).await
}

/// It writes these bytes to each connection, as soon as it has read a request's head, and closes.
pub(super) async fn answering(bytes: impl Into<Vec<u8>>) -> Peer {
    let bytes = Arc::new(bytes.into());
    serving(move |mut stream| {
        let bytes = bytes.clone();
        async move {
            read_head(&mut stream).await;
            let _gone = stream.write_all(&bytes).await;
        }
    })
    .await
}

/// Nobody listens, and the port stays taken so that nobody else will.
pub(super) fn closed() -> Peer {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    Peer {
        address: socket.local_addr().unwrap(),
        accepted: Arc::default(),
        _held: Held::Sockets(Some(socket), None, Vec::new()),
    }
}

/// Silence: a listener whose queue is full drops further SYNs.
pub(super) async fn silent() -> Peer {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    let listener = socket.listen(1).unwrap();
    let mut queue = Vec::new();
    // Each system rounds the length of the queue in its own way: it is full when a connect is left hanging.
    while let Ok(taken) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        queue.push(taken.unwrap());
        assert!(queue.len() < 16, "the queue never fills");
    }
    Peer {
        address,
        accepted: Arc::default(),
        _held: Held::Sockets(None, Some(listener), queue),
    }
}

/// Resets a connection.
pub(super) fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

/// Reads up to the empty line that ends a request's head, and gives it back.
pub(super) async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}
