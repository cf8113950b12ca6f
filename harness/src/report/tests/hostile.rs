//! Nothing that a stack, a page or an author says reaches a format as more than letters.
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::formats::terminal;
use super::sample::*;
use crate::observation::Observation;
use crate::report::github;
use crate::report::html;
use crate::report::inert::acts;
use crate::report::json::to_json;
use crate::report::junit::to_xml;
use crate::report::model::Report;
use crate::text::Lang;

/// A CI runner's reading of a line.
fn commands(text: &str) -> Vec<&str> {
    let begins = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("::") && line[2..].starts_with(|c: char| c.is_ascii_alphabetic())
            || line.contains("##[")
    };
    text.lines().filter(begins).collect()
}

fn raw(text: &str) -> Vec<char> {
    text.chars().filter(|&c| c != '\n' && acts(c)).collect()
}

#[test]
fn hostile_text_is_inert_in_every_format() {
    let report = everything();
    for lang in [Lang::Ja, Lang::En] {
        let xml = String::from_utf8(to_xml(&report, lang).unwrap()).unwrap();
        for text in [terminal(&report, lang, 80), xml] {
            assert!(raw(&text).is_empty());
            assert_eq!(commands(&text), Vec::<&str>::new());
            assert!(
                text.lines().all(|line| line.chars().count() < 1_500),
                "a line is not bounded"
            );
        }
        for text in [
            html::run(&report, lang).unwrap(),
            github::summary(&report, lang),
        ] {
            assert_eq!(raw(&text), Vec::<char>::new());
            assert_eq!(commands(&text), Vec::<&str>::new());
        }
        let page = html::run(&report, lang).unwrap();
        assert_eq!(page.matches("<script").count(), 0, "it has none");
        acts_in_no_runner(&report, lang);
    }
    let json = String::from_utf8(to_json(&report).unwrap()).unwrap();
    assert!(raw(&json).is_empty());
    assert_eq!(
        commands(&json)
            .iter()
            .filter(|line| line.trim_start().starts_with("::"))
            .count(),
        0
    );
}

/// What a runner is told on purpose: commands of ours, each whole on its line, and outputs that are no second one.
fn acts_in_no_runner(report: &Report, lang: Lang) {
    let place = github::Place {
        workspace: Path::new("/w"),
        base: Path::new("/w"),
        stack_file: None,
    };
    for command in github::annotations(report, lang, place) {
        let ours = ["::error ", "::warning ", "::notice::"];
        assert!(
            ours.iter().any(|begin| command.starts_with(begin)),
            "{command}"
        );
        assert!(!command.chars().any(acts), "{command}");
    }
    for (_, value) in github::outputs(report) {
        assert!(!value.chars().any(acts), "{value}");
    }
}

#[test]
fn the_xml_is_well_formed_flat_and_complete() {
    let report = everything();
    let xml = to_xml(&report, Lang::Ja).unwrap();
    let read =
        quick_junit::Report::deserialize_from_str(std::str::from_utf8(&xml).unwrap()).unwrap();
    let cases: Vec<_> = read
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases)
        .collect();
    assert_eq!(cases.len(), report.checks.len());
    let mut names: Vec<String> = cases
        .iter()
        .map(|case| format!("{:?} {:?}", case.classname, case.name))
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), cases.len());
    assert!(cases.iter().all(|case| case.time.is_some()));
    assert!(
        cases
            .iter()
            .all(|case| case.extra.contains_key("file") && case.extra.contains_key("line"))
    );
}

#[test]
fn warnings_are_skipped_in_junit_and_faults_are_errors() {
    let xml = String::from_utf8(to_xml(&student(), Lang::En).unwrap()).unwrap();
    assert_eq!(xml.matches("<failure").count(), 4);
    assert_eq!(xml.matches("<error").count(), 1);
    assert_eq!(xml.matches("<skipped").count(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_that_acts_reaches_the_terminal_or_the_xml(text in "\\PC*|(?s).{0,60}|[:#\\[a-z \u{1b}\u{202e}\u{301}]{0,80}", width in 20usize..100) {
        let value = json!({ text.clone(): [text.clone(), { "id": text, "name": text }] });
        let near = json!([{ "name": text, "why": "case", "where": text }]);
        let check = saw(
            failed(&text, vec![mismatch(&text, "only", value.clone(), Some(value)), mismatch("outcome", "equals", json!(text), Some(json!(text)))]),
            &text,
            Observation::of(text.clone()).with("near", near),
        );
        let mut facts = run();
        facts.stack.clone_from(&text);
        facts.account = Some(text.clone());
        let skip = skipped("other", crate::result::SkipKind::Vantage, &text);
        let report = Report::assemble(facts, vec![hinted(titled(check, &text, &text), &text, &text), skip]);
        for lang in [Lang::Ja, Lang::En] {
            let page = terminal(&report, lang, width);
            prop_assert_eq!(raw(&page), Vec::<char>::new());
            prop_assert_eq!(commands(&page), Vec::<&str>::new());
            let xml = String::from_utf8(to_xml(&report, lang).unwrap()).unwrap();
            prop_assert_eq!(raw(&xml), Vec::<char>::new());
            prop_assert!(quick_junit::Report::deserialize_from_str(&xml).is_ok());
            for told in [html::run(&report, lang).unwrap(), github::summary(&report, lang)] {
                prop_assert_eq!(raw(&told), Vec::<char>::new());
                prop_assert_eq!(commands(&told), Vec::<&str>::new());
            }
            acts_in_no_runner(&report, lang);
        }
    }
}
