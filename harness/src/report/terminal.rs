//! The report in a terminal: causes first and short enough for one screen, then what hangs on them, then what was not
//! looked at, then the sums. It lays out; the sentences come from [`super::words`].
mod causes;
mod page;
mod rest;

use page::Page;

use super::model::Report;
use super::words::{drills, head, totals};
use crate::text::Lang;

/// How a terminal report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// The language.
    pub lang: Lang,
    /// Columns.
    pub width: usize,
    /// Whether colours may be used. Without them no escape sequence is written.
    pub colour: bool,
}

impl Terminal {
    /// The report as text, each line ended by a line feed.
    #[must_use]
    pub fn render(self, report: &Report) -> String {
        let lang = self.lang;
        let mut page = Page::new(self);
        if report.demo {
            page.bold(&head::demo(lang));
        }
        page.bold(&head::lab(lang, report));
        page.plain(&head::stack(lang, report));
        for replaced in &report.overrides {
            page.warn(&head::replaced(lang, replaced));
        }
        if let Some(signal) = report.interrupted {
            page.warn(&head::interrupted(lang, signal));
        }
        let folding = report.folding();
        causes::write(&mut page, report, &folding);
        rest::write(&mut page, report, &folding);
        let drills = drills::lines(lang, report);
        if !drills.is_empty() {
            page.blank();
            page.bold(&drills::heading(lang));
            for drill in drills {
                page.item("-", &drill);
            }
        }
        page.blank();
        page.bold(&totals::counts(lang, report.counts(), report.elapsed_ms));
        page.bold(&totals::score(lang, report.score.as_ref()));
        for gap in report.score.iter().flat_map(|score| &score.would_complete) {
            page.item("-", &totals::gap(lang, gap));
        }
        for outside in report.score.iter().flat_map(|score| &score.outside) {
            page.item("-", &totals::outside(lang, outside));
        }
        if let Some(billed) = totals::billed(lang, &report.billed) {
            page.plain(&billed);
        }
        if report.demo {
            page.bold(&head::demo(lang));
        }
        page.finish()
    }
}
