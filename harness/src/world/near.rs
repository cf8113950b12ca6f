//! What is nearly what was looked for, so that a student sees his own slip: the same name in another VPC or region,
//! other case, a blank too many, full-width letters.
use serde::{Deserialize, Serialize};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::aws::{Kind, Record};

/// How many near ones are named.
const SHOWN: usize = 5;

/// A longer name than this is not compared.
const COMPARED: usize = 256;

/// How alike two names must be, from 0 to 1 (Jaro-Winkler).
const ALIKE: f64 = 0.88;

/// Something near, or one of several that all fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// Its name.
    pub name: String,
    /// In what it differs.
    pub why: Why,
    /// Where it is, or which it is: a VPC, a region, an id.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// In what something near differs from what was looked for; in the order in which it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The name fits: one of several, or of something that fails `where` or a tag.
    Same,
    /// The same name in another VPC.
    OtherVpc,
    /// The same name in another region.
    OtherRegion,
    /// A blank before or after it.
    TrailingBlank,
    /// Full-width letters.
    FullWidth,
    /// Other upper and lower case.
    Case,
    /// A name that is alike.
    Similar,
}

/// A record as something near.
#[must_use]
pub fn describe(kind: Kind, record: &Record, why: Why) -> Near {
    let text = |field: &str| record.get(field).and_then(Value::as_str).map(str::to_owned);
    let place = match why {
        Why::OtherVpc => kind.vpc_path().and_then(|path| {
            path.iter()
                .try_fold(&Value::Object(record.clone()), |value, segment| {
                    value.get(*segment)
                })
                .and_then(Value::as_str)
                .map(str::to_owned)
        }),
        _ => text("id"),
    };
    Near {
        name: text(kind.name_field())
            .or_else(|| text("id"))
            .unwrap_or_default(),
        why,
        place,
    }
}

/// The living records whose name is near `wanted`, the nearest first.
#[must_use]
pub fn near(kind: Kind, living: &[&Record], wanted: &str, vpc: Option<&str>) -> Vec<Near> {
    let field = kind.name_field();
    let mut found: Vec<Near> = living
        .iter()
        .filter_map(|record| {
            let name = record.get(field)?.as_str()?;
            Some(describe(kind, record, why(name, wanted, vpc.is_some())?))
        })
        .collect();
    found.sort_by(|a, b| (a.why, &a.name, &a.place).cmp(&(b.why, &b.name, &b.place)));
    found.truncate(SHOWN);
    found
}

fn why(name: &str, wanted: &str, in_vpc: bool) -> Option<Why> {
    if name.len() > COMPARED {
        return None;
    }
    let normal = |text: &str| text.nfkc().collect::<String>();
    Some(if name == wanted {
        if in_vpc { Why::OtherVpc } else { Why::Same }
    } else if name.trim() == wanted {
        Why::TrailingBlank
    } else if normal(name).trim() == wanted {
        Why::FullWidth
    } else if normal(name).trim().to_lowercase() == wanted.to_lowercase() {
        Why::Case
    } else if strsim::jaro_winkler(name, wanted) >= ALIKE {
        Why::Similar
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_students_slip_is_told_by_what_it_is() {
        for (name, expected) in [
            ("ha-system-alb", Some(Why::OtherVpc)),
            ("ha-system-alb ", Some(Why::TrailingBlank)),
            ("HA-System-ALB", Some(Why::Case)),
            ("ｈａ-system-alb", Some(Why::FullWidth)),
            ("ha-system-alb\u{3000}", Some(Why::TrailingBlank)),
            ("ha-system-alb-2", Some(Why::Similar)),
            ("something-else", None),
            ("", None),
        ] {
            assert_eq!(why(name, "ha-system-alb", true), expected, "{name:?}");
        }
        assert_eq!(
            why(&"ha-system-alb".repeat(100), "ha-system-alb", true),
            None
        );
    }
}
