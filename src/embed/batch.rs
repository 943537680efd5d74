//! Which texts go through the model together. What comes in: the lengths of the texts in tokens; what goes out:
//! batches of positions, each within a budget of tokens. It never sees a text.

/// How texts of unequal length share a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mixing {
    /// Texts stand one after the other.
    Packed,
    /// Texts of similar length, padded to the longest.
    Padded,
}

/// Splits texts into batches, the longest texts first. A batch has at most as many tokens (padding counted) as `budget` says
/// of the tokens (without padding) that it and those after it have to share; a text longer than that is a batch of its own.
pub(super) fn plan(lengths: &[usize], budget: impl Fn(usize) -> usize, mixing: Mixing) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&position| std::cmp::Reverse(lengths[position]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let (mut left, mut budget_tokens) = (lengths.iter().sum(), 0);
    for position in order {
        match batches.last_mut() {
            Some(batch) if fits(batch, position, lengths, budget_tokens, mixing) => batch.push(position),
            _ => {
                budget_tokens = budget(left);
                batches.push(vec![position]);
            }
        }
        left -= lengths[position];
    }
    batches
}

/// The first text of a batch is its longest.
fn fits(batch: &[usize], position: usize, lengths: &[usize], budget_tokens: usize, mixing: Mixing) -> bool {
    let tokens = match mixing {
        Mixing::Packed => batch.iter().map(|&at| lengths[at]).sum::<usize>() + lengths[position],
        Mixing::Padded => (batch.len() + 1) * lengths[batch[0]],
    };
    tokens <= budget_tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_batches_hold_any_lengths() {
        let batches = plan(&[3, 5, 3, 5, 3], |_| 8, Mixing::Packed);
        assert_eq!(batches, [vec![1], vec![3, 0], vec![2, 4]]);
    }

    #[test]
    fn padded_batches_count_the_padding() {
        let batches = plan(&[3, 5, 4, 1], |_| 10, Mixing::Padded);
        assert_eq!(batches, [vec![1, 2], vec![0, 3]]);
    }

    #[test]
    fn the_budget_is_asked_of_what_is_left() {
        let batches = plan(&[1; 16], |left| left / 2, Mixing::Packed);
        let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
        assert_eq!(sizes, [8, 4, 2, 1, 1]);
    }

    #[test]
    fn a_text_over_the_budget_stands_alone() {
        assert_eq!(plan(&[300], |_| 256, Mixing::Packed), [vec![0]]);
        assert_eq!(plan(&[], |_| 256, Mixing::Padded), Vec::<Vec<usize>>::new());
    }
}
