//! A class: a roster in, a run for each student, a gradebook out. Each phase has its own type here, too:
//!
//! | phase | takes | makes | in |
//! |---|---|---|---|
//! | read | the roster's file | [`Roster`]: students, every mistake told at once | [`roster`]; YAML in `yaml.rs`, a school's own columns in `columns.rs` |
//! | write down | a student, the class's or the row's own template ([`templates`]) | a stack file in the student's own folder | [`stack`]; the columns of a template, `fill.rs` |
//! | run | [`Class`] | a report a student, whole or not there | [`class`]; one student's, `task.rs` |
//! | tell apart | when the class was graded anew | `begun.json`: what is older is another time's | `begun.rs` |
//! | list | each run as it ends | a line of `index.jsonl` | `index.rs` |
//! | let go | a student's report | [`Settled`]: by where it was written, opened again when it is looked at | [`settled`] |
//! | tell | who is at work | [`AtWork`]: the slowest, for the bar | [`at_work`] |
//! | take turns | how busy the machine is | who is looked at now | `places.rs` |
//! | keep | what runs of one account saw together | `looks/SHA-256.json`, once | [`looks`] |
//! | choose | the runs in a student's folder | the one that counts | [`folder`] |
//! | mark | the students' reports | [`Gradebook`] | [`gradebook`] |
//! | judge | the folder that a student handed in | a report, without a stack | [`handed_in`]; with whose values, `vars.rs` |
//! | examine | the reports, what was expected of them | [`integrity::Doubt`]s beside the marks | [`integrity`] |
//! | keep | what was expected of the class's runs | `class.json` | [`terms`] |
//! | find again | a class's folder, the folders of runs | whose runs they are, each student once | [`found`] |
//! | judge again | two reports of one run | [`change::Change`]: whose mark changed, and why | [`change`] |
//! | show | the gradebook, the students' reports | `class.html`, `junit.xml` | [`page`](mod@page), [`junit`] |
//! | share out, put together | a roster; the shards' folders | [`shard::Shard`], [`shard::Left`] | [`shard`] |
//! | hand over | the gradebook, a platform's own roster | what the platform imports | [`export`] |
//!
//! What could not be graded is blank in the gradebook and says why; it is never a zero.
pub mod at_work;
mod begun;
pub mod change;
pub mod class;
mod columns;
pub mod export;
mod fill;
pub mod folder;
pub mod found;
pub mod gradebook;
pub mod handed_in;
mod index;
pub mod integrity;
pub mod junit;
pub mod looks;
pub mod page;
mod places;
pub mod roster;
pub mod settled;
pub mod shard;
pub mod stack;
mod task;
pub mod templates;
pub mod terms;
mod vars;
mod yaml;

pub use at_work::AtWork;
pub use class::{Class, Over, Ready};
pub use gradebook::Gradebook;
pub use roster::{Roster, Student};
pub use settled::{Ended, Graded, Settled};
