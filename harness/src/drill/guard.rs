//! What must hold before anything is touched. Either all of it does, or nothing is called that changes anything.
use jiff::Timestamp;

use crate::aws::{Aws, Server};
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
    if let Some(mark) = server.mark.as_deref()
        && is_at_work(mark, now)
    {
        return Err(Refused::Busy {
            whose: mark.to_owned(),
        });
    }
    if server.state == "running" {
        Ok(())
    } else {
        Err(not_running(&server.state))
    }
}

/// What stands in a mark: the run, who, and until when.
#[must_use]
pub fn mark(nonce: &str, owner: &str, until: Timestamp) -> String {
    format!(
        "{nonce} {owner} until {}",
        until.strftime("%Y-%m-%dT%H:%M:%SZ")
    )
}

/// Until when the drill that left this mark is at work.
#[must_use]
pub fn live_until(mark: &str) -> Option<Timestamp> {
    mark.rsplit_once(" until ")?.1.parse().ok()
}

/// Whether the mark is this run's.
#[must_use]
pub fn is_of(mark: &str, nonce: &str) -> bool {
    mark.split(' ').next() == Some(nonce)
}

/// Whether the drill that left this mark may still be at work: its time is not over, and its process is not known to be
/// gone. Of a process on another machine nothing is known.
#[must_use]
pub fn is_at_work(mark: &str, now: Timestamp) -> bool {
    let whose = mark
        .rsplit_once(" until ")
        .and_then(|(before, _)| before.rsplit(' ').next());
    live_until(mark).is_some_and(|until| until > now) && !whose.is_some_and(is_gone)
}

/// Whether this process of this machine has ended.
fn is_gone(owner: &str) -> bool {
    let ours = super::journal::owner();
    let (Some((process, host)), Some((_, here))) = (owner.split_once('@'), ours.split_once('@'))
    else {
        return false;
    };
    let is_a_process = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
    // Only where the kernel tells of processes.
    cfg!(target_os = "linux")
        && is_a_process
        && !here.is_empty()
        && host == here
        && !std::path::Path::new("/proc").join(process).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_another_drill_has_is_left_alone_until_that_one_is_over() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
        let later: Timestamp = "2026-01-02T03:14:05Z".parse().expect("a time");
        let server = |state: &str, mark: Option<String>| Server {
            id: "i-1".to_owned(),
            name: "web".to_owned(),
            state: state.to_owned(),
            public_ip: None,
            mark,
        };
        let refused = |server: Option<&Server>| may_stop(server, "i-1", "web", now).err();
        assert_eq!(refused(Some(&server("running", None))), None);
        let theirs = mark("lc1", "7@pc", later);
        assert_eq!(live_until(&theirs), Some(later));
        assert!(is_of(&theirs, "lc1") && !is_of(&theirs, "lc"));
        let busy = Refused::Busy {
            whose: theirs.clone(),
        };
        assert_eq!(refused(Some(&server("running", Some(theirs)))), Some(busy));
        let old = mark("lc1", "7@pc", now);
        assert_eq!(refused(Some(&server("running", Some(old)))), None);
        let ours = crate::drill::journal::owner();
        let here = ours.split_once('@').expect("a host").1;
        let living = mark("lc1", &ours, later);
        assert!(is_at_work(&living, now), "this very process");
        // No process has this number: it is above the kernel's highest.
        let dead = mark("lc1", &format!("4999999@{here}"), later);
        assert_eq!(is_at_work(&dead, now), !cfg!(target_os = "linux"));
        for strange in [
            "",
            "lc1",
            "lc1 4999999 until never",
            "until 2026-01-02T03:14:05Z",
        ] {
            assert!(!is_at_work(strange, now), "{strange}");
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
}
