//! The demo of a stack with mistakes in it: the first screen names each of them, in both languages.
use std::collections::BTreeSet;

use labcheck::report::layout::columns;

use crate::face::{Ended, Face};

/// A screen: what is seen without scrolling on the smallest terminal.
const SCREEN: (usize, usize) = (24, 80);

/// The seeded mistakes: the check that must be named as the cause, and what was seen there.
const SEEDED: [(&str, &str); 3] = [
    ("web-tier-only-from-alb", "0.0.0.0/0"),
    ("servers-in-different-zones", "us-east-1a"),
    ("health-check-path", "/index.html"),
];

fn broken(lang: &str) -> Ended {
    Face::run()
        .args("--stack demo-broken --lang")
        .arg(lang)
        .end()
        .exits(101)
}

fn first_screen(ended: &Ended) -> Vec<&str> {
    ended.stdout.lines().take(SCREEN.0).collect()
}

#[test]
fn the_first_screen_names_each_seeded_mistake_and_what_to_click() {
    for (lang, console) in [("ja", "EC2 コンソール"), ("en", "EC2 console")] {
        let ended = broken(lang);
        let screen = first_screen(&ended);
        for (number, (check, seen)) in SEEDED.iter().enumerate() {
            let named = format!("{}. {check}", number + 1);
            let Some(place) = screen.iter().position(|line| line.starts_with(&named)) else {
                panic!("{named} is not on the first screen:\n{}", screen.join("\n"));
            };
            let below: Vec<&str> = screen[place + 1..]
                .iter()
                .copied()
                .take_while(|line| line.starts_with("  "))
                .collect();
            let below = below.join("\n");
            assert!(below.contains(seen), "{check}: {seen} in\n{below}");
            assert!(
                below.contains("  x ") && below.contains("  > "),
                "{check}: {below}"
            );
        }
        assert!(screen.join("\n").contains(console), "{}", screen.join("\n"));
        let cut = screen
            .iter()
            .any(|line| line.starts_with("  > ") && line.ends_with('…'));
        assert!(!cut, "what to click is whole:\n{}", screen.join("\n"));
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for lang in ["ja", "en"] {
        let ended = broken(lang);
        for line in ended.stdout.lines() {
            assert!(
                columns(line) <= SCREEN.1,
                "{} columns: {line}",
                columns(line)
            );
        }
    }
}

#[test]
fn what_hangs_on_a_mistake_is_folded_under_it_and_nothing_else_fails() {
    let ended = broken("en");
    let outcomes = ended.outcomes();
    let with = |outcome: &str| -> BTreeSet<&str> {
        let those = outcomes.iter().filter(|(_, found)| *found == outcome);
        those.map(|(id, _)| id.as_str()).collect()
    };
    let mut expected: BTreeSet<&str> = SEEDED.iter().map(|(check, _)| *check).collect();
    expected.insert("a-target-healthy");
    assert_eq!(with("failed"), expected);
    assert!(with("errored").is_empty());
    assert!(!with("skipped").is_empty());
    assert!(
        !ended.stdout.contains("\n4. "),
        "three causes\n{}",
        ended.stdout
    );
}
