"""Other encoders on the texts of the `embed` bench: python peers.py PEER MODEL_FOLDER TEXTS.json THREADS VECTORS.f32

Writes the unit vectors (raw f32, little-endian, in the order of the texts) and prints one JSON object: version, tokens,
wall and CPU seconds of the fastest of three passes. `peak` measures matrix products instead: GFLOP/s in f32 and bf16.
"""
import json
import os
import resource
import sys
import time

BATCH_TOKENS = 1024
# The model's limit. sentence-transformers finds it in a file that is not needed to embed, and takes 512 without.
MOST_TOKENS = 256


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def fastest(work):
    """The answer, wall and CPU seconds of the fastest of three passes, after one that is not counted."""
    answer, best = work(), None
    for _ in range(3):
        wall, cpu = time.perf_counter(), cpu_seconds()
        work()
        taken = (time.perf_counter() - wall, cpu_seconds() - cpu)
        best = min(best or taken, taken)
    return answer, *best


def sentence_transformers(folder, threads, dtype):
    import sentence_transformers
    import torch

    torch.set_num_threads(threads)
    model = sentence_transformers.SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": getattr(torch, dtype)})
    model.max_seq_length = MOST_TOKENS
    encode = lambda texts: model.encode(texts, normalize_embeddings=True, batch_size=32).astype("float32")
    return f"sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}", encode


def exported(folder):
    """The model as ONNX: token ids and mask in, rows out. Made once, beside the vectors."""
    import torch
    from transformers import AutoModel

    path = os.path.join(os.path.dirname(sys.argv[5]), "model.onnx")
    if not os.path.exists(path):
        model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        ids = torch.ones(2, 8, dtype=torch.long)
        axes = {0: "texts", 1: "tokens"}
        names = ["input_ids", "attention_mask"]
        wrapped = Rows(model)
        dynamic = {"input_ids": axes, "attention_mask": axes, "rows": axes}
        torch.onnx.export(
            wrapped, (ids, ids), path, input_names=names, output_names=["rows"], dynamic_axes=dynamic, dynamo=False
        )
    return path


def Rows(model):
    import torch

    class Rows(torch.nn.Module):
        def __init__(self):
            super().__init__()
            # As a part of the module: the export takes weights of others for constants, and refuses them.
            self.model = model

        def forward(self, input_ids, attention_mask):
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    return Rows()


def batched(folder, run):
    """Tokenizes, sorts by length, runs batches of about BATCH_TOKENS and pools: as good a client as we could write."""
    import numpy as np
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()

    def encode(texts):
        encoded = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        order = sorted(range(len(texts)), key=lambda at: -len(encoded[at]))
        vectors, start = [None] * len(texts), 0
        while start < len(order):
            longest = len(encoded[order[start]])
            batch = order[start : start + max(1, BATCH_TOKENS // longest)]
            start += len(batch)
            ids, mask = np.zeros((len(batch), longest), np.int64), np.zeros((len(batch), longest), np.int64)
            for row, at in enumerate(batch):
                ids[row, : len(encoded[at])] = encoded[at]
                mask[row, : len(encoded[at])] = 1
            sums = (run(ids, mask) * mask[:, :, None]).sum(1)
            for at, vector in zip(batch, sums / np.linalg.norm(sums, axis=1, keepdims=True)):
                vectors[at] = vector
        return np.stack(vectors).astype("float32")

    return encode


def onnxruntime(folder, threads):
    import onnxruntime as engine

    options = engine.SessionOptions()
    options.intra_op_num_threads = threads
    session = engine.InferenceSession(exported(folder), options, providers=["CPUExecutionProvider"])
    run = lambda ids, mask: session.run(["rows"], {"input_ids": ids, "attention_mask": mask})[0]
    return f"onnxruntime {engine.__version__}", batched(folder, run)


def openvino_config(threads, dtype):
    return {"INFERENCE_PRECISION_HINT": dtype, "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}


def openvino(folder, threads, dtype):
    import openvino as engine

    compiled = engine.Core().compile_model(exported(folder), "CPU", openvino_config(threads, dtype))
    request = compiled.create_infer_request()
    run = lambda ids, mask: request.infer({"input_ids": ids, "attention_mask": mask}, share_inputs=True)[0]
    return f"openvino {engine.__version__.split('-')[0]}", batched(folder, run)


def openvino_product(rows, depth, columns, dtype, threads):
    import numpy as np
    import openvino as engine
    from openvino import opset13 as ops

    a = ops.parameter([rows, depth], np.float32)
    b = ops.constant(np.ones((depth, columns), np.float32))
    model = engine.Model([ops.matmul(a, b, False, False)], [a])
    request = engine.Core().compile_model(model, "CPU", openvino_config(threads, dtype)).create_infer_request()
    request.set_input_tensor(engine.Tensor(np.ones((rows, depth), np.float32)))
    return request.infer


def peak(threads):
    """The most that torch, numpy or OpenVINO reach on products of several sizes, in GFLOP/s."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    most = {"f32": 0.0, "bf16": 0.0}
    for rows, depth, columns in [(512, 384, 1536), (512, 1536, 384), (1024, 1024, 1024), (2048, 1536, 1536)]:
        work = 2e-9 * rows * depth * columns
        for name, dtype in [("f32", torch.float32), ("bf16", torch.bfloat16)]:
            a, b = torch.randn(rows, depth).to(dtype), torch.randn(depth, columns).to(dtype)
            products = [lambda: a @ b]
            try:
                # On a processor whose name they do not know, torch's and numpy's libraries may leave half of it unused.
                products.append(openvino_product(rows, depth, columns, name, threads))
            except ImportError:
                pass  # The lines of OpenVINO in the table say that it is not there.
            if name == "f32" and os.environ.get("OMP_NUM_THREADS") == str(threads):
                c, d = a.numpy(), b.numpy()
                products.append(lambda: c @ d)
            best = min(fastest(product)[1] for product in products for _ in range(4))
            most[name] = max(most[name], work / best)
    return most


PEERS = {
    "sentence-transformers f32": lambda folder, threads: sentence_transformers(folder, threads, "float32"),
    "sentence-transformers bf16": lambda folder, threads: sentence_transformers(folder, threads, "bfloat16"),
    "onnxruntime f32": onnxruntime,
    "openvino f32": lambda folder, threads: openvino(folder, threads, "f32"),
    "openvino bf16": lambda folder, threads: openvino(folder, threads, "bf16"),
}


def main():
    peer, folder, texts, threads, vectors = sys.argv[1:]
    if peer == "peak":
        print(json.dumps(peak(int(threads))))
        return
    with open(texts) as file:
        texts = json.load(file)
    version, encode = PEERS[peer](folder, int(threads))
    answer, wall, cpu = fastest(lambda: encode(texts))
    answer.astype("<f4").tofile(vectors)
    print(json.dumps({"version": version, "seconds": wall, "cpu_seconds": cpu}))


main()
