//! labcheck: integration tests for hands-on AWS labs.
pub mod aws;
pub mod fault;
pub mod judge;
pub mod language;
pub mod observation;
pub mod observe;
pub mod outcome;
pub mod plan;
pub mod result;
pub mod schema;
pub mod text;
pub mod world;
