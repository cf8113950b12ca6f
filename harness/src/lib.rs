//! labcheck: integration tests for hands-on AWS labs. A lab is a folder of YAML check files; each check is run against a
//! deployed stack and reported as a test.
//!
//! # The flow
//! Each phase has its own type, and none looks back at an earlier one:
//!
//! | phase | takes | makes | in |
//! |---|---|---|---|
//! | read | a folder, a stack file | [`Lab`] and [`ast::Stack`]: as written, every value with its place | [`language`] |
//! | plan | a [`Lab`] and a [`run::stack::Stack`] | [`Plan`]: names resolved, graph sorted, paths typed, negatives guarded | [`plan`] |
//! | select | the phase and the filter | [`Selected`]: the checks that are reported and what they need; [`Wants`]: what AWS is asked | [`plan::select`] |
//! | look | [`Wants`], a [`Request`] | [`Snapshot`] of AWS, an [`Attempt`] for each dial: facts, negative ones too, or a [`ProbeError`] | [`aws`], [`observe`] |
//! | judge | a [`Check`], a [`World`], its [`Attempt`]s | [`CheckResult`]: one of four [`Outcome`]s, with every [`Mismatch`] | [`judge`] |
//! | report | the results and facts of the run | [`Report`], rendered as a terminal page, `junit.xml`, `result.json` | [`report`] |
//!
//! ```text
//! checks/LAB/*.yaml ─ language ─► Lab ──┐
//! fixtures/stacks/NAME.yaml ─────► Stack ┴─ plan ─► Plan ─ select ─► Selected
//!                                                                       │ Wants, Request
//!                                    ┌───────────── look: aws, observe ◄┘
//!                                    ▼
//!                           Snapshot, Attempts ─ judge ─► CheckResults ─ report ─► Report ─► terminal, junit.xml, result.json
//!                                    └─► evidence.json, which is judged again to the same results
//! ```
//!
//! [`run`] drives it: [`run::prepare`](mod@run::prepare) does everything before the first call, [`run::drive`] looks and judges on a
//! scheduler of ours, [`run::evidence`] keeps what was seen. Two thin faces stand before it: [`cli`] is the binary
//! `labcheck`, [`runner`] the one target of `cargo test`.
//!
//! # Five rules
//! - A probe observes and never judges; a matcher judges and never does I/O; a report is a pure function of the run.
//! - A negative observation (refused, NXDOMAIN, 404, not found) is an [`Observation`] like any other. What keeps us from
//!   observing is a [`ProbeError`], and never the stack's fault.
//! - Judging is pure: [`run::evidence::Evidence::judge`] gives a run's own verdicts again.
//! - Sets that are closed are enums, dispatched by one flat `match`: a new member is a compile error until it is handled.
//! - Redaction happens once, where an observation is made; foreign text is made inert once, where it is shown.
//!
//! # Where things are
//! | to change | go to |
//! |---|---|
//! | what a lab asserts, its words to students | `checks/LAB/` |
//! | a key of a check, lab or stack file | [`language`]: its own reader beside [`language::ast`], which it fills |
//! | what editors complete and explain | [`language::json_schema`], out of the readers' tables; `fixtures/schema/` |
//! | a matcher | its shape in `language/matcher.rs`, its typing in [`plan::typed`], its meaning in [`judge::evaluate`], its sentence in [`report::words::differences`] |
//! | what is refused when loading | [`language`] for shapes, [`plan::build`](mod@plan::build) for names, [`plan::guard`] for negatives; golden files in `fixtures/invalid/` |
//! | a probe | a variant of [`Request`] with its file in [`observe`], its fields in [`observe::schema`], its keys in `language/probe.rs` |
//! | how a dial's outcome is told, a new vantage | `observe/dial.rs`, `observe/vantage/` ([`Vantage`]) |
//! | a kind of resource, or a field of one | `aws/kind/KIND.rs` ([`Kind`]); what costs a call of its own also [`OwnCall`] |
//! | which calls are made | [`Wants`] in `aws/paths.rs`; how they are made, `aws/fetch.rs` |
//! | credentials, endpoints, TLS to AWS | `aws/access.rs`, `aws/connect.rs` |
//! | what a class's runs share of an account: looks, sessions, rate limits | [`aws::Commons`], `aws/place.rs`, `aws/limits.rs`, `Aws::look` in `aws/session.rs` |
//! | what of an account that many share is asked for one student alone | `Aws::complete` in `aws/session/again.rs`, `aws/sought.rs`; who reads what is needed, `world/need.rs` |
//! | the IAM policy | [`policy`] |
//! | what is made a pseudonym | `aws/redact.rs` |
//! | what panics and `--debug` hide, what `--debug` tells | [`discreet`], [`debug`] |
//! | how a name of the lab finds its resource, near misses | [`world`] |
//! | whether a check is looked at at all | [`judge::gate`] |
//! | passed, failed or errored; wire against API | [`judge::verdict`] |
//! | a key of `steps`, `finally`, `save` | `language/check_file.rs`, `plan/check.rs`; how far a pass has come, [`judge::verdict::walk`] |
//! | what needs a vantage's or a login's own check | `plan/implied.rs` |
//! | SSH: keys, known hosts, forwarding | `observe/vantage/ssh.rs` and below |
//! | Systems Manager: Run Command, forwarding, the plugin | `aws/run_command.rs`, `aws/forwarding.rs`, `observe/vantage/ssm.rs` and below |
//! | where a password comes from | [`run::logins`], `aws/secrets.rs` |
//! | the binary's own labs and stacks | [`language::builtin`] |
//! | what a probe's time-outs do not count | [`excused`], [`deadline`] |
//! | waiting, retries, the order of checks | `run/attempt.rs`, `run/schedule.rs` |
//! | what a drill does, measures and puts back; the journal, `labcheck restore` | [`drill`]; its place among the checks, `run/conduct/`; what an earlier run left, `run/mend.rs` |
//! | the score | [`report::standing`], `report/score.rs` |
//! | which cause comes first, what is folded | [`report::folding`] |
//! | any sentence, in both languages | [`report::words`] |
//! | a report's format | one file each in [`report`] |
//! | an option, a command, an exit code | [`cli::args`], `cli/COMMAND.rs`, [`report::exit`] |
//! | a class: roster, gradebook | [`grade`] |
//! | a student's folder: earlier runs, which one counts | [`grade::folder`] |
//! | a class on more machines: shards, `labcheck merge`, schedulers | [`grade::shard`], `cli/merge.rs`, `fixtures/engines/` |
//! | the pages: `report.html`, `class.html` | views in [`report::html`] and `grade/page.rs`, templates, style and script beside them |
//! | what an instructor should look at before a mark counts | [`grade::integrity`], its words in `report/words/class.rs` |
//! | judging again from the evidence, what that changed | `run/again.rs`, [`grade::change`], `cli/judge.rs` |
//! | what a platform imports (Canvas, Moodle, Gradescope, Classroom) | one file each in [`grade::export`] |
//! | GitHub Actions: summary, annotations | [`report::github`], [`cli::github`] |
//! | libtest's face | [`runner`], the one file that names libtest-mimic |
//! | the demo's stack, a student's mistake | the crate `replica` in `fixtures/replica/`; `fixtures/replica/faults/LAB.yaml` |
//! | the same lab by others: moto, real packets | `fixtures/peers/`, `fixtures/network/` |
//! | tests from outside, the benchmarks | `harness/tests/it/`, `harness/benches/` |
//!
//! [`ast::Stack`]: language::ast::Stack
//! [`Attempt`]: observation::Attempt
//! [`Check`]: plan::Check
//! [`CheckResult`]: result::CheckResult
//! [`Kind`]: aws::Kind
//! [`Lab`]: language::ast::Lab
//! [`Mismatch`]: result::Mismatch
//! [`Observation`]: observation::Observation
//! [`Outcome`]: outcome::Outcome
//! [`OwnCall`]: aws::OwnCall
//! [`Plan`]: plan::Plan
//! [`ProbeError`]: fault::ProbeError
//! [`Report`]: report::model::Report
//! [`Request`]: observe::Request
//! [`Selected`]: plan::Selected
//! [`Snapshot`]: aws::Snapshot
//! [`Vantage`]: observe::Vantage
//! [`Wants`]: aws::Wants
//! [`World`]: world::World
pub mod aws;
pub mod cli;
pub mod deadline;
pub mod debug;
pub mod discreet;
pub mod drill;
pub mod excused;
pub mod fault;
pub mod grade;
pub mod judge;
pub mod language;
pub mod observation;
pub mod observe;
pub mod outcome;
pub mod plan;
pub mod policy;
pub mod report;
pub mod result;
pub mod run;
pub mod runner;
pub mod schema;
pub mod shared;
pub mod text;
pub mod world;
