//! A DNS server on loopback, UDP and TCP on one port, that answers as a closure says.
use std::net::SocketAddr;
use std::sync::Arc;

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// By which way a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Udp,
    Tcp,
}

/// A server, alive until dropped.
pub(super) struct DnsServer {
    pub(super) address: SocketAddr,
    _tasks: tokio::task::JoinSet<()>,
}

/// Answers with the bytes that `answer` gives; silent where it gives none.
pub(super) async fn serving<F>(answer: F) -> DnsServer
where
    F: Fn(Message, By) -> Option<Vec<u8>> + Send + Sync + 'static,
{
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    let answer = Arc::new(answer);
    let mut tasks = tokio::task::JoinSet::new();
    let answer_udp = answer.clone();
    tasks.spawn(async move {
        let mut buffer = [0; 2048];
        loop {
            let (length, from) = udp.recv_from(&mut buffer).await.unwrap();
            let question = Message::from_vec(&buffer[..length]).unwrap();
            if let Some(bytes) = answer_udp(question, By::Udp) {
                let _too_long = udp.send_to(&bytes, from).await;
            }
        }
    });
    tasks.spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let (mut stream, _) = tcp.accept().await.unwrap();
            let answer = answer.clone();
            connections.spawn(async move {
                while let Ok(length) = stream.read_u16().await {
                    let mut question = vec![0; usize::from(length)];
                    stream.read_exact(&mut question).await.unwrap();
                    let question = Message::from_vec(&question).unwrap();
                    if let Some(bytes) = answer(question, By::Tcp) {
                        let length = u16::try_from(bytes.len()).unwrap();
                        let _gone = stream.write_all(&length.to_be_bytes()).await;
                        let _gone = stream.write_all(&bytes).await;
                    }
                }
            });
        }
    });
    DnsServer {
        address,
        _tasks: tasks,
    }
}

/// A recursive resolver that knows these records: `name type data`, TTL 5 for an alias and 60 for an address. It
/// follows aliases within what it knows, and says NXDOMAIN of every name that it does not know.
pub(super) async fn knowing(zone: &[&str]) -> DnsServer {
    let records: Vec<Record> = zone.iter().map(|line| record(line)).collect();
    serving(move |question, _| {
        let mut reply = reply_to(&question);
        let asked = &question.queries[0];
        let mut at = asked.name.clone();
        loop {
            let of_it: Vec<_> = records.iter().filter(|record| record.name == at).collect();
            if of_it.is_empty() {
                reply.metadata.response_code = ResponseCode::NXDomain;
                break;
            }
            let right: Vec<_> = of_it
                .iter()
                .filter(|record| record.record_type() == asked.query_type)
                .collect();
            reply.add_answers(right.iter().map(|record| (**record).clone()));
            match &of_it[0].data {
                RData::CNAME(target) if right.is_empty() => {
                    reply.add_answer(of_it[0].clone());
                    at = target.0.clone();
                    if at == asked.name {
                        break;
                    }
                }
                _ => break,
            }
        }
        Some(reply.to_vec().unwrap())
    })
    .await
}

/// An empty reply to a question.
pub(super) fn reply_to(question: &Message) -> Message {
    let mut reply = Message::response(question.metadata.id, OpCode::Query);
    reply.metadata.recursion_available = true;
    reply.add_query(question.queries[0].clone());
    reply
}

/// A reply with a code and nothing else.
pub(super) fn code(question: &Message, code: ResponseCode) -> Vec<u8> {
    let mut reply = reply_to(question);
    reply.metadata.response_code = code;
    reply.to_vec().unwrap()
}

/// `name type data`
pub(super) fn record(line: &str) -> Record {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap();
    let mut owner = Name::from_ascii(word()).unwrap();
    owner.set_fqdn(true);
    match word() {
        "A" => Record::from_rdata(owner, 60, RData::A(A(word().parse().unwrap()))),
        "AAAA" => Record::from_rdata(owner, 60, RData::AAAA(AAAA(word().parse().unwrap()))),
        _ => {
            let mut target = Name::from_ascii(word()).unwrap();
            target.set_fqdn(true);
            Record::from_rdata(owner, 5, RData::CNAME(CNAME(target)))
        }
    }
}
