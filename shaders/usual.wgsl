// The usual before each value, its median and quartiles: one invocation a value, over the window that ends before it.
//
// Values have 64 bits. A window has at most a few dozen values, so each is compared with all, as in short.wgsl.

struct UsualParams {
  // Windows wanted.
  count: u32,
  // Position of the first of them among the values.
  first: u32,
  // A smaller window has no usual.
  fewest: u32,
  padding: u32,
}

struct UsualRow {
  // 1 where the window has enough values.
  found: u32,
  // Two words each, the lowest first.
  twice_median: array<u32, 2>,
  lower_quartile: array<u32, 2>,
  upper_quartile: array<u32, 2>,
}

@group(0) @binding(0) var<uniform> params: UsualParams;
// Where each window begins.
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> usual_out: array<UsualRow>;

override WORKGROUP: u32 = 64u;

fn less(a: vec2<u32>, b: vec2<u32>) -> bool {
  return bitcast<i32>(a.y) < bitcast<i32>(b.y) || (a.y == b.y && a.x < b.x);
}

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}

@compute @workgroup_size(WORKGROUP)
fn usual(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (index >= params.count) {
    return;
  }
  let begin = starts[index];
  let end = params.first + index;
  let length = end - begin;
  if (length < params.fewest) {
    usual_out[index] = UsualRow();
    return;
  }
  // The two values in the middle, which are one where the length is odd.
  let lower_rank = (length - 1u) / 2u;
  let upper_rank = length / 2u;
  var lower = vec2<u32>(0u);
  var upper = vec2<u32>(0u);
  // Quartiles by nearest rank.
  let first_rank = (length * 25u + 99u) / 100u - 1u;
  let third_rank = (length * 75u + 99u) / 100u - 1u;
  var first = vec2<u32>(0u);
  var third = vec2<u32>(0u);
  for (var i = begin; i < end; i++) {
    let value = values[i];
    var below = 0u;
    var equal = 0u;
    for (var j = begin; j < end; j++) {
      let other = values[j];
      below += select(0u, 1u, less(other, value));
      equal += select(0u, 1u, all(other == value));
    }
    if (lower_rank >= below && lower_rank < below + equal) {
      lower = value;
    }
    if (upper_rank >= below && upper_rank < below + equal) {
      upper = value;
    }
    if (first_rank >= below && first_rank < below + equal) {
      first = value;
    }
    if (third_rank >= below && third_rank < below + equal) {
      third = value;
    }
  }
  let twice = add64(lower, upper);
  usual_out[index] = UsualRow(
    1u,
    array<u32, 2>(twice.x, twice.y),
    array<u32, 2>(first.x, first.y),
    array<u32, 2>(third.x, third.y),
  );
}
