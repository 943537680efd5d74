//! Products of any size, held to exact sums and to the portable kernel.

use proptest::prelude::*;

use super::cell::{Bf16Pair, Cell, pack_row};
use super::panels::Panels;
use super::product::*;

/// Rows and matrix of a product, all numbers different.
fn number(at: usize) -> f32 {
    (at as f32 * 0.618).fract() - 0.4
}

fn product<C: Cell>(kernel: &Kernel<C>, rows: usize, depth: usize, columns: usize) -> Vec<f32> {
    let stride = depth.div_ceil(C::DEPTH) + 3;
    let mut cells = vec![C::default(); rows * stride];
    for (row, cells) in cells.chunks_exact_mut(stride).enumerate() {
        let mut numbers: Vec<f32> = (0..depth).map(|at| number(row * 1000 + at)).collect();
        numbers.resize(stride * C::DEPTH, f32::NAN);
        numbers[depth..depth.next_multiple_of(C::DEPTH)].fill(0.0);
        pack_row(&numbers, cells);
    }
    let mut matrix = Panels::default();
    let cell = |at: usize, column: usize| number(at * 77 + column * 13 + 5);
    let by_rows: Vec<f32> = (0..depth * columns)
        .map(|index| cell(index / columns, index % columns))
        .collect();
    matrix.fill_with_rows((&by_rows, columns), depth, columns);
    let mut product = Whole {
        numbers: vec![f32::NAN; rows * columns],
        columns,
    };
    kernel.multiply((&cells, stride, rows), &matrix, &mut Room::default(), &mut product);
    product.numbers
}

fn assert_same_panels<C: Cell>(kernel: &Kernel<C>) {
    for (depth, columns) in [(1, 1), (2, 32), (3, 33), (64, 31), (7, 100)] {
        let by_columns: Vec<f32> = (0..columns * (depth + 5)).map(number).collect();
        let by_rows: Vec<f32> = (0..depth * columns)
            .map(|index| by_columns[index % columns * (depth + 5) + index / columns])
            .collect();
        let [mut one, mut other] = [Panels::<C>::default(), Panels::default()];
        // What was there before is not seen.
        one.fill_with_rows((&[9.0; 4096], 64), 64, 64);
        one.fill_with_columns((&by_columns, depth + 5), depth, columns);
        other.fill_with_rows((&by_rows, columns), depth, columns);
        let cells = vec![C::pack(&[1.0, 0.5][..C::DEPTH]); depth];
        let [one, other] = [&one, &other].map(|matrix| {
            let numbers = vec![f32::NAN; columns];
            let mut product = Whole { numbers, columns };
            kernel.multiply((&cells, depth, 1), matrix, &mut Room::default(), &mut product);
            product.numbers
        });
        assert_eq!(one, other, "{depth} x {columns}");
    }
}

#[test]
fn a_matrix_is_the_same_by_rows_and_by_columns() {
    assert_same_panels(&Kernel::<f32>::f32());
    assert_same_panels(&Kernel::<Bf16Pair>::plain());
}

/// Keeps the product as it is.
struct Whole {
    numbers: Vec<f32>,
    columns: usize,
}

impl Epilogue for Whole {
    fn row(&mut self, row: usize, first: usize, numbers: &mut [f32]) {
        self.numbers[row * self.columns + first..][..numbers.len()].copy_from_slice(numbers);
    }
}

fn exact(rows: usize, depth: usize, columns: usize) -> Vec<f64> {
    let term = |row, at, column| f64::from(number(row * 1000 + at)) * f64::from(number(at * 77 + column * 13 + 5));
    let sum = |row, column| (0..depth).map(|at| term(row, at, column)).sum();
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| sum(row, column)))
        .collect()
}

fn assert_near(product: &[f32], exact: &[f64], tolerance: f64) {
    assert_eq!(product.len(), exact.len());
    for (ours, exact) in product.iter().zip(exact) {
        assert!((f64::from(*ours) - exact).abs() <= tolerance, "{ours} {exact}");
    }
}

/// Of this machine, and AMX on any.
fn bf16_kernels() -> Vec<Kernel<Bf16Pair>> {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    let plain_unit = Some(Kernel::amx(super::amx::on_the_plain_unit()));
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    let plain_unit = None;
    Kernel::bf16().into_iter().chain(plain_unit).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn products_of_any_size_are_exact_but_for_rounding_and_f32_has_the_bits_of_its_twin(
        rows in 1usize..160, depth in 1usize..300, columns in 1usize..80,
    ) {
        let exact = exact(rows, depth, columns);
        let plain = product(&Kernel::<f32>::plain(), rows, depth, columns);
        assert_near(&plain, &exact, 1e-6 * depth as f64);
        for kernel in [Kernel::avx512(), Kernel::avx2()].into_iter().flatten() {
            prop_assert_eq!(&product(&kernel, rows, depth, columns), &plain, "{}", kernel.name());
        }
    }

    #[test]
    fn products_of_bf16_equal_those_of_the_twin_but_for_the_rounding_of_sums(
        rows in 1usize..160, depth in 1usize..300, columns in 1usize..80,
    ) {
        let plain = product(&Kernel::<Bf16Pair>::plain(), rows, depth, columns);
        assert_near(&plain, &exact(rows, depth, columns), 3e-3 * depth as f64);
        let plain: Vec<f64> = plain.into_iter().map(f64::from).collect();
        for kernel in bf16_kernels() {
            assert_near(&product(&kernel, rows, depth, columns), &plain, 1e-6 * depth as f64);
        }
    }
}
