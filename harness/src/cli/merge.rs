//! `labcheck merge`: the shards of a class put together to one gradebook. What is missing is named, and its students are blank;
//! what contradicts itself is refused.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::lang_of_environment;
use super::export::ExportArgs;
use super::grade::{conclude, publish};
use super::{Done, say};
use crate::grade::shard::{self, Outcome};
use crate::grade::terms::Terms;
use crate::grade::{Settled, Student};
use crate::report::exit::ExitCode;
use crate::report::inert::inert_to;
use crate::report::words::class as words;
use crate::run::Refusal;
use crate::text::Lang;

/// `labcheck merge`
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The shards' folders, or what holds them
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// Where the gradebook goes
    #[arg(
        long,
        env = "LABCHECK_OUT",
        value_name = "DIR",
        default_value = "class"
    )]
    pub out: PathBuf,
    /// The language; `LC_ALL` or LANG if not given, else Japanese
    #[arg(long, env = "LABCHECK_LANG", value_enum)]
    pub lang: Option<Lang>,
    /// The marks for a school's platform.
    #[command(flatten)]
    pub export: ExportArgs,
}

pub fn merge(args: &MergeArgs) -> Done {
    let lang = args.lang.unwrap_or_else(lang_of_environment);
    let shards = shard::read(&args.folders).map_err(|error| bad(&error))?;
    let wrong = shard::contradictions(&shards);
    if !wrong.is_empty() {
        return Err(bad(&wrong.join("\n")));
    }
    let Some((_, first)) = shards.first() else {
        return Err(bad("no shard"));
    };
    let export = args.export.prepare(&first.students)?;
    let missing = shard::missing(&shards);
    if !missing.is_empty() {
        say(&format!(
            "{}\n",
            words::shards_missing(lang, &missing, first.shard.size)
        ));
    }
    let mut told = BTreeMap::new();
    let mut class = Vec::new();
    for student in &first.students {
        let found = shards.iter().find_map(|(folder, left)| {
            let outcome = left.graded.as_ref()?.get(&student.id)?;
            Some((folder, outcome))
        });
        let run = match found {
            Some((folder, outcome)) => {
                told.insert(student.id.clone(), outcome.clone());
                run(folder, student, outcome)
            }
            None => Err(words::not_in_a_shard(lang)),
        };
        class.push(Settled {
            student: student.clone(),
            run,
        });
    }
    let mut book = conclude(&first.lab, &class, &told, &first.expected, lang);
    for row in &mut book.rows {
        let holds = |(_, left): &&shard::Read| {
            left.graded
                .as_ref()
                .is_some_and(|graded| graded.contains_key(&row.student))
        };
        if let (Some(run), Some((folder, _))) = (&mut row.run, shards.iter().find(holds)) {
            *run = folder.join(&*run).to_string_lossy().into_owned();
        }
    }
    let terms = Terms::of(&first.expected, &told);
    publish(&args.out, &book, &terms, &class, export.as_ref(), lang)?;
    Ok(if missing.is_empty() && book.is_graded() {
        ExitCode::Passed
    } else {
        ExitCode::Undecided
    })
}

/// The folder of a student's run in a shard, or why there is none.
fn run(shard: &Path, student: &Student, outcome: &Outcome) -> Result<PathBuf, String> {
    if let Some(why) = &outcome.nothing {
        return Err(why.clone());
    }
    let folder = shard.join("students").join(student.folder());
    Ok(match &outcome.run {
        Some(run) => folder.join(run),
        None => folder,
    })
}

fn bad(message: &str) -> Refusal {
    let lines: Vec<String> = message.lines().map(|line| inert_to(line, 400)).collect();
    Refusal::bad_input(lines.join("\n"))
}
