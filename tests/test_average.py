"""The mean of several checkpoints."""

import torch
import yaml

from arabic_ie import Extractor, IEModel
from training.average import average, main

DEV = ("--set", "data.dev=[seeds/seed.jsonl]")


def _saved(extractor, seed, path):
    torch.manual_seed(seed)
    Extractor(IEModel(extractor.config), extractor.tokenizer, "cpu", "float32").save_pretrained(path)
    return path


def test_weights_are_the_mean_and_one_checkpoint_is_itself(random_extractor, tmp_path):
    folders = [_saved(random_extractor, seed, tmp_path / str(seed)) for seed in (1, 2)]
    first, second = (Extractor.from_pretrained(f, dtype="float32").model.state_dict() for f in folders)
    mean = average(folders).model.state_dict()
    assert any(not torch.equal(first[name], second[name]) for name in mean)
    for name, tensor in mean.items():
        torch.testing.assert_close(tensor, (first[name] + second[name]) / 2)
    alone = average(folders[:1]).model.state_dict()
    assert all(torch.equal(alone[name], first[name]) for name in alone)


def test_the_command_fits_on_dev_and_publishes(random_extractor, tmp_path):
    folders = [_saved(random_extractor, seed, tmp_path / str(seed)) for seed in (1, 2)]
    assert main(["configs/tiny.yaml", str(tmp_path / "out"), *map(str, folders), *DEV]) == 0
    settings = yaml.safe_load((tmp_path / "out" / "training.yaml").read_text(encoding="utf-8"))
    assert settings["average_of"] == [str(folder) for folder in folders]
    extractor = Extractor.from_pretrained(tmp_path / "out")
    assert extractor.config.calibration and extractor("قصف").text == "قصف"


def test_checkpoints_of_another_shape_or_schema_are_refused(random_extractor, tmp_path, capsys):
    one = _saved(random_extractor, 1, tmp_path / "one")
    config = type(random_extractor.config).from_dict({**random_extractor.config.to_dict(), "link_size": 8})
    Extractor(IEModel(config), random_extractor.tokenizer, "cpu", "float32").save_pretrained(tmp_path / "b")
    assert main(["configs/tiny.yaml", str(tmp_path / "out"), str(one), str(tmp_path / "b"), *DEV]) == 2
    assert "no mean of the two" in capsys.readouterr().err and not (tmp_path / "out").exists()
