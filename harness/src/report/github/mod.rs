//! A report for GitHub Actions: the job's summary, annotations on the check files, the step's outputs, and a result for
//! GitHub Classroom. Each is a pure function of the report; who writes them where is [`crate::cli`]'s. Nothing that a
//! stack says starts a workflow command, a mention or a link.
mod annotations;
mod classroom;
mod markdown;
mod masks;
mod outputs;
mod summary;

pub use annotations::{Place, annotations};
pub use classroom::{Refused, classroom};
pub use masks::masks;
pub use outputs::outputs;
pub use summary::{MOST, summary};
