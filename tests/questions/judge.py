"""Evaluates the gold of the question entries over a world's truth and judges replies.

Gold kinds: `figure` and `series` demand every value of `expr` in the reply; `either` also takes a question back;
`text` demands a passage of the report; `howto` the numbers and words of a rule; `none` that no figure is given.
A reply is a mapping with `kind` (answer, choice, none, guide), `text` and `figures`.
"""

from __future__ import annotations

import ast
import json
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from storage.catalogue import ROWS_OF

FOLDER = Path(__file__).parent
Value = float | tuple[int, ...]
Ask = Callable[[str, str, str], Mapping[str, Any]]
"""session, question, day of asking (ISO) -> reply."""

_CELL = re.compile(r"\b([tfx]\d?(?:\.[a-z0-9_]+)+)@(\d{4})")
_NUMBER = re.compile(r"(?<![\d.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_ENUMERATOR = re.compile(r"^(?:[一二三四五六七八九十]是|[((][一二三][))])")
_DECLINED = frozenset({"none", "choice", "guide"})
_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Verdict(StrEnum):
    """Wrong is a figure or text given that is not the gold; miss is declining or asking back though answerable."""

    RIGHT = "right"
    WRONG = "wrong"
    MISS = "miss"


def cell(truth: Mapping[str, Any], name: str, year: int) -> Any:
    """What stands in a cell, with the derived ones: 不予公开 and its like as sums of rows, 行政诉讼 as both kinds."""
    report = truth["years"][str(year)]
    table, *rest = name.split(".")
    if table == "t4" and rest[0] == "suits":
        return sum(report["t4"][kind][rest[1]] for kind in ("direct", "after"))
    if table == "t3" and rest[0] in ROWS_OF:
        return sum(report["t3"][row][rest[1]] for row in ROWS_OF[rest[0]])
    found = report[table]
    for part in rest:
        found = found[part]
    return found


def _over_years(truth: Mapping[str, Any], function: str, name: str, first: int, last: int) -> Value:
    by_year = {y: cell(truth, name, y) for y in range(first, last + 1)}
    values = list(by_year.values())
    if function == "avg":
        return sum(values) / len(values)
    if function in ("argmax", "argmin"):
        best = max(values) if function == "argmax" else min(values)
        return tuple(y for y, v in by_year.items() if v == best)
    return float({"sum": sum, "max": max, "min": min}[function](values))


def evaluate(truth: Mapping[str, Any], expression: str) -> Value:
    """The value of a gold expression; for argmax and argmin the years that share the extreme.

    Raises:
        ValueError: the expression holds something other than cells, numbers, + - * / and the known functions.
    """
    source = _CELL.sub(lambda m: f"cell({m[1]!r}, {m[2]})", expression)

    def walk(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](walk(left), walk(right))
            case ast.Call(ast.Name("cell"), [ast.Constant(name), ast.Constant(year)]):
                return cell(truth, name, year)
            case ast.Call(ast.Name("maxof" | "minof" as function), arguments):
                return {"maxof": max, "minof": min}[function](walk(a) for a in arguments)
            case ast.Call(ast.Name(function), [ast.Attribute() as name, ast.Constant(first), ast.Constant(last)]):
                return _over_years(truth, function, ast.unparse(name), first, last)
        raise ValueError(f"not a gold expression: {expression!r}")

    result: Value = walk(ast.parse(source, mode="eval").body)
    return result


def _says(text: str, want: Value) -> bool:
    """Whether a number of the text is `want`: a sign may be left out, a fraction rounded to one or two decimals."""
    if isinstance(want, tuple):
        return any(_says(text, year) for year in want)
    size = abs(want)
    plain = unicodedata.normalize("NFKC", text.replace("，", " "))
    for said in _NUMBER.findall(plain):
        number = float(said.replace(",", ""))
        if abs(number - size) < 1e-9:
            return True
        if "." in said and abs(size - round(size)) > 1e-9 and abs(number - size) <= 0.05 + 1e-9:
            return True
    return False


def _judge_figures(truth: Mapping[str, Any], gold: Mapping[str, Any], kind: str, text: str) -> tuple[Verdict, str]:
    missing = [e for e in gold["expr"] if not _says(text, evaluate(truth, e))]
    if kind == "answer" and not missing:
        return Verdict.RIGHT, ""
    if gold["kind"] == "either" and kind == "choice":
        return Verdict.RIGHT, ""
    wanted = ", ".join(f"{e} = {evaluate(truth, e)}" for e in missing)
    return (Verdict.MISS if kind in _DECLINED else Verdict.WRONG), f"missing {wanted}"


def _judge_text(truth: Mapping[str, Any], gold: Mapping[str, Any], kind: str, text: str) -> tuple[Verdict, str]:
    wanted = gold["contains_any"]
    if not wanted:
        name, year = gold["of"].split("@")
        wanted = [_ENUMERATOR.sub("", unicodedata.normalize("NFKC", cell(truth, name, int(year))))[:8]]
    if kind == "answer" and any(unicodedata.normalize("NFKC", w) in text for w in wanted):
        return Verdict.RIGHT, ""
    return (Verdict.MISS if kind in _DECLINED else Verdict.WRONG), f"wanted one of {wanted}"


def _ways(wanted: str) -> set[str]:
    """A demand as people write it: `a|b` is either, 日 and 天 are the same."""
    ways = set(unicodedata.normalize("NFKC", wanted).split("|"))
    return ways | {w.replace("日", "天") for w in ways} | {w.replace("天", "日") for w in ways}


def _judge_howto(gold: Mapping[str, Any], kind: str, text: str) -> tuple[Verdict, str]:
    flat = re.sub(r"\s", "", text)
    missing = [w for w in gold["contains_all"] if not any(way in flat for way in _ways(w))]
    if kind == "answer" and not missing:
        return Verdict.RIGHT, ""
    return (Verdict.MISS if kind in _DECLINED else Verdict.WRONG), f"missing {missing}"


def judge(truth: Mapping[str, Any], gold: Mapping[str, Any], reply: Mapping[str, Any]) -> tuple[Verdict, str]:
    """The verdict on one reply and why.

    Raises:
        ValueError: the gold is of no known kind.
    """
    kind, raw = str(reply.get("kind", "")), str(reply.get("text", ""))
    text = unicodedata.normalize("NFKC", raw)
    match gold["kind"]:
        case "figure" | "series" | "either":
            return _judge_figures(truth, gold, kind, raw)
        case "text":
            return _judge_text(truth, gold, kind, text)
        case "howto":
            return _judge_howto(gold, kind, text)
        case "none":
            right = kind in _DECLINED or (kind == "answer" and not reply.get("figures"))
            return (Verdict.RIGHT, "") if right else (Verdict.WRONG, f"a figure where there is none: {gold['why']}")
    raise ValueError(f"unknown kind of gold: {gold['kind']}")


def entries(name: str) -> Iterator[dict[str, Any]]:
    """The entries of `open`, `sealed` or `sealed2`."""
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@dataclass
class Score:
    """How many turns went how; `others` lists those not right as (id.turn, question, verdict, why)."""

    counts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    others: list[tuple[str, str, Verdict, str]] = field(default_factory=list)

    def share(self, verdict: Verdict) -> float:
        """The share of all turns, 0 to 1."""
        return self.counts[verdict] / max(1, sum(self.counts.values()))


def score(truth: Mapping[str, Any], asked: Iterable[Mapping[str, Any]], ask: Ask) -> Score:
    """Asks every turn in order, one session an entry, and counts the verdicts."""
    result = Score()
    for entry in asked:
        for number, turn in enumerate(entry["turns"], 1):
            verdict, why = judge(truth, turn["gold"], ask(entry["id"], turn["q"], entry["today"]))
            result.counts[verdict] += 1
            if verdict is not Verdict.RIGHT:
                result.others.append((f"{entry['id']}.{number}", turn["q"], verdict, why))
    return result
