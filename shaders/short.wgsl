// Segments of a few values: one invocation a segment.
//
// A value is a percentile if its rank lies among those of its equals; with so few values, comparing each with all is
// cheaper than any order that needs memory of its own.

@group(0) @binding(3) var<storage, read_write> rows: array<Row>;

@compute @workgroup_size(WORKGROUP)
fn short(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (index >= params.count) {
    return;
  }
  let segment = segments[index];
  let end = segment.begin + segment.length;
  var sums = no_sums();
  for (var i = segment.begin; i < end; i++) {
    let value = step_at(i);
    if (value != GAP) {
      sums = with_value(sums, value);
    }
  }
  var percentiles = array<u32, 5>();
  if (params.levels > 0u && sums.count > 0u) {
    for (var i = segment.begin; i < end; i++) {
      let value = step_at(i);
      if (value == GAP) {
        continue;
      }
      var below = 0u;
      var equal = 0u;
      for (var j = segment.begin; j < end; j++) {
        let other = step_at(j);
        below += select(0u, 1u, other < value);
        equal += select(0u, 1u, other == value);
      }
      for (var p = 0u; p < 5u; p++) {
        let rank = nearest_rank(sums.count, p);
        if (rank >= below && rank < below + equal) {
          percentiles[p] = value;
        }
      }
    }
  }
  rows[segment.slot] = row_of(sums, percentiles);
}
