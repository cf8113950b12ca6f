//! `labcheck completions`, `labcheck man` and `labcheck schema`: what a shell, a reader of manuals and an editor want, made
//! from the options and the readers themselves.
use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs, SchemaArgs};
use super::{Done, say};
use crate::report::exit::ExitCode;
use crate::run::Refusal;

/// The completions, for the shell's own folder of them.
pub fn completions(args: &CompletionsArgs) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "labcheck", &mut script);
    say(&String::from_utf8_lossy(&script));
    ExitCode::Passed
}

/// The schema of one kind of file.
pub fn schema(args: &SchemaArgs) -> ExitCode {
    say(&format!("{:#}\n", args.document.schema()));
    ExitCode::Passed
}

/// The manual page: the program's, and under it each command's.
pub fn man() -> Done {
    let unwritable = |error: std::io::Error| Refusal {
        code: ExitCode::CannotWrite,
        message: error.to_string(),
    };
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(unwritable)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let man = clap_mangen::Man::new(sub.clone());
        let mut part = Vec::new();
        man.render_description_section(&mut part)
            .and_then(|()| man.render_options_section(&mut part))
            .map_err(unwritable)?;
        // A command is a section of the one page, so what is a section in a page of its own is a subsection here.
        page.extend_from_slice(
            format!(".SH LABCHECK {}\n", sub.get_name().to_uppercase()).as_bytes(),
        );
        let part = String::from_utf8_lossy(&part);
        page.extend_from_slice(
            part.replace(".SH DESCRIPTION\n", "")
                .replace(".SH OPTIONS", ".SS OPTIONS")
                .as_bytes(),
        );
    }
    say(&String::from_utf8_lossy(&page));
    Ok(ExitCode::Passed)
}
