"""Every card holds, and a wrong row of each kind is refused with the letters for which it is wrong."""

from dataclasses import replace

import pytest

from scripts.cards.card import drawn
from scripts.cards.check import check
from scripts.cards.entries import CARDS, CONV, CONV1D, TRANSPOSED


@pytest.mark.parametrize("name", CARDS)
def test_every_row_of_the_card_is_what_the_layer_does(name):
    check(CARDS[name])


WRONG = {
    "an input with its axes exchanged": (replace(CONV, input="(N, C_in, i_W, i_H)"), "output is"),
    "a weight with its channels exchanged": (replace(CONV, weights={"w": "(C_in, C_out, k_H, k_W)"}), "shape of w is"),
    "a bias an input channel": (replace(CONV, biases="(C_in,)"), "shape of b is"),
    "an output with an axis exchanged": (replace(CONV, output="(N, C_out, o_W, o_H)"), "output is"),
    "a size without its floor's one": (replace(CONV, size="o = (i + 2*p - d*(k - 1)) // s"), "output is"),
    "parameters without the bias": (replace(CONV, parameters="P = C_in*k_H*k_W*C_out"), "parameters is"),
    "MACs of one image": (replace(CONV, macs="MACs = C_out*o_H*o_W*C_in*k_H*k_W"), "macs is"),
    "a field without dilation": (replace(CONV, field="r_out = r_in + (k - 1)*j"), "field is"),
    "a jump without the stride": (replace(CONV, jump="j_out = j"), "jump is"),
    "a kernel that is turned around": (
        replace(CONV1D, computes=CONV1D.computes.replace("w[o, c, u]", "w[o, c, k - 1 - u]")),
        "the formula gives",
    ),
    "a call without its stride": (
        replace(CONV, numpy="conv(x, w, b, padding=p, dilation=d)"),
        "numpy computes something else than torch",
    ),
    "the size of a convolution for a transposed one": (replace(TRANSPOSED, size=CONV.size), "output is"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_row_is_refused(fault):
    card, cause = WRONG[fault]
    with pytest.raises(ValueError, match=rf"{card.title.partition(' (')[0]}.*: .*{cause}"):
        check(card)


def test_a_letter_that_never_varies_is_refused(monkeypatch):
    monkeypatch.setattr("scripts.cards.check.drawn", lambda card, draw: drawn(card, draw) | {"p": 1})
    with pytest.raises(ValueError, match="p has one value in all layers, so nothing would notice it"):
        check(CONV)
