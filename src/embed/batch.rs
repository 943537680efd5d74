//! Which texts go through the model together. What comes in: the lengths of the texts in tokens; what goes out:
//! batches of positions, each within a budget of tokens. It never sees a text.
//!
//! Padding changes bits: a longer row of a softmax is summed in another order. So batches for the CPU hold texts of
//! one length only, and need no padding. Then every step works row by row, or on one text alone (attention), and a
//! row of a matrix product does not depend on how many rows there are: the `gemm` crate sums each element over `k` in
//! one fixed order, in blocks whose depth depends on `k` and the processor only. (Its kernels for a single row, and
//! for products of at most 256 elements, do sum otherwise. The first cannot happen, as a text has `[CLS]` and
//! `[SEP]`; the second needs a model at most 128 wide.) The tests hold us to it.

/// What may share a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mixing {
    /// Only texts of one length: no padding, and a vector's bits do not depend on its neighbours.
    OneLength,
    /// Texts of similar length, padded to the longest.
    Padded,
}

/// Splits texts into batches of at most `budget_tokens` (padding counted), the longest texts first; a text longer
/// than the budget is a batch of its own.
pub(super) fn plan(lengths: &[usize], budget_tokens: usize, mixing: Mixing) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&position| std::cmp::Reverse(lengths[position]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for position in order {
        match batches.last_mut() {
            Some(batch) if fits(batch, position, lengths, budget_tokens, mixing) => batch.push(position),
            _ => batches.push(vec![position]),
        }
    }
    batches
}

/// The first text of a batch is its longest.
fn fits(batch: &[usize], position: usize, lengths: &[usize], budget_tokens: usize, mixing: Mixing) -> bool {
    let longest = lengths[batch[0]];
    let one_length = longest == lengths[position];
    (one_length || mixing == Mixing::Padded) && (batch.len() + 1) * longest <= budget_tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_one_length_never_mix() {
        let batches = plan(&[3, 5, 3, 5, 3], 6, Mixing::OneLength);
        assert_eq!(batches, [vec![1], vec![3], vec![0, 2], vec![4]]);
    }

    #[test]
    fn padded_batches_count_the_padding() {
        let batches = plan(&[3, 5, 4, 1], 10, Mixing::Padded);
        assert_eq!(batches, [vec![1, 2], vec![0, 3]]);
    }

    #[test]
    fn a_text_over_the_budget_stands_alone() {
        assert_eq!(plan(&[300], 256, Mixing::OneLength), [vec![0]]);
        assert_eq!(plan(&[], 256, Mixing::Padded), Vec::<Vec<usize>>::new());
    }
}
