//! The shaders once more as plain loops: the same work, the same words. Tests hold shader, twin and CPU together.

use super::AggregateError;
use super::series::{PERCENTS, nearest_rank};
use super::words::{BINS, Params, Row, Segment, UsualParams, UsualRow};
use super::work::{Dispatch, Executor, Kernel, Work};

const GAP: u32 = u32::MAX;

/// Runs work as the shaders do.
pub(super) struct Twins;

impl Executor for Twins {
    fn execute(
        &self,
        count: usize,
        work: &mut dyn FnMut(usize) -> Work,
        take: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), AggregateError> {
        for index in 0..count {
            take(index, &run(&work(index)));
        }
        Ok(())
    }
}

/// The output of a chunk.
pub(super) fn run(work: &Work) -> Vec<u8> {
    let mut output = vec![0u32; work.output_bytes / 4];
    for dispatch in &work.dispatches {
        match dispatch.kernel {
            Kernel::Short | Kernel::Long => each_segment(dispatch, work, |segment, steps, params| {
                let row = if dispatch.kernel == Kernel::Short {
                    short(steps, params)
                } else {
                    long(steps, params)
                };
                put(&mut output, segment.slot, &row);
            }),
            Kernel::Histogram => each_segment(dispatch, work, |tile, steps, params| {
                let found: Vec<[u32; PERCENTS.len()]> = bytemuck::pod_collect_to_vec(&work.found);
                put(
                    &mut output,
                    tile.slot,
                    &histogram(steps, params, &found[tile.slot as usize]),
                );
            }),
            Kernel::Usual => {
                let params: UsualParams = bytemuck::pod_read_unaligned(&dispatch.params);
                let starts: Vec<u32> = bytemuck::pod_collect_to_vec(&dispatch.list);
                let values: Vec<i64> = bytemuck::pod_collect_to_vec(&work.values);
                for (index, start) in starts.iter().enumerate() {
                    let window = &values[*start as usize..params.first as usize + index];
                    put(&mut output, index as u32, &usual(window, &params));
                }
            }
        }
    }
    bytemuck::cast_slice(&output).to_vec()
}

fn put<T: bytemuck::Pod>(output: &mut [u32], slot: u32, value: &T) {
    let words: Vec<u32> = bytemuck::pod_collect_to_vec(bytemuck::bytes_of(value));
    let at = slot as usize * words.len();
    output[at..at + words.len()].copy_from_slice(&words);
}

fn each_segment(dispatch: &Dispatch, work: &Work, mut kernel: impl FnMut(&Segment, &[u32], &Params)) {
    let params: Params = bytemuck::pod_read_unaligned(&dispatch.params);
    for segment in bytemuck::pod_collect_to_vec::<u8, Segment>(&dispatch.list) {
        let steps = segment.begin..segment.begin + segment.length;
        let steps: Vec<u32> = steps
            .map(|index| step_at(&work.values, index as usize, params.width))
            .collect();
        kernel(&segment, &steps, &params);
    }
}

fn step_at(values: &[u8], index: usize, width: u32) -> u32 {
    let bytes = &values[index * width as usize..(index + 1) * width as usize];
    match *bytes {
        [byte] => u32::from(byte) | if byte == u8::MAX { GAP } else { 0 },
        [low, high] => match u16::from_le_bytes([low, high]) {
            u16::MAX => GAP,
            half => u32::from(half),
        },
        _ => bytemuck::pod_read_unaligned(bytes),
    }
}

fn sums(steps: &[u32]) -> Row {
    let present = || steps.iter().copied().filter(|step| *step != GAP);
    let sum: u64 = present().map(u64::from).sum();
    let squares: u128 = present().map(|step| u128::from(step).pow(2)).sum();
    Row {
        count: present().count() as u32,
        min: present().min().unwrap_or(GAP),
        max: present().max().unwrap_or(0),
        sum: [sum as u32, (sum >> 32) as u32],
        squares: [squares as u32, (squares >> 32) as u32, (squares >> 64) as u32],
        percentiles: [0; PERCENTS.len()],
    }
}

fn short(steps: &[u32], params: &Params) -> Row {
    let mut row = sums(steps);
    for step in steps.iter().filter(|step| params.levels > 0 && **step != GAP) {
        let below = steps.iter().filter(|other| *other < step).count();
        let equal = steps.iter().filter(|other| *other == step).count();
        for (index, percent) in PERCENTS.iter().enumerate() {
            let rank = nearest_rank(row.count as usize, *percent);
            if (below..below + equal).contains(&rank) {
                row.percentiles[index] = *step;
            }
        }
    }
    row
}

fn long(steps: &[u32], params: &Params) -> Row {
    let mut row = sums(steps);
    let mut ranks = PERCENTS.map(|percent| nearest_rank((row.count as usize).max(1), percent) as u32);
    for level in (0..params.levels).rev().filter(|_| row.count > 0) {
        let shift = level * 8;
        let before = row.percentiles;
        for (index, rank) in ranks.iter_mut().enumerate() {
            let mut bins = [0u32; 256];
            for step in steps.iter().filter(|step| **step != GAP) {
                if (step ^ before[index]) >> shift >> 8 == 0 {
                    bins[(step >> shift & 0xff) as usize] += 1;
                }
            }
            let mut digit = 0;
            while digit < 255 && *rank >= bins[digit] {
                *rank -= bins[digit];
                digit += 1;
            }
            row.percentiles[index] |= (digit as u32) << shift;
        }
    }
    row
}

fn histogram(steps: &[u32], params: &Params, found: &[u32; PERCENTS.len()]) -> [u32; BINS] {
    let mut bins = [0; BINS];
    for step in steps.iter().filter(|step| **step != GAP) {
        for (index, prefix) in found.iter().enumerate() {
            let is_owner = index == 0 || *prefix != found[index - 1];
            if is_owner && (step ^ prefix) >> params.shift >> 8 == 0 {
                bins[index * 256 + (step >> params.shift & 0xff) as usize] += 1;
            }
        }
    }
    bins
}

fn usual(window: &[i64], params: &UsualParams) -> UsualRow {
    if window.len() < params.fewest as usize {
        return UsualRow::default();
    }
    let ranked = |rank: usize| {
        let reached = |value: &&i64| {
            let below = window.iter().filter(|other| other < value).count();
            let equal = window.iter().filter(|other| other == value).count();
            (below..below + equal).contains(&rank)
        };
        window.iter().find(reached).copied().unwrap_or_default()
    };
    let words = |number: i64| [number as u32, (number as u64 >> 32) as u32];
    UsualRow {
        found: 1,
        twice_median: words(ranked((window.len() - 1) / 2).wrapping_add(ranked(window.len() / 2))),
        lower_quartile: words(ranked((window.len() * 25).div_ceil(100) - 1)),
        upper_quartile: words(ranked((window.len() * 75).div_ceil(100) - 1)),
    }
}
