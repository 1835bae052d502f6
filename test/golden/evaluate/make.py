"""Golden scores by scikit-learn: python make.py > scores.json. Also: python make.py rows.json prints the scores of those rows."""

import json
import sys

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score


def scores(classes, labels, predictions, probabilities):
    names = list(range(len(classes)))
    y, p, q = np.array(labels), np.array(predictions), np.array(probabilities, dtype=np.float32)
    precision, recall, f1, support = precision_recall_fscore_support(y, p, labels=names, zero_division=0)
    mean = lambda how: [float(v) for v in precision_recall_fscore_support(y, p, average=how, zero_division=0)[:3]]
    return {
        "accuracy": float(accuracy_score(y, p)),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "macro": mean("macro"),
        "weighted": mean("weighted"),
        "counts": confusion_matrix(y, p, labels=names).tolist(),
        "share": confusion_matrix(y, p, labels=names, normalize="true").tolist(),
        "auc": [float(roc_auc_score(y == c, q[:, c])) if 0 < (y == c).sum() < len(y) else None for c in names],
    }


def case(seed, classes, n, ties, absent):
    """`absent` classes are never a label; the first of them is never predicted either. `ties`: probabilities in steps of 1/8."""
    rng = np.random.default_rng(seed)
    k = len(classes)
    present = [c for c in range(k) if c not in absent]
    y = rng.choice(present, n)
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), y] += 1.2
    if absent:
        logits[:, absent[0]] -= 50
    q = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    q = (np.round(q * 8) / 8 if ties else q).astype(np.float32)
    p = q.argmax(1)
    rows = {"classes": classes, "labels": y.tolist(), "predictions": p.tolist(), "probabilities": q.tolist()}
    return {**rows, "expected": scores(**rows)}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        json.dump([scores(**json.load(open(file))) for file in sys.argv[1:]], sys.stdout)
    else:
        kather = ["BACK", "NORM", "DEB", "TUM", "ADI", "MUC", "MUS", "STR", "LYM"]
        cases = {
            "two classes": case(1, ["negative", "positive"], 60, False, []),
            "nine classes, two of them absent": case(2, kather, 120, False, [4, 7]),
            "many ties": case(3, ["a", "b", "c"], 90, True, []),
            "one label only": case(4, ["a", "b", "c"], 20, False, [0, 2]),
        }
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in cases.items())
        print(f'{{"scikit-learn": "{sklearn.__version__}", "cases": {{\n{lines}\n}}}}')
