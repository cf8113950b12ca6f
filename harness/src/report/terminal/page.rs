//! A page of lines in the making: width, indent, colour, and the last gate before the terminal. It knows nothing of
//! checks.
use super::Terminal;
use crate::outcome::Outcome;
use crate::report::inert::inert_to;
use crate::report::layout::{columns, cut, wrap, wrap_to};

/// Lines so far.
pub struct Page {
    terminal: Terminal,
    text: String,
    lines: usize,
}

/// How a line is painted, where colours are allowed.
#[derive(Clone, Copy)]
enum Paint {
    Plain,
    Bold,
    Faint,
    Warn,
    Good,
    Bad,
}

impl Paint {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Faint => Some("2"),
            Self::Warn => Some("33"),
            Self::Good => Some("32"),
            Self::Bad => Some("1;31"),
        }
    }

    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Failed => Self::Bad,
            Outcome::Errored => Self::Warn,
            Outcome::Skipped => Self::Faint,
            Outcome::Passed => Self::Good,
        }
    }
}

impl Page {
    /// An empty page.
    pub fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            text: String::new(),
            lines: 0,
        }
    }

    /// The language of the page.
    pub fn lang(&self) -> crate::text::Lang {
        self.terminal.lang
    }

    /// How many lines are written.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.text
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.line("", Paint::Plain);
    }

    /// A paragraph.
    pub fn plain(&mut self, text: &str) {
        self.paragraph("", text, Paint::Plain);
    }

    /// A paragraph that stands out.
    pub fn bold(&mut self, text: &str) {
        self.paragraph("", text, Paint::Bold);
    }

    /// A paragraph that must not be overlooked.
    pub fn warn(&mut self, text: &str) {
        self.paragraph("", text, Paint::Warn);
    }

    /// A paragraph behind a mark, its further lines below its first.
    pub fn item(&mut self, mark: &str, text: &str) {
        self.paragraph(&format!("  {mark} "), text, Paint::Plain);
    }

    /// A paragraph behind a mark, less than everything else.
    pub fn faint_item(&mut self, mark: &str, text: &str) {
        self.paragraph(&format!("  {mark} "), text, Paint::Faint);
    }

    /// One line for a check, cut where it is too long.
    pub fn check(&mut self, mark: &str, outcome: Outcome, text: &str) {
        let line = cut(&safe(&format!("{mark} {text}")), self.terminal.width);
        self.line(&line, Paint::of(outcome));
    }

    /// A text behind a mark on `most` lines at most; whether it had to be cut.
    pub fn short_item(&mut self, mark: &str, text: &str, most: usize) -> bool {
        let mark = format!("  {mark} ");
        let room = self.terminal.width.saturating_sub(columns(&mark));
        let (lines, was_cut) = wrap_to(&safe(text), room, most);
        self.behind(&mark, lines, Paint::Plain);
        was_cut
    }

    /// How many lines a text takes behind a mark of one column.
    pub fn height(&self, text: &str) -> usize {
        let room = self.terminal.width.saturating_sub(4);
        wrap(&safe(text), room).len()
    }

    fn paragraph(&mut self, mark: &str, text: &str, paint: Paint) {
        let room = self.terminal.width.saturating_sub(columns(mark));
        let lines = wrap(&safe(text), room);
        self.behind(mark, lines, paint);
    }

    fn behind(&mut self, mark: &str, lines: Vec<String>, paint: Paint) {
        let below = " ".repeat(columns(mark));
        for (place, line) in lines.into_iter().enumerate() {
            let before = if place == 0 { mark } else { &below };
            self.line(&format!("{before}{line}"), paint);
        }
    }

    fn line(&mut self, text: &str, paint: Paint) {
        let text = text.trim_end();
        let code = paint
            .code()
            .filter(|_| self.terminal.colour && !text.is_empty());
        let (start, end) = code.map_or_else(Default::default, |code| {
            (format!("\u{1b}[{code}m"), "\u{1b}[0m")
        });
        self.text.extend([start.as_str(), text, end, "\n"]);
        self.lines += 1;
    }
}

/// Every text passes here, ours too: what a check's author or a stack says reaches no terminal as more than letters.
fn safe(text: &str) -> String {
    inert_to(text, usize::MAX)
}
