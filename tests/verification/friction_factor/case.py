"""Friction factors of ``fluids`` against ours."""

import csv
from pathlib import Path

import numpy as np

from twin.laws.friction import darcy_factor
from twin.reports.verify import Row


def rows() -> list[Row]:
    """Return one row per point of ``data.csv``."""
    with (Path(__file__).parent / "data.csv").open(encoding="utf-8", newline="") as file:
        points = [[float(cell) for cell in line.values()] for line in csv.DictReader(file)]
    reynolds, roughness, published = np.array(points).T
    ours = darcy_factor(reynolds, roughness)
    return [
        Row(
            quantity=f"f at Re {re:.3g}, roughness {rough:g}",
            reference=float(reference),
            ours=float(computed),
            unit="",
            tolerance=1e-7,
            relative=True,
        )
        for re, rough, reference, computed in zip(reynolds, roughness, published, ours, strict=True)
    ]
