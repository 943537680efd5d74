//! Products of any size, held to exact sums and to the portable kernel.

use std::ops::Range;

use proptest::prelude::*;
use pulp::Simd;

use super::cell::{Bf16Pair, Cell, pack_row};
use super::kernel::Kernel;
use super::panels::Panels;
use super::product::*;
use super::rows::{RowOrder, Rows};

/// Rows and matrix of a product, all numbers different.
fn number(at: usize) -> f32 {
    (at as f32 * 0.618).fract() - 0.4
}

/// Cells of rows of `width` numbers each, filled up to whole cells and then to `stride` cells, and how many there are of a row.
fn cells<C: Cell>(numbers: &[f32], width: usize, apart: usize) -> (Vec<C>, usize) {
    let stride = width.div_ceil(C::DEPTH) + apart;
    let mut cells = vec![C::pack(&[f32::NAN; 2][..C::DEPTH]); numbers.len() / width * stride];
    for (numbers, cells) in numbers.chunks_exact(width).zip(cells.chunks_exact_mut(stride)) {
        let mut numbers = numbers.to_vec();
        numbers.resize(width.next_multiple_of(C::DEPTH), 0.0);
        pack_row(&numbers, &mut cells[..numbers.len() / C::DEPTH]);
    }
    (cells, stride)
}

fn product<C: Cell>(kernel: &Kernel<C>, rows: usize, depth: usize, columns: usize) -> Vec<f32> {
    let whole = depth.next_multiple_of(C::DEPTH);
    let order = match kernel.order(whole / C::DEPTH) {
        RowOrder::Stride(stride) => RowOrder::Stride(stride + 3),
        order => order,
    };
    // NaN where no row has anything.
    let mut left = vec![C::pack(&[f32::NAN; 2][..C::DEPTH]); order.cells_of(rows)];
    for row in 0..rows {
        let mut numbers: Vec<f32> = (0..depth).map(|at| number(row * 1000 + at)).collect();
        numbers.resize(whole, 0.0);
        order.put(&mut left, row, 0, &numbers);
    }
    let cell = |at: usize, column: usize| number(at * 77 + column * 13 + 5);
    let by_rows: Vec<f32> = (0..depth * columns)
        .map(|index| cell(index / columns, index % columns))
        .collect();
    let (by_rows, stride) = cells(&by_rows, columns, 0);
    let mut matrix = Panels::default();
    matrix.fill_with_rows((&by_rows, stride, depth), depth, columns);
    let mut product = Whole {
        numbers: vec![f32::NAN; rows * columns],
        columns,
    };
    let rows = Rows {
        cells: &left[..],
        order,
        count: rows,
    };
    kernel.multiply(&rows, &matrix.whole(), &mut Room::default(), &mut product);
    product.numbers
}

fn assert_same_panels<C: Cell>(kernel: &Kernel<C>) {
    for (depth, columns) in [(1, 1), (2, 32), (3, 33), (64, 31), (7, 100)] {
        let by_columns: Vec<f32> = (0..columns * depth).map(number).collect();
        let by_rows: Vec<f32> = (0..depth * columns)
            .map(|index| by_columns[index % columns * depth + index / columns])
            .collect();
        let [mut one, mut other] = [Panels::<C>::default(), Panels::default()];
        // What was there before is not seen.
        one.fill_with_rows((&cells(&[9.0; 4096], 64, 0).0, 64 / C::DEPTH, 64), 64, 64);
        let (by_columns, stride) = cells(&by_columns, depth, 5);
        one.fill_with_columns((&by_columns, stride), depth.div_ceil(C::DEPTH), columns);
        let (by_rows, stride) = cells(&by_rows, columns, 0);
        other.fill_with_rows((&by_rows, stride, depth), depth, columns);
        let left = vec![C::pack(&[1.0, 0.5][..C::DEPTH]); depth.div_ceil(C::DEPTH)];
        let [one, other] = [&one, &other].map(|matrix| {
            let numbers = vec![f32::NAN; columns];
            let mut product = Whole { numbers, columns };
            let rows = Rows {
                cells: &left[..],
                order: RowOrder::Stride(left.len()),
                count: 1,
            };
            kernel.multiply(&rows, &matrix.whole(), &mut Room::default(), &mut product);
            product.numbers
        });
        assert_eq!(one, other, "{depth} x {columns}");
    }
}

/// Two products with halves of the depth add up to the whole, and the columns of a part are those of the whole.
#[test]
fn parts_of_a_matrix_are_parts_of_the_product() {
    let kernel = Kernel::<f32>::plain();
    let (depth, columns) = (40, 96);
    let numbers: Vec<f32> = (0..depth * columns).map(|at| (at % 13) as f32 - 6.0).collect();
    let left: Vec<f32> = (0..depth).map(|at| (at % 7) as f32 - 3.0).collect();
    let mut matrix = Panels::default();
    matrix.fill_with_rows((&numbers, columns, depth), depth, columns);
    let product = |depth: Range<usize>, columns: Range<usize>| {
        let mut product = Whole {
            numbers: vec![f32::NAN; columns.len()],
            columns: columns.len(),
        };
        let rows = Rows {
            cells: &left[depth.clone()],
            order: RowOrder::Stride(depth.len()),
            count: 1,
        };
        kernel.multiply(&rows, &matrix.part(depth, columns), &mut Room::default(), &mut product);
        product.numbers
    };
    let whole = product(0..depth, 0..columns);
    let halves = product(0..24, 0..columns)
        .into_iter()
        .zip(product(24..depth, 0..columns));
    assert!(halves.map(|(one, other)| one + other).eq(whole.iter().copied()));
    assert_eq!(product(0..depth, 32..80), whole[32..80]);
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
    fn row<S: Simd>(&mut self, _simd: S, row: usize, first: usize, numbers: &mut [f32]) {
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
    let of_the_processor = [super::amx::bf16_tile().ok().map(Kernel::amx), Kernel::avx512_bf16()];
    of_the_processor.into_iter().flatten().chain(plain_unit).collect()
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
