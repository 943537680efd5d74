//! When those who send at the same time may send again. What comes in: that a server asked for a rest, or that a day was
//! settled; what goes out: waits, and the end of a run's patience.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::SinkError;
use super::access::{Access, Timing};
use super::state::milliseconds_since_1970;

/// The stop signal ends a wait within this time.
const LOOK_UP: Duration = Duration::from_millis(100);

/// What all senders of a target know together.
#[derive(Debug)]
pub(super) struct Turns {
    timing: Timing,
    stop: Arc<AtomicBool>,
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
    pub(super) fn new(access: &Access) -> Turns {
        let now = Instant::now();
        let seed = u64::from(std::process::id()) ^ milliseconds_since_1970() as u64;
        Turns {
            timing: access.timing,
            stop: Arc::clone(&access.stop),
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

    /// Waits until everybody may send; after the stop signal that is an error.
    pub(super) fn wait(&self) -> Result<(), SinkError> {
        loop {
            let resume_at = self.shared().resume_at;
            let wait = resume_at.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return Ok(());
            }
            self.sleep(wait)?;
        }
    }

    /// Waits for so long; after the stop signal that is an error.
    pub(super) fn sleep(&self, wait: Duration) -> Result<(), SinkError> {
        let until = Instant::now() + wait;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(SinkError::Interrupted);
            }
            let wait = until.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return Ok(());
            }
            thread::sleep(wait.min(LOOK_UP));
        }
    }

    /// Nobody sends for a while. An error, which says what is the matter, when that would be beyond the run's patience.
    pub(super) fn hold(&self, reason: &str, delay: Duration) -> Result<(), String> {
        let now = Instant::now();
        let mut shared = self.shared();
        let waited = now.saturating_duration_since(shared.progress_at);
        // Nobody may see the new time if it is beyond patience: who waits would wait for it.
        if waited.saturating_add(delay) > self.timing.patience {
            return Err(format!(
                "no day could be stored for {} s, and the next try would be in {} s: {reason}",
                waited.as_secs(),
                delay.as_secs()
            ));
        }
        shared.resume_at = shared.resume_at.max(now + delay);
        drop(shared);
        tracing::warn!(%reason, wait_seconds = delay.as_secs_f64(), "the server did not take what was sent; it is sent again");
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

    #[test]
    fn a_server_that_asks_for_a_rest_beyond_patience_makes_nobody_wait() {
        let turns = Turns::new(&Access::default());
        for delay in [Duration::from_secs(3600), Duration::from_secs(u64::MAX)] {
            let problem = turns.hold("HTTP 429", delay).unwrap_err();
            assert!(
                problem.contains(&format!("in {} s: HTTP 429", delay.as_secs())),
                "{problem}"
            );
            assert!(turns.shared().resume_at <= Instant::now());
        }
    }

    #[test]
    fn the_stop_signal_ends_a_wait() {
        let access = Access::default();
        let turns = Turns::new(&access);
        turns.hold("HTTP 503", Duration::from_secs(60)).unwrap();
        let start = Instant::now();
        let waiting = thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.wait());
            access.stop.store(true, Ordering::Relaxed);
            waiting.join().unwrap()
        });
        assert!(matches!(waiting, Err(SinkError::Interrupted)));
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
