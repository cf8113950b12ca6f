//! `kind: drill`: what is disrupted, what must hold all through, and which checks are looked at meanwhile and after.
use super::ast::{At, Disrupt, DrillProbe, Span, Tree};
use super::diagnostic::{Diagnostic, Diagnostics, list, quote};
use super::fields::{Fields, duration, map, names, text, word};

/// The keys that only a drill has.
pub const KEYS: [&str; 7] = [
    "disrupt",
    "target_group",
    "steady_state",
    "every",
    "during",
    "after",
    "restore",
];

/// The keys of a check that a drill has no use for.
const NOT_OF_DRILLS: [&str; 7] = [
    "probe",
    "steps",
    "finally",
    "writes",
    "times",
    "eventually",
    "timeout",
];

/// What can be disrupted.
pub(super) const DISRUPTIONS: [&str; 3] = ["stop_instance", "failover_cluster", "stop_service"];

/// The keys of `stop_service`.
pub(super) const SERVICE_KEYS: [&str; 2] = ["instance", "unit"];

/// Whether a check is a drill; a key that only drills have is refused elsewhere.
pub fn is_drill(fields: &Fields<'_>, found: &mut Diagnostics) -> bool {
    let drill = fields
        .get("kind")
        .and_then(|tree| word(tree, &[("drill", true)], found))
        .unwrap_or(false);
    let (refused, why): (&[&str], &str) = if drill {
        (&NOT_OF_DRILLS, "a drill has no `{}`")
    } else {
        (&KEYS, "only a drill has `{}`")
    };
    for key in refused {
        if let Some((key, _)) = fields.entry(key) {
            let title = why.replace("{}", &key.value);
            found.push(Diagnostic::new(key.span, title).help(if drill {
                "leave it out: what is looked at is its `steady_state`, `during` and `after`"
            } else {
                "leave it out, or write `kind: drill`"
            }));
        }
    }
    drill
}

/// Reads what a drill has of its own.
pub fn read(fields: &Fields<'_>, found: &mut Diagnostics) -> Option<DrillProbe> {
    let disrupt = fields
        .require("disrupt", found)
        .and_then(|tree| disruption(tree, found));
    let steady_state = fields
        .require("steady_state", found)
        .and_then(|tree| text(tree, found));
    let mut names_of = |key| {
        fields
            .get(key)
            .map(|tree| names(tree, found))
            .unwrap_or_default()
    };
    let (during, after) = (names_of("during"), names_of("after"));
    let restore_writer = fields
        .get("restore")
        .and_then(|tree| word(tree, &[("original-writer", true)], found))
        .unwrap_or(false);
    let disrupt = disrupt?;
    if let (Some((key, _)), Disrupt::Stop(_) | Disrupt::StopService { .. }) =
        (fields.entry("restore"), &disrupt)
    {
        let title = format!("`{}` says nothing of this disruption", key.value);
        found.push(Diagnostic::new(key.span, title).help("leave it out"));
    }
    match (&disrupt, fields.entry("from")) {
        (Disrupt::StopService { unit, .. }, None) => {
            let title = "a service is stopped by a command, and `from` says on which host";
            found.push(
                Diagnostic::new(unit.span, title)
                    .help("name the server's own vantage: `from: NAME`"),
            );
        }
        (Disrupt::Stop(_) | Disrupt::FailOver(_), Some((key, _))) => {
            let title = "only a drill that stops a service has `from`";
            found.push(
                Diagnostic::new(key.span, title)
                    .help("leave it out: the disruption is a call of the API"),
            );
        }
        _ => {}
    }
    Some(DrillProbe {
        disrupt,
        target_group: fields
            .get("target_group")
            .and_then(|tree| text(tree, found)),
        steady_state: steady_state?,
        every: fields.get("every").and_then(|tree| duration(tree, found)),
        during,
        after,
        restore_writer,
    })
}

fn disruption(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Disrupt> {
    let [(name, target)] = map(tree, "what is disrupted", found)? else {
        let span: Span = tree.span;
        let wrong = Diagnostic::new(span, "expected exactly one disruption");
        found.push(wrong.help(format!("the disruptions are: {}", list(DISRUPTIONS))));
        return None;
    };
    match name.value.as_str() {
        "stop_instance" => Some(Disrupt::Stop(text(target, found)?)),
        "failover_cluster" => Some(Disrupt::FailOver(text(target, found)?)),
        "stop_service" => service(target, found),
        unknown => {
            let title = format!("unknown disruption {}", quote(unknown));
            found.push(Diagnostic::new(name.span, title).suggest(unknown, DISRUPTIONS));
            None
        }
    }
}

fn service(tree: &At<Tree>, found: &mut Diagnostics) -> Option<Disrupt> {
    let fields = Fields::open(
        tree,
        "a service that is stopped",
        tree.span,
        &SERVICE_KEYS,
        found,
    )?;
    let mut word = |key| {
        let tree = fields.require(key, found)?;
        text(tree, found)
    };
    let (instance, unit) = (word("instance"), word("unit"));
    let unit = unit?;
    // What systemd takes as a unit's name: it becomes a word of a command on the student's server.
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "@._-:".contains(letter);
    if unit.value.is_empty() || unit.value.starts_with('-') || !unit.value.chars().all(is_plain) {
        let title = format!("{} is no unit's name", quote(&unit.value));
        found.push(
            Diagnostic::new(unit.span, title)
                .help("as in `systemctl status nginx`: letters, digits and @ . _ - :"),
        );
        return None;
    }
    Some(Disrupt::StopService {
        instance: instance?,
        unit,
    })
}
