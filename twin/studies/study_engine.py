"""Runs the blocks of a study: in this process, in a pool of processes, or on a Dask cluster.

All three run the same function on the same blocks; only this process writes the store.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Literal

from twin.arrays import Array
from twin.errors import InputError, UsageError
from twin.model.finding import Fault
from twin.studies.study_axes import Study
from twin.studies.study_columns import Topology
from twin.studies.study_plan import Plan
from twin.studies.study_read import Rows, empty_rows
from twin.studies.study_solve import Solver
from twin.studies.study_store import Store

Engine = Literal["inprocess", "processes", "dask"]
ENGINES: tuple[Engine, ...] = ("inprocess", "processes", "dask")
Told = Callable[[int, int], None]
# Blocks that wait for each worker, so that none is idle while the store is written.
AHEAD = 2
# A block in whose company workers died this often is solved by a worker of its own, then given up.
TRIES = 2
DIED = "the process that solved it died: out of memory, or killed"
REACH_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """What a worker needs to know once."""

    study: Study
    first: Topology


def run(plan: Plan, store: Store, blocks: Sequence[int], *, engine: Engine = "inprocess", workers: int = 2,
        scheduler: str | None = None, told: Told = lambda _done, _all: None) -> None:  # fmt: skip
    """Solve blocks and store each as it comes.

    Args:
        plan: The study.
        store: Where results go; it has begun.
        blocks: Blocks to solve.
        engine: Where they are solved.
        workers: Processes of the pool, or of a Dask cluster of our own.
        scheduler: Address of a Dask scheduler, None for a cluster of our own.
        told: Called with blocks done and blocks in all.

    Raises:
        InputError: The scheduler cannot be reached.
        UsageError: The store cannot be written; what is in it stays.
    """
    job = Job(study=plan.study, first=plan.first)
    made: dict[Engine, Callable[[], Iterator[tuple[int, Rows]]]] = {
        "inprocess": lambda: _here(job, plan, blocks),
        "processes": lambda: _pool(job, plan, blocks, workers),
        "dask": lambda: _cluster(job, plan, blocks, workers, scheduler),
    }
    with closing(made[engine]()) as results:  # type: ignore[type-var]
        for done, (block, rows) in enumerate(results, start=1):
            store.put(block, rows)
            told(done, len(blocks))


_SOLVER: dict[str, Solver] = {}


def _begin(job: Job) -> None:
    """Give this process its solver."""
    _SOLVER.clear()
    _SOLVER[job.study.digest] = Solver(job.study, job.first.anew, [job.first])


def solve_block(job: Job | None, digest: str, rows: Array) -> Rows:
    """Return what the variants of a block came to; every engine runs this."""
    if digest not in _SOLVER:
        assert job is not None
        _begin(job)
    return _SOLVER[digest].solve(rows)


def _here(job: Job, plan: Plan, blocks: Sequence[int]) -> Iterator[tuple[int, Rows]]:
    _begin(job)
    for block in blocks:
        yield block, solve_block(None, job.study.digest, plan.rows[plan.rows_of(block)])


def _pool(job: Job, plan: Plan, blocks: Sequence[int], workers: int) -> Iterator[tuple[int, Rows]]:
    """Yield blocks from processes; those that were under way when one died are given to new ones."""
    tries = dict.fromkeys(blocks, 0)
    waiting = list(blocks)
    while waiting:
        suspects = [block for block in waiting if tries[block] >= TRIES]
        if suspects:
            yield suspects[0], _suspect(job, plan, suspects[0])
            waiting.remove(suspects[0])
            continue
        lost: list[int] = []
        for block, rows in _until_broken(job, plan, waiting, workers, lost):
            waiting.remove(block)
            yield block, rows
        for block in lost:
            tries[block] += 1


def _until_broken(
    job: Job, plan: Plan, blocks: Sequence[int], workers: int, lost: list[int]
) -> Iterator[tuple[int, Rows]]:
    """Yield blocks from a pool until all are done or a worker dies; ``lost`` is what was under way."""
    todo = iter(list(blocks))
    digest = job.study.digest
    pool = _new_pool(job, workers)
    under_way: dict[Future[Rows], int] = {}
    try:
        while True:
            try:
                while len(under_way) < AHEAD * workers and (block := next(todo, None)) is not None:
                    under_way[pool.submit(solve_block, None, digest, plan.rows[plan.rows_of(block)])] = block
                if not under_way:
                    return
                ready, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in ready:
                    rows = future.result()
                    yield under_way.pop(future), rows
            except BrokenProcessPool:
                lost += under_way.values()
                return
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _new_pool(job: Job, workers: int) -> ProcessPoolExecutor:
    # A forked process would share open stages and the threads of numpy.
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin, (job,))


def _suspect(job: Job, plan: Plan, block: int) -> Rows:
    """Return a block solved by a process of its own; its variants failed where that dies, too."""
    rows = plan.rows[plan.rows_of(block)]
    try:
        with _new_pool(job, 1) as pool:
            return pool.submit(solve_block, None, job.study.digest, rows).result()
    except BrokenProcessPool:
        return replace(empty_rows(job.study, len(rows)), reasons=dict.fromkeys(range(len(rows)), DIED))


def _cluster(
    job: Job, plan: Plan, blocks: Sequence[int], workers: int, scheduler: str | None
) -> Iterator[tuple[int, Rows]]:
    """Yield blocks from a Dask cluster, in the order in which they are done.

    Raises:
        InputError: The scheduler cannot be reached.
        UsageError: The extra is not installed.
    """
    try:
        from distributed import as_completed
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise UsageError("a Dask cluster needs the extra, facility-twin[dask]") from None
    with closing(_client(scheduler, workers)) as client:
        given = client.scatter(job, broadcast=True, hash=False)
        todo = iter(blocks)
        size = AHEAD * max(len(client.scheduler_info()["workers"]), 1)
        under_way: dict[Any, int] = {}

        def more() -> Any:
            block = next(todo, None)
            if block is None:
                return None
            rows = plan.rows[plan.rows_of(block)]
            future = client.submit(solve_block, given, job.study.digest, rows, pure=False)
            under_way[future] = block
            return future

        queue = as_completed([future for _ in range(size) if (future := more()) is not None])
        for future in queue:
            block = under_way.pop(future)
            try:
                rows = future.result()
            except KilledWorker:
                count = len(plan.rows[plan.rows_of(block)])
                rows = replace(empty_rows(job.study, count), reasons=dict.fromkeys(range(count), DIED))
            yield block, rows
            if (following := more()) is not None:
                queue.add(following)


def _client(scheduler: str | None, workers: int) -> Any:
    """Return a client of a cluster at an address, or of a new one on this machine.

    Raises:
        InputError: The scheduler cannot be reached.
    """
    from distributed import Client

    if scheduler is None:
        return Client(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    try:
        return Client(scheduler, timeout=REACH_S)
    except (OSError, TimeoutError, ValueError) as reason:
        fault = Fault(
            code="ST251", prim="", attribute="--scheduler", where="", found=f"{scheduler}: {reason}",
            expected="a scheduler that answers, like tcp://host:8786",
        )  # fmt: skip
        raise InputError([fault]) from None
