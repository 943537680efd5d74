//! What a batch is computed in. What comes in: its size; what goes out: room, allocated once and used again by the
//! next batch. It never holds anything from one batch to the next.

use super::panels::Panels;
use super::product::Room;
use super::projected::Projected;

/// Grows to the largest batch seen.
#[derive(Default)]
pub(super) struct Workspace<C> {
    /// Rows between the layers: tokens x width.
    pub(super) hidden: Vec<f32>,
    /// The same, as a product takes them.
    pub(super) hidden_cells: Vec<C>,
    /// Queries, keys and values, of some texts at a time.
    pub(super) projected: Projected<C>,
    /// What attention found: tokens x width.
    pub(super) context: Vec<C>,
    /// Rows inside of the feed-forward net, for a group of tokens.
    pub(super) inner: Vec<C>,
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
    pub(super) scores: Vec<f32>,
    pub(super) weights: Vec<C>,
    /// What the weights of each token sum to.
    pub(super) sums: Vec<f32>,
    /// Where products are computed.
    pub(super) room: Room<C>,
}

/// The first `length` of a buffer, which grows where it is too short; what they hold means nothing.
pub(super) fn room<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) -> &mut [T] {
    if buffer.len() < length {
        buffer.resize(length, T::default());
    }
    &mut buffer[..length]
}
