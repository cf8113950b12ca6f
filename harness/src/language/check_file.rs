//! A check file: the phase that its checks share, and the checks.
use std::collections::BTreeSet;

use super::ast::{At, Check, Expect, FieldPath, Hint, Severity, Span, Step, Tree};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::fields::{
    Fields, bilingual, count, duration, flag, is_template, items, map, names, text, word,
};
use super::names::{kebab, snake};
use super::{drill, expect, probe};
use crate::text::Text;

/// The keys of a check file.
pub(super) const KEYS: [&str; 2] = ["phase", "checks"];

/// The keys of a check.
pub(super) const CHECK_KEYS: [&str; 30] = [
    "asserts",
    "title",
    "phase",
    "until",
    "except",
    "severity",
    "points",
    "for_each",
    "needs",
    "agrees_with",
    "because",
    "from",
    "probe",
    "expect",
    "times",
    "steps",
    "finally",
    "writes",
    "eventually",
    "timeout",
    "hint",
    "hints",
    "kind",
    "disrupt",
    "target_group",
    "steady_state",
    "every",
    "during",
    "after",
    "restore",
];

/// The keys of a step.
pub(super) const STEP_KEYS: [&str; 5] = ["from", "probe", "expect", "times", "save"];

/// The keys of one of `hints`.
pub(super) const HINT_KEYS: [&str; 2] = ["when", "text"];

/// The words of `severity`.
pub(super) const SEVERITIES: [(&str, Severity); 3] = [
    ("error", Severity::Error),
    ("warning", Severity::Warning),
    ("info", Severity::Info),
];

/// What a check file says, as far as it could be read.
#[derive(Debug, Default)]
pub struct CheckFile {
    /// Its checks, in order.
    pub checks: Vec<Check>,
    /// Where the ids of all its checks stand, also of those that could not be read.
    pub ids: Vec<At<String>>,
    /// Ids of the checks that could not be read.
    pub unread: BTreeSet<String>,
}

/// Reads the tree of a check file.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> CheckFile {
    let mut file = CheckFile::default();
    let Some(fields) = Fields::open(tree, "a check file", tree.span, &KEYS, found) else {
        return file;
    };
    let phase = fields.get("phase").and_then(|tree| text(tree, found));
    let entries = fields
        .require("checks", found)
        .and_then(|tree| checks(tree, found))
        .unwrap_or_default();
    for (id, tree) in entries {
        kebab(id, "the id of a check", found);
        file.ids.push(id.clone());
        match check(id, tree, phase.as_ref(), found) {
            Some(check) => file.checks.push(check),
            None => {
                file.unread.insert(id.value.clone());
            }
        }
    }
    file
}

fn checks<'t>(tree: &'t At<Tree>, found: &mut Diagnostics) -> Option<&'t super::fields::Entries> {
    let nothing = matches!(&tree.value, Tree::Null)
        || matches!(&tree.value, Tree::Map(entries) if entries.is_empty());
    if nothing {
        found.push(
            Diagnostic::new(tree.span, "no checks")
                .help("write a check below its id, or remove the file"),
        );
        return None;
    }
    map(tree, "ids and checks", found)
}

fn check(
    id: &At<String>,
    tree: &At<Tree>,
    phase: Option<&At<String>>,
    found: &mut Diagnostics,
) -> Option<Check> {
    let fields = Fields::open(tree, "a check", id.span, &CHECK_KEYS, found)?;
    fields.exclude(
        "hint",
        "hints",
        "`hint` is the only one, `hints` are several",
        found,
    );
    let mut names_of = |key| {
        fields
            .get(key)
            .map(|tree| names(tree, found))
            .unwrap_or_default()
    };
    let asserts = names_of("asserts");
    let except = names_of("except");
    let for_each = names_of("for_each");
    let needs = names_of("needs");
    let agrees_with = names_of("agrees_with");
    let because = names_of("because");
    let mut text_of = |key| fields.get(key).and_then(|tree| text(tree, found));
    let own_phase = text_of("phase");
    let until = text_of("until");
    let from = text_of("from");
    let title = fields.get("title").and_then(|tree| bilingual(tree, found));
    let severity = fields
        .get("severity")
        .and_then(|tree| severity(tree, found))
        .unwrap_or_default();
    let points = fields.get("points").and_then(|tree| count(tree, 0, found));
    let writes = fields
        .get("writes")
        .and_then(|tree| flag(tree, found))
        .unwrap_or_default();
    let eventually = fields
        .get("eventually")
        .and_then(|tree| waiting(tree, found));
    let timeout = fields.get("timeout").and_then(|tree| duration(tree, found));
    let hints = hints(&fields, found);
    let steps = if drill::is_drill(&fields, found) {
        drill_step(&fields, id.span, found)
    } else {
        steps(&fields, id.span, found)
    };
    let finally = match fields.get("finally") {
        Some(tree) => listed_steps(tree, found),
        None => Some(Vec::new()),
    };
    Some(Check {
        id: id.clone(),
        asserts,
        title: title.unwrap_or_else(|| Text::same(&id.value)),
        phase: own_phase.or_else(|| phase.cloned()),
        until,
        except,
        severity,
        points: points.unwrap_or(At::new(1, id.span)),
        for_each,
        needs,
        agrees_with,
        because,
        from,
        steps: steps?,
        finally: finally?,
        writes,
        eventually,
        timeout,
        hints,
    })
}

/// The one step of a drill.
fn drill_step(fields: &Fields<'_>, place: Span, found: &mut Diagnostics) -> Option<Vec<Step>> {
    let drill = drill::read(fields, found);
    let step = rest_of_step(fields, place, found);
    Some(vec![Step {
        probe: At::new(super::ast::Probe::Drill(drill?), place),
        ..step?
    }])
}

/// `steps: […]`, or one step written out in the check itself.
fn steps(fields: &Fields<'_>, place: Span, found: &mut Diagnostics) -> Option<Vec<Step>> {
    let Some(tree) = fields.get("steps") else {
        let probe = fields
            .require("probe", found)
            .and_then(|tree| probe::read(tree, found));
        let step = rest_of_step(fields, place, found);
        return Some(vec![Step {
            probe: probe?,
            ..step?
        }]);
    };
    for key in ["probe", "expect", "times"] {
        fields.exclude(key, "steps", "each step has its own", found);
    }
    let steps = listed_steps(tree, found)?;
    if steps.is_empty() {
        found.push(
            Diagnostic::new(tree.span, "a check without steps")
                .help("write its first one: `- probe: { … }`"),
        );
        return None;
    }
    Some(steps)
}

/// All of them, or none where one can't be read.
fn listed_steps(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Vec<Step>> {
    let listed = items(tree, "a list of steps", found)?;
    let steps: Vec<Option<Step>> = listed.iter().map(|item| step(item, found)).collect();
    steps.into_iter().collect()
}

fn step(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Step> {
    let place = match &tree.value {
        Tree::Map(entries) => entries.first().map_or(tree.span, |(key, _)| key.span),
        _ => tree.span,
    };
    let fields = Fields::open(tree, "a step", place, &STEP_KEYS, found)?;
    let probe = fields
        .require("probe", found)
        .and_then(|tree| probe::read(tree, found));
    let step = rest_of_step(&fields, place, found)?;
    Some(Step {
        probe: probe?,
        from: fields.get("from").and_then(|tree| text(tree, found)),
        save: fields
            .get("save")
            .map(|tree| saved(tree, found))
            .unwrap_or_default(),
        ..step
    })
}

/// What a step has beside its probe, wherever it is written. The probe is a stand-in.
fn rest_of_step(fields: &Fields<'_>, place: Span, found: &mut Diagnostics) -> Option<Step> {
    Some(Step {
        span: place,
        from: None,
        probe: At::new(
            super::ast::Probe::Vantage(At::new(String::new(), place)),
            place,
        ),
        expect: match fields.get("expect") {
            Some(tree) => Some(expect::root(tree, found)?),
            None => None,
        },
        times: fields.get("times").and_then(|tree| count(tree, 1, found)),
        save: Vec::new(),
    })
}

/// `save: { id: selected.ids }`
fn saved(tree: &At<Tree>, found: &mut Diagnostics) -> Vec<(At<String>, At<FieldPath>)> {
    let mut saved = Vec::new();
    for (name, value) in map(tree, "names and paths", found).unwrap_or_default() {
        snake(name, "a saved name", found);
        let path = text(value, found).and_then(|text| expect::path(&text, found));
        saved.extend(path.map(|path| (name.clone(), path)));
    }
    saved
}

fn severity(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Severity> {
    word(tree, &SEVERITIES, found)
}

/// `eventually:`, a duration or a template for one.
fn waiting(tree: &At<Tree>, found: &mut Diagnostics) -> Option<At<String>> {
    let written = text(tree, found)?;
    if is_template(&written.value) {
        return Some(written);
    }
    duration(tree, found).map(|_| written)
}

/// `hint: …` or `hints: [{ when: …, text: … }, …]`.
fn hints(fields: &Fields<'_>, found: &mut Diagnostics) -> Vec<Hint> {
    let mut hints = Vec::new();
    if let Some(tree) = fields.get("hint") {
        hints.extend(bilingual(tree, found).map(|text| Hint { when: None, text }));
    }
    if let Some(tree) = fields.get("hints") {
        let listed = items(tree, "a list of hints", found).unwrap_or_default();
        hints.extend(listed.iter().filter_map(|item| hint(item, found)));
        tell_hidden(&hints, listed, found);
    }
    hints
}

fn hint(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Hint> {
    let fields = Fields::open(tree, "a hint", tree.span, &HINT_KEYS, found)?;
    let when: Option<At<Expect>> = fields
        .get("when")
        .and_then(|tree| expect::root(tree, found));
    let text = fields
        .require("text", found)
        .and_then(|tree| bilingual(tree, found));
    Some(Hint { when, text: text? })
}

/// The first hint that fits is shown, so that nothing after one without `when` ever is.
fn tell_hidden(hints: &[Hint], listed: &[At<Tree>], found: &mut Diagnostics) {
    if hints.len() != listed.len() {
        return;
    }
    let always: Option<usize> = hints.iter().position(|hint| hint.when.is_none());
    if let Some(first) = always.filter(|&first| first + 1 < hints.len()) {
        let next: Span = listed[first + 1].span;
        let hidden = Diagnostic::new(next, "a hint that is never shown");
        found.push(
            hidden
                .also(listed[first].span, "this one fits always")
                .help("put the one without `when` last"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::ast::Probe;
    use crate::language::testing::{made, told};

    #[test]
    fn a_check_is_read_whole() {
        let file = made(
            "\
phase: hardened
checks:
  direct-access-times-out:
    asserts: [HA-404]
    title: { ja: 日, en: day }
    until: normal
    except: [stopped]
    for_each: [web1, web2]
    severity: warning
    points: 3
    needs: [alb-serves-app, 'running[each]']
    agrees_with: [web-tier-only-from-alb]
    because: [sg-attached]
    from: internet
    probe: { tcp: { host: '{{ each.public_ip_address }}', port: '{{ app_port }}' } }
    expect: { outcome: timeout }
    times: 20
    eventually: '{{ settle }}'
    timeout: 1500ms
    hints: [{ when: { outcome: refused }, text: closed }, { text: { ja: 日, en: other } }]
  plain:
    phase: vpc
    probe: { resource: vpc }
",
            read,
        );
        let [check, plain] = &file.checks[..] else {
            panic!()
        };
        let values =
            |list: &[At<String>]| list.iter().map(|at| at.value.clone()).collect::<Vec<_>>();
        assert_eq!(check.id.value, "direct-access-times-out");
        assert_eq!(values(&check.asserts), ["HA-404"]);
        assert_eq!(check.title.en, "day");
        assert_eq!(check.phase.as_ref().unwrap().value, "hardened");
        assert_eq!(check.until.as_ref().unwrap().value, "normal");
        assert_eq!(values(&check.except), ["stopped"]);
        assert_eq!(values(&check.for_each), ["web1", "web2"]);
        assert_eq!(check.severity, Severity::Warning);
        assert_eq!(check.points.value, 3);
        assert_eq!(values(&check.needs), ["alb-serves-app", "running[each]"]);
        assert_eq!(values(&check.agrees_with), ["web-tier-only-from-alb"]);
        assert_eq!(values(&check.because), ["sg-attached"]);
        assert_eq!(check.from.as_ref().unwrap().value, "internet");
        assert!(
            matches!(&check.steps[0].probe.value, Probe::Tcp(tcp) if tcp.port.value == "{{ app_port }}")
        );
        assert!(
            matches!(&check.steps[0].expect.as_ref().unwrap().value, Expect::Pattern(fields) if fields.len() == 1)
        );
        assert_eq!(check.steps[0].times.as_ref().unwrap().value, 20);
        assert_eq!(check.eventually.as_ref().unwrap().value, "{{ settle }}");
        assert_eq!(check.timeout.as_ref().unwrap().value.as_millis(), 1500);
        assert!(check.hints[0].when.is_some() && check.hints[1].when.is_none());

        assert_eq!(plain.phase.as_ref().unwrap().value, "vpc");
        assert_eq!((plain.points.value, plain.severity), (1, Severity::Error));
        assert_eq!(plain.title, Text::same("plain"));
        assert!(plain.steps[0].expect.is_none() && plain.hints.is_empty());
    }

    #[test]
    fn mistakes_of_a_check_are_told() {
        let check =
            |more: &str| format!("checks: {{ a: {{ probe: {{ resource: vpc }}, {more} }} }}\n");
        for (more, title) in [
            (
                "steps: [{ probe: { resource: vpc } }]",
                "`probe` and `steps` exclude each other",
            ),
            ("finally: [{}]", "a step lacks the key `probe`"),
            ("writes: yes", "expected `true` or `false`, found `yes`"),
            ("kind: dril", "`dril` is none of `drill`"),
            ("after: [b]", "only a drill has `after`"),
            (
                "severity: fatal",
                "`fatal` is none of `error`, `warning`, `info`",
            ),
            ("eventually: soon", "expected a duration, found `soon`"),
            ("times: 0", "expected a whole number, 1 or more, found `0`"),
            (
                "points: -1",
                "expected a whole number, 0 or more, found `-1`",
            ),
            ("needs: b", "expected a list of names, found `b`"),
            (
                "hint: x, hints: [{ text: y }]",
                "`hint` and `hints` exclude each other",
            ),
            (
                "hints: { text: y }",
                "expected a list of hints, found a map",
            ),
            (
                "hints: [{ when: { outcome: x } }]",
                "a hint lacks the key `text`",
            ),
            (
                "hints: [{ text: y }, { text: z }]",
                "a hint that is never shown",
            ),
            ("expect: {}", "an empty expectation asserts nothing"),
        ] {
            assert_eq!(told(&check(more), read), [title], "{more}");
        }
        for (drill, title) in [
            (
                "disrupt: { stop_service: { instance: a, unit: nginx } }",
                "a service is stopped by a command, and `from` says on which host",
            ),
            (
                "from: c, disrupt: { stop_service: { instance: a, unit: 'nginx; reboot' } }",
                "`nginx; reboot` is no unit's name",
            ),
            (
                "from: c, disrupt: { stop_instance: a }",
                "only a drill that stops a service has `from`",
            ),
        ] {
            let text = format!("checks: {{ a: {{ kind: drill, steady_state: b, {drill} }} }}\n");
            assert_eq!(told(&text, read), [title], "{drill}");
        }
        for (text, title) in [
            ("phase: vpc\n", "a check file lacks the key `checks`"),
            ("checks:\n", "no checks"),
            ("checks: {}\n", "no checks"),
            (
                "checks: [a]\n",
                "expected a map (ids and checks), found a list",
            ),
            ("checks: { a: {} }\n", "a check lacks the key `probe`"),
            (
                "checks: { a: }\n",
                "expected a map (a check), found nothing",
            ),
            ("", "expected a map (a check file), found nothing"),
            (
                "checks: { Ab: { probe: { resource: vpc } } }\n",
                "`Ab` can't be the id of a check",
            ),
        ] {
            assert_eq!(told(text, read), [title], "{text}");
        }
    }

    #[test]
    fn a_check_that_could_not_be_read_stays_known() {
        let (file, _) =
            crate::language::testing::read("checks: { a: { probe: { tpc: {} } } }\n", read);
        assert_eq!(file.ids[0].value, "a");
        assert!(file.checks.is_empty() && file.unread.contains("a"));
    }
}
