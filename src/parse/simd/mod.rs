//! Bytes compared and searched 32 at a time, with the instructions this machine has.
//!
//! In: windows of 32 bytes. Out: one bit a byte, the first byte lowest, or what windows have in common. `portable.rs` and
//! the plain loops here define the operations, the others are their twins (property tests hold them together). Which one
//! runs is decided at run time; nothing here reads past a window or knows what JSON is made of beyond the bytes of a
//! string.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

/// Bytes of a window.
pub(super) const WIDTH: usize = 32;

/// A set of instructions that is known to be there.
pub(super) trait Simd: Copy {
    /// Where two windows differ.
    fn differing(self, one: &[u8; WIDTH], other: &[u8; WIDTH]) -> u32;

    /// Where a byte ends a string or is no plain character of one: quote, backslash, control character, non-ASCII.
    fn special(self, bytes: &[u8; WIDTH]) -> u32;

    /// How windows that follow each other differ from what is expected of them.
    #[inline(always)]
    fn differences(self, found: &[[u8; WIDTH]], expected: &[Expected]) -> Differences {
        let (mut others, mut keys) = ([0; WIDTH], [0; WIDTH]);
        for (found, expected) in found.iter().zip(expected) {
            for at in 0..WIDTH {
                let differing = (found[at] ^ expected.text[at]) & expected.same[at];
                keys[at] |= differing & expected.keys[at];
                others[at] |= differing & !expected.keys[at];
            }
        }
        Differences {
            keys: keys != [0; WIDTH],
            others: others != [0; WIDTH],
        }
    }

    /// Whether there are none of these differences.
    #[inline(always)]
    fn are_same(self, found: &[[u8; WIDTH]], expected: &[Expected]) -> bool {
        let none = Differences {
            keys: false,
            others: false,
        };
        self.differences(found, expected) == none
    }

    /// Does a part of a job as a function of its own: a loop that needs all registers gets them.
    #[inline(always)]
    fn call<J: Job>(self, part: J) -> J::Output {
        part.run(self)
    }
}

/// What is expected of the bytes of a window. All bits of a byte of a mask are set, or none.
pub(super) struct Expected {
    pub(super) text: [u8; WIDTH],
    /// The bytes that are compared with the text.
    pub(super) same: [u8; WIDTH],
    /// Those of them that tell one key from another.
    pub(super) keys: [u8; WIDTH],
}

/// Which of the bytes that were compared are others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Differences {
    /// Some that tell one key from another.
    pub(super) keys: bool,
    /// Some of the others.
    pub(super) others: bool,
}

/// Work that is compiled once for each set of instructions.
pub(super) trait Job {
    /// What comes of it.
    type Output;

    /// Does the work. Mark it `#[inline(always)]`: only then is all of it compiled for the instructions of `simd`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The choice.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instructions {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon),
}

impl Instructions {
    /// The widest that this machine has.
    pub(super) fn detect() -> Instructions {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = avx2::Avx2::detect() {
            return Instructions::Avx2(avx2);
        }
        #[cfg(target_arch = "aarch64")]
        if let Some(neon) = neon::Neon::detect() {
            return Instructions::Neon(neon);
        }
        Instructions::Portable
    }

    /// Does a job with these instructions.
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        match self {
            Instructions::Portable => job.run(portable::Portable),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(avx2) => avx2.run(job),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(neon) => job.run(neon),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Windows<'a>(&'a [[u8; WIDTH]], &'a [Expected]);

    impl Job for Windows<'_> {
        type Output = (Differences, bool);

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> (Differences, bool) {
            (simd.differences(self.0, self.1), simd.call(AreSame(self)))
        }
    }

    struct AreSame<'a>(Windows<'a>);

    impl Job for AreSame<'_> {
        type Output = bool;

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> bool {
            simd.are_same(self.0.0, self.0.1)
        }
    }

    struct Both<'a>(&'a [u8; WIDTH], &'a [u8; WIDTH]);

    impl Job for Both<'_> {
        type Output = (u32, u32);

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> (u32, u32) {
            (simd.differing(self.0, self.1), simd.special(self.0))
        }
    }

    proptest! {
        #[test]
        fn the_instructions_of_this_machine_agree_with_the_portable_twin(
            bytes: [u8; WIDTH], flips: [bool; WIDTH], change in 1u8..,
        ) {
            let mut other = bytes;
            for (byte, flip) in other.iter_mut().zip(flips) {
                *byte ^= if flip { change } else { 0 };
            }
            let of = |instructions: Instructions| instructions.run(Both(&bytes, &other));
            prop_assert_eq!(of(Instructions::detect()), of(Instructions::Portable));
        }
    }

    proptest! {
        /// Of windows that differ in one byte, or in none, there may be more than are expected.
        #[test]
        fn differences_are_told_by_their_masks(
            found in prop::collection::vec(any::<[u8; WIDTH]>(), 1..9), expected in 0usize..9, change: u8,
            at in any::<prop::sample::Index>(), same: bool, key: bool,
        ) {
            let mut windows: Vec<Expected> = found
                .iter()
                .take(expected)
                .map(|text| Expected { text: *text, same: [0xff; WIDTH], keys: [0; WIDTH] })
                .collect();
            let mut expected = Differences { keys: false, others: false };
            if !windows.is_empty() {
                let at = at.index(windows.len() * WIDTH);
                let window = &mut windows[at / WIDTH];
                window.text[at % WIDTH] ^= change;
                window.same[at % WIDTH] = if same { 0xff } else { 0 };
                window.keys[at % WIDTH] = if key { 0xff } else { 0 };
                let differs = change != 0 && same;
                expected = Differences { keys: differs && key, others: differs && !key };
            }
            for instructions in [Instructions::Portable, Instructions::detect()] {
                let told = instructions.run(Windows(&found, &windows));
                prop_assert_eq!(told, (expected, !expected.keys && !expected.others));
            }
        }
    }

    #[test]
    fn every_byte_alone_is_found_or_passed_as_the_definition_says() {
        for byte in 0..=u8::MAX {
            let mut bytes = [b'a'; WIDTH];
            bytes[usize::from(byte) % WIDTH] = byte;
            let expected = !(0x20..0x80).contains(&byte) || byte == b'"' || byte == b'\\';
            for instructions in [Instructions::Portable, Instructions::detect()] {
                let found = instructions.run(Both(&bytes, &[b'a'; WIDTH])).1;
                assert_eq!(found, u32::from(expected) << (usize::from(byte) % WIDTH), "{byte}");
            }
        }
    }
}
