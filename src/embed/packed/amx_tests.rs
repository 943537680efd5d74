//! The kernel for AMX over a plain tile unit, and the self-check.

use super::*;

/// What Intel's manual says the instructions do, but for the rounding of denormals.
#[derive(Default)]
pub(super) struct Plain([[[u32; SIDE]; SIDE]; 8]);

impl TileUnit for Plain {
    fn configure(&mut self) {
        self.0 = [[[f32::NAN.to_bits(); SIDE]; SIDE]; 8];
    }

    fn zero<const TILE: usize>(&mut self) {
        self.0[TILE] = Default::default();
    }

    unsafe fn load<const TILE: usize>(&mut self, from: *const u32, stride: usize) {
        for (row, words) in self.0[TILE].iter_mut().enumerate() {
            // SAFETY: the caller has the rows.
            *words = unsafe { from.byte_add(row * stride).cast::<[u32; SIDE]>().read() };
        }
    }

    unsafe fn load_once<const TILE: usize>(&mut self, from: *const u32, stride: usize) {
        // SAFETY: the caller has the rows.
        unsafe { self.load::<TILE>(from, stride) }
    }

    fn multiply_add<const SUM: usize, const LEFT: usize, const RIGHT: usize>(&mut self) {
        let number = |bits: u32| f32::from_bits(bits);
        for row in 0..SIDE {
            for depth in 0..SIDE {
                let left = self.0[LEFT][row][depth];
                for column in 0..SIDE {
                    let right = self.0[RIGHT][depth][column];
                    let sum = &mut self.0[SUM][row][column];
                    for (left, right) in [(left << 16, right << 16), (left & !0xffff, right & !0xffff)] {
                        *sum = number(left).mul_add(number(right), number(*sum)).to_bits();
                    }
                }
            }
        }
    }

    unsafe fn store<const TILE: usize>(&mut self, to: *mut f32, stride: usize) {
        for (row, words) in self.0[TILE].iter().enumerate() {
            // SAFETY: the caller has room for the rows.
            unsafe { to.byte_add(row * stride).cast::<[u32; SIDE]>().write(*words) };
        }
    }
}

#[test]
fn the_kernel_over_the_plain_unit_is_the_portable_kernel_at_odd_sizes() {
    assert!(agrees_with_the_plain_unit(on_the_plain_unit()));
    for size in [
        (1, 1),
        (3, 15),
        (16, 16),
        (17, 17),
        (7, 48),
        (32, 65),
        (31, 64),
        (16, DEEP),
        (30, DEEP + 1),
    ] {
        assert!(agrees(on_the_plain_unit(), size, true), "rows and cells {size:?}");
        assert!(agrees(on_the_plain_unit(), size, false), "rows and cells {size:?}");
    }
}

#[test]
fn a_kernel_that_multiplies_wrongly_fails_the_self_check() {
    let wrong: TileKernel<Bf16Pair> = |rows, part, tile| {
        on_the_plain_unit()(rows, part, tile);
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
