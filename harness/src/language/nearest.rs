//! Which of the names that exist an author may have meant.

/// Longer names are compared with nothing: they are no slip of the pen, and the comparison costs the square.
const MAX_LENGTH: usize = 64;

/// The name nearest to `written`, if one is near enough to be what was meant.
#[must_use]
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', ' '], "_");
    let length = |name: &str| name.chars().count();
    let wanted = plain(written);
    if length(&wanted) > MAX_LENGTH {
        return None;
    }
    let near = |name: &'n str| {
        let allowed = (length(name).max(length(&wanted)) / 3).max(1);
        // No need to compare what differs in length alone by more.
        if length(name).abs_diff(length(&wanted)) > allowed || length(name) > MAX_LENGTH {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&wanted, &plain(name));
        (distance <= allowed).then_some((distance, name))
    };
    let nearest = names.into_iter().filter_map(near);
    nearest
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_a_stranger_is_not() {
        let names = ["needs", "agrees_with", "expect", "from", "times"];
        for (written, meant) in [
            ("neds", Some("needs")),
            ("Needs", Some("needs")),
            ("agrees-with", Some("agrees_with")),
            ("agree_with", Some("agrees_with")),
            ("expects", Some("expect")),
            ("form", Some("from")),
            ("steps", None),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
        assert_eq!(nearest(&"n".repeat(65), ["needs"]), None);
    }
}
