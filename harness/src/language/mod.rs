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

/// What the tests of the readers share.
#[cfg(test)]
mod testing {
    use super::ast::{At, Tree};
    use super::diagnostic::Diagnostics;
    use super::source::Sources;

    /// What a reader makes of a text, and what it tells.
    pub fn read<T>(
        text: &str,
        reader: impl FnOnce(&At<Tree>, &mut Diagnostics) -> T,
    ) -> (T, Vec<String>) {
        let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
        let file = sources.add("t.yaml", text);
        let tree = super::node::parse(&sources, file, &mut found).expect("the text is YAML");
        let made = reader(&tree, &mut found);
        let told = found.sorted().iter().map(|one| one.title.clone()).collect();
        (made, told)
    }

    /// What a reader makes of a text without mistakes.
    pub fn made<T>(text: &str, reader: impl FnOnce(&At<Tree>, &mut Diagnostics) -> T) -> T {
        let (made, told) = read(text, reader);
        assert_eq!(told, [""; 0], "{text}");
        made
    }

    /// The mistakes that a reader tells of a text.
    pub fn told<T>(
        text: &str,
        reader: impl FnOnce(&At<Tree>, &mut Diagnostics) -> T,
    ) -> Vec<String> {
        read(text, reader).1
    }
}
