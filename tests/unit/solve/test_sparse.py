"""The sparse solver against scipy, and the laws that any order of elimination obeys."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csc_array
from scipy.sparse.linalg import spsolve

from twin.arrays import Array, Index
from twin.errors import ConvergenceError
from twin.solve.sparse import Factor, Plan, analyse, factorise, pivoted

Values = NDArray[Any]
EMPTY = np.empty(0, np.intp)


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    """Turn every warning into an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@dataclass(frozen=True)
class Graph:
    """A pattern: number of rows and the two ends of each edge."""

    size: int
    a: Index
    b: Index


@dataclass(frozen=True)
class System:
    """Triplets of a matrix for each variant."""

    size: int
    rows: Index
    cols: Index
    triplets: Values

    def matrix(self, variant: int) -> csc_array:
        """Return the matrix of one variant."""
        return csc_array((self.triplets[:, variant], (self.rows, self.cols)), (self.size, self.size))

    def only(self, variant: int) -> "System":
        """Return the system of one variant."""
        return replace(self, triplets=self.triplets[:, variant : variant + 1])


def chain(size: int) -> Graph:
    """Return one long line."""
    return Graph(size, np.arange(size - 1), np.arange(1, size))


def star(size: int) -> Graph:
    """Return one hub with all others around it."""
    return Graph(size, np.zeros(size - 1, np.intp), np.arange(1, size))


def ring(size: int) -> Graph:
    """Return a closed loop."""
    return Graph(size, np.arange(size), np.roll(np.arange(size), -1))


def grid(width: int) -> Graph:
    """Return a square of nodes tied to their four neighbours."""
    node = np.arange(width * width).reshape(width, width)
    a = np.concatenate([node[1:].ravel(), node[:, 1:].ravel()])
    b = np.concatenate([node[:-1].ravel(), node[:, :-1].ravel()])
    return Graph(node.size, a, b)


def complete(size: int) -> Graph:
    """Return every node tied to every other."""
    a, b = np.triu_indices(size, 1)
    return Graph(size, a, b)


def forest(size: int, seed: int) -> Graph:
    """Return random trees with some loops, repeated edges, self pairs and lone nodes, in shuffled numbers."""
    rng = np.random.default_rng(seed)
    child = np.arange(1, size)
    parent = (rng.random(size - 1) * child).astype(np.intp)
    kept = rng.random(size - 1) < 0.9
    extra = rng.integers(0, size, (2, size // 20))
    extra[:, 0] = 0
    a = np.concatenate([child[kept], extra[0], parent[kept][:5]])
    b = np.concatenate([parent[kept], extra[1], child[kept][:5]])
    number = rng.permutation(size)
    return Graph(size, number[a], number[b])


GRAPHS = {
    "nothing but lone rows": Graph(7, EMPTY, EMPTY),
    "one row": Graph(1, EMPTY, EMPTY),
    "pair": chain(2),
    "chain": chain(300),
    "ring": ring(57),
    "star": star(90),
    "grid": grid(14),
    "complete": complete(30),
    "forest": forest(500, seed=3),
    "another forest": forest(2000, seed=4),
}
KINDS = ("symmetric", "upwind", "complex symmetric", "complex")


def system(graph: Graph, kind: str, variants: int = 3, seed: int = 5) -> System:
    """Return a conductance, an upwind transport or a nodal admittance matrix, weakly tied to ground."""
    rng = np.random.default_rng(seed)
    shape = (graph.a.size, variants)
    forth: Values = rng.uniform(0.1, 10.0, shape)
    if kind.startswith("complex"):
        forth = forth * np.exp(-1j * rng.uniform(0.1, 1.3, shape))
    back = forth if kind.endswith("symmetric") else forth * rng.uniform(0.0, 1.0, shape)
    ground = rng.uniform(0.01, 0.1, (graph.size, variants))
    every = np.arange(graph.size)
    rows = np.concatenate([graph.a, graph.b, graph.a, graph.b, every])
    cols = np.concatenate([graph.b, graph.a, graph.a, graph.b, every])
    return System(graph.size, rows, cols, np.concatenate([-forth, -back, forth, back, ground]))


def factor(plan: Plan, given: System) -> Factor:
    """Return the factors of a system."""
    diagonal, off = plan.assembly(given.rows, given.cols).values(given.triplets)
    return factorise(plan, diagonal, off, name=lambda row: f"/Node{row}", what="continuity")


def right_side(*shape: int) -> Array:
    """Return a random right-hand side."""
    return np.random.default_rng(11).normal(size=shape)


def assert_close(found: Values, expected: Values, share: float = 1e-10) -> None:
    """Hold two solutions to a share of the greatest value."""
    assert np.abs(found - expected).max() <= share * np.abs(expected).max()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS.keys())
def test_every_variant_gets_the_solution_of_its_own_matrix(graph: Graph, kind: str) -> None:
    given = system(graph, kind)
    right = right_side(graph.size, 3)
    found = factor(analyse(graph.size, graph.a, graph.b), given).solve(right)
    assert found.shape == right.shape
    for variant in range(3):
        expected = spsolve(given.matrix(variant), right[:, variant].astype(found.dtype))
        assert_close(found[:, variant], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_many_right_sides_are_solved_as_one_by_one(kind: str) -> None:
    graph = forest(300, seed=8)
    factors = factor(analyse(graph.size, graph.a, graph.b), system(graph, kind))
    right = right_side(graph.size, 3, 5)
    together = factors.solve(right)
    assert together.shape == right.shape
    for side in range(5):
        assert_close(together[:, :, side], factors.solve(right[:, :, side]), 1e-14)


def test_a_complex_right_side_of_a_real_matrix_is_solved_part_by_part() -> None:
    graph = forest(200, seed=9)
    factors = factor(analyse(graph.size, graph.a, graph.b), system(graph, "upwind"))
    real, imaginary = right_side(graph.size, 3, 2).transpose(2, 0, 1)
    expected = factors.solve(real) + 1j * factors.solve(imaginary)
    assert_close(factors.solve(real + 1j * imaginary), expected, 1e-13)


def test_solving_leaves_what_was_given_untouched() -> None:
    graph = grid(6)
    plan, given, right = analyse(graph.size, graph.a, graph.b), system(graph, "upwind"), right_side(36, 3)
    diagonal, off = plan.assembly(given.rows, given.cols).values(given.triplets)
    before = diagonal.copy(), off.copy(), right.copy()
    factorise(plan, diagonal, off, name=str, what="continuity").solve(right)
    for now, then in zip((diagonal, off, right), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_variant_does_not_see_the_others() -> None:
    graph = forest(300, seed=2)
    plan, given, right = analyse(graph.size, graph.a, graph.b), system(graph, "upwind", 4), right_side(300, 4)
    together = factor(plan, given).solve(right)
    for variant in range(4):
        alone = factor(plan, given.only(variant)).solve(right[:, [variant]])
        assert_close(together[:, [variant]], alone, 1e-14)


def test_a_long_chain_is_eliminated_in_few_rounds() -> None:
    graph = chain(10_000)
    plan = analyse(graph.size, graph.a, graph.b)
    given = system(graph, "symmetric", 1)
    right = right_side(graph.size, 1)
    expected = spsolve(given.matrix(0), right[:, 0])
    assert plan.rounds <= 40
    assert plan.pairs < 2 * graph.size
    assert_close(factor(plan, given).solve(right)[:, 0], expected)


def test_a_tree_has_no_more_rounds_than_its_islands_have_alone() -> None:
    one = forest(400, seed=6)
    shift = one.size * np.arange(20)[:, None]
    many = analyse(20 * one.size, (one.a + shift).ravel(), (one.b + shift).ravel())
    assert many.rounds <= 2 * analyse(one.size, one.a, one.b).rounds


def test_a_star_fills_nothing() -> None:
    graph = star(1000)
    plan = analyse(graph.size, graph.a, graph.b)
    assert (plan.pairs, plan.rounds) == (999, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_numbering_the_rows_otherwise_changes_nothing(kind: str) -> None:
    graph = forest(400, seed=1)
    given, right = system(graph, kind), right_side(400, 3)
    number = np.random.default_rng(12).permutation(graph.size)
    moved = System(graph.size, number[given.rows], number[given.cols], given.triplets)
    plain = factor(analyse(graph.size, graph.a, graph.b), given).solve(right)
    shuffled = np.empty_like(right)
    shuffled[number] = right
    found = factor(analyse(graph.size, number[graph.b], number[graph.a]), moved).solve(shuffled)
    assert_close(found[number], plain, 1e-12)


def test_the_plan_depends_on_the_pattern_alone() -> None:
    graph = forest(600, seed=7)
    first = analyse(graph.size, graph.a, graph.b)
    shuffle = np.random.default_rng(1).permutation(graph.a.size)
    again = analyse(
        graph.size,
        np.concatenate([graph.b[shuffle], graph.a]),
        np.concatenate([graph.a[shuffle], graph.b]),
    )
    for name in ("order", "place", "keys", "ranks"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert [step.pairs for step in first.steps] == [step.pairs for step in again.steps]


def test_the_plan_cannot_be_written_to() -> None:
    plan = analyse(3, np.array([0, 1]), np.array([1, 2]))
    with pytest.raises(ValueError, match="read-only"):
        plan.order[0] = 2


def test_the_entries_that_were_assembled_are_the_matrix() -> None:
    graph = forest(80, seed=10)
    plan, given = analyse(graph.size, graph.a, graph.b), system(graph, "complex", 2)
    diagonal, off = plan.assembly(given.rows, given.cols).values(given.triplets)
    dense = given.matrix(1).toarray()
    rows, cols = np.nonzero(~np.eye(graph.size, dtype=bool) & (dense != 0))
    assert_close(diagonal[:, 1], dense.diagonal(), 1e-14)
    assert_close(off[plan.slots(rows, cols), 1], dense[rows, cols], 1e-14)
    assert np.count_nonzero(off[:, 1]) == rows.size


def test_each_directed_entry_has_a_slot_of_its_own() -> None:
    graph = complete(9)
    plan = analyse(graph.size, graph.a, graph.b)
    rows, cols = np.nonzero(np.ones((9, 9)))
    slots = plan.slots(rows, cols)
    np.testing.assert_array_equal(slots[rows == cols], -1)
    np.testing.assert_array_equal(np.sort(slots[rows != cols]), np.arange(2 * plan.pairs))


def test_a_system_without_rows_has_an_empty_solution() -> None:
    plan = analyse(0, EMPTY, EMPTY)
    nothing = np.empty((0, 4))
    assert factorise(plan, nothing, nothing, name=str, what="continuity").solve(nothing).shape == (0, 4)


@pytest.mark.parametrize("decades", [0, 4, 8, 12])
@pytest.mark.parametrize("seed", range(10))
def test_an_island_that_nothing_ties_down_is_named(decades: int, seed: int) -> None:
    tied, loose = ring(40), forest(60, seed)
    rng = np.random.default_rng(seed)
    a, b = np.concatenate([tied.a, loose.a + tied.size]), np.concatenate([tied.b, loose.b + tied.size])
    given = system(Graph(100, a, b), "symmetric", 2)
    conductance = 10.0 ** rng.uniform(-decades / 2, decades / 2, (a.size, 2))
    ground = np.repeat([[1.0], [0.0]], [tied.size, loose.size], axis=0) * np.ones(2)
    triplets = np.concatenate([-conductance, -conductance, conductance, conductance, ground])
    with pytest.raises(ConvergenceError, match="continuity has no unique solution at /Node") as refusal:
        factor(analyse(100, a, b), replace(given, triplets=triplets))
    assert int(refusal.value.component.removeprefix("/Node")) in range(tied.size, 100)
    assert refusal.value.equation == "continuity"


@pytest.mark.parametrize("kind", ["symmetric", "complex symmetric"])
def test_a_weak_tie_to_ground_is_enough(kind: str) -> None:
    graph = ring(40)
    given = system(graph, kind, 1)
    given.triplets[-40:] = 0.0
    given.triplets[-1] = tie = 1e-9
    right = right_side(40, 1)
    found = factor(analyse(40, graph.a, graph.b), given).solve(right)
    assert abs(found[39, 0] * tie - right.sum()) <= 1e-5 * abs(right.sum())


@pytest.mark.parametrize("spoilt", [0.0, np.nan, np.inf])
def test_a_row_without_a_usable_diagonal_is_named_with_its_variant(spoilt: float) -> None:
    plan = analyse(4, np.array([0]), np.array([1]))
    diagonal = np.full((4, 3), 2.0)
    diagonal[2, 1] = spoilt
    with pytest.raises(ConvergenceError, match="/Node2"):
        factorise(plan, diagonal, np.full((2, 3), -1.0), name=lambda row: f"/Node{row}", what="continuity")


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
def test_an_entry_that_is_no_number_is_refused(spoilt: float) -> None:
    graph = chain(5)
    plan = analyse(graph.size, graph.a, graph.b)
    off = np.full((2 * plan.pairs, 1), -1.0)
    off[plan.slots(np.array([1]), np.array([2]))] = spoilt
    with pytest.raises(ConvergenceError, match="no unique solution"):
        factorise(plan, np.full((5, 1), 3.0), off, name=str, what="continuity")


@pytest.mark.parametrize(("row", "col"), [(0, 3), (3, 0), (0, 2)])
def test_an_entry_outside_the_pattern_is_refused(row: int, col: int) -> None:
    plan = analyse(4, np.array([1, 2]), np.array([0, 3]))
    with pytest.raises(ValueError, match="outside the pattern"):
        plan.assembly(np.array([row]), np.array([col]))


@pytest.mark.parametrize(("row", "col"), [(0, 4), (-1, 0), (4, 4)])
def test_an_entry_outside_the_matrix_is_refused(row: int, col: int) -> None:
    with pytest.raises(ValueError, match="outside a matrix of 4 rows"):
        analyse(4, np.array([row]), np.array([col]))
    with pytest.raises(ValueError, match="outside a matrix of 4 rows"):
        analyse(4, np.array([0]), np.array([1])).assembly(np.array([row]), np.array([col]))


@pytest.mark.parametrize("graph", [chain(40), star(12), ring(17), grid(6), complete(9)])
def test_the_diagonal_of_the_inverse_is_what_unit_vectors_give(graph: Graph) -> None:
    rng = np.random.default_rng(graph.size)
    plan = analyse(graph.size, graph.a, graph.b, symmetric=True)
    off = rng.random((graph.a.size, 3)) + 1j * rng.random((graph.a.size, 3))
    own = rng.random((graph.size, 3)) + 4.0 * graph.size
    each = np.arange(graph.size)
    where = np.concatenate([each, graph.a]), np.concatenate([each, graph.b])
    diagonal, rest = plan.assembly(*where).values(np.concatenate([own + 0j, off]))
    factor = factorise(plan, diagonal, rest, name=str, what="test")
    right = np.zeros((graph.size, 3, graph.size), complex)
    right[each, :, each] = 1.0
    expected = factor.solve(right)[each, :, each]
    np.testing.assert_allclose(factor.inverse_diagonal(), expected, rtol=1e-12)


def test_the_diagonal_of_the_inverse_is_refused_where_halves_differ() -> None:
    plan = analyse(3, np.array([0, 1]), np.array([1, 2]))
    factor = factorise(plan, np.full((3, 1), 4.0), np.ones((4, 1)), name=str, what="test")
    with pytest.raises(ValueError, match="symmetric"):
        factor.inverse_diagonal()


@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_a_pivoted_matrix_is_solved_and_tells_the_sign_of_its_determinant(size: int) -> None:
    """A zero diagonal is no obstacle; the sign is that of the dense determinant."""
    rng = np.random.default_rng(size)
    for _ in range(5):
        dense = rng.normal(size=(size, size)) * (rng.random((size, size)) < 0.6)
        dense += 2.0 * np.roll(np.eye(size), 1, axis=1)
        found, wanted = pivoted(csc_array(dense)), rng.normal(size=size)
        if abs(np.linalg.det(dense)) < 1e-6:
            continue
        assert found is not None
        assert found.sign == np.sign(np.linalg.det(dense))
        np.testing.assert_allclose(found.solve(dense @ wanted), wanted, rtol=1e-8, atol=1e-8)


def test_a_singular_matrix_has_no_pivoted_factors() -> None:
    assert pivoted(csc_array(np.array([[1.0, 2.0], [2.0, 4.0]]))) is None
    assert pivoted(csc_array(np.array([[1.0, 0.0], [0.0, 0.0]]))) is None
