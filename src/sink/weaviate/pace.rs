//! How much to send at once. What comes in: how long answers took; what goes out: objects a request, and requests at
//! the same time. It never waits.

use std::time::Duration;

/// Objects of a request at most. Larger ones gain nothing (Weaviate's own clients stop at 1000), and lose more when one fails.
const MOST_OBJECTS: usize = 512;
const FEWEST_OBJECTS: usize = 16;
const FIRST_OBJECTS: usize = 128;

/// Bytes of a request at most: well under what gateways let through by default, and a fraction of a second to upload.
pub(super) const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Requests at the same time. The server works on each with several cores.
const MOST_REQUESTS: usize = 8;
const FIRST_REQUESTS: usize = 2;

/// Weaviate asks for batches that take about a second, and never above ten.
const GOOD: Duration = Duration::from_secs(1);
const SLOW: Duration = Duration::from_secs(10);

/// Grows while the server keeps up, and halves when it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    objects: usize,
    requests: usize,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            objects: FIRST_OBJECTS,
            requests: FIRST_REQUESTS,
        }
    }
}

impl Pace {
    /// Learns from an answer.
    pub(super) fn answered(&mut self, latency: Duration) {
        match latency {
            _ if latency > SLOW => self.overloaded(),
            _ if latency > 2 * GOOD => self.objects = (self.objects * 3 / 4).max(FEWEST_OBJECTS),
            _ if latency < GOOD => {
                self.objects = (self.objects + self.objects / 8).min(MOST_OBJECTS);
                self.requests = (self.requests + 1).min(MOST_REQUESTS);
            }
            _ => {}
        }
    }

    /// The server could not cope.
    pub(super) fn overloaded(&mut self) {
        self.objects = (self.objects / 2).max(FEWEST_OBJECTS);
        self.requests = (self.requests / 2).max(1);
    }

    /// Requests at the same time.
    pub(super) fn requests(&self) -> usize {
        self.requests
    }

    /// Cuts objects of these sizes into requests, enough of them that all who send have one.
    pub(super) fn cut(&self, sizes: &[usize]) -> Vec<std::ops::Range<usize>> {
        let share = sizes.len().div_ceil(self.requests).max(FEWEST_OBJECTS);
        let most = self.objects.min(share);
        let mut cuts = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (index, size) in sizes.iter().enumerate() {
            if index > start && (index - start == most || bytes + size > MOST_BYTES) {
                cuts.push(start..index);
                (start, bytes) = (index, 0);
            }
            bytes += size;
        }
        if start < sizes.len() {
            cuts.push(start..sizes.len());
        }
        cuts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_answers_bring_more_and_slow_ones_less() {
        let mut pace = Pace::default();
        (0..50).for_each(|_| pace.answered(Duration::from_millis(100)));
        assert_eq!((pace.objects, pace.requests), (MOST_OBJECTS, MOST_REQUESTS));
        pace.answered(Duration::from_millis(1500));
        assert_eq!((pace.objects, pace.requests), (MOST_OBJECTS, MOST_REQUESTS));
        pace.answered(Duration::from_secs(3));
        assert_eq!((pace.objects, pace.requests), (384, MOST_REQUESTS));
        (0..50).for_each(|_| pace.answered(Duration::from_secs(11)));
        assert_eq!((pace.objects, pace.requests), (FEWEST_OBJECTS, 1));
    }

    #[test]
    fn requests_are_cut_by_count_and_by_bytes() {
        let pace = Pace::default();
        let lengths = |sizes: &[usize]| pace.cut(sizes).iter().map(ExactSizeIterator::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[10; 300]), [128, 128, 44]);
        assert_eq!(lengths(&[10; 100]), [50, 50]);
        assert_eq!(lengths(&[10; 5]), [5]);
        assert_eq!(lengths(&[3 << 20; 5]), [2, 2, 1]);
        assert_eq!(lengths(&[MOST_BYTES + 1, 1, 1]), [1, 2]);
    }
}
