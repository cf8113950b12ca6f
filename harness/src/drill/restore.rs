//! The undoing. It may be asked for again and again: it looks first, calls only what is missing, waits out what can't be
//! called yet, goes on through throttling, and is done only when the API says so. It never gives up on a passing fault
//! before its time is over, and what it can't do it says in one sentence, with what to click.
use std::time::Duration;

use tokio::time::Instant;

use super::journal::Undo;
use super::service::{ACTIVE, Service};
use crate::aws::Aws;
use crate::fault::{Code, ProbeError};
use crate::observe::Vantage;

/// How long an undoing may take before it is given up.
pub const PATIENCE: Duration = Duration::from_mins(15);

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest wait after a fault that passes.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How often in a row a server must be seen running before it is believed: a stop that was sent a moment ago may not
/// show yet.
const LOOKS: usize = 3;

/// The same of a cluster with its former writer where nobody asked for that just now: a fail-over that was called a moment
/// ago by who died over it begins only after a while.
const LOOKS_AT_A_CLUSTER: usize = 15;

/// How often a host may refuse to start a service before it is given up: what it refuses once it mostly refuses again.
const REFUSALS: usize = 5;

/// What could not be put back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stuck {
    /// The server is gone.
    #[error(
        "{name} ({id}) is {state} and can't be started: launch a new one (EC2 console → Launch instances) and register it in the target group"
    )]
    Gone {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
        /// `terminated`, or `not found`.
        state: String,
    },
    /// AWS refuses it.
    #[error(
        "{name} ({id}) could not be started: {why}: start it by hand (EC2 console → Instances → {id} → Instance state → Start instance)"
    )]
    Server {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
        /// Why.
        why: String,
    },
    /// The service does not start, or its host is not to be reached.
    #[error(
        "{unit} on {name} ({id}) could not be started: {why}: start it by hand (on the server: sudo systemctl start {unit})"
    )]
    Service {
        /// The unit.
        unit: String,
        /// The server's name.
        name: String,
        /// Its id.
        id: String,
        /// Why.
        why: String,
    },
    /// The cluster did not come back, or not with its writer.
    #[error(
        "the cluster {id} could not be put back: {why}: look at it by hand (RDS console → Databases → {id} → Actions → Failover)"
    )]
    Cluster {
        /// The cluster.
        id: String,
        /// Why.
        why: String,
    },
}

impl Stuck {
    /// Whether no later try can do better: the server is gone. Its journal has nothing left to say, and one that stayed
    /// would keep every later drill from the stack.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }
}

/// Undoes it, and takes its mark away. What is done on a host needs the vantage that leads there, or why there is none.
///
/// # Errors
/// What it could not do, and what to click.
pub async fn restore(
    aws: &Aws,
    undo: &Undo,
    host: Option<Result<Vantage, ProbeError>>,
    patience: Duration,
) -> Result<(), Stuck> {
    match undo {
        Undo::StartServer { id, name } => {
            start(aws, id, name, patience).await?;
            // A mark that stays is told of by the next drill, and hurts nobody.
            let _ = aws.unmark(id).await;
            Ok(())
        }
        Undo::StartService {
            id,
            name,
            unit,
            vantage,
        } => {
            let stuck = |why: String| Stuck::Service {
                unit: unit.clone(),
                name: name.clone(),
                id: id.clone(),
                why,
            };
            let host = match host {
                Some(host) => host.map_err(|error| stuck(error.to_string()))?,
                None => return Err(stuck(format!("no vantage {vantage}"))),
            };
            let unit = unit.clone();
            start_service(&Service { unit, host }, patience)
                .await
                .map_err(stuck)?;
            let _ = aws.unmark(id).await;
            Ok(())
        }
        Undo::Cluster { id, writer } => cluster(aws, id, writer.as_deref(), patience).await,
    }
}

async fn start(aws: &Aws, id: &str, name: &str, patience: Duration) -> Result<(), Stuck> {
    let until = Instant::now() + patience;
    let stuck = |why: String| Stuck::Server {
        name: name.to_owned(),
        id: id.to_owned(),
        why,
    };
    let mut running = 0;
    let mut pause = PAUSE;
    // Before any look: whoever has just stopped it wants it back at once.
    let mut last = aws.start_server(id).await.err();
    loop {
        if let Some(error) = &last
            && !passes(error)
        {
            return Err(if gone(error) {
                Stuck::Gone {
                    name: name.to_owned(),
                    id: id.to_owned(),
                    state: "not found".to_owned(),
                }
            } else {
                stuck(error.to_string())
            });
        }
        if Instant::now() >= until {
            let why = last.map_or_else(|| "it took too long".to_owned(), |error| error.to_string());
            return Err(stuck(why));
        }
        let seen = aws.server(id).await;
        last = match seen {
            Err(error) => Some(error),
            Ok(None) => {
                return Err(Stuck::Gone {
                    name: name.to_owned(),
                    id: id.to_owned(),
                    state: "not found".to_owned(),
                });
            }
            Ok(Some(server)) => match server.state.as_str() {
                "terminated" | "shutting-down" => {
                    return Err(Stuck::Gone {
                        name: name.to_owned(),
                        id: id.to_owned(),
                        state: server.state,
                    });
                }
                "running" => {
                    running += 1;
                    if running >= LOOKS {
                        return Ok(());
                    }
                    None
                }
                "stopped" => {
                    running = 0;
                    aws.start_server(id).await.err()
                }
                _ => {
                    running = 0;
                    None
                }
            },
        };
        pause = if last.is_some() {
            (pause * 2).min(LONGEST_PAUSE)
        } else {
            PAUSE
        };
        tokio::time::sleep(pause).await;
    }
}

/// Starts a service until it is seen to run.
async fn start_service(service: &Service, patience: Duration) -> Result<(), String> {
    let until = Instant::now() + patience;
    let (mut active, mut refused) = (0, 0);
    let mut pause = PAUSE;
    // Before any look: whoever has just stopped it wants it back at once.
    let mut last = service.start().await.err();
    loop {
        if let Some(error) = &last {
            refused += usize::from(error.code == Code::DrillRefused);
            if !(passes(error) || is_of_the_way(error)) || refused >= REFUSALS {
                return Err(error.to_string());
            }
        }
        if Instant::now() >= until {
            return Err(
                last.map_or_else(|| "it took too long".to_owned(), |error| error.to_string())
            );
        }
        last = match service.state().await {
            Ok(state) if state == ACTIVE => {
                active += 1;
                if active >= LOOKS {
                    return Ok(());
                }
                None
            }
            Ok(_) => {
                active = 0;
                service.start().await.err()
            }
            Err(error) => Some(error),
        };
        pause = if last.is_some() {
            (pause * 2).min(LONGEST_PAUSE)
        } else {
            PAUSE
        };
        tokio::time::sleep(pause).await;
    }
}

/// A fault on the way to a host, or of its command, that may be gone at the next try.
const fn is_of_the_way(error: &ProbeError) -> bool {
    matches!(
        error.code,
        Code::VantageFailed
            | Code::ResolverFailed
            | Code::LocalNetwork
            | Code::Deadline
            | Code::DrillRefused
    )
}

async fn cluster(
    aws: &Aws,
    id: &str,
    writer: Option<&str>,
    patience: Duration,
) -> Result<(), Stuck> {
    let until = Instant::now() + patience;
    let stuck = |why: String| Stuck::Cluster {
        id: id.to_owned(),
        why,
    };
    let mut pause = PAUSE;
    let mut looks = 0;
    let mut enough = writer.map_or(LOOKS, |_| LOOKS_AT_A_CLUSTER);
    loop {
        let fault = match aws.cluster(id).await {
            Ok(now) if now.status == "available" => {
                looks += 1;
                let as_before = writer.is_none_or(|writer| now.writer.as_deref() == Some(writer));
                match (as_before, writer) {
                    (true, _) if looks >= enough => {
                        if now.mark.is_some() {
                            let _ = aws.unmark_cluster(&now.arn).await;
                        }
                        return Ok(());
                    }
                    (false, Some(writer)) => {
                        let called = aws.fail_over(id, writer).await;
                        if called.is_ok() {
                            enough = LOOKS;
                        }
                        called.err()
                    }
                    _ => None,
                }
            }
            Ok(_) => {
                looks = 0;
                None
            }
            Err(error) => Some(error),
        };
        if let Some(error) = &fault
            && !passes(error)
        {
            return Err(stuck(error.to_string()));
        }
        if Instant::now() >= until {
            let why =
                fault.map_or_else(|| "it took too long".to_owned(), |error| error.to_string());
            return Err(stuck(why));
        }
        pause = if fault.is_some() {
            (pause * 2).min(LONGEST_PAUSE)
        } else {
            PAUSE
        };
        tokio::time::sleep(pause).await;
    }
}

/// A fault that may be gone at the next try; among them the refusal to start what is still stopping.
#[must_use]
pub fn passes(error: &ProbeError) -> bool {
    match error.code {
        Code::Throttled | Code::ApiTimeout | Code::ApiFailed | Code::ApiUnreachable => true,
        Code::ApiRejected => [
            "IncorrectInstanceState",
            "IncorrectState",
            "InvalidDBClusterStateFault",
            "InvalidDBInstanceState",
            "InsufficientInstanceCapacity",
        ]
        .iter()
        .any(|code| error.detail.starts_with(code)),
        _ => false,
    }
}

fn gone(error: &ProbeError) -> bool {
    error.detail.starts_with("InvalidInstanceID")
}
