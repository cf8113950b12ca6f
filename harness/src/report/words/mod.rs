//! The one place where sentences are made, in Japanese and English. Each file has one subject; each function takes data
//! and gives one line, foreign strings in it already inert. Nothing here knows of a format's layout.
pub mod causes;
pub mod class;
pub mod differences;
pub mod doctor;
pub mod drills;
pub mod faults;
pub mod fields;
pub mod github;
pub mod head;
pub mod near;
pub mod page;
pub mod skips;
pub mod totals;
pub mod values;
pub mod watch;

/// One sentence in the language wanted; both are format strings over the same names.
macro_rules! say {
    ($lang:expr, $ja:literal, $en:literal) => {
        match $lang {
            $crate::text::Lang::Ja => format!($ja),
            $crate::text::Lang::En => format!($en),
        }
    };
}
pub(crate) use say;

/// What happened, and what the reader does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What happened, without a full stop.
    pub what: String,
    /// The next thing to do, whole sentences.
    pub next: String,
}
