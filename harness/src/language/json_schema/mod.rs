//! JSON Schemas of the files that people write: what an editor completes, explains and underlines while they type. The
//! keys are the readers' own tables, and fields and outcomes come from those of [`crate::aws::Kind`] and
//! [`crate::observe::schema`]. A schema knows shapes only, and refuses nothing that a reader takes; what names mean is
//! told by `labcheck lint`.
mod check;
mod expect;
mod lab;
mod probe;
mod stack;
#[cfg(test)]
mod tests;
mod values;

use serde_json::{Value, json};

/// A kind of file that has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Document {
    /// A check file of a lab.
    Check,
    /// `lab.yaml`.
    Lab,
    /// `rows.yaml`.
    Rows,
    /// A stack file.
    Stack,
    /// A roster in YAML.
    Roster,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Check,
        Self::Lab,
        Self::Rows,
        Self::Stack,
        Self::Roster,
    ];

    /// Its word on the command line and the name of its file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Lab => "lab",
            Self::Rows => "rows",
            Self::Stack => "stack",
            Self::Roster => "roster",
        }
    }

    /// The schema, in draft 7, which every editor's YAML server reads.
    #[must_use]
    pub fn schema(self) -> Value {
        let (title, mut schema) = match self {
            Self::Check => ("A check file of labcheck", check::file()),
            Self::Lab => ("lab.yaml of labcheck", lab::lab()),
            Self::Rows => ("rows.yaml of labcheck", lab::rows()),
            Self::Stack => ("A stack file of labcheck", stack::stack()),
            Self::Roster => ("A roster of labcheck", stack::roster()),
        };
        let mut definitions = expect::definitions();
        match self {
            Self::Check => {
                definitions.extend(probe::definitions());
                definitions.extend(check::definitions());
            }
            Self::Lab => definitions.extend(lab::definitions()),
            Self::Rows | Self::Stack | Self::Roster => definitions.clear(),
        }
        schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
        schema["title"] = json!(title);
        if !definitions.is_empty() {
            schema["definitions"] = Value::Object(definitions);
        }
        schema
    }
}
