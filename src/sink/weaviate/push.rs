//! Sends objects until the fate of each is known. What comes in: encoded objects; what goes out: stored or refused, one
//! for each, or an error when the server cannot be worked with. It keeps no books: see `sink/books.rs`.
//!
//! A request whose answer is missing or makes no sense may have been done in part. Sending it again is not enough: the
//! server stores an object before it puts its vector into the index, and an object that comes a second time with the
//! same vector skips the index, so it would be stored, counted and never found. What is unclear is therefore put twice:
//! with a vector that differs a little, which always goes through the index, and then as it is, which does so again.
//! Deleting it first would do, too, but a deletion that was given up, or whose sender was killed, can still be under way
//! in the server, and then undoes what a later request stored (the test that kills runs found such a case). A put that
//! comes late does no harm.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::address::Address;
use super::pace::Pace;
use super::retry::{RetryAction, Row};
use super::transport::Transport;
use crate::document::Object;
use crate::sink::books::{Fate, Sent};
use crate::sink::rest::Rest;
use crate::sink::state::Encoded;
use crate::sink::turns::Turns;
use crate::sink::{Access, SinkError};

/// Tries of one object on its own while others go through; after that it is the object.
const MOST_ATTEMPTS: u32 = 8;

/// Sends to one collection.
#[derive(Debug)]
pub(super) struct Pusher {
    rest: Rest,
    address: Address,
    transport: Box<dyn Transport>,
    turns: Turns,
    pace: Mutex<Pace>,
}

/// A part of the objects, on its way.
#[derive(Clone, Debug)]
struct Job {
    /// Positions.
    objects: Vec<usize>,
    /// For whatever reason it had to be sent again; the waits grow with it.
    attempt: u32,
    /// Attempts that failed for what is in it, as far as one can tell, not for the state of the server.
    own_attempts: u32,
    since: Instant,
    /// Whether the server may hold them in part.
    unclear: bool,
}

impl Pusher {
    pub(super) fn new(rest: Rest, transport: Box<dyn Transport>, address: &Address, access: &Access) -> Pusher {
        Pusher {
            rest,
            address: address.clone(),
            transport,
            turns: Turns::new(access),
            pace: Mutex::default(),
        }
    }

    /// An object as it goes to the server.
    pub(super) fn encode(&self, object: &Object) -> Encoded {
        Encoded::new(&object.document, self.transport.encode(object))
    }

    pub(super) fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Who may send when.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Sends all; `unclear` says which of them an earlier run may have sent. The fates are there also after an error.
    pub(super) fn push(&self, objects: &[&Encoded], unclear: &[bool]) -> Sent {
        self.turns.progressed();
        let (requests, jobs) = {
            let pace = lock(&self.pace);
            let jobs = jobs(&pace, objects, unclear);
            (pace.requests().min(jobs.len()), jobs)
        };
        let call = Call {
            pusher: self,
            objects,
            fates: Mutex::new(vec![Fate::Open; objects.len()]),
            waiting: Mutex::new(jobs),
            failure: Mutex::new(None),
        };
        thread::scope(|scope| {
            (1..requests).for_each(|_| drop(scope.spawn(|| call.work())));
            call.work();
        });
        let failure = call.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        let fates = call.fates.into_inner().unwrap_or_else(PoisonError::into_inner);
        (fates, failure.map_or(Ok(()), Err))
    }
}

/// Cuts the objects into requests; those that are unclear apart, because they are put twice.
fn jobs(pace: &Pace, objects: &[&Encoded], unclear: &[bool]) -> VecDeque<Job> {
    let mut jobs = VecDeque::new();
    for wanted in [false, true] {
        let positions: Vec<usize> = (0..objects.len()).filter(|index| unclear[*index] == wanted).collect();
        let sizes: Vec<usize> = positions.iter().map(|index| objects[*index].body.len()).collect();
        let job = |range: Range<usize>| Job {
            objects: positions[range].to_vec(),
            attempt: 0,
            own_attempts: 0,
            since: Instant::now(),
            unclear: wanted,
        };
        jobs.extend(pace.cut(&sizes).into_iter().map(job));
    }
    jobs
}

/// One call of [`Pusher::push`].
struct Call<'a> {
    pusher: &'a Pusher,
    objects: &'a [&'a Encoded],
    fates: Mutex<Vec<Fate>>,
    waiting: Mutex<VecDeque<Job>>,
    failure: Mutex<Option<SinkError>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Call<'_> {
    /// Takes job after job, each to its end.
    fn work(&self) {
        loop {
            let Some(job) = lock(&self.waiting).pop_front() else {
                return;
            };
            if let Err(error) = self.settle(job) {
                lock(&self.failure).get_or_insert(error);
            }
        }
    }

    fn settle(&self, job: Job) -> Result<(), SinkError> {
        let mut open = vec![job];
        while let Some(job) = open.pop() {
            if lock(&self.failure).is_some() {
                return Ok(());
            }
            self.pusher.turns.wait()?;
            open.extend(self.step(job)?);
        }
        Ok(())
    }

    /// Sends once; what is left to be sent.
    fn step(&self, job: Job) -> Result<Vec<Job>, SinkError> {
        let action = self.attempt(&job);
        let job = Job {
            attempt: job.attempt + 1,
            ..job
        };
        match action {
            RetryAction::Rows(rows) => self.rows(&job, rows),
            RetryAction::Again { reason, after } => {
                let delay = self.delay(&job).max(after.unwrap_or_default());
                self.hold(&reason, delay)?;
                Ok(vec![job])
            }
            RetryAction::Pause { reason, after } => {
                self.hold(&reason, after.unwrap_or(self.pusher.turns.timing().pause))?;
                Ok(vec![job])
            }
            RetryAction::Unclear(reason) => {
                self.hold(&reason, self.delay(&job))?;
                Ok(self.smaller(Job { unclear: true, ..job }, reason))
            }
            RetryAction::Split(reason) if job.objects.len() == 1 => {
                self.decide(&job, 0, Fate::Refused(reason));
                Ok(Vec::new())
            }
            RetryAction::Split(_) => Ok(halves(job)),
            RetryAction::GiveUp { problem, remedy } => Err(self.error(problem, remedy)),
        }
    }

    /// Puts; what is unclear with another vector first.
    fn attempt(&self, job: &Job) -> RetryAction {
        let objects: Vec<&Encoded> = job.objects.iter().map(|index| self.objects[*index]).collect();
        if job.unclear
            && let Some(action) = unless_done(self.put(&objects, Some(job.attempt)))
        {
            return action;
        }
        self.put(&objects, None)
    }

    fn put(&self, objects: &[&Encoded], nudge: Option<u32>) -> RetryAction {
        let start = Instant::now();
        let action = self.pusher.transport.put(objects, nudge);
        if matches!(action, RetryAction::Rows(_)) {
            lock(&self.pusher.pace).answered(start.elapsed());
        }
        action
    }

    fn rows(&self, job: &Job, rows: Vec<Row>) -> Result<Vec<Job>, SinkError> {
        let (mut again, mut waiting) = (Vec::new(), Vec::new());
        let (mut passing, mut full) = (None, None);
        for (position, row) in rows.into_iter().enumerate() {
            match row {
                Row::Stored => self.decide(job, position, Fate::Stored),
                Row::Refused(reason) => self.decide(job, position, Fate::Refused(reason)),
                Row::Again(reason) if job.own_attempts + 1 >= MOST_ATTEMPTS => {
                    self.decide(
                        job,
                        position,
                        Fate::Refused(format!("{reason} (given up after {MOST_ATTEMPTS} attempts)")),
                    );
                }
                Row::Again(reason) => {
                    again.push(job.objects[position]);
                    passing = Some(reason);
                }
                Row::Wait(reason) => {
                    waiting.push(job.objects[position]);
                    full = Some(reason);
                }
            }
        }
        if let Some(reason) = full {
            self.hold(&reason, self.pusher.turns.timing().pause)?;
        }
        if let Some(reason) = passing {
            self.hold(&reason, self.delay(job))?;
        }
        let again = Job {
            objects: again,
            unclear: true,
            own_attempts: job.own_attempts + 1,
            ..job.clone()
        };
        let waiting = Job {
            objects: waiting,
            ..job.clone()
        };
        let jobs = [again, waiting];
        Ok(jobs.into_iter().filter(|job| !job.objects.is_empty()).collect())
    }

    fn decide(&self, job: &Job, position: usize, fate: Fate) {
        lock(&self.fates)[job.objects[position]] = fate;
        self.pusher.turns.progressed();
    }

    /// Smaller requests tell which object it is, if it is one, and end sooner, if the server is slow. A single object
    /// that never gets an answer while others do is given up.
    fn smaller(&self, job: Job, reason: String) -> Vec<Job> {
        if job.objects.len() > 1 {
            return halves(job);
        }
        let others_went_through = self.pusher.turns.progressed_since(job.since);
        let job = Job {
            own_attempts: job.own_attempts + 1,
            ..job
        };
        if job.own_attempts >= MOST_ATTEMPTS && others_went_through {
            self.decide(
                &job,
                0,
                Fate::Refused(format!("{reason} (given up after {MOST_ATTEMPTS} attempts)")),
            );
            return Vec::new();
        }
        vec![job]
    }

    fn delay(&self, job: &Job) -> Duration {
        self.pusher.turns.delay(job.attempt)
    }

    /// Nobody sends for a while; fails when that would be beyond the run's patience.
    fn hold(&self, reason: &str, delay: Duration) -> Result<(), SinkError> {
        lock(&self.pusher.pace).overloaded();
        let held = self.pusher.turns.hold(reason, delay);
        held.map_err(|problem| self.error(problem, "run again when the server is well; what was stored stays"))
    }

    fn error(&self, problem: String, remedy: &str) -> SinkError {
        SinkError::Server {
            url: self.pusher.address.to_string(),
            problem,
            remedy: remedy.to_string(),
        }
    }
}

/// What to do instead of the second put. A row that is refused is refused by the second, too, and counted there.
fn unless_done(nudge: RetryAction) -> Option<RetryAction> {
    let RetryAction::Rows(rows) = nudge else {
        return Some(nudge);
    };
    rows.into_iter().find_map(|row| match row {
        Row::Stored | Row::Refused(_) => None,
        Row::Again(reason) => Some(RetryAction::Unclear(reason)),
        Row::Wait(reason) => Some(RetryAction::Pause { reason, after: None }),
    })
}

fn halves(job: Job) -> Vec<Job> {
    let half = job.objects.len().div_ceil(2);
    let parts = job.objects.chunks(half);
    // The last one is sent first: see `settle`.
    parts
        .rev()
        .map(|part| Job {
            objects: part.to_vec(),
            ..job.clone()
        })
        .collect()
}
