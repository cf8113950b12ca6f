//! Drills: a rehearsed failure that is measured and always put back.
//!
//! | in | is |
//! |---|---|
//! | [`journal`] | what is about to be done and how it is undone, on disk before the first call; the lock of a stack |
//! | [`restore`](mod@restore) | the undoing: from a journal, from a tag, or from what the lab says must run |
//! | [`guard`] | what must hold before anything is touched |
//! | [`budget`] | how long each stage may take, from the target group's own numbers |
//! | [`service`] | a unit on a server, stopped and started by commands on its host |
//! | [`sampler`] | looks at a set rate, which a slow answer never delays |
//! | [`mark`] | the tag on what a drill has in hand: whose it is, and until when |
//! | [`measure`] | what the samples amount to, as pure functions |
//!
//! The order is the whole point: guard, journal, mark, disrupt, measure, restore, and the journal goes last. Whatever
//! ends a run early (a failed check, a panic, Ctrl-C, a closed window) ends in the same restore; what no process
//! survives (`kill -9`, a power cut) leaves the journal for the next one.
pub mod budget;
pub mod guard;
pub mod journal;
pub mod mark;
pub mod measure;
pub mod restore;
pub mod sampler;
pub mod service;

/// Says something to whoever sits there, in a line of ours among a test's output. The reader may be gone, and that must not stop an undoing.
pub fn tell(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "labcheck: {text}");
}
