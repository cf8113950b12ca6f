//! One question to a resolver and its answer, over UDP or TCP, by whichever way the vantage has. It follows nothing.
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;

use super::super::bounds::{causes, one_line};
use super::super::dial::Dialled;
use super::super::local;
use super::super::stream::Stream;
use super::Resolver;
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};

/// A silent server is asked so often: datagrams get lost.
const ROUNDS: usize = 2;

/// Why one server gave no usable answer.
enum Trouble {
    /// It was silent: another try may fare better.
    Silent,
    /// It answered, or could not be reached, so that asking it again is of no use.
    Hopeless(String),
    /// This machine's own network.
    Ours(ProbeError),
}

/// The resolver's answer to one question: NOERROR or NXDOMAIN.
///
/// # Errors
/// [`Code::ResolverFailed`] if no server gives one, [`Code::LocalNetwork`] if none can be reached from this machine.
pub(super) async fn ask(
    resolver: &Resolver,
    name: &Name,
    wanted: RecordType,
    deadline: Deadline,
) -> Result<Message, ProbeError> {
    let mut question = Message::query();
    question.metadata.recursion_desired = true;
    question.add_query(Query::query(name.clone(), wanted));
    match resolver {
        Resolver::Udp(servers) => ask_all(servers, &question, deadline).await,
        Resolver::Through(gateway, server) => {
            let target = format!("resolver {server} through {gateway}");
            let dialled = gateway.connect(*server, deadline).await?;
            ask_through(dialled, target, &question, deadline).await
        }
        Resolver::OverSsh(ssh, server) => {
            let target = format!("resolver {server} through {ssh}");
            let host = server.ip().to_string();
            let dialled = Box::pin(ssh.forward(&host, server.port(), deadline)).await?;
            ask_through(dialled, target, &question, deadline).await
        }
    }
}

/// Asks over a stream that something carried to the server.
async fn ask_through(
    dialled: Dialled,
    target: String,
    question: &Message,
    deadline: Deadline,
) -> Result<Message, ProbeError> {
    let stream = match dialled {
        Dialled::Connected { stream, .. } => stream,
        Dialled::Missed { miss, .. } => return Err(failed(target, miss.as_str())),
    };
    let answer = over_tcp(stream, question, deadline).await;
    answer.and_then(usable).map_err(|trouble| match trouble {
        Trouble::Silent => failed(target, "no answer"),
        Trouble::Hopeless(why) => failed(target, &why),
        Trouble::Ours(error) => error,
    })
}

/// Asks the servers in order until one gives a usable answer.
async fn ask_all(
    servers: &[SocketAddr],
    question: &Message,
    deadline: Deadline,
) -> Result<Message, ProbeError> {
    let mut tries: Vec<SocketAddr> = servers.repeat(ROUNDS);
    tries.reverse();
    let mut troubles: Vec<(SocketAddr, String)> = Vec::new();
    let mut ours = None;
    while let Some(server) = tries.pop() {
        let share = deadline.shared_by(tries.len() + 1);
        let trouble = match over_udp(server, question, share).await.and_then(usable) {
            Ok(answer) => return Ok(answer),
            Err(trouble) => trouble,
        };
        if !matches!(trouble, Trouble::Silent) {
            tries.retain(|other| *other != server);
        }
        let why = match trouble {
            Trouble::Silent => "no answer".to_owned(),
            Trouble::Hopeless(why) => why,
            Trouble::Ours(error) => {
                ours = Some(error);
                continue;
            }
        };
        if !troubles.iter().any(|(other, _)| *other == server) {
            troubles.push((server, why));
        }
    }
    if let (true, Some(ours)) = (troubles.is_empty(), ours) {
        return Err(ours);
    }
    let (said, whys): (Vec<_>, Vec<_>) = troubles
        .iter()
        .map(|(server, why)| (server.to_string(), why.as_str()))
        .unzip();
    Err(failed(
        format!("resolver {}", said.join(", ")),
        &whys.join(", "),
    ))
}

fn failed(target: String, detail: &str) -> ProbeError {
    ProbeError::new(
        Code::ResolverFailed,
        Layer::Vantage,
        target,
        one_line(detail, 200),
    )
}

/// NOERROR and NXDOMAIN say something of the name; every other code only of the resolver.
fn usable(answer: Message) -> Result<Message, Trouble> {
    match answer.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => Ok(answer),
        ResponseCode::ServFail => Err(Trouble::Hopeless("answers SERVFAIL".to_owned())),
        ResponseCode::Refused => Err(Trouble::Hopeless("answers REFUSED".to_owned())),
        other => Err(Trouble::Hopeless(format!("answers {other}"))),
    }
}

/// Over UDP; over TCP if the answer was cut off, or nobody listens for datagrams.
async fn over_udp(
    server: SocketAddr,
    question: &Message,
    deadline: Deadline,
) -> Result<Message, Trouble> {
    let answer = match deadline.bound(datagrams(server, question)).await {
        Err(_elapsed) => return Err(Trouble::Silent),
        Ok(answer) => answer?,
    };
    if let Some(answer) = answer.filter(|answer| !answer.metadata.truncation) {
        return Ok(answer);
    }
    match local::connect(server, deadline).await {
        Ok(Dialled::Connected { stream, .. }) => over_tcp(stream, question, deadline).await,
        Ok(Dialled::Missed { miss, .. }) => Err(Trouble::Hopeless(miss.as_str().to_owned())),
        Err(ours) => Err(Trouble::Ours(ours)),
    }
}

/// Sends the question and waits for its answer; none if nobody listens there.
async fn datagrams(server: SocketAddr, question: &Message) -> Result<Option<Message>, Trouble> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let ours = |error: io::Error| Trouble::Ours(local::own(server, &error));
    let socket = UdpSocket::bind((any, 0)).await.map_err(ours)?;
    // Connected, so that only this server's datagrams are read, and its "nobody listens" is heard.
    socket.connect(server).await.map_err(ours)?;
    let bytes = encode(question)?;
    let mut buffer = [0; 4096];
    let exchange = async {
        socket.send(&bytes).await?;
        loop {
            let length = socket.recv(&mut buffer).await?;
            // A stranger's or a late answer bears another number, and is passed over.
            if buffer[..length].starts_with(&bytes[..2]) {
                return Ok::<_, io::Error>(length);
            }
        }
    };
    match exchange.await {
        Ok(length) => decode(&buffer[..length], question).map(Some),
        Err(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Ok(None),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Err(Trouble::Hopeless("unreachable".to_owned()))
            }
            _ => Err(ours(error)),
        },
    }
}

/// Over a connected stream: each message is preceded by its length.
async fn over_tcp(
    mut stream: Stream,
    question: &Message,
    deadline: Deadline,
) -> Result<Message, Trouble> {
    let bytes = encode(question)?;
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let exchange = async {
        stream.write_all(&length.to_be_bytes()).await?;
        stream.write_all(&bytes).await?;
        let mut answer = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    match deadline.bound(exchange).await {
        Err(_elapsed) => Err(Trouble::Silent),
        Ok(Err(error)) => Err(Trouble::Hopeless(match error.kind() {
            io::ErrorKind::UnexpectedEof => "closed the connection without an answer".to_owned(),
            _ => error.to_string(),
        })),
        Ok(Ok(answer)) => decode(&answer, question),
    }
}

fn encode(question: &Message) -> Result<Vec<u8>, Trouble> {
    question
        .to_vec()
        .map_err(|error| Trouble::Hopeless(causes(&error)))
}

/// The answer to this question, or what is wrong with it.
fn decode(bytes: &[u8], question: &Message) -> Result<Message, Trouble> {
    let malformed = |why: String| Trouble::Hopeless(format!("malformed answer: {why}"));
    let answer = Message::from_vec(bytes).map_err(|error| malformed(causes(&error)))?;
    let same_question = answer.queries.is_empty() || answer.queries == question.queries;
    if answer.metadata.message_type != MessageType::Response
        || answer.metadata.id != question.metadata.id
        || !same_question
    {
        return Err(malformed("it answers another question".to_owned()));
    }
    Ok(answer)
}
