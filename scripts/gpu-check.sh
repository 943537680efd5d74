#!/usr/bin/env bash
# Checks the encoder on a GPU machine in one call: vectors against the CPU's, texts a second at three lengths, beside
# sentence-transformers where that is installed, then a whole ingest into an SQLite store and the busy share of the GPU.
#   scripts/gpu-check.sh pack BINARY LENGTHS MODEL FOLDER   puts all that is needed into FOLDER (take it to the GPU machine)
#   FOLDER/gpu-check.sh run [USERS]                         runs there; needs python3, and CUDA's libraries or their wheels
# LENGTHS is what `cargo build --release --bench lengths` leaves in target/.../deps. 5,000 USERS are the full set.
# DEVICE=cpu tries the script itself on a machine without a GPU.
set -euo pipefail

pack() {
  mkdir -p "$4/model"
  cp "$1" "$4/vitalvec"
  cp "$2" "$4/lengths"
  cp -r "$3"/. "$4/model"
  cp "$0" "$4/gpu-check.sh"
}

ingest() { # DEVICE DATA TARGET NAME
  ./vitalvec ingest "$2" --device "$1" --model model --offline --cache off --quiet --to "$3" --report "$work/$4.json"
}

# What the passes of `lengths` embedded, embedded by sentence-transformers in half precision on the same device.
sentence_transformers() {
  python3 - "$device" "$work" <<'PYTHON'
import json, sys, time
import numpy, sentence_transformers, torch
device, folder = sys.argv[1:]
dtype = torch.float32 if device == "cpu" else torch.float16
device = {"metal": "mps"}.get(device, device)
model = sentence_transformers.SentenceTransformer("model", device=device, model_kwargs={"dtype": dtype})
print(f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}, {dtype}")
for tokens in 32, 64, 128:
    texts = json.load(open(f"{folder}/{tokens}.json"))
    ours = numpy.fromfile(f"{folder}/{tokens}.f32", "<f4").reshape(len(texts), -1)
    model.encode(texts[:64])
    best = {}
    for batch in 32, 256, 1024:
        start = time.perf_counter()
        theirs = model.encode(texts, batch_size=batch, normalize_embeddings=True)
        best[batch] = len(texts) / (time.perf_counter() - start)
    lowest = (ours * theirs.astype("float32")).sum(1).min()
    batch = max(best, key=best.get)
    print(f"{tokens} tokens: {best[batch]:.0f} texts/s in batches of {batch}, lowest cosine to ours {lowest:.6f}")
PYTHON
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
  ingest cpu "$work/few" "ndjson:$work/cpu.ndjson" cpu
  ingest "$device" "$work/few" "ndjson:$work/device.ndjson" device
  python3 - "$work/cpu.ndjson" "$work/device.ndjson" <<'PYTHON'
import json, sys
days = [[json.loads(line) for line in open(path)] for path in sys.argv[1:]]
assert len(days[0]) == len(days[1]) > 0, "other days"
assert [day["id"] for day in days[0]] == [day["id"] for day in days[1]], "other days"
lowest = min(sum(a * b for a, b in zip(x["vector"], y["vector"])) for x, y in zip(*days))
print(f"{len(days[0])} days, lowest cosine to the CPU {lowest:.6f}")
sys.exit(lowest < 0.999)
PYTHON

  ./lengths "$device" "$PWD/model" "$work"
  sentence_transformers || echo "sentence-transformers: not measured"

  ./vitalvec generate "$work/many" --users "$users" --days 365 --quiet
  if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=name,utilization.gpu --format=csv,noheader,nounits -lms 200 >"$work/busy" &
    sampler=$!
  fi
  ingest "$device" "$work/many" "sqlite:$work/days.db" whole
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
      f'the whole run {report["seconds"]:.1f} s for {report["user_days"]} days into an SQLite store')
print("seconds of work: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in stages.items()))
PYTHON
}

case ${1:-} in
  pack) [[ $# = 5 ]] && pack "${@:2}" ;;
  run) run "${@:2}" ;;
  *) sed -n '2,7s/^# //p' "$0"; exit 2 ;;
esac
