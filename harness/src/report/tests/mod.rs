//! The report's tests: one sample that holds everything, rendered to every format; the score and the causes as tables.
pub mod formats;
mod graphs;
mod hostile;
mod readers;
pub(crate) mod sample;
mod scores;
