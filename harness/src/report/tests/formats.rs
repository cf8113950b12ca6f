//! Each format on the samples: what a student reads, what a program reads back.
use serde_json::Value;

use super::sample::*;
use crate::fault::{Layer, ProbeError};
use crate::observation::{Attempt, Observation};
use crate::report::json::to_json;
use crate::report::junit::to_xml;
use crate::report::layout::columns;
use crate::report::model::{Kind, Nearness, Report};
use crate::report::terminal::Terminal;
use crate::report::words::faults::fault;
use crate::text::Lang;

pub fn terminal(report: &Report, lang: Lang, width: usize) -> String {
    let colour = false;
    Terminal {
        lang,
        width,
        colour,
    }
    .render(report)
}

#[test]
fn a_student_reads_the_causes_in_japanese() {
    insta::assert_snapshot!(terminal(&student(), Lang::Ja, 80));
}

#[test]
fn a_student_reads_the_causes_in_english() {
    insta::assert_snapshot!(terminal(&student(), Lang::En, 80));
}

#[test]
fn everything_at_once_in_japanese() {
    insta::assert_snapshot!(terminal(&everything(), Lang::Ja, 80));
}

#[test]
fn everything_at_once_in_english() {
    insta::assert_snapshot!(terminal(&everything(), Lang::En, 80));
}

#[test]
fn a_run_without_credentials_says_so_once() {
    let checks = (0..40).map(|n| {
        errored(
            &format!("check-{n}"),
            crate::fault::Code::ExpiredCredentials,
            "sts:GetCallerIdentity",
        )
    });
    let report = Report::assemble(run(), checks.collect());
    insta::assert_snapshot!(terminal(&report, Lang::Ja, 80));
    assert_eq!(
        terminal(&report, Lang::En, 80)
            .matches("have expired")
            .count(),
        3
    );
}

#[test]
fn a_clean_run_is_a_few_lines() {
    let report = Report::assemble(run(), vec![passed("a"), passed("b")]);
    insta::assert_snapshot!(terminal(&report, Lang::Ja, 80));
}

#[test]
fn four_causes_stand_on_the_first_screen_with_what_to_do() {
    for lang in [Lang::Ja, Lang::En] {
        let text = terminal(&student(), lang, 80);
        let screen: Vec<&str> = text.lines().take(24).collect();
        let screen = screen.join("\n");
        for id in [
            "web-tier-only-from-alb",
            "alb-exists",
            "health-check-asks-the-root",
            "running[web2]",
        ] {
            assert!(screen.contains(id), "{id} is not in\n{screen}");
        }
        assert_eq!(screen.matches("\n  > ").count(), 4, "{screen}");
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 60, 80, 120] {
        for lang in [Lang::Ja, Lang::En] {
            for line in terminal(&everything(), lang, width).lines() {
                assert!(columns(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn the_demo_says_so_first_and_last() {
    for lang in [Lang::Ja, Lang::En] {
        let text = terminal(&everything(), lang, 80);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("DEMO") && lines[lines.len() - 1].starts_with("DEMO"),
            "{text}"
        );
    }
}

#[test]
fn colours_are_escapes_and_come_only_when_asked_for() {
    let painted = Terminal {
        lang: Lang::En,
        width: 80,
        colour: true,
    }
    .render(&student());
    assert!(
        painted.contains("\u{1b}[1;31m1. web-tier-only-from-alb"),
        "{painted}"
    );
    assert!(!terminal(&student(), Lang::En, 80).contains('\u{1b}'));
}

#[test]
fn junit_tells_each_check_once() {
    insta::assert_snapshot!(String::from_utf8(to_xml(&student(), Lang::En).unwrap()).unwrap());
}

#[test]
fn result_json_is_the_published_shape() {
    insta::assert_snapshot!(String::from_utf8(to_json(&student()).unwrap()).unwrap());
}

#[test]
fn a_report_is_read_back_as_it_was_written() {
    for report in [student(), everything()] {
        let json = to_json(&report).unwrap();
        assert_eq!(serde_json::from_slice::<Report>(&json).unwrap(), report);
    }
}

#[test]
fn a_difference_that_is_not_known_is_a_name_that_is_alike() {
    let report = everything();
    let near = &report
        .checks
        .iter()
        .find(|check| check.id == HOSTILE)
        .unwrap()
        .near;
    let whys: Vec<Nearness> = near.iter().map(|miss| miss.why).collect();
    assert_eq!(whys, [Nearness::FullWidth, Nearness::Similar]);
}

#[test]
fn every_fault_is_said_in_both_languages_and_says_what_to_do() {
    let mut codes: Vec<String> = Vec::new();
    for code in CODES {
        let error = ProbeError::new(code, Layer::Aws, "ec2:DescribeVpcs (us-east-1)", "");
        let (ja, en) = (fault(Lang::Ja, &error), fault(Lang::En, &error));
        assert!(
            !ja.what.is_ascii() && !ja.next.is_ascii() && ja.next.ends_with('。'),
            "{ja:?}"
        );
        assert!(
            en.what.is_ascii() && en.next.is_ascii() && en.next.ends_with('.'),
            "{en:?}"
        );
        let Value::String(code) = serde_json::to_value(code).unwrap() else {
            panic!("{code:?}")
        };
        // The code is for programs; a student reads words.
        assert!(
            !ja.what.contains(&code) && (!code.contains('_') || !en.what.contains(&code)),
            "{en:?}"
        );
        codes.push(code);
    }
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), CODES.len());
}

/// A report with one drill that lost two samples of eight.
pub fn drilled() -> Report {
    let (mut facts, mut result) = passed("survives-stop");
    facts.kind = Kind::Drill;
    let seen = Observation::of("measured")
        .with("samples", 8)
        .with("lost", 2)
        .with("availability", 0.75)
        .with("longest_outage", 40.2)
        .with("recovery", 41.0)
        .with("time_to_disrupt", 11.5)
        .with("time_to_recover", 95.5)
        .with(
            "during",
            serde_json::json!([{ "check": "writes-go-on", "outcome": "passed", "seconds": 61.2 }]),
        )
        .with(
            "after",
            serde_json::json!([{ "check": "both-healthy", "outcome": "failed", "seconds": 97.0 }]),
        )
        .with("speed", 20.0)
        .with("timeline", "●●○○●●●●");
    result.attempts = vec![Attempt {
        at_ms: 0,
        elapsed_ms: 1,
        target: "drill web1".to_owned(),
        seen: Ok(seen),
        pass: 0,
        step: 0,
        finally: false,
    }]
    .into();
    Report::assemble(run(), vec![(facts, result)])
}

#[test]
fn what_a_drill_measured_stands_in_every_format() {
    let report = drilled();
    for (lang, parts) in [
        (
            Lang::Ja,
            [
                "可用性 75.0%",
                "最長の停止 41 秒",
                "41 秒で回復",
                "まで 12 秒",
                "writes-go-on 62 秒",
                "both-healthy 97 秒 ✗",
                "20 倍速",
            ],
        ),
        (
            Lang::En,
            [
                "available 75.0%",
                "longest outage 41 s",
                "recovered after 41 s",
                "switched after 12 s",
                "Meanwhile: writes-go-on 62 s",
                "Afterwards: both-healthy 97 s ✗",
                "20 x as fast",
            ],
        ),
    ] {
        let xml = to_xml(&report, lang).expect("XML");
        let page = crate::report::html::run(&report, lang).expect("a page");
        for (format, told) in [
            ("terminal", terminal(&report, lang, 400)),
            ("summary", crate::report::github::summary(&report, lang)),
            ("page", page.clone()),
            ("junit", String::from_utf8(xml).expect("UTF-8")),
        ] {
            for part in parts {
                assert!(told.contains(part), "{format}: {part}: {told}");
            }
            let drawn = format == "page" || told.contains("●●○○●●●●");
            assert!(drawn, "{format}: {told}");
        }
        for rect in [
            r#"class="held" x="0" width="2" y="0" height="10""#,
            r#"class="lost" x="2" width="2" y="6" height="4""#,
            r#"class="held" x="4" width="4" y="0" height="10""#,
        ] {
            assert!(page.contains(rect), "{rect}");
        }
    }
    let back: Report = serde_json::from_slice(&to_json(&report).expect("JSON")).expect("read");
    assert_eq!(back.checks[0].drill, report.checks[0].drill);
    assert!(back.checks[0].drill.is_some());
}
