"""All-reduces by Gloo between processes of this machine, over TCP on the loopback interface.

Usage: gloo_peer.py PROCESSES. Each line of input, {"bytes": n, "steps": n, "warm_up": n}, is one round; see openPythonPeer.
"""

import json
import os
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def all_reduces(size_bytes: int, steps: int, warm_up: int) -> list[float]:
    vector = torch.ones(size_bytes // 4)
    seconds = []
    for step in range(warm_up + steps):
        dist.barrier()
        start = time.perf_counter()
        dist.all_reduce(vector)
        if step >= warm_up:
            seconds.append(time.perf_counter() - start)
        vector.fill_(1)
    return seconds


def work(rank: int, processes: int, port: int) -> None:
    torch.set_num_threads(1)
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=processes)
    if rank == 0:
        # Not before: processes that still import PyTorch would take the cores from what is measured beside them.
        print(json.dumps({"name": f"Gloo of PyTorch {torch.__version__}"}), flush=True)
    while True:
        # An unasked member sleeps in this receive.
        command = torch.zeros(3, dtype=torch.int64)
        if rank == 0:
            line = sys.stdin.readline()
            if line:
                request = json.loads(line)
                command = torch.tensor([request["bytes"], request["steps"], request["warm_up"]])
        dist.broadcast(command, 0)
        size_bytes, steps, warm_up = command.tolist()
        if size_bytes == 0:
            break
        seconds = all_reduces(size_bytes, steps, warm_up)
        if rank == 0:
            print(json.dumps({"seconds": seconds}), flush=True)
    dist.destroy_process_group()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    processes, port = int(sys.argv[1]), free_port()
    others = mp.get_context("spawn")
    children = [others.Process(target=work, args=(rank, processes, port)) for rank in range(1, processes)]
    for child in children:
        child.start()
    work(0, processes, port)
    for child in children:
        child.join()
