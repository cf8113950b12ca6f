//! A run's report: what became of every check, as data ([`model`]), and the formats that it is rendered to. A report is
//! a pure function of the run: nothing here probes, calls AWS or looks at a stack, and nothing reads its own output.
pub mod assemble;
pub mod conclusion;
pub mod exit;
pub mod facts;
pub mod files;
pub mod folding;
pub mod github;
pub mod html;
pub mod inert;
pub mod json;
pub mod junit;
pub mod layout;
pub mod measured;
pub mod model;
mod score;
pub mod standing;
pub mod story;
pub mod telling;
pub mod terminal;
#[cfg(test)]
pub(crate) mod tests;
pub mod words;
