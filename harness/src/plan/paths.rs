//! The paths that a condition looks at: what a snapshot must hold for it. A list's elements carry no index.
use crate::aws::Paths;
use crate::judge::condition::{Condition, Matcher};

/// Adds every path of `condition`, which stands at `prefix`.
pub fn collect(condition: &Condition, prefix: &[String], found: &mut Paths) {
    match condition {
        Condition::All(matchers) => matchers
            .iter()
            .for_each(|matcher| of_matcher(matcher, prefix, found)),
        Condition::Pattern(fields) => {
            for (path, inner) in fields {
                let path: Vec<String> = prefix.iter().chain(&path.0).cloned().collect();
                collect(inner, &path, found);
                found.insert(path);
            }
        }
    }
}

fn of_matcher(matcher: &Matcher, prefix: &[String], found: &mut Paths) {
    match matcher {
        Matcher::Not(inner)
        | Matcher::ContainsElement(inner)
        | Matcher::Every(inner)
        | Matcher::Some(inner)
        | Matcher::None(inner) => collect(inner, prefix, found),
        Matcher::Only(conditions) | Matcher::AllOf(conditions) | Matcher::AnyOf(conditions) => {
            conditions
                .iter()
                .for_each(|condition| collect(condition, prefix, found));
        }
        Matcher::Distinct(Some(path)) => {
            found.insert(prefix.iter().chain(&path.0).cloned().collect());
        }
        _ => {}
    }
}
