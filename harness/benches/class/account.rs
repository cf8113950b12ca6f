//! An account with a class in it: a replica of so many stacks, and the roster and the template by which they are found.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::runtime::Runtime;

/// What each answer of the API is delayed by: a far region's.
const LATENCY: Duration = Duration::from_millis(50);

/// A running replica. It ends when this is dropped.
pub struct Account {
    /// How many students' stacks it has.
    pub students: usize,
    replica: replica::Replica,
    // Dropped last: the replica's tasks are its.
    _runtime: Runtime,
}

impl Account {
    /// Starts it.
    pub fn of(students: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let began = std::time::Instant::now();
        let replica = runtime
            .block_on(replica::Replica::start(replica::Options {
                stacks: NonZeroUsize::new(students),
                api_latency: LATENCY,
                ..replica::Options::default()
            }))
            .expect("a replica");
        println!(
            "an account with {students} stacks stands after {:.1} s",
            began.elapsed().as_secs_f64()
        );
        Self {
            students,
            replica,
            _runtime: runtime,
        }
    }

    /// The stack file in which `{{ student }}` is the student's number, as in the stacks' names.
    pub fn template(&self) -> String {
        let mut text = format!(
            "lab: ha-web\nregion: {}\nendpoint_url: {}\nvantages: {{ internet: {{ socks5: '{}', resolver: '{}' }}, web1: {{ ssm: {{ instance: web1 }} }}, web2: {{ ssm: {{ instance: web2 }} }} }}\nvars:\n",
            self.replica.region(),
            self.replica.endpoint_url(),
            self.replica.gateway(),
            self.replica.resolver()
        );
        for (var, name) in replica::CLASS_VARS {
            let _ = writeln!(text, "  {var}: '{name}-{{{{ student }}}}'");
        }
        text
    }

    /// The roster.
    pub fn roster(&self) -> String {
        let rows = (1..=self.students).map(|number| format!("{number:04}\n"));
        "student\n".to_owned() + &rows.collect::<String>()
    }

    /// The keys, as the environment of a process holds them.
    pub fn keys(&self) -> [(&str, &str); 2] {
        [
            ("AWS_ACCESS_KEY_ID", self.replica.access_key_id()),
            ("AWS_SECRET_ACCESS_KEY", self.replica.secret_access_key()),
        ]
    }

    /// What it was asked, as it counted itself.
    pub fn asked(&self) -> BTreeMap<String, u64> {
        self.replica.requests()
    }
}
