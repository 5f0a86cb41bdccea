#!/usr/bin/env python3
"""Writes labelissues.json: five tables with labels that were made wrong, and what confident learning finds in them.

Confident learning is written here from its paper (Northcutt, Jiang and Chuang, JAIR 70, 2021): thresholds per class (eq. 2), confident joint (eq. 1),
joint distribution (eq. 3), prune by noise rate; rows are ranked by the margin max p[other] - p[given]. Probabilities are out of fold, by five stratified
folds, of two models of scikit-learn: logistic regression, and a multilayer perceptron of two hidden layers of 128, both on standard scores.
Needs NumPy and scikit-learn (1.2.1 wrote the file). Tables: iris and digits of examples/data; three that are drawn here, waveform by the formulas of
Breiman et al. (1984).

    python3 confident_learning.py    (in this folder)
"""
import csv
import json
import pathlib

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent
RATE = 0.2


def read(name):
    with open(HERE / "../../../examples/data" / name, newline="") as file:
        rows = list(csv.reader(file))[1:]
    names = list(dict.fromkeys(row[-1] for row in rows))
    return np.array([[float(v) for v in row[:-1]] for row in rows]), np.array([names.index(row[-1]) for row in rows])


def waveform(rng, rows):
    t = np.arange(1, 22)
    h = [np.maximum(6 - np.abs(t - center), 0) for center in (11, 15, 7)]
    pairs = [(0, 1), (0, 2), (1, 2)]
    y = rng.integers(0, 3, rows)
    u = rng.random((rows, 1))
    x = np.stack([u[i] * h[pairs[k][0]] + (1 - u[i]) * h[pairs[k][1]] for i, k in enumerate(y)])
    return np.round(x + rng.standard_normal(x.shape), 2), y


def spirals(rng, rows):
    y = rng.integers(0, 2, rows)
    r = rng.random(rows) * 1.5 + 0.1
    angle = 2 * np.pi * r + np.pi * y
    x = np.stack([r * np.cos(angle), r * np.sin(angle)], 1)
    return np.round(x + 0.05 * rng.standard_normal(x.shape), 3), y


def clusters(seed, rows):
    x, y = make_classification(rows, 8, n_informative=6, n_redundant=0, n_classes=4, n_clusters_per_class=1, class_sep=1.5, flip_y=0, random_state=seed)
    return np.round(x, 2), y


def corrupt(rng, y, classes):
    """Exactly the share RATE of the rows, each to another class."""
    noisy = y.copy()
    rows = rng.choice(len(y), round(RATE * len(y)), replace=False)
    noisy[rows] = (y[rows] + rng.integers(1, classes, len(rows))) % classes
    return noisy


def confident_learning(p, s):
    n, k = p.shape
    t = np.array([p[s == j, j].mean() for j in range(k)])
    counts = np.zeros((k, k))
    for i in range(n):
        above = np.where(p[i] >= t - 1e-6, p[i], -1)
        if above.max() >= 0:
            counts[s[i], above.argmax()] += 1
    given = np.bincount(s, minlength=k)
    joint = np.zeros((k, k))
    for i in range(k):
        joint[i] = (counts[i] / counts[i].sum() if counts[i].sum() else np.eye(k)[i]) * given[i] / n
    pruned = np.zeros(n, bool)
    for i in range(k):
        for j in range(k):
            count = int(np.floor(n * joint[i, j] + 0.5))
            if i == j or count == 0:
                continue
            rows = np.flatnonzero(s == i)
            margin = p[rows, j] - p[rows, i]
            order = np.argsort(-margin, kind="stable")
            order = order[margin[order] > 0][:count]
            pruned[rows[order]] = True
    other = p.copy()
    other[np.arange(n), s] = -1
    score = (1 - (p[np.arange(n), s] - other.max(1))) / 2
    return t, counts, joint, pruned, score


def main():
    rng = np.random.default_rng(10)
    tables = {"iris": read("iris.csv"), "digits": read("digits.csv"), "waveform": waveform(rng, 500), "spirals": spirals(rng, 400), "clusters": clusters(3, 500)}
    result = {}
    for name, (x, y) in tables.items():
        classes = int(y.max()) + 1
        noisy = corrupt(rng, y, classes)
        folds = StratifiedKFold(5, shuffle=True, random_state=1)
        models = {
            "logistic": LogisticRegression(max_iter=2000),
            "perceptron": MLPClassifier((128, 128), random_state=1, max_iter=200, early_stopping=True, n_iter_no_change=20),
        }
        entry = {"labels": noisy.tolist(), "true": y.tolist()}
        if name not in ("iris", "digits"):
            entry["features"] = x.tolist()
        entry["average_precision"] = {}
        for kind, model in models.items():
            # Rounded before anything is made of them: the file has all that the results follow from.
            p = np.round(cross_val_predict(make_pipeline(StandardScaler(), model), x, noisy, cv=folds, method="predict_proba"), 4)
            t, counts, joint, pruned, score = confident_learning(p, noisy)
            wrong = noisy != y
            entry["average_precision"][kind] = round(float(average_precision_score(wrong, score)), 4)
            print(f"{name:9} {kind:10} AP {entry['average_precision'][kind]:.4f}, pruned {pruned.sum()} of {wrong.sum()} wrong, precision {(pruned & wrong).sum() / max(1, pruned.sum()):.3f}")
            if kind == "logistic" and name != "digits":
                entry["probabilities"] = p.tolist()
                entry["thresholds"] = t.tolist()
                entry["confident_joint"] = counts.tolist()
                entry["joint"] = joint.tolist()
                entry["pruned"] = np.flatnonzero(pruned).tolist()
        result[name] = entry
    with open(HERE / "labelissues.json", "w") as file:
        json.dump(result, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
