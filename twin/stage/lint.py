"""Lint."""
def lint_stage(stage, faults): pass
def lint_layers(stage, faults): pass
