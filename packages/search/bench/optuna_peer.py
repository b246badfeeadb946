"""Searches by Optuna's TPE with its defaults, one trial after another.

Each line of input is {"space": {...}, "seed": n}, which begins a search, or {"objective": x} of the values that were suggested last; see
openPythonPeer. The answer to either is {"values": {...}}, the next ones to try. A space is as @millrace/search has it.
"""

import json
import sys

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)


def distribution(dimension: dict) -> BaseDistribution:
    if dimension["kind"] == "categorical":
        return CategoricalDistribution(dimension["choices"])
    kind = FloatDistribution if dimension["kind"] == "float" else IntDistribution
    return kind(dimension["low"], dimension["high"], log=dimension["log"])


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print(json.dumps({"name": f"Optuna {optuna.__version__}"}), flush=True)
    study, space, trial = None, {}, None
    for line in sys.stdin:
        request = json.loads(line)
        if "space" in request:
            space = {key: distribution(dimension) for key, dimension in request["space"].items()}
            study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=request["seed"]))
        else:
            study.tell(trial, request["objective"])
        trial = study.ask(space)
        print(json.dumps({"values": trial.params}), flush=True)


main()
