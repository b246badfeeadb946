"""Makes drift_golden.json: pip install scipy==1.16.3 evidently==0.7.23 "pandas<3"; python make_golden.py"""

import json
from pathlib import Path

import evidently
import numpy as np
import pandas as pd
import scipy
from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
from evidently.legacy.calculations.stattests.psi import _psi
from evidently.legacy.core import ColumnType
from scipy import special, stats
from scipy.spatial import distance

HERE = Path(__file__).parent
random = np.random.default_rng(7)
COUNTS = [
    ([30, 50, 20], [28, 55, 17]),
    ([1000, 3000, 2500, 800, 10], [12, 25, 30, 12, 4]),
    ([500, 0, 40, 3], [90, 2, 0, 1]),
    ([0, 10, 10, 0], [0, 10, 10, 0]),
    ([1000, 1], [1, 1000]),
    ([400000, 350000, 250000], [300000, 400000, 300000]),
]
SAMPLES = [
    (random.normal(0, 1, 40), random.normal(0.5, 1, 30)),
    (random.normal(0, 1, 12), random.normal(4, 1, 9)),
    (random.exponential(1, 300), random.exponential(1.1, 250)),
    (random.integers(0, 6, 50), random.integers(0, 7, 60)),
    (random.normal(0, 1, 1000), random.normal(0.1, 1, 1000)),
]
# Sizes and stretch of samples that are too long to be kept: the test makes them by the same rule.
LARGE = [(3000, 2000, 1.02), (1500, 1500, 1.001), (4000, 4000, 1.05), (1001, 1000, 1.06)]


def psi(reference, current):
    kept = [(r + 0.5, c + 0.5) for r, c in zip(reference, current) if r or c]
    p, q = (np.array(side) / np.sum(side) for side in zip(*kept))
    return special.rel_entr(p, q).sum() + special.rel_entr(q, p).sum()


def evidently_of(function, reference, current):
    """Evidently counts raw values; the index of its bin stands for the value."""
    raw = [pd.Series(np.repeat(np.arange(len(side)), side)) for side in (reference, current)]
    return float(function(*raw, ColumnType.Categorical, 0.1)[0])


def counted(reference, current):
    kept = [pair for pair in zip(reference, current) if any(pair)]
    test = stats.chi2_contingency(np.array(kept).T, correction=False)
    return {
        "reference": reference,
        "current": current,
        "populationStability": float(psi(reference, current)),
        "evidentlyPopulationStability": evidently_of(_psi, reference, current),
        "jensenShannon": float(distance.jensenshannon(reference, current)),
        "evidentlyJensenShannon": evidently_of(_jensenshannon, reference, current),
        "chiSquare": {"statistic": float(test.statistic), "degreesOfFreedom": int(test.dof), "pValue": float(test.pvalue)},
    }


def sampled(reference, current):
    rounded = [[round(float(x), 4) for x in side] for side in (reference, current)]
    test = stats.ks_2samp(*rounded, method="exact")
    return {
        "reference": rounded[0],
        "current": rounded[1],
        "statistic": float(test.statistic),
        "pValue": float(test.pvalue),
    }


def large(n, m, stretch):
    """All values differ, since 10007 is prime."""
    reference = [i * 7919 % 10007 for i in range(n)]
    current = [stretch * (i * 6007 % 10007) + 0.5 for i in range(m)]
    test = stats.ks_2samp(reference, current, method="exact")
    return {"n": n, "m": m, "stretch": stretch, "statistic": float(test.statistic), "pValue": float(test.pvalue)}


golden = {
    "peers": {"scipy": scipy.__version__, "evidently": evidently.__version__, "numpy": np.__version__},
    "command": "python make_golden.py",
    "tolerance": "1e-9 relative, rounding; p values of large samples 0.002 absolute, an approximation beside exact values",
    "counts": [counted(*pair) for pair in COUNTS],
    "kolmogorovSmirnov": [sampled(*pair) for pair in SAMPLES],
    "kolmogorovSmirnovLarge": [large(*case) for case in LARGE],
    "chiSquareTail": [
        {"value": value, "degrees": degrees, "probability": float(stats.chi2.sf(value, degrees))}
        for degrees in (1, 2, 5, 29, 200)
        for value in (0.01, 1.0, 4.0, 30.0, 180.0, 700.0)
    ],
    "kolmogorovTail": [
        {"value": value, "probability": float(special.kolmogorov(value))} for value in (0.05, 0.3, 0.7, 1.1, 1.2, 2.0, 4.0)
    ],
    "logGamma": [{"value": value, "result": float(special.gammaln(value))} for value in (0.5, 1.5, 3.0, 20.5, 1e3, 1e7)],
}
(HERE / "drift_golden.json").write_text(json.dumps(golden) + "\n")
