//! What stands in the mark of a drill: `NONCE [writer=MEMBER] OWNER until TIME`, of characters that a tag may hold.
use std::fmt;
use std::path::Path;

use jiff::Timestamp;

use super::journal::owner;

/// What comes before the member that is to write again.
const WRITER: &str = "writer=";

/// What comes before the time.
const UNTIL: &str = " until ";

/// The mark of a drill on what it has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The run, unique.
    pub nonce: String,
    /// Of a cluster: who writes again in the end, where the drill says so.
    pub writer: Option<String>,
    /// Who runs it: process and machine.
    pub owner: String,
    /// By when it is over.
    pub until: Timestamp,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.nonce)?;
        if let Some(writer) = &self.writer {
            write!(f, "{WRITER}{writer} ")?;
        }
        let until = self.until.strftime("%Y-%m-%dT%H:%M:%SZ");
        write!(f, "{}{UNTIL}{until}", self.owner)
    }
}

impl Mark {
    /// Reads one; none where it is no mark of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (who, until) = text.rsplit_once(UNTIL)?;
        let mut words = who.split(' ');
        let nonce = words.next()?.to_owned();
        let owner = words.next_back().unwrap_or_default().to_owned();
        let writer = words.find_map(|word| word.strip_prefix(WRITER));
        Some(Self {
            nonce,
            writer: writer.map(str::to_owned),
            owner,
            until: until.parse().ok()?,
        })
    }

    /// Whether the drill that left it may still be at work: its time is not over, and its process is not known to be gone.
    /// Of a process on another machine nothing is known.
    #[must_use]
    pub fn is_at_work(&self, now: Timestamp) -> bool {
        self.until > now && !is_gone(&self.owner)
    }
}

/// Whether this process of this machine has ended.
fn is_gone(process_at_host: &str) -> bool {
    let ours = owner();
    let (Some((process, host)), Some((_, here))) =
        (process_at_host.split_once('@'), ours.split_once('@'))
    else {
        return false;
    };
    let is_a_process = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
    // Only where the kernel tells of processes.
    cfg!(target_os = "linux")
        && is_a_process
        && !here.is_empty()
        && host == here
        && !Path::new("/proc").join(process).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(owner: &str) -> Mark {
        Mark {
            nonce: "lc1".to_owned(),
            writer: None,
            owner: owner.to_owned(),
            until: "2026-01-02T03:14:05Z".parse().expect("a time"),
        }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let server = mark("7@pc");
        assert_eq!(server.to_string(), "lc1 7@pc until 2026-01-02T03:14:05Z");
        let cluster = Mark {
            writer: Some("db-1".to_owned()),
            ..server.clone()
        };
        assert_eq!(
            cluster.to_string(),
            "lc1 writer=db-1 7@pc until 2026-01-02T03:14:05Z"
        );
        for mark in [server, cluster] {
            assert_eq!(Mark::read(&mark.to_string()), Some(mark));
        }
        for strange in ["", "lc1", "lc1 7@pc until never"] {
            assert_eq!(Mark::read(strange), None, "{strange}");
        }
    }

    #[test]
    fn a_process_that_is_gone_or_late_is_at_work_no_more() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
        let (ours, theirs) = (mark(&owner()), mark("7@pc"));
        assert!(ours.is_at_work(now), "this very process");
        assert!(theirs.is_at_work(now), "nothing is known of it");
        assert!(!theirs.is_at_work(theirs.until));
        let whose = owner();
        let (_, here) = whose.split_once('@').expect("a host");
        // No process has this number: it is above the kernel's highest.
        let dead = mark(&format!("4999999@{here}"));
        assert_eq!(dead.is_at_work(now), !cfg!(target_os = "linux"));
    }
}
