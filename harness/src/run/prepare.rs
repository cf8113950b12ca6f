//! Everything before the first call: options resolved, lab and stack loaded, planned and selected, the reports' folder
//! writable. What is wrong here is the user's or the author's, and is told all at once.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::digest;
use super::options::{DEMO, Options};
use super::stack::{self, Stack};
use crate::aws::Commons;
use crate::debug;
use crate::drill::journal::{self, Entry, Place};
use crate::language::ast::{self, Lab, Row};
use crate::language::builtin;
use crate::language::diagnostic::{Colour, Diagnostics};
use crate::language::load::{load_lab, load_stack};
use crate::language::nearest::nearest;
use crate::language::source::Sources;
use crate::plan::build::Inputs;
use crate::plan::{END, Plan, build};
use crate::report::exit::ExitCode;
use crate::report::files::{Reports, WriteError};
use crate::report::inert::{inert, inert_to};
use crate::report::layout::wrap;

/// A run that does not begin: why, and with which exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The process's exit code.
    pub code: ExitCode,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Refusal {
    /// A lab, stack or check file is wrong or missing.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self {
            code: ExitCode::BadInput,
            message: message.into(),
        }
    }

    /// A report could not be written.
    #[must_use]
    pub fn cannot_write(error: &WriteError) -> Self {
        Self {
            code: error.exit_code(),
            message: inert_to(&error.to_string(), LONGEST),
        }
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            code: ExitCode::Usage,
            message: message.into(),
        }
    }
}

/// A run, ready to begin.
#[derive(Debug)]
pub struct Prepared {
    /// What the user asked for.
    pub options: Options,
    /// The stack.
    pub stack: Stack,
    /// The plan of the whole lab.
    pub plan: Arc<Plan>,
    /// Index of the phase.
    pub phase: usize,
    /// SHA-256 over the check files.
    pub checks_digest: String,
    /// Where the reports go.
    pub reports: Reports,
    /// What it shares with the other runs of its class.
    pub commons: Arc<Commons>,
}

impl Prepared {
    /// A drill that this user left unfinished on the stack.
    #[must_use]
    pub fn left_drill(&self) -> Option<Entry> {
        let folder = journal::folder(self.options.state.as_deref())?;
        Place::of(&folder, &self.stack.name, &self.stack.region).left()
    }
}

/// Loads and plans what `options` name.
///
/// # Errors
/// A [`Refusal`] with everything that is wrong.
pub fn prepare(options: Options) -> Result<Prepared, Refusal> {
    let loaded = load(&options)?;
    ready(loaded, options)
}

/// The same for one of many stacks of a lab, which was read before.
///
/// # Errors
/// As [`prepare`]; it is a stack of another lab.
pub fn prepare_of(lab: &ReadLab, options: Options) -> Result<Prepared, Refusal> {
    let root = checks_folder(&options)?;
    let mut sources = lab.sources.clone();
    let written = read_stack(&options, &root, &mut sources)?;
    let _it_is_of_this_lab = lab_name(&options, &written, &root)?;
    let loaded = planned(lab, written, &options, &sources)?;
    ready(loaded, options)
}

fn ready(loaded: Loaded, options: Options) -> Result<Prepared, Refusal> {
    let phase = phase(&loaded.plan, &options)?;
    if loaded
        .plan
        .select(phase, &options.filter)
        .reported
        .is_empty()
    {
        return Err(nothing_selected(&loaded.plan, phase, &options));
    }
    let folder = options
        .reports
        .clone()
        .unwrap_or_else(|| PathBuf::from("reports"));
    let reports = Reports::prepare(&folder).map_err(|error| Refusal::cannot_write(&error))?;
    Ok(Prepared {
        stack: loaded.stack,
        plan: Arc::new(loaded.plan),
        phase,
        checks_digest: loaded.checks_digest,
        reports,
        options,
        commons: Arc::default(),
    })
}

/// A lab and a stack, loaded and planned: what listing and linting need.
#[derive(Debug)]
pub struct Loaded {
    /// The stack.
    pub stack: Stack,
    /// The plan.
    pub plan: Plan,
    /// SHA-256 over the check files.
    pub checks_digest: String,
    /// The rows of the lab's text.
    pub rows: IndexMap<String, Row>,
}

/// Plans the lab in a folder by itself, without a stack.
///
/// # Errors
/// Every mistake in it.
pub fn plan_lab(folder: &Path) -> Result<(Lab, Plan), Refusal> {
    let (lab, plan, _) = plan_with(folder, &Inputs::default())?;
    Ok((lab, plan))
}

/// Plans the lab in a folder with what a run adds to it; the last is the digest of its files.
///
/// # Errors
/// Every mistake in it.
pub fn plan_with(folder: &Path, inputs: &Inputs) -> Result<(Lab, Plan, String), Refusal> {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let Some(lab) = load_lab(folder, &mut sources, &mut diagnostics) else {
        return Err(told(&diagnostics, &sources));
    };
    let digest = digest::of_lab(&sources, 0..sources.len());
    match build(&lab, &sources, inputs, diagnostics) {
        Ok(plan) => Ok((lab, plan, digest)),
        Err(diagnostics) => Err(told(&diagnostics, &sources)),
    }
}

/// Loads and plans, without touching the reports' folder.
///
/// # Errors
/// A [`Refusal`] with everything that is wrong.
pub fn load(options: &Options) -> Result<Loaded, Refusal> {
    let root = checks_folder(options)?;
    let mut sources = Sources::default();
    let written = read_stack(options, &root, &mut sources)?;
    let lab_name = lab_name(options, &written, &root)?;
    let folder = lab_folder(&lab_name, &root)?;
    let lab = ReadLab::after(sources, &folder)?;
    planned(&lab, written, options, &lab.sources)
}

/// A lab as it was read: its files, what they say, and what is wrong with them.
#[derive(Debug)]
pub struct ReadLab {
    lab: Lab,
    sources: Sources,
    checks_digest: String,
    diagnostics: Diagnostics,
}

impl ReadLab {
    /// Reads the lab that `options` name.
    ///
    /// # Errors
    /// It is none, or can't be read.
    pub fn of(options: &Options) -> Result<Self, Refusal> {
        let root = checks_folder(options)?;
        let name = options.lab.as_deref().unwrap_or_default();
        Self::after(Sources::default(), &lab_folder(name, &root)?)
    }

    /// The lab in a folder, read after `sources`.
    fn after(mut sources: Sources, folder: &Path) -> Result<Self, Refusal> {
        let first = sources.len();
        let mut diagnostics = Diagnostics::default();
        let Some(lab) = load_lab(folder, &mut sources, &mut diagnostics) else {
            return Err(told(&diagnostics, &sources));
        };
        Ok(Self {
            lab,
            checks_digest: digest::of_lab(&sources, first..sources.len()),
            sources,
            diagnostics,
        })
    }
}

/// A stack of a lab that was read, planned. Both are in `sources`.
fn planned(
    ReadLab {
        lab,
        checks_digest,
        diagnostics,
        ..
    }: &ReadLab,
    mut written: Written,
    options: &Options,
    sources: &Sources,
) -> Result<Loaded, Refusal> {
    let mut diagnostics = diagnostics.clone();
    if written.by_pattern {
        name_by_pattern(options, lab, &mut written.stack)?;
    }
    let stack = stack::resolve(
        options.stack(),
        &written.stack,
        lab,
        options,
        &mut diagnostics,
    );
    let inputs = Inputs {
        vars: stack.vars.clone(),
        stack: options.stack().to_owned(),
        region: Some(stack.region.clone()),
        hosts: stack.host_templates.clone(),
    };
    match build(lab, sources, &inputs, diagnostics) {
        Ok(plan) => Ok(Loaded {
            stack,
            plan,
            checks_digest: checks_digest.clone(),
            rows: lab.rows.clone(),
        }),
        Err(diagnostics) => Err(told(&diagnostics, sources)),
    }
}

/// Diagnostics as a refusal.
#[must_use]
pub fn told(diagnostics: &Diagnostics, sources: &Sources) -> Refusal {
    let colour = if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        Colour::Styled
    } else {
        Colour::Plain
    };
    Refusal::bad_input(diagnostics.render(sources, colour))
}

/// The folder that holds the labs: `--checks`, else `checks` here or in a folder above, else the binary's own.
///
/// # Errors
/// The folder that was named is none.
pub fn checks_folder(options: &Options) -> Result<PathBuf, Refusal> {
    if let Some(folder) = &options.checks {
        return if folder.is_dir() {
            Ok(folder.clone())
        } else {
            Err(Refusal::bad_input(format!(
                "--checks {}: no such folder",
                inert(&folder.to_string_lossy())
            )))
        };
    }
    Ok(
        above("checks", |folder| !names_in(folder, None).is_empty())
            .unwrap_or_else(builtin::checks),
    )
}

/// A folder of this name here or in a folder above, as short as it can be said, that holds what is looked for: other
/// projects have folders of that name, too.
fn above(name: &str, holds: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    if holds(Path::new(name)) {
        return Some(PathBuf::from(name));
    }
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .map(|folder| folder.join(name))
        .find(|folder| holds(folder))
}

/// A stack as it was found.
struct Written {
    stack: ast::Stack,
    /// Whether there is no file, and the name alone has to fit the lab's pattern.
    by_pattern: bool,
}

fn read_stack(options: &Options, checks: &Path, sources: &mut Sources) -> Result<Written, Refusal> {
    // What is asked of a stack is told from here on.
    if options.debug {
        debug::begin();
    }
    let name = options.stack();
    let Some(path) = stack_file(name, checks) else {
        if options.lab.is_some() {
            return Ok(Written {
                stack: ast::Stack::default(),
                by_pattern: true,
            });
        }
        let known = names_in(&stacks_folder(checks), Some("yaml"));
        return Err(Refusal::bad_input(missing(
            "stack",
            name,
            &known,
            "a stack without a file needs --lab, too; `labcheck init --lab LAB` writes a stack file to fill in",
        )));
    };
    let mut diagnostics = Diagnostics::default();
    match load_stack(&path, sources, &mut diagnostics) {
        Some(stack) if diagnostics.is_empty() => Ok(Written {
            stack,
            by_pattern: false,
        }),
        _ => Err(told(&diagnostics, sources)),
    }
}

/// `fixtures/stacks`, beside the folder of the labs.
#[must_use]
pub fn stacks_folder(checks: &Path) -> PathBuf {
    checks
        .parent()
        .map_or_else(PathBuf::new, Path::to_path_buf)
        .join("fixtures/stacks")
}

fn stack_file(name: &str, checks: &Path) -> Option<PathBuf> {
    let ending = Path::new(name).extension();
    let is_path =
        name.contains('/') || ending.is_some_and(|ending| ending == "yaml" || ending == "yml");
    if is_path {
        return Some(PathBuf::from(name));
    }
    let file = format!("{name}.yaml");
    let own = || stacks_folder(&builtin::checks());
    // The stacks beside the labs; from a folder without labs those of that folder, then the binary's own.
    let beside = std::iter::once(stacks_folder(checks).join(&file));
    let here = above("fixtures/stacks", |folder| folder.join(&file).is_file());
    beside
        .chain(here.map(|folder| folder.join(&file)))
        .chain(std::iter::once_with(|| own().join(&file)))
        .find(|path| builtin::is_file(path))
}

/// The file that a stack is written in, if there is one and it is on disk.
#[must_use]
pub fn stack_path(options: &Options) -> Option<PathBuf> {
    let checks = checks_folder(options).ok()?;
    stack_file(options.stack(), &checks).filter(|path| path.is_file())
}

/// The folder of a lab by its name.
///
/// # Errors
/// There is none.
pub fn lab_folder(name: &str, checks: &Path) -> Result<PathBuf, Refusal> {
    let labs = names_in(checks, None);
    if labs.iter().any(|lab| lab == name) {
        Ok(checks.join(name))
    } else {
        Err(Refusal::bad_input(missing(
            "lab",
            name,
            &labs,
            "each lab is a folder with a lab.yaml",
        )))
    }
}

fn lab_name(options: &Options, written: &Written, checks: &Path) -> Result<String, Refusal> {
    let labs = names_in(checks, None);
    Ok(match (&options.lab, &written.stack.lab, labs.as_slice()) {
        (Some(asked), Some(own), _) if *asked != own.value => {
            return Err(Refusal::usage(format!(
                "--lab {}: the stack `{}` is one of the lab `{}`",
                inert(asked),
                inert(options.stack()),
                inert(&own.value)
            )));
        }
        (Some(name), _, _) => name.clone(),
        (None, Some(name), _) => name.value.clone(),
        (None, None, [only]) => only.clone(),
        (None, None, _) => {
            return Err(Refusal::usage(format!(
                "the stack file names no lab; add `lab:` or give --lab, one of {}",
                inert_to(&labs.join(", "), LONGEST)
            )));
        }
    })
}

/// The var that is a stack's own name, where no stack file says otherwise.
pub const OWN_NAME: &str = "user";

/// Whether a stack of the lab may have this name.
#[must_use]
pub fn may_be_named(lab: &Lab, name: &str) -> bool {
    let pattern = &lab.stack_name.value;
    let pattern = regex::Regex::new(&format!("^(?:{pattern})$"));
    pattern.is_ok_and(|pattern| pattern.is_match(name))
}

/// A stack without a file: its name must fit, and is the lab's [`OWN_NAME`].
fn name_by_pattern(options: &Options, lab: &Lab, stack: &mut ast::Stack) -> Result<(), Refusal> {
    let name = options.stack();
    let pattern = &lab.stack_name.value;
    if !may_be_named(lab, name) || name == DEMO {
        return Err(Refusal::bad_input(format!(
            "no stack file for `{}`, and as a name it does not fit the lab's `stack_name: {}`",
            inert(name),
            inert(pattern)
        )));
    }
    stack.vars.insert(
        OWN_NAME.to_owned(),
        ast::At::new(
            ast::Tree::Scalar(ast::Scalar {
                text: name.to_owned(),
                quoted: true,
            }),
            ast::Span::default(),
        ),
    );
    Ok(())
}

/// What a folder holds, by name: folders with a `lab.yaml`, or the stems of files with an ending.
#[must_use]
pub fn names_in(folder: &Path, ending: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = builtin::list(folder)
        .unwrap_or_default()
        .into_iter()
        .filter(|path| match ending {
            Some(ending) => path.extension().is_some_and(|found| found == ending),
            None => builtin::is_file(&path.join("lab.yaml")),
        })
        .filter_map(|path| {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
        })
        .collect();
    names.sort();
    names
}

fn missing(what: &str, name: &str, known: &[String], remedy: &str) -> String {
    let mut message = format!("no {what} `{}`", inert(name));
    if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
        message.push_str(&format!("; did you mean `{near}`?"));
    }
    if !known.is_empty() {
        let known: Vec<String> = known.iter().map(|name| inert(name)).collect();
        message.push_str(&format!("\n  there is: {}", known.join(", ")));
    }
    format!("{message}\n  {remedy}")
}

/// The index of the phase that the user names, else of the end.
///
/// # Errors
/// There is no such phase.
pub fn phase(plan: &Plan, options: &Options) -> Result<usize, Refusal> {
    let name = options.phase.as_deref().unwrap_or(END);
    plan.phase(name).ok_or_else(|| {
        Refusal::usage(missing(
            "phase",
            name,
            &plan.phases,
            "phases are the lab's steps, in this order",
        ))
    })
}

/// The most characters of a message that names a path.
const LONGEST: usize = 400;

/// The columns of a list of ids in a message.
const CATALOGUE: usize = 96;

/// The refusal of a filter that selects nothing.
#[must_use]
pub fn nothing_selected(plan: &Plan, phase: usize, options: &Options) -> Refusal {
    let elsewhere: Vec<&str> = plan
        .checks
        .iter()
        .filter(|check| options.filter.selects(&check.id) && !check.holds_in(phase))
        .map(|check| plan.phases[check.since].as_str())
        .collect();
    let ids: Vec<&str> = plan
        .checks
        .iter()
        .filter(|check| check.holds_in(phase))
        .map(|check| check.id.as_str())
        .collect();
    let mut message = format!(
        "no check is selected by `{}` in the phase `{}`",
        inert(&options.filter.to_string()),
        plan.phases[phase]
    );
    if let Some(first) = elsewhere.first() {
        message.push_str(&format!("; it would be with --phase {first}"));
    } else if let Some(near) = options
        .filter
        .patterns
        .first()
        .and_then(|pattern| nearest(pattern, ids.iter().copied()))
    {
        message.push_str(&format!("; did you mean `{near}`?"));
    }
    message.push_str("\n  there is:");
    for line in wrap(&ids.join(", "), CATALOGUE) {
        message.push_str(&format!("\n    {line}"));
    }
    message.push_str("\n  --list shows what each of them asserts");
    Refusal {
        code: ExitCode::NothingSelected,
        message,
    }
}
