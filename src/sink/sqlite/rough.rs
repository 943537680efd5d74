//! Vectors in a byte a number: a quarter of their size, and enough to tell which ones cannot be among the nearest. What
//! comes in: vectors as the store keeps them; what goes out: rough ones, and bounds on the cosine of each with a
//! question. It never decides between two that are near each other: who asks reads the exact vectors of those.
//!
//! A rough vector is a scale (little-endian f32), the length of what rounding took away (f32, rounded up) and one i8 a
//! number: number times scale is the exact number, but for that. Where there is no vector the scale is NaN.

use pulp::Arch;

/// Bytes before the numbers.
const HEAD: usize = 8;

/// Largest number of a rough vector.
const LARGEST: f32 = 127.0;

/// Appends the rough form of a vector (little-endian f32) of so many numbers; of anything else that there is none.
pub(super) fn push(packed: &mut Vec<u8>, vector: &[u8], dimensions: usize) {
    let (numbers, rest) = vector.as_chunks::<4>();
    let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let is_one = rest.is_empty() && numbers.len() == dimensions && numbers.iter().all(|number| number.is_finite());
    if !is_one {
        packed.extend(f32::NAN.to_le_bytes());
        packed.extend(0.0_f32.to_le_bytes());
        packed.resize(packed.len() + dimensions, 0);
        return;
    }
    let largest = numbers
        .iter()
        .fold(0.0_f32, |largest, number| largest.max(number.abs()));
    // So small a number that nothing divided by it is infinite.
    let scale = (largest / LARGEST).max(f32::MIN_POSITIVE);
    let rough = |number: &f32| (number / scale).round().clamp(-LARGEST, LARGEST);
    let lost = |number: &f32| (f64::from(*number) - f64::from(rough(number)) * f64::from(scale)).powi(2);
    let length = numbers.iter().map(lost).sum::<f64>().sqrt();
    packed.extend(scale.to_le_bytes());
    packed.extend((length as f32).next_up().to_le_bytes());
    packed.extend(numbers.iter().map(|number| (rough(number) as i8).cast_unsigned()));
}

/// What the cosine of a question with a vector may be, as far as its rough form tells.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// It is at least this.
    pub low: f32,
    /// And at most this.
    pub high: f32,
}

impl Bounds {
    /// Nothing is known.
    pub const UNKNOWN: Bounds = Bounds {
        low: f32::NEG_INFINITY,
        high: f32::INFINITY,
    };
}

/// A question, to be compared with rough vectors.
#[derive(Debug)]
pub struct RoughQuestion {
    numbers: Vec<i16>,
    scale: f64,
    /// Length of the exact question.
    length: f64,
    /// Bound on what else is lost, for a vector of scale 1: the rounding of the question, and that of the exact cosine,
    /// which is a sum of 32-bit products.
    lost: f64,
    arch: Arch,
}

impl RoughQuestion {
    /// Of a vector that is not empty.
    pub fn new(question: &[f32]) -> RoughQuestion {
        let count = question.len() as f64;
        // No sum of products overflows 32 bits.
        let largest_number = (f64::from(i32::MAX) / (f64::from(LARGEST) * count))
            .min(f64::from(i16::MAX))
            .floor();
        let largest = question
            .iter()
            .fold(0.0_f64, |largest, number| largest.max(f64::from(number.abs())));
        let scale = (largest / largest_number).max(f64::from(f32::MIN_POSITIVE));
        let rough = |number: &f32| (f64::from(*number) / scale).round();
        let length =
            |part: &dyn Fn(&f32) -> f64| question.iter().map(|number| part(number).powi(2)).sum::<f64>().sqrt();
        let exact = length(&|number| f64::from(*number));
        let rounded = length(&|number| f64::from(*number) - rough(number) * scale);
        // No rough vector of scale 1 is longer.
        let longest = f64::from(LARGEST) * count.sqrt();
        RoughQuestion {
            numbers: question.iter().map(|number| rough(number) as i16).collect(),
            scale,
            length: exact,
            lost: longest * (rounded + 2.0 * count * f64::from(f32::EPSILON) * exact),
            arch: Arch::new(),
        }
    }

    /// Bytes of a rough vector.
    pub fn row_bytes(&self) -> usize {
        HEAD + self.numbers.len()
    }

    /// The bounds on the cosine with a rough vector; `None` where there is none.
    pub fn bounds(&self, rough: &[u8]) -> Option<Bounds> {
        let (scale, rest) = rough.split_first_chunk::<4>()?;
        let (lost, numbers) = rest.split_first_chunk::<4>()?;
        let (scale, lost) = (
            f64::from(f32::from_le_bytes(*scale)),
            f64::from(f32::from_le_bytes(*lost)),
        );
        if scale.is_nan() || numbers.len() != self.numbers.len() {
            return None;
        }
        let product = self.arch.dispatch(|| dot(&self.numbers, numbers));
        let cosine = f64::from(product) * scale * self.scale;
        let around = self.length * lost + scale * self.lost;
        Some(Bounds {
            low: ((cosine - around) as f32).next_down(),
            high: ((cosine + around) as f32).next_up(),
        })
    }
}

/// Compiled for each level of SIMD, since it is inlined into what `Arch` calls.
#[inline(always)]
fn dot(question: &[i16], rough: &[u8]) -> i32 {
    let products = question.iter().zip(rough);
    products.map(|(a, b)| i32::from(*a) * i32::from(b.cast_signed())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    fn rough(vector: &[f32]) -> Vec<u8> {
        let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        let mut packed = Vec::new();
        push(&mut packed, &bytes, vector.len());
        packed
    }

    fn exact(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    #[test]
    fn the_exact_cosine_lies_within_bounds_that_are_narrow() {
        let mut dice = Xoshiro256PlusPlus::seed_from_u64(1);
        for dimensions in [1, 7, 384, 1024] {
            let mut vector = |length: f64| -> Vec<f32> {
                let numbers: Vec<f64> = (0..dimensions)
                    .map(|_| dice.next_u64() as f64 / 2f64.powi(63) - 1.0)
                    .collect();
                let norm = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
                numbers.iter().map(|number| (number / norm * length) as f32).collect()
            };
            for _ in 0..200 {
                let (question, near) = (vector(1.0), vector(1.0));
                let bounds = RoughQuestion::new(&question);
                for day in [
                    near.clone(),
                    question.clone(),
                    question.iter().map(|number| -number).collect(),
                    vector(0.0),
                    vector(1e-30),
                ] {
                    let Bounds { low, high } = bounds.bounds(&rough(&day)).unwrap();
                    let cosine = exact(&question, &day);
                    assert!(
                        f64::from(low) <= cosine && cosine <= f64::from(high),
                        "{low} {cosine} {high}"
                    );
                    assert!(high - low < 0.03, "{low} {high}, {dimensions}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_vector_has_no_bounds() {
        let question = RoughQuestion::new(&[0.6, 0.8]);
        for vector in [
            &[][..],
            &[1.0],
            &[f32::NAN, 0.0],
            &[f32::INFINITY, 0.0],
            &[0.0, 1.0, 0.0],
        ] {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            let mut packed = Vec::new();
            push(&mut packed, &bytes, 2);
            assert_eq!(packed.len(), question.row_bytes());
            assert!(question.bounds(&packed).is_none(), "{vector:?}");
        }
        assert!(question.bounds(&[]).is_none());
    }
}
