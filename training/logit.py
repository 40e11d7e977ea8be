"""Two small fits: a conditional logit over candidates, and a weighted logistic regression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Matrix = NDArray[np.float64]


def conditional_logit(choices: Sequence[tuple[Matrix, Matrix]], l2: float = 0.5) -> Matrix:
    """Weights that make the right candidates probable among those at hand (McFadden 1974).

    Each choice is (features of shape (candidates, d), 0/1 rightness of shape (candidates,)) with at
    least one right candidate. ``l2`` is the ridge penalty.
    """
    dimension = choices[0][0].shape[1]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        value, gradient = l2 * float(weights @ weights) / 2, l2 * weights
        for features, right in choices:
            scores = features @ weights
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            hit = float(chances @ right)
            value -= float(np.log(hit + 1e-12))
            gradient = gradient - features.T @ (chances * right / (hit + 1e-12) - chances)
        return value, gradient

    return np.asarray(minimize(loss, np.zeros(dimension), jac=True, method="L-BFGS-B").x)


def logistic(features: Matrix, labels: Matrix, importance: Matrix, l2: float = 1.0) -> Matrix:
    """Logistic regression weights; the last feature is the intercept and is not penalised."""
    ridge = np.full(features.shape[1], l2)
    ridge[-1] = 0.0

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        logits = features @ weights
        value = importance @ (np.logaddexp(0, logits) - labels * logits)
        gradient = features.T @ (importance * (1 / (1 + np.exp(-logits)) - labels))
        return float(value + (ridge * weights) @ weights / 2), gradient + ridge * weights

    return np.asarray(minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x)


def auroc(scores: Matrix, labels: Matrix) -> float:
    """Area under the ROC curve: how often a positive scores above a negative."""
    positives, negatives = scores[labels == 1], scores[labels == 0]
    if not len(positives) or not len(negatives):
        return float("nan")
    above = (positives[:, None] > negatives).mean() + (positives[:, None] == negatives).mean() / 2
    return float(above)
