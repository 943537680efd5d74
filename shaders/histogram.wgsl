// Segments too long for one workgroup: one workgroup a tile of a segment, one level of the radix select.
//
// Counts, for each percentile, the digits of the values that share the higher digits found so far. The host adds the
// counts of all tiles, finds the next digit and asks for the next level.

@group(0) @binding(3) var<storage, read_write> histograms: array<u32>;
// Five a slot.
@group(0) @binding(4) var<storage, read> found: array<u32>;

var<workgroup> bins: array<atomic<u32>, 1280>;

@compute @workgroup_size(WORKGROUP)
fn histogram(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group.x + group.y * groups.x;
  if (index >= params.count) {
    return;
  }
  let tile = segments[index];
  let end = tile.begin + tile.length;
  for (var bin = lane; bin < 1280u; bin += WORKGROUP) {
    atomicStore(&bins[bin], 0u);
  }
  workgroupBarrier();
  for (var i = tile.begin + lane; i < end; i += WORKGROUP) {
    let value = step_at(i);
    for (var p = 0u; p < 5u; p++) {
      let prefix = found[tile.slot * 5u + p];
      let is_owner = p == 0u || prefix != found[tile.slot * 5u + max(p, 1u) - 1u];
      // Two shifts: one by 32 would not be defined.
      let matches = (((value ^ prefix) >> params.shift) >> 8u) == 0u;
      if (value != GAP && is_owner && matches) {
        atomicAdd(&bins[p * 256u + ((value >> params.shift) & 0xffu)], 1u);
      }
    }
  }
  workgroupBarrier();
  for (var bin = lane; bin < 1280u; bin += WORKGROUP) {
    histograms[tile.slot * 1280u + bin] = atomicLoad(&bins[bin]);
  }
}
