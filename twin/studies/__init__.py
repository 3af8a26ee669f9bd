"""Studies: many runs of the solvers for one question, each a result that is printed or adopted."""
