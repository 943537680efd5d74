// Segments of many values: one workgroup a segment.
//
// Percentiles by radix select: per level (a byte of the steps, the highest first) a histogram of the values that share
// the higher digits found so far, one for each percentile. Percentiles with the same digits share a histogram: that of
// the first of them, its owner.

@group(0) @binding(3) var<storage, read_write> rows: array<Row>;

var<workgroup> sums: array<Sums, WORKGROUP>;
var<workgroup> bins: array<atomic<u32>, 1280>;
var<workgroup> prefixes: array<u32, 5>;
var<workgroup> ranks: array<u32, 5>;
var<workgroup> owners: array<u32, 5>;

@compute @workgroup_size(WORKGROUP)
fn long(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group.x + group.y * groups.x;
  if (index >= params.count) {
    return;
  }
  let segment = segments[index];
  let begin = segment.begin + lane;
  let end = segment.begin + segment.length;

  var own = no_sums();
  for (var i = begin; i < end; i += WORKGROUP) {
    let value = step_at(i);
    if (value != GAP) {
      own = with_value(own, value);
    }
  }
  sums[lane] = own;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half >>= 1u) {
    if (lane < half) {
      sums[lane] = merged(sums[lane], sums[lane + half]);
    }
    workgroupBarrier();
  }

  if (lane < 5u) {
    prefixes[lane] = 0u;
    owners[lane] = 0u;
    ranks[lane] = nearest_rank(max(sums[0].count, 1u), lane);
  }
  for (var level = params.levels; level > 0u; level--) {
    let shift = (level - 1u) * 8u;
    for (var bin = lane; bin < 1280u; bin += WORKGROUP) {
      atomicStore(&bins[bin], 0u);
    }
    workgroupBarrier();
    for (var i = begin; i < end; i += WORKGROUP) {
      let value = step_at(i);
      for (var p = 0u; p < 5u; p++) {
        // Two shifts: one by 32 would not be defined.
        let matches = (((value ^ prefixes[p]) >> shift) >> 8u) == 0u;
        if (value != GAP && owners[p] == p && matches) {
          atomicAdd(&bins[p * 256u + ((value >> shift) & 0xffu)], 1u);
        }
      }
    }
    workgroupBarrier();
    if (lane < 5u) {
      var rank = ranks[lane];
      var digit = 0u;
      while (digit < 255u && rank >= atomicLoad(&bins[owners[lane] * 256u + digit])) {
        rank -= atomicLoad(&bins[owners[lane] * 256u + digit]);
        digit++;
      }
      ranks[lane] = rank;
      prefixes[lane] |= digit << shift;
    }
    workgroupBarrier();
    if (lane < 5u) {
      var owner = 0u;
      while (prefixes[owner] != prefixes[lane]) {
        owner++;
      }
      owners[lane] = owner;
    }
  }
  workgroupBarrier();
  if (lane == 0u) {
    var percentiles = array<u32, 5>();
    if (params.levels > 0u && sums[0].count > 0u) {
      percentiles = prefixes;
    }
    rows[segment.slot] = row_of(sums[0], percentiles);
  }
}
