//! Tiles of bf16 with AMX (Linux on x86-64). What comes in and goes out: [`TileKernel`]. The kernel is written over five
//! operations of a tile unit; the plain unit defines what they do, that of the processor is one instruction each. It
//! never runs unasked: the processor must have AMX, Linux must allow it, and a small product must come out as on the
//! plain unit.
#![allow(
    unsafe_code,
    reason = "tile registers are reached by instructions alone; the plain unit is the definition"
)]

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::cell::Cell as ThreadCell;

use super::avx512;
use super::cell::{Bf16Pair, Cell};
use super::panels::{COLUMNS, PanelRow};
use super::portable::plain_tile;
use super::product::{Part, ROWS, RowOrder, Rows, SIDE, TileKernel, TileRow};

/// Bytes from one row of a panel, or of a tile of a product, to the next.
const ROW_BYTES: usize = COLUMNS * size_of::<u32>();

/// The left tile of the upper block, then that of the lower one. Before them stand the sums: those of the two halves of a
/// panel with the upper block, then with the lower one.
const LEFT: usize = 4;

/// The first half of a panel, then the second.
const RIGHT: usize = 6;

/// What a kernel asks of eight tile registers.
trait TileUnit {
    /// Sums and left tiles get `rows` rows, right tiles all sixteen; every row has sixteen words. What tiles held before means
    /// nothing.
    fn configure(&mut self, rows: usize);
    /// Makes a tile zero.
    fn zero<const TILE: usize>(&mut self);
    /// Reads the rows of a tile, `stride` bytes apart.
    ///
    /// # Safety
    /// They can be read, sixteen words each.
    unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize);
    /// Adds a left tile times a right tile to a tile of sums.
    fn multiply_add<const SUM: usize, const LEFT: usize, const RIGHT: usize>(&mut self);
    /// Writes the rows of a tile, `stride` bytes apart.
    ///
    /// # Safety
    /// They can be written, sixteen words each.
    unsafe fn store<const TILE: usize>(&mut self, to: *mut f32, stride: usize);
}

/// The kernel for bf16, or why not.
pub(super) fn bf16_tile() -> Result<TileKernel<Bf16Pair>, &'static str> {
    if !processor_has_amx() {
        return Err("no AMX");
    }
    if !linux_allows_amx() {
        return Err("Linux does not allow AMX");
    }
    let kernel: TileKernel<Bf16Pair> = |rows, part, tile| {
        multiply(&mut Processor(()), rows, part, tile);
    };
    if agrees_with_the_plain_unit(kernel) {
        Ok(kernel)
    } else {
        Err("AMX failed its self-check")
    }
}

/// Whole steps of sixteen cells on the unit; what is left is added as the plain kernel has it.
fn multiply<U: TileUnit>(unit: &mut U, rows: &Rows<'_, Bf16Pair>, part: &Part<'_, Bf16Pair>, tile: &mut [TileRow]) {
    let ((cells, stride), count) = (rows.whole(), rows.count);
    let (steps, rest) = part.rows.as_chunks::<SIDE>();
    unit.configure(count.min(SIDE));
    if count > SIDE {
        add_steps::<U, true>(unit, rows, (steps, part.begins), tile);
    } else {
        add_steps::<U, false>(unit, rows, (steps, part.begins), tile);
    }
    if rest.is_empty() {
        return;
    }
    // Where there is AMX there is AVX-512 BF16; elsewhere this runs in tests only.
    let kernel = avx512::bf16_tile().unwrap_or(plain_tile);
    let part = Part {
        rows: rest,
        begins: false,
        ..*part
    };
    for (top, tile) in (0..count).step_by(ROWS).zip(tile.chunks_mut(ROWS)) {
        let (cells, count) = (&cells[top * stride + steps.len() * SIDE..], ROWS.min(count - top));
        kernel(&Rows { cells, count, ..*rows }, &part, tile);
    }
}

/// Sums of one block of rows, or of two. The lower one ends with the last row, so some rows may be in both: their sums are
/// the same.
#[inline(always)]
fn add_steps<U: TileUnit, const TWO: bool>(
    unit: &mut U,
    rows: &Rows<'_, Bf16Pair>,
    (steps, begins): (&[[PanelRow<Bf16Pair>; SIDE]], bool),
    tile: &mut [TileRow],
) {
    let ((cells, stride), count) = (rows.whole(), rows.count);
    let lower = count.saturating_sub(SIDE);
    assert!(count >= 1 && lower <= SIDE && (TWO || lower == 0) && tile.len() >= count);
    assert!(cells.len() >= (count - 1) * stride + steps.len() * SIDE);
    let sums = |block: usize, half: usize| block * lower * COLUMNS + half * SIDE;
    if begins {
        unit.zero::<0>();
        unit.zero::<1>();
        unit.zero::<2>();
        unit.zero::<3>();
    } else {
        let from: *const u32 = tile.as_ptr().cast();
        // SAFETY: from its first row and from `lower` on there are as many rows in the tile as in a block, of two halves each.
        unsafe {
            unit.load::<0>(from.add(sums(0, 0)), ROW_BYTES);
            unit.load::<1>(from.add(sums(0, 1)), ROW_BYTES);
            if TWO {
                unit.load::<2>(from.add(sums(1, 0)), ROW_BYTES);
                unit.load::<3>(from.add(sums(1, 1)), ROW_BYTES);
            }
        }
    }
    for (step, right) in steps.iter().enumerate() {
        let (left, right): (*const u32, *const u32) = (cells.as_ptr().cast(), right.as_ptr().cast());
        // SAFETY: `count` rows have sixteen more cells from this step on, as was looked at; sixteen panel rows are `right`.
        unsafe {
            let left = left.add(step * SIDE);
            unit.load::<RIGHT>(right, ROW_BYTES);
            unit.load::<LEFT>(left, stride * size_of::<u32>());
            unit.load::<{ RIGHT + 1 }>(right.add(SIDE), ROW_BYTES);
            unit.multiply_add::<0, LEFT, RIGHT>();
            unit.multiply_add::<1, LEFT, { RIGHT + 1 }>();
            if TWO {
                unit.load::<{ LEFT + 1 }>(left.add(lower * stride), stride * size_of::<u32>());
                unit.multiply_add::<2, { LEFT + 1 }, RIGHT>();
                unit.multiply_add::<3, { LEFT + 1 }, { RIGHT + 1 }>();
            }
        }
    }
    let to: *mut f32 = tile.as_mut_ptr().cast();
    // SAFETY: as where they are loaded.
    unsafe {
        unit.store::<0>(to.add(sums(0, 0)), ROW_BYTES);
        unit.store::<1>(to.add(sums(0, 1)), ROW_BYTES);
        if TWO {
            unit.store::<2>(to.add(sums(1, 0)), ROW_BYTES);
            unit.store::<3>(to.add(sums(1, 1)), ROW_BYTES);
        }
    }
}

/// The tile registers of the processor. Made only after AMX was found and allowed.
struct Processor(());

/// What `ldtilecfg` reads: palette, start row, bytes a row (at 16), rows (at 48).
#[repr(C, align(64))]
struct Configuration([u8; 64]);

thread_local! {
    /// What this thread's registers are configured for; 0 before the first time. They stay as they are to the end of the thread, on which
    /// nothing else may use tiles:
    /// setting them up for every tile would take as long as a good part of its products.
    static CONFIGURED_ROWS: ThreadCell<usize> = const { ThreadCell::new(0) };
}

impl TileUnit for Processor {
    fn configure(&mut self, rows: usize) {
        if CONFIGURED_ROWS.replace(rows) == rows {
            return;
        }
        let mut configuration = Configuration([0; 64]);
        let bytes = &mut configuration.0;
        bytes[0] = 1;
        for register in 0..8 {
            bytes[16 + 2 * register] = ROW_BYTES as u8 / 2;
            bytes[48 + register] = if register < RIGHT { rows as u8 } else { SIDE as u8 };
        }
        // SAFETY: there is AMX, and the configuration is one of palette 1 (at most 16 rows of 64 bytes).
        unsafe { asm!("ldtilecfg [{}]", in(reg) &configuration, options(nostack, preserves_flags)) }
    }

    fn zero<const TILE: usize>(&mut self) {
        // SAFETY: there is AMX, and the tile is configured.
        unsafe { asm!("tilezero tmm{}", const TILE, options(nomem, nostack, preserves_flags)) }
    }

    unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize) {
        // SAFETY: there is AMX, the tile is configured, and the caller has its rows.
        unsafe {
            asm!("tileloadd tmm{}, [{} + {} * 1]", const TILE, in(reg) from, in(reg) stride,
                options(nostack, preserves_flags));
        }
    }

    fn multiply_add<const SUM: usize, const LEFT: usize, const RIGHT: usize>(&mut self) {
        // SAFETY: there is AMX, and the three tiles are configured to fit.
        unsafe {
            asm!("tdpbf16ps tmm{}, tmm{}, tmm{}", const SUM, const LEFT, const RIGHT,
                options(nomem, nostack, preserves_flags));
        }
    }

    unsafe fn store<const TILE: usize>(&mut self, to: *mut f32, stride: usize) {
        // SAFETY: there is AMX, the tile is configured, and the caller has room for its rows.
        unsafe {
            asm!("tilestored [{} + {} * 1], tmm{}", in(reg) to, in(reg) stride, const TILE,
                options(nostack, preserves_flags));
        }
    }
}

/// AMX-BF16 and AMX-TILE: leaf 7, bits 22 and 24 of edx.
fn processor_has_amx() -> bool {
    let highest = __cpuid_count(0, 0).eax;
    highest >= 7 && __cpuid_count(7, 0).edx & (1 << 22 | 1 << 24) == (1 << 22 | 1 << 24)
}

/// Asks for the tile registers, which Linux gives a process on request (Documentation/arch/x86/xstate.rst).
fn linux_allows_amx() -> bool {
    const ARCH_PRCTL: usize = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const XFEATURE_XTILEDATA: usize = 18;
    let outcome: isize;
    // SAFETY: a system call that reads no memory; the kernel changes rcx and r11.
    unsafe {
        asm!("syscall", inlateout("rax") ARCH_PRCTL => outcome, in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA, lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    outcome == 0
}

/// A product of odd size, with whole steps and a rest, from a full and a part tile of rows.
fn agrees_with_the_plain_unit(kernel: TileKernel<Bf16Pair>) -> bool {
    const DEPTH: usize = 2 * SIDE + 3;
    let cell = |at: usize| Bf16Pair::pack(&[(at % 17) as f32 - 8.0, (at % 11) as f32 * 0.125]);
    let cells: Vec<Bf16Pair> = (0..2 * SIDE * DEPTH).map(cell).collect();
    let panel: Vec<PanelRow<Bf16Pair>> = (0..DEPTH)
        .map(|at| PanelRow(std::array::from_fn(|column| cell(at * 7 + column * 3))))
        .collect();
    let begins = [true, false].into_iter();
    let mut cases = begins.flat_map(|begins| [2 * SIDE, SIDE + 5, 5].map(|count| (begins, count)));
    cases.all(|(begins, count)| {
        let (mut ours, mut plain) = ([TileRow([0.5; COLUMNS]); 2 * SIDE], [TileRow([0.5; COLUMNS]); 2 * SIDE]);
        let part = Part {
            rows: &panel,
            first: 0,
            begins,
        };
        let rows = Rows {
            cells: &cells,
            order: RowOrder::Stride(DEPTH),
            count,
        };
        kernel(&rows, &part, &mut ours);
        plain_tile(&rows, &part, &mut plain);
        // Small integers and eighths: every order of summing is exact.
        let numbers = |tile: &[TileRow]| tile.iter().flat_map(|row| row.0).collect::<Vec<f32>>();
        numbers(&ours) == numbers(&plain)
    })
}

/// The kernel over the plain unit.
#[cfg(test)]
pub(super) fn on_the_plain_unit() -> TileKernel<Bf16Pair> {
    |rows, part, tile| {
        let tiles = Default::default();
        multiply(&mut tests::Plain { rows: 0, tiles }, rows, part, tile);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Intel's manual says the instructions do, but for the rounding of denormals.
    pub(super) struct Plain {
        pub(super) rows: usize,
        pub(super) tiles: [[[u32; SIDE]; SIDE]; 8],
    }

    impl Plain {
        fn rows<const TILE: usize>(&self) -> usize {
            if TILE < RIGHT { self.rows } else { SIDE }
        }
    }

    impl TileUnit for Plain {
        fn configure(&mut self, rows: usize) {
            self.rows = rows;
            self.tiles = [[[f32::NAN.to_bits(); SIDE]; SIDE]; 8];
        }

        fn zero<const TILE: usize>(&mut self) {
            self.tiles[TILE] = Default::default();
        }

        unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize) {
            let rows = self.rows::<TILE>();
            for (row, words) in self.tiles[TILE][..rows].iter_mut().enumerate() {
                // SAFETY: the caller has the rows.
                *words = unsafe { from.byte_add(row * stride).cast::<[u32; SIDE]>().read() };
            }
        }

        fn multiply_add<const SUM: usize, const LEFT: usize, const RIGHT: usize>(&mut self) {
            let number = |bits: u32| f32::from_bits(bits);
            for row in 0..self.rows {
                for depth in 0..SIDE {
                    let left = self.tiles[LEFT][row][depth];
                    for column in 0..SIDE {
                        let right = self.tiles[RIGHT][depth][column];
                        let sum = &mut self.tiles[SUM][row][column];
                        for (left, right) in [(left << 16, right << 16), (left & !0xffff, right & !0xffff)] {
                            *sum = number(left).mul_add(number(right), number(*sum)).to_bits();
                        }
                    }
                }
            }
        }

        unsafe fn store<const TILE: usize>(&mut self, to: *mut f32, stride: usize) {
            let rows = self.rows::<TILE>();
            for (row, words) in self.tiles[TILE][..rows].iter().enumerate() {
                // SAFETY: the caller has room for the rows.
                unsafe { to.byte_add(row * stride).cast::<[u32; SIDE]>().write(*words) };
            }
        }
    }

    #[test]
    fn the_kernel_over_the_plain_unit_is_the_portable_kernel_at_odd_sizes() {
        assert!(agrees_with_the_plain_unit(on_the_plain_unit()));
        for (count, depth) in [(1, 1), (3, 15), (16, 16), (17, 17), (7, 48), (32, 65), (31, 64)] {
            let cell = |at: usize| Bf16Pair::pack(&[(at * 7 % 13) as f32 - 6.0, (at % 5) as f32 * 0.5]);
            let stride = depth + 2;
            let cells: Vec<Bf16Pair> = (0..(count - 1) * stride + depth).map(cell).collect();
            let panel: Vec<PanelRow<Bf16Pair>> = (0..depth)
                .map(|at| PanelRow(std::array::from_fn(|column| cell(at * 5 + column))))
                .collect();
            let (mut tiles, mut plain) = ([TileRow::default(); 2 * SIDE], [TileRow::default(); 2 * SIDE]);
            let rows = Rows {
                cells: &cells,
                order: RowOrder::Stride(stride),
                count,
            };
            let part = Part {
                rows: &panel,
                first: 0,
                begins: true,
            };
            on_the_plain_unit()(&rows, &part, &mut tiles);
            plain_tile(&rows, &part, &mut plain);
            for (row, (ours, plain)) in tiles.iter().zip(&plain).enumerate() {
                assert_eq!(ours.0, plain.0, "row {row} of {count}, of {depth} cells");
            }
        }
    }

    #[test]
    fn a_kernel_that_multiplies_wrongly_fails_the_self_check() {
        let wrong: TileKernel<Bf16Pair> = |rows, part, tile| {
            plain_tile(rows, part, tile);
            tile[rows.count - 1].0[COLUMNS - 1] += 0.125;
        };
        assert!(!agrees_with_the_plain_unit(wrong));
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a skipped test says why")]
    fn a_processor_without_amx_says_so() {
        match bf16_tile() {
            Ok(_) => assert!(processor_has_amx()),
            Err(reason) => eprintln!("skipped, not run on the processor: {reason}"),
        }
    }
}
