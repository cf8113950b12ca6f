//! What must hold before anything is touched. Either all of it does, or nothing is called that changes anything.
use jiff::Timestamp;

use super::mark::Mark;
use crate::aws::{Aws, ClusterNow, Server};
use crate::fault::ProbeError;

/// Why a drill does not begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// AWS could not be asked, or it is another account.
    #[error("{0}")]
    Api(#[from] ProbeError),
    /// The server is not there, or not running.
    #[error("{name} ({id}) is {state}, not running: nothing was touched")]
    NotRunning {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
        /// Its state.
        state: String,
    },
    /// The service does not run.
    #[error("{unit} on {name} ({id}) is {state}, not active: nothing was touched")]
    NotActive {
        /// The unit.
        unit: String,
        /// The server's name.
        name: String,
        /// Its id.
        id: String,
        /// The unit's state.
        state: String,
    },
    /// The vantage is another host than the server.
    #[error(
        "the vantage {vantage} leads to {host}, which is no name or address of {name} ({id}): nothing was touched"
    )]
    OtherHost {
        /// The vantage.
        vantage: String,
        /// Its host.
        host: String,
        /// The server's name.
        name: String,
        /// Its id.
        id: String,
    },
    /// The cluster can't fail over.
    #[error(
        "the cluster {id} is {status} with {readers} readers: a fail-over needs `available` and one reader; nothing was touched"
    )]
    NotReady {
        /// The cluster.
        id: String,
        /// Its status.
        status: String,
        /// How many readers it has.
        readers: usize,
    },
    /// The credentials would expire before all is put back.
    #[error(
        "the credentials expire at {expiry}, before the drill is over (it may take until {until}): get new ones first; nothing was touched"
    )]
    Expiring {
        /// When they do.
        expiry: Timestamp,
        /// When it is over.
        until: Timestamp,
    },
    /// Another drill has this stack in hand.
    #[error("another drill is at work on this stack: {whose}; nothing was touched")]
    Busy {
        /// Who, and until when.
        whose: String,
    },
    /// One was left behind and could not be put back.
    #[error("a drill was left unfinished on this stack, and could not be put back: {0}")]
    Left(String),
    /// One was left behind with another account.
    #[error(
        "a drill was left unfinished on this stack with the credentials of another account: use those (journal {journal}); nothing was touched"
    )]
    OtherAccount {
        /// Where its journal is.
        journal: String,
    },
    /// The journal can't be written.
    #[error(
        "the journal can't be written ({why}): nothing was touched; name a folder with --state"
    )]
    Journal {
        /// Why.
        why: String,
    },
    /// What must hold before does not.
    #[error("`{check}` does not hold before the drill: nothing was touched")]
    Unsteady {
        /// The check of the steady state.
        check: String,
    },
}

/// The credentials outlive the drill.
///
/// # Errors
/// They don't.
pub async fn outlives(aws: &Aws, until: Timestamp) -> Result<(), Refused> {
    match aws.expiry().await {
        Some(expiry) if expiry < until => Err(Refused::Expiring { expiry, until }),
        _ => Ok(()),
    }
}

/// The server is there and runs, and no other drill has it.
///
/// # Errors
/// It does not, or one has.
pub fn may_stop(
    server: Option<&Server>,
    id: &str,
    name: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let not_running = |state: &str| Refused::NotRunning {
        name: name.to_owned(),
        id: id.to_owned(),
        state: state.to_owned(),
    };
    let server = server.ok_or_else(|| not_running("not found"))?;
    not_at_work(server.mark.as_deref(), now)?;
    if server.state == "running" {
        Ok(())
    } else {
        Err(not_running(&server.state))
    }
}

/// The cluster can fail over, and no other drill has it: to which of its readers.
///
/// # Errors
/// It can't, or one has.
pub fn may_fail_over(cluster: &ClusterNow, id: &str, now: Timestamp) -> Result<String, Refused> {
    not_at_work(cluster.mark.as_deref(), now)?;
    match (cluster.status.as_str(), cluster.readers.first()) {
        ("available", Some(next)) if cluster.writer.is_some() => Ok(next.clone()),
        _ => Err(Refused::NotReady {
            id: id.to_owned(),
            status: cluster.status.clone(),
            readers: cluster.readers.len(),
        }),
    }
}

/// Nobody whose mark this is may still be at work.
fn not_at_work(mark: Option<&str>, now: Timestamp) -> Result<(), Refused> {
    match mark {
        Some(whose) if Mark::read(whose).is_some_and(|mark| mark.is_at_work(now)) => {
            Err(Refused::Busy {
                whose: whose.to_owned(),
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_or_cluster_that_another_drill_has_is_left_alone_until_that_one_is_over() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
        let server = |state: &str, mark: Option<&str>| Server {
            id: "i-1".to_owned(),
            name: "web".to_owned(),
            state: state.to_owned(),
            public_ip: None,
            mark: mark.map(str::to_owned),
        };
        let cluster = |mark: Option<&str>| ClusterNow {
            arn: "arn".to_owned(),
            status: "available".to_owned(),
            writer: Some("db-1".to_owned()),
            readers: vec!["db-2".to_owned()],
            mark: mark.map(str::to_owned),
        };
        let refused = |server: Option<&Server>| may_stop(server, "i-1", "web", now).err();
        let fails_over = |mark| may_fail_over(&cluster(mark), "db", now);
        assert_eq!(refused(Some(&server("running", None))), None);
        assert_eq!(fails_over(None).expect("it may"), "db-2");
        let whose = "lc1 7@pc until 2026-01-02T03:14:05Z";
        let theirs = Some(whose);
        let busy = Refused::Busy {
            whose: whose.to_owned(),
        };
        assert_eq!(
            refused(Some(&server("running", theirs))),
            Some(busy.clone())
        );
        assert_eq!(fails_over(theirs), Err(busy));
        for old in ["lc1 7@pc until 2026-01-02T03:04:05Z", "", "lc1 until never"] {
            assert_eq!(refused(Some(&server("running", Some(old)))), None);
            assert!(fails_over(Some(old)).is_ok());
        }
        let text = |server| {
            refused(server)
                .map(|refused| refused.to_string())
                .unwrap_or_default()
        };
        let stopping = server("stopping", None);
        assert!(text(Some(&stopping)).contains("is stopping"));
        assert!(text(None).contains("not found"));
    }

    #[test]
    fn a_cluster_without_a_reader_or_in_the_middle_of_something_is_left_alone() {
        let ready = ClusterNow {
            arn: "arn".to_owned(),
            status: "available".to_owned(),
            writer: Some("db-1".to_owned()),
            readers: vec!["db-2".to_owned()],
            mark: None,
        };
        for now in [
            ClusterNow {
                status: "failing-over".to_owned(),
                ..ready.clone()
            },
            ClusterNow {
                readers: Vec::new(),
                ..ready.clone()
            },
            ClusterNow {
                writer: None,
                ..ready
            },
        ] {
            let refused = may_fail_over(&now, "db", Timestamp::now());
            assert!(matches!(refused, Err(Refused::NotReady { .. })), "{now:?}");
        }
    }
}
