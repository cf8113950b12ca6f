//! `--list`: the checks of a phase. Nothing is started and nobody is called.
use super::{Done, say};
use crate::plan::END;
use crate::report::exit::ExitCode;
use crate::run::Options;
use crate::run::prepare::{load, nothing_selected, phase};

pub fn list(options: &Options) -> Done {
    let loaded = load(options)?;
    let phase = phase(&loaded.plan, options)?;
    let selected = loaded.plan.select(phase, &options.filter);
    if selected.reported.is_empty() {
        return Err(nothing_selected(&loaded.plan, phase, options));
    }
    let mut text = String::new();
    for check in selected
        .checks
        .iter()
        .filter(|check| selected.reported.contains(check.id.as_str()))
    {
        text.push_str(&format!(
            "{}: {}\n",
            check.id,
            check.title.in_lang(options.lang)
        ));
    }
    text.push_str(&format!(
        "\n{} checks, {} phase {}\n",
        selected.reported.len(),
        loaded.plan.lab,
        options.phase.as_deref().unwrap_or(END)
    ));
    say(&text);
    Ok(ExitCode::Passed)
}
