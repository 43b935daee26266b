r"""LaTeX of a formula, from its syntax tree: what a reader sees is what the build computed.

`C_in` becomes a letter with an index, `x[i - u]` an element, `k_[l]` the index of a sequence, `//` a floor, a generator
in `sum`, `prod` or `max` a sign with its limits, `… if … else …` a choice of cases. A line break of the source that is
outside all brackets of the formula breaks the line on the page.
"""

import ast
import html.entities
import unicodedata
from collections.abc import Callable, Sequence

from scripts.site.expressions import Equation, equations

ADD, MULTIPLY, NEGATE, DIVIDE, POWER, ATOM = range(1, 7)  # how tightly an operation binds
SIGNS = {ast.Eq: "=", ast.NotEq: r"\ne", ast.Lt: "<", ast.LtE: r"\le", ast.Gt: ">", ast.GtE: r"\ge",
         ast.And: r"\text{ and }", ast.Or: r"\text{ or }"}  # fmt: skip
FENCES = {"ceil": (r"\lceil", r"\rceil"), "floor": (r"\lfloor", r"\rfloor"), "abs": ("|", "|"),
          "norm": (r"\lVert", r"\rVert")}  # fmt: skip
SERIES = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
BREAK = r" \\ &\quad "
ACCENTS = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0303": r"\tilde"}
THIN = r" \, "


def latex(text: str, *, display: bool = True) -> str:
    """LaTeX of a formula's equations, one a line; in a sentence (`display=False`) quotients are slanted.

    Raises:
        ValueError: for what is not Python, or what a formula cannot hold.
    """
    rows = [_equation(equation, display) for equation in equations(text)]
    if not display:
        return r", \quad ".join(r" = ".join(row) for row in rows)
    if len(rows) == 1 and BREAK not in "".join(rows[0]):
        return " = ".join(rows[0])
    lines = [f"{row[0]} &= " + r" \\ &= ".join(row[1:]) if row[1:] else f"&{row[0]}" for row in rows]
    return r"\begin{aligned}" + "\n" + " \\\\[0.4em]\n".join(lines) + "\n" + r"\end{aligned}"


def expression(node: ast.expr, *, display: bool = True) -> str:
    """LaTeX of one expression in a line of its own."""
    writer = _Writer(display)
    return writer._tight(lambda: writer.write(node))


def _equation(equation: Equation, display: bool) -> list[str]:
    return [_Writer(display).write(side) for side in equation.sides]


def letter(name: str) -> str:
    r"""LaTeX of a letter: C_in → ``C_{\mathrm{in}}``, k_H → ``k_{H}``, σ → ``\sigma``, MACs → ``\mathrm{MACs}``."""
    head, _, below = name.partition("_")
    head = _word(head)
    return f"{head}_{{{_word(below)}}}" if below else head


def _word(word: str) -> str:
    if len(word) > 1 and not word.isdigit():
        return rf"\mathrm{{{word}}}"
    if len(word) == 1 and len(parts := unicodedata.normalize("NFD", word)) == 2 and parts[1] in ACCENTS:
        return rf"{ACCENTS[parts[1]]}{{{parts[0]}}}"
    named = html.entities.codepoint2name.get(ord(word)) if len(word) == 1 and ord(word) > 127 else None
    return f"\\{named}" if named else word


class _Writer:
    """Writes one expression. `display` says whether quotients stand as fractions, `loose` whether a line may break."""

    def __init__(self, display: bool):
        self.display = display
        self.loose = display

    def write(self, node: ast.expr, level: int = 0) -> str:
        """LaTeX of a node, in brackets where it binds less tightly than its place asks for."""
        match node:
            case ast.Constant(value=number):
                return _number(number)
            case ast.Name(id=name):
                return letter(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._wrapped(lambda: f"-{self.write(operand, MULTIPLY)}", level > MULTIPLY)
            case ast.BinOp():
                return self._binary(node, level)
            case ast.Subscript():
                return self._element(node)
            case ast.Compare() | ast.BoolOp():
                return self._condition(node)
            case ast.IfExp():
                return self._cases(node)
            case ast.Attribute(value=matrix, attr="T"):
                return rf"{self.write(matrix, ATOM)}^{{\mathsf T}}"
            case ast.Call():
                return self._call(node, level)
        raise ValueError(f"a formula cannot hold {ast.unparse(node)!r}")

    def _condition(self, node: ast.Compare | ast.BoolOp) -> str:
        if isinstance(node, ast.BoolOp):
            return SIGNS[type(node.op)].join(self.write(value) for value in node.values)
        pairs = zip(node.ops, node.comparators, strict=True)
        return self.write(node.left) + "".join(f" {SIGNS[type(op)]} {self.write(right)}" for op, right in pairs)

    def _binary(self, node: ast.BinOp, level: int) -> str:
        left, right = node.left, node.right
        match node.op:
            case ast.Add() | ast.Sub():
                return self._wrapped(lambda: self._joined(node), level > ADD)
            case ast.Mult():
                return self._wrapped(lambda: self._product(node), level > MULTIPLY)
            case ast.MatMult():
                return self._wrapped(
                    lambda: rf"{self.write(left, MULTIPLY)} \, {self.write(right, DIVIDE)}", level > MULTIPLY
                )
            case ast.Mod():
                return self._wrapped(
                    lambda: rf"{self.write(left, DIVIDE)} \bmod {self.write(right, DIVIDE)}", level > 0
                )
            case ast.Div():
                return self._quotient(left, right, level)
            case ast.FloorDiv():
                return self._between(r"\lfloor", lambda: self._quotient(left, right, 0), r"\rfloor")
            case ast.Pow():
                return f"{self.write(left, ATOM)}^{{{self._small(right)}}}"
        raise ValueError(f"a formula cannot hold {ast.unparse(node)!r}")

    def _joined(self, node: ast.BinOp) -> str:
        """A sum or difference; a sum sign on the left would swallow what follows, so it gets brackets."""
        sign, least = ("+", ADD) if isinstance(node.op, ast.Add) else ("-", MULTIPLY)
        left = self._wrapped(lambda: self.write(node.left, ADD), _ends_open(node.left))
        right = self.write(node.right, least)
        return f"{left}{self._break(node)} {sign} {f'({right})' if right[0] == '-' else right}"

    def _product(self, node: ast.BinOp) -> str:
        slanted = not self.display and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Div)
        left = self._wrapped(lambda: self.write(node.left, MULTIPLY), slanted or _ends_open(node.left))
        right = self.write(node.right, NEGATE)
        if right[0].isdigit() or right[0] == "-":
            return rf"{left} \cdot {f'({right})' if right[0] == '-' else right}"
        if isinstance(node.right, ast.Call) and getattr(node.right.func, "id", "") in ("F", "conj"):
            return rf"{left} \cdot {right}"  # functions multiplied point by point
        before = (
            node.left.right if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult) else node.left
        )
        if right.startswith(r"\frac") and isinstance(before, ast.BinOp) and isinstance(before.op, ast.Div):
            return rf"{left} \cdot {right}"  # two fractions side by side
        close = left[-1].isdigit() or right.startswith(("(", r"\left("))
        return f"{left}{self._break(node) or (' ' if close else THIN)}{right}"

    def _break(self, node: ast.BinOp) -> str:
        """A line break where the source has one and no bracket of the formula is open."""
        broken = self.loose and node.right.lineno > (node.left.end_lineno or node.left.lineno)
        return BREAK if broken else ""

    def _quotient(self, top: ast.expr, bottom: ast.expr, level: int) -> str:
        if self.display:
            return self._tight(lambda: rf"\frac{{{self.write(top)}}}{{{self.write(bottom)}}}")
        return self._wrapped(lambda: f"{self.write(top, MULTIPLY)} / {self.write(bottom, POWER)}", level > MULTIPLY)

    def _element(self, node: ast.Subscript) -> str:
        entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        index = r",\, ".join(self._small(entry) for entry in entries)
        if isinstance(node.value, ast.Name) and node.value.id.endswith("_"):
            name = letter(node.value.id.removesuffix("_"))
            return f"{{{name}}}_{{{index}}}" if "_" in name else f"{name}_{{{index}}}"
        return f"{self.write(node.value, ATOM)}[{index}]"

    def _cases(self, node: ast.IfExp) -> str:
        def rows() -> str:
            other = self.write(node.orelse)
            return (
                rf"\begin{{cases}} {self.write(node.body)} & \text{{if }} {self._small(node.test)} \\ "
                rf"{other} & \text{{otherwise}} \end{{cases}}"
            )

        return self._tight(rows)

    def _call(self, node: ast.Call, level: int) -> str:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        match name, node.args:
            case (("sum" | "prod" | "max" | "min"), [ast.GeneratorExp() as series]):
                return self._wrapped(lambda: self._series(name, series), level > NEGATE)
            case "integral", [ast.GeneratorExp() as over]:
                return self._wrapped(lambda: self._integral(over), level > ADD)
        if name in FENCES:
            return self._between(FENCES[name][0], lambda: self.write(node.args[0]), FENCES[name][1])
        if name in OPERATORS:
            binds, written = OPERATORS[name]
            return self._wrapped(lambda: written(self, *node.args), level > binds)
        head = f"\\{name}" if name in SERIES else self.write(node.func, ATOM)
        return head + self._list(node.args)

    def _list(self, arguments: Sequence[ast.expr]) -> str:
        return self._between("(", lambda: r",\, ".join(self.write(argument) for argument in arguments), ")")

    def _series(self, name: str, series: ast.GeneratorExp) -> str:
        """Signs with their limits, then what is summed."""
        signs, loops = "", list(series.generators)
        while loops:
            together = [loops.pop(0)]
            while loops and not together[-1].ifs and loops[0].ifs:
                together.append(loops.pop(0))
            signs += f"{SERIES[name]}{self._limits(together, name)} "
        return signs + self.write(series.elt, MULTIPLY)

    def _integral(self, over: ast.GeneratorExp) -> str:
        variable = self.write(over.generators[0].target)
        return rf"\int_{{-\infty}}^{{\infty}} {self.write(over.elt, MULTIPLY)} \, d{variable}"

    def _limits(self, loops: Sequence[ast.comprehension], name: str) -> str:
        """`c = 0` below and its last value above; for letters bound by a condition, the letters and the condition."""
        conditions = [condition for loop in loops for condition in loop.ifs]
        targets = ", ".join(self._small(loop.target) for loop in loops)
        if conditions:
            below = ", ".join(self._small(condition) for condition in conditions)
            return rf"_{{\substack{{{targets} \\ {below}}}}}"
        match loops[0].iter:
            case ast.Call(func=ast.Name(id="range"), args=[*bounds]) if 1 <= len(bounds) <= 2:
                first = bounds[0] if len(bounds) == 2 else ast.Constant(0)
                below, last = f"{targets} = {self._small(first)}", self._small(_one_less(bounds[-1]))
                if name in ("max", "min"):
                    return rf"_{{{self._small(first)} \le {targets} \le {last}}}"
                return f"_{{{below}}}^{{{last}}}"
            case ast.Name():
                return f"_{{{targets}}}"
        raise ValueError(f"a sum runs over range(…), not over {ast.unparse(loops[0].iter)!r}")

    def _small(self, node: ast.expr) -> str:
        """An index, exponent or limit, where a fraction would be too high."""
        display, self.display = self.display, False
        try:
            return self._tight(lambda: self.write(node))
        finally:
            self.display = display

    def _wrapped(self, inner: Callable[[], str], brackets: bool) -> str:
        return self._between("(", inner, ")") if brackets else inner()

    def _between(self, left: str, inner: Callable[[], str], right: str) -> str:
        """In brackets that grow with a fraction in them and stay small without."""
        text = self._tight(inner)
        if any(sign in text for sign in (r"\frac", r"\sum", r"\prod", r"\begin")):
            return rf"\left{left} {text} \right{right}"
        return f"{left} {text} {right}" if left[0] == "\\" else f"{left}{text}{right}"

    def _tight(self, inner: Callable[[], str]) -> str:
        """Without line breaks, which LaTeX does not allow within brackets."""
        loose, self.loose = self.loose, False
        try:
            return inner()
        finally:
            self.loose = loose


def _ends_open(node: ast.expr) -> bool:
    """Whether a sum sign reaches the right end of an expression, so that it would take in whatever follows."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        return _ends_open(node.right)
    return (
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in SERIES
        and any(isinstance(argument, ast.GeneratorExp) for argument in node.args)
    )


def _one_less(stop: ast.expr) -> ast.expr:
    """The last of `range(stop)`, as sums are written: L + 1 ends at L."""
    match stop:
        case ast.Constant(value=int() as number):
            return ast.Constant(number - 1)
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=1)):
            return left
    return ast.BinOp(stop, ast.Sub(), ast.Constant(1))


def _number(number: object) -> str:
    if number == 1j:
        return r"\mathrm{i}"
    if isinstance(number, int | float) and not isinstance(number, bool):
        return str(number)
    raise ValueError(f"a formula cannot hold {number!r}")


def _infix(sign: str) -> tuple[int, Callable[..., str]]:
    return 0, lambda writer, left, right: f"{writer.write(left, DIVIDE)} {sign} {writer.write(right, DIVIDE)}"


OPERATORS: dict[str, tuple[int, Callable[..., str]]] = {  # how tightly each binds, and how it is written
    "conj": (ATOM, lambda writer, inner: rf"\overline{{{writer.write(inner)}}}"),
    "convolve": _infix("*"),
    "correlate": _infix(r"\star"),
    "exp": (POWER, lambda writer, exponent: f"e^{{{writer._small(exponent)}}}"),
    "F": (ATOM, lambda writer, inner: rf"\mathcal{{F}}{writer._list([inner])}"),
    "flip": (ATOM, lambda writer, inner: rf"\operatorname{{flip}}{writer._list([inner])}"),
    "slope": (
        ATOM,
        lambda writer, what, cell: rf"\frac{{\partial {writer.write(what)}}}{{\partial {writer.write(cell)}}}",
    ),
    "shift": (MULTIPLY, lambda writer, inner, by: rf"T_{{{writer._small(by)}}} \, {writer.write(inner, DIVIDE)}"),
    "sqrt": (ATOM, lambda writer, inner: rf"\sqrt{{{writer._tight(lambda: writer.write(inner))}}}"),
}
