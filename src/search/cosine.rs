//! The likeness of unit vectors. What comes in: two vectors, in memory or as a store keeps them; what goes out: their cosine.
//! Every likeness of the search is computed here, so that scores are the same to the last bit.

/// Sums side by side, so that the compiler can use vector instructions.
const LANES: usize = 8;

/// The cosine of unit vectors of the same length.
pub(super) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    sum_of_products(a, b, |number| number)
}

/// The cosine of a unit vector with one stored as little-endian 32-bit floats; `None` where the lengths differ.
pub(super) fn cosine_with_stored(a: &[f32], stored: &[u8]) -> Option<f32> {
    let (numbers, rest) = stored.as_chunks::<4>();
    let fits = numbers.len() == a.len() && rest.is_empty();
    fits.then(|| sum_of_products(a, numbers, f32::from_le_bytes))
}

fn sum_of_products<T: Copy>(a: &[f32], b: &[T], number: impl Fn(T) -> f32) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * number(b[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * number(*b)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_vector_is_as_like_as_the_same_one_in_memory() {
        for length in [0, 1, 7, 8, 9, 384] {
            let a: Vec<f32> = (0..length).map(|at| (at as f32 * 0.7).sin()).collect();
            let b: Vec<f32> = (0..length).map(|at| (at as f32 * 1.3).cos()).collect();
            let stored: Vec<u8> = b.iter().flat_map(|number| number.to_le_bytes()).collect();
            assert_eq!(cosine_with_stored(&a, &stored), Some(cosine(&a, &b)));
            let plainly: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((f64::from(cosine(&a, &b)) - plainly).abs() < 1e-4);
        }
    }

    #[test]
    fn a_stored_vector_of_another_length_is_not_compared() {
        assert_eq!(cosine_with_stored(&[1.0], &[0; 3]), None);
        assert_eq!(cosine_with_stored(&[1.0], &[0; 5]), None);
        assert_eq!(cosine_with_stored(&[1.0], &[0; 8]), None);
        assert_eq!(cosine_with_stored(&[], &[0; 4]), None);
    }
}
