//! `--export`: the gradebook for a school's platform, by the roster that the platform exported.
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::say;
use crate::grade::export::{Export, Exported, Format, Wanted};
use crate::grade::{Gradebook, Settled, Student};
use crate::report::files::Reports;
use crate::report::inert::inert_to;
use crate::report::words::class;
use crate::run::Refusal;
use crate::text::Lang;

/// What `grade` and `judge` are told of an export.
#[derive(Clone, Debug, Default, Args)]
pub struct ExportArgs {
    /// Also write the marks as this platform imports them, below `DIR/export`
    #[arg(
        long,
        env = "LABCHECK_EXPORT",
        value_name = "PLATFORM",
        value_enum,
        requires = "export_template"
    )]
    pub export: Option<Format>,
    /// The roster or gradebook that the platform exported; every student has to stand in it
    #[arg(
        long,
        env = "LABCHECK_EXPORT_TEMPLATE",
        value_name = "FILE",
        requires = "export"
    )]
    pub export_template: Option<PathBuf>,
    /// The template's column that holds the students' ids
    #[arg(
        long,
        env = "LABCHECK_EXPORT_KEY",
        value_name = "COLUMN",
        requires = "export"
    )]
    pub export_key: Option<String>,
    /// The assignment's column in Canvas, the grade's name in Moodle
    #[arg(
        long,
        env = "LABCHECK_EXPORT_COLUMN",
        value_name = "COLUMN",
        requires = "export"
    )]
    pub export_column: Option<String>,
    /// What a full mark is worth; Canvas tells it, elsewhere it is 100
    #[arg(
        long,
        env = "LABCHECK_EXPORT_FULL",
        value_name = "POINTS",
        requires = "export"
    )]
    pub export_full: Option<f64>,
}

impl ExportArgs {
    /// The export, its template read and every student found in it; none where none was asked for.
    pub fn prepare(&self, students: &[Student]) -> Result<Option<Export>, Refusal> {
        let (Some(format), Some(template)) = (self.export, &self.export_template) else {
            return Ok(None);
        };
        let wanted = Wanted {
            format,
            template: template.clone(),
            key: self.export_key.clone(),
            column: self.export_column.clone(),
            full: self.export_full,
        };
        Export::prepare(wanted, students).map(Some)
    }
}

/// Writes an export below the class's folder, and says what is in it.
pub fn write(
    export: &Export,
    out: &Path,
    book: &Gradebook,
    class: &[Settled],
    lang: Lang,
) -> Result<(), Refusal> {
    let folder = out.join("export");
    let exported = export.of(book, Settled::opened(class), lang);
    let Exported { files, stale, .. } = &exported;
    for name in stale {
        // A mark of an earlier time is no blank. Most were never there.
        let _gone = fs::remove_file(folder.join(name));
    }
    for file in files {
        let path = folder.join(&file.name);
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            continue;
        };
        let reports = Reports::prepare(parent).map_err(|error| Refusal::cannot_write(&error))?;
        reports
            .write(&name.to_string_lossy(), &file.bytes)
            .map_err(|error| Refusal::cannot_write(&error))?;
    }
    let place = match files.as_slice() {
        [one] if !one.name.contains('/') => folder.join(&one.name),
        _ => folder.join(export.format().word()),
    };
    let place = inert_to(&place.to_string_lossy(), 200);
    say(&format!(
        "{}\n",
        class::exported(
            lang,
            &place,
            exported.marks,
            &exported.blank,
            exported.others
        )
    ));
    Ok(())
}
