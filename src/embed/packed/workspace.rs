//! What a batch is computed in. What comes in: its size; what goes out: room, allocated once and used again by the
//! next batch. It never holds anything from one batch to the next.

use std::ops::{Deref, DerefMut};

use super::panels::Panels;
use super::product::Room;
use super::projected::Projected;

/// Grows to the largest batch seen.
#[derive(Default)]
pub(super) struct Workspace<C> {
    /// Rows between the layers: tokens x width.
    pub(super) hidden: Lines<f32>,
    /// The same, as a product takes them.
    pub(super) hidden_cells: Lines<C>,
    /// Queries, keys and values, of some texts at a time.
    pub(super) projected: Projected<C>,
    /// What attention found: tokens x width.
    pub(super) context: Lines<C>,
    /// Rows inside of the feed-forward net, for a group of tokens.
    pub(super) inner: Lines<C>,
    /// Where products are computed.
    pub(super) room: Room<C>,
    pub(super) attention: AttentionSpace<C>,
}

/// What one head of one text is computed in.
#[derive(Default)]
pub(super) struct AttentionSpace<C> {
    /// Head width x tokens.
    pub(super) keys: Panels<C>,
    /// Tokens x head width.
    pub(super) values: Panels<C>,
    pub(super) scores: Lines<f32>,
    pub(super) weights: Lines<C>,
    /// What the weights of each token sum to.
    pub(super) sums: Lines<f32>,
    /// Where products are computed.
    pub(super) room: Room<C>,
}

/// Values that begin on a cache line: what a vector or a tile register reads at once would often lie in two lines
/// otherwise. Without it, with AMX, long texts took a tenth longer.
pub(super) struct Lines<T> {
    values: Vec<T>,
    /// The first value on a line.
    start: usize,
}

impl<T> Default for Lines<T> {
    fn default() -> Lines<T> {
        Lines {
            values: Vec::new(),
            start: 0,
        }
    }
}

impl<T: Copy + Default> Lines<T> {
    /// The first `length` values; grows where it is too short. What they hold means nothing.
    pub(super) fn room(&mut self, length: usize) -> &mut [T] {
        const LINE: usize = 64;
        if self.values.len() < self.start + length {
            self.values.resize(length + LINE / size_of::<T>(), T::default());
            self.start = self.values.as_ptr().align_offset(LINE);
        }
        &mut self.values[self.start..][..length]
    }
}

impl<T> Deref for Lines<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values[self.start..]
    }
}

impl<T> DerefMut for Lines<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values[self.start..]
    }
}
