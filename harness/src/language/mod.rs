//! The check language: files are read ([`source`]), parsed once into a spanned tree ([`node`]) and converted by our
//! own code into what the author wrote ([`ast`]), collecting every mistake ([`diagnostic`]). It resolves nothing:
//! names, phases, paths and templates are checked by [`crate::plan`].
pub mod ast;
mod check_file;
pub mod diagnostic;
mod expect;
mod fields;
mod lab_file;
pub mod load;
mod matcher;
mod names;
pub mod nearest;
mod node;
pub mod path;
mod probe;
mod rows_file;
pub mod source;
mod stack_file;

pub use matcher::MATCHERS;
