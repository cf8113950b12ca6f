//! The probe `mysql`: one statement on one connection, and what the server makes of it: rows, or an error with its code.
//! The dial is the vantage's; the client then speaks through a relay, so that host names and certificates stay real and
//! what became of the connection is read off the relay rather than out of the client's text.
//!
//! The client is told never to leave for the server's own Unix socket (its default), never to ask the server for its
//! settings (a malformed answer would panic it), and to hand out no local file.
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, IoError, OptsBuilder, SslOpts};
use serde_json::{Map, Value, json};

use super::bounds::{causes, one_line};
use super::dial::Dialled;
use super::relay::{End, Entry, Relay, Seen};
use super::secret::Secret;
use super::vantage::Vantage;
use crate::deadline::Deadline;
use crate::fault::{Code, Layer, ProbeError};
use crate::observation::Observation;

/// At most so many rows are read.
const MOST_ROWS: usize = 1_000;
/// At most so many characters of one value are kept.
const LONGEST: usize = 10_000;
/// At most so many characters of all of them.
const LARGEST: usize = 1024 * 1024;

/// `{ mysql: { host, login, query } }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mysql {
    /// Name or address and port; none for the connection that the steps before hold.
    pub host: Option<(String, u16)>,
    /// Who logs in; none with the connection that is held.
    pub login: Option<Login>,
    /// The database to begin in.
    pub database: Option<String>,
    /// The statement; none to log in and no more.
    pub query: Option<String>,
}

/// Who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// Certificates in PEM that the server's must chain to; TLS is asked for where they are given.
    pub ca: Option<Arc<Vec<u8>>>,
}

/// What the steps of one check keep open between them. Dropping it closes.
#[derive(Default)]
pub struct Held {
    mysql: Option<Connection>,
}

/// A connection and the relay that it runs through.
struct Connection {
    conn: Conn,
    relay: Relay,
    address: Option<IpAddr>,
}

/// A try that came to its end without rows.
struct Broken {
    outcome: &'static str,
    stage: &'static str,
    detail: String,
}

impl Mysql {
    pub(super) async fn observe(
        &self,
        vantage: &Vantage,
        held: &mut Held,
        deadline: Deadline,
    ) -> Result<Observation, ProbeError> {
        if let Some((host, port)) = &self.host {
            held.mysql = None;
            match vantage.dial(host, *port, deadline).await? {
                Dialled::Missed { miss, address } => {
                    let seen = Observation::of(miss.as_str()).with("stage", "dial");
                    return Ok(with_address(seen, address));
                }
                Dialled::Connected { stream, address } => {
                    let relay = Relay::to(stream, Entry::Plain).await;
                    let (relay, port) = relay.map_err(|error| {
                        ProbeError::new(
                            Code::LocalNetwork,
                            Layer::Network,
                            "the relay to the target",
                            causes(&error),
                        )
                    })?;
                    let options = self.options(host, port);
                    match log_in(options, relay, address, deadline).await {
                        Ok(connection) => held.mysql = Some(connection),
                        Err(seen) => return Ok(with_address(seen, address)),
                    }
                }
            }
        }
        let Some(connection) = held.mysql.take() else {
            return Err(ProbeError::new(
                Code::Template,
                Layer::Harness,
                "mysql",
                "no step before this one holds a connection",
            ));
        };
        let address = connection.address;
        let (major, minor, patch) = connection.conn.server_version();
        let (seen, usable) = match &self.query {
            None => {
                let nothing = Observation::of("rows").with("rows", json!([]));
                (nothing, Some(connection))
            }
            Some(query) => ask(connection, query, deadline).await,
        };
        held.mysql = usable;
        let seen = seen.with("server_version", format!("{major}.{minor}.{patch}"));
        Ok(with_address(seen, address))
    }

    fn options(&self, host: &str, port: u16) -> OptsBuilder {
        let login = self.login.as_ref();
        let tls = login.and_then(|login| login.ca.as_ref()).map(|ca| {
            SslOpts::default()
                .with_disable_built_in_roots(true)
                .with_root_certs(vec![ca.to_vec().into()])
        });
        OptsBuilder::default()
            .ip_or_hostname(host)
            .resolved_ips(Some(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]))
            .tcp_port(port)
            .tcp_nodelay(true)
            .user(login.map(|login| login.user.clone()))
            .pass(login.map(|login| login.password.expose().to_owned()))
            .db_name(self.database.clone())
            .prefer_socket(false)
            .max_allowed_packet(Some(LARGEST * 4))
            .wait_timeout(Some(3600))
            .stmt_cache_size(0)
            .ssl_opts(tls)
    }
}

/// Logs in through the relay; what came of it where that failed.
async fn log_in(
    options: OptsBuilder,
    relay: Relay,
    address: Option<IpAddr>,
    deadline: Deadline,
) -> Result<Connection, Observation> {
    // In a task of its own: whatever a hostile server makes of the client, a panic too, stays an observation.
    let mut task = tokio::spawn(Conn::new(options));
    let ended = deadline.bound(&mut task).await;
    let seen = relay.seen();
    match ended {
        Err(_elapsed) => {
            task.abort();
            Err(broken(&Broken {
                outcome: "timeout",
                stage: "greeting",
                detail: String::new(),
            }))
        }
        Ok(Err(_panicked)) => Err(broken(&nonsense("greeting"))),
        Ok(Ok(Err(error))) => Err(refused(&error, &seen, "greeting")),
        Ok(Ok(Ok(conn))) => Ok(Connection {
            conn,
            relay,
            address,
        }),
    }
}

/// Sends the statement; what the server made of it, and the connection where it can be used again.
async fn ask(
    connection: Connection,
    query: &str,
    deadline: Deadline,
) -> (Observation, Option<Connection>) {
    let Connection {
        mut conn,
        relay,
        address,
    } = connection;
    let query = query.to_owned();
    // In a task of its own, as the login is: a packet that makes the client panic is the server's doing.
    let mut task = tokio::spawn(async move {
        let answer = rows(&mut conn, &query).await;
        (conn, answer)
    });
    let ended = deadline.bound(&mut task).await;
    match ended {
        Err(_elapsed) => {
            task.abort();
            let silent = Broken {
                outcome: "timeout",
                stage: "query",
                detail: String::new(),
            };
            (broken(&silent), None)
        }
        Ok(Err(_panicked)) => (broken(&nonsense("query")), None),
        Ok(Ok((conn, answer))) => {
            let (seen, usable) = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    let usable = matches!(error, mysql_async::Error::Server(_));
                    (refused(&error, &relay.seen(), "query"), usable)
                }
            };
            let connection = Connection {
                conn,
                relay,
                address,
            };
            (seen, usable.then_some(connection))
        }
    }
}

fn nonsense(stage: &'static str) -> Broken {
    Broken {
        outcome: "malformed",
        stage,
        detail: "the client could not make sense of the answer".to_owned(),
    }
}

/// The rows of a statement's first result, bounded; and whether they were read to the end.
async fn rows(conn: &mut Conn, query: &str) -> mysql_async::Result<(Observation, bool)> {
    let mut result = conn.query_iter(query).await?;
    let columns: Vec<String> = result
        .columns_ref()
        .iter()
        .map(|column| one_line(&column.name_str(), 200))
        .collect();
    let mut rows = Vec::new();
    let mut room = LARGEST;
    let mut truncated = false;
    while let Some(row) = result.next().await? {
        let values = row.unwrap_raw().into_iter().map(|value| {
            let text = match value {
                Some(mysql_async::Value::NULL) | None => return Value::Null,
                Some(mysql_async::Value::Bytes(bytes)) => {
                    String::from_utf8_lossy(&bytes).into_owned()
                }
                Some(other) => other.as_sql(true).trim_matches('\'').to_owned(),
            };
            room = room.saturating_sub(text.len());
            Value::from(text.chars().take(LONGEST).collect::<String>())
        });
        let fields: Map<String, Value> = columns.iter().cloned().zip(values).collect();
        rows.push(Value::Object(fields));
        if rows.len() >= MOST_ROWS || room == 0 {
            truncated = true;
            break;
        }
    }
    let affected = result.affected_rows();
    let observation = Observation::of("rows")
        .with("columns", columns)
        .with("rows", rows)
        .with("rows_truncated", truncated)
        .with("affected_rows", affected);
    if !truncated {
        result.drop_result().await?;
    }
    Ok((observation, !truncated))
}

fn with_address(observation: Observation, address: Option<IpAddr>) -> Observation {
    match address {
        Some(address) => observation.with("address", address.to_string()),
        None => observation,
    }
}

fn broken(broken: &Broken) -> Observation {
    let seen = Observation::of(broken.outcome).with("stage", broken.stage);
    if broken.detail.is_empty() {
        seen
    } else {
        seen.with("detail", one_line(&broken.detail, 200))
    }
}

/// What ended the exchange: the server's own error, or by the relay's account of the connection.
fn refused(error: &mysql_async::Error, seen: &Seen, stage: &'static str) -> Observation {
    use mysql_async::Error;
    if let Error::Server(server) = error {
        return Observation::of("error").with("stage", stage).with(
            "error",
            json!({
                "code": server.code,
                "sqlstate": one_line(&server.state, 20),
                "message": one_line(&server.message, 500),
            }),
        );
    }
    let (outcome, detail) = match (tls(error), seen.ended) {
        (Some(detail), _) => ("tls_failed", detail),
        (None, Some(End::Reset)) => ("reset", String::new()),
        (None, Some(End::Closed)) => ("closed", String::new()),
        (None, None) => ("malformed", error.to_string()),
    };
    broken(&Broken {
        outcome,
        stage,
        detail,
    })
}

/// What TLS objected to.
fn tls(error: &mysql_async::Error) -> Option<String> {
    use mysql_async::Error;
    match error {
        Error::Driver(DriverError::NoClientSslFlagFromServer) => {
            Some("the server speaks no TLS".to_owned())
        }
        Error::Io(IoError::Tls(tls)) => Some(tls.to_string()),
        Error::Io(IoError::Io(io)) => io
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .map(ToString::to_string),
        _ => None,
    }
}
