r"""Read the sides of a formula with sympy, after making plain what LaTeX leaves to the reader's eye.

sympy's parser takes ``d (k - 1)`` for a function call, ``C_{in}`` for two letters and ``a / b c`` for a/(bc), stops in
silence at what it does not know, and has no ``\max``, ``\min``, ``\bmod``. So a formula is first cut into tokens: each
letter becomes ``x_{0}``, ``x_{1}``, …, each product gets its ``\cdot``, and what is not known here is refused.
"""

import html
import html.entities
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from scripts import fingerprints
from scripts.site.cache import cached

GREEK = (
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|rho|sigma|tau|phi|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Xi|Sigma|Phi|Psi|Omega"
)
WORD = r"\\(?:mathrm|text|mathit|operatorname)\s*\{\s*([A-Za-z]+)\s*\}"
LETTER = rf"(?:{WORD}|\\(?:{GREEK})(?![A-Za-z])|[A-Za-z])"
SUBSCRIPT = rf"\s*_\s*(?:\{{\s*(?:{WORD}|[A-Za-z0-9]+)\s*\}}|[A-Za-z0-9])"
TOKEN = re.compile(
    r"(?P<skip>\s+|\\[,;:! ]|\\q?quad(?![A-Za-z])|\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z]))"
    rf"|(?P<letter>{LETTER}(?:{SUBSCRIPT})?)"
    r"|(?P<number>\d+)"
    r"|(?P<open>\\lfloor|\\lceil|\()|(?P<close>\\rfloor|\\rceil|\))|(?P<brace>\{)|(?P<unbrace>\})"
    r"|(?P<function>\\(?:max|min)(?![A-Za-z]))|(?P<prefix>\\(?:[dt]?frac|sqrt)(?![A-Za-z]))"
    r"|(?P<operator>\\cdot(?![A-Za-z])|\\times(?![A-Za-z])|\\bmod(?![A-Za-z])|[-+/^,=])"
)
BEGINS_OPERAND = ("letter", "number", "open", "function", "prefix")
ENDS_OPERAND = ("letter", "number", "close", "unbrace")
FUNCTIONS = {r"\max": "M_{0}", r"\min": "M_{1}", "mod": "M_{2}"}  # in letters that sympy lets be called


@dataclass(frozen=True)
class Token:
    """A piece of a formula: its kind (a group of `TOKEN`) and its LaTeX."""

    kind: str
    text: str


@dataclass(frozen=True)
class Side:
    """One side of an equation: its LaTeX, its letters in their plain spelling, and a tree of operations on them."""

    tex: str
    letters: frozenset[str]
    tree: list[Any]

    def value(self, letters: Mapping[str, Any]) -> Any:
        """Its value for whole numbers: a Fraction, exact, or a float below a root."""
        return _value(self.tree, letters)


def plain(letter: str) -> str:
    r"""A letter as Python and a docstring spell it: ``C_{in}`` → C_in, ``\sigma`` → σ, ``\mathrm{MACs}`` → MACs."""
    bare = re.sub(WORD, r"\1", letter)
    bare = re.sub(r"\\([A-Za-z]+)", lambda greek: html.unescape(f"&{greek[1]};"), bare)
    return re.sub(r"[\s{}]", "", bare)


def typeset(letter: str) -> str:
    r"""The LaTeX of a plain letter: C_in → ``C_{in}``, σ → ``\sigma``, MACs → ``\mathrm{MACs}``."""
    if set(letter) & set("{\\"):
        return letter
    base, _, below = letter.partition("_")
    if len(base) > 1:
        base = rf"\mathrm{{{base}}}"
    elif ord(base) in html.entities.codepoint2name:
        base = f"\\{html.entities.codepoint2name[ord(base)]}"
    return f"{base}_{{{below}}}" if below else base


def sides(tex: str) -> list[Side]:
    """The sides of a chain ``o = a = b``, the leftmost first.

    Raises:
        ValueError: for LaTeX that cannot be read in exactly one way.
    """
    parts: list[list[Token]] = [[]]
    for token in _tokens(tex):
        if token.text == "=":
            parts.append([])
        else:
            parts[-1].append(token)
    return [_side(tokens) for tokens in parts]


def _tokens(tex: str) -> list[Token]:
    tokens: list[Token] = []
    position, depth = 0, 0
    while position < len(tex):
        match = TOKEN.match(tex, position)
        if match is None:
            raise ValueError(f"the build cannot read {tex[position : position + 12]!r} of this formula")
        if match.lastgroup != "skip":
            tokens.append(Token(str(match.lastgroup), match[0]))
            depth += (match.lastgroup in ("open", "brace")) - (match.lastgroup in ("close", "unbrace"))
        if depth < 0:
            break
        position = match.end()
    if depth:
        raise ValueError("the brackets of this formula do not match")
    return tokens


def _side(tokens: list[Token]) -> Side:
    tex = " ".join(token.text for token in tokens)
    letters = sorted({plain(token.text) for token in tokens if token.kind == "letter"})
    symbols = {letter: f"x_{{{number}}}" for number, letter in enumerate(letters)}
    readable = _readable(_with_calls(tokens), symbols)
    names = {symbol: letter for letter, symbol in symbols.items()}
    key = [tex, fingerprints.of_versions(), Path(__file__).read_bytes()]
    return Side(tex, frozenset(letters), cached("latex", key, lambda: _parsed(tex, readable, names)))


def _parsed(tex: str, readable: str, names: Mapping[str, str]) -> list[Any]:
    """Sympy's reading as nested lists, which the cache can keep: importing sympy takes half a second."""
    from sympy.parsing.latex import parse_latex
    from sympy.parsing.latex.errors import LaTeXParsingError

    try:
        expression = parse_latex(f"({readable})", backend="antlr")  # in brackets it cannot stop half-way
    except LaTeXParsingError as error:
        raise ValueError(f"the build cannot read {tex!r} as a formula") from error
    return _tree(expression, names)


def _tree(expression: Any, names: Mapping[str, str]) -> list[Any]:
    """["letter", "k"], ["number", 1, 2] for a half, or an operation and its operands."""
    if expression.is_Symbol:
        return ["letter", names[expression.name]]
    if expression.is_Rational:
        return ["number", int(expression.p), int(expression.q)]
    return [type(expression).__name__, *(_tree(operand, names) for operand in expression.args)]


def _with_calls(tokens: list[Token]) -> list[Token]:
    r"""``a \bmod b`` as a call of two arguments, so that it cannot be mistaken for a product."""
    for place, token in enumerate(tokens):
        if token.text == r"\bmod":
            begin, end = _operand_before(tokens, place), _operand_after(tokens, place)
            comma = [Token("operator", ",")]
            call = [Token("function", "mod"), Token("open", "("), *tokens[begin:place], *comma]
            return _with_calls([*tokens[:begin], *call, *tokens[place + 1 : end], Token("close", ")"), *tokens[end:]])
    return tokens


def _operand_before(tokens: list[Token], place: int) -> int:
    return place - _length_of_operand([*reversed(tokens[:place])], "close", "open")


def _operand_after(tokens: list[Token], place: int) -> int:
    return place + 1 + _length_of_operand(tokens[place + 1 :], "open", "close")


def _length_of_operand(tokens: list[Token], enters: str, leaves: str) -> int:
    """How many tokens the letter, number or bracket at the beginning takes."""
    depth = 0
    for length, token in enumerate(tokens, 1):
        depth += (token.kind == enters) - (token.kind == leaves)
        if depth == 0:
            if token.kind in ("letter", "number", leaves):
                return length
            break
    raise ValueError(r"\bmod stands between two letters, numbers or brackets")


def _readable(tokens: list[Token], symbols: Mapping[str, str]) -> str:
    """The tokens in sympy's LaTeX, with every product written out."""
    text: list[str] = []
    previous, divided = Token("open", "("), False
    for token in tokens:
        if previous.kind in ENDS_OPERAND and token.kind in BEGINS_OPERAND:
            _refuse_ambiguous(previous, token, divided)
            text.append(r"\cdot")
        if token.kind == "operator":
            divided = token.text == "/"
        if previous.text == "^" and token.kind == "number" and len(token.text) > 1:
            raise ValueError(f"an exponent of two digits needs braces: ^{{{token.text}}}")
        if token.kind == "letter":
            text.append(symbols[plain(token.text)])
        elif token.text in FUNCTIONS:
            text.append(FUNCTIONS[token.text])
        else:
            text.append(re.sub(r"\\[dt]frac", r"\\frac", token.text))
        previous = token
    return " ".join(text)


def _refuse_ambiguous(previous: Token, token: Token, divided: bool) -> None:
    if token.kind == "number" and previous.kind != "unbrace":
        raise ValueError(rf"{previous.text} {token.text} reads like one number. Put a \cdot between them")
    if divided:
        raise ValueError(f"/ {previous.text} {token.text} can be read in two ways. Use \\frac")


def _value(tree: list[Any], letters: Mapping[str, Any]) -> Any:
    kind, *operands = tree
    if kind == "letter":
        return Fraction(letters[operands[0]])
    if kind == "number":
        return Fraction(*operands)
    return OPERATIONS[kind](*(_value(operand, letters) for operand in operands))


def _power(base: Any, exponent: Any) -> Any:
    return base ** int(exponent) if exponent.denominator == 1 else float(base) ** float(exponent)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "Add": lambda *terms: sum(terms),
    "Mul": lambda *factors: math.prod(factors),
    "Pow": _power,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceiling": lambda value: Fraction(math.ceil(value)),
    FUNCTIONS[r"\max"]: max,
    FUNCTIONS[r"\min"]: min,
    FUNCTIONS["mod"]: lambda dividend, divisor: dividend % divisor,
}
