//! Bytes compared and searched 32 at a time, with the instructions this machine has.
//!
//! In: windows of 32 bytes. Out: one bit a byte, the first byte lowest, or whether windows are the same. `portable.rs` and
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

    /// Whether the bits of all windows that a mask has are the same.
    #[inline(always)]
    fn are_same(self, one: &[[u8; WIDTH]], other: &[[u8; WIDTH]], masks: &[[u8; WIDTH]]) -> bool {
        let mut differing = [0; WIDTH];
        for ((one, other), mask) in one.iter().zip(other).zip(masks) {
            for at in 0..WIDTH {
                differing[at] |= (one[at] ^ other[at]) & mask[at];
            }
        }
        differing == [0; WIDTH]
    }

    /// Does a part of a job as a function of its own: a loop that needs all registers gets them.
    #[inline(always)]
    fn call<J: Job>(self, part: J) -> J::Output {
        part.run(self)
    }
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

    /// Whether windows are the same under masks, told by a function of its own.
    struct AreSame<'a>([&'a [[u8; WIDTH]]; 3]);

    impl Job for AreSame<'_> {
        type Output = bool;

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> bool {
            struct Part<'a>([&'a [[u8; WIDTH]]; 3]);

            impl Job for Part<'_> {
                type Output = bool;

                #[inline(always)]
                fn run<S: Simd>(self, simd: S) -> bool {
                    let [one, other, masks] = self.0;
                    simd.are_same(one, other, masks)
                }
            }
            simd.call(Part(self.0))
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
        /// Of windows that differ in one byte, or in none, there may be more than there are masks.
        #[test]
        fn differences_count_as_the_masks_say(
            one in prop::collection::vec(any::<[u8; WIDTH]>(), 1..9), masks in 0usize..9, change: u8, mask: u8,
            at in any::<prop::sample::Index>(),
        ) {
            let (mut other, mut masks) = (one.clone(), vec![[0xff; WIDTH]; masks]);
            let at = at.index(one.len() * WIDTH);
            let (window, at) = (at / WIDTH, at % WIDTH);
            other[window][at] ^= change;
            let mut expected = true;
            if let Some(masks) = masks.get_mut(window) {
                masks[at] = mask;
                expected = change & mask == 0;
            }
            for instructions in [Instructions::Portable, Instructions::detect()] {
                prop_assert_eq!(instructions.run(AreSame([&one, &other, &masks])), expected);
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
