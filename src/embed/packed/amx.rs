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

use super::cell::{Bf16Pair, Cell};
use super::panels::{COLUMNS, PanelRow};
use super::portable::plain_tile;
use super::prefetch::prefetch;
use super::product::{Part, TileKernel, TileRow};
use super::rows::{RowOrder, Rows, SIDE};

/// Bytes from one row of a panel, or of a product, to the next.
const ROW_BYTES: usize = COLUMNS * size_of::<u32>();

/// Cells of a left tile.
const PIECE: usize = SIDE * SIDE;

/// Bytes from one row of a left tile to the next.
const PIECE_ROW_BYTES: usize = SIDE * size_of::<u32>();

/// Numbers of a product from the first row of the upper tile to that of the lower one.
const LOWER: usize = SIDE * COLUMNS;

/// The left tile of the upper rows, then that of the lower ones. Before them stand the sums: those of the two halves of a
/// panel with the upper rows, then with the lower ones.
const LEFT: usize = 4;

/// The first half of a panel, then the second.
const RIGHT: usize = 6;

/// From so many cells on, rows and a panel do not stay in the first-level cache together, and the panel is to stay.
const DEEP: usize = 160;

/// What a kernel asks of eight tile registers.
trait TileUnit {
    /// Gives every tile sixteen rows of sixteen words. What tiles held before means nothing.
    fn configure(&mut self);
    /// Makes a tile zero.
    fn zero<const TILE: usize>(&mut self);
    /// Reads the rows of a tile, `stride` bytes apart.
    ///
    /// # Safety
    /// Sixteen of them can be read, sixteen words each.
    unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize);
    /// The same, of rows that are not read again soon.
    ///
    /// # Safety
    /// As for [`TileUnit::load`].
    unsafe fn load_once<const TILE: usize>(&mut self, from: *const u32, stride: usize);
    /// Adds a left tile times a right tile to a tile of sums.
    fn multiply_add<const SUM: usize, const LEFT: usize, const RIGHT: usize>(&mut self);
    /// Writes the rows of a tile, `stride` bytes apart.
    ///
    /// # Safety
    /// Sixteen of them can be written, sixteen words each.
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

/// One tile of rows, or two.
fn multiply<U: TileUnit>(unit: &mut U, rows: &Rows<'_, Bf16Pair>, part: &Part<'_, Bf16Pair>, tile: &mut [TileRow]) {
    unit.configure();
    prefetch(part.next);
    if rows.count > SIDE {
        add_steps::<U, true>(unit, rows, part, tile);
    } else {
        add_steps::<U, false>(unit, rows, part, tile);
    }
}

/// Sums of a tile of rows, or of two. Rows that fill up the last tile get sums that nobody looks at.
#[inline(always)]
fn add_steps<U: TileUnit, const TWO: bool>(
    unit: &mut U,
    rows: &Rows<'_, Bf16Pair>,
    part: &Part<'_, Bf16Pair>,
    tile: &mut [TileRow],
) {
    let RowOrder::Tiles(depth) = rows.order else {
        unreachable!("the kernel asks for tiles");
    };
    let (tiles, _) = rows.cells.as_chunks::<PIECE>();
    let (upper, lower) = (tiles, if TWO { &tiles[depth / SIDE..] } else { tiles });
    let (steps, rest) = part.rows.as_chunks::<SIDE>();
    let pieces = steps.len() + usize::from(!rest.is_empty());
    assert!(tile.len() >= if TWO { 2 * SIDE } else { SIDE } && upper.len() >= pieces && lower.len() >= pieces);
    let sums = tile.as_mut_ptr().cast::<f32>();
    // SAFETY: the tile has as many rows.
    unsafe { begin::<U, TWO>(unit, part.begins, sums) };
    let pieces = upper.iter().zip(lower).zip(steps);
    if part.rows.len() >= DEEP {
        pieces.for_each(|((upper, lower), right)| add_step::<U, TWO, true>(unit, upper, lower, right));
    } else {
        pieces.for_each(|((upper, lower), right)| add_step::<U, TWO, false>(unit, upper, lower, right));
    }
    if !rest.is_empty() {
        let (upper, lower) = (&upper[steps.len()], &lower[steps.len()]);
        let mut right = [PanelRow::default(); SIDE];
        right[..rest.len()].copy_from_slice(rest);
        let [upper, lower] = [upper, lower].map(|piece| first_cells(piece, rest.len()));
        add_step::<U, TWO, false>(unit, &upper, &lower, &right);
    }
    // SAFETY: as above.
    unsafe { end::<U, TWO>(unit, sums) };
}

/// The first cells of each row of a piece; nothing behind them, where a row may hold anything, NaN too.
fn first_cells(piece: &[Bf16Pair; PIECE], count: usize) -> [Bf16Pair; PIECE] {
    std::array::from_fn(|at| {
        if at % SIDE < count {
            piece[at]
        } else {
            Bf16Pair::default()
        }
    })
}

/// Makes the sums zero, or reads them.
///
/// # Safety
/// From `sums` on there are sixteen rows of a tile, or twice as many.
#[inline(always)]
unsafe fn begin<U: TileUnit, const TWO: bool>(unit: &mut U, begins: bool, sums: *const f32) {
    if begins {
        unit.zero::<0>();
        unit.zero::<1>();
        unit.zero::<2>();
        unit.zero::<3>();
        return;
    }
    let sums: *const u32 = sums.cast();
    // SAFETY: the caller has the rows, of two halves each.
    unsafe {
        unit.load::<0>(sums, ROW_BYTES);
        unit.load::<1>(sums.add(SIDE), ROW_BYTES);
        if TWO {
            unit.load::<2>(sums.add(LOWER), ROW_BYTES);
            unit.load::<3>(sums.add(LOWER + SIDE), ROW_BYTES);
        }
    }
}

/// Adds the products of sixteen cells of each row and sixteen panel rows.
#[inline(always)]
fn add_step<U: TileUnit, const TWO: bool, const ONCE: bool>(
    unit: &mut U,
    upper: &[Bf16Pair; PIECE],
    lower: &[Bf16Pair; PIECE],
    right: &[PanelRow<Bf16Pair>; SIDE],
) {
    let right: *const u32 = right.as_ptr().cast();
    // SAFETY: a piece is sixteen rows of sixteen words, a panel row two halves of as many.
    unsafe {
        unit.load::<RIGHT>(right, ROW_BYTES);
        if ONCE {
            unit.load_once::<LEFT>(upper.as_ptr().cast(), PIECE_ROW_BYTES);
        } else {
            unit.load::<LEFT>(upper.as_ptr().cast(), PIECE_ROW_BYTES);
        }
        unit.load::<{ RIGHT + 1 }>(right.add(SIDE), ROW_BYTES);
        unit.multiply_add::<0, LEFT, RIGHT>();
        unit.multiply_add::<1, LEFT, { RIGHT + 1 }>();
        if TWO {
            if ONCE {
                unit.load_once::<{ LEFT + 1 }>(lower.as_ptr().cast(), PIECE_ROW_BYTES);
            } else {
                unit.load::<{ LEFT + 1 }>(lower.as_ptr().cast(), PIECE_ROW_BYTES);
            }
            unit.multiply_add::<2, { LEFT + 1 }, RIGHT>();
            unit.multiply_add::<3, { LEFT + 1 }, { RIGHT + 1 }>();
        }
    }
}

/// Writes the sums.
///
/// # Safety
/// As for [`begin`].
#[inline(always)]
unsafe fn end<U: TileUnit, const TWO: bool>(unit: &mut U, sums: *mut f32) {
    // SAFETY: the caller has the rows, of two halves each.
    unsafe {
        unit.store::<0>(sums, ROW_BYTES);
        unit.store::<1>(sums.add(SIDE), ROW_BYTES);
        if TWO {
            unit.store::<2>(sums.add(LOWER), ROW_BYTES);
            unit.store::<3>(sums.add(LOWER + SIDE), ROW_BYTES);
        }
    }
}

/// The tile registers of the processor. Made only after AMX was found and allowed.
struct Processor(());

/// What `ldtilecfg` reads: palette, start row, bytes a row (at 16), rows (at 48).
#[repr(C, align(64))]
struct Configuration([u8; 64]);

thread_local! {
    /// Whether this thread's registers are configured. They stay so to the end of the thread, on which nothing else may use
    /// tiles: setting them up for every product would take as long as a good part of it.
    static CONFIGURED: ThreadCell<bool> = const { ThreadCell::new(false) };
}

impl TileUnit for Processor {
    fn configure(&mut self) {
        if CONFIGURED.replace(true) {
            return;
        }
        let mut configuration = Configuration([0; 64]);
        let bytes = &mut configuration.0;
        bytes[0] = 1;
        for register in 0..8 {
            bytes[16 + 2 * register] = PIECE_ROW_BYTES as u8;
            bytes[48 + register] = SIDE as u8;
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

    /// The rows then do not drive the panel out of the first-level cache: products were an eighth faster.
    unsafe fn load_once<const TILE: usize>(&mut self, from: *const u32, stride: usize) {
        // SAFETY: there is AMX, the tile is configured, and the caller has its rows.
        unsafe {
            asm!("tileloaddt1 tmm{}, [{} + {} * 1]", const TILE, in(reg) from, in(reg) stride,
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
    #[allow(
        unused_unsafe,
        reason = "safe to call since a later Rust than the oldest that builds this"
    )]
    // SAFETY: every x86-64 processor has the instruction; a leaf is read only where there is one.
    let leaf = |leaf| unsafe { __cpuid_count(leaf, 0) };
    leaf(0).eax >= 7 && leaf(7).edx & (1 << 22 | 1 << 24) == (1 << 22 | 1 << 24)
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

/// Products of odd size, with whole steps and a rest, from one tile of rows and two, shallow and deep.
fn agrees_with_the_plain_unit(kernel: TileKernel<Bf16Pair>) -> bool {
    let sizes = [
        (2 * SIDE, 2 * SIDE + 3),
        (SIDE + 5, SIDE),
        (5, 2 * SIDE + 3),
        (SIDE + 1, DEEP + 3),
    ]
    .into_iter();
    let mut cases = sizes.flat_map(|size| [(size, true), (size, false)]);
    cases.all(|((count, depth), begins)| agrees(kernel, (count, depth), begins))
}

/// Whether a product comes out as from the portable kernel.
fn agrees(kernel: TileKernel<Bf16Pair>, (count, depth): (usize, usize), begins: bool) -> bool {
    // Small integers and eighths: every order of summing is exact.
    let numbers = |row: usize| (0..2 * depth).map(move |at| ((row * 7 + at) % 17) as f32 - 8.0);
    let cell = |at: usize| Bf16Pair::pack(&[(at % 17) as f32 - 8.0, (at % 11) as f32 * 0.125]);
    let panel: Vec<PanelRow<Bf16Pair>> = (0..depth)
        .map(|at| PanelRow(std::array::from_fn(|column| cell(at * 7 + column * 3))))
        .collect();
    let part = Part {
        rows: &panel,
        first: 0,
        begins,
        next: &[],
    };
    let product = |kernel: TileKernel<Bf16Pair>, order: RowOrder| {
        // NaN where no row has anything.
        let mut cells = vec![Bf16Pair::pack(&[f32::NAN; 2]); order.cells_of(count)];
        for row in 0..count {
            order.put(&mut cells, row, 0, &numbers(row).collect::<Vec<f32>>());
        }
        let cells = &cells[..];
        let mut tile = [TileRow([0.5; COLUMNS]); 2 * SIDE];
        kernel(&Rows { cells, order, count }, &part, &mut tile);
        tile[..count].iter().flat_map(|row| row.0).collect::<Vec<f32>>()
    };
    product(kernel, RowOrder::tiles(depth)) == product(plain_tile, RowOrder::Stride(depth))
}

/// The kernel over the plain unit.
#[cfg(test)]
pub(super) fn on_the_plain_unit() -> TileKernel<Bf16Pair> {
    |rows, part, tile| {
        multiply(&mut tests::Plain::default(), rows, part, tile);
    }
}

#[cfg(test)]
#[path = "amx_tests.rs"]
mod tests;
