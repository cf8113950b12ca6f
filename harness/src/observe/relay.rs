//! A one-shot relay within this machine, for clients that take no stream of ours: it lets one connection in and splices it
//! to a target that is dialled already. What became of the target's side it tells as a fact, so that nobody has to read it
//! out of a client's error text. It understands nothing of what it carries, but for where a TLS handshake ends.
use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::stream::Stream;

/// How much of the target's first bytes is kept.
const HEAD: usize = 64 * 1024;

/// What has gone through so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Whether a client came.
    pub(super) taken: bool,
    /// The first bytes that the target sent.
    pub(super) head: Vec<u8>,
    /// How the target ended the connection; absent while it has not.
    pub(super) ended: Option<End>,
    /// Whether the client has sent TLS application data, and so has finished its handshake: its `Finished` message goes
    /// in such a record in TLS 1.3, and comes before any such record in TLS 1.2.
    pub(super) handshaken: bool,
}

/// How a target ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It closed its side in order.
    Closed,
    /// It reset the connection.
    Reset,
}

/// How the client is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Its bytes are the target's from the first one on.
    Plain,
    /// It first says `CONNECT`, as to an HTTP proxy, and what follows is TLS.
    Tunnel,
}

/// Where its one client is to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// A port of loopback.
    Port(u16),
    /// A Unix socket, in a folder of its own that is this user's alone.
    #[cfg(unix)]
    Path(PathBuf),
}

/// A relay, alive until dropped.
pub(super) struct Relay {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Relay {
    /// A relay to `target` that waits for its one client at a port.
    ///
    /// # Errors
    /// If this machine gives no loopback port.
    pub(super) async fn to(target: Stream, entry: Entry) -> io::Result<(Self, u16)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let relay = Self::working(|log| async move {
            let Ok((client, _)) = listener.accept().await else {
                return;
            };
            drop(listener);
            log.note(|seen| seen.taken = true);
            if let Ok(client) = let_in(client, entry).await {
                splice(client, target, &log).await;
            }
        });
        Ok((relay, port))
    }

    /// The same, at a Unix socket where it can have one, into which bytes are the target's from the first one on: a port that
    /// was used is nobody's for a minute, and a class would soon have its machine look for another as long as it looks at
    /// stacks.
    ///
    /// # Errors
    /// As [`Relay::to`].
    pub(super) async fn near(target: Stream, entry: Entry) -> io::Result<(Self, Door)> {
        // A temporary folder's name may be too long for a socket.
        #[cfg(unix)]
        if let Ok(socket) = Socket::open() {
            return Ok(Self::at(socket, target));
        }
        let (relay, port) = Self::to(target, entry).await?;
        Ok((relay, Door::Port(port)))
    }

    #[cfg(unix)]
    fn at(socket: Socket, target: Stream) -> (Self, Door) {
        let door = Door::Path(socket.path());
        let relay = Self::working(|log| async move {
            let Ok((client, _)) = socket.listener.accept().await else {
                return;
            };
            drop(socket);
            log.note(|seen| seen.taken = true);
            splice(client, target, &log).await;
        });
        (relay, door)
    }

    fn working<W: Future<Output = ()> + Send + 'static>(work: impl FnOnce(Log) -> W) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let task = tokio::spawn(work(Log(seen.clone())));
        Self { seen, task }
    }

    /// What has gone through so far.
    pub(super) fn seen(&self) -> Seen {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Where the relay notes what it sees, always before the client can see it.
struct Log(Arc<Mutex<Seen>>);

impl Log {
    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn ended(&self, end: End) {
        self.note(|seen| {
            seen.ended.get_or_insert(end);
        });
    }
}

/// A Unix socket that listens, and its folder, which goes with it.
#[cfg(unix)]
struct Socket {
    listener: tokio::net::UnixListener,
    folder: tempfile::TempDir,
}

#[cfg(unix)]
impl Socket {
    const NAME: &str = "relay";

    fn open() -> io::Result<Self> {
        let ours_alone = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        let folder = tempfile::Builder::new()
            .prefix("labcheck-")
            .permissions(ours_alone)
            .tempdir()?;
        let listener = tokio::net::UnixListener::bind(folder.path().join(Self::NAME))?;
        Ok(Self { listener, folder })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(Self::NAME)
    }
}

async fn let_in(mut client: TcpStream, entry: Entry) -> io::Result<TcpStream> {
    client.set_nodelay(true)?;
    if entry == Entry::Tunnel {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await?);
            if head.len() > HEAD {
                return Err(ErrorKind::InvalidData.into());
            }
        }
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        // The client throws away what it reads together with the 200, and a target that speaks first would be lost so.
        client.peek(&mut [0]).await?;
    }
    Ok(client)
}

/// Carries bytes both ways until the client is done, or the target can take and give no more.
async fn splice(client: impl AsyncRead + AsyncWrite, target: Stream, log: &Log) {
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_target, mut to_target) = tokio::io::split(target);
    let down = async {
        carry_down(&mut from_target, &mut to_client, log).await;
        let _gone = to_client.shutdown().await;
    };
    let up = carry_up(&mut from_client, &mut to_target, log);
    tokio::pin!(down, up);
    // The client's end ends all. The target's end does not: the client may still have something to read.
    tokio::select! {
        () = &mut up => {}
        () = &mut down => up.await,
    }
}

async fn carry_down(
    target: &mut (impl AsyncRead + Unpin),
    client: &mut (impl AsyncWrite + Unpin),
    log: &Log,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = match target.read(&mut buffer).await {
            Ok(0) => return log.ended(End::Closed),
            Ok(read) => read,
            Err(_) => return log.ended(End::Reset),
        };
        log.note(|seen| {
            let room = HEAD - seen.head.len();
            seen.head.extend(&buffer[..read.min(room)]);
        });
        if client.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

async fn carry_up(
    client: &mut (impl AsyncRead + Unpin),
    target: &mut (impl AsyncWrite + Unpin),
    log: &Log,
) {
    let mut buffer = vec![0; 16 * 1024];
    let mut records = Records::default();
    let mut writable = true;
    while let Ok(read @ 1..) = client.read(&mut buffer).await {
        if records.pass(&buffer[..read]) {
            log.note(|seen| seen.handshaken = true);
        }
        // A target that reads no more may have answered all the same: its own side is read to the end.
        writable = writable && target.write_all(&buffer[..read]).await.is_ok();
    }
}

/// Follows TLS records by their five-byte heads.
#[derive(Default)]
struct Records {
    head: Vec<u8>,
    body: usize,
}

impl Records {
    /// Whether a record of application data begins in `bytes`.
    fn pass(&mut self, mut bytes: &[u8]) -> bool {
        const APPLICATION_DATA: u8 = 23;
        let mut begins = false;
        while !bytes.is_empty() {
            let skipped = self.body.min(bytes.len());
            self.body -= skipped;
            bytes = &bytes[skipped..];
            let taken = (5 - self.head.len()).min(bytes.len());
            self.head.extend(&bytes[..taken]);
            bytes = &bytes[taken..];
            if let [kind, _, _, high, low] = self.head[..] {
                begins |= kind == APPLICATION_DATA;
                self.body = usize::from(u16::from_be_bytes([high, low]));
                self.head.clear();
            }
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::Records;

    #[test]
    fn application_data_is_found_however_the_records_are_cut() {
        let hello = [22, 3, 1, 0, 3, 23, 23, 23];
        let ccs = [20, 3, 3, 0, 1, 1];
        let data = [23, 3, 3, 0, 2, 9, 9];
        let mut before = hello.to_vec();
        before.extend(ccs);
        let mut all = before.clone();
        all.extend(data);
        for size in 1..=all.len() {
            let mut records = Records::default();
            assert!(
                !before.chunks(size).any(|chunk| records.pass(chunk)),
                "{size}"
            );
            let mut records = Records::default();
            let met = all.chunks(size).filter(|chunk| records.pass(chunk)).count();
            assert_eq!(met, 1, "{size}");
        }
    }
}
