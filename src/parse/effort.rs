//! How hard to try the fast path: irregular data must not pay for it.
//!
//! Every try is paid from a credit that fast records fill and strict ones fill slowly. So whatever the data is like,
//! all that fails together costs at most a sixteenth of the strict reading.

/// Credit, in sixteenths of the time that the strict path takes for a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    credit: i32,
}

/// Enough to learn twice from the first records of a file.
const AT_FIRST: i32 = 80;
/// What a fast record saves is more than this.
const FAST_RECORD: i32 = 8;
const STRICT_RECORD: i32 = 1;
/// A record that fails at its last byte has cost this much on the fast path.
const FAILED_TRY: i32 = 6;
/// Learning walks the record once more and keeps a copy of its layout.
const LEARNING: i32 = 32;
/// Savings that count: a file that changes its nature is noticed after this many failed tries.
const MOST: i32 = 40 * FAILED_TRY;

impl Default for Effort {
    fn default() -> Effort {
        Effort { credit: AT_FIRST }
    }
}

impl Effort {
    pub(super) fn may_try(self) -> bool {
        self.credit >= FAILED_TRY
    }

    pub(super) fn may_learn(self) -> bool {
        self.credit >= LEARNING
    }

    pub(super) fn fast_records(&mut self, count: u64) {
        self.add(FAST_RECORD * count.min(MOST as u64) as i32);
    }

    pub(super) fn strict_record(&mut self) {
        self.add(STRICT_RECORD);
    }

    pub(super) fn failed_try(&mut self) {
        self.credit -= FAILED_TRY;
    }

    pub(super) fn learned(&mut self) {
        self.credit -= LEARNING;
    }

    fn add(&mut self, credit: i32) {
        self.credit = (self.credit + credit).min(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_are_never_alike_cost_a_sixteenth_at_most() {
        let mut effort = Effort::default();
        let mut spent = 0;
        for _ in 0..10_000 {
            if effort.may_try() {
                effort.failed_try();
                spent += FAILED_TRY;
            }
            effort.strict_record();
            if effort.may_learn() {
                effort.learned();
                spent += LEARNING;
            }
        }
        assert!(spent <= AT_FIRST + 10_000 * STRICT_RECORD, "{spent}");
    }
}
