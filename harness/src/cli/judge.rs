//! `labcheck judge`: the verdicts again, by the checks as they are now, from what runs recorded. No stack is needed; whose
//! mark changed is listed with the checks that changed it, and with `--out` a whole class's folder is written anew.
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::lang_of_environment;
use super::export::{self, ExportArgs};
use super::integrity::IntegrityArgs;
use super::{Done, say, width};
use crate::grade::change::Change;
use crate::grade::found::Found;
use crate::grade::looks::{self, Looks};
use crate::grade::terms::Terms;
use crate::grade::{Gradebook, Settled, Student};
use crate::report::exit::ExitCode;
use crate::report::files::Reports;
use crate::report::inert::inert_to;
use crate::report::model::Report;
use crate::report::terminal::Terminal;
use crate::report::words::class as words;
use crate::run::again::Kept;
use crate::run::{Options, Refusal};
use crate::text::Lang;

/// `labcheck judge`
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// The folder of a run (evidence.json and result.json), or of a class
    #[arg(value_name = "EVIDENCE", required = true)]
    pub paths: Vec<PathBuf>,
    /// The folder that holds the labs
    #[arg(long, env = "LABCHECK_CHECKS", value_name = "DIR")]
    pub checks: Option<PathBuf>,
    /// Where the new results and the new gradebook go; without it they are told and not written
    #[arg(long, env = "LABCHECK_OUT", value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The language of the report; `LC_ALL` or LANG if not given, else Japanese
    #[arg(long, env = "LABCHECK_LANG", value_enum)]
    pub lang: Option<Lang>,
    /// What a run should have been.
    #[command(flatten)]
    pub integrity: IntegrityArgs,
    /// The marks for a school's platform; with --out.
    #[command(flatten)]
    pub export: ExportArgs,
}

pub fn judge(args: &JudgeArgs) -> Done {
    let options = Options {
        checks: args.checks.clone(),
        lang: args.lang.unwrap_or_else(lang_of_environment),
        ..Options::default()
    };
    let lang = options.lang;
    if args.export.export.is_some() && args.out.is_none() {
        return Err(Refusal::usage("--export: say with --out where it goes"));
    }
    let found = Found::of(&args.paths)?;
    let mut terms = None;
    if let Some(out) = &args.out {
        terms = found.terms()?;
        apart(out, &args.paths)?;
    }
    let runs = found.runs;
    let students: Vec<Student> = runs.iter().map(|run| run.student.clone()).collect();
    let export = args.export.prepare(&students)?;
    let alone = runs.len() == 1;
    let mut looks = looks::Read::default();
    let kept_looks = args.out.as_deref().map(Looks::below);
    let mut class = Vec::new();
    let mut refusals = Vec::new();
    let (mut judged, mut changed) = (0, 0);
    // By which checks each was judged when it was made: these are others.
    let mut digests = BTreeMap::new();
    // What is told of one run by itself, and whose class it is.
    let (mut only, mut lab) = (None, None);
    for run in runs {
        let tried = run.folder.map_err(Refused::before).and_then(|folder| {
            judged += 1;
            let (kept, report) = again(&folder, &options, &mut looks)?;
            Ok((folder, kept, report))
        });
        let settled = match tried {
            Ok((folder, kept, report)) => {
                let known = terms.as_ref().map(|terms: &Terms| &terms.digests);
                let digest = known.and_then(|known| known.get(&run.student.id));
                let digest = digest.unwrap_or(&kept.report.checks_digest).clone();
                digests.insert(run.student.id.clone(), digest);
                let change = Change::of(&kept.report, &report);
                if change.is_of_the_mark() {
                    changed += 1;
                    say(&words::change(lang, &run.student.id, &change));
                }
                let folder = match (&args.out, &kept_looks) {
                    (Some(out), Some(looks)) => {
                        write((out, looks), &run.student, &kept, &report, lang)?
                    }
                    _ => folder,
                };
                lab.get_or_insert_with(|| report.lab.clone());
                only = alone.then_some(report);
                Ok(folder)
            }
            Err(Refused { why, refusal }) => {
                refusals.extend(refusal);
                let id = inert_to(&run.student.id, 80);
                say(&format!("{id}: {why}\n"));
                Err(why)
            }
        };
        class.push(Settled {
            student: run.student,
            run: settled,
        });
    }
    // A lab that is wrong refuses everybody: that is its author's to mend, and no student's.
    if refusals.len() == judged
        && let Some(refusal) = refusals.into_iter().next()
    {
        return Err(refusal);
    }
    say(&format!("{}\n", words::judged(lang, judged, changed)));
    if let Some(out) = &args.out {
        let expected = match terms {
            Some(terms) => args.integrity.over(terms.expected),
            None => args.integrity.expected(&lab.unwrap_or_default()),
        };
        let mut book = Gradebook::of(&expected.lab, Settled::opened(&class), lang);
        // That it was judged again by other checks is what it is for; by which the run was made is what counts.
        let terms = Terms::new(expected, digests);
        let digest = |student: &str| terms.digests.get(student).map(String::as_str);
        book.examine(digest, &terms.expected, lang);
        super::grade::write_book(out, &book, &terms)?;
        super::grade::write_page(out, &book, &class, lang)?;
        if let Some(export) = &export {
            export::write(export, out, &book, &class, lang)?;
        }
    }
    match only {
        Some(report) => Ok(one_run(&report, lang)),
        None if class.iter().all(|one| one.run.is_ok()) => Ok(ExitCode::Passed),
        None => Ok(ExitCode::Undecided),
    }
}

/// Why a run could not be judged again.
struct Refused {
    why: String,
    /// The lab's or the run's own mistake, where the files could be read.
    refusal: Option<Refusal>,
}

impl Refused {
    /// Before the lab was looked at.
    fn before(why: String) -> Self {
        Self { why, refusal: None }
    }
}

/// One run at a time: evidence is large. What is in it was perhaps handed in, and breaks nobody else's judgement.
fn again(
    folder: &Path,
    options: &Options,
    looks: &mut looks::Read,
) -> Result<(Kept, Report), Refused> {
    let read = catch_unwind(AssertUnwindSafe(|| {
        let kept = looks.run(folder).map_err(Refused::before)?;
        let report = kept.judge(options).map_err(|refusal| Refused {
            why: inert_to(&refusal.message, 400),
            refusal: Some(refusal),
        })?;
        Ok((kept, report))
    }));
    read.unwrap_or_else(|_| {
        Err(Refused::before(
            "it breaks labcheck's own reader".to_owned(),
        ))
    })
}

/// One run is told as when it was made.
fn one_run(report: &Report, lang: Lang) -> ExitCode {
    say(&Terminal {
        lang,
        width: width(),
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
    .render(report));
    report.exit_code()
}

/// The old marks stay where they are.
fn apart(out: &Path, paths: &[PathBuf]) -> Result<(), Refusal> {
    Reports::prepare(out).map_err(|error| Refusal::cannot_write(&error))?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if paths.iter().any(|path| real(path) == real(out)) {
        return Err(Refusal::usage(
            "--out: the old results are there; name another folder for the new ones",
        ));
    }
    Ok(())
}

/// Writes a judgement, and returns where.
fn write(
    (out, looks): (&Path, &Looks),
    student: &Student,
    kept: &Kept,
    report: &Report,
    lang: Lang,
) -> Result<PathBuf, Refusal> {
    let folder = out.join("students").join(student.folder());
    Reports::prepare(&folder)
        .and_then(|reports| {
            // The two are one run's again: judged by these checks, this evidence gives this result.
            let mut evidence = kept.evidence.clone();
            evidence
                .inputs
                .checks_digest
                .clone_from(&report.checks_digest);
            looks.write(&reports, &evidence, kept.look.as_ref())?;
            reports.write_report(report, lang)
        })
        .map(|()| folder)
        .map_err(|error| Refusal::cannot_write(&error))
}
