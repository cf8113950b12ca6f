//! `labcheck grade`: a class by its roster. The roster, the template and every student's stack file are looked through
//! before anybody is looked at.
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::{FalseyValueParser, RangedU64ValueParser};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::args::StackArgs;
use super::export::{self, ExportArgs};
use super::integrity::IntegrityArgs;
use super::{Done, say};
use crate::aws::Raised;
use crate::grade::export::Export;
use crate::grade::folder;
use crate::grade::handed_in::{Desk, HandedIn};
use crate::grade::integrity::Expected;
use crate::grade::shard::{self, Asked, Left, Outcome, Shard};
use crate::grade::templates::{Templates, folder_of};
use crate::grade::terms::{self, Terms};
use crate::grade::{
    AtWork, Class, Ended, Gradebook, Graded, Over, Roster, Settled, Student, junit, page,
};
use crate::language::ast::Lab;
use crate::plan::END;
use crate::plan::build::Inputs;
use crate::report::exit::ExitCode;
use crate::report::files::Reports;
use crate::report::inert::inert_to;
use crate::report::words::totals::{self, Sums};
use crate::run::prepare::{checks_folder, lab_folder, plan_with};
use crate::run::signals::Signals;
use crate::run::{Options, Refusal, session};
use crate::text::Lang;

/// `labcheck grade`
#[derive(Debug, Args)]
pub struct GradeArgs {
    /// The roster, CSV or YAML with a column `student`, and of `name`, `stack`, `region`, `profile`, `role_arn`,
    /// `external_id`, `credentials_file`, `evidence` (a folder that the student handed in), `stack_template` those that there are; every other column is a var
    #[arg(long, env = "LABCHECK_ROSTER", value_name = "FILE")]
    pub roster: PathBuf,
    /// Which column of the roster is which of ours, where the roster is a school's own export: `student: 学籍番号`
    #[arg(long, env = "LABCHECK_ROSTER_MAP", value_name = "FILE")]
    pub roster_map: Option<PathBuf>,
    /// A stack file in which `{{ student }}` and every other column stand for the student's own; of those whose row names none
    /// in the column `stack_template`
    #[arg(long, env = "LABCHECK_STACK_TEMPLATE", value_name = "FILE")]
    pub stack_template: Option<PathBuf>,
    /// Where the students' folders and the gradebook go
    #[arg(
        long,
        env = "LABCHECK_OUT",
        value_name = "DIR",
        default_value = "class"
    )]
    pub out: PathBuf,
    /// Grade a part of the roster: I/N, or `auto` (`auto/N`) by what Slurm, AWS Batch or Kubernetes says; `labcheck merge` puts the parts together
    #[arg(long, env = "LABCHECK_SHARD", value_name = "I/N")]
    pub shard: Option<Asked>,
    /// How many students at once
    #[arg(long, env = "LABCHECK_JOBS", value_name = "N", default_value_t = 8, value_parser = RangedU64ValueParser::<usize>::new().range(1..=4096))]
    pub jobs: usize,
    /// How long one student may take
    #[arg(long, env = "LABCHECK_LIMIT", value_name = "DURATION", default_value = "30m", value_parser = humantime::parse_duration)]
    pub limit: Duration,
    /// Ask AWS so many times as fast as its published limits allow, where it has raised the accounts' own
    #[arg(
        long,
        env = "LABCHECK_API_RATE",
        value_name = "TIMES",
        default_value = "1"
    )]
    pub api_rate: NonZeroU32,
    /// Leave out students that have a result
    #[arg(long, env = "LABCHECK_RESUME", value_parser = FalseyValueParser::new())]
    pub resume: bool,
    /// Run again only these
    #[arg(long, env = "LABCHECK_ONLY", value_name = "errored", value_parser = ["errored"])]
    pub only: Option<String>,
    /// What a run should have been.
    #[command(flatten)]
    pub integrity: IntegrityArgs,
    /// The marks for a school's platform.
    #[command(flatten)]
    pub export: ExportArgs,
    /// The lab, the phase and what a run takes.
    #[command(flatten)]
    pub stack: StackArgs,
}

pub fn grade(args: &GradeArgs) -> Done {
    if args.stack.stack.is_some() {
        return Err(Refusal::usage(
            "--stack: a class's stacks are in its roster, or in --stack-template",
        ));
    }
    let Some(lab) = args.stack.lab.clone() else {
        return Err(Refusal::usage(
            "--lab LAB: say which lab the class is graded on",
        ));
    };
    let options = args.stack.options();
    let lang = options.lang;
    let everybody = Roster::read(&args.roster, args.roster_map.as_deref())?;
    let (expected, read) = expected(args, &lab, &options)?;
    let order: Vec<String> = everybody
        .students
        .iter()
        .map(|one| one.id.clone())
        .collect();
    let shard = shard(args)?;
    let out = shard.map_or_else(|| args.out.clone(), |shard| args.out.join(shard.folder()));
    let mut left = shard.map(|shard| Left {
        schema: shard::SCHEMA.to_owned(),
        shard,
        lab: lab.clone(),
        expected: expected.clone(),
        students: everybody.students.clone(),
        graded: None,
    });
    let mine = everybody.students.into_iter();
    let mine: Vec<Student> = mine
        .filter(|student| shard.is_none_or(|shard| shard.has(&student.id)))
        .collect();
    let export = args.export.prepare(&mine)?;
    let (handed, students): (Vec<Student>, Vec<Student>) = mine
        .into_iter()
        .partition(|student| !student.evidence.is_empty());
    let of_all = args.stack_template.as_deref();
    let templates = Templates::read(of_all, &args.roster, &students)?;
    let class = Class {
        roster: Roster { students },
        templates,
        base: base(&args.roster)?,
        lab,
        options: Options {
            stack: None,
            ..options
        },
        out: out.clone(),
        jobs: args.jobs,
        limit: args.limit,
        raised: Raised(args.api_rate),
        resume: args.resume,
        only_errored: args.only.is_some(),
        expected: expected.clone(),
    };
    Reports::prepare(&out).map_err(|error| Refusal::cannot_write(&error))?;
    let ready = class.prepare()?;
    if let Some(left) = &left {
        write_left(&out, left)?;
    }
    let runtime = session::runtime()?;
    // What is handed in is judged after the others are looked at: a signal of that time ends both.
    let mut signals = runtime.block_on(async { Signals::listen() });
    let waiting = ready.iter().filter(|one| one.options.is_some()).count();
    let at_work = AtWork::default();
    let bar = bar(waiting, &at_work, lang);
    let sums = Cell::default();
    let over = runtime.block_on(class.run(ready, &at_work, |one| tell(&bar, &sums, one, lang)));
    bar.finish_and_clear();
    let Over {
        mut settled,
        interrupted,
    } = over?;
    let desk = Desk {
        base: &class.base,
        lab: &read,
        options: &class.options,
        limit: class.limit,
    };
    let folder = |student: &Student| class.folder(student);
    let judged = desk.judge(&handed, &mut signals, folder, |one| {
        tell(&bar, &sums, one, lang);
    });
    let (judged, told_to_end) = runtime.block_on(judged);
    let digests = beside(&class, judged, &mut settled);
    settled.sort_by_key(|one| order.iter().position(|id| *id == one.student.id));
    let told = settle(&class, &mut settled, digests);
    let book = conclude(&class.lab, &settled, &told, &expected, lang);
    let terms = Terms::of(&expected, &told);
    publish(&out, &book, &terms, &settled, export.as_ref(), lang)?;
    if let Some(left) = &mut left {
        left.graded = Some(told);
        write_left(&out, left)?;
    }
    // However many have a mark of an earlier run: this one did not come to its end.
    Ok(match interrupted.or(told_to_end) {
        Some(signal) => signal.into(),
        None if book.is_graded() => ExitCode::Passed,
        None => ExitCode::Undecided,
    })
}

/// Puts what was handed in beside what was looked at, and gives the digests of the checks by which it was judged before.
fn beside(
    class: &Class,
    judged: Vec<HandedIn>,
    settled: &mut Vec<Settled>,
) -> HashMap<String, String> {
    let mut digests = HashMap::new();
    for HandedIn { graded, digest } in judged {
        let folder = class.folder(&graded.student);
        digests.extend(digest.map(|digest| (graded.student.id.clone(), digest)));
        settled.push(graded.settled(folder));
    }
    digests
}

/// Takes of each student the run that counts; what is told of it.
fn settle(
    class: &Class,
    settled: &mut [Settled],
    mut digests: HashMap<String, String>,
) -> BTreeMap<String, Outcome> {
    let mut told = BTreeMap::new();
    for one in settled {
        let folder = class.folder(&one.student);
        let mut outcome = Outcome {
            digest: digests.remove(&one.student.id),
            ..Outcome::default()
        };
        // What is handed in is there whole, or the student's to hand in again: an earlier one does not stand for it.
        // Nor does one for somebody who was not reached, whose last run is still where it was.
        if one.student.evidence.is_empty()
            && (one.run.is_ok() || !folder.join(folder::RESULT).is_file())
            && folder::has_earlier(&folder)
            && let Some(run) = folder::better(&folder, &one.open().ended, &class.expected)
        {
            one.run = Ok(folder.join(&run));
            outcome.run = Some(run);
        }
        outcome.nothing = one.run.as_ref().err().cloned();
        told.insert(one.student.id.clone(), outcome);
    }
    told
}

/// The marks of what was graded.
pub fn conclude(
    lab: &str,
    class: &[Settled],
    told: &BTreeMap<String, Outcome>,
    expected: &Expected,
    lang: Lang,
) -> Gradebook {
    let mut book = Gradebook::of(lab, Settled::opened(class), lang);
    book.name_runs(|student| told.get(student)?.run.as_deref());
    let digest = |student: &str| told.get(student)?.digest.as_deref();
    book.examine(digest, expected, lang);
    book
}

/// Writes all that a class leaves, and says how many have a mark.
pub fn publish(
    out: &Path,
    book: &Gradebook,
    terms: &Terms,
    class: &[Settled],
    export: Option<&Export>,
    lang: Lang,
) -> Result<(), Refusal> {
    write_book(out, book, terms)?;
    write_page(out, book, class, lang)?;
    let complete = book.rows.iter().filter(|row| row.complete).count();
    let shown = inert_to(&out.to_string_lossy(), 200);
    say(&format!(
        "{}\n",
        totals::class(lang, complete, book.rows.len(), &shown)
    ));
    match export {
        Some(export) => export::write(export, out, book, class, lang),
        None => Ok(()),
    }
}

/// The shard that is asked for.
fn shard(args: &GradeArgs) -> Result<Option<Shard>, Refusal> {
    let Some(asked) = args.shard else {
        return Ok(None);
    };
    let shard = asked.shard(|name| std::env::var(name).ok());
    shard.map(Some).map_err(Refusal::usage)
}

fn write_left(out: &Path, left: &Left) -> Result<(), Refusal> {
    Reports::prepare(out)
        .and_then(|reports| reports.write_json(shard::FILE, left))
        .map_err(|error| Refusal::cannot_write(&error))
}

/// Where relative paths of the roster begin.
fn base(roster: &Path) -> Result<PathBuf, Refusal> {
    folder_of(roster).map_err(|error| Refusal::bad_input(error.to_string()))
}

/// What everybody's run should have been, and the lab as it is written.
fn expected(args: &GradeArgs, lab: &str, options: &Options) -> Result<(Expected, Lab), Refusal> {
    let folder = lab_folder(lab, &checks_folder(options)?)?;
    let (read, _, digest) = plan_with(&folder, &Inputs::default())?;
    let expected = Expected {
        phase: Some(options.phase.clone().unwrap_or_else(|| END.to_owned())),
        opt_ins: Some(options.opt_ins()),
        checks_digest: Some(digest),
        ..args.integrity.expected(lab)
    };
    Ok((expected, read))
}

/// Writes the gradebook into a class's folder, and what the class was graded by.
pub fn write_book(out: &Path, book: &Gradebook, terms: &Terms) -> Result<(), Refusal> {
    let csv = book.to_csv().map_err(|error| Refusal {
        code: ExitCode::CannotWrite,
        message: format!("gradebook.csv could not be put together: {error}"),
    })?;
    Reports::prepare(out)
        .and_then(|reports| {
            reports.write("gradebook.csv", &csv)?;
            reports.write_json("gradebook.json", book)?;
            reports.write_json(terms::FILE, terms)
        })
        .map_err(|error| Refusal::cannot_write(&error))
}

/// Writes the page that an instructor opens, and the class as `junit.xml`.
pub fn write_page(
    out: &Path,
    book: &Gradebook,
    class: &[Settled],
    lang: Lang,
) -> Result<(), Refusal> {
    let reports = Reports::prepare(out).map_err(|error| Refusal::cannot_write(&error))?;
    let opened = || Settled::opened(class);
    let page = || reports.write_with("class.html", |to| page::write(book, opened(), lang, to));
    let junit = || {
        reports.write_with("junit.xml", |to| {
            junit::write(&book.lab, opened(), lang, to)
        })
    };
    // Each reads everybody's report.
    let (page, junit) = std::thread::scope(|scope| {
        let page = scope.spawn(page);
        let junit = junit();
        let page = page.join();
        (
            page.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            junit,
        )
    });
    page.and(junit)
        .map_err(|error| Refusal::cannot_write(&error))
}

/// How many of the slowest are told.
const SLOWEST: usize = 3;

/// A bar on a terminal, and below it who takes longest; where there is none it draws nothing, and lines are told instead.
fn bar(students: usize, at_work: &AtWork, lang: Lang) -> ProgressBar {
    let at_work = at_work.clone();
    let slowest = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
        let told = totals::slowest(lang, &at_work.slowest(SLOWEST));
        let _a_bar_takes_what_fits = to.write_str(&told);
    };
    let style =
        ProgressStyle::with_template("{bar:40} {pos}/{len}  {elapsed}  ~{eta}  {msg}\n{slowest}");
    let bar = ProgressBar::new(students as u64);
    let bar = match style {
        Ok(style) => bar.with_style(style.with_key("slowest", slowest)),
        Err(_) => bar,
    };
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_secs(1));
    }
    bar
}

fn tell(bar: &ProgressBar, sums: &Cell<Sums>, graded: &Graded, lang: Lang) {
    let mut sum = sums.get();
    let line = match &graded.ended {
        Ended::Report(report) => {
            let score = report.score.as_ref();
            match score.filter(|score| score.complete) {
                Some(score) if score.points >= score.max_points => sum.full += 1,
                Some(_) => sum.marked += 1,
                None => sum.incomplete += 1,
            }
            totals::score(lang, score)
        }
        Ended::Nothing(why) => {
            sum.nothing += 1;
            inert_to(why, 200)
        }
    };
    sums.set(sum);
    let line = format!("{}  {line}", inert_to(&graded.student.id, 40));
    bar.inc(1);
    bar.set_message(totals::sums(lang, sum));
    if bar.is_hidden() {
        say(&format!("{line}\n"));
    } else {
        bar.println(line);
    }
}
