//! How hard to try the fast path: irregular data must not pay for it.
//!
//! Every try is paid from a credit that fast records fill and strict ones fill slowly. So whatever the data is like,
//! all that fails together costs at most a thirty-second of the strict reading.

/// Credit, in thirty-seconds of the time that the strict path takes for a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    credit: i32,
}

/// Enough to learn twice from the first records of a file.
const AT_FIRST: i32 = 2 * LEARNING + 40;
/// What a fast record saves is more than this.
const FAST_RECORD: i32 = 16;
const STRICT_RECORD: i32 = 1;
/// A record that fails at its last byte has cost this much on the fast path.
const FAILED_TRY: i32 = 12;
/// Learning walks the record once more and keeps a copy of its layout, field by field.
const LEARNING: i32 = 192;
/// Savings that count: a file that changes its nature may use up this much.
const MOST: i32 = 3 * LEARNING;

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
    fn records_that_are_never_alike_cost_a_thirty_second_at_most() {
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
