//! labcheck: integration tests for hands-on AWS labs.
pub mod aws;
pub mod cli;
pub mod fault;
pub mod judge;
pub mod language;
pub mod observation;
pub mod observe;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod result;
pub mod run;
pub mod runner;
pub mod schema;
pub mod text;
pub mod world;
