//! One column packed into bytes: frame of reference.
//!
//! The smallest value, the largest of a few numbers (powers of ten for decimals, minutes and hours for seconds, the buckets
//! for codes of users) that divides every distance to it, and the distances in 0, 8, 16, 17 or 32 bits. A heart rate in
//! whole bpm takes one byte a reading, a meal's grams with one decimal two, and 17 bits hold the seconds of a day. The
//! loops are plain, and written out, for pulp compiles them for each level of SIMD only where they are inlined into its
//! tasks.

use pulp::{Arch, Simd, WithSimd};

use super::NULL;
use super::block::{BlockError, Input, push_varint, unzigzag, zigzag};
use super::symbols::BUCKETS;

/// Scales of a column, largest first; the largest that divides all distances is taken. One divides all.
const SCALES: [Scale; 7] = [
    Scale::of(3600),
    Scale::of(1000),
    Scale::of(100),
    Scale::of(BUCKETS as u32),
    Scale::of(60),
    Scale::of(10),
    Scale::of(1),
];
/// Header of a column that has no value at all.
const ALL_NULL: u8 = 0xff;
/// Flag in a column's header: a bitmap of the rows with a value comes first.
const HAS_NULLS: u8 = 0x40;

/// Bytes of a distance by width code; behind the bytes of [`SEVENTEEN_BITS`] stands a bitmap of the bits above them.
const WIDTHS: [usize; 5] = [0, 1, 2, 2, 4];
const SEVENTEEN_BITS: u8 = 3;

/// Values that are looked at before the next scale is tried.
const VALUES_OF_A_TRY: usize = 64;

/// A divisor, and what makes an exact division by it a multiplication.
///
/// Source: T. Granlund, P. L. Montgomery, "Division by Invariant Integers using Multiplication", 1994, section 9.
#[derive(Clone, Copy)]
struct Scale {
    unit: u32,
    /// Of the odd part of the unit, modulo 2^32.
    inverse: u32,
    /// How often two divides the unit.
    twos: u32,
}

impl Scale {
    const fn of(unit: u32) -> Scale {
        let twos = unit.trailing_zeros();
        let odd = unit >> twos;
        // Newton's iteration: an odd number is its own inverse in three bits, and each step doubles them.
        let mut inverse = odd;
        let mut bits = 3;
        while bits < u32::BITS {
            inverse = inverse.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(inverse)));
            bits *= 2;
        }
        Scale { unit, inverse, twos }
    }

    /// The quotient, if the scale divides the distance; else a number too large for one.
    #[inline(always)]
    fn steps(self, distance: u32) -> u32 {
        distance.wrapping_mul(self.inverse).rotate_right(self.twos)
    }

    #[inline(always)]
    fn divides_all(self, values: &[i32], smallest: i32) -> bool {
        let largest = u32::MAX / self.unit;
        for values in values.chunks(VALUES_OF_A_TRY) {
            let mut divides_all = true;
            for value in values {
                divides_all &= self.steps(distance(*value, smallest)) <= largest;
            }
            if !divides_all {
                return false;
            }
        }
        true
    }
}

fn distance(value: i32, smallest: i32) -> u32 {
    value.wrapping_sub(smallest) as u32
}

pub(super) fn pack_column(bytes: &mut Vec<u8>, values: &[i32]) {
    Arch::new().dispatch(Pack { bytes, values });
}

struct Pack<'a> {
    bytes: &'a mut Vec<u8>,
    values: &'a [i32],
}

impl WithSimd for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let mut nulls = 0;
        for value in self.values {
            nulls += usize::from(*value == NULL);
        }
        if nulls == 0 {
            pack_values(self.bytes, self.values, None);
        } else if nulls == self.values.len() {
            self.bytes.push(ALL_NULL);
        } else {
            let present: Vec<i32> = self.values.iter().copied().filter(|value| *value != NULL).collect();
            pack_values(self.bytes, &present, Some(self.values));
        }
    }
}

/// Packs the values that are there; `with_nulls` also has those that are not, if any.
#[inline(always)]
fn pack_values(bytes: &mut Vec<u8>, values: &[i32], with_nulls: Option<&[i32]>) {
    let (mut smallest, mut largest) = (i32::MAX, i32::MIN);
    for value in values {
        smallest = smallest.min(*value);
        largest = largest.max(*value);
    }
    let divides = |scale: &Scale| scale.divides_all(values, smallest);
    let scale_code = SCALES.iter().position(divides).expect("one divides all");
    let scale = SCALES[scale_code];
    let width_code = match distance(largest, smallest) / scale.unit {
        0 => 0u8,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0x1_ffff => SEVENTEEN_BITS,
        _ => 4,
    };
    let has_nulls = if with_nulls.is_some() { HAS_NULLS } else { 0 };
    bytes.push(width_code | (scale_code as u8) << 3 | has_nulls);
    push_varint(bytes, zigzag(i64::from(smallest)));
    if let Some(values) = with_nulls {
        push_bitmap(bytes, values, |value| value != NULL);
    }
    let steps = |value: i32| scale.steps(distance(value, smallest));
    match width_code {
        0 => {}
        1 => push_each(bytes, values, |value| [steps(value) as u8]),
        2 => push_each(bytes, values, |value| (steps(value) as u16).to_le_bytes()),
        SEVENTEEN_BITS => {
            push_each(bytes, values, |value| (steps(value) as u16).to_le_bytes());
            push_bitmap(bytes, values, |value| steps(value) > 0xffff);
        }
        _ => push_each(bytes, values, |value| steps(value).to_le_bytes()),
    }
}

#[inline(always)]
fn push_each<const N: usize>(bytes: &mut Vec<u8>, values: &[i32], coded: impl Fn(i32) -> [u8; N]) {
    let start = bytes.len();
    bytes.resize(start + values.len() * N, 0);
    let (places, _) = bytes[start..].as_chunks_mut::<N>();
    for (place, value) in places.iter_mut().zip(values) {
        *place = coded(*value);
    }
}

/// A bit a value, the lowest of each byte first.
#[inline(always)]
fn push_bitmap(bytes: &mut Vec<u8>, values: &[i32], is_set: impl Fn(i32) -> bool) {
    let bits = |eight: &[i32]| {
        (0..)
            .zip(eight)
            .map(|(bit, value)| u8::from(is_set(*value)) << bit)
            .sum::<u8>()
    };
    let (eights, rest) = values.as_chunks::<8>();
    bytes.extend(eights.iter().map(|eight| bits(eight)));
    bytes.extend((!rest.is_empty()).then(|| bits(rest)));
}

fn is_set(bitmap: &[u8], bit: usize) -> bool {
    bitmap[bit / 8] >> (bit % 8) & 1 == 1
}

pub(super) fn unpack_column(input: &mut Input<'_>, count: usize, column: &mut Vec<i32>) -> Result<(), BlockError> {
    let header = input.take(1)?[0];
    if header == ALL_NULL {
        column.resize(column.len() + count, NULL);
        return Ok(());
    }
    let scale = SCALES.get(usize::from(header >> 3 & 7)).ok_or(BlockError)?;
    let smallest = i32::try_from(unzigzag(input.varint()?)).map_err(|_| BlockError)?;
    let has_nulls = header & HAS_NULLS != 0;
    let bitmap = has_nulls.then(|| input.take(count.div_ceil(8))).transpose()?;
    let values = match bitmap {
        Some(bits) => (0..count).filter(|row| is_set(bits, *row)).count(),
        None => count,
    };
    let width = *WIDTHS.get(usize::from(header & 7)).ok_or(BlockError)?;
    let packed = input.take(values * width)?;
    let high_bits = match header & 7 {
        SEVENTEEN_BITS => Some(input.take(values.div_ceil(8))?),
        _ => None,
    };
    let mut present = Vec::new();
    let into = if bitmap.is_some() { &mut present } else { &mut *column };
    Arch::new().dispatch(Unpack {
        packed,
        width,
        high_bits,
        values,
        unit: scale.unit,
        smallest,
        into,
    });
    if let Some(bits) = bitmap {
        let mut present = present.into_iter();
        let value = |row| if is_set(bits, row) { present.next() } else { None };
        column.extend((0..count).map(value).map(|value| value.unwrap_or(NULL)));
    }
    Ok(())
}

/// Values to unpack.
struct Unpack<'a> {
    packed: &'a [u8],
    /// Bytes of a value.
    width: usize,
    /// The seventeenth bits.
    high_bits: Option<&'a [u8]>,
    values: usize,
    unit: u32,
    smallest: i32,
    into: &'a mut Vec<i32>,
}

impl WithSimd for Unpack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let value = |steps: u32| self.smallest.wrapping_add(steps.wrapping_mul(self.unit) as i32);
        let two_bytes = |pair: &[u8; 2]| u32::from(u16::from_le_bytes(*pair));
        let start = self.into.len();
        self.into.resize(start + self.values, self.smallest);
        let places = &mut self.into[start..];
        match (self.width, self.high_bits) {
            (0, _) => {}
            (1, _) => {
                for (place, byte) in places.iter_mut().zip(self.packed) {
                    *place = value(u32::from(*byte));
                }
            }
            (2, None) => {
                for (place, pair) in places.iter_mut().zip(self.packed.as_chunks().0) {
                    *place = value(two_bytes(pair));
                }
            }
            (2, Some(high_bits)) => {
                for ((places, pairs), high) in places.chunks_mut(8).zip(self.packed.chunks(16)).zip(high_bits) {
                    for (bit, (place, pair)) in places.iter_mut().zip(pairs.as_chunks().0).enumerate() {
                        *place = value(u32::from(high >> bit & 1) << 16 | two_bytes(pair));
                    }
                }
            }
            _ => {
                for (place, word) in places.iter_mut().zip(self.packed.as_chunks().0) {
                    *place = value(u32::from_le_bytes(*word));
                }
            }
        }
    }
}
