//! What the user asked for, as typed: no file was read yet.
use std::path::PathBuf;

use crate::plan::Filter;
use crate::text::Lang;

/// The options that the binary and the runner share.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that is given or not, and none bears on another"
)]
pub struct Options {
    /// `--stack`: a name under `fixtures/stacks/`, a path, or a stack's own name together with `lab`. None: the demo.
    pub stack: Option<String>,
    /// `--lab`.
    pub lab: Option<String>,
    /// `--phase`; the end where it is not given.
    pub phase: Option<String>,
    /// `--checks`: the folder that holds the labs.
    pub checks: Option<PathBuf>,
    /// `--var K=V`.
    pub vars: Vec<(String, String)>,
    /// The language of sentences.
    pub lang: Lang,
    /// Whether `eventually` waits, or looks once (`--no-wait`).
    pub wait: bool,
    /// `--debug`: whether what is asked and answered is told while it happens.
    pub debug: bool,
    /// `--allow-writes`.
    pub allow_writes: bool,
    /// `--allow-disruptive`.
    pub allow_disruptive: bool,
    /// `--state`: where drills keep their journals.
    pub state: Option<PathBuf>,
    /// Where a stack file's relative paths begin, if not at its own folder.
    pub base: Option<PathBuf>,
    /// `--reports`: where the reports go.
    pub reports: Option<PathBuf>,
    /// What is reported.
    pub filter: Filter,
    /// How many checks are in flight at once.
    pub threads: Option<usize>,
}

impl Options {
    /// The stack's name as the user gave it.
    #[must_use]
    pub fn stack(&self) -> &str {
        self.stack.as_deref().unwrap_or(DEMO)
    }

    /// Where a stack file's relative paths begin: the folder of the file; where it is named by its name alone, this one.
    #[must_use]
    pub fn stack_folder(&self) -> PathBuf {
        if let Some(base) = &self.base {
            return base.clone();
        }
        let file = super::prepare::stack_path(self);
        let folder = file.as_deref().and_then(std::path::Path::parent);
        folder.map_or_else(PathBuf::new, std::path::Path::to_path_buf)
    }

    /// The opt-in flags that were given.
    #[must_use]
    pub fn opt_ins(&self) -> Vec<String> {
        let given = [
            (self.allow_writes, "--allow-writes"),
            (self.allow_disruptive, "--allow-disruptive"),
        ];
        given
            .into_iter()
            .filter(|(given, _)| *given)
            .map(|(_, flag)| flag.to_owned())
            .collect()
    }
}

/// The stack that is taken when none is named.
pub const DEMO: &str = "demo";
