//! The one integration test binary: a module for each face that is tested from outside.
mod agent;
mod aurora;
mod bad_input;
mod broken;
mod class;
mod contract;
mod doctor;
mod drills;
mod face;
mod faults;
mod invalid;
mod judge;
mod logins;
mod looks;
#[cfg(target_os = "linux")]
mod offline;
mod peer;
mod phases;
mod policy;
mod reference;
mod schema;
mod secrets;
mod services;
mod shards;
mod support;
mod watch;
mod writes;
