//! When those who send at the same time may send again. What comes in: that a server asked for a rest, or that a day was
//! settled; what goes out: waits, and the end of a run's patience.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::access::Timing;
use super::state::milliseconds_since_1970;

/// What all senders of a target know together.
#[derive(Debug)]
pub(super) struct Turns {
    timing: Timing,
    shared: Mutex<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Nobody sends before.
    resume_at: Instant,
    /// When the last object was settled.
    progress_at: Instant,
    dice: Xoshiro256PlusPlus,
}

impl Turns {
    pub(super) fn new(timing: Timing) -> Turns {
        let now = Instant::now();
        let seed = u64::from(std::process::id()) ^ milliseconds_since_1970() as u64;
        Turns {
            timing,
            shared: Mutex::new(Shared {
                resume_at: now,
                progress_at: now,
                dice: Xoshiro256PlusPlus::seed_from_u64(seed),
            }),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long to wait for what.
    pub(super) fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Something was settled, or the work begins.
    pub(super) fn progressed(&self) {
        self.shared().progress_at = Instant::now();
    }

    /// Whether anything was settled after this.
    pub(super) fn progressed_since(&self, since: Instant) -> bool {
        self.shared().progress_at > since
    }

    /// The wait before retry number `attempt`.
    pub(super) fn delay(&self, attempt: u32) -> Duration {
        let backoff = Backoff {
            first: self.timing.first_delay,
            longest: self.timing.longest_delay,
        };
        let chance = self.shared().dice.random();
        backoff.delay(attempt, chance)
    }

    /// Waits until everybody may send.
    pub(super) fn wait(&self) {
        loop {
            let resume_at = self.shared().resume_at;
            let wait = resume_at.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return;
            }
            thread::sleep(wait);
        }
    }

    /// Nobody sends for a while. An error, which says what is the matter, when that would be beyond the run's patience.
    pub(super) fn hold(&self, reason: &str, delay: Duration) -> Result<(), String> {
        let (resume_at, progress_at) = {
            let mut shared = self.shared();
            shared.resume_at = shared.resume_at.max(Instant::now() + delay);
            (shared.resume_at, shared.progress_at)
        };
        tracing::warn!(%reason, wait_seconds = delay.as_secs_f64(), "the server did not take what was sent; it is sent again");
        let patience = self.timing.patience;
        if resume_at.saturating_duration_since(progress_at) > patience {
            return Err(format!("no day could be stored for {} s: {reason}", patience.as_secs()));
        }
        Ok(())
    }
}

/// The waits between retries: each up to twice the one before, with a part left to chance so that clients that failed
/// together do not come back together.
#[derive(Clone, Copy, Debug)]
struct Backoff {
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// The wait before retry number `attempt` (from 1); `chance` is between 0 and 1.
    fn delay(&self, attempt: u32, chance: f64) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(20));
        doubled.min(self.longest).mul_f64(0.5 + chance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_cap_with_a_part_left_to_chance() {
        let backoff = Backoff {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
        };
        assert_eq!(backoff.delay(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff.delay(3, 1.0), Duration::from_secs(4));
        assert_eq!(backoff.delay(3, 0.0), Duration::from_secs(2));
        assert_eq!(backoff.delay(4_000_000_000, 1.0), Duration::from_secs(30));
    }
}
