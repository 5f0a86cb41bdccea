#!/usr/bin/python3
"""Optuna on the objective of the bench: storage URL, trials, reports a trial. Prints seconds."""
import sys
import time
import warnings

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def main():
    url, trials, reports = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sampler = optuna.samplers.TPESampler(seed=1, multivariate=True, constant_liar=True)
    study = optuna.create_study(storage=url, direction="maximize", sampler=sampler, pruner=optuna.pruners.NopPruner())

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        y = trial.suggest_float("y", 1e-4, 1, log=True)
        n = trial.suggest_int("n", 1, 9)
        kind = trial.suggest_categorical("kind", ["a", "b", "c"])
        for step in range(1, reports + 1):
            trial.report(x * step, step)
            trial.should_prune()
        return -(x - 0.3) ** 2 - (y - 0.01) ** 2 + n / 100 + (kind == "b")

    start = time.perf_counter()
    study.optimize(objective, n_trials=trials)
    print(f"{time.perf_counter() - start:.3f}")


main()
