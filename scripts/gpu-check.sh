#!/usr/bin/env bash
# Checks the encoder on a GPU machine in one call: vectors against the CPU's, then texts a second and the busy share of
# the GPU during an ingest.
#   scripts/gpu-check.sh pack BINARY MODEL FOLDER   puts all that is needed into FOLDER (take it to the GPU machine)
#   FOLDER/gpu-check.sh run [USERS]                 runs there; needs python3, and CUDA's libraries or their wheels
# DEVICE=cpu tries the script itself on a machine without a GPU.
set -euo pipefail

pack() {
  mkdir -p "$3/model"
  cp "$1" "$3/vitalvec"
  cp -r "$2"/. "$3/model"
  cp "$0" "$3/gpu-check.sh"
}

ingest() { # DEVICE DATA NAME [more arguments]
  ./vitalvec ingest "$2" --device "$1" --model model --offline --cache off --quiet \
    --to "ndjson:$work/$3.ndjson" --report "$work/$3.json" "${@:4}"
}

run() {
  cd "$(dirname "$0")"
  device=${DEVICE:-cuda} users=${1:-500}
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # PyPI's wheels keep the libraries where the loader does not look.
  wheels=$(python3 -c 'import glob, sysconfig; print(":".join(glob.glob(sysconfig.get_paths()["purelib"] + "/nvidia/*/lib")))')
  export LD_LIBRARY_PATH="$wheels${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  ./vitalvec doctor

  ./vitalvec generate "$work/few" --users 10 --days 60 --quiet
  ingest cpu "$work/few" cpu
  ingest "$device" "$work/few" device
  python3 - "$work/cpu.ndjson" "$work/device.ndjson" <<'PYTHON'
import json, sys
days = [[json.loads(line) for line in open(path)] for path in sys.argv[1:]]
assert len(days[0]) == len(days[1]) > 0, "other days"
assert [day["id"] for day in days[0]] == [day["id"] for day in days[1]], "other days"
lowest = min(sum(a * b for a, b in zip(x["vector"], y["vector"])) for x, y in zip(*days))
print(f"{len(days[0])} days, lowest cosine to the CPU {lowest:.6f}")
sys.exit(lowest < 0.999)
PYTHON

  ./vitalvec generate "$work/many" --users "$users" --days 365 --quiet
  if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=name,utilization.gpu --format=csv,noheader,nounits -lms 200 >"$work/busy" &
    sampler=$!
  fi
  ingest "$device" "$work/many" whole
  if [[ -n ${sampler:-} ]]; then
    kill "$sampler"
    awk -F', ' '{busy += $2; name = $1} END {if (NR) printf "%s, busy %.0f %% of the whole ingest\n", name, busy / NR}' "$work/busy"
  fi
  python3 - "$work/whole.json" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1]))
made, stages = report["embedding"], {stage["name"]: stage["seconds"] for stage in report["stages"]}
print(f'{made["device"]} in {made["precision"]}: {made["texts"]} texts, {made["tokens"]} tokens, {made["cached"]} days with '
      f'the words of another; embedding {stages["embed"]:.1f} s = {made["texts"] / stages["embed"]:.0f} texts/s; '
      f'the whole run {report["seconds"]:.1f} s for {report["user_days"]} days')
PYTHON
}

case ${1:-} in
  pack) [[ $# = 4 ]] && pack "${@:2}" ;;
  run) run "${@:2}" ;;
  *) sed -n '2,6s/^# //p' "$0"; exit 2 ;;
esac
