//! Annotations: workflow commands that GitHub shows at a line of a file. It shows ten errors and ten warnings of a step
//! and drops the rest without a word, so the rest is counted here.
use std::path::Path;

use crate::language::ast::Severity;
use crate::outcome::Outcome;
use crate::report::inert::inert_to;
use crate::report::model::{Check, Report};
use crate::report::story::story;
use crate::report::words::causes::more;
use crate::report::words::totals;
use crate::text::Lang;

/// How many of a level GitHub shows of one step.
const SHOWN: usize = 10;

/// Where annotations can stand.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The folder that GitHub knows as the repository.
    pub workspace: &'a Path,
    /// The folder that the checks' paths are relative to.
    pub base: &'a Path,
    /// The stack file, for checks whose own file is not in the repository.
    pub stack_file: Option<&'a Path>,
}

/// The commands, causes first: what failed is an error, what could not be told or is no error of the lab a warning.
#[must_use]
pub fn annotations(report: &Report, lang: Lang, place: Place<'_>) -> Vec<String> {
    let folding = report.folding();
    let causes = folding.roots.iter().flat_map(|root| &root.members);
    let mut order: Vec<usize> = causes.copied().collect();
    order.extend(
        (0..report.checks.len())
            .filter(|place| !order.contains(place))
            .collect::<Vec<_>>(),
    );
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for check in order.into_iter().map(|place| &report.checks[place]) {
        match level(check) {
            Some(Level::Error) => errors.push(check),
            Some(Level::Warning) => warnings.push(check),
            None => {}
        }
    }
    let mut commands = Vec::new();
    let mut dropped = 0;
    for (level, checks) in [("error", errors), ("warning", warnings)] {
        dropped += checks.len().saturating_sub(SHOWN);
        let shown = checks.into_iter().take(SHOWN);
        commands.extend(shown.map(|check| command(level, check, lang, place)));
    }
    if dropped > 0 {
        commands.push(format!("::notice::{}", data(&more(lang, dropped))));
    }
    commands
}

enum Level {
    Error,
    Warning,
}

/// A skipped check is told by its cause.
fn level(check: &Check) -> Option<Level> {
    match (check.outcome, check.severity) {
        (Outcome::Failed, Severity::Error) => Some(Level::Error),
        (Outcome::Errored, Severity::Error) | (Outcome::Failed, Severity::Warning) => {
            Some(Level::Warning)
        }
        _ => None,
    }
}

fn command(level: &str, check: &Check, lang: Lang, place: Place<'_>) -> String {
    let story = story(check, lang);
    let outcome = totals::outcome(lang, check.outcome);
    let title = property(&format!("{outcome}: {}", check.id));
    let own = inside(place.base.join(&check.file).as_path(), place.workspace);
    let stack = place
        .stack_file
        .and_then(|file| inside(file, place.workspace));
    let at = match (own, stack) {
        (Some(file), _) => format!("file={},line={},", property(&file), check.line),
        (None, Some(file)) => format!("file={},line=1,", property(&file)),
        (None, None) => String::new(),
    };
    format!("::{level} {at}title={title}::{}", data(&story.body))
}

/// A path as GitHub wants it: relative to the repository, if the file is there.
fn inside(file: &Path, workspace: &Path) -> Option<String> {
    let (file, workspace) = (file.canonicalize().ok()?, workspace.canonicalize().ok()?);
    let inside = file.strip_prefix(workspace).ok()?;
    let parts = inside.iter().map(|part| part.to_string_lossy());
    Some(parts.collect::<Vec<_>>().join("/"))
}

/// A command's message.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A command's property: on one line, and letters only.
fn property(text: &str) -> String {
    data(&inert_to(text, 300))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use crate::report::tests::sample::{errored, failed, mismatch, passed, run};
    use serde_json::json;

    fn sample(count: usize) -> Report {
        let mut checks: Vec<_> = (0..count)
            .map(|n| {
                failed(
                    &format!("wrong-{n}"),
                    vec![mismatch(
                        "state",
                        "equals",
                        json!("a"),
                        Some(json!("::error::%0A,b")),
                    )],
                )
            })
            .collect();
        checks.push(errored("unclear", Code::Throttled, "ec2:DescribeVpcs"));
        checks.push(passed("fine"));
        Report::assemble(run(), checks)
    }

    #[test]
    fn ten_are_shown_and_the_rest_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            workspace: folder.path(),
            base: folder.path(),
            stack_file: None,
        };
        let commands = annotations(&sample(13), Lang::En, place);
        let of = |level: &str| {
            commands
                .iter()
                .filter(|line| line.starts_with(level))
                .count()
        };
        assert_eq!(
            (of("::error "), of("::warning "), of("::notice::")),
            (10, 1, 1)
        );
        assert!(commands.last().unwrap().contains("and 3 more"));
        assert!(commands.iter().all(|line| line.lines().count() == 1));
        assert!(commands[0].contains("%2525") || !commands[0].contains("::error::%0A"));
    }

    #[test]
    fn a_check_stands_at_its_own_file_else_at_the_stack_file() {
        let folder = tempfile::tempdir().unwrap();
        let stack = folder.path().join("stacks/a,b.yaml");
        std::fs::create_dir_all(stack.parent().unwrap()).unwrap();
        std::fs::write(&stack, "").unwrap();
        let place = Place {
            workspace: folder.path(),
            base: folder.path(),
            stack_file: Some(&stack),
        };
        let commands = annotations(&sample(1), Lang::En, place);
        assert!(
            commands[0]
                .starts_with("::error file=stacks/a%2Cb.yaml,line=1,title=failed%3A wrong-0::"),
            "{}",
            commands[0]
        );
        let own = folder.path().join("checks/ha-web/hardened.yaml");
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, "").unwrap();
        let commands = annotations(&sample(1), Lang::En, place);
        assert!(
            commands[0].starts_with("::error file=checks/ha-web/hardened.yaml,line=12,"),
            "{}",
            commands[0]
        );
    }
}
