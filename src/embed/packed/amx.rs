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

use super::avx512;
use super::cell::{Bf16Pair, Cell};
use super::panels::{COLUMNS, PanelRow};
use super::portable::plain_tile;
use super::product::{Part, ROWS, RowOrder, Rows, Tile, TileKernel};

/// Rows of a tile of the unit, and words of each.
const SIDE: usize = 16;

/// Bytes from one row of a panel, or of a [`Tile`], to the next.
const ROW_BYTES: usize = COLUMNS * size_of::<u32>();

/// The left tile; 0 and 1 are the sums of the two halves of a panel, 3 and 4 the halves.
const LEFT: usize = 2;

/// What a kernel asks of five tile registers.
trait TileUnit {
    /// Tiles 0, 1 and 2 get `rows` rows, tiles 3 and 4 all sixteen; every row has sixteen words, which are zero.
    fn configure(&mut self, rows: usize);
    /// Reads the rows of a tile, `stride` bytes apart.
    ///
    /// # Safety
    /// They can be read, sixteen words each.
    unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize);
    /// Adds tile 2 times a right tile to a tile of sums.
    fn multiply_add<const SUM: usize, const RIGHT: usize>(&mut self);
    /// Writes the rows of a tile, `stride` bytes apart.
    ///
    /// # Safety
    /// They can be written, sixteen words each.
    unsafe fn store<const TILE: usize>(&mut self, to: *mut f32, stride: usize);
    /// Gives the registers back.
    fn release(&mut self);
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
fn multiply<U: TileUnit>(unit: &mut U, rows: &Rows<'_, Bf16Pair>, part: &Part<'_, Bf16Pair>, tile: &mut Tile) {
    let ((cells, stride), count) = (rows.whole(), rows.count);
    assert!((1..=ROWS).contains(&count) && cells.len() >= (count - 1) * stride + part.rows.len());
    let (steps, rest) = part.rows.as_chunks::<SIDE>();
    // Leaves zero in all tiles.
    unit.configure(count);
    if !part.begins {
        // SAFETY: `rows` rows are in the tile, of two halves each.
        unsafe {
            unit.load::<0>(tile.0.as_ptr().cast(), ROW_BYTES);
            unit.load::<1>(tile.0.as_ptr().cast::<u32>().add(SIDE), ROW_BYTES);
        }
    }
    for (step, right) in steps.iter().enumerate() {
        // SAFETY: `rows` rows of at least sixteen more cells were just looked at; sixteen panel rows are `right`.
        unsafe {
            unit.load::<LEFT>(cells.as_ptr().add(step * SIDE).cast(), stride * size_of::<u32>());
            unit.load::<3>(right.as_ptr().cast(), ROW_BYTES);
            unit.load::<4>(right.as_ptr().cast::<u32>().add(SIDE), ROW_BYTES);
        }
        unit.multiply_add::<0, 3>();
        unit.multiply_add::<1, 4>();
    }
    // SAFETY: `rows` rows are in the tile, of two halves each.
    unsafe {
        unit.store::<0>(tile.0.as_mut_ptr().cast(), ROW_BYTES);
        unit.store::<1>(tile.0.as_mut_ptr().cast::<f32>().add(SIDE), ROW_BYTES);
    }
    unit.release();
    if !rest.is_empty() {
        // Where there is AMX there is AVX-512 BF16; elsewhere this runs in tests only.
        let cells = &cells[steps.len() * SIDE..];
        let part = Part {
            rows: rest,
            begins: false,
            ..*part
        };
        avx512::bf16_tile().unwrap_or(plain_tile)(&Rows { cells, ..*rows }, &part, tile);
    }
}

/// The tile registers of the processor. Made only after AMX was found and allowed.
struct Processor(());

/// What `ldtilecfg` reads: palette, start row, bytes a row (at 16), rows (at 48).
#[repr(C, align(64))]
struct Configuration([u8; 64]);

impl TileUnit for Processor {
    fn configure(&mut self, rows: usize) {
        let mut configuration = Configuration([0; 64]);
        let bytes = &mut configuration.0;
        bytes[0] = 1;
        for register in 0..5 {
            bytes[16 + 2 * register] = ROW_BYTES as u8 / 2;
            bytes[48 + register] = if register <= LEFT { rows as u8 } else { SIDE as u8 };
        }
        // SAFETY: there is AMX, and the configuration is one of palette 1 (at most 16 rows of 64 bytes).
        unsafe { asm!("ldtilecfg [{}]", in(reg) &configuration, options(nostack, preserves_flags)) }
    }

    unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize) {
        // SAFETY: there is AMX, the tile is configured, and the caller has its rows.
        unsafe {
            asm!("tileloadd tmm{}, [{} + {} * 1]", const TILE, in(reg) from, in(reg) stride,
                options(nostack, preserves_flags));
        }
    }

    fn multiply_add<const SUM: usize, const RIGHT: usize>(&mut self) {
        // SAFETY: there is AMX, and the three tiles are configured to fit.
        unsafe {
            asm!("tdpbf16ps tmm{}, tmm{}, tmm{}", const SUM, const LEFT, const RIGHT,
                options(nostack, preserves_flags));
        }
    }

    unsafe fn store<const TILE: usize>(&mut self, to: *mut f32, stride: usize) {
        // SAFETY: there is AMX, the tile is configured, and the caller has room for its rows.
        unsafe {
            asm!("tilestored [{} + {} * 1], tmm{}", in(reg) to, in(reg) stride, const TILE,
                options(nostack, preserves_flags));
        }
    }

    fn release(&mut self) {
        // SAFETY: there is AMX.
        unsafe { asm!("tilerelease", options(nostack, preserves_flags)) }
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
    let cells: Vec<Bf16Pair> = (0..ROWS * DEPTH).map(cell).collect();
    let panel: Vec<PanelRow<Bf16Pair>> = (0..DEPTH)
        .map(|at| PanelRow(std::array::from_fn(|column| cell(at * 7 + column * 3))))
        .collect();
    let begins = [true, false].into_iter();
    let mut cases = begins.flat_map(|begins| [(begins, ROWS), (begins, 5)]);
    cases.all(|(begins, count)| {
        let (mut ours, mut plain) = (Tile([[0.5; COLUMNS]; ROWS]), Tile([[0.5; COLUMNS]; ROWS]));
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
        ours.0[..count] == plain.0[..count]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Intel's manual says the instructions do, but for the rounding of denormals.
    struct Plain {
        rows: [usize; 5],
        tiles: [[[u32; SIDE]; SIDE]; 5],
    }

    impl TileUnit for Plain {
        fn configure(&mut self, rows: usize) {
            self.rows = [rows, rows, rows, SIDE, SIDE];
            self.tiles = Default::default();
        }

        unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize) {
            for (row, words) in self.tiles[TILE][..self.rows[TILE]].iter_mut().enumerate() {
                // SAFETY: the caller has the rows.
                *words = unsafe { from.byte_add(row * stride).cast::<[u32; SIDE]>().read() };
            }
        }

        fn multiply_add<const SUM: usize, const RIGHT: usize>(&mut self) {
            let number = |bits: u32| f32::from_bits(bits);
            for row in 0..self.rows[SUM] {
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
            for (row, words) in self.tiles[TILE][..self.rows[TILE]].iter().enumerate() {
                // SAFETY: the caller has room for the rows.
                unsafe { to.byte_add(row * stride).cast::<[u32; SIDE]>().write(*words) };
            }
        }

        fn release(&mut self) {
            self.rows = [0; 5];
        }
    }

    fn on_the_plain_unit() -> TileKernel<Bf16Pair> {
        |rows, part, tile| {
            let (rows_of, tiles) = ([0; 5], Default::default());
            multiply(&mut Plain { rows: rows_of, tiles }, rows, part, tile);
        }
    }

    #[test]
    fn the_kernel_over_the_plain_unit_is_the_portable_kernel_at_odd_sizes() {
        assert!(agrees_with_the_plain_unit(on_the_plain_unit()));
        for (count, depth) in [(1, 1), (3, 15), (14, 16), (13, 17), (7, 48), (2, 65)] {
            let cell = |at: usize| Bf16Pair::pack(&[(at * 7 % 13) as f32 - 6.0, (at % 5) as f32 * 0.5]);
            let stride = depth + 2;
            let cells: Vec<Bf16Pair> = (0..(count - 1) * stride + depth).map(cell).collect();
            let panel: Vec<PanelRow<Bf16Pair>> = (0..depth)
                .map(|at| PanelRow(std::array::from_fn(|column| cell(at * 5 + column))))
                .collect();
            let (mut tiles, mut plain) = (Tile::default(), Tile::default());
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
            assert_eq!(tiles.0[..count], plain.0[..count], "{count} rows of {depth} cells");
        }
    }

    #[test]
    fn a_kernel_that_multiplies_wrongly_fails_the_self_check() {
        let wrong: TileKernel<Bf16Pair> = |rows, part, tile| {
            plain_tile(rows, part, tile);
            tile.0[rows.count - 1][COLUMNS - 1] += 0.125;
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
