// What the kernels share: layouts, packed values, sums wider than 32 bits. Put before each kernel.
//
// Only integers: sums and counts of integers do not depend on the order in which they are added, so workgroup size,
// driver and chunking cannot change a bit. The layouts are those of src/aggregate/words.rs; a test compares them.

override WORKGROUP: u32 = 64u;

// A value is packed as the step `(value - base) / scale`, so it is never negative. The largest number of a width is a
// gap, as is this one when unpacked.
const GAP: u32 = 0xffffffffu;

struct Params {
  // Entries of the list.
  count: u32,
  // Bytes of a packed value: 1, 2 or 4.
  width: u32,
  // Digits (bytes) of the largest step; 0 where no percentiles are wanted.
  levels: u32,
  // Bits below the digit that a histogram counts.
  shift: u32,
}

struct Segment {
  // First value, in the chunk.
  begin: u32,
  // Values.
  length: u32,
  // Where the result goes.
  slot: u32,
}

struct Row {
  count: u32,
  min: u32,
  max: u32,
  sum: array<u32, 2>,
  squares: array<u32, 3>,
  percentiles: array<u32, 5>,
}

struct Sums {
  count: u32,
  min: u32,
  max: u32,
  sum: vec2<u32>,
  squares: vec3<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> segments: array<Segment>;
@group(0) @binding(2) var<storage, read> values: array<u32>;

fn step_at(index: u32) -> u32 {
  if (params.width == 4u) {
    return values[index];
  }
  if (params.width == 2u) {
    let half = extractBits(values[index >> 1u], (index & 1u) * 16u, 16u);
    return select(half, GAP, half == 0xffffu);
  }
  let byte = extractBits(values[index >> 2u], (index & 3u) * 8u, 8u);
  return select(byte, GAP, byte == 0xffu);
}

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn add96(a: vec3<u32>, b: vec3<u32>) -> vec3<u32> {
  let low = a.x + b.x;
  let carry = select(0u, 1u, low < a.x);
  let middle = a.y + b.y;
  let with_carry = middle + carry;
  let carries = select(0u, 1u, middle < a.y) + select(0u, 1u, with_carry < middle);
  return vec3<u32>(low, with_carry, a.z + b.z + carries);
}

// The square as 64 bits, from halves of 16.
fn square(value: u32) -> vec2<u32> {
  let low = value & 0xffffu;
  let high = value >> 16u;
  let cross = low * high;
  let bottom = low * low;
  let sum = bottom + (cross << 17u);
  return vec2<u32>(sum, high * high + (cross >> 15u) + select(0u, 1u, sum < bottom));
}

fn no_sums() -> Sums {
  return Sums(0u, GAP, 0u, vec2<u32>(0u), vec3<u32>(0u));
}

fn with_value(sums: Sums, value: u32) -> Sums {
  return Sums(
    sums.count + 1u,
    min(sums.min, value),
    max(sums.max, value),
    add64(sums.sum, vec2<u32>(value, 0u)),
    add96(sums.squares, vec3<u32>(square(value), 0u)),
  );
}

fn merged(a: Sums, b: Sums) -> Sums {
  return Sums(
    a.count + b.count,
    min(a.min, b.min),
    max(a.max, b.max),
    add64(a.sum, b.sum),
    add96(a.squares, b.squares),
  );
}

fn row_of(sums: Sums, percentiles: array<u32, 5>) -> Row {
  return Row(
    sums.count,
    sums.min,
    sums.max,
    array<u32, 2>(sums.sum.x, sums.sum.y),
    array<u32, 3>(sums.squares.x, sums.squares.y, sums.squares.z),
    percentiles,
  );
}

// The position of the percentile among `count` values in ascending order, without overflow; the count is above 0.
fn nearest_rank(count: u32, percentile: u32) -> u32 {
  let percents = array<u32, 5>(5u, 25u, 50u, 75u, 95u);
  let percent = percents[percentile];
  return percent * (count / 100u) + (percent * (count % 100u) + 99u) / 100u - 1u;
}
