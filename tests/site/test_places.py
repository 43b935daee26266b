"""Figures, tables with a caption and rows of cards have an address, and a search entry of their own."""

import json
import re

from scripts.site import places, search

TABLE = '<div class="x"><table><tr><td>1</td></tr></table></div>\n<p class="table-caption">{}</p>'
CARD = (
    '<h2 id="card">Card: <code>conv</code><a class="headerlink" href="#card"></a></h2><table><tr><td id="card-output">'
    'Output</td><td>a &lt; b</td></tr><tr><td id="card-traps">Traps</td><td>t</td></tr></table>\n'
    '<p class="table-caption">Checked.</p>'
)
FIGURE = (
    '<figure class="handbook-figure" id="figure-taps"><svg></svg><figcaption>Nine <b>taps</b>. More.'
    '<a class="headerlink" href="#figure-taps"></a></figcaption></figure>'
)


def found(content):
    return [
        (entry["location"], entry["title"], entry["text"], section) for entry, section in places.entries(content, "c/")
    ]


def test_a_table_gets_an_address_from_the_first_words_of_its_caption():
    caption = "Sizes of <code>k</code> and s, in cells, of all layers."
    linked = places.with_table_links(TABLE.format(caption) * 2)
    ids = ["table-sizes-of-k-and-s-in", "table-sizes-of-k-and-s-in_1"]
    assert re.findall(r' id="([^"]+)"', linked) == ids
    assert re.findall(r'class="headerlink" href="#([^"]+)"', linked) == ids
    assert linked.count(caption) == 2


def test_a_table_of_measured_times_and_a_card_keep_the_address_of_their_heading():
    measured = TABLE.format("Median times.").replace('"table-caption"', '"table-caption measured"')
    assert places.with_table_links(CARD + measured) == CARD + measured


def test_each_place_is_an_entry_below_its_section():
    table = places.with_table_links(TABLE.format("What who flips: all of it."))
    content = f'{CARD}<h2 id="part">Part<a class="headerlink"></a></h2>{FIGURE}{table}'
    assert found(content) == [
        ("c/#card-output", "conv: Output", "a &lt; b", "Card: conv"),
        ("c/#figure-taps", "Figure: Nine taps", "", "Part"),
        ("c/#table-what-who-flips-all-of-it", "Table: What who flips", "", "Part"),
    ]


def test_a_long_caption_is_cut_between_words():
    ((_, title, _, _),) = found(places.with_table_links(TABLE.format("word, " * 40)))
    assert title.startswith("Table: word, word")
    assert title.endswith("word …")
    assert len(title) <= len("Table: ") + places.LONGEST_TITLE + 2


def test_the_index_holds_the_places_and_counts_pictures_and_tables_half(tmp_path):
    path = tmp_path / search.INDEX
    path.parent.mkdir()
    page = {"location": "c/", "title": "2 Chapter", "text": ""}
    path.write_text(json.dumps({"config": {}, "docs": [page]}))
    search.refine(tmp_path, {}, {}, [*places.entries(f"{CARD}{FIGURE}", "c/")])
    made = {doc["location"]: doc for doc in json.loads(path.read_text())["docs"]}
    assert {location: doc["boost"] for location, doc in made.items()} == {
        "c/": 1,
        "c/#card-output": 1,
        "c/#figure-taps": 0.5,
    }
    assert made["c/#card-output"]["within"] == "2 Chapter Card: conv"
