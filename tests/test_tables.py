import pytest

from arabic_ie.errors import InputError
from arabic_ie.tables import COLUMNS, to_dataframe


def test_one_row_a_mention(seed_docs):
    first = seed_docs[0]
    assert list(first.to_dataframe("entities").text) == [first.span_text(e) for e in first.entities]
    assert len(first.to_dataframe("arguments")) == sum(len(e.arguments) for e in first.events)
    assert first.to_dataframe().arguments[0] == "Speaker=ومصادر محلية"


@pytest.mark.parametrize("layer", COLUMNS)
def test_columns_stand_in_an_empty_table(layer):
    assert list(to_dataframe([], layer).columns) == COLUMNS[layer]


def test_unknown_layer(seed_docs):
    with pytest.raises(InputError, match="entities"):
        seed_docs[0].to_dataframe("words")
