//! The check language: files are read ([`source`]), parsed once into a spanned tree ([`node`]) and converted by our
//! own code into what the author wrote ([`ast`]), collecting every mistake ([`diagnostic`]). What editors are told of the
//! same shapes is [`json_schema`]. It resolves nothing: names, phases, paths and templates are checked by [`crate::plan`].
pub mod ast;
pub mod builtin;
mod check_file;
pub mod diagnostic;
mod drill;
mod expect;
pub(crate) mod fields;
pub mod json_schema;
mod lab_file;
pub mod load;
mod logins;
mod matcher;
mod names;
pub mod nearest;
pub mod node;
pub mod path;
mod probe;
mod raw;
mod refusal;
mod rows_file;
pub mod source;
mod stack_file;
mod vantages;

pub use matcher::MATCHERS;

/// What the tests of the readers share.
#[cfg(test)]
pub(crate) mod testing {
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

/// Laws that hold of every reader.
#[cfg(test)]
mod laws {
    use proptest::prelude::*;

    use super::diagnostic::{Colour, Diagnostics};
    use super::source::Sources;
    use super::{check_file, expect, lab_file, node, probe, rows_file, stack_file};

    /// Words that mean something somewhere, so that readers are led deep, and some that never do.
    const WORDS: &str = "lab|stack_name|regions|vars|resources|phases|vantages|title|ja|en|vpc|instance|name|tags|where|\
        checks|phase|probe|resource|dns|tcp|http|url|host|port|type|headers|json|expect|outcome|hint|hints|when|text|\
        needs|times|eventually|timeout|points|severity|for_each|equals|not|one_of|contains|starts_with|matches|in_cidr|\
        at_least|at_most|between|every|some|none|only|count|distinct|present|absent|empty|all_of|any_of|cannot|replica|\
        faults|speed|credentials|endpoint_urls|internet|socks5|direct|resolver|R-1|a-check|a.b|a..b|'a.\"b\"'|'{{ x }}'|\
        true|false|null|0300|8.40|90s|RO|error|GET|A|http://a/|10.0.0.0/8|127.0.0.1:1|'['|''|日本|\"\\e[31m\"";

    fn yaml() -> impl Strategy<Value = String> {
        let words: Vec<String> = WORDS.split('|').map(str::to_owned).collect();
        let word = proptest::sample::select(words);
        let key = word.clone();
        word.prop_recursive(6, 60, 5, move |inner| {
            let entry = (key.clone(), inner.clone()).prop_map(|(key, value)| format!("{key}: {value}"));
            prop_oneof![
                3 => proptest::collection::vec(entry, 0..5).prop_map(|all| format!("{{ {} }}", all.join(", "))),
                1 => proptest::collection::vec(inner, 0..4).prop_map(|all| format!("[{}]", all.join(", "))),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_reader_reads_or_tells_any_tree(text in yaml()) {
            let (mut sources, mut found) = (Sources::default(), Diagnostics::default());
            let file = sources.add("t.yaml", text.as_str());
            let Some(tree) = node::parse(&sources, file, &mut found) else {
                panic!("not YAML: {text}: {:?}", found.titles());
            };
            let found = &mut found;
            let _any = (lab_file::read(&tree, found), check_file::read(&tree, found), rows_file::read(&tree, found));
            let _any = (stack_file::read(&tree, found), probe::read(&tree, found), expect::root(&tree, found));
            for mistake in found.sorted() {
                prop_assert!(!mistake.remedies.is_empty(), "no remedy: {}", mistake.title);
                for span in mistake.related.iter().map(|(span, _)| *span).chain([mistake.span]) {
                    prop_assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text}");
                }
            }
            let _told = found.render(&sources, Colour::Plain);
        }
    }
}
