"""An event file as TensorBoard's own package writes it: pip install tensorboard && python make_event_golden.py > event_golden.hex"""

import io
import sys

import tensorboard
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

print(tensorboard.__version__, file=sys.stderr)


class Kept(io.BytesIO):
    def close(self):
        pass


file = Kept()
writer = RecordWriter(file)
writer.write(Event(wall_time=1764201600.25, file_version="brain.Event:2").SerializeToString())
writer.write(
    Event(wall_time=1764201600.5, step=21, session_log=SessionLog(status=SessionLog.START)).SerializeToString()
)
values = {"loss/train": 5.25, "learning_rate": 0.001, "exchange_ms/node-0": 0.0, "gradient_norm": float("inf")}
summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
writer.write(Event(wall_time=1764201601.125, step=300_000, summary=summary).SerializeToString())
writer.flush()
print(file.getvalue().hex())
