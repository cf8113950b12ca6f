//! `labcheck run`: the run with labcheck's own terminal report.
use std::io::IsTerminal;

use super::args::{Color, RunArgs};
use super::github::GithubArgs;
use super::{Done, list, say, watch, width};
use crate::plan::Filter;
use crate::report::exit::ExitCode;
use crate::report::terminal::Terminal;
use crate::report::words;
use crate::run::{Options, Session, prepare, session};

pub fn run(args: &RunArgs) -> Done {
    let options = Options {
        filter: Filter {
            patterns: args.filters.clone(),
            exact: args.exact,
            skip: args.skip.clone(),
        },
        threads: args.threads,
        ..args.stack.options()
    };
    if args.list {
        return list::list(&options);
    }
    let lang = options.lang;
    let prepared = prepare(options.clone())?;
    let reports = prepared.reports.folder().to_owned();
    if let Some(left) = prepared.left_drill().filter(|_| !options.allow_disruptive) {
        say(&format!("{}\n", words::drills::left(lang, &left)));
    }
    if args.watch {
        watch::watchable(&prepared)?;
    }
    let terminal = Terminal {
        lang,
        width: width(),
        colour: coloured(args.color),
    };
    let runtime = session::runtime()?;
    let mut finished = Session::begin(&runtime, prepared).finish(&runtime)?;
    GithubArgs::mask(&finished.secrets);
    say(&terminal.render(&finished.report));
    while args.watch
        && finished.report.interrupted.is_none()
        && finished.report.exit_code() != ExitCode::Passed
        && watch::until_green(&runtime, &options, &finished.report)?
    {
        finished = Session::begin(&runtime, prepare(options.clone())?).finish(&runtime)?;
        say(&terminal.render(&finished.report));
    }
    args.github.publish(&finished.report, &options, &reports)?;
    finished.exit_code()
}

fn coloured(color: Color) -> bool {
    let terminal = std::io::stdout().is_terminal();
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}
