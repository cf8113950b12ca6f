//! The plan.
pub mod template;
