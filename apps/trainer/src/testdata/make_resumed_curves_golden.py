"""Makes resumed_curves_golden.json: what TensorBoard reads in the event files of a run of two attempts, and the files.

pip install tensorboard==2.21.0
node ../testing/resumed_curves.ts FOLDER; python make_resumed_curves_golden.py FOLDER
"""

import base64
import json
import sys
from pathlib import Path

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator

(folder,) = (file.parent for file in Path(sys.argv[1]).rglob("*.1"))
read = EventAccumulator(str(folder), size_guidance={SCALARS: 0}).Reload()
golden = {
    "tensorboard": tensorboard.__version__,
    "files": [base64.b64encode(file.read_bytes()).decode() for file in sorted(folder.iterdir())],
    "scalars": {tag: [[one.wall_time, one.step, one.value] for one in read.Scalars(tag)] for tag in read.Tags()["scalars"]},
}
(Path(__file__).parent / "resumed_curves_golden.json").write_text(json.dumps(golden) + "\n")
