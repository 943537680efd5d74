//! Texts as numbers: each distinct user id or word is kept once.

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::short::{ShortCodes, ShortText};

/// Users are dealt out to this many buckets by a hash of their id. More would make the blocks of shuffled input smaller
/// and many.
pub(super) const BUCKETS: usize = 64;

/// The bucket of a user, by its code.
pub(super) fn bucket_of(user: u32) -> usize {
    user as usize % BUCKETS
}

/// The number of a user in its bucket, by its code: small numbers, in the order of arrival.
pub fn number_in_bucket(user: u32) -> usize {
    user as usize / BUCKETS
}

/// The distinct texts of a run, shared by all threads. Codes follow the order of arrival (in a bucket), so they differ
/// from run to run: nothing that leaves the program may depend on them.
#[derive(Debug)]
pub struct Interner {
    texts: RwLock<Texts>,
}

#[derive(Debug)]
struct Texts {
    codes: FxHashMap<Arc<str>, u32>,
    /// The texts of each bucket in the order of their arrival: code `c` is number `c / buckets` of bucket `c % buckets`.
    buckets: Vec<Vec<Arc<str>>>,
}

impl Interner {
    /// For user ids: a code tells its bucket.
    pub fn of_users() -> Interner {
        Interner::new(BUCKETS)
    }

    /// For the words of records: codes are as small as can be.
    pub fn of_words() -> Interner {
        Interner::new(1)
    }

    fn new(buckets: usize) -> Interner {
        let texts = Texts {
            codes: FxHashMap::default(),
            buckets: vec![Vec::new(); buckets],
        };
        Interner {
            texts: RwLock::new(texts),
        }
    }

    /// The code of a text, new or known, and the shared text.
    fn intern(&self, text: &str) -> (Arc<str>, u32) {
        {
            let known = self.texts.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((text, code)) = known.codes.get_key_value(text) {
                return (Arc::clone(text), *code);
            }
        }
        let mut known = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((text, code)) = known.codes.get_key_value(text) {
            return (Arc::clone(text), *code);
        }
        let text: Arc<str> = Arc::from(text);
        let buckets = known.buckets.len();
        let bucket = (fnv1a(text.as_bytes()) % buckets as u64) as usize;
        let code = u32::try_from(known.buckets[bucket].len() * buckets + bucket);
        let code = code.expect("2^32 / 64 distinct texts of one bucket fit no memory this is for");
        known.codes.insert(Arc::clone(&text), code);
        known.buckets[bucket].push(Arc::clone(&text));
        (text, code)
    }

    /// The text of a code that this interner gave.
    pub fn text(&self, code: u32) -> Arc<str> {
        let known = self.texts.read().unwrap_or_else(PoisonError::into_inner);
        let buckets = known.buckets.len();
        Arc::clone(&known.buckets[code as usize % buckets][code as usize / buckets])
    }
}

/// Fowler-Noll-Vo 1a: the same bucket and partition for a user in every run and on every machine.
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One thread's view of an [`Interner`]: it asks the shared one only for texts it has not met. A known text is not
/// even cloned, since its count of owners is memory that all threads would write.
#[derive(Clone, Debug)]
pub struct Symbols {
    shared: Arc<Interner>,
    known: FxHashMap<Arc<str>, u32>,
    short: ShortCodes,
}

impl Symbols {
    /// A view of `shared`.
    pub fn new(shared: Arc<Interner>) -> Symbols {
        Symbols {
            shared,
            known: FxHashMap::default(),
            short: ShortCodes::default(),
        }
    }

    /// The code of a text that is also given as a number, which is found in less time; `None` if it is no UTF-8.
    #[inline]
    pub fn code_of_short(&mut self, short: ShortText, text: &[u8]) -> Option<u32> {
        // No closure: it would be a call where this is inlined into code for more instructions than the closure's.
        match self.short.get(short) {
            Some(code) => Some(code),
            None => self.new_short(short, text),
        }
    }

    #[cold]
    fn new_short(&mut self, short: ShortText, text: &[u8]) -> Option<u32> {
        let code = self.code(std::str::from_utf8(text).ok()?);
        self.short.insert(short, code);
        Some(code)
    }

    /// The code of a text.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        let (text, code) = self.shared.intern(text);
        self.known.insert(text, code);
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_user_tells_its_bucket_and_its_number_there() {
        let shared = Arc::new(Interner::of_users());
        let mut users = Symbols::new(Arc::clone(&shared));
        let mut numbers = [0; BUCKETS];
        for user in 0..1000 {
            let id = format!("user {user}");
            let code = users.code(&id);
            assert_eq!(bucket_of(code) as u64, fnv1a(id.as_bytes()) % BUCKETS as u64);
            let next = &mut numbers[bucket_of(code)];
            assert_eq!(number_in_bucket(code), *next);
            *next += 1;
            assert_eq!(&*shared.text(code), id);
        }
    }

    #[test]
    fn every_thread_gets_the_same_code_for_a_text() {
        let shared = Arc::new(Interner::of_words());
        let (mut one, mut other) = (Symbols::new(Arc::clone(&shared)), Symbols::new(Arc::clone(&shared)));
        let codes: Vec<u32> = ["a", "b", "a", "", "b"].iter().map(|text| one.code(text)).collect();
        assert_eq!(codes, [0, 1, 0, 2, 1]);
        assert_eq!(other.code("b"), 1);
        assert_eq!(&*shared.text(1), "b");
        for _ in 0..2 {
            assert_eq!(other.code_of_short(1 << 120 | u128::from(b'b'), b"b"), Some(1));
            assert_eq!(other.code_of_short(1 << 120 | 0xff, b"\xff"), None);
        }
    }
}
