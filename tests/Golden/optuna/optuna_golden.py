#!/usr/bin/python3
"""Writes optuna.json: what Optuna 3.1 (Debian's python3-optuna) gives for TPE, median and ASHA. Run: /usr/bin/python3 optuna_golden.py"""
import json
import os
import warnings

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe import _truncnorm
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import (_get_observation_pairs, _split_observation_pairs, default_gamma,
                                          default_weights)
from optuna.trial import TrialState, create_trial

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

# Optuna 3.1 leaves the component's width out of its density (later versions have it), so that the prior counts too much.
_without_width = _truncnorm.logpdf
_truncnorm.logpdf = lambda x, a, b, loc=0, scale=1: _without_width(x, a, b, loc, scale) - np.log(scale)

SPACE = {
    "rate": FloatDistribution(0.01, 0.5, log=True),
    "dropout": FloatDistribution(0.0, 0.5),
    "depth": IntDistribution(1, 5),
    "width": IntDistribution(64, 512, log=True),
    "method": CategoricalDistribution(["a", "b", "c"]),
}
PARAMETERS = _ParzenEstimatorParameters(True, 1.0, True, False, default_weights, True)


def draw(rng):
    return {
        "rate": float(np.exp(rng.uniform(np.log(0.01), np.log(0.5)))),
        "dropout": float(rng.uniform(0, 0.5)),
        "depth": int(rng.randint(1, 6)),
        "width": int(np.round(np.exp(rng.uniform(np.log(64), np.log(512))))),
        "method": "abc"[rng.randint(3)],
    }


def trial_of(params, state, value, reports):
    return create_trial(state=state, params=params, distributions=SPACE, value=value, intermediate_values=reports)


def tpe(seed, n, direction, states):
    rng = np.random.RandomState(seed)
    study = optuna.create_study(direction=direction)
    trials = []
    for i in range(n):
        params = draw(rng)
        state = states[i % len(states)]
        value = float(rng.normal())
        reports = {s: float(rng.normal()) for s in range(1, 1 + rng.randint(1, 6))} if state == "pruned" and i % 7 else {}
        trials.append({"params": params, "state": state, "value": value if state == "finished" else None,
                       "reports": reports})
        kind = {"finished": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "running": TrialState.RUNNING}[state]
        study.add_trial(trial_of(params, kind, value if state == "finished" else None, reports))
    names = list(SPACE)
    values, scores, violations = _get_observation_pairs(study, names, True, False)
    done = sum(s < float("inf") for s, v in scores)
    below_i, above_i = _split_observation_pairs(scores, default_gamma(done), violations)
    config = {k: np.asarray(v, dtype=float) for k, v in values.items()}
    below = _ParzenEstimator({k: v[below_i] for k, v in config.items()}, SPACE, PARAMETERS)
    above = _ParzenEstimator({k: v[above_i] for k, v in config.items()}, SPACE, PARAMETERS)
    samples = below.sample(np.random.RandomState(seed + 1), 24)
    good, bad = below.log_pdf(samples), above.log_pdf(samples)
    return {
        "direction": direction, "trials": trials,
        "below": [int(i) + 1 for i in below_i],
        "weights": above._weights.tolist(),
        "means": {k: above._mus[k].tolist() for k in ("rate", "depth")},
        "widths": {k: above._sigmas[k].tolist() for k in ("rate", "depth")},
        "candidates": [[float(samples[k][i]) for k in names] for i in range(24)],
        "logBest": good.tolist(), "logOthers": bad.tolist(), "chosen": int(np.argmax(good - bad)),
    }


def pruning(pruner, seed, direction, n_trials, n_steps):
    """Trials in turn, each reporting step by step until the pruner stops it."""
    rng = np.random.RandomState(seed)
    study = optuna.create_study(direction=direction, pruner=pruner)
    out = []
    for number in range(n_trials):
        trial = study.ask()
        level, reports, stopped = rng.normal(), [], None
        for step in range(1, n_steps + 1):
            value = float(level * (1 - np.exp(-step / 5)) + 0.1 * rng.normal())
            if number == 7 and step == 4:
                value = float("nan")
            trial.report(value, step)
            reports.append(None if np.isnan(value) else value)
            if trial.should_prune():
                stopped = step
                break
        if stopped is None:
            study.tell(trial, reports[-1])
        else:
            study.tell(trial, state=TrialState.PRUNED)
        out.append({"reports": reports, "stopped": stopped})
    return {"direction": direction, "trials": out}


def main():
    median, asha = optuna.pruners.MedianPruner, optuna.pruners.SuccessiveHalvingPruner
    golden = {
        "optuna": optuna.__version__,
        "tpe": [
            tpe(1, 12, "minimize", ["finished"]),
            tpe(2, 40, "maximize", ["finished", "finished", "pruned", "running"]),
            tpe(3, 300, "minimize", ["finished", "pruned"]),
            tpe(4, 26, "maximize", ["finished", "finished", "running"]),
        ],
        "median": [
            {"startup": 5, "warmup": 0} | pruning(median(5, 0), 11, "minimize", 40, 12),
            {"startup": 2, "warmup": 3} | pruning(median(2, 3), 12, "maximize", 40, 12),
        ],
        "asha": [
            {"minimum": 1, "factor": 4} | pruning(asha(1, 4, 0), 21, "minimize", 60, 20),
            {"minimum": 4, "factor": 3} | pruning(asha(4, 3, 0), 22, "maximize", 60, 40),
        ],
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optuna.json")
    with open(path, "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


main()
