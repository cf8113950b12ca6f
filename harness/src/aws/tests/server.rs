//! A server on loopback that answers each request as a test says, well-formed or not. It knows HTTP as far as finding a
//! request's end, and nothing of AWS but where the action stands.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a request is answered with.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// Status, content type, body.
    Http(u16, &'static str, String),
    /// These bytes and then the end, or no end.
    Raw(Vec<u8>, Then),
}

/// What follows raw bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// The connection is closed.
    Close,
    /// Nothing, for ever.
    Silence,
    /// The same bytes again and again.
    Repeat,
}

impl Answer {
    /// A good answer in XML.
    pub(super) fn xml(body: impl Into<String>) -> Self {
        Self::Http(200, "text/xml", body.into())
    }

    /// EC2's form of an error.
    pub(super) fn ec2_error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>\
             <RequestID>r</RequestID></Response>"
        );
        Self::Http(status, "text/xml", body)
    }

    /// The other services' form of an error.
    pub(super) fn query_error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>r</RequestId></ErrorResponse>"
        );
        Self::Http(status, "text/xml", body)
    }

    /// Who calls.
    pub(super) fn caller() -> Self {
        Self::xml(
            "<GetCallerIdentityResponse><GetCallerIdentityResult>\
             <Arn>arn:aws:sts::123456789012:assumed-role/voclabs/user1=taro@example.ac.jp</Arn>\
             <UserId>AROAX:user1=taro@example.ac.jp</UserId><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        )
    }

    /// VPCs with these ids.
    pub(super) fn vpcs(ids: &[&str]) -> Self {
        let item = |id: &&str| format!("<item><vpcId>{id}</vpcId><state>available</state></item>");
        let items = ids.iter().map(item).collect::<Vec<_>>().concat();
        Self::xml(format!(
            "<DescribeVpcsResponse><vpcSet>{items}</vpcSet></DescribeVpcsResponse>"
        ))
    }
}

/// A running server; it ends when it is dropped.
pub(super) struct Server {
    /// `http://127.0.0.1:…`
    pub url: String,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers the `n`th request (from 0) for an action by `script(action, n)`; unknown callers get [`Answer::caller`].
    pub(super) async fn start(
        script: impl Fn(&str, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a port");
        let url = format!(
            "http://{}",
            listener
                .local_addr()
                .expect("a bound listener has an address")
        );
        let script = Arc::new(script);
        let seen = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
                tokio::spawn(async move { serve(stream, &*script, &seen).await });
            }
        });
        Self { url, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    script: &(impl Fn(&str, usize) -> Answer + Send + Sync),
    seen: &Mutex<BTreeMap<String, usize>>,
) {
    while let Some(request) = read(&mut stream).await {
        let action = action(&request);
        let nth = {
            let mut seen = seen.lock().expect("nobody panics with the lock");
            let count = seen.entry(action.clone()).or_default();
            *count += 1;
            *count - 1
        };
        match script(&action, nth) {
            Answer::Http(status, kind, body) => {
                let head = format!(
                    "HTTP/1.1 {status} Whatever\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                if stream
                    .write_all(&[head.as_bytes(), body.as_bytes()].concat())
                    .await
                    .is_err()
                {
                    return;
                }
            }
            Answer::Raw(bytes, then) => {
                let mut sent = stream.write_all(&bytes).await;
                match then {
                    Then::Close => return,
                    Then::Silence => std::future::pending().await,
                    Then::Repeat => {
                        while sent.is_ok() {
                            sent = stream.write_all(&bytes).await;
                        }
                        return;
                    }
                }
            }
        }
    }
}

/// A request's head and body as text, or nothing where the client is gone.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0_usize);
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&chunk[..n]),
            _ => return None,
        }
    }
}

/// The action: in the form of the Query APIs, in a header of the JSON ones.
fn action(request: &str) -> String {
    let form = request.split_once("Action=").map(|(_, rest)| rest);
    let target = request
        .to_ascii_lowercase()
        .find("x-amz-target: amazonssm.")
        .map(|at| &request[at + 24..]);
    let word = |rest: &str| {
        rest.split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    form.or(target).map(word).unwrap_or_default()
}
