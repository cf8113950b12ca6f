//! A one-to-one assignment for `only`: each listed condition takes an element of its own, as many as can be had at once.

/// For each row the column that it takes. `fits[row][column]` says what may go together. Augmenting paths (Kuhn), so
/// that a condition that fits several elements never takes the only one of another.
#[must_use]
pub fn assign(fits: &[Vec<bool>]) -> Vec<Option<usize>> {
    let columns = fits.first().map_or(0, Vec::len);
    let mut taken_by: Vec<Option<usize>> = vec![None; columns];
    for row in 0..fits.len() {
        augment(fits, row, &mut vec![false; columns], &mut taken_by);
    }
    let mut assigned = vec![None; fits.len()];
    for (column, row) in taken_by.iter().enumerate() {
        if let Some(row) = row {
            assigned[*row] = Some(column);
        }
    }
    assigned
}

fn augment(
    fits: &[Vec<bool>],
    row: usize,
    seen: &mut Vec<bool>,
    taken_by: &mut Vec<Option<usize>>,
) -> bool {
    for column in 0..seen.len() {
        if !fits[row][column] || seen[column] {
            continue;
        }
        seen[column] = true;
        if taken_by[column].is_none_or(|other| augment(fits, other, seen, taken_by)) {
            taken_by[column] = Some(row);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::assign;

    #[test]
    fn a_condition_that_fits_several_yields_the_only_element_of_another() {
        let fits = vec![
            vec![true, true, false],
            vec![true, false, false],
            vec![true, true, true],
        ];
        assert_eq!(assign(&fits), [Some(1), Some(0), Some(2)]);
    }

    #[test]
    fn what_can_not_be_had_stays_unassigned() {
        assert_eq!(assign(&[vec![true], vec![true]]), [Some(0), None]);
        assert_eq!(assign(&[vec![], vec![]]), [None, None]);
        assert_eq!(assign(&[]), []);
    }
}
