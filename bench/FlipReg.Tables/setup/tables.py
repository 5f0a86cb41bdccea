"""Writes scikit-learn's tables as CSV files: the class first, then numbers. Argument: the folder."""

import csv
import os
import sys

from sklearn import datasets

folder = sys.argv[1]
for name, load in [("digits", datasets.load_digits), ("wine", datasets.load_wine), ("wdbc", datasets.load_breast_cancer)]:
    table = load()
    path = os.path.join(folder, name + ".csv")
    with open(path + ".tmp", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["class"] + [str(slot) for slot in table.feature_names])
        for label, row in zip(table.target, table.data):
            writer.writerow([table.target_names[label]] + [repr(float(value)) for value in row])
    os.replace(path + ".tmp", path)
