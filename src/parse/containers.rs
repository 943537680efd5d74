//! The containers of a record that are open at a place. Pure.

/// Containers may be nested this deep, the record itself counted.
pub(super) const MAX_DEPTH: u32 = 128;

/// The containers that are open at a place: one bit each, 1 an object, 0 an array, the innermost lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Containers {
    objects: u128,
    depth: u32,
}

impl Containers {
    pub(super) fn depth(self) -> u32 {
        self.depth
    }

    pub(super) fn innermost_is_object(self) -> bool {
        self.depth > 0 && self.objects & 1 == 1
    }

    /// Whether an array is open anywhere.
    pub(super) fn has_array(self) -> bool {
        self.objects.count_ones() < self.depth
    }

    /// Opens a container; `false` where it would be too deep.
    pub(super) fn open(&mut self, is_object: bool) -> bool {
        if self.depth == MAX_DEPTH {
            return false;
        }
        self.objects = self.objects << 1 | u128::from(is_object);
        self.depth += 1;
        true
    }

    pub(super) fn close(&mut self) {
        self.objects >>= 1;
        self.depth = self.depth.saturating_sub(1);
    }
}
