//! The check language: files are read ([`source`]), parsed once into a spanned tree ([`node`]) and converted by our
//! own code into what the author wrote ([`ast`]), collecting every mistake ([`diagnostic`]). It resolves nothing:
//! names, phases, paths and templates are checked by [`crate::plan`].
pub mod ast;
