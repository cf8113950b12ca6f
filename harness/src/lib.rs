//! labcheck: integration tests for hands-on AWS labs.
pub mod aws;
pub mod fault;
pub mod language;
pub mod observation;
pub mod outcome;
pub mod report;
pub mod result;
pub mod schema;
pub mod text;
