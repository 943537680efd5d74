//! Vectors of texts seen lately: many days of many users have the same gist. What comes in: a text and its vector;
//! what goes out: that vector, bit for bit. Its memory is bounded.
//!
//! Two generations instead of a list of uses: when the young one is full it becomes the old one, and the old one is
//! dropped. What is asked for again moves to the young one, so texts in use stay.

use std::collections::HashMap;
use std::sync::Arc;

/// Vectors in both generations together; at 384 dimensions about 100 MB of vectors at the very most.
const CAPACITY: usize = 65_536;

/// Longer texts are not kept: no gist is this long, and the texts themselves are held here, too.
const MAX_TEXT_BYTES: usize = 2_048;

type Generation = HashMap<Box<str>, Arc<[f32]>>;

/// The vectors of texts seen lately.
pub(super) struct Reuse {
    young: Generation,
    old: Generation,
    generation_capacity: usize,
}

impl Reuse {
    /// Holds nothing yet.
    pub(super) fn new() -> Reuse {
        Reuse::with_capacity(CAPACITY)
    }

    fn with_capacity(capacity: usize) -> Reuse {
        Reuse {
            young: Generation::new(),
            old: Generation::new(),
            generation_capacity: capacity / 2,
        }
    }

    /// The vector of a text.
    pub(super) fn get(&mut self, text: &str) -> Option<Arc<[f32]>> {
        if let Some(vector) = self.young.get(text) {
            return Some(Arc::clone(vector));
        }
        let (text, vector) = self.old.remove_entry(text)?;
        self.keep(text, Arc::clone(&vector));
        Some(vector)
    }

    /// Remembers the vector of a text.
    pub(super) fn put(&mut self, text: &str, vector: &Arc<[f32]>) {
        if text.len() <= MAX_TEXT_BYTES {
            self.keep(text.into(), Arc::clone(vector));
        }
    }

    fn keep(&mut self, text: Box<str>, vector: Arc<[f32]>) {
        if self.young.len() >= self.generation_capacity {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(text, vector);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(value: f32) -> Arc<[f32]> {
        Arc::from([value].as_slice())
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut reuse = Reuse::with_capacity(4);
        reuse.put("kept", &vector(1.0));
        for other in ["a", "b", "c", "d", "e", "f"] {
            reuse.put(other, &vector(0.0));
            assert_eq!(reuse.get("kept"), Some(vector(1.0)), "{other}");
            assert!(reuse.young.len() + reuse.old.len() <= 4);
        }
        assert_eq!(reuse.get("a"), None);
    }

    #[test]
    fn huge_texts_are_not_kept() {
        let mut reuse = Reuse::new();
        let huge = "x".repeat(MAX_TEXT_BYTES + 1);
        reuse.put(&huge, &vector(1.0));
        assert_eq!(reuse.get(&huge), None);
    }
}
